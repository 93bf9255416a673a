"""Later deadlines for one person or one group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, require_coordinating
from lms.grading.hooks import extension_granted
from lms.grading.models import Extension, GradeItem
from lms.grading.queries import enrolments_of_group, get_item, get_participant
from lms.grading.services.decisions import require_reason
from lms.grading.services.notices import item_titles, notify, read_by


def grant_extension(
    actor: Member,
    *,
    item_key: str,
    due_at: datetime,
    reason: str,
    now: datetime,
    enrolment_id: int | None = None,
    group_id: int | None = None,
) -> Extension:
    """Give one person, or one group, a later deadline on an item, and tell them by mail.

    A person's extension may be given after the edition is closed: a late essay can still earn an upgrade.

    Args:
        due_at: the new deadline, inclusive to the last instant of its minute.
        enrolment_id, group_id: exactly one of the two.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: without a reason, or with a deadline that is already over.
        NotFound: if the edition has no such item, participant or group.
    """
    require_coordinating(actor)
    require_reason(reason)
    if (enrolment_id is None) == (group_id is None):
        raise ValueError("an extension is for one person or for one group")
    if due_at <= now:
        raise RuleViolation(_("The new deadline is already over. Choose a later one."))
    item = get_item(actor.edition.id, item_key)
    if item.kind == "group" and enrolment_id is not None:
        raise RuleViolation(_("Group work has one deadline for the whole group: extend it for the group."))
    people = [enrolment_id] if enrolment_id is not None else list(enrolments_of_group(group_id or 0))
    members = [get_participant(actor.edition.id, member) for member in people]
    if not members:
        raise NotFound(_("There is nobody in this group yet."))
    extension = Extension(
        item_id=item.id, enrolment_id=enrolment_id, group_id=group_id, due_at=due_at, reason=reason.strip()[:500],
        granted_at=now, granted_by_id=actor.person.id,
    )  # fmt: skip
    db.session.add(extension)
    db.session.flush()
    record_event(
        "extension granted", now=now, actor_id=actor.person.id, subject_type="extension", subject_id=extension.id,
        edition_id=actor.edition.id, item=item_key, due_at=due_at.isoformat(), reason=reason,
        enrolment_id=enrolment_id, group_id=group_id,
    )  # fmt: skip
    extension_granted(actor.edition.id, item_key, [member.id for member in members], now)
    _tell_of_extension(actor.edition, extension, item_key, members, now)
    return extension


def withdraw_extension(actor: Member, extension_id: int, *, reason: str, now: datetime) -> None:
    """Take a later deadline back: what held before it holds again. The record keeps both.

    Work that was handed in under it stays in time, and an attempt that is open keeps its end.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        NotFound: if the edition has no such extension.
        RuleViolation: without a reason.
    """
    require_coordinating(actor)
    require_reason(reason)
    extension = db.session.scalars(
        select(Extension)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(Extension.id == extension_id, GradeItem.edition_id == actor.edition.id)
    ).one_or_none()
    if extension is None:
        raise NotFound
    record_event(
        "extension withdrawn", now=now, actor_id=actor.person.id, subject_type="extension", subject_id=extension.id,
        edition_id=actor.edition.id, due_at=extension.due_at.isoformat(), reason=reason,
        enrolment_id=extension.enrolment_id, group_id=extension.group_id,
    )  # fmt: skip
    db.session.delete(extension)
    db.session.flush()


def _tell_of_extension(
    edition: Edition, extension: Extension, item_key: str, members: Sequence[Enrolment], now: datetime
) -> None:
    titles = item_titles(edition.id)
    for member in members:
        notify(
            "extension_granted", member.person, edition, now,
            key=f"extension:{extension.id}:{member.id}",
            item=read_by(member.person, edition, titles[item_key]),
            due_at=extension.due_at.isoformat(),
        )  # fmt: skip
