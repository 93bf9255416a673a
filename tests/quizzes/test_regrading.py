"""Regrading after a wrong key, and voided questions: a dry run first, nobody loses by default, certificates stay."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.courses.documents import digest_of
from lms.grading.models import Amendment, GradeEntry
from lms.grading.services import override_points, post_entry
from lms.quizzes.domain.regrading import Regrade, Ruling, Treatment
from lms.quizzes.models import Attempt, LatePacket, QuestionVersion, Quiz
from lms.quizzes.queries.regrading import Trial, candidates_of, notes_on, try_regrade
from lms.quizzes.regrade_models import QuizRegrade
from lms.quizzes.services.late_answers import accept_late_answers
from lms.quizzes.services.regrading import OutcomeChanged, apply_regrade
from lms.quizzes.wording import marked_anew
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk

HOME = f"/editions/R1/quizzes/{QUIZ}"
FULL, EXCLUDED = Ruling(Treatment.FULL), Ruling(Treatment.EXCLUDED)


class Office:
    """The coordinator's desk for quiz 2 of R1."""

    def __init__(self, desk: Desk, cast: Cast) -> None:
        self.desk, self.actor, self.quiz = desk, cast.member("coordinator"), desk.quiz()

    def version(self, place: int) -> int:
        """The version that the quiz asks at a place, from 1."""
        return int(self.quiz.question_version_ids[place - 1])

    def correct(self, place: int, right: str = "b") -> Ruling:
        """Write a new version of a question whose right option is another; the ruling that marks under it."""
        old = db.session.get_one(QuestionVersion, self.version(place))
        options = [{**option, "correct": option["key"] == right} for option in old.document["options"]]
        document = {**old.document, "options": options}
        new = QuestionVersion(
            question_id=old.question_id, number=old.number + 1, digest=digest_of(document), document=document,
            created_at=self.desk.now, origin="browser", note="the key was wrong",
        )  # fmt: skip
        db.session.add(new)
        db.session.flush()
        return Ruling(Treatment.NEWEST, new.id)

    def wanted(self, nobody_loses: bool = True, **rulings: Ruling) -> Regrade:
        """Rulings by place: ``q1=FULL``."""
        return Regrade({self.version(int(name[1:])): ruling for name, ruling in rulings.items()}, nobody_loses)

    def try_(self, wanted: Regrade) -> Trial:
        """The dry run."""
        return try_regrade(self.actor, self.quiz, wanted)

    def regrade(self, wanted: Regrade, reason: str = "the key was wrong") -> QuizRegrade:
        """Look, then apply."""
        trial = self.try_(wanted)
        return apply_regrade(
            self.actor, QUIZ, wanted, number=trial.number, seal=trial.seal, reason=reason, now=self.desk.now
        )


@pytest.fixture
def office(desk: Desk, cast: Cast) -> Office:
    return Office(desk, cast)


def score(attempt: Attempt) -> tuple[Fraction | None, int]:
    """What an attempt is worth, and over how many questions."""
    fresh = db.session.get_one(Attempt, attempt.id)
    questions = len(fresh.layout) if fresh.counted_questions is None else fresh.counted_questions
    return fresh.raw_score, questions


class TestDryRun:
    def test_it_shows_who_gains_and_who_would_lose_and_writes_nothing(self, desk: Desk, office: Office) -> None:
        """Edge case 19: the key was wrong, and some have already taken the quiz."""
        right, wrong = desk.sit(10), desk.sit(0, name="other_participant")
        wanted = office.wanted(nobody_loses=False, q1=office.correct(1))
        trial = office.try_(wanted)
        changes = {line.standing.enrolment.id: (line.before.right, line.after.right) for line in trial.lines}
        assert changes == {right.enrolment_id: (10, 9), wrong.enrolment_id: (0, 1)}
        assert (trial.counts["gain"], trial.counts["lose"]) == (1, 1)
        assert score(right) == (10, 10)
        assert db.session.scalar(select(func.count(QuizRegrade.id))) == 0

    def test_by_default_nobody_loses(self, desk: Desk, office: Office) -> None:
        """Edge case 19: who was right under the old key keeps the point, who is right under the new one gains it."""
        desk.sit(10), desk.sit(0, name="other_participant")
        trial = office.try_(office.wanted(q1=office.correct(1)))
        assert (trial.counts["gain"], trial.counts["lose"], trial.counts["people"]) == (1, 0, 2)

    def test_it_names_who_crosses_a_threshold_and_whose_certificate_would_differ(
        self, desk: Desk, cast: Cast, office: Office
    ) -> None:
        desk.sit(0, name="other_participant")
        for key, points in (("group-work", 30), ("quiz-1", 0), ("quiz-3", 0), ("quiz-4", 0)):
            post(cast, "other_participant", key, Decimal(points))
        post(cast, "other_participant", "quiz-5", Decimal("0"))
        before = office.try_(office.wanted(q1=FULL))
        assert [line.crosses for line in before.lines] == [False]  # 30.00 already
        post(cast, "other_participant", "group-work", Decimal("29.60"))
        trial = office.try_(office.wanted(q1=FULL))
        [line] = trial.lines
        assert (line.decision_before.status, line.decision_after.status) == ("none", "participation")
        assert (line.decision_before.total, line.decision_after.total) == (Decimal("29.60"), Decimal("30.10"))
        assert trial.counts["cross"] == 1

    def test_points_set_by_hand_hold(self, desk: Desk, cast: Cast, office: Office) -> None:
        desk.sit(0)
        override_points(
            cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key=QUIZ,
            points=Decimal("4.00"), is_complete=True, reason="agreed", now=desk.now,
        )  # fmt: skip
        [line] = office.try_(office.wanted(q1=FULL)).lines
        assert line.is_by_hand
        assert line.decision_before == line.decision_after
        office.regrade(office.wanted(q1=FULL))
        assert desk.points() == Decimal("4.00")
        assert db.session.scalar(select(func.count()).where(OutboxMessage.template == "quiz_regraded")) == 0

    def test_it_takes_the_same_statements_for_one_attempt_and_for_three(
        self, desk: Desk, office: Office, count_queries: Callable[[], Any]
    ) -> None:
        desk.sit(1)
        wanted = office.wanted(q1=office.correct(1))
        office.try_(wanted)
        with count_queries() as one:
            office.try_(wanted)
        desk.sit(2), desk.sit(3, name="other_participant")
        with count_queries() as more:
            office.try_(wanted)
        assert len(more) == len(one) <= 14


class TestApplying:
    def test_points_follow_in_a_new_line_that_says_why(self, desk: Desk, cast: Cast, office: Office) -> None:
        desk.sit(0)
        office.regrade(office.wanted(q1=office.correct(1)), reason="b was right all along")
        assert desk.points() == Decimal("0.50")
        lines = db.session.scalars(select(GradeEntry).order_by(GradeEntry.sequence)).all()
        assert len(lines) == 2
        assert lines[-1].basis == {"attempt": 1, "right": "1", "questions": 10, "regrade": 1}
        assert (lines[-1].reason_code, lines[-1].reason) == ("regraded", "b was right all along")
        assert lines[-1].recorded_by_id == cast.person("coordinator").id

    def test_full_marks_for_all_and_exclusion(self, desk: Desk, office: Office) -> None:
        attempt = desk.sit(0)
        office.regrade(office.wanted(q1=FULL))
        assert score(attempt) == (1, 10)
        office.regrade(office.wanted(q2=EXCLUDED))
        assert score(attempt) == (1, 9)
        assert desk.points() == Decimal("0.56")  # 1/9 of 5, rounded once

    def test_exclusion_keeps_the_better_for_who_had_it_right(self, desk: Desk, office: Office) -> None:
        attempt = desk.sit(5)  # questions 1 to 5 right: 5/10 without, 4/9 with the exclusion
        office.regrade(office.wanted(q1=EXCLUDED))
        assert score(attempt) == (5, 10)
        office.regrade(office.wanted(nobody_loses=False, q1=EXCLUDED))
        assert score(attempt) == (4, 9)

    def test_applying_twice_does_it_once(self, desk: Desk, office: Office) -> None:
        desk.sit(0)
        wanted = office.wanted(q1=FULL)
        trial = office.try_(wanted)
        again = [
            apply_regrade(office.actor, QUIZ, wanted, number=1, seal=trial.seal, reason="faulty", now=desk.now).id
            for _click in (1, 2)
        ]
        assert again[0] == again[1]
        assert db.session.scalar(select(func.count(GradeEntry.id))) == 2
        assert db.session.scalar(select(func.count()).where(OutboxMessage.template == "quiz_regraded")) == 1

    def test_an_attempt_submitted_after_the_dry_run_makes_it_be_shown_again(self, desk: Desk, office: Office) -> None:
        desk.sit(0)
        wanted = office.wanted(q1=FULL)
        seen = office.try_(wanted)
        desk.sit(0, name="other_participant")
        with pytest.raises(OutcomeChanged):
            apply_regrade(office.actor, QUIZ, wanted, number=1, seal=seen.seal, reason="faulty", now=desk.now)
        assert db.session.scalar(select(func.count(QuizRegrade.id))) == 0

    def test_it_needs_a_reason_and_a_choice(self, desk: Desk, office: Office) -> None:
        desk.sit(0)
        with pytest.raises(RuleViolation, match="reason"):
            office.regrade(office.wanted(q1=FULL), reason=" ")
        with pytest.raises(RuleViolation, match="at least one question"):
            office.regrade(Regrade({}))

    @pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer"])
    def test_only_coordinators_regrade(self, cast: Cast, office: Office, name: str) -> None:
        wanted = office.wanted(q1=FULL)
        with pytest.raises(NotAllowed):
            try_regrade(cast.member(name), office.quiz, wanted)
        with pytest.raises(NotAllowed):
            apply_regrade(cast.member(name), QUIZ, wanted, number=1, seal="", reason="x", now=office.desk.now)

    def test_a_quiz_that_is_not_there(self, office: Office) -> None:
        with pytest.raises(NotFound):
            apply_regrade(office.actor, "nothing", office.wanted(q1=FULL), number=1, seal="", reason="x", now=office.desk.now)  # fmt: skip

    def test_only_those_whose_points_change_are_told(self, desk: Desk, cast: Cast, office: Office) -> None:
        desk.sit(10), desk.sit(0, name="other_participant")
        office.regrade(office.wanted(q1=FULL), reason="two options were right")
        mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "quiz_regraded")).one()
        assert mail.recipient == cast.person("other_participant").email
        assert (mail.context["before"], mail.context["after"]) == ("0.00", "0.50")
        assert mail.context["reason"] == "two options were right"

    def test_after_closing_it_is_an_amendment(self, desk: Desk, cast: Cast, office: Office) -> None:
        """Edge case 43: what changes after the end has its author, its reason and its effect on record."""
        desk.sit(0)
        cast.edition.closed_at = desk.now
        db.session.flush()
        office.regrade(office.wanted(q1=FULL))
        [amendment] = db.session.scalars(select(Amendment)).all()
        assert (amendment.total_before, amendment.total_after) == (Decimal("0.00"), Decimal("0.50"))

    def test_a_regrade_is_undone_by_a_new_one(self, desk: Desk, office: Office) -> None:
        attempt = desk.sit(0)
        office.regrade(office.wanted(q1=FULL))
        office.regrade(office.wanted(nobody_loses=False, q1=Ruling(Treatment.AS_ASKED)))
        assert score(attempt) == (0, 10)
        assert desk.points() == Decimal("0.00")
        assert db.session.scalar(select(func.count(QuizRegrade.id))) == 2


class TestLaterAttempts:
    def test_a_voided_question_does_not_count_in_attempts_that_were_running(self, desk: Desk, office: Office) -> None:
        attempt = desk.start()
        desk.save(attempt, {n: "b" if n == 1 else "a" for n in range(1, 11)})
        office.regrade(office.wanted(nobody_loses=False, q1=EXCLUDED))
        desk.submit(attempt)
        assert score(attempt) == (9, 9)
        assert desk.points() == Decimal("5.00")

    def test_a_void_gives_full_marks_to_who_answers_nothing(self, desk: Desk, office: Office) -> None:
        attempt = desk.start()
        office.regrade(office.wanted(q1=FULL))
        desk.submit(attempt)
        assert score(attempt) == (1, 10)

    def test_an_attempt_that_is_asked_the_new_version_is_marked_by_it(self, desk: Desk, office: Office) -> None:
        """Edge case 19: the mended question counts as it stands; the ruling is about the version that was wrong."""
        ruling = office.correct(1)
        office.regrade(office.wanted(q1=ruling))
        ids = list(office.quiz.question_version_ids)
        office.quiz.question_version_ids = [ruling.version_id, *ids[1:]]
        db.session.flush()
        attempt = desk.start()
        desk.save(attempt, {1: "b"})
        desk.submit(attempt)
        assert score(attempt) == (1, 10)

    def test_late_answers_that_are_accepted_afterwards_are_marked_by_the_same_rule(
        self, desk: Desk, cast: Cast, office: Office
    ) -> None:
        attempt = desk.sit(0)
        office.regrade(office.wanted(q1=EXCLUDED))
        desk.save(attempt, {2: "a"}, operation="aaaaaaaa-0000000009")
        packet = db.session.scalars(select(LatePacket)).one()
        accept_late_answers(cast.member("tutor"), packet.id, reason="ok", now=desk.now)
        assert score(attempt) == (1, 9)


class TestPages:
    def test_the_whole_way_of_a_coordinator(self, as_role: Callable[[str], Any], desk: Desk, office: Office) -> None:
        """Edge case 19: choose, look, apply with a reason; the participant reads what was done and why."""
        desk.sit(0)
        version = office.version(1)
        office.correct(1)
        coordinator = as_role("coordinator")
        said = coordinator.get(f"{HOME}/regrades").get_data(as_text=True)
        assert "Mark it under version 2" in said
        address = f"{HOME}/regrades/trial?v{version}=newest&policy=keep"
        said = coordinator.get(address).get_data(as_text=True)
        assert "Nothing has been done yet." in said
        assert "0.00 → <strong>0.50</strong>" in said
        trial = office.try_(office.wanted(q1=next(iter(candidates_of(office.quiz))).ruling_for(Treatment.NEWEST)))
        form = {f"v{version}": "newest", "policy": "keep", "number": "1", "seal": trial.seal, "reason": ""}
        assert coordinator.post(f"{HOME}/regrades", form).status_code == 422
        form["reason"] = "b was right all along"
        stale = coordinator.post(f"{HOME}/regrades", form | {"seal": "0" * 32})
        assert stale.status_code == 409
        assert "here is what it would do now" in stale.get_data(as_text=True)
        assert coordinator.post(f"{HOME}/regrades", form).headers["Location"] == f"{HOME}/regrades/1"
        assert coordinator.post(f"{HOME}/regrades", form).headers["Location"] == f"{HOME}/regrades/1"
        assert "b was right all along" in coordinator.get(f"{HOME}/regrades/1").get_data(as_text=True)
        assert "Regrade 1" in coordinator.get(f"{HOME}/regrades").get_data(as_text=True)
        said = as_role("participant").get(f"{HOME}/attempts/1/result").get_data(as_text=True)
        assert "Question 1 was marked again" in said
        assert "b was right all along" in said
        assert "1 of 10" in said
        assert said.count("Here it stands as it was first marked.") == 1

    def test_who_corrected_a_key_finds_what_was_asked_beside_it_and_already_chosen(
        self, as_role: Callable[[str], Any], desk: Desk, office: Office
    ) -> None:
        """The version that everybody was asked stood below all others, and the new one, asked by nobody, in its place."""
        # Neither their keys nor their numbers stand in the order in which the quiz asks.
        office.quiz.question_version_ids = office.quiz.question_version_ids[::-1]
        desk.sit(0)
        first, second = office.version(1), office.version(2)
        office.correct(1)
        newest = candidates_of(office.quiz)[0].newest.id
        office.quiz.question_version_ids = [newest, *office.quiz.question_version_ids[1:]]
        db.session.commit()
        assert [one.version.id for one in candidates_of(office.quiz)][:3] == [newest, first, second]
        key = candidates_of(office.quiz)[0].question.key
        browser = as_role("coordinator")
        assert 'value="newest" selected' not in browser.get(f"{HOME}/regrades").text
        page = browser.get(f"{HOME}/regrades?question={key}").text
        assert page.count('value="newest" selected') == 1
        assert browser.get(f"{HOME}/regrades?question=nothing").status_code == 200

    def test_nothing_chosen_leads_back(self, as_role: Callable[[str], Any], desk: Desk) -> None:
        answer = as_role("coordinator").get(f"{HOME}/regrades/trial?policy=keep")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{HOME}/regrades")

    def test_a_regrade_that_is_not_there(self, as_role: Callable[[str], Any]) -> None:
        assert as_role("coordinator").get(f"{HOME}/regrades/7").status_code == 404

    def test_the_result_page_of_a_participant_stays_within_its_statements(
        self, as_role: Callable[[str], Any], desk: Desk, office: Office, count_queries: Callable[[], Any]
    ) -> None:
        desk.sit(0)
        office.regrade(office.wanted(q1=FULL))
        office.regrade(office.wanted(q2=FULL))
        browser = as_role("participant")
        browser.get(f"{HOME}/attempts/1/result")
        with count_queries() as statements:
            browser.get(f"{HOME}/attempts/1/result")
        assert len(statements) <= 12

    def test_a_finished_attempt_still_shows_a_question_that_was_archived_and_changed(
        self, as_role: Callable[[str], Any], desk: Desk, office: Office
    ) -> None:
        """Edge case 20: the review shows the text and the options as they were seen."""
        desk.sit(0)
        version = db.session.get_one(QuestionVersion, office.version(1))
        browser = as_role("participant")
        before = questions(browser.get(f"{HOME}/attempts/1/result").get_data(as_text=True))
        office.correct(1)
        version.question.archived_at = desk.now
        assert questions(browser.get(f"{HOME}/attempts/1/result").get_data(as_text=True)) == before


def questions(page: str) -> str:
    """What a page of a result shows of its questions."""
    return page.partition("Question by question")[2].partition('class="actions"')[0]


def post(cast: Cast, name: str, key: str, points: Decimal) -> None:
    """Points in another item."""
    post_entry(
        edition_id=cast.edition.id, enrolment_id=cast.enrolments[name], item_key=key, state="marked", points=points,
        is_complete=True, basis={}, source="test", actor_id=None, now=cast.edition.created_at,
    )  # fmt: skip


def test_what_was_taken_back_counts_as_it_was_first_marked(desk: Desk, office: Office) -> None:
    attempt = desk.sit(0)
    office.regrade(office.wanted(q1=FULL, q2=FULL))
    assert marked_anew(notes_on(attempt)) == {1, 2}
    office.regrade(office.wanted(q1=Ruling(Treatment.AS_ASKED)))
    assert marked_anew(notes_on(attempt)) == {2}


def test_the_quiz_offers_only_what_can_be_decided(desk: Desk, office: Office) -> None:
    desk.sit(0)
    first = candidates_of(office.quiz)[0]
    assert (first.places, first.asked, first.treatments) == ([1], 1, [Treatment.FULL, Treatment.EXCLUDED])
    office.correct(1)
    assert candidates_of(office.quiz)[0].treatments[0] is Treatment.NEWEST
    office.regrade(office.wanted(q1=FULL))
    assert candidates_of(office.quiz)[0].treatments == [Treatment.NEWEST, Treatment.EXCLUDED, Treatment.AS_ASKED]
    assert isinstance(office.quiz, Quiz)


def test_a_trial_of_nothing_is_refused_where_one_chooses(as_role: Callable[[str], Any], desk: Desk) -> None:
    desk.sit(1)
    browser = as_role("coordinator")
    browser.get(f"{HOME}/regrades/trial")
    page = browser.get(f"{HOME}/regrades").text
    assert "<title>Problem: Regrade" in page
    assert page.count('id="main"') == page.count(' id="main" autofocus') == 1
