"""The question bank: versions that never change, and quizzes that editions get from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from lms.core.db import db
from lms.courses.documents import digest_of, to_document
from lms.courses.domain.content import CourseContent
from lms.courses.domain.content import Question as CourseQuestion
from lms.courses.hooks import release_imported
from lms.courses.models import CourseRelease
from lms.quizzes.models import Question, QuestionVersion, Quiz
from lms.quizzes.queries import get_versions
from lms.quizzes.questions import ChoiceQuestion
from tests.factories import Cast, both, make_edition, make_release, question, small_course
from tests.quizzes.conftest import QUIZ, Desk


def import_again(cast: Cast, content: CourseContent, now: datetime) -> CourseRelease:
    """A further release of the course, as an import leaves it."""
    document = to_document(content)
    number = 1 + (db.session.scalar(select(func.max(CourseRelease.number))) or 0)
    release = CourseRelease(
        course_id=cast.edition.course_id, number=number, digest=digest_of(document), document=document, imported_at=now
    )
    db.session.add(release)
    db.session.flush()
    release_imported(release, now)
    return release


def with_questions(content: CourseContent, module: int, questions: tuple[CourseQuestion, ...]) -> CourseContent:
    """The course with other questions in one module's quiz."""
    modules = list(content.modules)
    quiz = modules[module].quiz
    assert quiz is not None
    modules[module] = replace(modules[module], quiz=replace(quiz, questions=questions))
    return replace(content, modules=tuple(modules))


def changed(content: CourseContent) -> CourseContent:
    """The key of the first question of quiz 2 put right: now ``b`` is the right option."""
    quiz = content.modules[1].quiz
    assert quiz is not None
    first = quiz.questions[0]
    assert isinstance(first, ChoiceQuestion)
    options = tuple(replace(option, correct=option.key == "b") for option in first.options)
    return with_questions(content, 1, (replace(first, options=options), *quiz.questions[1:]))


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_import_brings_each_question_in_once_with_its_first_version(cast: Cast) -> None:
    assert count(Question) == 60
    assert set(db.session.scalars(select(QuestionVersion.number))) == {1}
    assert set(db.session.scalars(select(Question.kind))) == {"single_choice"}


def test_importing_the_same_questions_again_adds_no_version(cast: Cast, now: datetime) -> None:
    import_again(cast, replace(cast.content, learning_hours=61), now)
    assert count(QuestionVersion) == 60


def test_a_changed_question_gets_a_new_version_and_the_old_one_stays(cast: Cast, desk: Desk, now: datetime) -> None:
    before = list(desk.quiz().question_version_ids)
    import_again(cast, changed(cast.content), now)
    after = desk.quiz().question_version_ids
    assert count(QuestionVersion) == 61
    assert after[1:] == before[1:]
    assert db.session.get_one(QuestionVersion, after[0]).number == 2
    assert get_versions([before[0]])[before[0]].content != get_versions([after[0]])[after[0]].content


def test_a_running_attempt_keeps_its_questions_and_a_new_one_gets_the_changed(
    cast: Cast, desk: Desk, now: datetime
) -> None:
    running = desk.start()
    import_again(cast, changed(cast.content), now)
    desk.save(running, {1: "a"})
    desk.submit(running)
    assert running.raw_score == 1
    again = desk.start()
    desk.save(again, {1: "a"})
    desk.submit(again)
    assert again.raw_score == 0


def test_a_question_that_is_left_out_is_archived_and_old_attempts_still_show_it(
    cast: Cast, desk: Desk, now: datetime
) -> None:
    running = desk.start()
    quiz = cast.content.modules[1].quiz
    assert quiz is not None
    shorter = with_questions(cast.content, 1, quiz.questions[1:])
    later = now + timedelta(hours=1)
    import_again(cast, shorter, later)
    assert db.session.scalars(select(Question.archived_at).where(Question.key == "m2-q01")).one() == later
    assert len(desk.quiz().question_version_ids) == 9
    assert len(get_versions(version_id for version_id, _order in running.layout)) == 10
    desk.save(running, {1: "a"})
    assert desk.submit(running).raw_score == 1

    import_again(cast, replace(cast.content, learning_hours=62), later + timedelta(hours=1))
    assert db.session.scalars(select(Question.archived_at).where(Question.key == "m2-q01")).one() is None
    assert count(QuestionVersion) == 60


def test_a_closed_edition_keeps_the_versions_it_was_sat_under(cast: Cast, desk: Desk, now: datetime) -> None:
    before = list(desk.quiz().question_version_ids)
    cast.edition.closed_at = now
    db.session.flush()
    import_again(cast, changed(cast.content), now)
    assert desk.quiz().question_version_ids == before
    other = db.session.scalars(select(Quiz).where(Quiz.edition_id == cast.other_edition.id, Quiz.key == QUIZ)).one()
    assert other.question_version_ids != before


def test_a_quiz_that_a_release_no_longer_has_stays_in_the_edition(cast: Cast, desk: Desk, now: datetime) -> None:
    before = list(desk.quiz("quiz-6").question_version_ids)
    import_again(cast, small_course(modules=5), now)
    assert desk.quiz("quiz-6").question_version_ids == before


def test_questions_of_two_courses_do_not_mix(cast: Cast, now: datetime) -> None:
    make_release(small_course("another"), now)
    assert count(Question) == 120
    assert count(QuestionVersion) == 120


def test_an_edition_gets_the_quizzes_of_its_course_with_its_own_dates(cast: Cast, desk: Desk) -> None:
    quiz = desk.quiz("quiz-1")
    assert (quiz.item_key, quiz.module_key, quiz.attempts_allowed, quiz.counting) == ("quiz-1", "m1", 2, "best")
    assert quiz.opens_at.isoformat() == "2026-03-02T07:00:00+00:00"
    assert quiz.closes_at.isoformat() == "2026-03-08T22:59:00+00:00"
    # The clocks go forward on 29 March: quiz 4 closes on that day by summer time.
    assert desk.quiz("quiz-4").closes_at.isoformat() == "2026-03-29T21:59:00+00:00"


def test_an_edition_created_later_starts_with_the_current_versions(cast: Cast, desk: Desk, now: datetime) -> None:
    content = changed(cast.content)
    release = import_again(cast, content, now)
    edition = make_edition("R3", release, content, now)
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == edition.id, Quiz.key == QUIZ)).one()
    assert quiz.question_version_ids == desk.quiz().question_version_ids


def test_a_question_that_moves_to_another_quiz_stays_the_same_question(cast: Cast, desk: Desk, now: datetime) -> None:
    first, second = cast.content.modules[0].quiz, cast.content.modules[1].quiz
    assert first is not None
    assert second is not None
    moved = with_questions(cast.content, 0, first.questions[1:])
    moved = with_questions(moved, 1, (*second.questions, first.questions[0]))
    version_id = desk.quiz("quiz-1").question_version_ids[0]
    import_again(cast, moved, now)
    assert desk.quiz().question_version_ids[-1] == version_id
    assert count(Question) == 60


def test_a_new_question_joins_the_quiz_for_new_attempts(cast: Cast, desk: Desk, now: datetime) -> None:
    quiz = cast.content.modules[1].quiz
    assert quiz is not None
    extra = replace(question("m2-q11"), stem=both("A new one?"))
    import_again(cast, with_questions(cast.content, 1, (*quiz.questions, extra)), now)
    assert len(desk.start().layout) == 11
