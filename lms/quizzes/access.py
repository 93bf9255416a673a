"""Who may use a route of a course's question bank (``/courses/<slug>/…``); loads the course."""

from __future__ import annotations

from typing import Any, cast

from flask import g
from flask_babel import gettext as _
from sqlalchemy import func, select

from lms.accounts.access import current_person, require_sign_in
from lms.core.access import Access
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.models import Course, CourseRelease
from lms.courses.queries import get_content
from lms.quizzes.permissions import Author, keeps_bank_of, knows_course


def current_author() -> Author:
    """The signed-in person in the course that the address names; only where the rule below guards the route."""
    return cast(Author, g.author)


def _keeps_bank(arguments: dict[str, Any]) -> Any:
    refusal = require_sign_in()
    if refusal is not None:
        return refusal
    person = current_person()
    row = db.session.execute(
        select(Course, func.max(CourseRelease.id))
        .join(CourseRelease, CourseRelease.course_id == Course.id)
        .where(Course.slug == arguments["slug"])
        .group_by(Course.id)
    ).one_or_none()
    if row is None:
        raise NotFound
    course, release_id = row
    if not keeps_bank_of(person, course.id):
        if knows_course(person, course.id):
            raise NotAllowed(_("Only coordinators of this course and administrators can open its question bank."))
        raise NotFound
    languages = get_content(release_id).languages
    g.author = Author(person, course, languages)
    g.edition_languages = languages
    return None


bank_keepers = Access("administrators and coordinators of an edition of the course", _keeps_bank)
