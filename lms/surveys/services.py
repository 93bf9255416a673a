"""Creating surveys, taking answers once and without a trace of whose they are, and reminding."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.core.i18n import localise
from lms.courses.documents import to_document
from lms.courses.hooks import Dated
from lms.courses.models import CourseRelease, Edition
from lms.courses.permissions import Member, require_coordinating, require_participant
from lms.courses.queries import get_content
from lms.notices.domain import Category
from lms.notices.services import notify
from lms.surveys.domain import Answer, Window, clean_answers, window
from lms.surveys.models import Survey, SurveyParticipation, SurveyReturn
from lms.surveys.queries import find_survey, people_to_remind, plan_of

# Rows written in one transaction share its number, and a heap keeps the order of arrival; either would join answers
# to people. Writing all of them anew, in the order of their random keys, leaves neither.
_SHUFFLE_HEAP = text(
    "WITH taken AS (DELETE FROM survey_returns WHERE survey_id = :survey_id RETURNING key, survey_id, answers) "
    "INSERT INTO survey_returns (key, survey_id, answers) SELECT key, survey_id, answers FROM taken ORDER BY key"
)


def create_survey(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Give a new edition the evaluation of its course, dated from its start; nothing where the course has none."""
    plan = get_content(release.id).evaluation
    if plan is None:
        return
    db.session.add(
        Survey(
            edition_id=edition.id,
            key=plan.key,
            title=dict(plan.title),
            opens_at=plan.opens.on(edition.starts_on, edition.time_zone),
            closes_at=plan.closes.on(edition.starts_on, edition.time_zone),
            document=to_document(plan),
        )
    )


def list_dates(edition: Edition) -> list[Dated]:
    """When the evaluation opens and closes; empty where there is none."""
    survey = find_survey(edition.id)
    return [] if survey is None else [Dated(survey.key, survey.title, survey.opens_at, survey.closes_at)]


def write_dates(edition: Edition, changed: Dated) -> None:
    """Give the evaluation other dates."""
    survey = find_survey(edition.id)
    assert survey is not None
    survey.opens_at, survey.closes_at = changed.opens_at, changed.closes_at or survey.closes_at


def submit_answers(actor: Member, given: Mapping[str, object], now: datetime) -> bool:
    """Take a participant's answers, and return False when they had answered already: then nothing changes.

    Who has answered and what was answered go into two tables with nothing in common; no time, no address, no line in
    the record of who did what.

    Raises:
        NotFound: if the edition has no evaluation.
        NotAllowed: if the actor is no participant.
        RuleViolation: if it is not open, nothing was answered, a value is impossible, or the account is for tests.
    """
    enrolment = require_participant(actor)
    survey = _survey_for_update(actor.edition.id)
    if actor.person.is_test_account:
        raise RuleViolation(_("This is a test account: its answers are not kept, so that the figures stay true."))
    _require_open(survey, now)
    answers = _checked(survey, given)
    try:
        with db.session.begin_nested():
            db.session.execute(insert(SurveyParticipation).values(survey_id=survey.id, enrolment_id=enrolment.id))
    except IntegrityError:
        return False
    db.session.execute(insert(SurveyReturn).values(key=secrets.token_hex(16), survey_id=survey.id, answers=answers))
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(_SHUFFLE_HEAP, {"survey_id": survey.id})
    return True


def _survey_for_update(edition_id: int) -> Survey:
    """The evaluation, locked: returns that arrive together are written one after the other."""
    statement = select(Survey).where(Survey.edition_id == edition_id).order_by(Survey.id).limit(1).with_for_update()
    survey = db.session.scalars(statement).one_or_none()
    if survey is None:
        raise NotFound
    return survey


def _require_open(survey: Survey, now: datetime) -> None:
    state = window(survey.opens_at, survey.closes_at, now)
    if state == Window.NOT_YET:
        raise RuleViolation(_("The evaluation has not opened yet."))
    if state == Window.CLOSED:
        raise RuleViolation(_("The evaluation has closed. Your answers were not received."))


def _checked(survey: Survey, given: Mapping[str, object]) -> dict[str, Answer]:
    try:
        answers = clean_answers(plan_of(survey).questions, given)
    except ValueError as error:
        raise RuleViolation(
            _("One of the answers cannot be read. Go back, look at it again and send once more.")
        ) from error
    if not answers:
        raise RuleViolation(_("Nothing was answered. Answer at least one question, then send once more."))
    return answers


def send_reminders(actor: Member, now: datetime) -> int:
    """Write to everybody who has not answered yet, at most once a day each, and return how many messages are owed.

    Raises:
        NotFound: if the edition has no evaluation.
        NotAllowed: if the actor does not coordinate the edition.
        RuleViolation: if the evaluation is not open.
    """
    require_coordinating(actor)
    edition = actor.edition
    survey = find_survey(edition.id)
    if survey is None:
        raise NotFound
    if window(survey.opens_at, survey.closes_at, now) != Window.OPEN:
        raise RuleViolation(_("Reminders can be sent only while the evaluation is open."))
    today = now.astimezone(ZoneInfo(edition.time_zone)).date()
    owed = 0
    for enrolment_id, person in people_to_remind(survey):
        owed += notify(
            person,
            category=Category.REMINDERS,
            kind="survey_reminder",
            thing=f"survey:{survey.id}:{enrolment_id}:{today}",
            edition_id=edition.id,
            endpoint="surveys.answer",
            place={"code": edition.code},
            context={
                "title": localise(edition.title, (person.language, *edition.languages)).text,
                "code": edition.code,
                "place": edition.place,
                "time_zone": edition.time_zone,
                "closes_at": survey.closes_at.isoformat(),
            },
            now=now,
        )
    record_event(
        "evaluation reminders sent",
        now=now,
        actor_id=actor.person.id,
        subject_type="survey",
        subject_id=survey.id,
        edition_id=edition.id,
        messages=owed,
    )
    return owed
