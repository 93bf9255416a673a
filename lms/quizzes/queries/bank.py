"""Reads of a course's question bank: the list with its filters, and where its questions are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, exists, func, or_, select, true

from lms.core.db import db
from lms.core.i18n import EVERY_LANGUAGE, Text
from lms.courses.models import Edition
from lms.quizzes.domain.bank import Branch, category_tree, folded
from lms.quizzes.models import Question, QuestionTag, QuestionVersion, Quiz, Response
from lms.quizzes.permissions import Author, own_editions

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class BankFilter:
    """What a list of questions is narrowed to; empty takes everything.

    ``missing`` is a language in which something is missing; ``state`` is ``offered``, ``unused`` (offered, and neither
    in a quiz nor ever answered), ``archived`` or ``all``.
    """

    words: str = ""
    category: str = ""
    tag: str = ""
    kind: str = ""
    missing: str = ""
    state: str = "offered"

    @property
    def is_narrow(self) -> bool:
        """True where it leaves something out that is offered."""
        return self != BankFilter()


@dataclass(frozen=True, slots=True)
class Usage:
    """A quiz that asks a question, in an edition that the reader coordinates; ``number`` is the version that it asks."""

    quiz_id: int
    quiz_key: str
    title: Text
    edition_code: str
    number: int
    is_closed: bool


@dataclass(frozen=True, slots=True)
class BankRow:
    """A question in the list. ``is_used_elsewhere``: in a quiz of an edition that the reader does not coordinate."""

    question: Question
    version: QuestionVersion
    tags: tuple[str, ...]
    usages: tuple[Usage, ...]
    is_used_elsewhere: bool

    @property
    def stem(self) -> Text:
        """The question itself, by language."""
        stem: Text = self.version.document["stem"]
        return stem


@dataclass(frozen=True, slots=True)
class BankPage:
    """A page of the list, with what one can narrow it to."""

    rows: Sequence[BankRow]
    total: int
    page: int
    pages: int
    categories: Sequence[Branch] = ()
    tags: Sequence[tuple[str, int]] = ()
    kinds: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def newest_number() -> ColumnElement[int]:
    """The number of a question's newest version."""
    return (
        select(func.max(QuestionVersion.number))
        .where(QuestionVersion.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
    )


def with_newest() -> Select[Question, QuestionVersion]:
    """Every question with its newest version."""
    return (
        select(Question, QuestionVersion)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(QuestionVersion.number == newest_number())
    )


def list_questions(actor: Author, wanted: BankFilter, page: int) -> BankPage:
    """A page of the questions that fit, by category and then in the order in which they came; seven statements."""
    conditions = [Question.course_id == actor.course.id, *_conditions(wanted)]
    total = db.session.scalar(select(func.count()).select_from(Question).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    found = db.session.execute(
        with_newest()
        .where(*conditions)
        .order_by(Question.category, Question.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    ids = [question.id for question, _version in found]
    tags, usages, elsewhere = tags_of(ids), *usages_of(actor, ids)
    rows = [
        BankRow(question, version, tags[question.id], tuple(usages[question.id]), question.id in elsewhere)
        for question, version in found
    ]
    categories, kinds, counts = _facets(actor)
    return BankPage(rows, total, page, pages, category_tree(categories.items()), _tag_counts(actor), kinds, counts)


def _conditions(wanted: BankFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in folded(wanted.words).split():
        found.append(Question.search_text.contains(word, autoescape=True))
    if wanted.category:
        below = Question.category.startswith(f"{wanted.category}/", autoescape=True)
        found.append(or_(Question.category == wanted.category, below))
    if wanted.tag:
        found.append(
            exists().where(QuestionTag.question_id == Question.id, QuestionTag.tag == wanted.tag).correlate(Question)
        )
    if wanted.kind:
        found.append(Question.kind == wanted.kind)
    if wanted.missing:
        found += [
            ~Question.languages.contains(f" {code} ", autoescape=True) for code in (wanted.missing, EVERY_LANGUAGE)
        ]
    if wanted.state != "all":
        found.append(
            Question.archived_at.is_not(None) if wanted.state == "archived" else Question.archived_at.is_(None)
        )
    if wanted.state == "unused":
        found.append(Question.id.not_in(_used_question_ids()))
    return found


def versions_in_quizzes() -> Any:
    """One row for each version that a quiz asks: ``quiz_id`` and ``version_id``, read out of the quizzes' lists."""
    if db.engine.dialect.name == "postgresql":
        ids = func.json_array_elements_text(Quiz.question_version_ids).table_valued("value").render_derived()
    else:
        ids = func.json_each(Quiz.question_version_ids).table_valued("value")
    each = Quiz.__table__.join(ids, true())
    return select(Quiz.id.label("quiz_id"), cast(ids.c.value, Integer).label("version_id")).select_from(each).subquery()


def _used_question_ids() -> Select[int]:
    asked = versions_in_quizzes()
    return select(QuestionVersion.question_id).where(
        or_(
            QuestionVersion.id.in_(select(asked.c.version_id)),
            exists().where(Response.question_version_id == QuestionVersion.id).correlate(QuestionVersion),
        )
    )


def tags_of(ids: Collection[int]) -> defaultdict[int, tuple[str, ...]]:
    query = select(QuestionTag).where(QuestionTag.question_id.in_(ids)).order_by(QuestionTag.tag)
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for one in db.session.scalars(query):
        found[one.question_id] += (one.tag,)
    return found


def usages_of(actor: Author, ids: Collection[int]) -> tuple[defaultdict[int, list[Usage]], set[int]]:
    """Where questions are asked: in editions that the actor coordinates, and which of them are asked in others too."""
    asked = versions_in_quizzes()
    is_own = case((own_editions(actor), 1), else_=0)
    rows = db.session.execute(
        select(QuestionVersion.question_id, QuestionVersion.number, Quiz, Edition.code, Edition.closed_at, is_own)
        .join(asked, asked.c.version_id == QuestionVersion.id)
        .join(Quiz, Quiz.id == asked.c.quiz_id)
        .join(Edition, Edition.id == Quiz.edition_id)
        .where(QuestionVersion.question_id.in_(ids))
        .order_by(Edition.starts_on.desc(), Edition.code, Quiz.key)
    )
    usages: defaultdict[int, list[Usage]] = defaultdict(list)
    elsewhere = set()
    for question_id, number, quiz, code, closed_at, own in rows:
        if own:
            usages[question_id].append(Usage(quiz.id, quiz.key, quiz.title, code, number, closed_at is not None))
        else:
            elsewhere.add(question_id)
    return usages, elsewhere


def _facets(actor: Author) -> tuple[dict[str, int], list[str], dict[str, int]]:
    """Offered questions by category, the kinds there are, and how many are offered and archived."""
    is_archived = case((Question.archived_at.is_(None), 0), else_=1)
    rows = db.session.execute(
        select(Question.category, Question.kind, is_archived, func.count())
        .where(Question.course_id == actor.course.id)
        .group_by(Question.category, Question.kind, is_archived)
    )
    categories: dict[str, int] = {}
    kinds: set[str] = set()
    counts = {"offered": 0, "archived": 0}
    for category, kind, archived, number in rows:
        kinds.add(kind)
        counts["archived" if archived else "offered"] += number
        if not archived:
            categories[category] = categories.get(category, 0) + number
    return categories, sorted(kinds), counts


def _tag_counts(actor: Author) -> list[tuple[str, int]]:
    query = (
        select(QuestionTag.tag, func.count())
        .join(Question, Question.id == QuestionTag.question_id)
        .where(Question.course_id == actor.course.id, Question.archived_at.is_(None))
        .group_by(QuestionTag.tag)
        .order_by(QuestionTag.tag)
    )
    return [(tag, number) for tag, number in db.session.execute(query)]
