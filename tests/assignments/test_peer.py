"""Groups review each other, members rate each other's share: who is asked, what counts, and who reads what."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.assignments.domain.peer import (
    contribution_factor,
    in_lots,
    mean_step,
    missing_reviews,
    share_of,
    stepping_in_from,
    suggested_adjustment,
)
from lms.assignments.domain.rubrics import Part
from lms.assignments.group_models import ContributionRating, PeerReview, PeerRound
from lms.assignments.jobs import run_rounds
from lms.assignments.models import Group, Submission
from lms.assignments.queries.peer import get_round, reviews_in
from lms.assignments.services.contributions import apply_suggestion, suggestions_for
from lms.assignments.services.groups import Move, move_people
from lms.assignments.services.peer import Answer, Incomplete, SavedReview, rate_contributions, save_review
from lms.assignments.services.peer_rounds import ask_for_reviews, list_rounds, top_up, write_round
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.courses.domain.content import ItemPlan, PeerCriterion, PeerPlan
from lms.courses.domain.schedule import Moment
from lms.courses.enrolling import withdraw
from lms.courses.hooks import Dated
from lms.grading.models import GradeItem
from lms.grading.queries.schemes import forget_schemes, get_scheme
from lms.grading.wording import reason_label
from tests.assignments.making import (
    GROUP_OPEN,
    TEAMWORK,
    assignment,
    docx,
    finish,
    ledger,
    make_group,
    teamwork_of,
    upload,
    write,
)
from tests.factories import Cast, both, enrol, make_edition, make_person, make_release, small_course

AsRole = Callable[[str], Any]
SetNow = Callable[..., None]
OPENS = datetime(2026, 4, 3, 6, 0, tzinfo=UTC)
DURING = datetime(2026, 4, 4, 9, 0, tzinfo=UTC)
CLOSES = datetime(2026, 4, 8, 21, 59, tzinfo=UTC)
AFTER = datetime(2026, 4, 8, 22, 0, tzinfo=UTC)
PEER = f"/editions/R1/assignments/{TEAMWORK}/peer"
CRITERIA = ("clear", "useful", "honest")

# Who reviews whom

groups = st.integers(1, 12).map(lambda count: list(range(1, count + 1)))


@given(groups, st.integers(1, 5), st.integers(0, 10**6))
def test_everybody_reviews_and_is_reviewed_as_often_as_wanted_and_never_itself(
    all_groups: list[int], wanted: int, seed: int
) -> None:
    pairs = missing_reviews(all_groups, wanted, [], [], seed)
    often = min(wanted, len(all_groups) - 1)
    assert all(reviewer != reviewed for reviewer, reviewed in pairs)
    assert len(set(pairs)) == len(pairs)
    assert Counter(reviewed for _reviewer, reviewed in pairs) == Counter({g: often for g in all_groups if often})
    assert Counter(reviewer for reviewer, _reviewed in pairs) == Counter({g: often for g in all_groups if often})


@given(groups, st.integers(1, 4), st.data())
def test_edge_case_33_a_top_up_gives_everybody_enough_reviewers_who_answer(
    all_groups: list[int], wanted: int, data: st.DataObject
) -> None:
    """Edge case 33: odd numbers, groups that stay silent, groups that hand in late."""
    early = data.draw(st.lists(st.sampled_from(all_groups), unique=True))
    silent = set(data.draw(st.lists(st.sampled_from(all_groups), unique=True)))
    asked = missing_reviews(early, wanted, [], [], 7)
    more = missing_reviews(all_groups, wanted, asked, silent, 7)
    together = asked + more
    assert len(set(together)) == len(together)
    assert all(reviewer != reviewed for reviewer, reviewed in together)
    assert not {reviewer for reviewer, _reviewed in more} & silent
    for reviewed in all_groups:
        answering = [one for one, other in together if other == reviewed and one not in silent]
        assert len(answering) >= min(wanted, len([one for one in all_groups if one not in silent and one != reviewed]))


@given(groups, st.integers(1, 4), st.integers(0, 99))
def test_asking_again_asks_for_nothing_twice(all_groups: list[int], wanted: int, seed: int) -> None:
    asked = missing_reviews(all_groups, wanted, [], [], seed)
    assert missing_reviews(all_groups, wanted, asked, [], seed) == []
    assert asked == missing_reviews(list(reversed(all_groups)), wanted, [], [], seed)


# What reviews add up to

steps = st.integers(1, 5)


def test_missing_reviews_count_for_nothing() -> None:
    assert mean_step([]) is None
    assert mean_step([4]) == 4
    assert mean_step([4, 5, 5]) == Fraction(14, 3)
    assert share_of([], CRITERIA, 5) is None


@pytest.mark.parametrize(
    ("said", "expected"), [((1, 1, 1), 0), ((5, 5, 5), 1), ((3, 3, 3), Fraction(1, 2)), ((5, 1, 3), Fraction(1, 2))]
)
def test_the_share_runs_from_the_lowest_to_the_highest_step(said: tuple[int, int, int], expected: Any) -> None:
    assert share_of([dict(zip(CRITERIA, said, strict=True))], CRITERIA, 5) == expected


@given(st.lists(st.tuples(steps, steps, steps), min_size=1, max_size=5))
def test_a_share_lies_between_the_best_and_the_worst_review(said: list[tuple[int, int, int]]) -> None:
    reviews = [dict(zip(CRITERIA, one, strict=True)) for one in said]
    each = [share_of([review], CRITERIA, 5) for review in reviews]
    share = share_of(reviews, CRITERIA, 5)
    assert share is not None
    assert min(one for one in each if one is not None) <= share <= max(one for one in each if one is not None)


def test_the_order_of_reviews_does_not_follow_who_wrote_them() -> None:
    assert any(in_lots(seed, [1, 2, 3, 4]) != [1, 2, 3, 4] for seed in range(5))
    assert in_lots(3, [1, 2, 3]) == in_lots(3, [3, 1, 2])


# Contributions


@pytest.mark.parametrize(
    ("ratings", "factor"),
    [
        ([], None),
        ([1], None),
        ([5, 5], "1.10"),
        ([3, 3, 3], "1.00"),
        ([1, 1], "0.80"),
        ([2, 2, 5], "0.90"),
        ([1, 2], "0.85"),
        ([3, 4], "1.025"),
        ([2, 4], "1.00"),
        ([1, 3, 3, 3], "1.00"),
    ],
)
def test_the_median_suggests_the_factor(ratings: list[int], factor: str | None) -> None:
    assert contribution_factor(ratings) == (None if factor is None else Decimal(factor))


@given(st.lists(steps, min_size=2, max_size=7), st.data())
def test_a_kinder_word_never_lowers_anybody_and_the_factor_stays_in_bounds(
    ratings: list[int], data: st.DataObject
) -> None:
    factor = contribution_factor(ratings)
    place = data.draw(st.integers(0, len(ratings) - 1))
    kinder = [min(5, rating + 1) if number == place else rating for number, rating in enumerate(ratings)]
    raised = contribution_factor(kinder)
    assert factor is not None
    assert raised is not None
    assert Decimal("0.80") <= factor <= raised <= Decimal("1.10")


halves = st.integers(0, 60).map(lambda half: Decimal(half) / 2)


@given(halves, st.sampled_from(["0.80", "0.85", "0.90", "0.95", "1.00", "1.025", "1.05", "1.10"]))
def test_a_suggestion_is_in_half_points_and_keeps_the_mark_in_bounds(mark: Decimal, factor: str) -> None:
    suggestion = suggested_adjustment(mark, Decimal(30), Decimal(factor))
    assert suggestion % Decimal("0.5") == 0
    assert 0 <= mark + suggestion <= 30
    # In the member's favour: never less than the factor says, unless the maximum is reached.
    assert mark + suggestion >= min(mark * Decimal(factor), Decimal(30))


def test_a_suggestion_of_one_is_no_change() -> None:
    assert suggested_adjustment(Decimal("22.5"), Decimal(30), Decimal("1.00")) == 0
    assert suggested_adjustment(Decimal("22.5"), Decimal(30), Decimal("0.90")) == Decimal("-2.0")


# Three groups that have handed in


def with_peer(cast: Cast, **values: Any) -> PeerRound:
    """The group work with peer assessment."""
    task = assignment(cast, TEAMWORK)
    steps_named = [both(name) for name in ("Not yet", "A little", "Partly", "Mostly", "Fully")]
    peer = {
        "opens": "day 33 08:00", "closes": "day 38 23:59", "scale": steps_named, "reviews": 1,
        "criteria": [{"key": key, "title": both(key.title())} for key in CRITERIA], **values,
    }  # fmt: skip
    task.document = {**task.document, "peer": peer}
    one = PeerRound(assignment_id=task.id, opens_at=OPENS, closes_at=CLOSES, seed=1)
    db.session.add(one)
    db.session.flush()
    return one


@pytest.fixture
def one(cast: Cast) -> PeerRound:
    """Three groups: one of two people, one of one, and one of newcomers that has handed in nothing."""
    found = with_peer(cast)
    make_group(cast, "participant", "other_participant", name="One", ambassador="participant")
    make_group(cast, "third_participant", name="Two", ambassador="third_participant")
    make_group(cast, name="Empty")
    for name in ("participant", "third_participant"):
        teamwork_of(cast, name, GROUP_OPEN)
    return found


@pytest.fixture
def asked(cast: Cast, one: PeerRound) -> dict[str, PeerReview]:
    """The reviews, by the name of the group that is asked."""
    ask_for_reviews(one, DURING)
    return {review.reviewer.name: review for review in reviews_in(one.assignment_id)}


def full(step: int = 4) -> dict[str, Answer]:
    """The same step on every criterion."""
    return {key: Answer(step, "Because") for key in CRITERIA}


def review_as(cast: Cast, name: str, review: PeerReview, **values: Any) -> SavedReview:
    """Save a review as this person."""
    given = {"answers": full(), "comment": "", "revision": review.revision, "now": DURING} | values
    return save_review(cast.member(name), review_id=review.id, **given)


def test_only_what_was_handed_in_is_reviewed_and_only_by_who_handed_in(
    cast: Cast, asked: dict[str, PeerReview]
) -> None:
    assert {(one.reviewer.name, one.reviewed.name) for one in asked.values()} == {("One", "Two"), ("Two", "One")}


def test_the_database_knows_no_group_that_reviews_itself(cast: Cast, asked: dict[str, PeerReview]) -> None:
    asked["One"].reviewed_id = asked["One"].reviewer_id
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_the_job_asks_while_the_round_runs_and_only_once(
    app: Flask, cast: Cast, one: PeerRound, set_now: SetNow
) -> None:
    task_id = one.assignment_id

    def count_at(now: datetime) -> int:
        set_now(now)
        db.session.commit()
        run_rounds(app)
        return len(reviews_in(task_id))

    assert count_at(OPENS - timedelta(minutes=1)) == 0
    assert count_at(OPENS) == 2
    assert count_at(DURING) == 2
    assert count_at(AFTER) == 2
    assert db.session.get_one(PeerRound, task_id).posted_at == AFTER


def test_edge_case_33_a_group_that_hands_in_late_is_reviewed_too(
    cast: Cast, one: PeerRound, asked: dict[str, PeerReview]
) -> None:
    """Edge case 33: who hands in after the first round of asking is reviewed and reviews."""
    person = make_person("Late Comer", GROUP_OPEN)
    late = enrol(person, cast.edition, "participant", GROUP_OPEN)
    cast.people["late"], cast.enrolments["late"] = person.id, late.id
    move_people(
        cast.member("coordinator"),
        [Move(late.id, None, db.session.scalars(select(Group.id).where(Group.name == "Empty")).one())],
        now=GROUP_OPEN,
    )
    db.session.scalars(select(Group).where(Group.name == "Empty")).one().ambassador_id = late.id
    teamwork_of(cast, "late", DURING)
    assert ask_for_reviews(one, DURING) == 1
    assert Counter(review.reviewed.name for review in reviews_in(one.assignment_id))["Empty"] == 1


def test_edge_case_33_a_group_that_everybody_has_left_is_asked_for_nothing(cast: Cast, one: PeerRound) -> None:
    """Edge case 33: withdrawals leave no review that never comes."""
    withdraw(cast.member("coordinator"), cast.enrolments["third_participant"], "moved away", GROUP_OPEN)
    ask_for_reviews(one, DURING)
    assert [(review.reviewer.name, review.reviewed.name) for review in reviews_in(one.assignment_id)] == [
        ("One", "Two")
    ]


def test_a_review_that_nobody_has_begun_is_about_the_latest_version(
    cast: Cast, one: PeerRound, asked: dict[str, PeerReview]
) -> None:
    first = asked["One"].submission_id
    newer = Submission(
        assignment_id=one.assignment_id, group_id=asked["One"].reviewed_id, number=2, submitted_at=DURING,
        word_count=1, digest="0" * 64,
    )  # fmt: skip
    db.session.add(newer)
    db.session.flush()
    ask_for_reviews(one, DURING)
    assert asked["One"].submission_id == newer.id != first


def test_any_member_writes_and_the_ambassador_confirms(cast: Cast, asked: dict[str, PeerReview]) -> None:
    review = asked["One"]
    saved = review_as(cast, "other_participant", review, answers={"clear": Answer(3)})
    assert (saved.is_conflict, saved.review.revision, saved.review.confirmed_at) == (False, 1, None)
    with pytest.raises(NotAllowed):
        review_as(cast, "other_participant", review, is_confirmed=True)
    with pytest.raises(Incomplete):
        review_as(cast, "participant", review, answers={"clear": Answer(3)}, is_confirmed=True)
    assert review_as(cast, "participant", review, is_confirmed=True).review.confirmed_at == DURING
    assert review_as(cast, "other_participant", review, answers=full(2)).review.confirmed_at is None


def test_two_who_write_at_once_lose_nothing(cast: Cast, asked: dict[str, PeerReview]) -> None:
    review = asked["One"]
    review_as(cast, "participant", review, answers=full(5))
    second = review_as(cast, "other_participant", review, answers=full(1), revision=0)
    assert second.is_conflict
    assert second.review.answers["clear"]["step"] == 5


def test_a_group_reads_and_writes_only_the_reviews_that_it_was_asked_for(
    cast: Cast, asked: dict[str, PeerReview]
) -> None:
    for name in ("third_participant", "outsider"):
        with pytest.raises(NotFound):
            review_as(cast, name, asked["One"])
    with pytest.raises(NotAllowed):
        review_as(cast, "tutor", asked["One"])


@pytest.mark.parametrize("now", [OPENS - timedelta(seconds=1), AFTER])
def test_reviews_are_written_while_the_round_runs(cast: Cast, asked: dict[str, PeerReview], now: datetime) -> None:
    with pytest.raises(RuleViolation):
        review_as(cast, "participant", asked["One"], now=now)
    with pytest.raises(RuleViolation):
        rate_contributions(cast.member("participant"), assignment_key=TEAMWORK, ratings={}, now=now)


def test_a_step_outside_the_scale_is_refused(cast: Cast, asked: dict[str, PeerReview]) -> None:
    with pytest.raises(RuleViolation):
        review_as(cast, "participant", asked["One"], answers=full(6))


def all_but_one_confirm(cast: Cast, one: PeerRound) -> PeerReview:
    """Three groups are asked and confirm what they were asked, all but the group Two; its review."""
    person = make_person("Fourth", GROUP_OPEN)
    cast.people["fourth"] = person.id
    cast.enrolments["fourth"] = enrol(person, cast.edition, "participant", GROUP_OPEN).id
    make_group(cast, "fourth", name="Three", ambassador="fourth")
    teamwork_of(cast, "fourth", GROUP_OPEN)
    ask_for_reviews(one, DURING)
    names = {"One": "participant", "Two": "third_participant", "Three": "fourth"}
    reviews = reviews_in(one.assignment_id)
    silent = next(review for review in reviews if review.reviewer.name == "Two")
    for review in reviews:
        if review.id != silent.id:
            review_as(cast, names[review.reviewer.name], review, is_confirmed=True)
    return silent


def test_a_top_up_asks_only_groups_that_have_done_theirs(cast: Cast, one: PeerRound) -> None:
    silent = all_but_one_confirm(cast, one)
    assert top_up(cast.member("tutor"), TEAMWORK, DURING) == 1
    extra = reviews_in(one.assignment_id)[-1]
    assert extra.is_top_up
    assert extra.reviewed_id == silent.reviewed_id
    assert extra.reviewer.name != "Two"
    assert top_up(cast.member("tutor"), TEAMWORK, DURING) == 0
    assert top_up(cast.member("tutor"), TEAMWORK, DURING + timedelta(hours=23)) == 0
    with pytest.raises(NotAllowed):
        top_up(cast.member("participant"), TEAMWORK, DURING)
    with pytest.raises(RuleViolation):
        top_up(cast.member("tutor"), TEAMWORK, AFTER)


def test_edge_case_33_towards_the_end_others_are_asked_by_themselves_once(
    app: Flask, cast: Cast, one: PeerRound, set_now: SetNow
) -> None:
    """Edge case 33: everybody is reviewed by top-up, without a tutor who thinks of it; a group never reviews itself."""
    silent = all_but_one_confirm(cast, one)
    db.session.commit()
    asked_before = len(reviews_in(one.assignment_id))
    begins = stepping_in_from(one.opens_at, one.closes_at)
    set_now(begins - timedelta(minutes=1))
    db.session.commit()  # the job writes in a transaction of its own
    run_rounds(app)
    assert len(reviews_in(one.assignment_id)) == asked_before
    for minutes in (0, 1, 60):
        set_now(begins + timedelta(minutes=minutes))
        db.session.commit()
        run_rounds(app)
    extra = reviews_in(one.assignment_id)[asked_before:]
    assert [(review.is_top_up, review.reviewed_id) for review in extra] == [(True, silent.reviewed_id)]
    assert extra[0].reviewer_id not in (silent.reviewer_id, silent.reviewed_id)
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "peer reviews topped up")).all()
    assert event.actor_id is None


def test_who_is_asked_for_a_review_is_told_by_mail_once(
    app: Flask, cast: Cast, one: PeerRound, set_now: SetNow
) -> None:
    all_but_one_confirm(cast, one)
    db.session.commit()
    letters = select(OutboxMessage).where(OutboxMessage.template == "peer_reviews_asked")
    assert [letter.context["count"] for letter in db.session.scalars(letters)] == [1, 1, 1]
    for _time in range(2):
        set_now(one.closes_at - timedelta(hours=1))
        db.session.commit()
        run_rounds(app)
    (letter,) = [one for one in db.session.scalars(letters) if one.context["is_top_up"]]
    for language in ("en", "fr"):
        letter.language = language
        with app.test_request_context():
            assert f"/editions/R1/assignments/{TEAMWORK}/peer" in compose(letter).get_content()


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), st.timedeltas(timedelta(minutes=1), timedelta(days=60))
)  # fmt: skip
def test_others_step_in_during_the_round_and_never_in_its_first_half(opens_at: datetime, span: timedelta) -> None:
    begins = stepping_in_from(opens_at, opens_at + span)
    assert opens_at + span / 2 <= begins < opens_at + span
    assert opens_at + span - begins <= timedelta(hours=48)


# Contributions, kept


def test_members_of_the_roster_rate_each_other_and_never_themselves(cast: Cast, one: PeerRound) -> None:
    mine, other, third = (cast.enrolments[name] for name in ("participant", "other_participant", "third_participant"))

    def rate(name: str, ratings: dict[int, int]) -> None:
        rate_contributions(cast.member(name), assignment_key=TEAMWORK, ratings=ratings, now=DURING)

    rate("participant", {other: 2})
    rate("participant", {other: 4})
    assert db.session.scalars(select(ContributionRating.rating)).all() == [4]
    for ratings in ({mine: 5}, {third: 3}):
        with pytest.raises(NotFound):
            rate("participant", ratings)
    with pytest.raises(RuleViolation):
        rate("participant", {other: 6})
    with pytest.raises(NotFound):
        rate_contributions(cast.member("outsider"), assignment_key=TEAMWORK, ratings={mine: 3}, now=DURING)


# Points, only where the scheme says so


def test_without_an_item_of_its_own_peer_assessment_posts_nothing(
    app: Flask, cast: Cast, one: PeerRound, asked: dict[str, PeerReview], set_now: SetNow
) -> None:
    review_as(cast, "participant", asked["One"], is_confirmed=True)
    set_now(AFTER)
    before = len(ledger(cast, "third_participant", TEAMWORK))
    db.session.commit()
    run_rounds(app)
    assert len(ledger(cast, "third_participant", TEAMWORK)) == before


def with_weight(cast: Cast, one: PeerRound) -> None:
    """The scheme gives the reviews 10 points of the group work's category."""
    version, _scheme = get_scheme(cast.edition.id)
    document = copy.deepcopy(version.document)
    category = document["items"][0]["category"]
    document["items"].append(
        {"key": "peer", "category": category, "kind": "peer", "title": both("Peer"), "maximum": "10", "required": False}
    )
    version.document = document
    db.session.add(GradeItem(edition_id=cast.edition.id, key="peer", kind="peer", due_at=one.closes_at, position=99))
    task = one.assignment
    task.document = {**task.document, "peer": {**task.document["peer"], "item": "peer"}}
    db.session.commit()
    forget_schemes()


def test_edge_case_33_where_reviews_earn_points_a_missing_one_lowers_nobody(
    app: Flask, cast: Cast, one: PeerRound, asked: dict[str, PeerReview], as_role: AsRole, set_now: SetNow
) -> None:
    """Edge case 33: whom nobody reviewed has the full points, with the reason; who was reviewed has what reviews say."""
    review_as(cast, "participant", asked["One"], answers=full(4), is_confirmed=True)
    with_weight(cast, one)
    set_now(AFTER)
    run_rounds(app)
    run_rounds(app)
    (reviewed,) = ledger(cast, "third_participant", "peer")
    assert (reviewed.points, reason_label(reviewed)) == (Decimal("7.50"), "By the reviews of other groups")
    for name in ("participant", "other_participant"):
        (unreviewed,) = ledger(cast, name, "peer")
        assert unreviewed.points == Decimal(10)
        assert reason_label(unreviewed) == "No group reviewed this work, so it has the full points"
    assert "No review came: it has the full points." in as_role("tutor").get(f"{PEER}/overview").text


def test_who_took_no_part_in_the_work_gets_nothing_for_its_reviews(
    app: Flask, cast: Cast, one: PeerRound, asked: dict[str, PeerReview], set_now: SetNow
) -> None:
    absent, present = cast.enrolments["other_participant"], cast.enrolments["participant"]
    parts = {present: Part(True, Decimal(0), ""), absent: Part(False, Decimal(0), "")}
    finish(cast, asked["Two"].submission, DURING, parts=parts)
    with_weight(cast, one)
    set_now(AFTER)
    run_rounds(app)
    assert ledger(cast, "other_participant", "peer") == []
    assert len(ledger(cast, "participant", "peer")) == 1


def test_a_new_edition_gets_the_rounds_of_its_course_with_its_own_dates(cast: Cast, now: datetime) -> None:
    plan = PeerPlan(
        Moment(33, 8, 0), Moment(38, 23, 59), (both("No"), both("Yes")),
        tuple(PeerCriterion(key, both(key)) for key in CRITERIA), item="peer",
    )  # fmt: skip
    content = small_course("peers")
    teamwork, essay = content.assignments
    first, *rest = content.grading.items  # the first quiz makes room: a category's items add up to its weight
    peer_item = ItemPlan("peer", first.category, "peer", both("Peer"), Decimal(1), required=False)
    grading = replace(content.grading, items=(replace(first, maximum=first.maximum - 1), *rest, peer_item))
    content = replace(
        content, assignments=(replace(teamwork, peer=plan), essay), grading=grading,
    )  # fmt: skip
    edition = make_edition("R9", make_release(content, now), content, now)
    one = get_round(edition.id, TEAMWORK)
    assert (one.opens_at, one.closes_at) == (OPENS, CLOSES)
    (dated,) = list_rounds(edition)
    assert dated.title["en"] == "Group work · peer assessment"
    write_round(edition, Dated(dated.key, dated.title, OPENS, AFTER))
    assert get_round(edition.id, TEAMWORK).closes_at == AFTER
    due = select(GradeItem.due_at).where(GradeItem.edition_id == edition.id, GradeItem.key == "peer")
    assert db.session.scalars(due).one() == AFTER


# Pages


def test_a_group_reviews_and_after_the_close_reads_what_was_said_without_names(
    cast: Cast, asked: dict[str, PeerReview], as_role: AsRole, set_now: SetNow
) -> None:
    set_now(DURING)
    review = asked["One"]
    browser, reviewed = as_role("participant"), as_role("third_participant")
    page = browser.get(PEER).text
    assert "Work 1" in page
    address = f"{PEER}/reviews/{review.id}"
    page = browser.get(address).text
    assert "word399" in page
    assert "Two" not in page.replace("Two texts", "")
    assert "Third Participant" not in page
    sent = {f"step-{key}": "4" for key in CRITERIA} | {"revision": "0", "comment": "Well done", "then": "confirm"}
    missing = {key: value for key, value in sent.items() if key != "step-clear"}
    refused = browser.post(address, missing)
    assert refused.status_code == 422
    assert "Well done" in refused.text
    assert browser.post(address, sent).status_code == 303
    assert browser.post(address, sent).status_code == 409
    assert "Well done" not in reviewed.get(PEER).text
    set_now(AFTER)
    page = reviewed.get(PEER).text
    assert "Well done" in page
    assert "4 of 5" in page
    assert "One" not in page
    assert "No review came. That takes nothing from you." in browser.get(PEER).text
    assert browser.get(address).status_code == 200


def test_tutors_read_reviews_with_names_and_ask_others(
    cast: Cast, asked: dict[str, PeerReview], as_role: AsRole, set_now: SetNow
) -> None:
    set_now(DURING)
    review_as(cast, "participant", asked["One"], is_confirmed=True)
    tutor = as_role("tutor")
    page = tutor.get(f"{PEER}/overview").text
    assert "0 of 1" in page
    assert "1 of 1" in page
    assert "Empty" in page
    assert tutor.post(f"{PEER}/reviews").status_code == 303
    assert "Peer assessment" in tutor.get(f"/editions/R1/groups/{asked['One'].reviewer_id}").text
    assert as_role("participant").get(f"{PEER}/overview").status_code == 403
    assert as_role("participant").post(f"{PEER}/reviews").status_code == 403
    assert as_role("other_tutor").get(f"{PEER}/overview").status_code == 404


def test_contributions_are_said_in_confidence_and_read_by_tutors_alone(
    cast: Cast, asked: dict[str, PeerReview], as_role: AsRole, set_now: SetNow
) -> None:
    set_now(DURING)
    browser, address = as_role("participant"), f"{PEER}/contributions"
    other = cast.enrolments["other_participant"]
    assert "Other Participant" in browser.get(address).text
    assert browser.post(address, {f"rating-{other}": "2"}).status_code == 303
    assert "checked" in browser.get(address).text
    assert "checked" not in as_role("other_participant").get(address).text
    group_id = asked["One"].reviewer_id
    page = as_role("tutor").get(f"{PEER}/groups/{group_id}").text
    assert "too few voices" in page
    assert as_role("participant").get(f"{PEER}/groups/{group_id}").status_code == 403
    assert as_role("tutor").get(f"{PEER}/groups/999").status_code == 404
    assert as_role("outsider").get(address).status_code == 404


def test_a_document_under_review_opens_to_its_reviewers_without_its_name(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    one = with_peer(cast)
    make_group(cast, "participant", name="One", ambassador="participant")
    make_group(cast, "third_participant", name="Two", ambassador="third_participant")
    write(
        cast, "third_participant", "see file", GROUP_OPEN, key=TEAMWORK, part="proposal",
        upload=upload(docx("The proposal of Two"), "by Third Participant.docx"),
    )  # fmt: skip
    for name in ("participant", "third_participant"):
        teamwork_of(cast, name, GROUP_OPEN)
    ask_for_reviews(one, DURING)
    set_now(DURING)
    review = next(review for review in reviews_in(one.assignment_id) if review.reviewer.name == "One")
    address = f"{PEER}/reviews/{review.id}"
    page = as_role("participant").get(address).text
    assert "by Third Participant" not in page
    link = page[page.index(f"{address}/files/") :].split('"')[0]
    answer = as_role("participant").get(link)
    assert answer.status_code == 200
    assert f"work-{review.id}.docx" in answer.headers["Content-Disposition"]
    assert as_role("participant").get(f"{address}/files/nothing").status_code == 404
    assert as_role("third_participant").get(link).status_code == 404


def test_where_there_is_no_peer_assessment_its_pages_are_missing(cast: Cast, as_role: AsRole) -> None:
    assert as_role("participant").get(PEER).status_code == 404
    assert as_role("tutor").get(f"{PEER}/overview").status_code == 404
    with pytest.raises(NotFound):
        get_round(cast.edition.id, TEAMWORK)


def test_the_pages_of_peer_assessment_cost_the_same_for_few_and_many_reviews(
    cast: Cast, one: PeerRound, asked: dict[str, PeerReview], as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(AFTER)
    pages = {
        PEER: "participant",
        f"{PEER}/contributions": "participant",
        f"{PEER}/reviews/{asked['One'].id}": "participant",
        f"{PEER}/overview": "tutor",
    }

    def cost() -> list[int]:
        counted = []
        for page, name in pages.items():
            with count_queries() as statements:
                assert as_role(name).get(page).status_code == 200, page
            counted.append(len(statements))
        return counted

    few = cost()
    for number in range(4):
        make_group(cast, name=f"More {number}")
    for group in db.session.scalars(select(Group).where(Group.name.like("More%"))):
        db.session.add(
            Submission(
                assignment_id=one.assignment_id, group_id=group.id, number=1, submitted_at=GROUP_OPEN, word_count=1,
                digest="",
            )
        )  # fmt: skip
        db.session.add(
            PeerReview(
                assignment_id=one.assignment_id, reviewer_id=group.id, reviewed_id=asked["One"].reviewer_id,
                submission_id=asked["Two"].submission_id, criteria=asked["One"].criteria, asked_at=DURING,
                answers={key: {"step": 3} for key in CRITERIA}, confirmed_at=DURING, revision=1,
            )
        )  # fmt: skip
    db.session.flush()
    assert cost() == few
    assert max(few) <= 12, few


# From contributions to an adjustment


@pytest.fixture
def rated(cast: Cast) -> Submission:
    """A group of three that has handed in and is marked 22.5 of 30; two say of the third that they did less."""
    one = with_peer(cast)
    make_group(cast, "participant", "other_participant", "third_participant", name="One", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    third = cast.enrolments["third_participant"]
    for name in ("participant", "other_participant"):
        rate_contributions(cast.member(name), assignment_key=TEAMWORK, ratings={third: 2}, now=DURING)
    assert one.assignment_id == submission.assignment_id
    return submission


def test_a_suggestion_waits_for_the_groups_points_and_then_is_set_with_a_reason(
    cast: Cast, rated: Submission, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(AFTER)
    third = cast.enrolments["third_participant"]
    assert suggestions_for(rated)[third].adjustment is None
    with pytest.raises(RuleViolation):
        apply_suggestion(cast.member("tutor"), submission_id=rated.id, enrolment_id=third, reason="Did less", now=AFTER)
    finish(cast, rated, AFTER)
    suggestion = suggestions_for(rated)[third]
    assert (suggestion.factor, suggestion.voices, suggestion.adjustment) == (Decimal("0.90"), 2, Decimal("-2.0"))
    tutor, address = as_role("tutor"), f"{PEER}/groups/{rated.group_id}"
    assert "Set this adjustment" in tutor.get(address).text
    assert "The group suggests a factor of 0.9" in tutor.get(f"/editions/R1/marking/{rated.id}").text
    assert tutor.post(f"{address}/adjustments", {"member": str(third), "reason": " "}).status_code == 303
    assert ledger(cast, "third_participant", TEAMWORK)[-1].points == Decimal("22.5")
    sent = {"member": str(third), "reason": "Agreed with the group"}
    assert tutor.post(f"{address}/adjustments", sent).status_code == 303
    assert ledger(cast, "third_participant", TEAMWORK)[-1].points == Decimal("20.5")
    assert ledger(cast, "participant", TEAMWORK)[-1].points == Decimal("22.5")
    assert "Set this adjustment" not in tutor.get(address).text


def test_a_suggestion_is_for_tutors_and_members_whom_two_have_rated(
    cast: Cast, rated: Submission, as_role: AsRole
) -> None:
    finish(cast, rated, AFTER)
    third, mine = cast.enrolments["third_participant"], cast.enrolments["participant"]
    with pytest.raises(NotFound):
        apply_suggestion(cast.member("tutor"), submission_id=rated.id, enrolment_id=mine, reason="x", now=AFTER)
    with pytest.raises(NotAllowed):
        apply_suggestion(cast.member("participant"), submission_id=rated.id, enrolment_id=third, reason="x", now=AFTER)
    with pytest.raises(NotFound):
        apply_suggestion(cast.member("other_tutor"), submission_id=rated.id, enrolment_id=third, reason="x", now=AFTER)
    address = f"{PEER}/groups/{rated.group_id}/adjustments"
    assert as_role("participant").post(address, {"member": str(third), "reason": "x"}).status_code == 403
    assert as_role("tutor").post(address, {"member": "x", "reason": "x"}).status_code == 404


def test_whoever_says_nothing_has_the_same_factor_as_before(cast: Cast, rated: Submission) -> None:
    before = suggestions_for(rated)
    mine = cast.enrolments["participant"]
    rate_contributions(cast.member("third_participant"), assignment_key=TEAMWORK, ratings={mine: 1}, now=DURING)
    assert suggestions_for(rated) == before
