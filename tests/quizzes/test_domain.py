"""The rules of a sitting, as tables and laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.grading.domain.points import round_points
from lms.quizzes.domain import (
    GRACE,
    REVIEWS,
    Deadline,
    DeadlineBy,
    Result,
    Shown,
    State,
    changed_answers,
    counted,
    deadline_of,
    points_of,
    shown_of,
    shuffled,
    state_of,
)

START = datetime(2026, 3, 10, 9, 0, 20, tzinfo=UTC)
CLOSE = datetime(2026, 3, 15, 22, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)

instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
results = st.lists(st.integers(0, 10), min_size=1, max_size=6).map(
    lambda rights: [Result(number, Fraction(right), 10) for number, right in enumerate(rights, start=1)]
)


def test_a_window_lasts_to_the_last_instant_of_its_minute() -> None:
    window = Deadline(CLOSE, DeadlineBy.WINDOW)
    assert not window.is_over(CLOSE + timedelta(minutes=1) - TICK)
    assert window.is_over(CLOSE + timedelta(minutes=1))


def test_a_time_limit_ends_exactly() -> None:
    limit = deadline_of(START, CLOSE, 30)
    assert limit == Deadline(START + timedelta(minutes=30), DeadlineBy.LIMIT)
    assert not limit.is_over(limit.at - TICK)
    assert limit.is_over(limit.at)


@pytest.mark.parametrize(
    ("starts_before_close", "limit_minutes", "ends_by"),
    [
        (timedelta(hours=2), None, "window"),
        (timedelta(hours=2), 30, "limit"),
        (timedelta(minutes=10), 30, "window"),
        # The window ends with the minute that the close stands for, so a limit within it is still the earlier one.
        (timedelta(minutes=30), 30, "limit"),
        (timedelta(minutes=29), 30, "window"),
    ],
)
def test_the_earlier_of_window_end_and_time_limit_ends_an_attempt(
    starts_before_close: timedelta, limit_minutes: int | None, ends_by: str
) -> None:
    assert deadline_of(CLOSE - starts_before_close, CLOSE, limit_minutes).by == ends_by


@given(instants, instants, st.one_of(st.none(), st.integers(1, 600)))
def test_an_attempt_never_lasts_longer_than_its_window_or_its_limit(
    started_at: datetime, closes_at: datetime, limit: int | None
) -> None:
    deadline = deadline_of(started_at, closes_at, limit)
    assert deadline.cutoff <= Deadline(closes_at, DeadlineBy.WINDOW).cutoff
    if limit is not None:
        assert deadline.cutoff <= started_at + timedelta(minutes=limit) or deadline.by == "window"


@pytest.mark.parametrize(
    ("after_end", "counts", "seconds_late"),
    [
        (-TICK, True, 0),
        (timedelta(0), True, 1),
        (3 * SECOND, True, 4),
        (GRACE - TICK, True, 30),
        (GRACE, False, 31),
        (timedelta(minutes=5), False, 301),
    ],
)
def test_what_is_on_its_way_when_time_ends_counts_for_thirty_seconds(
    after_end: timedelta, counts: bool, seconds_late: int
) -> None:
    deadline = deadline_of(START, CLOSE, 30)
    assert deadline.accepts(deadline.cutoff + after_end) is counts
    assert deadline.seconds_late(deadline.cutoff + after_end) == seconds_late


@given(instants, instants)
def test_nothing_is_late_and_over_at_once_without_being_both(at: datetime, now: datetime) -> None:
    deadline = Deadline(at, DeadlineBy.WINDOW)
    assert (deadline.seconds_late(now) > 0) == deadline.is_over(now)
    assert deadline.finish_at(now) == (at if deadline.is_over(now) else now)


RUNNING = Deadline(CLOSE, DeadlineBy.WINDOW)


@pytest.mark.parametrize(
    ("now", "finished", "running", "state"),
    [
        (START - timedelta(days=30), 0, None, State.UPCOMING),
        (START, 0, None, State.OPEN),
        (CLOSE + timedelta(seconds=59), 0, None, State.OPEN),
        (CLOSE + timedelta(seconds=60), 0, None, State.MISSED),
        (START, 0, RUNNING, State.RUNNING),
        (START, 1, RUNNING, State.RUNNING),
        (CLOSE + timedelta(minutes=2), 1, RUNNING, State.EXPIRED),
        (START, 1, None, State.AGAIN),
        (START, 2, None, State.DONE),
        (CLOSE + timedelta(minutes=2), 1, None, State.DONE),
    ],
)
def test_where_a_person_stands(now: datetime, finished: int, running: Deadline | None, state: State) -> None:
    opens_at = START - timedelta(days=7)
    assert (
        state_of(opens_at=opens_at, closes_at=CLOSE, attempts_allowed=2, finished=finished, running=running, now=now)
        is state
    )


@pytest.mark.parametrize(
    ("counting", "number"),
    [("best", 2), ("last", 4), ("first", 1)],
)
def test_which_attempt_counts(counting: str, number: int) -> None:
    finished = [Result(n, Fraction(right), 10) for n, right in ((1, 5), (2, 9), (3, 9), (4, 7))]
    assert counted(reversed(finished), counting) == finished[number - 1]


def test_without_a_finished_attempt_nothing_counts() -> None:
    assert counted([], "best") is None


def test_the_best_of_attempts_with_different_numbers_of_questions_is_the_larger_share() -> None:
    assert counted([Result(1, Fraction(8), 10), Result(2, Fraction(7), 8)], "best") == Result(2, Fraction(7), 8)


@given(results, st.integers(0, 10))
def test_a_further_attempt_never_lowers_the_best(finished: list[Result], right: int) -> None:
    before = counted(finished, "best")
    after = counted([*finished, Result(len(finished) + 1, Fraction(right), 10)], "best")
    assert before is not None
    assert after is not None
    assert after.share >= before.share


@pytest.mark.parametrize(
    ("right", "questions", "maximum", "points"),
    [
        (9, 10, "5", "4.50"),
        (0, 10, "5", "0.00"),
        (10, 10, "5", "5.00"),
        (7, 50, "5", "0.70"),
        (1, 3, "5", "1.67"),
        (2, 3, "5", "3.33"),
        (1, 8, "0.10", "0.01"),
    ],
)
def test_points_are_right_answers_over_questions_times_the_maximum(
    right: int, questions: int, maximum: str, points: str
) -> None:
    exact = points_of(Result(1, Fraction(right), questions), Decimal(maximum))
    assert round_points(exact) == Decimal(points)


def test_thirds_stay_thirds_until_they_enter_the_ledger() -> None:
    assert points_of(Result(1, Fraction(1), 3), Decimal(5)) == Fraction(5, 3)


def test_a_quiz_without_questions_earns_nothing() -> None:
    assert points_of(Result(1, Fraction(0), 0), Decimal(5)) == 0


@pytest.mark.parametrize(
    ("review", "attempt_left", "last_attempt", "once_closed"),
    [
        ("after_submit", Shown.JUDGED, Shown.EVERYTHING, Shown.EVERYTHING),
        ("after_close", Shown.CHOICE, Shown.CHOICE, Shown.EVERYTHING),
        ("never", Shown.CHOICE, Shown.CHOICE, Shown.CHOICE),
    ],
)
def test_right_answers_are_kept_back_while_another_attempt_could_use_them(
    review: str, attempt_left: Shown, last_attempt: Shown, once_closed: Shown
) -> None:
    assert shown_of(REVIEWS[review], 1, CLOSE, CLOSE + timedelta(seconds=59)) is attempt_left
    assert shown_of(REVIEWS[review], 0, CLOSE, CLOSE + timedelta(seconds=59)) is last_attempt
    assert shown_of(REVIEWS[review], 1, CLOSE, CLOSE + timedelta(seconds=60)) is once_closed


@given(st.lists(st.text("abcdefgh", min_size=1), unique=True), st.text())
def test_shuffling_loses_nothing_and_depends_on_the_seed_alone(keys: list[str], seed: str) -> None:
    assert sorted(shuffled(keys, seed)) == sorted(keys)
    assert shuffled(keys, seed) == shuffled(list(reversed(keys)), seed)


def test_different_seeds_give_different_orders() -> None:
    assert len({tuple(shuffled("abcd", str(seed))) for seed in range(200)}) == 24


def test_a_page_left_open_sends_only_what_was_changed_on_it() -> None:
    seen = {1: ["a"], 2: ["b"]}
    sent = {1: ["a"], 2: ["c"], 3: ["d"]}
    assert changed_answers(seen, sent) == {2: ["c"], 3: ["d"]}
