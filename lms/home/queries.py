"""What stands on each role's first screen, put together from the features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from lms.accounts.models import Person
from lms.assignments.domain.handing_in import Phase
from lms.assignments.queries import people_without_group, task_states, waiting_counts
from lms.assignments.queries.marking import WaitingCount, own_counts
from lms.core.db import db
from lms.courses.domain.reading import ModuleState
from lms.courses.domain.roles import Role
from lms.courses.models import Course, Edition, Enrolment
from lms.courses.permissions import Member, editions_of
from lms.courses.queries import QUIET_FOR, module_states, seen_since
from lms.grading.domain.results import State as ItemState
from lms.grading.queries import Standing, class_results
from lms.home.domain import GIVEN_BACK, Task, TaskKind, TaskState
from lms.quizzes.domain import State as QuizPhase
from lms.quizzes.queries import quiz_states
from lms.surveys.queries import count_answered, count_asked, find_survey, survey_state

_QUIZ_STATES = {
    QuizPhase.UPCOMING: TaskState.LATER,
    QuizPhase.OPEN: TaskState.OPEN,
    QuizPhase.RUNNING: TaskState.RUNNING,
    QuizPhase.EXPIRED: TaskState.RUNNING,
    QuizPhase.AGAIN: TaskState.OPTIONAL,
    QuizPhase.DONE: TaskState.DONE,
    QuizPhase.MISSED: TaskState.MISSED,
}
_ASSIGNMENT_STATES = {
    Phase.NOT_OPEN: TaskState.LATER,
    Phase.NO_GROUP: TaskState.BLOCKED,
    Phase.OPEN: TaskState.OPEN,
    Phase.LATE: TaskState.OPEN,
    Phase.REOPENED: TaskState.OPEN,
    Phase.HANDED_IN: TaskState.DONE,
    Phase.MARKED: TaskState.DONE,
    Phase.CLOSED: TaskState.MISSED,
}


@dataclass(frozen=True, slots=True)
class MyEdition:
    """An edition as it stands in a person's list; ``role`` is ``None`` for an administrator who is not enrolled."""

    edition: Edition
    role: Role | None
    course_slug: str


def my_editions(person: Person) -> list[MyEdition]:
    """The editions that a person may see, the latest first; one statement."""
    rows = db.session.execute(
        select(Edition, Enrolment.role, Course.slug)
        .join(Course, Course.id == Edition.course_id)
        .outerjoin(Enrolment, and_(Enrolment.edition_id == Edition.id, Enrolment.person_id == person.id))
        .where(editions_of(person))
        .order_by(Edition.starts_on.desc(), Edition.code)
    )
    return [MyEdition(edition, Role(role) if role else None, slug) for edition, role, slug in rows]


@dataclass(frozen=True, slots=True)
class ParticipantHome:
    """What a participant has to do, week by week."""

    modules: Sequence[ModuleState]
    tasks: Sequence[Task]


def participant_home(actor: Member, now: datetime) -> ParticipantHome:
    """Everything a participant can do or will, in the order of the weeks."""
    enrolment = actor.own_enrolment
    code = actor.edition.code
    modules = module_states(actor.edition, enrolment.id, now)
    tasks = [task for state in modules for task in _lesson_tasks(state, code)]
    for quiz in quiz_states(actor.edition.id, enrolment.id, now):
        tasks.append(
            Task(
                TaskKind.QUIZ,
                quiz.quiz.title,
                _QUIZ_STATES[quiz.state],
                "quizzes.show",
                {"code": code, "key": quiz.quiz.key},
                quiz.deadline.at,
                quiz.quiz.opens_at,
                quiz.quiz.module_key,
            )
        )
    for assignment, phase, due_at, _submission in task_states(actor.edition.id, enrolment.id, now=now):
        is_group = assignment.kind == "group"
        tasks.append(
            Task(
                TaskKind.GROUP if is_group else TaskKind.ASSIGNMENT,
                assignment.title,
                _ASSIGNMENT_STATES[phase],
                "assignments.group" if is_group else "assignments.show",
                {"code": code} if is_group else {"code": code, "key": assignment.key},
                due_at,
                assignment.opens_at,
                note=GIVEN_BACK if phase is Phase.REOPENED else "",
            )
        )
    tasks += _survey_tasks(actor, enrolment.id, now)
    return ParticipantHome(modules, tasks)


def _lesson_tasks(state: ModuleState, code: str) -> list[Task]:
    tasks = []
    for lesson in state.module.lessons:
        phase = TaskState.DONE if lesson.key in state.done else TaskState.OPEN if state.is_open else TaskState.LATER
        values = {"code": code, "key": state.module.key, "lesson": lesson.key}
        tasks.append(
            Task(TaskKind.LESSON, lesson.title, phase, "courses.lesson", values, None, state.opens_at, state.module.key)
        )
    return tasks


def _survey_tasks(actor: Member, enrolment_id: int, now: datetime) -> list[Task]:
    state = survey_state(actor.edition.id, enrolment_id, now)
    if state is None:
        return []
    if state.has_answered:
        phase = TaskState.DONE
    elif state.is_waiting:
        phase = TaskState.OPEN
    else:
        phase = TaskState.LATER if now < state.survey.opens_at else TaskState.MISSED
    survey = state.survey
    return [
        Task(
            TaskKind.SURVEY, survey.title, phase, "surveys.answer", {"code": actor.edition.code}, survey.closes_at, survey.opens_at
        )
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody who may need a word: what they missed, and whether they have been quiet."""

    enrolment: Enrolment
    missed: tuple[object, ...]
    is_quiet: bool
    never_signed_in: bool


@dataclass(frozen=True, slots=True)
class TeachingHome:
    """What waits for those who teach."""

    waiting: Sequence[WaitingCount]
    own: Mapping[int, int]  # markings given to the actor and not finished, by assignment
    behind: Sequence[Behind]
    standings: Sequence[Standing]


def teaching_home(actor: Member, now: datetime) -> TeachingHome:
    """What waits to be marked, and who falls behind, those who missed most first; constant queries."""
    standings = [one for one in class_results(actor.edition, now=now) if one.enrolment.withdrawn_at is None]
    seen = seen_since(actor.edition.id, now - QUIET_FOR)
    behind = []
    for standing in standings:
        missed = tuple(
            result.title for result in standing.results if result.state is ItemState.MISSING and result.is_due
        )
        person = standing.enrolment.person
        is_quiet = standing.enrolment.id not in seen
        if missed or is_quiet:
            behind.append(Behind(standing.enrolment, missed, is_quiet, person.last_seen_at is None))
    behind.sort(key=lambda one: (-len(one.missed), not one.is_quiet, one.enrolment.person.full_name.casefold()))
    return TeachingHome(waiting_counts(actor.edition.id), own_counts(actor), behind, standings)


@dataclass(frozen=True, slots=True)
class Pulse:
    """An edition in figures: what is done, and what closing it today would give."""

    participants: int
    quizzes: Sequence[tuple[object, int]]
    handed_in: Sequence[tuple[object, int]]
    evaluations: tuple[int, int] | None
    outcomes: dict[str, int]
    without_group: Sequence[Enrolment]
    never_signed_in: int
    staff: int


def pulse_of(actor: Member, standings: Sequence[Standing]) -> Pulse:
    """The figures of the edition from what the gradebook says; no query a participant."""
    results = [standing.results for standing in standings]
    columns = list(zip(*results, strict=True)) if results else []
    counted = [(column[0], sum(result.state is not ItemState.MISSING for result in column)) for column in columns]
    outcomes: dict[str, int] = {}
    for standing in standings:
        outcome = "waiting" if standing.decision.is_pending else standing.decision.kind or "none"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    survey = find_survey(actor.edition.id)
    staff = db.session.scalar(
        select(func.count(Enrolment.id)).where(
            Enrolment.edition_id == actor.edition.id, Enrolment.role == Role.TUTOR, Enrolment.withdrawn_at.is_(None)
        )
    )
    return Pulse(
        participants=len(standings),
        quizzes=[(item.title, count) for item, count in counted if item.kind == "quiz"],
        handed_in=[(item.title, count) for item, count in counted if item.kind != "quiz"],
        evaluations=None if survey is None else (count_answered(survey), count_asked(survey)),
        outcomes=outcomes,
        without_group=people_without_group(actor.edition.id),
        never_signed_in=sum(standing.enrolment.person.last_seen_at is None for standing in standings),
        staff=staff or 0,
    )
