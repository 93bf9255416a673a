"""Keeps work in progress: every save is guarded by a revision, and nothing that was typed is lost to another save."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lms.assignments.documents import DocumentFault, ReadDocument, name_with_ending, read_document
from lms.assignments.domain.handing_in import Window
from lms.assignments.domain.texts import clean_text, is_version_kept
from lms.assignments.models import Draft, DraftVersion, FileText, Owner
from lms.assignments.queries.work import Standing, get_deliverable, get_standing
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.files import StoredFile, label_of, store_file
from lms.core.markdown import count_words
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_participant

MAX_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came, already read."""

    name: str
    content: bytes
    document: ReadDocument


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft as it stands. ``is_conflict``: somebody else saved first, so theirs stands and yours is in the history."""

    draft: Draft
    is_conflict: bool = False


def read_upload(name: str, content: bytes) -> Upload:
    """A file that somebody sends, read within limits; takes seconds, so call it before the transaction.

    Raises:
        DocumentFault: with the reason in words.
    """
    if len(content) > current_app.config["MAX_UPLOAD_BYTES"]:
        raise DocumentFault(_("The file is larger than 10 MB. Save the document without pictures, and try again."))
    return Upload(name, content, read_document(content))


def writable_standing(actor: Member, assignment_key: str, now: datetime) -> tuple[Standing, Owner]:
    """Where the actor stands with an assignment that they may write on now.

    Raises:
        NotAllowed: unless the actor is a participant, and in a group for group work.
        RuleViolation: while the assignment is not open, is handed in, or is closed.
    """
    enrolment = require_participant(actor)
    standing = get_standing(actor.edition.id, assignment_key, enrolment_id=enrolment.id, now=now)
    if standing.owner is None:
        raise NotAllowed(_("You are in no group yet. Write to your coordinator, who can add you to one."))
    require_open(standing)
    return standing, standing.owner


def require_open(standing: Standing) -> None:
    """Raises RuleViolation, saying why, unless one may write and hand in now."""
    refusals = {
        Window.NOT_OPEN: _("This work has not opened yet. Come back when it does."),
        Window.HANDED_IN: _("This work is handed in and stays as it is. Ask your tutor if something must change."),
        Window.CLOSED: _("The deadline has passed and late work is not accepted. Write to your coordinator."),
    }
    if standing.window in refusals:
        raise RuleViolation(refusals[standing.window])


def save_draft(
    actor: Member,
    *,
    assignment_key: str,
    part_key: str,
    body: str,
    revision: int,
    now: datetime,
    upload: Upload | None = None,
    is_file_removed: bool = False,
) -> Saved:
    """Save one part of an assignment.

    Args:
        revision: the one that the page was made from; 0 where nothing had been saved.
        upload: a file that takes the place of the one before.

    Returns:
        The draft. Where somebody saved in between, theirs is untouched and what was sent now is in the history.

    Raises:
        NotAllowed, RuleViolation: as ``writable_standing``; RuleViolation for a text beyond any use.
        NotFound: if the assignment has no such part.
    """
    standing, owner = writable_standing(actor, assignment_key, now)
    plan = standing.plan
    get_deliverable(plan, part_key)
    if upload is not None and not plan.files:
        raise RuleViolation(_("This work is written in the page; it takes no files. Your text was not changed."))
    body = clean_text(body) if plan.texts else ""
    if len(body) > MAX_CHARACTERS:
        raise RuleViolation(_("This text is longer than can be kept. Nothing was saved: shorten it and save again."))
    enrolment = require_participant(actor)
    draft = _locked_draft(standing.assignment.id, owner, part_key, enrolment, now)
    if upload is not None and _is_attached(draft, upload):
        upload = None  # sent again because the answer was lost
    has_file_change = upload is not None or (is_file_removed and draft.file_id is not None)
    if draft.body == body and not has_file_change:
        return Saved(draft)
    if draft.revision != revision:
        # Whichever of the two is kept in the end, the other can be found again.
        _keep_version(draft, draft.body, draft.saved_at, draft.saved_by_id)
        _keep_version(draft, body, now, enrolment.id)
        return Saved(draft, is_conflict=True)
    _keep_what_goes(draft, body, enrolment, now)
    draft.body = body
    if upload is not None:
        _attach(draft, upload, actor, now)
    elif is_file_removed:
        draft.file_id = draft.file_words = None
    draft.revision += 1
    draft.saved_at, draft.saved_by_id = now, enrolment.id
    db.session.flush()
    return Saved(draft)


def restore_version(actor: Member, *, assignment_key: str, part_key: str, version_id: int, now: datetime) -> Saved:
    """Bring an earlier text back; the text of now goes into the history first.

    Raises:
        NotFound: for a version of another draft.
        NotAllowed, RuleViolation: as ``writable_standing``.
    """
    standing, owner = writable_standing(actor, assignment_key, now)
    row = db.session.execute(
        select(DraftVersion, Draft)
        .join(Draft, Draft.id == DraftVersion.draft_id)
        .where(
            DraftVersion.id == version_id,
            Draft.assignment_id == standing.assignment.id,
            Draft.deliverable_key == part_key,
            owner.owns(Draft),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    version, draft = row
    _keep_version(draft, draft.body, draft.saved_at, draft.saved_by_id)
    return save_draft(
        actor, assignment_key=assignment_key, part_key=part_key, body=version.body, revision=draft.revision, now=now
    )


def _locked_draft(assignment_id: int, owner: Owner, part_key: str, enrolment: Enrolment, now: datetime) -> Draft:
    """The draft of a part, made where there is none, and nobody else's until the transaction ends."""
    wanted = (
        select(Draft)
        .where(Draft.assignment_id == assignment_id, owner.owns(Draft), Draft.deliverable_key == part_key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    draft = db.session.scalars(wanted).one_or_none()
    if draft is not None:
        return draft
    draft = Draft(
        assignment_id=assignment_id,
        enrolment_id=owner.enrolment_id,
        group_id=owner.group_id,
        deliverable_key=part_key,
        body="",
        revision=0,
        saved_at=now,
        saved_by_id=enrolment.id,
    )
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError:  # a co-author made it in the same instant
        return db.session.scalars(wanted).one()
    return draft


def _keep_what_goes(draft: Draft, body: str, enrolment: Enrolment, now: datetime) -> None:
    last_kept_at = db.session.scalar(select(func.max(DraftVersion.saved_at)).where(DraftVersion.draft_id == draft.id))
    if is_version_kept(
        same_author=draft.saved_by_id == enrolment.id,
        old_words=count_words(draft.body),
        new_words=count_words(body),
        last_kept_at=last_kept_at,
        now=now,
    ):
        _keep_version(draft, draft.body, draft.saved_at, draft.saved_by_id)


def _keep_version(draft: Draft, body: str, saved_at: datetime, saved_by_id: int | None) -> None:
    known = select(DraftVersion.id).where(DraftVersion.draft_id == draft.id, DraftVersion.body == body).limit(1)
    if not body or db.session.scalar(known) is not None:
        return
    db.session.add(
        DraftVersion(draft_id=draft.id, revision=draft.revision, body=body, saved_at=saved_at, saved_by_id=saved_by_id)
    )
    db.session.flush()


def _is_attached(draft: Draft, upload: Upload) -> bool:
    known = db.session.get(StoredFile, draft.file_id) if draft.file_id is not None else None
    return (
        known is not None
        and known.sha256 == hashlib.sha256(upload.content).hexdigest()
        and known.name == label_of(name_with_ending(upload.name, upload.document.kind))
    )


def _attach(draft: Draft, upload: Upload, actor: Member, now: datetime) -> None:
    stored = store_file(
        upload.content,
        name=name_with_ending(upload.name, upload.document.kind),
        media_type=upload.document.media_type,
        now=now,
        actor_id=actor.person.id,
    )
    words = count_words(upload.document.text)
    read = upload.document
    db.session.add(
        FileText(file_id=stored.id, body=read.text, word_count=words, html=read.html, fault=read.fault)
    )  # fmt: skip
    draft.file_id, draft.file_words = stored.id, words
