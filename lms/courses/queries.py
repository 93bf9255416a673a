"""Reads of courses, releases, editions and progress."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import and_, or_, select

from lms.accounts.models import Person
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.courses.documents import course_from_document
from lms.courses.domain.content import CourseContent
from lms.courses.domain.reading import ModuleState, module_states_of
from lms.courses.models import Course, CourseRelease, Edition, EditionModule, Enrolment, LessonCompletion

# Releases never change, so a process may keep the last ones it read for as long as it lives.
_contents: OrderedDict[int, CourseContent] = OrderedDict()
_contents_lock = Lock()
_KEPT = 16
# Whoever has not been seen for this long may need a word.
QUIET_FOR = timedelta(days=7)


def get_content(release_id: int) -> CourseContent:
    """The content of a release; no query after the first time in a process."""
    with _contents_lock:
        content = _contents.get(release_id)
        if content is not None:
            _contents.move_to_end(release_id)
            return content
    # Read outside the lock: two threads may read the same release once, but none waits for the database of another.
    release = db.session.scalars(select(CourseRelease).where(CourseRelease.id == release_id)).one()
    content = course_from_document(release.document)
    with _contents_lock:
        _contents[release_id] = content
        while len(_contents) > _KEPT:
            _contents.popitem(last=False)
    return content


def release_date(release_id: int) -> datetime:
    """When a release was imported."""
    return db.session.scalars(select(CourseRelease.imported_at).where(CourseRelease.id == release_id)).one()


def forget_contents() -> None:
    """Empty the cache; for tests, which reuse identifiers."""
    with _contents_lock:
        _contents.clear()


def find_latest_release(slug: str) -> CourseRelease | None:
    """The newest release of a course, or ``None`` where the course is unknown."""
    newest = (
        select(CourseRelease)
        .join(Course, Course.id == CourseRelease.course_id)
        .where(Course.slug == slug)
        .order_by(CourseRelease.number.desc())
        .limit(1)
    )
    return db.session.scalars(newest).one_or_none()


def releases_of(slug: str) -> Sequence[tuple[CourseRelease, Sequence[str]]]:
    """The releases of a course, the newest first, each with what it changed as the record of its import says."""
    rows = db.session.execute(
        select(CourseRelease, AuditEvent.details)
        .join(Course, Course.id == CourseRelease.course_id)
        .outerjoin(
            AuditEvent,
            and_(
                AuditEvent.action == "course imported",
                AuditEvent.subject_type == "course release",
                AuditEvent.subject_id == CourseRelease.id,
            ),
        )
        .where(Course.slug == slug)
        .order_by(CourseRelease.number.desc())
    )
    return [(release, (details or {}).get("changes", ())) for release, details in rows]


def course_slugs() -> Sequence[str]:
    """The courses that have been imported, in alphabetical order."""
    return db.session.scalars(select(Course.slug).order_by(Course.slug)).all()


def module_states(edition: Edition, enrolment_id: int | None, now: datetime) -> tuple[ModuleState, ...]:
    """Each module of an edition in order, with when it opens and what one person has read; one statement.

    Args:
        enrolment_id: whose lessons count as done; ``None`` for nobody's, who has not to read anything first.
    """
    rows = db.session.execute(
        select(EditionModule.module_key, EditionModule.opens_at, LessonCompletion.lesson_key)
        .outerjoin(
            LessonCompletion,
            and_(
                LessonCompletion.module_key == EditionModule.module_key,
                LessonCompletion.enrolment_id == (enrolment_id or 0),
            ),
        )
        .where(EditionModule.edition_id == edition.id)
    ).all()
    content = get_content(edition.release_id)
    openings = {module.key: module.opens.on(edition.starts_on, edition.time_zone) for module in content.modules}
    done: defaultdict[str, set[str]] = defaultdict(set)
    for module_key, opens_at, lesson_key in rows:
        openings[module_key] = opens_at
        if lesson_key is not None:
            done[module_key].add(lesson_key)
    return module_states_of(content.modules, openings, done, now, in_order=enrolment_id is not None)


def seen_since(edition_id: int, since: datetime) -> set[int]:
    """The places of those in an edition who marked a lesson as done, or signed in, since an instant; one statement."""
    has_read = (
        select(LessonCompletion.enrolment_id)
        .where(LessonCompletion.enrolment_id == Enrolment.id, LessonCompletion.completed_at >= since)
        .correlate(Enrolment)
        .exists()
    )
    return set(
        db.session.scalars(
            select(Enrolment.id)
            .join(Enrolment.person)
            .where(Enrolment.edition_id == edition_id, or_(Person.last_seen_at >= since, has_read))
        )
    )
