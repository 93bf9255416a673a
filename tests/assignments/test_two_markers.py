"""Two and three markers of the same work: what they come to, what they may see, and what reaches the gradebook."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.assignments.assessments import Allocation, Assessment
from lms.assignments.domain.agreement import (
    Finding,
    MarkerRole,
    RoleFault,
    SecondMarking,
    agreed_scores,
    agreement_of,
    compare,
    role_fault,
)
from lms.assignments.models import Submission
from lms.assignments.queries.assessments import find_assessment, markings_of
from lms.assignments.queries.marking import QueueState, marking_queue, own_counts, waiting_counts
from lms.assignments.services.allocating import allocate, set_scheme, take_on
from lms.assignments.services.marking import save_marking
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.courses.models import Enrolment
from lms.grading.services import release_items
from tests.assignments.making import ESSAY, ESSAY_OPEN, TEAMWORK, assignment, essay_of, finish, full_marking, ledger
from tests.factories import Cast, enrol, make_person, rubric

FIRST, SECOND, THIRD, AGREED = MarkerRole
halves = st.integers(0, 80).map(lambda n: Decimal(n) / 2)
FIVE = Decimal(5)


# The rule


@pytest.mark.parametrize(
    ("first", "second", "third", "expected"),
    [
        ("30", None, None, Finding()),
        (None, "30", None, Finding()),
        ("30", "30", None, Finding((FIRST, SECOND))),
        ("30", "34.5", None, Finding((FIRST, SECOND))),
        ("30", "35", None, Finding((FIRST, SECOND))),
        ("30", "35.5", None, Finding(needs_third=True)),
        ("20", "30", "29", Finding((SECOND, THIRD))),
        ("20", "30", "21", Finding((FIRST, THIRD))),
        ("20", "30", "40", Finding((SECOND, THIRD))),
        ("20", "30", "25", Finding((SECOND, THIRD))),
        ("20", "26", "40", Finding((FIRST, SECOND))),
    ],
)
def test_two_marks_agree_or_a_third_decides(
    first: str | None, second: str | None, third: str | None, expected: Finding
) -> None:
    """Edge case 12: a difference of more than N points needs a third mark; of equally close pairs the higher counts."""
    given_marks = {FIRST: first, SECOND: second, THIRD: third}
    totals = {role: Decimal(points) for role, points in given_marks.items() if points is not None}
    assert compare(totals, FIVE) == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=4, max_size=4))
def test_the_mean_keeps_half_points_and_its_parts_add_up(pairs: list[tuple[int, int]]) -> None:
    """Edge case 12: the mean of two markings is exact to 0.01, criterion by criterion and together."""
    criteria = rubric("e", 4)
    one = {c.key: Decimal(pair[0]) / 2 for c, pair in zip(criteria, pairs, strict=True)}
    other = {c.key: Decimal(pair[1]) / 2 for c, pair in zip(criteria, pairs, strict=True)}
    agreed = agreed_scores(criteria, one, other)
    assert sum(agreed.values()) == (sum(one.values()) + sum(other.values())) / 2
    assert all(points == points.quantize(Decimal("0.01")) for points in agreed.values())
    assert all(min(one[key], other[key]) <= points <= max(one[key], other[key]) for key, points in agreed.items())


@given(first=halves, second=halves, third=halves)
def test_the_pair_that_counts_is_a_closest_one_whoever_marked_first(
    first: Decimal, second: Decimal, third: Decimal
) -> None:
    def mark(*totals: Decimal) -> Decimal | None:
        by_role = dict(zip((FIRST, SECOND, THIRD), totals, strict=True))
        pair = compare(by_role, Decimal(0)).pair
        return None if pair is None else (by_role[pair[0]] + by_role[pair[1]]) / 2

    if len({first, second, third}) == 3:
        assert mark(first, second, third) == mark(third, first, second) == mark(second, third, first)


def test_a_partial_marking_cannot_be_averaged() -> None:
    criteria = rubric("e", 2)
    with pytest.raises(ValueError, match="e2"):
        agreed_scores(criteria, {"e1": Decimal(5), "e2": Decimal(5)}, {"e1": Decimal(5)})


@pytest.mark.parametrize(
    ("role", "markers", "allocated", "expected"),
    [
        (FIRST, {}, {}, None),
        (FIRST, {FIRST: 2}, {}, None),
        (SECOND, {}, {}, RoleFault.NOT_ASKED),
        (SECOND, {FIRST: 2}, {SECOND: None}, None),
        (SECOND, {FIRST: 1}, {SECOND: None}, RoleFault.MARKED_BEFORE),
        (SECOND, {FIRST: 2}, {SECOND: 3}, RoleFault.SOMEBODY_ELSES),
        (SECOND, {FIRST: 2, SECOND: 3}, {SECOND: None}, RoleFault.SOMEBODY_ELSES),
        (FIRST, {FIRST: 2}, {SECOND: None}, RoleFault.SOMEBODY_ELSES),
        (THIRD, {FIRST: 2, SECOND: 3}, {SECOND: 3, THIRD: None}, None),
        (THIRD, {FIRST: 2, SECOND: 1}, {SECOND: 1, THIRD: None}, RoleFault.MARKED_BEFORE),
        (AGREED, {}, {}, RoleFault.NOT_AGREED_YET),
    ],
)
def test_nobody_marks_the_same_work_twice(
    role: MarkerRole, markers: dict[MarkerRole, int], allocated: dict[MarkerRole, int | None], expected: Any
) -> None:
    assert role_fault(role, 1, markers=markers, allocated=allocated, is_agreed=False) is expected


def test_agreement_is_counted_and_averages_wait_for_five_pairs() -> None:
    pairs = [(Decimal(a), Decimal(b)) for a, b in ((30, 30), (30, 31), (30, 29), (20, 26))]
    few = agreement_of(pairs, FIVE)
    assert (few.pairs, few.exact, few.within_one, few.too_far) == (4, 1, 3, 1)
    assert few.mean_apart is few.mean_lean is None
    more = agreement_of([*pairs, (Decimal(10), Decimal("10.5"))], FIVE)
    assert (more.mean_apart, more.mean_lean) == (Decimal("1.7"), Decimal("1.3"))


# In the house


@pytest.fixture
def second_tutor(cast: Cast, now: Any) -> str:
    """A second and a third tutor of R1 by name."""
    for name in ("second_tutor", "third_tutor"):
        person = make_person(name.replace("_", " ").title(), now)
        cast.people[name] = person.id
        cast.enrolments[name] = enrol(person, cast.edition, "tutor", now).id
    db.session.commit()
    return "second_tutor"


@pytest.fixture
def essay(cast: Cast, second_tutor: str) -> Submission:
    """An essay that is marked by two."""
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    set_scheme(
        cast.member("coordinator"), assignment(cast), second=SecondMarking.ALL, third_from=FIVE, is_anonymous=False,
        now=ESSAY_OPEN,
    )  # fmt: skip
    return submission


def mark_as(cast: Cast, name: str, submission: Submission, role: MarkerRole, points: str, **values: Any) -> Any:
    return save_marking(
        cast.member(name), submission_id=submission.id, marking=full_marking(submission, points),
        revision=values.pop("revision", 0), now=ESSAY_OPEN, role=role, is_finished=values.pop("is_finished", True), **values,
    )  # fmt: skip


def test_one_of_two_marks_counts_for_nobody_and_two_that_agree_make_their_mean(cast: Cast, essay: Submission) -> None:
    """Edge case 12: half points stay in the mean: 7.5 and 8 on each of four criteria give 31.00."""
    mark_as(cast, "tutor", essay, FIRST, "7.5")
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted"]
    assert find_assessment(essay.id) is None
    mark_as(cast, "second_tutor", essay, SECOND, "8")
    entry = ledger(cast, "participant")[-1]
    assert (entry.state, entry.points) == ("marked", Decimal("31.00"))
    assert [line["points"] for line in entry.basis["rubric"]] == ["7.75"] * 4
    agreed = find_assessment(essay.id)
    assert agreed is not None
    assert agreed.scores[0].comment == "Well argued\n\nWell argued"


def test_two_that_lie_too_far_apart_wait_for_a_third_whose_closest_pair_counts(cast: Cast, essay: Submission) -> None:
    """Edge case 12: 24 and 36 differ by more than 5 points, so a third is asked for; 36 and 34 make the mark."""
    mark_as(cast, "tutor", essay, FIRST, "6")
    mark_as(cast, "second_tutor", essay, SECOND, "9")
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted"]
    assert MarkerRole.THIRD in markings_of(essay).allocated
    with pytest.raises(RuleViolation, match="second person"):
        mark_as(cast, "tutor", essay, THIRD, "7")
    mark_as(cast, "third_tutor", essay, THIRD, "8.5")
    assert ledger(cast, "participant")[-1].points == Decimal("35.00")


def test_whoever_marked_first_cannot_mark_second(cast: Cast, essay: Submission) -> None:
    mark_as(cast, "tutor", essay, FIRST, "7")
    with pytest.raises(RuleViolation, match="second person"):
        mark_as(cast, "tutor", essay, SECOND, "9")
    with pytest.raises(RuleViolation, match="somebody else"):
        mark_as(cast, "second_tutor", essay, FIRST, "9")


def test_the_second_does_not_see_the_first_until_finished(
    cast: Cast, essay: Submission, as_role: Any, set_now: Any
) -> None:
    set_now(ESSAY_OPEN)
    mark_as(cast, "tutor", essay, FIRST, "6.5")
    address = f"/editions/R1/marking/{essay.id}"
    browser = as_role("second_tutor")
    page = browser.get(f"{address}/second")
    assert page.status_code == 200
    assert "6.5" not in page.text
    others = browser.get(f"{address}/first")
    assert "6.5" not in others.text
    assert "Somebody else marks this work." in others.text
    assert "All markings" not in page.text
    mark_as(cast, "second_tutor", essay, SECOND, "7")
    page = browser.get(f"{address}/second").text
    assert "All markings" in page
    assert "26.00" in page
    assert "27.00" in page


def test_a_coordinator_without_a_part_sees_no_points_until_everybody_has_finished(
    cast: Cast, essay: Submission, as_role: Any, set_now: Any
) -> None:
    """Edge case 12: they could take the second marking, or the third, and must come to it as blind as anybody."""
    set_now(ESSAY_OPEN)
    mark_as(cast, "tutor", essay, FIRST, "6.5")
    browser, address = as_role("coordinator"), f"/editions/R1/marking/{essay.id}"
    moderation = f"/editions/R1/assignments/{ESSAY}/moderation"
    for page in (f"{address}/first", address, f"{address}/second", moderation):
        shown = browser.get(page)
        assert shown.status_code == 200
        assert "6.5" not in shown.text, page
        assert "26.00" not in shown.text, page
    assert "once all have finished" in browser.get(f"{address}/first").text
    mark_as(cast, "second_tutor", essay, SECOND, "9")
    assert MarkerRole.THIRD in markings_of(essay).allocated
    for page in (f"{address}/first", f"{address}/second", f"{address}/third", moderation):
        text = browser.get(page).text
        assert "26.00" not in text, page
        assert "36.00" not in text, page
    mark_as(cast, "coordinator", essay, MarkerRole.THIRD, "8.5")
    assert "26.00" in browser.get(f"{address}/third").text
    assert "34.00" in browser.get(moderation).text


def test_a_changed_marking_changes_the_agreed_mark_with_its_reason(cast: Cast, essay: Submission) -> None:
    mark_as(cast, "tutor", essay, FIRST, "7")
    mark_as(cast, "second_tutor", essay, SECOND, "8")
    mark_as(cast, "tutor", essay, FIRST, "7.5", revision=1, reason="added up wrongly")
    lines = [(entry.points, entry.reason) for entry in ledger(cast, "participant")]
    assert lines[1:] == [(Decimal("30.00"), ""), (Decimal("31.00"), "added up wrongly")]


def test_an_agreed_mark_that_people_set_stands_against_the_computed_one(cast: Cast, essay: Submission) -> None:
    mark_as(cast, "tutor", essay, FIRST, "7")
    mark_as(cast, "second_tutor", essay, SECOND, "8")
    mark_as(cast, "coordinator", essay, AGREED, "8.25", revision=1, reason="talked it over")
    assert ledger(cast, "participant")[-1].points == Decimal("33.00")
    mark_as(cast, "tutor", essay, FIRST, "7.5", revision=1, reason="second thoughts")
    assert ledger(cast, "participant")[-1].points == Decimal("33.00")


def test_a_partial_second_marking_is_a_draft_and_nothing_is_released(cast: Cast, essay: Submission) -> None:
    """Edge case 8: a partial rubric is a draft; a release shows nothing of it and tells nobody."""
    mark_as(cast, "tutor", essay, FIRST, "7")
    marking = full_marking(essay, "8")
    partial = type(marking)({**marking.scores, "e4": None}, marking.comments, marking.comment, {})
    save_marking(
        cast.member("second_tutor"), submission_id=essay.id, marking=partial, revision=0, now=ESSAY_OPEN, role=SECOND
    )
    assert release_items(cast.member("tutor"), item_keys=[ESSAY], now=ESSAY_OPEN) == 0
    assert find_assessment(essay.id) is None
    with pytest.raises(RuleViolation, match="every criterion"):
        save_marking(
            cast.member("second_tutor"), submission_id=essay.id, marking=partial, revision=1, now=ESSAY_OPEN,
            role=SECOND, is_finished=True,
        )  # fmt: skip


def test_a_mark_after_the_release_tells_its_person_once(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    release_items(cast.member("tutor"), item_keys=[ESSAY], now=ESSAY_OPEN)

    def told() -> int:
        return len(db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "marks_released")).all())

    assert told() == 0
    finish(cast, submission, ESSAY_OPEN, "7")
    assert told() == 1
    finish(cast, submission, ESSAY_OPEN, "8", revision=1, reason="added up wrongly")
    assert told() == 1


def test_the_queue_counts_what_is_mine_and_leaves_out_what_i_marked(cast: Cast, essay: Submission) -> None:
    actor, task = cast.member("coordinator"), assignment(cast)
    allocate(actor, task, submission_id=essay.id, role=SECOND, marker_id=cast.people["second_tutor"], now=ESSAY_OPEN)
    assert own_counts(cast.member("second_tutor")) == {task.id: 1}
    mark_as(cast, "tutor", essay, FIRST, "7")
    assert [row.role for row in marking_queue(cast.member("tutor"))] == [FIRST]
    rows = {row.role: row for row in marking_queue(cast.member("second_tutor"))}
    assert rows[SECOND].state is QueueState.WAITING
    assert not rows[FIRST].is_open_to_actor
    assert [(one.waiting, one.draft, one.finished) for one in waiting_counts(cast.edition.id)][1] == (0, 1, 0)
    mark_as(cast, "second_tutor", essay, SECOND, "8")
    assert own_counts(cast.member("second_tutor")) == {}
    assert [(one.waiting, one.draft, one.finished) for one in waiting_counts(cast.edition.id)][1] == (0, 0, 1)


def test_the_page_says_how_much_waits_for_whoever_reads_it(cast: Cast, essay: Submission, as_role: Any) -> None:
    """A second marking that was another's to make was called the reader's too."""
    actor, task = cast.member("coordinator"), assignment(cast)
    allocate(actor, task, submission_id=essay.id, role=SECOND, marker_id=cast.people["second_tutor"], now=ESSAY_OPEN)
    db.session.commit()
    one = "1 piece of work waits for you."
    assert one in as_role("tutor").get("/editions/R1/marking").text
    mark_as(cast, "tutor", essay, FIRST, "7")
    db.session.commit()
    for name in ("tutor", "coordinator"):
        page = as_role(name).get("/editions/R1/marking").text
        assert one not in page
        assert "Nothing waits for you: what is open is with other markers." in page
    for asked in ("", "?show=finished", f"?assignment={TEAMWORK}"):
        assert one in as_role("second_tutor").get(f"/editions/R1/marking{asked}").text
    mark_as(cast, "second_tutor", essay, SECOND, "8")
    db.session.commit()
    assert "Nothing waits to be marked." in as_role("second_tutor").get("/editions/R1/marking").text


def test_a_second_marker_of_one_work_leaves_the_others_marked_once(cast: Cast) -> None:
    drawn, single = (essay_of(cast, name, ESSAY_OPEN) for name in ("participant", "other_participant"))
    finish(cast, single, ESSAY_OPEN, "7")
    db.session.add(
        Allocation(
            assignment_id=drawn.assignment_id, enrolment_id=drawn.enrolment_id, role=SECOND, why="sample",
            allocated_at=ESSAY_OPEN,
        )
    )  # fmt: skip
    db.session.flush()
    assert [(one.waiting, one.draft, one.finished) for one in waiting_counts(cast.edition.id)][1] == (1, 0, 1)


def test_an_allocation_follows_the_work_to_its_next_version(cast: Cast, essay: Submission) -> None:
    take_on(cast.member("tutor"), assignment(cast), submission_id=essay.id, role=FIRST, now=ESSAY_OPEN)
    again = essay_of(cast, "participant", ESSAY_OPEN, body="once more " * 800)
    row = next(one for one in marking_queue(cast.member("tutor")) if one.role is FIRST)
    assert (row.submission_id, row.marker_id) == (again.id, cast.people["tutor"])


@pytest.mark.parametrize("name", ["tutor", "participant", "sponsor_viewer"])
def test_only_coordinators_say_how_work_is_marked_and_by_whom(cast: Cast, essay: Submission, name: str) -> None:
    actor, task = cast.member(name), assignment(cast)
    with pytest.raises(NotAllowed):
        set_scheme(actor, task, second=SecondMarking.NONE, third_from=FIVE, is_anonymous=False, now=ESSAY_OPEN)
    with pytest.raises(NotAllowed):
        allocate(actor, task, submission_id=essay.id, role=FIRST, marker_id=None, now=ESSAY_OPEN)


def test_nobody_of_another_edition_is_given_work(cast: Cast, essay: Submission) -> None:
    with pytest.raises(NotFound):
        allocate(
            cast.member("coordinator"), assignment(cast), submission_id=essay.id, role=FIRST,
            marker_id=cast.people["other_tutor"], now=ESSAY_OPEN,
        )  # fmt: skip


def test_marks_given_before_keep_counting_as_the_first(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    one = db.session.scalars(select(Assessment)).one()
    assert one.role == FIRST
    assert db.session.get_one(Enrolment, cast.enrolments["participant"])
    assert ledger(cast, "participant")[-1].points == Decimal("30.00")
