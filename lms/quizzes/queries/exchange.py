"""Reads of imports that wait, of what the bank already has, and of pictures that a person may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.documents import digest_of
from lms.courses.models import Edition, Enrolment
from lms.quizzes.exchange.making import without_keys
from lms.quizzes.exchange.pictures import digests_in
from lms.quizzes.exchange_models import QuestionImport, QuestionImportLine, QuestionPicture
from lms.quizzes.models import Attempt, Question, QuestionTag, QuestionVersion
from lms.quizzes.permissions import Author, keeps_bank_of, require_keeping
from lms.quizzes.queries.bank import newest_number, with_newest
from lms.quizzes.questions import from_document

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of an import's lines."""

    rows: Sequence[QuestionImportLine]
    page: int
    pages: int


def get_import(actor: Author, import_id: int) -> QuestionImport:
    """An import of the course; raises NotAllowed, NotFound."""
    require_keeping(actor)
    found = db.session.get(QuestionImport, import_id)
    if found is None or found.course_id != actor.course.id:
        raise NotFound
    return found


def list_lines(found: QuestionImport, state: str, page: int) -> Lines:
    """A page of the lines in a state, of all where it is empty; two statements."""
    wanted = [QuestionImportLine.import_id == found.id]
    if state:
        wanted.append(QuestionImportLine.state == state)
    total = db.session.scalar(select(func.count()).select_from(QuestionImportLine).where(*wanted)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    query = select(QuestionImportLine).where(*wanted).order_by(QuestionImportLine.position)
    rows = db.session.scalars(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return Lines(rows, page, pages)


def get_line(found: QuestionImport, position: int) -> QuestionImportLine:
    """An accepted line; raises NotFound."""
    line = db.session.get(QuestionImportLine, (found.id, position))
    if line is None or line.document is None:
        raise NotFound
    return line


@dataclass(frozen=True, slots=True)
class Known:
    """A question of the bank as it stands: its newest version's digest and number."""

    question_id: int
    key: str
    digest: str
    number: int


@dataclass(frozen=True, slots=True)
class Bank:
    """All questions of a course, by key and by what they say whatever they are called."""

    by_key: Mapping[str, Known]
    by_content: Mapping[str, Known]


def read_bank(course_id: int) -> Bank:
    """The questions of a course to compare others with; one statement."""
    rows = db.session.execute(
        select(Question.id, Question.key, QuestionVersion.digest, QuestionVersion.number, QuestionVersion.document)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(Question.course_id == course_id, QuestionVersion.number == newest_number())
        .execution_options(yield_per=500)
    )
    by_key, by_content = {}, {}
    for question_id, key, digest, number, document in rows:
        known = Known(question_id, key, digest, number)
        by_key[key] = known
        by_content[content_digest(document)] = known
    return Bank(by_key, by_content)


def content_digest(document: Mapping[str, Any]) -> str:
    """The digest of what a question says, whatever it and its options are called."""
    return digest_of(without_keys(dict(document)))


def questions_to_export(actor: Author, category: str, keys: Sequence[str]) -> Iterator[Any]:
    """The offered questions with their category and tags: all, those of a category and below, or those of the keys.

    They come by category and then in the order in which they came into the bank; two statements.
    """
    require_keeping(actor)
    query = with_newest().where(Question.course_id == actor.course.id, Question.archived_at.is_(None))
    if keys:
        query = query.where(Question.key.in_(keys))
    elif category:
        query = query.where(
            (Question.category == category) | Question.category.startswith(f"{category}/", autoescape=True)
        )
    tags: dict[int, list[str]] = {}
    tagged = select(QuestionTag).join(Question, Question.id == QuestionTag.question_id)
    for tag in db.session.scalars(tagged.where(Question.course_id == actor.course.id).order_by(QuestionTag.tag)):
        tags.setdefault(tag.question_id, []).append(tag.tag)
    for question, version in db.session.execute(query.order_by(Question.category, Question.id)):
        document = {**version.document, "category": question.category, "tags": tags.get(question.id, [])}
        yield from_document(document)[1]


def find_pictures(course_id: int, digests: Sequence[str]) -> dict[str, QuestionPicture]:
    """The course's pictures of the digests that it has."""
    query = select(QuestionPicture).where(QuestionPicture.course_id == course_id, QuestionPicture.digest.in_(digests))
    return {picture.digest: picture for picture in db.session.scalars(query)}


def get_visible_picture(person: Person, digest: str) -> QuestionPicture:
    """A picture that the person may see: they keep or teach a course that has it, or an attempt of theirs asks it.

    Raises:
        NotFound: for everything else; whether there is such a picture is nobody's business.
    """
    for picture in db.session.scalars(select(QuestionPicture).where(QuestionPicture.digest == digest)):
        if keeps_bank_of(person, picture.course_id):
            return picture
        if picture.import_id is None and _meets_picture(person, picture):
            return picture
    raise NotFound


def _meets_picture(person: Person, picture: QuestionPicture) -> bool:
    if _teaches(person, picture.course_id):
        return True
    layouts = db.session.scalars(
        select(Attempt.layout)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Edition, Edition.id == Enrolment.edition_id)
        .where(
            Enrolment.person_id == person.id, Enrolment.withdrawn_at.is_(None), Edition.course_id == picture.course_id
        )
    )
    ids = {version_id for layout in layouts for version_id, _order in layout}
    documents = select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(ids - _known_ids()))
    for version_id, document in db.session.execute(documents):
        _pictures_of_version[version_id] = frozenset(digests_in(document))
    return any(picture.digest in _pictures_of_version.get(version_id, ()) for version_id in ids)


# A version never changes, so a process looks for its pictures once.
_pictures_of_version: dict[int, frozenset[str]] = {}


def _known_ids() -> set[int]:
    return set(_pictures_of_version)


def _teaches(person: Person, course_id: int) -> bool:
    query = (
        select(Enrolment.id)
        .join(Edition, Edition.id == Enrolment.edition_id)
        .where(
            Edition.course_id == course_id,
            Enrolment.person_id == person.id,
            Enrolment.withdrawn_at.is_(None),
            Enrolment.role.in_(("tutor", "coordinator")),
        )
        .limit(1)
    )
    return db.session.scalar(query) is not None


def forget_pictures() -> None:
    """Empty this cache; for tests, which reuse identifiers."""
    _pictures_of_version.clear()
