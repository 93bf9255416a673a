"""Reads of conversations, of letters to several people, and of those to whom such a letter may go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lms.accounts.domain import name_key
from lms.accounts.models import Person
from lms.assignments.models import Group, GroupMember
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.domain.roles import Role
from lms.courses.hooks import read_dates
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.courses.queries import QUIET_FOR, seen_since
from lms.grading.domain.results import State
from lms.grading.queries import Standing, class_results
from lms.messages.domain import Candidate, OpenWork
from lms.messages.models import Conversation, Message, MessagePlace

MESSAGES_ON_A_PAGE = 30
CONVERSATIONS_ON_A_PAGE = 50
LETTERS_ON_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of a conversation, the oldest first; page 1 is the latest."""

    messages: Sequence[Message]
    page: int
    pages: int


def conversation_with(enrolment: Enrolment, page: int) -> MessagePage:
    """What a participant and the team wrote to each other; raises NotFound beyond the last page."""
    here = select(MessagePlace.message_id).where(MessagePlace.enrolment_id == enrolment.id)
    count = db.session.scalar(select(func.count()).select_from(here.subquery())) or 0
    pages = _pages(count, MESSAGES_ON_A_PAGE)
    if not 1 <= page <= pages:
        raise NotFound
    messages = db.session.scalars(
        select(Message)
        .where(Message.id.in_(here))
        .options(joinedload(Message.author))
        .order_by(Message.id.desc())
        .limit(MESSAGES_ON_A_PAGE)
        .offset((page - 1) * MESSAGES_ON_A_PAGE)
    ).all()
    return MessagePage(list(reversed(messages)), page, pages)


def find_conversation(enrolment_id: int) -> Conversation | None:
    """Where a participant's conversation stands; ``None`` before anything was written."""
    return db.session.get(Conversation, enrolment_id)


def get_participant(actor: Member, enrolment_id: int) -> Enrolment:
    """A participant of the actor's edition, who may have left it, with the person.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: where the edition has no such participant.
    """
    require_teaching(actor)
    enrolment = db.session.scalars(
        select(Enrolment)
        .options(joinedload(Enrolment.person))
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.edition_id == actor.edition.id,
            Enrolment.role == Role.PARTICIPANT,
        )
    ).one_or_none()
    if enrolment is None:
        raise NotFound
    return enrolment


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation in the team's list, with the latest message in it."""

    conversation: Conversation
    person: Person
    latest: Message


@dataclass(frozen=True, slots=True)
class LinePage:
    """A page of the team's list; ``total`` is how many conversations fit."""

    lines: Sequence[Line]
    total: int
    page: int
    pages: int


def conversations_of(actor: Member, *, words: str = "", only_waiting: bool = False, page: int = 1) -> LinePage:
    """The conversations of an edition: those that wait longest first, then the latest; two statements.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a page beyond the last.
    """
    require_teaching(actor)
    conditions = [Conversation.edition_id == actor.edition.id]
    if only_waiting:
        conditions.append(Conversation.waiting_since.is_not(None))
    if words.strip():
        conditions.append(Person.name_key.contains(name_key(words), autoescape=True))
    joined = (
        select(Conversation, Person)
        .join(Enrolment, Enrolment.id == Conversation.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(*conditions)
    )
    total = db.session.scalar(select(func.count()).select_from(joined.with_only_columns(Conversation.enrolment_id).subquery())) or 0  # fmt: skip
    pages = _pages(total, CONVERSATIONS_ON_A_PAGE)
    if not 1 <= page <= pages:
        raise NotFound
    latest = (
        select(func.max(MessagePlace.message_id))
        .where(MessagePlace.enrolment_id == Conversation.enrolment_id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    rows = db.session.execute(
        joined.add_columns(Message)
        .join(Message, Message.id == latest)
        .order_by(
            Conversation.waiting_since.is_(None),
            Conversation.waiting_since,
            Conversation.last_at.desc(),
            Conversation.enrolment_id,
        )
        .limit(CONVERSATIONS_ON_A_PAGE)
        .offset((page - 1) * CONVERSATIONS_ON_A_PAGE)
    )
    return LinePage([Line(*row) for row in rows], total, page, pages)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many participants wait for an answer, and since when the first of them."""

    count: int
    oldest_at: datetime | None


def waiting_for_answer(edition: Edition) -> Waiting:
    """Who of an edition waits for an answer of the team; one statement."""
    count, oldest_at = db.session.execute(
        select(func.count(), func.min(Conversation.waiting_since)).where(
            Conversation.edition_id == edition.id, Conversation.waiting_since.is_not(None)
        )
    ).one()
    return Waiting(count, oldest_at)


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Letters to several people, the latest first, each with how many it went to."""

    letters: Sequence[tuple[Message, int]]
    page: int
    pages: int


def letters_of(actor: Member, page: int) -> LetterPage:
    """The letters that the team of the actor's edition has sent; two statements.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a page beyond the last.
    """
    require_teaching(actor)
    is_letter = [Message.edition_id == actor.edition.id, Message.subject != ""]
    count = db.session.scalar(select(func.count(Message.id)).where(*is_letter)) or 0
    pages = _pages(count, LETTERS_ON_A_PAGE)
    if not 1 <= page <= pages:
        raise NotFound
    went_to = (
        select(func.count())
        .select_from(MessagePlace)
        .where(MessagePlace.message_id == Message.id)
        .correlate(Message)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Message, went_to)
        .where(*is_letter)
        .options(joinedload(Message.author))
        .order_by(Message.id.desc())
        .limit(LETTERS_ON_A_PAGE)
        .offset((page - 1) * LETTERS_ON_A_PAGE)
    )
    return LetterPage([(message, number) for message, number in rows], page, pages)


def get_letter(actor: Member, message_id: int) -> Message:
    """A letter to several people of the actor's edition.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for anything else.
    """
    require_teaching(actor)
    letter = db.session.scalars(
        select(Message)
        .options(joinedload(Message.author))
        .where(Message.id == message_id, Message.edition_id == actor.edition.id, Message.subject != "")
    ).one_or_none()
    if letter is None:
        raise NotFound
    return letter


def people_of(letter: Message) -> Sequence[tuple[int, Person]]:
    """Those to whom a letter went, by name, each with their place in the edition."""
    rows = db.session.execute(
        select(Enrolment.id, Person)
        .join(Person, Person.id == Enrolment.person_id)
        .join(MessagePlace, MessagePlace.enrolment_id == Enrolment.id)
        .where(MessagePlace.message_id == letter.id)
        .order_by(Person.name_key, Enrolment.id)
    )
    return [(enrolment_id, person) for enrolment_id, person in rows]


@dataclass(frozen=True, slots=True)
class Reached:
    """A participant to whom a letter may go, and what is known of them."""

    standing: Standing
    candidate: Candidate

    @property
    def person(self) -> Person:
        """The person behind the place."""
        return self.standing.enrolment.person


def people_to_write_to(actor: Member, now: datetime) -> list[Reached]:
    """The participants of the actor's edition who have not left it, by name; constant queries.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
    """
    require_teaching(actor)
    edition = actor.edition
    standings = [one for one in class_results(edition, now=now) if not one.is_withdrawn]
    seen = seen_since(edition.id, now - QUIET_FOR)
    groups = _current_groups(edition.id)
    later = _not_open_yet(edition, now)
    return [Reached(one, _candidate(one, seen, groups.get(one.enrolment.id), later)) for one in standings]


def _not_open_yet(edition: Edition, now: datetime) -> set[str]:
    """The keys of quizzes and assignments that nobody can have done."""
    return {
        one.key
        for feature, one in read_dates(edition)
        if feature in ("quizzes", "assignments") and one.opens_at is not None and one.opens_at > now
    }


def _candidate(
    standing: Standing, seen: Collection[int], group_id: int | None, not_open_yet: Collection[str]
) -> Candidate:
    enrolment, person = standing.enrolment, standing.enrolment.person
    return Candidate(
        enrolment_id=enrolment.id,
        open_work=tuple(
            OpenWork(
                key=result.key,
                title=dict(result.title),
                due_at=standing.due[result.key].isoformat() if result.key in standing.due else "",
                is_overdue=bool(result.is_due),
            )
            for result in standing.results
            if result.state is State.MISSING and result.key not in not_open_yet
        ),
        outcome=standing.decision.status,
        sponsors=standing.sponsors,
        language=person.language,
        group_id=group_id,
        is_quiet=enrolment.id not in seen,
        has_signed_in=person.last_seen_at is not None,
    )


def _current_groups(edition_id: int) -> dict[int, int]:
    rows = db.session.execute(
        select(GroupMember.enrolment_id, GroupMember.group_id)
        .join(Group, Group.id == GroupMember.group_id)
        .where(Group.edition_id == edition_id, GroupMember.left_at.is_(None))
    )
    return {enrolment_id: group_id for enrolment_id, group_id in rows}  # noqa: C416  a row is no pair


def groups_by_name(edition_id: int) -> Sequence[tuple[int, str]]:
    """The groups of an edition, by name."""
    rows = db.session.execute(select(Group.id, Group.name).where(Group.edition_id == edition_id).order_by(Group.name))
    return [(group_id, name) for group_id, name in rows]


def _pages(count: int, on_a_page: int) -> int:
    return max(1, -(-count // on_a_page))
