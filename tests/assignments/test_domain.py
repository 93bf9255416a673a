"""The rules of assignments as tables, then as laws."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assignments.domain.groups import Candidate, elected_ambassador, place_people, speakers, votes_for
from lms.assignments.domain.handing_in import LastSubmission, Phase, Window, phase_of, submission_window
from lms.assignments.domain.rubrics import (
    Part,
    PartFault,
    ScoreFault,
    check_rubric,
    member_mark,
    part_fault,
    rubric_maximum,
    rubric_total,
    score_fault,
)
from lms.assignments.domain.texts import (
    Length,
    clean_text,
    counted_words,
    digest_of_parts,
    is_version_kept,
    rejoined_lines,
    word_verdict,
)
from lms.courses.domain.content import Criterion, LatePolicy, WordRange

OPENS = datetime(2026, 3, 16, 7, 0, tzinfo=UTC)
DUE = datetime(2026, 4, 10, 21, 59, tzinfo=UTC)
IN_TIME = DUE + timedelta(seconds=59, microseconds=999999)
TOO_LATE = DUE + timedelta(minutes=1)
WAITING = LastSubmission(is_finished=False, is_reopened=False)
MARKED = LastSubmission(is_finished=True, is_reopened=False)
REOPENED = LastSubmission(is_finished=True, is_reopened=True)


@pytest.mark.parametrize(
    ("now", "late", "extended", "closed", "last", "expected"),
    [
        (OPENS - timedelta(seconds=1), "accept", False, False, None, Window.NOT_OPEN),
        (OPENS, "accept", False, False, None, Window.ON_TIME),
        (IN_TIME, "closed", False, False, None, Window.ON_TIME),
        (TOO_LATE, "accept", False, False, None, Window.LATE),
        (TOO_LATE, "closed", False, False, None, Window.CLOSED),
        (IN_TIME, "accept", False, False, WAITING, Window.ON_TIME),
        (IN_TIME, "accept", False, False, MARKED, Window.HANDED_IN),
        (TOO_LATE, "accept", False, False, WAITING, Window.HANDED_IN),
        (TOO_LATE, "accept", False, False, REOPENED, Window.LATE),
        (TOO_LATE, "closed", False, False, REOPENED, Window.LATE),
        (IN_TIME, "accept", False, True, None, Window.CLOSED),
        (IN_TIME, "accept", False, True, WAITING, Window.HANDED_IN),
        (TOO_LATE, "accept", False, True, None, Window.CLOSED),
        (IN_TIME, "accept", True, True, None, Window.ON_TIME),
        (TOO_LATE, "accept", True, True, None, Window.CLOSED),
        (TOO_LATE, "accept", False, True, REOPENED, Window.LATE),
    ],
)
def test_what_one_may_do_now(
    now: datetime, late: str, extended: bool, closed: bool, last: LastSubmission | None, expected: Window
) -> None:
    window = submission_window(
        opens_at=OPENS,
        due_at=DUE,
        late=LatePolicy(late),
        is_extended=extended,
        is_edition_closed=closed,
        last=last,
        now=now,
    )
    assert window is expected


@given(
    seconds=st.integers(-100, 3_000_000),
    late=st.sampled_from(["accept", "closed"]),
    extended=st.booleans(),
    closed=st.booleans(),
)
def test_late_work_never_takes_the_place_of_work_that_was_handed_in(
    seconds: int, late: str, extended: bool, closed: bool
) -> None:
    window = submission_window(
        opens_at=OPENS, due_at=DUE, late=LatePolicy(late), is_extended=extended, is_edition_closed=closed,
        last=WAITING, now=OPENS + timedelta(seconds=seconds),
    )  # fmt: skip
    assert window is not Window.LATE


@pytest.mark.parametrize(
    ("window", "last", "released", "missing", "expected"),
    [
        (Window.ON_TIME, None, False, False, Phase.OPEN),
        (Window.ON_TIME, None, False, True, Phase.NO_GROUP),
        (Window.NOT_OPEN, None, False, True, Phase.NOT_OPEN),
        (Window.LATE, None, False, False, Phase.LATE),
        (Window.CLOSED, None, False, False, Phase.CLOSED),
        (Window.ON_TIME, WAITING, False, False, Phase.HANDED_IN),
        (Window.HANDED_IN, MARKED, False, False, Phase.HANDED_IN),
        (Window.HANDED_IN, MARKED, True, False, Phase.MARKED),
        (Window.LATE, REOPENED, True, False, Phase.REOPENED),
    ],
)
def test_where_a_person_stands(
    window: Window, last: LastSubmission | None, released: bool, missing: bool, expected: Phase
) -> None:
    assert phase_of(window, last=last, is_released=released, is_group_missing=missing) is expected


# Texts


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (1349, Length.TOO_SHORT),
        (1350, Length.BELOW),
        (1499, Length.BELOW),
        (1500, Length.WITHIN),
        (2500, Length.WITHIN),
        (2501, Length.ABOVE),
        (2750, Length.ABOVE),
        (2751, Length.TOO_LONG),
    ],
)
def test_the_tolerance_is_a_tenth_of_the_nearer_end(words: int, expected: Length) -> None:
    verdict = word_verdict(words, WordRange(1500, 2500, 10))
    assert verdict.length is expected
    assert verdict.is_accepted == (1350 <= words <= 2750)


@given(words=st.integers(0, 10_000), low=st.integers(1, 3000), more=st.integers(0, 3000), percent=st.integers(0, 50))
def test_a_text_inside_the_range_is_always_accepted(words: int, low: int, more: int, percent: int) -> None:
    verdict = word_verdict(words, WordRange(low, low + more, percent))
    assert verdict.lowest <= low
    assert verdict.highest >= low + more
    assert verdict.is_accepted == (verdict.lowest <= words <= verdict.highest)


def test_without_tolerance_the_range_is_exact() -> None:
    assert word_verdict(1499, WordRange(1500, 2500)).length is Length.TOO_SHORT
    assert word_verdict(2501, WordRange(1500, 2500)).length is Length.TOO_LONG


@pytest.mark.parametrize(
    ("text", "file", "expected"), [(0, None, 0), (0, 900, 900), (9, 900, 900), (1200, 900, 1200), (1200, None, 1200)]
)
def test_the_longer_of_text_and_document_counts_and_never_both(text: int, file: int | None, expected: int) -> None:
    assert counted_words(text, file) == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("with\x00null\x07bell", "withnullbell"),
        ("half \ud83d of a pair", "half  of a pair"),
        ("e\u0301te\u0301", "été"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_text_is_kept_as_a_database_can_hold_it(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


_LONG = "Return is a road that people prepare for with neighbours and papers,"


@pytest.mark.parametrize(
    ("page", "read"),
    [
        (f"{_LONG}\nand tools.\nA new paragraph.", f"{_LONG} and tools.\nA new paragraph."),
        (f"Title\n{_LONG}\n\n{_LONG}", f"Title\n{_LONG}\n\n{_LONG}"),
        (f"{_LONG}\n- one\n- two", f"{_LONG}\n- one\n- two"),
        (f"{_LONG[:-1]}-\nmade tools", f"{_LONG[:-1]}-made tools"),
        ("a poem\nof short\nlines", "a poem\nof short\nlines"),
        ("", ""),
    ],
)
def test_lines_that_the_page_broke_are_joined_and_others_stay(page: str, read: str) -> None:
    assert rejoined_lines(page) == read


@given(st.text(alphabet="ab -\n", max_size=400))
def test_joining_lines_loses_no_letter(text: str) -> None:
    assert "".join(rejoined_lines(text).split()) == "".join(text.split())


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("same", "old", "new", "minutes_ago", "expected"),
    [
        (True, 0, 10, None, False),
        (True, 100, 110, None, True),
        (True, 100, 110, 2, False),
        (True, 100, 110, 10, True),
        (True, 100, 89, 2, True),
        (True, 100, 90, 2, False),
        (False, 100, 110, 2, True),
    ],
)
def test_which_texts_go_into_the_history(
    same: bool, old: int, new: int, minutes_ago: int | None, expected: bool
) -> None:
    last = None if minutes_ago is None else DUE - timedelta(minutes=minutes_ago)
    kept = is_version_kept(same_author=same, old_words=old, new_words=new, last_kept_at=last, now=DUE)
    assert kept is expected


def test_the_seal_changes_with_any_part() -> None:
    parts = [("essay", "text", None), ("annex", "", "abc")]
    seal = digest_of_parts(parts)
    assert seal == digest_of_parts(list(parts))
    assert len({seal, digest_of_parts(parts[:1]), digest_of_parts([("essay", "texts", None), parts[1]])}) == 3


# Rubrics

RUBRIC = tuple(Criterion(f"c{n}", {"en": f"C{n}"}, Decimal(10), ()) for n in range(1, 5))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0", None),
        ("10", None),
        ("7.5", None),
        ("7.50", None),
        ("-0.5", ScoreFault.BELOW_ZERO),
        ("10.5", ScoreFault.ABOVE_MAXIMUM),
        ("7.3", ScoreFault.NOT_HALF),
        ("7.25", ScoreFault.NOT_HALF),
    ],
)
def test_points_run_in_halves_from_zero_to_the_maximum(points: str, expected: ScoreFault | None) -> None:
    assert score_fault(Decimal(points), Decimal(10)) is expected


def test_a_partial_rubric_has_no_total() -> None:
    assert rubric_total(RUBRIC, {"c1": Decimal(5), "c2": Decimal(5), "c3": Decimal(5)}) is None
    assert rubric_total(RUBRIC, {**{f"c{n}": Decimal(5) for n in range(1, 4)}, "c4": None}) is None


def test_a_full_rubric_of_zeros_is_zero_and_not_missing() -> None:
    assert rubric_total(RUBRIC, {f"c{n}": Decimal(0) for n in range(1, 5)}) == 0


def test_points_outside_a_criterion_never_add_up() -> None:
    with pytest.raises(ValueError, match="c2"):
        rubric_total(RUBRIC, {"c1": Decimal(1), "c2": Decimal(11), "c3": Decimal(1), "c4": Decimal(1)})


halves = st.integers(0, 20).map(lambda n: Decimal(n) / 2)


@given(st.lists(halves, min_size=4, max_size=4))
def test_the_total_is_the_exact_sum_of_the_parts_shown(points: list[Decimal]) -> None:
    total = rubric_total(RUBRIC, {f"c{n}": value for n, value in enumerate(points, start=1)})
    assert total == sum(points)
    assert total is not None
    assert 0 <= total <= rubric_maximum(RUBRIC)


def test_a_rubric_must_be_worth_what_its_item_is() -> None:
    check_rubric(RUBRIC, Decimal(40))
    with pytest.raises(ValueError, match="40 points, the grade item to 30"):
        check_rubric(RUBRIC, Decimal(30))


@pytest.mark.parametrize(
    ("took_part", "adjustment", "expected"),
    [
        (True, "0", "24"),
        (True, "-2", "22"),
        (True, "1.5", "25.5"),
        (True, "10", "30"),
        (True, "-30", "0"),
        (False, "0", None),
    ],
)
def test_a_members_mark_stays_between_zero_and_the_maximum(
    took_part: bool, adjustment: str, expected: str | None
) -> None:
    mark = member_mark(Decimal(24), Decimal(30), Part(took_part, Decimal(adjustment), "said"))
    assert mark == (None if expected is None else Decimal(expected))


@given(mark=halves, adjustment=st.integers(-100, 100).map(lambda n: Decimal(n) / 2), more=halves)
def test_more_adjustment_never_gives_less(mark: Decimal, adjustment: Decimal, more: Decimal) -> None:
    low = member_mark(mark, Decimal(10), Part(True, adjustment, ""))
    high = member_mark(mark, Decimal(10), Part(True, adjustment + more, ""))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 10


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Part(True, Decimal(0), ""), None),
        (Part(False, Decimal(0), ""), None),
        (Part(True, Decimal(-2), ""), PartFault.ADJUSTMENT_UNEXPLAINED),
        (Part(True, Decimal(-2), "  "), PartFault.ADJUSTMENT_UNEXPLAINED),
        (Part(True, Decimal(-2), "one part only"), None),
        (Part(True, Decimal("0.3"), "why"), PartFault.NOT_HALF),
        (Part(False, Decimal(1), "why"), PartFault.ABSENT_ADJUSTED),
        (Part(True, Decimal(0), "", needs_reason=True), PartFault.INCLUSION_UNEXPLAINED),
        (Part(True, Decimal(0), "joined the calls", needs_reason=True), None),
        (Part(False, Decimal(0), "", needs_reason=True), None),
    ],
)
def test_exceptions_need_a_reason(part: Part, expected: PartFault | None) -> None:
    assert part_fault(part, Decimal(24), Decimal(30)) is expected


@pytest.mark.parametrize(
    ("adjustment", "group_mark", "expected"),
    [
        ("-40", "30", PartFault.BELOW_ZERO),
        ("-30", "30", None),
        ("-24.5", "24", PartFault.BELOW_ZERO),
        ("6.5", "24", PartFault.ABOVE_MAXIMUM),
        ("6", "24", None),
        ("-31", None, PartFault.BELOW_ZERO),
        ("-30", None, None),
        ("30.5", None, PartFault.ABOVE_MAXIMUM),
    ],
)
def test_an_adjustment_out_of_bounds_is_refused_and_never_cut_off(
    adjustment: str, group_mark: str | None, expected: PartFault | None
) -> None:
    part = Part(True, Decimal(adjustment), "one part only")
    assert part_fault(part, None if group_mark is None else Decimal(group_mark), Decimal(30)) is expected


# Groups

traits = st.tuples(
    st.sampled_from(["ML", "KE", "ZW", ""]),
    st.sampled_from(["female", "male", ""]),
    st.sampled_from(["ngo", "government"]),
)
crowds = st.lists(traits, max_size=40).map(lambda all_of: [Candidate(key, each) for key, each in enumerate(all_of)])


@given(people=crowds, count=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_everybody_is_placed_once_in_groups_of_even_size(people: list[Candidate], count: int, seed: int) -> None:
    placed = place_people(people, [[] for _ in range(count)], seed)
    assert Counter(person.key for group in placed for person in group) == Counter(person.key for person in people)
    sizes = [len(group) for group in placed]
    assert max(sizes) - min(sizes) <= 1


@given(people=crowds, seed=st.integers(0, 10**6), data=st.data())
def test_the_draw_does_not_depend_on_the_order_in_which_people_come(
    people: list[Candidate], seed: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(people))
    assert place_people(people, [[], [], []], seed) == place_people(shuffled, [[], [], []], seed)


def test_countries_and_sexes_are_mixed() -> None:
    kinds = [(country, sex, "ngo") for country in ("ML", "KE", "ZW") for sex in ("female", "male") for _ in range(3)]
    placed = place_people([Candidate(key, kind) for key, kind in enumerate(kinds)], [[], [], []], seed=1)
    for group in placed:
        assert Counter(person.traits[0] for person in group) == {"ML": 2, "KE": 2, "ZW": 2}
        assert Counter(person.traits[1] for person in group) == {"female": 3, "male": 3}


def test_another_number_gives_another_draw() -> None:
    people = [Candidate(key, ("ML", "female", "ngo")) for key in range(12)]
    draws = {tuple(tuple(p.key for p in g) for g in place_people(people, [[], [], []], seed)) for seed in range(5)}
    assert len(draws) > 1


def test_newcomers_fill_the_smallest_group_and_nobody_moves() -> None:
    there = [[Candidate(1, ("ML", "", "")), Candidate(2, ("ML", "", ""))], []]
    placed = place_people([Candidate(3, ("KE", "", "")), Candidate(4, ("KE", "", ""))], there, seed=1)
    assert [len(group) for group in placed] == [0, 2]


def test_without_a_group_nobody_can_be_placed() -> None:
    with pytest.raises(ValueError, match="no group"):
        place_people([Candidate(1, ())], [], seed=1)


@pytest.mark.parametrize(
    ("nominations", "members", "expected"),
    [
        ({}, {1, 2, 3}, None),
        ({1: 2}, {1, 2, 3}, None),
        ({1: 2, 3: 2}, {1, 2, 3}, 2),
        ({1: 2, 2: 1}, {1, 2}, None),
        ({1: 2, 3: 2, 4: 2}, {1, 2}, None),
        ({1: 9, 2: 9, 3: 9}, {1, 2, 3}, None),
        ({1: 1}, {1}, 1),
    ],
)
def test_more_than_half_of_the_present_members_choose(
    nominations: dict[int, int], members: set[int], expected: int | None
) -> None:
    assert elected_ambassador(nominations, members) == expected


def test_votes_of_people_who_left_do_not_count() -> None:
    assert votes_for({1: 2, 3: 2, 2: 3}, {1, 2}) == {2: 1}


@pytest.mark.parametrize(
    ("ambassador", "deputy", "members", "expected"),
    [(1, 2, {1, 2, 3}, (1, 2)), (1, 2, {2, 3}, (2,)), (1, None, {2, 3}, ()), (None, None, {1}, ())],
)
def test_rights_pass_to_the_deputy_when_the_ambassador_leaves(
    ambassador: int | None, deputy: int | None, members: set[int], expected: tuple[int, ...]
) -> None:
    assert speakers(ambassador, deputy, members) == expected
