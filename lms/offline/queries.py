"""What a module needs to be read and worked on without a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from lms.assignments.queries.work import standings
from lms.core.errors import NotFound
from lms.core.i18n import localise
from lms.courses.domain.content import CourseContent, Module
from lms.courses.domain.glossary import TERMS_ON_A_PAGE
from lms.courses.domain.reading import PAGE_FRAME_BYTES, page_bytes
from lms.courses.permissions import Member
from lms.courses.queries import get_content
from lms.quizzes.queries.sittings import get_sitting

# What the other kept pages weigh beside their frame, compressed; measured with the demonstration course.
OUTLINE_BYTES = 1100
WORKING_PAGE_BYTES = 3000


@dataclass(frozen=True, slots=True)
class Kept:
    """The addresses to keep, in the order in which they are of use, and what they weigh on the way, about."""

    pages: tuple[str, ...]
    size_bytes: int


def reading_size(content: CourseContent, module: Module, languages: tuple[str, ...]) -> int:
    """What keeping a module costs, about: its lessons, its page, the outline, the overview and the glossary."""
    lessons = sum(page_bytes(localise(lesson.body, languages).text) for lesson in module.lessons)
    meanings = "".join(localise(term.definition, languages).text for term in content.glossary)
    glossary = page_bytes(meanings) + PAGE_FRAME_BYTES * (_glossary_pages(content) - 1) if content.glossary else 0
    return lessons + glossary + 3 * (PAGE_FRAME_BYTES + OUTLINE_BYTES)


def pages_to_keep(member: Member, module: Module, languages: tuple[str, ...], now: datetime) -> Kept:
    """A module that is open, for one person: to read, and the quiz and texts that they are working on."""
    code, content = member.edition.code, get_content(member.edition.release_id)
    reading = [url_for("courses.module", code=code, key=module.key)]
    reading += [url_for("courses.lesson", code=code, key=module.key, lesson=lesson.key) for lesson in module.lessons]
    reading += [url_for("courses.modules", code=code), url_for("home.edition", code=code)]
    if content.glossary:
        reading += [url_for("courses.glossary", code=code)]
        reading += [
            url_for("courses.glossary", code=code, page=number) for number in range(2, _glossary_pages(content) + 1)
        ]
    working = list(_working_pages(member, module, now)) if member.is_participant else []
    size = reading_size(content, module, languages) + len(working) * (PAGE_FRAME_BYTES + WORKING_PAGE_BYTES)
    return Kept((*reading, *working), size)


def _glossary_pages(content: CourseContent) -> int:
    return max(1, -(-len(content.glossary) // TERMS_ON_A_PAGE))


def _working_pages(member: Member, module: Module, now: datetime) -> Iterator[str]:
    """The quiz of the module if an attempt is open, and the texts that are the person's alone to write.

    What a group writes is left out: without a network two would write over each other.
    """
    code = member.edition.code
    if module.quiz is not None:
        try:
            running = get_sitting(member, module.quiz.key).running
        except NotFound:  # a quiz for others
            running = None
        if running is not None and now < running.deadline_at:
            yield url_for("quizzes.attempt", code=code, key=module.quiz.key, number=running.number)
    for standing in standings(member.edition.id, enrolment_id=member.own_enrolment.id, now=now, kind="individual"):
        plan = standing.plan
        if standing.may_write and len(plan.deliverables) == 1:
            yield url_for("assignments.show", code=code, key=plan.key)
        elif standing.may_write:
            for part in plan.deliverables:
                yield url_for("assignments.part", code=code, key=plan.key, part=part.key)
