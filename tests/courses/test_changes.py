"""What an import says has changed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from lms.courses.domain.changes import changes_between
from lms.courses.domain.content import CourseContent, LatePolicy, Module
from tests.factories import both, question, small_course


def words(old: CourseContent, new: CourseContent) -> list[str]:
    return [str(change) for change in changes_between(old, new)]


def with_module(course: CourseContent, module: Module) -> CourseContent:
    return replace(course, modules=tuple(module if module.key == m.key else m for m in course.modules))


def test_equal_courses_have_no_changes() -> None:
    assert words(small_course(), small_course()) == []


def test_a_changed_title_is_told_with_the_course() -> None:
    course = small_course()
    assert words(course, replace(course, title=both("Other"), learning_hours=50)) == [
        "changed: course (title, learning_hours)"
    ]


def test_a_lesson_that_was_rewritten_is_named() -> None:
    course = small_course()
    module = course.modules[0]
    lesson = replace(module.lessons[1], body=both("New words"))
    changed = with_module(course, replace(module, lessons=(module.lessons[0], lesson)))
    assert words(course, changed) == ["changed: lesson m1/lesson-2"]


def test_a_question_that_was_added_and_one_that_went_are_named() -> None:
    course = small_course()
    module = course.modules[0]
    assert module.quiz
    quiz = replace(module.quiz, questions=(*module.quiz.questions[1:], question("m1-q11")), attempts=3)
    changed = with_module(course, replace(module, quiz=quiz))
    assert words(course, changed) == [
        "changed: quiz quiz-1 (attempts)",
        "added: question quiz-1/m1-q11",
        "removed: question quiz-1/m1-q01",
    ]


def test_a_module_that_was_added_is_named_once_and_not_lesson_by_lesson() -> None:
    assert words(small_course(modules=2), small_course(modules=3))[:2] == [
        "changed: grading scheme",
        "added: module m3",
    ]


def test_a_new_order_is_told() -> None:
    course = small_course(modules=2)
    assert words(course, replace(course, modules=course.modules[::-1])) == ["moved: the order of modules"]


def test_a_quiz_that_goes_and_an_evaluation_that_comes_are_told() -> None:
    course = small_course(modules=1)
    bare = replace(with_module(course, replace(course.modules[0], quiz=None)), evaluation=None)
    assert words(course, bare) == ["removed: quiz of m1", "removed: evaluation"]
    assert words(bare, course) == ["added: quiz of m1", "added: evaluation"]


def test_grading_glossary_agenda_and_assignments_are_each_compared() -> None:
    course = small_course(modules=1)
    tiers = (replace(course.grading.tiers[0], minimum=Decimal(70)), course.grading.tiers[1])
    changed = replace(
        course,
        grading=replace(course.grading, tiers=tiers),
        glossary=(),
        agenda=(replace(course.agenda[0], minutes=90),),
        assignments=(replace(course.assignments[0], late=LatePolicy("closed")), course.assignments[1]),
    )
    assert words(course, changed) == [
        "changed: grading scheme",
        "changed: assignment group-work",
        "removed: glossary term return",
        "changed: live session opening",
    ]
