"""What a module needs to be read, worked on and talked about without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import func, select

from lms.assignments.queries.work import Standing, standings
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.i18n import localise
from lms.courses.domain.content import AssignmentPlan, CourseContent, Module
from lms.courses.domain.glossary import TERMS_ON_A_PAGE
from lms.courses.domain.reading import PAGE_FRAME_BYTES, page_bytes
from lms.courses.permissions import Member
from lms.courses.queries import get_content
from lms.forums.domain.places import forum_of_module
from lms.forums.models import Post, Topic
from lms.forums.permissions import is_speaker, visible_topics
from lms.forums.queries.topics import POSTS_ON_A_PAGE
from lms.quizzes.queries.sittings import get_sitting

# What the other kept pages weigh beside their frame, compressed; measured with the demonstration course.
OUTLINE_BYTES = 1100
WORKING_PAGE_BYTES = 3000
# A message beside its words, which take half of their letters; and what is kept of a forum at most.
MESSAGE_BYTES = 90
MOST_TOPICS = 8
MOST_FORUM_BYTES = 48 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """The addresses to keep, in the order in which they are of use, and what they weigh on the way, about.

    ``lasting`` of them, the first, change with the course only; the rest, ``changing_bytes``, with what people do.
    """

    pages: tuple[str, ...]
    lasting: int
    size_bytes: int
    changing_bytes: int


@dataclass(frozen=True, slots=True)
class KeptTopic:
    """A topic to keep: its first page, and its last where it has several. ``size_bytes`` is about."""

    id: int
    pages: tuple[int, ...]
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
    topics, key = topics_to_keep(member, module), forum_of_module(module.key)
    talking = [url_for("forums.forum", code=code, forum=key)] if is_speaker(member) else []
    for topic in topics:
        talking += [
            url_for("forums.topic", code=code, topic_id=topic.id, page=number if number > 1 else None)
            for number in topic.pages
        ]
    changing = len(working) * (PAGE_FRAME_BYTES + WORKING_PAGE_BYTES) + talking_size(topics)
    size = reading_size(content, module, languages) + changing
    return Kept((*reading, *working, *talking), len(reading), size, changing)


def topics_to_keep(member: Member, module: Module) -> list[KeptTopic]:
    """The newest topics of a module's forum, as far as they are small together; one statement."""
    counted = (
        select(Topic.id, func.count(Post.id), func.sum(func.length(Post.body)))
        .join(Post, Post.topic_id == Topic.id)
        .where(visible_topics(member), Topic.forum_key == forum_of_module(module.key), Topic.hidden_at.is_(None))
        .group_by(Topic.id)
        .order_by(Topic.last_posted_at.desc(), Topic.id.desc())
        .limit(MOST_TOPICS)
    )
    kept, left = [], MOST_FORUM_BYTES
    for topic_id, posts, letters in db.session.execute(counted):
        topic = _kept_topic(topic_id, posts, int(letters))
        left -= topic.size_bytes
        if left < 0:
            break
        kept.append(topic)
    return kept


def _kept_topic(topic_id: int, posts: int, letters: int) -> KeptTopic:
    last = -(-posts // POSTS_ON_A_PAGE)
    pages = (1,) if last == 1 else (1, last)
    shown = min(posts, POSTS_ON_A_PAGE * len(pages))
    return KeptTopic(
        topic_id, pages, len(pages) * PAGE_FRAME_BYTES + shown * MESSAGE_BYTES + letters * shown // (2 * posts)
    )


def talking_size(topics: Sequence[KeptTopic]) -> int:
    """What keeping a forum costs, about: its list and these topics."""
    return PAGE_FRAME_BYTES + OUTLINE_BYTES + sum(topic.size_bytes for topic in topics)


def _glossary_pages(content: CourseContent) -> int:
    return max(1, -(-len(content.glossary) // TERMS_ON_A_PAGE))


def _working_pages(member: Member, module: Module, now: datetime) -> Iterator[str]:
    """The quiz of the module if an attempt is open, the texts that are the person's alone to write, the group to read."""
    if module.quiz is not None:
        yield from _open_attempt(member, module.quiz.key, now)
    found = standings(member.edition.id, enrolment_id=member.own_enrolment.id, now=now)
    own = [one.plan for one in found if one.assignment.kind == "individual" and one.may_write]
    if own:
        yield url_for("assignments.individual", code=member.edition.code)  # where the course's menu leads
    for plan in own:
        yield from _own_texts(member.edition.code, plan)
    yield from _group_pages(member.edition.code, [one for one in found if one.assignment.kind == "group"])


def _open_attempt(member: Member, key: str, now: datetime) -> Iterator[str]:
    try:
        running = get_sitting(member, key).running
    except NotFound:  # a quiz for others
        return
    if running is not None and now < running.deadline_at:
        yield url_for("quizzes.attempt", code=member.edition.code, key=key, number=running.number)


def _own_texts(code: str, plan: AssignmentPlan) -> Iterator[str]:
    if len(plan.deliverables) == 1:
        yield url_for("assignments.show", code=code, key=plan.key)
        return
    for part in plan.deliverables:
        yield url_for("assignments.part", code=code, key=plan.key, part=part.key)


def _group_pages(code: str, found: Sequence[Standing]) -> Iterator[str]:
    """Who is in the group, and what it was asked. What it writes is left out: without a network two would write over each other."""
    mine = [standing.plan for standing in found if standing.owner is not None]
    if mine:
        yield url_for("assignments.group", code=code)
    for plan in mine:
        yield url_for("assignments.task", code=code, key=plan.key)
        if plan.profiles:
            yield url_for("assignments.profiles", code=code, key=plan.key)
