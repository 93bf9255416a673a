"""Import a course, and keep track of what a participant has read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from lms.accounts.models import Person
from lms.core.audit import record_event
from lms.core.db import Base, db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.documents import course_from_document, digest_of, to_document
from lms.courses.domain.changes import Change, changes_between
from lms.courses.domain.content import CourseContent, Lesson, Module
from lms.courses.hooks import release_imported
from lms.courses.models import Course, CourseRelease, Edition, EditionModule, LessonCompletion
from lms.courses.permissions import Member, require_participant
from lms.courses.queries import get_content, module_states


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. ``editions`` are the codes of those that now show this release; ``notes`` what it left alone."""

    release: CourseRelease
    is_new: bool
    changes: tuple[Change, ...] = ()
    editions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def import_release(content: CourseContent, *, actor: Person | None, now: datetime) -> ImportOutcome:
    """Bring a course in as a new release; do nothing where it equals the newest one.

    Editions that are not closed show the new release from now on. What was sat, marked or issued keeps what it was
    sat under, and a closed edition keeps the release that it ended with.

    Args:
        actor: the administrator who imports; ``None`` for the operator at the command line.

    Raises:
        NotAllowed: if the actor is no administrator.
    """
    if actor is not None and not actor.is_administrator:
        raise NotAllowed(_("Only administrators can import a course."))
    document = to_document(content)
    digest = digest_of(document)
    course = _locked_course(content.slug, now)
    newest = _newest_release(course)
    if newest is not None and newest.digest == digest:
        return ImportOutcome(newest, is_new=False)
    release = CourseRelease(
        course=course,
        number=1 if newest is None else newest.number + 1,
        digest=digest,
        document=document,
        imported_at=now,
        imported_by_id=None if actor is None else actor.id,
    )
    db.session.add(release)
    db.session.flush()
    editions = _move_editions(course, release, content)
    notes = tuple(release_imported(release, now))
    changes = () if newest is None else changes_between(course_from_document(newest.document), content)
    record_event(
        "course imported",
        now=now,
        actor_id=None if actor is None else actor.id,
        subject_type="course release",
        subject_id=release.id,
        course=course.slug,
        number=release.number,
        changes=[str(change) for change in changes],
        editions=list(editions),
        notes=list(notes),
    )
    return ImportOutcome(release, is_new=True, changes=changes, editions=editions, notes=notes)


def _locked_course(slug: str, now: datetime) -> Course:
    # The lock lets two imports of the same course follow each other, so that they number their releases in turn.
    _insert_once(Course, slug=slug, created_at=now)
    return db.session.scalars(select(Course).where(Course.slug == slug).with_for_update()).one()


def _newest_release(course: Course) -> CourseRelease | None:
    newest = select(CourseRelease).where(CourseRelease.course_id == course.id).order_by(CourseRelease.number.desc())
    return db.session.scalars(newest.limit(1)).one_or_none()


def _move_editions(course: Course, release: CourseRelease, content: CourseContent) -> tuple[str, ...]:
    """Show the release in every edition that is not closed; return their codes."""
    running = select(Edition).where(Edition.course_id == course.id, Edition.closed_at.is_(None)).order_by(Edition.code)
    editions = db.session.scalars(running).all()
    for edition in editions:
        edition.release_id = release.id
        for position, module in enumerate(content.modules, start=1):
            # A module that is already there keeps the date that the edition gave it.
            _insert_once(
                EditionModule,
                edition_id=edition.id,
                module_key=module.key,
                position=position,
                opens_at=module.opens.on(edition.starts_on, edition.time_zone),
            )
    return tuple(edition.code for edition in editions)


def mark_lesson_done(actor: Member, module_key: str, lesson_key: str, now: datetime) -> None:
    """Note that the participant has read a lesson; once, however often it is said.

    Raises:
        NotFound: if the course has no such lesson.
        RuleViolation: if the module has not opened, or the edition is closed.
    """
    enrolment = require_participant(actor)
    _readable_lesson(actor, module_key, lesson_key, now)
    _insert_once(
        LessonCompletion,
        enrolment_id=enrolment.id,
        module_key=module_key,
        lesson_key=lesson_key,
        completed_at=now,
    )


def mark_lesson_not_done(actor: Member, module_key: str, lesson_key: str, now: datetime) -> None:
    """Take back that the participant has read a lesson. Raises as ``mark_lesson_done``."""
    enrolment = require_participant(actor)
    _readable_lesson(actor, module_key, lesson_key, now)
    db.session.execute(
        delete(LessonCompletion).where(
            LessonCompletion.enrolment_id == enrolment.id,
            LessonCompletion.module_key == module_key,
            LessonCompletion.lesson_key == lesson_key,
        )
    )


def _readable_lesson(actor: Member, module_key: str, lesson_key: str, now: datetime) -> tuple[Module, Lesson]:
    module = get_content(actor.edition.release_id).module(module_key)
    lesson = module.lesson(lesson_key) if module else None
    if module is None or lesson is None:
        raise NotFound
    if actor.edition.closed_at is not None:
        raise RuleViolation(_("This edition is closed. You can still read every lesson; your progress stays as it is."))
    states = module_states(actor.edition, actor.own_enrolment.id, now)
    state = next(one for one in states if one.module.key == module_key)
    if not state.has_come:
        raise RuleViolation(_("This module has not opened yet. Nothing was changed; come back when it opens."))
    if state.waits_for:
        raise RuleViolation(
            _("Nothing was changed: another module has to be read first. The page of this one says which.")
        )
    return module, lesson


def _insert_once(model: type[Base], **values: Any) -> None:
    """Insert a row unless one with the same unique key is there."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(model).values(**values).on_conflict_do_nothing())
