"""Making editions from courses, opening, closing and dating them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.accounts.models import Person
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.i18n import localise
from lms.courses.domain.content import CourseContent
from lms.courses.domain.editions import Lack, LackKind, lacks_of_edition
from lms.courses.domain.roles import Role
from lms.courses.hooks import edition_created, missing_before_opening
from lms.courses.models import CourseRelease, Edition, EditionModule, Enrolment
from lms.courses.permissions import Member, can_create_editions, require_coordinating, require_running
from lms.courses.queries import get_content
from lms.courses.roster import standing_roles


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """What a new edition is to be. ``None`` takes the course's own: its days, languages, hours and title."""

    code: str
    starts_on: date
    time_zone: str
    ends_on: date | None = None
    place: str = ""
    languages: tuple[str, ...] | None = None
    learning_hours: int | None = None
    title: Mapping[str, str] | None = None


def create_edition(actor: Person, release_id: int, plan: EditionPlan, now: datetime) -> Edition:
    """Make an edition of a course, not yet open, with the actor as its coordinator.

    Raises:
        NotAllowed: unless the actor administers the installation or coordinates an edition.
        NotFound: where there is no such release.
        RuleViolation: where the code is taken.
    """
    if not can_create_editions(actor):
        raise NotAllowed
    release = db.session.get(CourseRelease, release_id)
    if release is None:
        raise NotFound(_("There is no such course."))
    content = get_content(release.id)
    edition = _edition_from(plan, release, content, now)
    try:
        with db.session.begin_nested():
            db.session.add(edition)
    except IntegrityError:
        raise RuleViolation(_("There is an edition with the code %(code)s already.", code=edition.code)) from None
    for position, module in enumerate(content.modules, start=1):
        opens_at = module.opens.on(edition.starts_on, edition.time_zone)
        db.session.add(
            EditionModule(edition_id=edition.id, module_key=module.key, position=position, opens_at=opens_at)
        )
    db.session.add(Enrolment(edition_id=edition.id, person_id=actor.id, role=Role.COORDINATOR, enrolled_at=now))
    db.session.flush()
    edition_created(edition, release, now)
    db.session.flush()
    _record("edition created", actor, edition, now, release=release.number)
    return edition


def _edition_from(plan: EditionPlan, release: CourseRelease, content: CourseContent, now: datetime) -> Edition:
    languages = plan.languages or content.languages
    return Edition(
        code=plan.code,
        course_id=release.course_id,
        release_id=release.id,
        title=dict(plan.title or content.title),
        starts_on=plan.starts_on,
        ends_on=plan.ends_on or plan.starts_on + timedelta(days=content.duration_days - 1),
        time_zone=plan.time_zone,
        place=plan.place,
        languages=[language for language in content.languages if language in languages],
        learning_hours=plan.learning_hours or content.learning_hours,
        created_at=now,
    )


def _record(action: str, actor: Person, edition: Edition, now: datetime, **details: Any) -> None:
    record_event(
        action,
        now=now,
        actor_id=actor.id,
        subject_type="edition",
        subject_id=edition.id,
        edition_id=edition.id,
        **details,
    )


def module_openings(edition: Edition) -> dict[str, datetime]:
    """When each module opens, by module key, in the order of the course."""
    rows = db.session.execute(
        select(EditionModule.module_key, EditionModule.opens_at)
        .where(EditionModule.edition_id == edition.id)
        .order_by(EditionModule.position)
    )
    return {row.module_key: row.opens_at for row in rows}


def missing_for(edition: Edition) -> list[str]:
    """What is missing before the edition can be opened, in sentences; empty where it can be."""
    content = get_content(edition.release_id)
    zone = ZoneInfo(edition.time_zone)
    lacks = lacks_of_edition(
        content,
        title=edition.title,
        languages=edition.languages,
        roles=standing_roles(edition),
        opening_days={key: at.astimezone(zone).date() for key, at in module_openings(edition).items()},
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
    )
    return [_sentence(lack, content, edition) for lack in lacks] + missing_before_opening(edition)


def _sentence(lack: Lack, content: CourseContent, edition: Edition) -> str:
    module = content.module(lack.subject)
    sentences = {
        LackKind.NO_MODULES: _("The course has no modules."),
        LackKind.WEIGHTS: _("The weights of the grading scheme add up to %(total)s, not to 100.", total=lack.number),
        LackKind.MAXIMA: _(
            "The points of “%(category)s” add up to %(total)s, which is not its weight.",
            category=lack.subject,
            total=lack.number,
        ),
        LackKind.NO_TITLE: _("The title is missing in one of the languages (%(language)s).", language=lack.subject),
        LackKind.MODULE_OUTSIDE: _(
            "The module “%(module)s” opens on a day outside the edition.",
            module=localise(module.title, (get_locale().language, *edition.languages)).text if module else lack.subject,
        ),
        LackKind.NO_COORDINATOR: _("Nobody coordinates the edition."),
    }
    return str(sentences[lack.kind])


def open_edition(actor: Member, now: datetime) -> Edition:
    """Let the participants see the edition; opening it twice changes nothing.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where something is missing, with the list.
    """
    require_coordinating(actor)
    edition = actor.edition
    require_running(edition)
    if edition.opened_at is not None:
        return edition
    missing = missing_for(edition)
    if missing:
        raise RuleViolation(_("The edition cannot be opened yet. %(list)s", list=" ".join(missing)))
    edition.opened_at = now
    _record("edition opened", actor.person, edition, now)
    return edition


def close_edition(actor: Member, now: datetime) -> Edition:
    """Close the edition: people, dates and sponsors stand from now on; closing it twice changes nothing.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where it was never opened.
    """
    require_coordinating(actor)
    edition = actor.edition
    if edition.closed_at is None:
        if edition.opened_at is None:
            raise RuleViolation(_("This edition was never opened, so there is nothing to close."))
        edition.closed_at = now
        _record("edition closed", actor.person, edition, now)
    return edition


def reopen_edition(actor: Member, reason: str, now: datetime) -> Edition:
    """Open a closed edition again; certificates that were issued stay as they are.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
    """
    require_coordinating(actor)
    edition = actor.edition
    if edition.closed_at is not None:
        _record("edition opened again", actor.person, edition, now, reason=reason, closed_at=str(edition.closed_at))
        edition.closed_at = None
    return edition


def update_settings(actor: Member, values: Mapping[str, Any], now: datetime) -> Edition:
    """Change an edition's title, dates, place, zone, hours or note; the record keeps what they were.

    Args:
        values: any of ``title``, ``starts_on``, ``ends_on``, ``place``, ``time_zone``, ``learning_hours``, ``note``.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where it is closed, or would end before it starts.
    """
    require_coordinating(actor)
    edition = actor.edition
    require_running(edition)
    if values.get("ends_on", edition.ends_on) < values.get("starts_on", edition.starts_on):
        raise RuleViolation(_("The edition would end before it starts. Nothing was changed."))
    before = {name: getattr(edition, name) for name, value in values.items() if getattr(edition, name) != value}
    for name in before:
        setattr(edition, name, values[name])
    if before:
        changes = {name: [_plain(old), _plain(values[name])] for name, old in before.items()}
        _record("edition settings changed", actor.person, edition, now, changes=changes)
    return edition


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def set_module_openings(actor: Member, openings: Mapping[str, datetime], now: datetime) -> int:
    """Change when modules open; return how many changed.

    Args:
        openings: instants by module key; modules that are left out stay.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where it is closed.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    rows = db.session.scalars(select(EditionModule).where(EditionModule.edition_id == actor.edition.id))
    changes = {}
    for row in rows:
        opens_at = openings.get(row.module_key, row.opens_at)
        if opens_at != row.opens_at:
            changes[row.module_key] = [row.opens_at.isoformat(), opens_at.isoformat()]
            row.opens_at = opens_at
    if changes:
        _record("module dates changed", actor.person, actor.edition, now, changes=changes)
    return len(changes)
