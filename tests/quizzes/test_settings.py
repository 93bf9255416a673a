"""The settings of a quiz: presets, draws, groups, what attempts that exist keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms.assignments.models import Group, GroupMember
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.activities import activity_dates
from lms.courses.queries import get_content
from lms.grading.models import GradeItem
from lms.quizzes.domain import PRESETS, REVIEWS, Draw, Settings, deviations, drawn
from lms.quizzes.models import Question, Quiz
from lms.quizzes.queries import get_sitting, quiz_states
from lms.quizzes.services.adopting import adopt_quiz, list_offers
from lms.quizzes.services.settings import change_settings, missing_to_draw, settings_of
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk

PAGE = "/editions/R1/quizzes/quiz-2/settings"


def change(desk: Desk, *, name: str = "coordinator", **values: object) -> Quiz:
    wanted = replace(settings_of(desk.quiz()), **values)  # type: ignore[arg-type]
    return change_settings(desk.cast.member(name), QUIZ, wanted, preset="weekly", now=desk.now)


def categorise(desk: Desk, category: str, *keys: str) -> None:
    for question in db.session.scalars(select(Question).where(Question.key.in_(keys))):
        question.category = category
    db.session.flush()


def test_each_preset_deviates_from_itself_in_nothing(desk: Desk) -> None:
    for preset in PRESETS.values():
        names = ("time_limit_minutes", "attempts_allowed", "counting", "review", "shuffle_questions", "shuffle_options")
        wanted = replace(settings_of(desk.quiz()), **{name: getattr(preset, name) for name in names})
        assert deviations(wanted, preset) == []
        assert deviations(replace(wanted, time_limit_minutes=7), preset) == ["time_limit_minutes"]


def test_a_running_attempt_keeps_its_rule_and_the_next_one_has_the_new(desk: Desk) -> None:
    attempt = desk.start()
    layout, deadline = attempt.layout, attempt.deadline_at
    change(desk, time_limit_minutes=10, shuffle_questions=True)
    again = desk.start()
    assert (again.layout, again.deadline_at) == (layout, deadline)
    assert desk.start("other_participant").deadline_at == desk.now + timedelta(minutes=10)


def test_shuffled_questions_are_the_same_questions_in_an_order_of_ones_own(desk: Desk) -> None:
    change(desk, shuffle_questions=True)
    orders = [[one[0] for one in desk.start(name).layout] for name in ("participant", "other_participant")]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_what_counts_cannot_change_once_somebody_has_finished(desk: Desk) -> None:
    change(desk, counting="last")
    desk.sit(5)
    with pytest.raises(RuleViolation, match="cannot change any more"):
        change(desk, counting="best")
    assert change(desk, attempts_allowed=3).attempts_allowed == 3


def test_a_moved_closing_is_told_to_the_gradebook_and_recorded(desk: Desk, cast: Cast) -> None:
    later = desk.quiz().closes_at + timedelta(days=1)
    change(desk, closes_at=later)
    item = select(GradeItem.due_at).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == QUIZ)
    assert db.session.scalars(item).one() == later
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "quiz settings changed")).one()
    assert list(event.details["changes"]) == ["closes_at"]


@pytest.mark.parametrize("name", ["participant", "tutor"])
def test_only_coordinators_change_settings(desk: Desk, name: str) -> None:
    with pytest.raises(NotAllowed):
        change(desk, name=name, attempts_allowed=3)


class TestDraws:
    def test_each_attempt_draws_so_many_and_keeps_what_it_drew(self, desk: Desk) -> None:
        categorise(desk, "law", *(f"m2-q{n:02}" for n in range(1, 9)))
        change(desk, draws=(Draw("law", 3),))
        attempt = desk.start()
        assert len(attempt.layout) == 5  # two of the ten are asked of everybody
        assert desk.start().layout == attempt.layout
        assert get_sitting(desk.cast.member("participant"), QUIZ).attempts[0].layout == attempt.layout

    def test_more_than_the_bank_has_is_refused_when_saving_and_when_opening(self, desk: Desk, cast: Cast) -> None:
        categorise(desk, "law", "m2-q01", "m2-q02")
        with pytest.raises(RuleViolation, match="fewer questions"):
            change(desk, draws=(Draw("law", 3),))
        desk.quiz(draws=[["law", 3]])
        assert "draws 3 questions from “law”, and the bank has 2" in missing_to_draw(cast.edition)[0]
        with pytest.raises(RuleViolation, match="cannot begin"):
            desk.start()

    def test_an_archived_question_is_not_drawn(self, desk: Desk) -> None:
        categorise(desk, "law", "m2-q01", "m2-q02")
        db.session.scalars(select(Question).where(Question.key == "m2-q01")).one().archived_at = desk.now
        with pytest.raises(RuleViolation, match="fewer questions"):
            change(desk, draws=(Draw("law", 2),))

    def test_every_question_is_drawn_as_often_as_any_other(self) -> None:
        pool = list(range(1, 21))
        counts = Counter(one for seed in range(4000) for one in drawn(Draw("law", 5), pool, str(seed)))
        assert set(counts) == set(pool)
        assert all(abs(count - 1000) < 150 for count in counts.values())

    def test_the_same_seed_draws_the_same_whatever_the_order_of_the_pool(self) -> None:
        assert drawn(Draw("law", 3), [5, 2, 9, 7], "s") == drawn(Draw("law", 3), [9, 7, 5, 2], "s")


class TestGroups:
    @pytest.fixture
    def group(self, desk: Desk) -> Group:
        group = Group(edition_id=desk.cast.edition.id, name="Niger")
        db.session.add(group)
        db.session.flush()
        member = GroupMember(group_id=group.id, enrolment_id=desk.cast.enrolments["participant"], joined_at=desk.now)
        db.session.add(member)
        db.session.flush()
        return group

    def test_only_members_see_and_take_it(self, desk: Desk, cast: Cast, group: Group) -> None:
        change(desk, for_groups=True, group_ids=frozenset({group.id}))
        assert desk.start().number == 1
        with pytest.raises(NotFound):
            desk.start("other_participant")
        keys = [
            state.quiz.key for state in quiz_states(cast.edition.id, cast.enrolments["other_participant"], desk.now)
        ]
        assert QUIZ not in keys
        content = get_content(cast.edition.release_id)
        assert activity_dates(cast.member("other_participant"), content)[QUIZ].is_hidden
        assert not activity_dates(cast.member("participant"), content)[QUIZ].is_hidden
        assert get_sitting(cast.member("tutor"), QUIZ).quiz.for_groups

    def test_whoever_took_it_before_still_sees_their_result(
        self, desk: Desk, cast: Cast, group: Group, as_role
    ) -> None:
        desk.sit(5, name="other_participant")
        change(desk, for_groups=True, group_ids=frozenset({group.id}))
        page = "/editions/R1/quizzes/quiz-2/attempts/1/result"
        assert as_role("other_participant").get(page).status_code == 200
        assert as_role("third_participant").get("/editions/R1/quizzes/quiz-2").status_code == 404

    def test_a_quiz_whose_groups_are_gone_is_nobodys(self, desk: Desk, group: Group) -> None:
        change(desk, for_groups=True, group_ids=frozenset({group.id}))
        db.session.delete(group)
        db.session.flush()
        with pytest.raises(NotFound):
            desk.start()

    def test_no_group_or_one_of_another_edition_is_refused(self, desk: Desk) -> None:
        with pytest.raises(RuleViolation, match="at least one group"):
            change(desk, for_groups=True)
        with pytest.raises(NotFound):
            change(desk, for_groups=True, group_ids=frozenset({999}))


class TestPage:
    def form(self, desk: Desk, **values: str) -> dict[str, str]:
        form = {
            "preset": "weekly", "opens": "2026-03-09T08:00", "closes": "2026-03-15T23:59", "time_limit": "", "attempts": "2",
            "counting": "best", "review_submitted": "judged", "review_used_up": "everything",
            "review_closed": "everything", "shuffle_options": "y", "audience": "everybody",
        }  # fmt: skip
        return form | values

    def test_it_shows_the_rule_and_the_presets_fill_the_form_without_saving(self, as_role, desk: Desk) -> None:
        page = as_role("coordinator").get(f"{PAGE}?preset=exam").get_data(as_text=True)
        assert "Exactly as “Exam” says." in page
        assert "60 minutes from the moment you start" in page
        assert desk.quiz().time_limit_minutes is None

    def test_looking_saves_nothing_and_names_what_deviates(self, as_role, desk: Desk) -> None:
        form = self.form(desk, time_limit="45", look="1")
        page = as_role("coordinator").post(PAGE, form)
        assert page.status_code == 200
        assert "but with another setting for: time limit." in page.get_data(as_text=True)
        assert desk.quiz().time_limit_minutes is None

    def test_saving_holds(self, as_role, desk: Desk) -> None:
        assert as_role("coordinator").post(PAGE, self.form(desk, time_limit="45")).status_code == 303
        assert desk.quiz().time_limit_minutes == 45
        assert desk.quiz().review == REVIEWS["after_submit"]

    def test_a_refused_form_keeps_what_was_typed(self, as_role, desk: Desk) -> None:
        page = as_role("coordinator").post(PAGE, self.form(desk, attempts="99", closes="2026-03-01T08:00"))
        assert page.status_code == 422
        assert 'value="99"' in page.get_data(as_text=True)
        assert desk.quiz().attempts_allowed == 2


class TestAdopting:
    def test_a_quiz_of_a_newer_release_is_offered_and_added_only_when_the_coordinator_says_so(
        self, desk: Desk, cast: Cast, as_role
    ) -> None:
        db.session.delete(desk.quiz("quiz-6"))
        db.session.flush()
        assert [offer.key for offer in list_offers(cast.edition)] == ["quiz-6"]
        with pytest.raises(NotAllowed):
            adopt_quiz(cast.member("tutor"), "quiz-6", desk.now)
        assert "Add “Quiz 6”" in as_role("coordinator").get("/editions/R1/quizzes").get_data(as_text=True)
        quiz = adopt_quiz(cast.member("coordinator"), "quiz-6", desk.now)
        assert len(quiz.question_version_ids) == 10
        assert list_offers(cast.edition) == []
        assert adopt_quiz(cast.member("coordinator"), "quiz-6", desk.now).id == quiz.id
        with pytest.raises(NotFound):
            adopt_quiz(cast.member("coordinator"), "quiz-99", desk.now)


def test_settings_are_all_compared_when_they_change() -> None:
    assert {"opens_at", "review", "draws", "group_ids"} <= set(Settings.__slots__)
