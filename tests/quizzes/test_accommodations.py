"""What single people and groups are given beyond the rule of a quiz: it helps at once, and is never silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.assignments.models import Group, GroupMember
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.grading.models import Extension
from lms.grading.services import grant_extension
from lms.quizzes.domain import Granted, Terms, deadline_of, limit_seconds, terms_of
from lms.quizzes.models import Accommodation, Attempt
from lms.quizzes.queries import get_sitting, quiz_states, rule_of
from lms.quizzes.services.accommodations import grant_accommodation, withdraw_accommodation
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


NOTHING = Granted()


def give(desk: Desk, granted: Granted = NOTHING, *, name: str = "participant", **values: object) -> Accommodation:
    whom = {} if "group_id" in values else {"enrolment_id": desk.cast.enrolments[name]}
    values = {"reason": "dyslexia", "now": desk.now, **whom, **values}
    return grant_accommodation(desk.cast.member("coordinator"), QUIZ, granted, **values)  # type: ignore[arg-type]


def group_of(desk: Desk, *names: str) -> Group:
    group = Group(edition_id=desk.cast.edition.id, name="Niger")
    db.session.add(group)
    db.session.flush()
    for name in names:
        db.session.add(GroupMember(group_id=group.id, enrolment_id=desk.cast.enrolments[name], joined_at=desk.now))
    db.session.flush()
    return group


@given(st.integers(1, 1440), st.fractions(1, 4))
def test_more_time_is_never_less_and_never_a_part_of_a_second(minutes: int, factor: Fraction) -> None:
    assert limit_seconds(minutes, factor) >= minutes * 60
    assert limit_seconds(minutes, factor) - minutes * 60 * factor < 1


@given(st.lists(st.builds(Granted, st.fractions(1, 4), st.integers(0, 3)), max_size=5), st.fractions(1, 4))
def test_granting_more_never_takes_anything_away(granted: list[Granted], factor: Fraction) -> None:
    before, after = terms_of(granted), terms_of([*granted, Granted(factor, 1)])
    assert after.time_factor >= before.time_factor
    assert after.extra_attempts == before.extra_attempts + 1
    assert terms_of([]) == Terms()


def test_a_factor_lengthens_the_limit_and_the_rule_says_so_before_the_start(desk: Desk, cast: Cast) -> None:
    desk.quiz(time_limit_minutes=30)
    give(desk, Granted(Fraction(3, 2)))
    rule = rule_of(get_sitting(cast.member("participant"), QUIZ))
    assert (rule.seconds, rule.time_factor) == (45 * 60, Fraction(3, 2))
    assert desk.start().deadline_at == desk.now + 45 * MINUTE
    assert desk.start("other_participant").deadline_at == desk.now + 30 * MINUTE


def test_it_holds_at_once_in_an_attempt_that_is_open(desk: Desk) -> None:
    desk.quiz(time_limit_minutes=30)
    attempt = desk.start()
    give(desk, Granted(Fraction(2)))
    assert db.session.get_one(Attempt, attempt.id).deadline_at == desk.now + 60 * MINUTE


def test_an_open_attempt_grows_by_the_limit_that_it_was_begun_under(desk: Desk) -> None:
    desk.quiz(time_limit_minutes=30)
    attempt = desk.start()
    desk.quiz(time_limit_minutes=10)
    give(desk, Granted(Fraction(3, 2)))
    assert db.session.get_one(Attempt, attempt.id).deadline_at == desk.now + 45 * MINUTE


def test_an_extension_in_the_gradebook_lengthens_an_open_attempt_too(desk: Desk, cast: Cast, closes: datetime) -> None:
    attempt = desk.start()
    later = closes + 2 * DAY
    grant_extension(
        cast.member("coordinator"), item_key=QUIZ, due_at=later, reason="ill", now=desk.now,
        enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    assert db.session.get_one(Attempt, attempt.id).deadline_at == later


def test_a_later_window_is_the_same_deadline_in_the_gradebook_and_goes_when_it_is_withdrawn(
    desk: Desk, cast: Cast, closes: datetime
) -> None:
    one = give(desk, closes_at=closes + DAY)
    assert get_sitting(cast.member("participant"), QUIZ).closes_at == closes + DAY
    assert get_sitting(cast.member("other_participant"), QUIZ).closes_at == closes
    assert db.session.scalars(select(Extension.due_at)).all() == [closes + DAY]
    withdraw_accommodation(cast.member("coordinator"), one.id, reason="mistake", now=desk.now)
    assert get_sitting(cast.member("participant"), QUIZ).closes_at == closes
    kept = db.session.get_one(Accommodation, one.id)
    assert (kept.reason, kept.withdrawn_reason, kept.closes_at) == ("dyslexia", "mistake", closes + DAY)


def test_withdrawing_takes_no_time_from_an_open_attempt(desk: Desk, cast: Cast) -> None:
    desk.quiz(time_limit_minutes=30)
    one = give(desk, Granted(Fraction(2)))
    attempt = desk.start()
    withdraw_accommodation(cast.member("coordinator"), one.id, reason="mistake", now=desk.now)
    assert db.session.get_one(Attempt, attempt.id).deadline_at == desk.now + 60 * MINUTE
    with pytest.raises(NotFound):
        withdraw_accommodation(cast.member("coordinator"), one.id, reason="again", now=desk.now)


def test_an_extra_attempt_is_one_more_for_this_person_only(desk: Desk) -> None:
    give(desk, Granted(extra_attempts=1))
    for name, allowed in (("participant", 3), ("other_participant", 2)):
        for _attempt in range(allowed):
            desk.sit(5, name=name)
        with pytest.raises(RuleViolation, match="used all your attempts"):
            desk.start(name)


def test_an_earlier_opening_opens_the_quiz_for_one_person(desk: Desk, cast: Cast) -> None:
    quiz = desk.quiz(opens_at=desk.now + DAY)
    give(desk, Granted(opens_at=quiz.opens_at - 2 * DAY))
    assert desk.start().number == 1
    with pytest.raises(RuleViolation, match="not open yet"):
        desk.start("other_participant")


def test_a_group_has_it_while_one_is_in_it_and_a_later_group_deadline_reaches_its_members(
    desk: Desk, cast: Cast, closes: datetime
) -> None:
    desk.quiz(time_limit_minutes=20)
    group = group_of(desk, "participant")
    give(desk, Granted(Fraction(2)), group_id=group.id, closes_at=closes + DAY)
    mine, other = (get_sitting(cast.member(name), QUIZ) for name in ("participant", "other_participant"))
    assert (mine.terms.time_factor, mine.closes_at) == (2, closes + DAY)
    assert (other.terms.time_factor, other.closes_at) == (1, closes)
    db.session.execute(GroupMember.__table__.update().values(left_at=desk.now))  # type: ignore[attr-defined]
    assert get_sitting(cast.member("participant"), QUIZ).terms == Terms()


@pytest.mark.parametrize(
    ("granted", "values", "says"),
    [
        (Granted(), {}, "Choose what to give"),
        (Granted(Fraction(5)), {}, "multiplied by 1 to 4"),
        (Granted(extra_attempts=11), {}, "up to 10"),
        (Granted(Fraction(2)), {}, "no time limit"),
        (Granted(extra_attempts=1), {"reason": " "}, "reason"),
    ],
)
def test_what_gives_nothing_is_refused_with_a_sentence(
    desk: Desk, granted: Granted, values: dict[str, str], says: str
) -> None:
    with pytest.raises(RuleViolation, match=says):
        give(desk, granted, **values)


def test_an_earlier_closing_or_a_later_opening_is_refused(desk: Desk, closes: datetime) -> None:
    with pytest.raises(RuleViolation, match="open for everybody until then"):
        give(desk, closes_at=closes)
    with pytest.raises(RuleViolation, match="opens for everybody by then"):
        give(desk, Granted(opens_at=desk.quiz().opens_at))


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_give_and_withdraw(desk: Desk, cast: Cast, name: str) -> None:
    one = give(desk, Granted(extra_attempts=1))
    with pytest.raises(NotAllowed):
        grant_accommodation(
            cast.member(name), QUIZ, Granted(extra_attempts=1), reason="x", now=desk.now,
            enrolment_id=cast.enrolments["participant"],
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        withdraw_accommodation(cast.member(name), one.id, reason="x", now=desk.now)


def test_the_person_is_told_and_the_record_says_who_and_why(desk: Desk, cast: Cast) -> None:
    give(desk, Granted(extra_attempts=1))
    mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "accommodation_granted")).one()
    assert mail.recipient == cast.person("participant").email
    assert "reason" not in mail.context
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "accommodation granted")).one()
    assert (event.actor_id, event.details["reason"]) == (cast.person("coordinator").id, "dyslexia")


def test_the_terms_cost_one_query_however_many_quizzes_there_are(desk: Desk, cast: Cast, count_queries) -> None:
    enrolment_id, edition_id = cast.enrolments["participant"], cast.edition.id
    with count_queries() as without:
        quiz_states(edition_id, enrolment_id, desk.now)
    give(desk, Granted(extra_attempts=1))
    with count_queries() as with_one:
        states = quiz_states(edition_id, enrolment_id, desk.now)
    assert (len(without), len(with_one)) == (1, 2)
    assert {state.quiz.key: state.attempts_left for state in states}[QUIZ] == 3


def test_the_window_beats_the_longer_limit() -> None:
    """Edge case 17: the window's end beats the time limit, more time or not."""
    start = datetime.fromisoformat("2026-03-10T09:00:00+00:00")
    assert deadline_of(start, start + 20 * MINUTE, 30, Fraction(2)).at == start + 20 * MINUTE


@pytest.mark.parametrize("limit", [None, 30])
def test_the_pages_find_the_person_give_and_withdraw(as_role, desk: Desk, cast: Cast, limit: int | None) -> None:
    """With and without a time limit: the form without one has no field for it, and was refused for that once."""
    desk.quiz(time_limit_minutes=limit)
    coordinator, page = as_role("coordinator"), "/editions/R1/quizzes/quiz-2/accommodations"
    enrolment_id = cast.enrolments["participant"]
    grant = f"{page}/people/{enrolment_id}"
    assert grant in coordinator.get(f"{page}?q=participant").get_data(as_text=True)
    form = {"extra_attempts": "1", "reason": "power cut"} | ({"time": "1.5"} if limit else {})
    assert coordinator.post(grant, form | {"reason": ""}).status_code == 422
    assert coordinator.post(grant, form).status_code == 303
    assert "power cut" in coordinator.get(page).get_data(as_text=True)
    assert "power cut" in as_role("tutor").get(f"/editions/R1/people/{enrolment_id}/accommodations").get_data(
        as_text=True
    )
    one = db.session.scalars(select(Accommodation)).one()
    assert one.time_factor == (Fraction(3, 2) if limit else 1)
    assert coordinator.post(f"{page}/{one.id}/withdrawal", {"reason": ""}).status_code == 422
    assert coordinator.post(f"{page}/{one.id}/withdrawal", {"reason": "mistake"}).status_code == 303
    assert "mistake" in coordinator.get(page).get_data(as_text=True)
    said = as_role("participant").get("/editions/R1/quizzes/quiz-2").get_data(as_text=True)
    assert "attempt more than the others" not in said
