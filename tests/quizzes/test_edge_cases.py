"""What went wrong in other systems' quizzes and goes right here. Others of the list stand beside what they are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.courses.models import Course
from lms.grading.models import GradeEntry
from lms.quizzes.models import Attempt, Question, QuestionVersion
from lms.quizzes.permissions import Author
from lms.quizzes.questions import kind_of
from lms.quizzes.services import authoring
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk
from tests.quizzes.question_samples import MULTIPLE

As = Callable[[str], Any]
HOME = f"/editions/R1/quizzes/{QUIZ}"
FIRST = f"{HOME}/attempts/1"


def test_submitting_three_times_is_answered_the_same_and_done_once(as_role: As, desk: Desk) -> None:
    """Edge case 16: double click, retry, replay: the second answer is identical, and there is one submission."""
    attempt = desk.start()
    desk.save(attempt, {1: "a"})
    db.session.commit()
    browser = as_role("participant")
    answers = [browser.post(f"{FIRST}/submit", data={"attempt": str(attempt.id)}) for _click in range(3)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"{FIRST}/result")}
    assert db.session.scalar(select(func.count(Attempt.id))) == 1
    assert db.session.scalar(select(func.count(GradeEntry.id))) == 1
    assert db.session.scalar(select(func.count(OutboxMessage.id))) <= 1


@pytest.mark.parametrize("hours", [-9, 9], ids=["behind", "ahead"])
def test_the_page_counts_from_the_clock_of_the_server(as_role: As, desk: Desk, now: datetime, hours: int) -> None:
    """Edge case 18: what is left is told as two instants of the server; what a client says of its own clock is nothing."""
    desk.quiz(time_limit_minutes=30)
    attempt = desk.start()
    db.session.commit()
    browser = as_role("participant")
    wrong = (now + timedelta(hours=hours)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    page = browser.get(FIRST, headers={"Date": wrong}).text
    assert f'data-now="{now.isoformat()}"' in page
    assert f'data-ends="{(now + timedelta(minutes=30)).isoformat()}"' in page
    packet = {
        "operation": "deviceaa-0000000001", "attempt": attempt.id, "answers": {"1": ["a"]},
        "sent_at": (now + timedelta(hours=hours)).isoformat(),
    }  # fmt: skip
    answer = browser.post(f"{FIRST}/answers", json=packet, headers={"Accept": "application/json", "Date": wrong})
    assert (answer.status_code, answer.json["saved"], answer.json["closed"]) == (200, [1], False)


def test_a_review_shows_the_question_as_it_was_asked_whatever_became_of_it(
    as_role: As, desk: Desk, cast: Cast, now: datetime
) -> None:
    """Edge case 20: text, language and order of options as seen, although it was rewritten and archived since."""
    desk.quiz(review="at_once")
    attempt = desk.sit(10)
    version_id, order = attempt.layout[0]
    version = db.session.get_one(QuestionVersion, version_id)
    question = db.session.get_one(Question, version.question_id)
    author = Author(cast.person("coordinator"), db.session.get_one(Course, question.course_id), ("en", "fr"))
    document = {**version.document, "stem": {"en": "Quite another question?", "fr": "Tout autre chose ?"}}
    written = authoring.Written(document, question.category, (), "rewritten")
    authoring.save_question(
        author, question.key, written, revision=question.revision, is_for_open_editions=True, now=now
    )
    authoring.archive_question(author, question.key, now=now)
    cast.person("participant").language = "fr"
    db.session.commit()
    page = as_role("participant").get(f"{FIRST}/result").text
    assert version.document["stem"]["en"] in page
    assert "Quite another" not in page
    assert "Tout autre" not in page
    assert db.session.get_one(Attempt, attempt.id).layout[0] == [version_id, order]
    assert 'lang="en"' in page


def test_options_that_read_the_same_are_graded_by_their_key(desk: Desk) -> None:
    """Edge case 21: two options with the same words; the right one is right, the other is not, wherever they stood."""
    version_id = int(desk.quiz().question_version_ids[0])
    version = db.session.get_one(QuestionVersion, version_id)
    same = [{**option, "text": {"en": "All of the above", "fr": "Tout cela"}} for option in version.document["options"]]
    version.document = {**version.document, "options": same}
    db.session.flush()
    first, second = desk.start(), desk.start("other_participant")
    desk.save(first, {1: "a"})
    desk.save(second, {1: "b"}, name="other_participant")
    scores = (desk.submit(first).raw_score, desk.submit(second, name="other_participant").raw_score)
    assert scores == (1, 0)


@pytest.mark.parametrize(
    ("ticked", "earned"),
    [
        ([], Fraction(0)),
        (["economic"], Fraction(1, 2)),
        (["economic", "police"], Fraction(0)),
        (["police", "tax"], Fraction(0)),
        (["economic", "social"], Fraction(1)),
        (["economic", "social", "police"], Fraction(1, 2)),
        (["economic", "social", "police", "tax"], Fraction(0)),
    ],
    ids=lambda value: "+".join(value) or "nothing" if isinstance(value, list) else str(value),
)
def test_ticks_earn_their_part_halves_included_and_never_less_than_nothing(ticked: list[str], earned: Fraction) -> None:
    """Edge case 22: unanswered never scores, proportional is never below 0, and half marks stay halves."""
    kind = kind_of(MULTIPLE)
    assert kind.grade(MULTIPLE, kind.read_answer(MULTIPLE, ticked)) == earned


@pytest.mark.parametrize(("counting", "after"), [("best", "4.50"), ("last", "2.00"), ("first", "4.50")])
def test_the_mark_stays_while_another_attempt_is_open_whatever_counts(desk: Desk, counting: str, after: str) -> None:
    """Edge case 23: an attempt that is open changes nothing; submitted it counts by the policy that was announced."""
    desk.quiz(counting=counting, attempts_allowed=3)
    desk.sit(9)
    second = desk.start()
    desk.save(second, dict.fromkeys(range(1, 5), "a"))
    assert str(desk.points()) == "4.50"
    desk.submit(second)
    assert str(desk.points()) == after
