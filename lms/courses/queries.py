"""Reads of courses, releases, editions and progress."""

from __future__ import annotations

from collections import OrderedDict

from sqlalchemy import select

from lms.core.db import db
from lms.courses.documents import course_from_document
from lms.courses.domain.content import CourseContent
from lms.courses.models import CourseRelease

# Releases never change, so a process may keep the last ones it read for as long as it lives.
_contents: OrderedDict[int, CourseContent] = OrderedDict()
_KEPT = 16


def get_content(release_id: int) -> CourseContent:
    """The content of a release; no query after the first time in a process."""
    if release_id in _contents:
        _contents.move_to_end(release_id)
        return _contents[release_id]
    release = db.session.scalars(select(CourseRelease).where(CourseRelease.id == release_id)).one()
    content = _contents[release_id] = course_from_document(release.document)
    while len(_contents) > _KEPT:
        _contents.popitem(last=False)
    return content


def forget_contents() -> None:
    """Empty the cache; for tests, which reuse identifiers."""
    _contents.clear()
