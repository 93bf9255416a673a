"""Reads of a person's dates, and of what people have not done yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select

from lms.accounts.models import Person
from lms.assignments.models import Assignment, GroupMember
from lms.assignments.queries import people_without_group
from lms.attendance.queries import sessions_of
from lms.calendar.domain import LONGEST_REMINDER, Kind, OwnDate
from lms.calendar.models import CalendarFeed, EditionDate
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.courses.activities import activity_dates
from lms.courses.domain.content import Text
from lms.courses.domain.roles import Role
from lms.courses.domain.schedule import last_instant_after
from lms.courses.models import Edition, EditionModule, Enrolment
from lms.courses.permissions import Member, editions_open_to
from lms.courses.queries import get_content
from lms.grading.domain.results import State
from lms.grading.models import Extension, GradeItem
from lms.grading.queries import class_results
from lms.grading.queries.deadlines import personal_extensions
from lms.notices.models import Notice
from lms.quizzes.models import Quiz, QuizGroup
from lms.surveys.queries import find_survey, people_to_remind, survey_state

MINUTE = timedelta(minutes=1)


def my_places(person: Person) -> list[Member]:
    """The editions that a person takes part in and that are not closed, as they stand in them; one statement."""
    rows = db.session.execute(
        select(Edition, Enrolment)
        .join(Enrolment, Enrolment.edition_id == Edition.id)
        .where(
            Enrolment.person_id == person.id,
            Enrolment.withdrawn_at.is_(None),
            Enrolment.role != Role.SPONSOR_VIEWER,
            Edition.closed_at.is_(None),
            editions_open_to(person.id),
        )
        .order_by(Edition.starts_on, Edition.id)
    )
    return [Member(person, edition, enrolment) for edition, enrolment in rows]


def own_dates(member: Member, now: datetime) -> list[OwnDate]:
    """Sessions, openings and deadlines of one person in one edition, extensions included, in a constant number of

    statements: seven at most, however large the class.
    """
    edition = member.edition
    content = get_content(edition.release_id)
    counts = _Counts(edition.id)
    return [
        *_sessions(edition),
        *_modules(edition, {module.key: module.title for module in content.modules}),
        *_work(member, counts, now),
        *_survey(member, counts, now),
    ]


class _Counts:
    """How often each date of an edition has changed, extensions given and taken back included."""

    def __init__(self, edition_id: int) -> None:
        rows = db.session.execute(
            select(EditionDate.feature, EditionDate.key, EditionDate.revision).where(
                EditionDate.edition_id == edition_id
            )
        )
        self.revisions = {(feature, key): revision for feature, key, revision in rows}
        # Counted for the whole edition: a number that grows too often does no harm, one that stays still does.
        self.extensions = (
            db.session.scalar(
                select(func.count(AuditEvent.id)).where(
                    AuditEvent.edition_id == edition_id,
                    AuditEvent.action.in_(("extension granted", "extension withdrawn")),
                )
            )
            or 0
        )

    def of(self, feature: str, key: str) -> int:
        return self.revisions.get((feature, key), 0) + self.extensions


def _sessions(edition: Edition) -> Iterator[OwnDate]:
    for one in sessions_of(edition):
        yield OwnDate(
            Kind.SESSION, "attendance", one.key, one.title, one.starts_at,
            one.starts_at + timedelta(minutes=one.minutes), edition.id, edition.code, "attendance.agenda",
            {"code": edition.code, "_anchor": one.key}, one.sequence, is_cancelled=one.cancelled_at is not None,
        )  # fmt: skip


def _modules(edition: Edition, titles: Mapping[str, Text]) -> Iterator[OwnDate]:
    modules = db.session.scalars(select(EditionModule).where(EditionModule.edition_id == edition.id))
    for one in modules:
        if one.module_key in titles:
            yield OwnDate(
                Kind.OPENS, "modules", one.module_key, titles[one.module_key], one.opens_at, one.opens_at + MINUTE,
                edition.id, edition.code, "courses.module", {"code": edition.code, "key": one.module_key},
            )  # fmt: skip


def _work(member: Member, counts: _Counts, now: datetime) -> Iterator[OwnDate]:
    edition = member.edition
    dates = activity_dates(member, get_content(edition.release_id))
    tasks = {one.key: one for one in work_of(edition)}
    for key, when in dates.items():
        task = tasks.get(key)
        if task is None or when.is_hidden:
            continue
        sequence = counts.of(task.feature, key)
        # Who teaches is in no group: they find what is handed in.
        endpoint = (
            "assignments.marking" if member.is_teaching and task.endpoint == "assignments.group" else task.endpoint
        )
        if task.feature == "assignments":
            yield OwnDate(
                Kind.OPENS, task.feature, key, task.title, when.opens_at, when.opens_at + MINUTE, edition.id,
                edition.code, endpoint, task.place, sequence, when.is_done,
            )  # fmt: skip
        yield OwnDate(
            Kind.DUE, task.feature, key, task.title, when.closes_at, last_instant_after(when.closes_at), edition.id,
            edition.code, endpoint, task.place, sequence, when.is_done,
        )  # fmt: skip


def _survey(member: Member, counts: _Counts, now: datetime) -> Iterator[OwnDate]:
    edition = member.edition
    if not member.is_participant:
        return
    state = survey_state(edition.id, member.own_enrolment.id, now)
    if state is not None:
        survey = state.survey
        yield OwnDate(
            Kind.DUE, "surveys", survey.key, survey.title, survey.closes_at, last_instant_after(survey.closes_at),
            edition.id, edition.code, "surveys.answer", {"code": edition.code}, counts.of("surveys", survey.key),
            state.has_answered,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """Something graded that participants do, and where."""

    feature: str
    key: str
    item_key: str
    title: Text
    opens_at: datetime
    endpoint: str
    place: Mapping[str, Any]


def work_of(edition: Edition) -> list[Work]:
    """The quizzes and assignments of an edition; two statements."""
    quizzes = db.session.execute(
        select(Quiz.key, Quiz.item_key, Quiz.title, Quiz.opens_at).where(Quiz.edition_id == edition.id)
    )
    found = [
        Work("quizzes", key, item, title, opens_at, "quizzes.show", {"code": edition.code, "key": key})
        for key, item, title, opens_at in quizzes
    ]
    assignments = db.session.execute(
        select(Assignment.key, Assignment.item_key, Assignment.title, Assignment.opens_at, Assignment.kind).where(
            Assignment.edition_id == edition.id
        )
    )
    for key, item, title, opens_at, kind in assignments:
        is_group = kind == "group"
        found.append(
            Work(
                "assignments", key, item, title, opens_at, "assignments.group" if is_group else "assignments.show",
                {"code": edition.code} if is_group else {"code": edition.code, "key": key},
            )
        )  # fmt: skip
    return found


def running_editions() -> Sequence[Edition]:
    """The editions that are open: in the others nobody is told anything."""
    return db.session.scalars(
        select(Edition).where(Edition.opened_at.is_not(None), Edition.closed_at.is_(None)).order_by(Edition.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Undone:
    """Something that somebody has not done yet, and until when they may."""

    person: Person
    feature: str
    key: str
    title: Text
    due_at: datetime
    endpoint: str
    place: Mapping[str, Any]

    @property
    def thing(self) -> str:
        """What names it in a notice: with its deadline, so that a moved one is told anew."""
        return f"{self.feature}:{self.key}:{self.due_at:%Y%m%dT%H%M}"


def is_anything_near(edition: Edition, now: datetime) -> bool:
    """Whether any deadline of an edition, extensions included, is near enough for a reminder; two statements."""
    until = now + LONGEST_REMINDER
    near = select(GradeItem.id).where(
        GradeItem.edition_id == edition.id, GradeItem.due_at > now - MINUTE, GradeItem.due_at <= until
    )
    extended = (
        select(Extension.id)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(GradeItem.edition_id == edition.id, Extension.due_at > now - MINUTE, Extension.due_at <= until)
    )
    survey = find_survey(edition.id)
    if survey is not None and now - MINUTE < survey.closes_at <= until:
        return True
    return bool(db.session.scalar(select(near.exists() | extended.exists())))


def undone_of(edition: Edition, now: datetime) -> list[Undone]:
    """Everything that is open and that somebody has not done, by person and deadline; the same statements for any class.

    The gradebook says what is missing, so that an extension, an excuse and work that was handed in count here exactly as
    they count there. Who withdrew is not in it, nor what has not opened, nor a quiz for groups they are not in.
    """
    tasks = {one.item_key: one for one in work_of(edition)}
    for_groups = _takers_of_group_quizzes(edition.id)
    found = []
    for standing in class_results(edition, include_test_accounts=True, now=now):
        if standing.is_withdrawn:
            continue
        for result in standing.results:
            task, due_at = tasks.get(result.key), standing.due.get(result.key)
            if task is None or due_at is None or task.opens_at > now:
                continue
            if result.state is not State.MISSING or result.is_ruled_out or result.is_due:
                continue
            if task.key in for_groups and standing.enrolment.id not in for_groups[task.key]:
                continue
            found.append(
                Undone(standing.enrolment.person, task.feature, task.key, task.title, due_at, task.endpoint, task.place)
            )
    survey = find_survey(edition.id)
    if survey is not None and survey.opens_at <= now:
        found += [
            Undone(
                person, "surveys", survey.key, survey.title, survey.closes_at, "surveys.answer", {"code": edition.code}
            )
            for _enrolment_id, person in people_to_remind(survey)
            if last_instant_after(survey.closes_at) > now
        ]
    return sorted(found, key=lambda one: (one.person.id, one.due_at, one.key))


def _takers_of_group_quizzes(edition_id: int) -> dict[str, set[int]]:
    """Who may take each quiz that is for groups only, by its key; one statement."""
    rows = db.session.execute(
        select(Quiz.key, GroupMember.enrolment_id)
        .outerjoin(QuizGroup, QuizGroup.quiz_id == Quiz.id)
        .outerjoin(GroupMember, and_(GroupMember.group_id == QuizGroup.group_id, GroupMember.left_at.is_(None)))
        .where(Quiz.edition_id == edition_id, Quiz.for_groups)
    )
    takers: dict[str, set[int]] = {}
    for key, enrolment_id in rows:
        takers.setdefault(key, set()).add(enrolment_id)
    return takers


def extended_people(edition: Edition) -> dict[str, set[int]]:
    """Who has a later deadline of their own for a quiz or an assignment, by its key; four statements."""
    rows = db.session.execute(select(GradeItem.id, GradeItem.key).where(GradeItem.edition_id == edition.id))
    items = {item_id: key for item_id, key in rows}  # noqa: C416  a row is no pair to mypy
    keys = {one.item_key: one.key for one in work_of(edition)}
    found: dict[str, set[int]] = {}
    for item_id, enrolment_id, _due_at in db.session.execute(personal_extensions(list(items), None)):
        if items[item_id] in keys:
            found.setdefault(keys[items[item_id]], set()).add(enrolment_id)
    return found


def reminders_given(edition: Edition, kinds: Sequence[str]) -> list[Notice]:
    """The reminders of deadlines that people of an edition were given; one statement."""
    return list(db.session.scalars(select(Notice).where(Notice.edition_id == edition.id, Notice.kind.in_(kinds))))


def missing_in_groups(edition: Edition, now: datetime) -> list[Enrolment]:
    """Participants in no group although the group work is open; two statements."""
    is_open = db.session.scalar(
        select(Assignment.id).where(
            Assignment.edition_id == edition.id,
            Assignment.kind == "group",
            Assignment.opens_at <= now,
            Assignment.due_at > now,
        )
    )
    return [] if is_open is None else people_without_group(edition.id)


def coordinators_of(edition: Edition) -> Sequence[Person]:
    """Those who coordinate an edition."""
    return _people(edition, (Role.COORDINATOR,))


def audience_of(edition: Edition) -> list[tuple[int, Person]]:
    """Enrolment and person of the participants and tutors of an edition; one statement."""
    rows = db.session.execute(
        select(Enrolment.id, Person)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.edition_id == edition.id,
            Enrolment.withdrawn_at.is_(None),
            Enrolment.role.in_((Role.PARTICIPANT, Role.TUTOR)),
        )
        .order_by(Person.id)
    )
    return [(enrolment_id, person) for enrolment_id, person in rows]


def _people(edition: Edition, roles: Sequence[Role]) -> Sequence[Person]:
    return db.session.scalars(
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.edition_id == edition.id, Enrolment.withdrawn_at.is_(None), Enrolment.role.in_(roles))
        .order_by(Person.id)
    ).all()


def addresses_in(edition: Edition) -> Select[str]:
    """The addresses of everybody in an edition, as a subquery."""
    return (
        select(Person.email)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.edition_id == edition.id, Enrolment.withdrawn_at.is_(None))
    )


def kept_dates(edition: Edition) -> dict[tuple[str, str], EditionDate]:
    """What people were told of an edition's dates, by feature and key; one statement."""
    rows = db.session.scalars(select(EditionDate).where(EditionDate.edition_id == edition.id))
    return {(row.feature, row.key): row for row in rows}


def find_feed(person_id: int) -> CalendarFeed | None:
    """The feed of a person's calendar, or ``None`` where they never asked for one."""
    return db.session.get(CalendarFeed, person_id)
