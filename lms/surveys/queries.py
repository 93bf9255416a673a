"""Reads of surveys: the questionnaire, how many have answered, and the results as far as they may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.documents import from_document
from lms.courses.domain.content import SurveyPlan
from lms.courses.domain.roles import Role
from lms.courses.models import Enrolment
from lms.courses.queries import get_content
from lms.surveys.domain import Answer, Summary, Visibility, Window, percentage, summarise, visibility, window
from lms.surveys.models import Survey, SurveyParticipation, SurveyReturn


@dataclass(frozen=True, slots=True)
class SurveyState:
    """A survey as one participant finds it."""

    survey: Survey
    window: Window
    has_answered: bool

    @property
    def is_waiting(self) -> bool:
        """It is open and this person has not answered."""
        return self.window == Window.OPEN and not self.has_answered


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """What may be known of a survey's answers. ``summary`` is ``None`` while they may not be shown."""

    survey: Survey
    plan: SurveyPlan
    window: Window
    asked: int
    answered: int
    visibility: Visibility
    summary: Summary | None

    @property
    def response_rate(self) -> Decimal | None:
        """Percent of those asked who have answered, one decimal, half up; ``None`` where nobody was asked."""
        return percentage(self.answered, self.asked)


def has_evaluation(release_id: int) -> bool:
    """Whether editions of a release have an evaluation; no query once the release is cached."""
    return get_content(release_id).evaluation is not None


def plan_of(survey: Survey) -> SurveyPlan:
    """The questionnaire."""
    return from_document(SurveyPlan, survey.document)


def find_survey(edition_id: int) -> Survey | None:
    """The evaluation of an edition, or ``None``."""
    statement = select(Survey).where(Survey.edition_id == edition_id).order_by(Survey.id).limit(1)
    return db.session.scalars(statement).one_or_none()


def survey_state(edition_id: int, enrolment_id: int, now: datetime) -> SurveyState | None:
    """The evaluation of an edition as a participant finds it, in one query; ``None`` where there is none."""
    row = db.session.execute(
        select(Survey, SurveyParticipation.enrolment_id)
        .outerjoin(
            SurveyParticipation,
            and_(SurveyParticipation.survey_id == Survey.id, SurveyParticipation.enrolment_id == enrolment_id),
        )
        .where(Survey.edition_id == edition_id)
        .order_by(Survey.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    survey, answered = row
    return SurveyState(survey, window(survey.opens_at, survey.closes_at, now), answered is not None)


def _has_answered(survey_id: int) -> ColumnElement[bool]:
    return (
        select(SurveyParticipation.enrolment_id)
        .where(SurveyParticipation.survey_id == survey_id, SurveyParticipation.enrolment_id == Enrolment.id)
        .correlate(Enrolment)
        .exists()
    )


def _asked(survey: Survey) -> ColumnElement[bool]:
    """Participants who are enrolled, and those who answered before they withdrew; never test accounts."""
    return and_(
        Enrolment.edition_id == survey.edition_id,
        Enrolment.role == Role.PARTICIPANT,
        Person.is_test_account.is_(False),
        or_(Enrolment.withdrawn_at.is_(None), _has_answered(survey.id)),
    )


def count_asked(survey: Survey) -> int:
    """How many people were asked."""
    statement = select(func.count()).select_from(Enrolment).join(Enrolment.person).where(_asked(survey))
    return db.session.scalars(statement).one()


def count_answered(survey: Survey) -> int:
    """How many people have answered."""
    statement = select(func.count()).select_from(SurveyReturn).where(SurveyReturn.survey_id == survey.id)
    return db.session.scalars(statement).one()


def people_to_remind(survey: Survey) -> Sequence[tuple[int, Person]]:
    """Enrolment and person of everybody who was asked, is still enrolled and has not answered: for reminders only.

    No page shows them: who has not answered is nobody's business.
    """
    rows = db.session.execute(
        select(Enrolment.id, Person)
        .join(Enrolment.person)
        .where(_asked(survey), Enrolment.withdrawn_at.is_(None), ~_has_answered(survey.id))
        .order_by(Enrolment.id)
    )
    return [(enrolment_id, person) for enrolment_id, person in rows]


def answers_by_key(survey_id: int) -> dict[str, dict[str, Answer]]:
    """Every return's answers under its random key, in the key's order."""
    statement = (
        select(SurveyReturn.key, SurveyReturn.answers)
        .where(SurveyReturn.survey_id == survey_id)
        .order_by(SurveyReturn.key)
    )
    return {row.key: row.answers for row in db.session.execute(statement)}


def survey_results(edition_id: int, now: datetime) -> SurveyResults | None:
    """The results of an edition's evaluation, as far as they may be shown now; ``None`` where there is none.

    Three queries. Screen, files and the activity report all come from here.
    """
    survey = find_survey(edition_id)
    if survey is None:
        return None
    returns = answers_by_key(survey.id)
    plan = plan_of(survey)
    seen = visibility(len(returns), survey.closes_at, now)
    return SurveyResults(
        survey=survey,
        plan=plan,
        window=window(survey.opens_at, survey.closes_at, now),
        asked=count_asked(survey),
        answered=len(returns),
        visibility=seen,
        summary=summarise(plan.questions, returns) if seen == Visibility.SHOWN else None,
    )
