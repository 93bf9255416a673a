"""Answers are taken once and leave no trace of whose they are; reminders go to those who have not answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import OperationalError

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.courses.models import Enrolment
from lms.surveys.models import Survey, SurveyParticipation, SurveyReturn
from lms.surveys.queries import count_answered, count_asked, survey_state
from lms.surveys.services import create_survey, send_reminders, submit_answers
from tests.factories import Cast, make_edition, make_release, small_course
from tests.surveys.conftest import ANSWERS, CLOSED, OPEN


def returns() -> list[SurveyReturn]:
    return list(db.session.scalars(select(SurveyReturn)))


def participations() -> list[tuple[int, int]]:
    return [(row.survey_id, row.enrolment_id) for row in db.session.scalars(select(SurveyParticipation))]


def test_a_new_edition_gets_the_evaluation_of_its_course_dated_from_its_start(survey: Survey) -> None:
    assert survey.title["fr"] == "Evaluation (fr)"
    assert survey.opens_at == datetime(2026, 4, 6, 6, 0, tzinfo=UTC)
    assert survey.closes_at == datetime(2026, 4, 24, 21, 59, tzinfo=UTC)
    assert [question["key"] for question in survey.document["questions"]] == ["e01", "e02", "e03"]


def test_an_edition_of_a_course_without_evaluation_has_none(app, now) -> None:
    from dataclasses import replace

    content = replace(small_course("plain"), evaluation=None)
    release = make_release(content, now)
    edition = make_edition("PLAIN", release, content, now)
    create_survey(edition, release, now)
    assert db.session.scalars(select(Survey)).all() == []


def test_answers_and_who_answered_are_kept_in_two_tables(cast: Cast, survey: Survey) -> None:
    assert submit_answers(cast.member("participant"), ANSWERS, OPEN) is True
    assert [row.answers for row in returns()] == [{"e01": 4, "e02": "na", "e03": "The personas"}]
    assert participations() == [(survey.id, cast.enrolments["participant"])]


def test_sent_twice_it_counts_once_and_the_first_answers_stand(cast: Cast) -> None:
    assert submit_answers(cast.member("participant"), ANSWERS, OPEN) is True
    assert submit_answers(cast.member("participant"), {"e01": "1"}, OPEN) is False
    db.session.commit()
    assert [row.answers["e01"] for row in returns()] == [4]
    assert len(participations()) == 1


def test_no_column_of_the_answers_says_who_or_when() -> None:
    assert set(SurveyReturn.__table__.columns.keys()) == {"key", "survey_id", "answers"}
    assert set(SurveyParticipation.__table__.columns.keys()) == {"survey_id", "enrolment_id"}


def test_the_database_keeps_no_hidden_order_that_joins_people_to_answers(cast: Cast, have_answered) -> None:
    have_answered(12)
    if db.engine.dialect.name == "sqlite":
        for table in ("survey_returns", "survey_participations"):
            with pytest.raises(OperationalError, match="rowid"):
                db.session.execute(text(f"SELECT rowid FROM {table}"))
            db.session.rollback()
    else:
        writers = db.session.scalars(text("SELECT DISTINCT xmin::text FROM survey_returns")).all()
        assert len(writers) == 1
        in_heap_order = db.session.scalars(text("SELECT key FROM survey_returns ORDER BY ctid")).all()
        assert in_heap_order == sorted(in_heap_order)
    assert len(returns()) == 12


def test_answers_come_back_in_the_order_of_their_random_keys(cast: Cast, have_answered) -> None:
    have_answered(12)
    keys = list(db.session.scalars(text("SELECT key FROM survey_returns")))
    assert keys == sorted(keys)
    assert all(len(key) == 32 for key in keys)


def test_taking_answers_writes_no_line_in_the_record_and_no_mail(cast: Cast) -> None:
    submit_answers(cast.member("participant"), ANSWERS, OPEN)
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.subject_type == "survey")).all() == []
    assert db.session.scalars(select(OutboxMessage)).all() == []


def test_foreign_keys_lead_from_answers_to_the_survey_and_nowhere_else(app) -> None:
    keys = inspect(db.engine).get_foreign_keys("survey_returns")
    assert [key["referred_table"] for key in keys] == ["surveys"]


def test_answers_are_taken_until_the_end_of_the_closing_minute(cast: Cast, survey: Survey) -> None:
    last = survey.closes_at + timedelta(seconds=59)
    assert submit_answers(cast.member("participant"), ANSWERS, last)
    with pytest.raises(RuleViolation, match="has closed"):
        submit_answers(cast.member("other_participant"), ANSWERS, survey.closes_at + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("given", "words"), [({}, "Nothing was answered"), ({"e03": "  "}, "Nothing was answered"), ({"e01": "9"}, "read")]
)
def test_empty_and_impossible_answers_are_refused(cast: Cast, given: dict[str, str], words: str) -> None:
    with pytest.raises(RuleViolation, match=words):
        submit_answers(cast.member("participant"), given, OPEN)
    assert participations() == []


def test_before_it_opens_nothing_is_taken(cast: Cast, now) -> None:
    with pytest.raises(RuleViolation, match="not opened"):
        submit_answers(cast.member("participant"), ANSWERS, now)


@pytest.mark.parametrize("name", ["tutor", "coordinator", "sponsor_viewer", "administrator"])
def test_only_participants_answer(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        submit_answers(cast.member(name), ANSWERS, OPEN)


def test_a_test_account_may_not_add_to_the_figures(cast: Cast) -> None:
    cast.person("participant").is_test_account = True
    with pytest.raises(RuleViolation, match="test account"):
        submit_answers(cast.member("participant"), ANSWERS, OPEN)
    assert returns() == []


def test_an_edition_without_evaluation_has_nothing_to_answer(cast: Cast, survey: Survey) -> None:
    db.session.delete(survey)
    db.session.flush()
    with pytest.raises(NotFound):
        submit_answers(cast.member("participant"), ANSWERS, OPEN)
    with pytest.raises(NotFound):
        send_reminders(cast.member("coordinator"), OPEN)


def test_who_withdrew_after_answering_stays_among_those_asked(cast: Cast, survey: Survey) -> None:
    submit_answers(cast.member("participant"), ANSWERS, OPEN)
    for name in ("participant", "other_participant"):
        cast.enrolment(name).withdrawn_at = OPEN
    db.session.flush()
    assert (count_answered(survey), count_asked(survey)) == (1, 2)


def test_each_participant_finds_whether_they_answered(cast: Cast) -> None:
    submit_answers(cast.member("participant"), ANSWERS, OPEN)
    mine = survey_state(cast.edition.id, cast.enrolments["participant"], OPEN)
    other = survey_state(cast.edition.id, cast.enrolments["other_participant"], OPEN)
    assert (mine.has_answered, mine.is_waiting) == (True, False)
    assert (other.has_answered, other.is_waiting) == (False, True)


def test_reminders_go_to_those_who_have_not_answered_and_once_a_day(cast: Cast) -> None:
    submit_answers(cast.member("participant"), ANSWERS, OPEN)
    cast.person("third_participant").is_test_account = True
    coordinator = cast.member("coordinator")
    assert send_reminders(coordinator, OPEN) == 1
    assert send_reminders(coordinator, OPEN + timedelta(hours=1)) == 0
    assert send_reminders(coordinator, OPEN + timedelta(days=1)) == 1
    recipients = {message.recipient for message in db.session.scalars(select(OutboxMessage))}
    assert recipients == {"other.participant@example.org"}


def test_a_reminder_does_not_go_to_who_has_withdrawn(cast: Cast) -> None:
    db.session.get_one(Enrolment, cast.enrolments["third_participant"]).withdrawn_at = OPEN
    assert send_reminders(cast.member("coordinator"), OPEN) == 2


def test_the_record_tells_how_many_reminders_and_not_to_whom(cast: Cast) -> None:
    send_reminders(cast.member("coordinator"), OPEN)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "evaluation reminders sent")).one()
    assert event.details == {"messages": 3}


def test_a_reminder_says_until_when_and_where(app, cast: Cast) -> None:
    send_reminders(cast.member("coordinator"), OPEN)
    message = db.session.scalars(select(OutboxMessage)).first()
    with app.test_request_context(base_url="http://localhost"):
        letter = compose(message)
    assert letter["Subject"] == "Your view on Small course"
    body = letter.get_content()
    assert "Friday 24 April, 23:59 in Turin" in body
    assert "http://localhost/editions/R1/evaluation" in body


@pytest.mark.parametrize("name", ["tutor", "participant", "sponsor_viewer"])
def test_only_coordinators_remind(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        send_reminders(cast.member(name), OPEN)


def test_no_reminders_once_it_has_closed(cast: Cast) -> None:
    with pytest.raises(RuleViolation, match="only while"):
        send_reminders(cast.member("coordinator"), CLOSED)
