"""Finds lessons and messages of an edition by their words, among what the actor may read and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lms.core.db import db
from lms.core.i18n import EVERY_LANGUAGE, localise
from lms.core.markdown import filled
from lms.courses.conversations import said_beside
from lms.courses.domain.content import Lesson, Module, Text
from lms.courses.permissions import Member
from lms.courses.queries import module_states
from lms.forums.domain.searching import Piece, excerpt, fold, holds_all, plain
from lms.forums.models import Post, Topic
from lms.forums.permissions import require_speaker, visible_topics

POSTS_ON_A_PAGE = 20
MOST_LESSONS = 20
MOST_BESIDE = 20


@dataclass(frozen=True, slots=True)
class FoundLesson:
    """A lesson that holds the words, in the language in which it does, best in the reader's."""

    module: Module
    lesson: Lesson
    language: str
    excerpt: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class FoundPost:
    """A message that holds the words. ``place`` is empty for one of a forum, whose topic is ``post``'s."""

    excerpt: Sequence[Piece]
    said_at: datetime
    endpoint: str
    values: Mapping[str, Any]
    post: Post | None = None
    place: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; ``posts`` are a page of ``total``, the latest first."""

    lessons: Sequence[FoundLesson]
    beside: Sequence[FoundPost]
    posts: Sequence[FoundPost]
    total: int
    page: int
    pages: int

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all was found."""
        return not (self.lessons or self.beside or self.total)


def search_edition(actor: Member, words: Sequence[str], *, languages: Sequence[str], page: int, now: datetime) -> Found:
    """Lessons and messages that hold all words, whatever their accents; at most four statements.

    Participants find lessons of open modules. Hidden messages are found by nobody.

    Args:
        words: as ``domain.searching.words_of`` gives them.
        languages: in which the reader reads, their own first.
    """
    require_speaker(actor)
    if not words:
        return Found((), (), (), 0, 1, 1)
    posts, total, page, pages = _find_posts(actor, words, page)
    lessons = _find_lessons(actor, words, languages, now) if page == 1 else []
    return Found(lessons, _find_beside(actor, words) if page == 1 else [], posts, total, page, pages)


def _find_posts(actor: Member, words: Sequence[str], page: int) -> tuple[list[FoundPost], int, int, int]:
    conditions = [
        visible_topics(actor),
        Topic.hidden_at.is_(None),
        Post.hidden_at.is_(None),
        *(Post.folded.contains(word, autoescape=True) for word in words),
    ]
    total = db.session.scalar(select(func.count(Post.id)).join(Post.topic).where(*conditions)) or 0
    pages = max(1, -(-total // POSTS_ON_A_PAGE))
    page = min(max(1, page), pages)
    posts = db.session.scalars(
        select(Post)
        .join(Post.topic)
        .options(joinedload(Post.topic), joinedload(Post.author))
        .where(*conditions)
        .order_by(Post.id.desc())
        .limit(POSTS_ON_A_PAGE)
        .offset((page - 1) * POSTS_ON_A_PAGE)
    ).all()
    code = actor.edition.code
    found = [
        FoundPost(
            excerpt(plain(post.body), words), post.posted_at, "forums.post", {"code": code, "post_id": post.id}, post
        )
        for post in posts
    ]
    return found, total, page, pages


def _find_beside(actor: Member, words: Sequence[str]) -> list[FoundPost]:
    found = []
    for said in said_beside(actor):
        text = plain(said.body)
        if holds_all(fold(text), words):
            found.append(
                FoundPost(
                    excerpt(text, words), said.said_at, said.endpoint, said.values, place=said.place, author=said.author
                )
            )
        if len(found) == MOST_BESIDE:
            break
    return found


# A process folds each text once; keyed by the text itself, so that it can never stand for another.
@lru_cache(maxsize=512)
def _folded(title: str, body: str) -> str:
    return fold(f"{title}\n{plain(body)}")


def _in(text: Text, language: str) -> str:
    return text.get(language) or text.get(EVERY_LANGUAGE) or ""


def _find_lessons(actor: Member, words: Sequence[str], languages: Sequence[str], now: datetime) -> list[FoundLesson]:
    found = []
    own_id = actor.own_enrolment.id if actor.is_participant else None
    for state in module_states(actor.edition, own_id, now):
        if not (state.is_open or actor.is_teaching):
            continue
        for lesson in state.module.lessons:
            own = localise(lesson.body, languages).language
            for language in sorted(lesson.body, key=lambda one: (one != own, one)):
                body = filled(_in(lesson.body, language))
                if holds_all(_folded(_in(lesson.title, language), body), words):
                    found.append(FoundLesson(state.module, lesson, language, excerpt(plain(body), words)))
                    break
    # What is called so comes before what only speaks of it; else in the order of the course.
    found.sort(key=lambda one: not holds_all(fold(_in(one.lesson.title, one.language)), words))
    return found[:MOST_LESSONS]
