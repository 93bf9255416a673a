"""Sitting a quiz: nothing lost, nothing doubled, every decision by the server's time."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.core.db import db, unit_of_work
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.permissions import Member
from lms.grading.models import Extension, GradeEntry, GradeItem
from lms.grading.services import override_points
from lms.quizzes.domain import GRACE
from lms.quizzes.models import Attempt, LatePacket, Response
from lms.quizzes.register import close_expired
from lms.quizzes.services import close_expired_attempts, start_attempt, submit_attempt
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


def extend(cast: Cast, name: str, due_at: datetime, now: datetime, item: str = QUIZ) -> None:
    """Grant a later date, as the gradebook does."""
    item_id = db.session.scalars(
        select(GradeItem.id).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == item)
    ).one()
    extension = Extension(
        item_id=item_id, enrolment_id=cast.enrolments[name], due_at=due_at, reason="ill", granted_at=now
    )
    db.session.add(extension)
    db.session.flush()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestStarting:
    def test_an_attempt_keeps_the_rule_in_force(self, desk: Desk, cast: Cast, now: datetime) -> None:
        quiz = desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        assert attempt.number == 1
        assert attempt.language == "en"
        assert (attempt.deadline_at, attempt.deadline_by) == (now + timedelta(minutes=30), "limit")
        assert [version_id for version_id, _order in attempt.layout] == quiz.question_version_ids
        desk.quiz(time_limit_minutes=5, question_version_ids=quiz.question_version_ids[:3])
        assert len(db.session.get_one(Attempt, attempt.id).layout) == 10

    def test_it_is_in_the_language_of_the_person_as_far_as_the_edition_has_it(self, desk: Desk, cast: Cast) -> None:
        cast.person("participant").language = "fr"
        cast.person("other_participant").language = "ar"
        assert desk.start().language == "fr"
        assert desk.start("other_participant").language == "en"

    def test_two_people_see_the_options_in_different_orders_and_one_person_always_in_the_same(self, desk: Desk) -> None:
        layout, other = desk.start().layout, desk.start("other_participant").layout
        assert layout != other
        assert [sorted(order) for _version, order in layout] == [["a", "b", "c", "d"]] * 10
        assert desk.start().layout == layout

    def test_options_keep_the_order_of_the_author_where_the_quiz_says_so(self, desk: Desk) -> None:
        desk.quiz(shuffle_options=False)
        assert {tuple(order) for _version, order in desk.start().layout} == {("a", "b", "c", "d")}

    def test_a_second_start_returns_the_open_attempt_and_uses_up_none(self, desk: Desk) -> None:
        """Edge case 15: refresh, back, a second tab or phone: the same attempt goes on."""
        assert desk.start().id == desk.start().id
        assert count(Attempt) == 1

    def test_two_tabs_that_start_in_the_same_instant_share_one_attempt(
        self, app: Flask, cast: Cast, now: datetime
    ) -> None:
        """Edge case 15: the database closes the race, and no second attempt is used up."""
        db.session.commit()
        barrier, started, failed = threading.Barrier(4), [], []

        def tab() -> None:
            barrier.wait()
            try:
                with app.app_context(), unit_of_work():
                    started.append(start_attempt(cast_member(cast), QUIZ, now=now).id)
            except Exception as error:  # told below, in the test's own thread
                failed.append(error)

        tabs = [threading.Thread(target=tab) for _ in range(4)]
        for thread in tabs:
            thread.start()
        for thread in tabs:
            thread.join()
        assert failed == []
        assert len(started) == 4
        assert len(set(started)) == 1
        assert count(Attempt) == 1

    def test_before_it_opens_a_quiz_cannot_be_started(self, desk: Desk) -> None:
        with pytest.raises(RuleViolation, match="not open yet"):
            desk.start(quiz="quiz-3")

    def test_it_can_be_started_to_the_last_instant_of_the_closing_minute(self, desk: Desk, closes: datetime) -> None:
        assert desk.start(at=closes + MINUTE - TICK).number == 1
        with pytest.raises(RuleViolation, match="closed"):
            desk.start("other_participant", at=closes + MINUTE)

    def test_when_all_attempts_are_used_there_is_no_further_one(self, desk: Desk) -> None:
        desk.sit(5)
        desk.sit(6)
        with pytest.raises(RuleViolation, match="used all your attempts"):
            desk.start()

    def test_an_extension_opens_the_quiz_for_one_person(
        self, desk: Desk, cast: Cast, now: datetime, closes: datetime
    ) -> None:
        later = closes + timedelta(days=3)
        extend(cast, "participant", later, now)
        attempt = desk.start(at=closes + timedelta(days=1))
        assert (attempt.deadline_at, attempt.deadline_by) == (later, "window")
        with pytest.raises(RuleViolation):
            desk.start("other_participant", at=closes + timedelta(days=1))

    def test_the_extension_granted_last_holds(self, desk: Desk, cast: Cast, now: datetime, closes: datetime) -> None:
        extend(cast, "participant", closes + timedelta(days=9), now)
        extend(cast, "participant", closes + timedelta(days=2), now)
        assert desk.start(at=closes + timedelta(days=1)).deadline_at == closes + timedelta(days=2)

    def test_in_a_closed_edition_only_an_extension_lets_one_start(self, desk: Desk, cast: Cast, now: datetime) -> None:
        cast.edition.closed_at = now - timedelta(hours=1)
        with pytest.raises(RuleViolation, match="closed"):
            desk.start()
        extend(cast, "other_participant", now + timedelta(days=1), now)
        assert desk.start("other_participant").number == 1

    @pytest.mark.parametrize("name", ["tutor", "coordinator", "sponsor_viewer", "administrator"])
    def test_only_participants_start(self, desk: Desk, name: str) -> None:
        with pytest.raises(NotAllowed):
            desk.start(name)

    def test_an_unknown_quiz_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            desk.start(quiz="quiz-9")


def cast_member(cast: Cast) -> Member:
    """The participant in another thread, with a database session of its own."""
    from lms.accounts.models import Person
    from lms.courses.models import Enrolment

    enrolment = db.session.get_one(Enrolment, cast.enrolments["participant"])
    return Member(db.session.get_one(Person, cast.people["participant"]), enrolment.edition, enrolment)


class TestSaving:
    def test_answers_are_kept_by_the_options_key_wherever_it_stood(self, desk: Desk) -> None:
        """Edge case 21: options are shuffled, and stored by key, never by place."""
        attempt = desk.start()
        saved = desk.save(attempt, {1: "a", 10: "d"})
        assert (saved.saved, saved.late) == ([1, 10], [])
        assert desk.answers(attempt) == {1: "a", 10: "d"}

    def test_the_last_answer_to_arrive_holds(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.save(attempt, {1: "a", 2: "a"}, operation="deviceaa-0000000001")
        desk.save(attempt, {1: "b"}, operation="devicebb-0000000001")
        desk.save(attempt, {2: "c"})
        assert desk.answers(attempt) == {1: "b", 2: "c"}
        assert count(Response) == 2

    def test_a_packet_sent_twice_changes_nothing(self, desk: Desk, now: datetime) -> None:
        attempt = desk.start()
        for at in (now, now + MINUTE):
            assert desk.save(attempt, {1: "a"}, operation="deviceaa-0000000001", at=at).saved == [1]
        assert db.session.scalars(select(Response.saved_at)).all() == [now]

    def test_an_old_packet_that_arrives_again_does_not_undo_a_newer_one_of_the_same_device(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.save(attempt, {1: "a"}, operation="deviceaa-0000000009")
        desk.save(attempt, {1: "b"}, operation="deviceaa-0000000010")
        desk.save(attempt, {1: "a"}, operation="deviceaa-0000000009")
        assert desk.answers(attempt) == {1: "b"}

    def test_a_form_always_holds_over_what_a_script_sent_before(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.save(attempt, {1: "a"}, operation="deviceaa-0000000009")
        desk.save(attempt, {1: "c"})
        desk.save(attempt, {1: "d"})
        assert desk.answers(attempt) == {1: "d"}

    @pytest.mark.parametrize("answers", [{0: "a"}, {11: "a"}, {1: "e"}, {1: ""}])
    def test_an_answer_that_is_none_of_the_question_is_refused_with_all_that_came_along(
        self, desk: Desk, answers: dict[int, str]
    ) -> None:
        attempt = desk.start()
        with pytest.raises(RuleViolation, match="Nothing was saved"):
            desk.save(attempt, {2: "a", **answers})
        assert desk.answers(attempt) == {}

    def test_an_empty_packet_is_no_error(self, desk: Desk) -> None:
        attempt = desk.start()
        assert desk.save(attempt, {}).saved == []

    @pytest.mark.parametrize("name", ["other_participant", "outsider"])
    def test_the_attempt_of_somebody_else_does_not_exist(self, desk: Desk, name: str) -> None:
        """Edge case 24: on a shared phone, too, nobody writes into the attempt of another."""
        attempt = desk.start()
        with pytest.raises(NotFound):
            desk.save(attempt, {1: "a"}, name=name)
        with pytest.raises(NotFound):
            desk.submit(attempt, name=name)

    @pytest.mark.parametrize("name", ["tutor", "coordinator"])
    def test_those_who_teach_answer_for_nobody(self, desk: Desk, name: str) -> None:
        attempt = desk.start()
        with pytest.raises(NotAllowed):
            desk.save(attempt, {1: "a"}, name=name)
        with pytest.raises(NotAllowed):
            desk.submit(attempt, name=name)


class TestSubmitting:
    def test_right_answers_become_points_in_the_gradebook(self, desk: Desk, now: datetime) -> None:
        attempt = desk.sit(9)
        assert (attempt.raw_score, attempt.submitted_at, attempt.finished_by) == (Fraction(9), now, "person")
        assert desk.points() == Decimal("4.50")
        entry = db.session.scalars(select(GradeEntry)).one()
        assert entry.basis == {"attempt": 1, "right": "9", "questions": 10}
        assert entry.source == f"quiz attempt {attempt.id}"
        assert entry.is_complete

    def test_what_was_not_answered_earns_nothing_and_the_quiz_counts_as_done(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.submit(attempt)
        assert desk.points() == Decimal("0.00")
        assert db.session.scalars(select(GradeEntry.is_complete)).one()

    def test_a_double_click_submits_once(self, desk: Desk, now: datetime) -> None:
        """Edge case 16: the second submission is the first one, not an error."""
        attempt = desk.sit(7)
        again = desk.submit(attempt, at=now + MINUTE)
        assert (again.submitted_at, again.raw_score) == (now, Fraction(7))
        assert count(GradeEntry) == 1

    def test_two_clicks_in_the_same_instant_submit_once(
        self, app: Flask, cast: Cast, desk: Desk, now: datetime
    ) -> None:
        """Edge case 16: two processes at once write one line of the ledger."""
        attempt = desk.start()
        desk.save(attempt, {1: "a"})
        attempt_id = attempt.id
        db.session.commit()
        barrier, failed = threading.Barrier(4), []

        def click() -> None:
            barrier.wait()
            try:
                with app.app_context(), unit_of_work():
                    submit_attempt(cast_member(cast), attempt_id, now=now)
            except Exception as error:  # told below, in the test's own thread
                failed.append(error)

        clicks = [threading.Thread(target=click) for _ in range(4)]
        for thread in clicks:
            thread.start()
        for thread in clicks:
            thread.join()
        assert failed == []
        assert count(GradeEntry) == 1

    @pytest.mark.parametrize(
        ("counting", "first", "second", "points"),
        [
            ("best", 9, 4, "4.50"),
            ("best", 4, 9, "4.50"),
            ("last", 9, 4, "2.00"),
            ("first", 4, 9, "2.00"),
        ],
    )
    def test_the_attempt_that_counts_decides_the_points(
        self, desk: Desk, counting: str, first: int, second: int, points: str
    ) -> None:
        desk.quiz(counting=counting)
        desk.sit(first)
        desk.sit(second)
        assert desk.points() == Decimal(points)

    def test_an_open_attempt_never_lowers_the_points_that_are_there(self, desk: Desk) -> None:
        """Edge case 23: the old mark stands until the new attempt is submitted."""
        desk.sit(9)
        attempt = desk.start()
        desk.save(attempt, {1: "b"})
        assert desk.points() == Decimal("4.50")

    def test_a_decision_of_the_coordinator_stands_over_a_later_attempt(
        self, desk: Desk, cast: Cast, now: datetime
    ) -> None:
        desk.sit(4)
        override_points(
            cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key=QUIZ,
            points=Decimal("3.00"), reason="power cut", now=now,
        )  # fmt: skip
        desk.sit(5)
        assert desk.points() == Decimal("3.00")

    def test_after_the_edition_is_closed_the_ledger_says_why_points_still_came(
        self, desk: Desk, cast: Cast, now: datetime
    ) -> None:
        attempt = desk.start()
        desk.save(attempt, {1: "a"})
        cast.edition.closed_at = now
        desk.submit(attempt, at=now + MINUTE)
        assert desk.points() == Decimal("0.50")
        assert db.session.scalars(select(GradeEntry.reason_code)).one() == "quiz_after_closing"


class TestTime:
    def test_a_limit_that_ends_offline_closes_the_attempt_with_what_had_arrived(
        self, desk: Desk, now: datetime
    ) -> None:
        """Edge case 13: closed with what had arrived, at the end of its limit and not at the hour of the job."""
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        desk.save(attempt, {1: "a", 2: "a"}, at=now + 29 * MINUTE)
        assert close_expired_attempts(now + timedelta(hours=3)) == 1
        # As at the limit, not as at the hour of the job.
        assert (attempt.submitted_at, attempt.finished_by) == (now + 30 * MINUTE, "time")
        assert attempt.raw_score == 2
        assert desk.points() == Decimal("1.00")

    def test_closing_again_changes_nothing(self, desk: Desk, now: datetime) -> None:
        desk.quiz(time_limit_minutes=30)
        desk.start()
        assert close_expired_attempts(now + timedelta(hours=3)) == 1
        assert close_expired_attempts(now + timedelta(hours=3)) == 0
        assert count(GradeEntry) == 1

    def test_attempts_are_closed_only_when_the_grace_is_over(self, desk: Desk, closes: datetime) -> None:
        attempt = desk.start()
        assert close_expired_attempts(closes + MINUTE + GRACE - TICK) == 0
        assert close_expired_attempts(closes + MINUTE + GRACE) == 1
        assert attempt.submitted_at == closes

    def test_one_attempt_that_cannot_be_closed_does_not_stop_the_others(
        self, desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.quiz(time_limit_minutes=30)
        broken, sound = desk.start(), desk.start("other_participant")
        from lms.quizzes.services import sitting

        post = sitting.post_entry

        def failing(**values: object) -> object:
            if values["enrolment_id"] == broken.enrolment_id:
                raise RuntimeError("out of order")
            return post(**values)  # type: ignore[arg-type]

        monkeypatch.setattr(sitting, "post_entry", failing)
        assert close_expired_attempts(now + timedelta(hours=3)) == 1
        assert sound.submitted_at is not None
        assert db.session.get_one(Attempt, broken.id).submitted_at is None

    def test_the_job_closes_in_a_transaction_of_its_own(
        self, app: Flask, desk: Desk, now: datetime, set_now: object
    ) -> None:
        desk.quiz(time_limit_minutes=30)
        attempt_id = desk.start(at=now - timedelta(hours=1)).id
        db.session.commit()
        close_expired(app)
        db.session.expire_all()
        assert db.session.get_one(Attempt, attempt_id).finished_by == "time"

    def test_the_job_is_registered(self, app: Flask) -> None:
        jobs = {job.name: job.every_seconds for job in app.extensions["jobs"]}
        assert jobs["expired attempts"] == 20

    @pytest.mark.parametrize("after_end", [timedelta(0), 3 * SECOND, GRACE - TICK])
    def test_answers_a_few_seconds_late_count(self, desk: Desk, now: datetime, after_end: timedelta) -> None:
        """Edge case 14: within the documented grace."""
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        end = now + 30 * MINUTE
        assert desk.save(attempt, {1: "a"}, at=end + after_end).saved == [1]
        assert close_expired_attempts(end + GRACE) == 1
        assert attempt.raw_score == 1

    def test_later_answers_are_kept_beside_and_do_not_count(self, desk: Desk, now: datetime) -> None:
        """Edge case 14: later they are stored and flagged."""
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        desk.save(attempt, {1: "a"})
        saved = desk.save(attempt, {1: "a", 2: "a"}, operation="deviceaa-0000000002", at=now + 30 * MINUTE + GRACE)
        # What had arrived is told from what had not; the attempt is closed on the way, as at its limit.
        assert (saved.saved, saved.late) == ([1], [2])
        assert (attempt.submitted_at, attempt.raw_score) == (now + 30 * MINUTE, 1)
        packet = db.session.scalars(select(LatePacket)).one()
        assert (packet.answers, packet.late_by_seconds) == ({"2": {"option": "a"}}, 31)
        assert desk.answers(attempt) == {1: "a"}
        assert desk.points() == Decimal("0.50")

    def test_a_late_packet_sent_twice_is_kept_once(self, desk: Desk, now: datetime) -> None:
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        for _ in range(2):
            late = desk.save(attempt, {2: "a"}, operation="deviceaa-0000000002", at=now + timedelta(hours=1)).late
            assert late == [2]
        assert count(LatePacket) == 1

    def test_answers_from_a_second_device_after_submitting_are_late_too(self, desk: Desk, now: datetime) -> None:
        attempt = desk.sit(5)
        saved = desk.save(attempt, {10: "a"}, operation="deviceaa-0000000002", at=now + 10 * SECOND)
        assert saved.late == [10]
        assert db.session.scalars(select(LatePacket.late_by_seconds)).one() == 10
        assert desk.points() == Decimal("2.50")

    def test_submitting_within_the_grace_counts_as_at_the_end(self, desk: Desk, now: datetime) -> None:
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        desk.submit(attempt, at=now + 30 * MINUTE + 5 * SECOND)
        assert (attempt.submitted_at, attempt.finished_by) == (now + 30 * MINUTE, "person")

    def test_coming_back_after_the_end_closes_the_attempt_and_starts_the_next(self, desk: Desk, now: datetime) -> None:
        desk.quiz(time_limit_minutes=30)
        first = desk.start()
        desk.save(first, {1: "a"})
        second = desk.start(at=now + timedelta(hours=1))
        assert (first.finished_by, first.submitted_at) == ("time", now + 30 * MINUTE)
        assert second.number == 2
        assert desk.points() == Decimal("0.50")

    def test_the_window_end_beats_the_time_limit(self, desk: Desk, closes: datetime) -> None:
        """Edge case 17: the window ends before the limit does."""
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start(at=closes - 10 * MINUTE)
        assert (attempt.deadline_at, attempt.deadline_by) == (closes, "window")
        assert desk.save(attempt, {1: "a"}, at=closes + MINUTE - TICK).saved == [1]
        assert desk.save(attempt, {2: "a"}, at=closes + MINUTE + GRACE).late == [2]

    def test_a_shorter_limit_set_later_does_not_touch_a_running_attempt(self, desk: Desk, now: datetime) -> None:
        desk.quiz(time_limit_minutes=60)
        attempt = desk.start()
        desk.quiz(time_limit_minutes=10)
        assert desk.save(attempt, {1: "a"}, at=now + 59 * MINUTE).saved == [1]


def test_a_replay_never_undoes_what_another_device_saved_since(desk: Desk) -> None:
    """Edge case 15: the last write by the server's order holds; sent again, an older one is no new write."""
    attempt = desk.start()
    desk.save(attempt, {1: "a"}, operation="phone000-0000000001")
    desk.save(attempt, {1: "b"}, operation="desk0000-0000000001")
    assert desk.save(attempt, {1: "a"}, operation="phone000-0000000001").saved == [1]
    assert desk.answers(attempt) == {1: "b"}
    desk.save(attempt, {1: "c"}, operation="phone000-0000000002")
    assert desk.answers(attempt) == {1: "c"}
    desk.save(attempt, {1: "b"}, operation="desk0000-0000000001")
    assert desk.answers(attempt) == {1: "c"}
