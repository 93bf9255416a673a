"""Work, categories and certificates that come into the scheme of a running edition, or go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.domain.content import CategoryPlan, ItemPlan, TierPlan
from lms.grading.domain.scheme import BY_HAND, GradingScheme
from lms.grading.domain.simulation import change_faults, may_leave
from lms.grading.hooks import offered_work
from lms.grading.models import GradeEntry, GradeItem
from lms.grading.queries import class_results, get_scheme
from lms.grading.scheme_forms import Ground, SchemeDraft, changed_by
from lms.grading.services import override_points, post_entry
from lms.grading.services.scheme_changes import change_scheme
from lms.grading.services.summaries import wrong_summaries
from lms.quizzes.services.sitting import start_attempt, submit_attempt
from tests.factories import Cast, small_course

AsRole = Callable[[str], Any]
PATH = "/editions/R1/gradebook/scheme"
SCHEME = GradingScheme.of(small_course().grading)
ORAL = ItemPlan("work-2-1", "quizzes", BY_HAND, {"en": "Oral examination"}, Decimal(5), False)
GROUND = Ground(SCHEME, 1, ("en", "fr"))


def without(scheme: GradingScheme, *keys: str) -> GradingScheme:
    return replace(scheme, items=tuple(item for item in scheme.items if item.key not in keys))


def oral_instead_of_quiz_6() -> GradingScheme:
    scheme = without(SCHEME, "quiz-6")
    return replace(scheme, items=(*scheme.items, ORAL))


def change(cast: Cast, scheme: GradingScheme, now: datetime, *, based_on: int = 1) -> Any:
    found = change_scheme(cast.member("coordinator"), scheme=scheme, based_on=based_on, reason="The council", now=now)
    db.session.commit()
    return found


def mark(cast: Cast, now: datetime, key: str = "quiz-1") -> None:
    post_entry(
        edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key=key, state="marked",
        points=Fraction(4), is_complete=True, basis={}, source="quiz attempt 1", actor_id=None, now=now,
    )  # fmt: skip
    db.session.commit()


# The rule


@pytest.mark.parametrize(
    ("key", "used", "stays"),
    [
        ("quiz-6", (), False),
        ("quiz-6", ("quiz-1",), False),
        ("quiz-6", ("quiz-6",), True),
        ("group-work", (), True),
        ("final-assignment", ("final-assignment",), True),
    ],
)
def test_only_work_without_a_mark_and_that_nobody_hands_in_may_leave(key: str, used: Any, stays: bool) -> None:
    item = SCHEME.find_item(key)
    assert item is not None
    assert may_leave(item, used) is not stays
    faults = change_faults(SCHEME, without(SCHEME, key), [], used=used)
    assert [fault.code for fault in faults] == (["item_used" if key in used else "item_handed_in"] if stays else [])


def test_a_kind_of_certificate_that_somebody_has_stays() -> None:
    alone = replace(SCHEME, tiers=SCHEME.tiers[:1])
    assert change_faults(SCHEME, alone, []) == ()
    (fault,) = change_faults(SCHEME, alone, [], issued=("participation", "achievement"))
    assert (fault.code, fault.params) == ("tier_issued", {"tier": SCHEME.tiers[1].title})


def test_what_has_no_name_is_a_fault_at_its_field() -> None:
    nameless = replace(SCHEME, items=(*SCHEME.items, replace(ORAL, title={}, maximum=Decimal(0))))
    assert [(fault.code, fault.at) for fault in nameless.faults()] == [("title_missing", "title-work-2-1")]


# The form


def test_each_button_adds_one_of_its_kind_and_goes_to_its_name() -> None:
    form: dict[str, str] = dict(SchemeDraft.of(SCHEME).typed)
    for do, focus in (
        ("add-item.hand", "title-work-2-1-en"),
        ("add-item.hand", "title-work-2-2-en"),
        ("add-category", "title-category-2-1-en"),
        ("add-tier", "title-certificate-2-1-en"),
    ):
        form, went_to = changed_by(form, do, GROUND)
        assert went_to == focus
    scheme = SchemeDraft.read(GROUND, form).scheme
    assert GROUND.added(scheme) == {"work-2-1", "work-2-2", "category-2-1", "certificate-2-1"}
    form, _focus = changed_by(form, "remove-item.work-2-1", GROUND)
    assert [item.key for item in SchemeDraft.read(GROUND, form).scheme.items][-1] == "work-2-2"


@pytest.mark.parametrize(("minimum", "place"), [("80", 0), ("45", 1), ("10", 2), ("60", 0)])
def test_a_new_certificate_takes_its_place_by_its_points(app: Flask, minimum: str, place: int) -> None:
    form, _focus = changed_by(dict(SchemeDraft.of(SCHEME).typed), "add-tier", GROUND)
    form |= {"minimum-certificate-2-1": minimum, "completeness-certificate-2-1": "more_than_half"}
    tiers = SchemeDraft.read(GROUND, form).scheme.tiers
    assert [tier.key for tier in tiers].index("certificate-2-1") == place


def test_keys_that_nothing_offers_are_passed_over(app: Flask) -> None:
    form = {
        **SchemeDraft.of(SCHEME).typed,
        "items": "quiz-1 <script> certificate quiz-99 work-2-1",
        "tiers": "achievement x",
    }
    scheme = SchemeDraft.read(GROUND, form).scheme
    assert [item.key for item in scheme.items] == ["quiz-1", "work-2-1"]
    assert [tier.key for tier in scheme.tiers] == ["achievement"]


def test_a_form_without_the_lists_leaves_everything_in() -> None:
    form = {name: value for name, value in SchemeDraft.of(SCHEME).typed.items() if name not in ("items", "tiers")}
    assert SchemeDraft.read(GROUND, form).scheme == SCHEME


# Saving


def test_work_marked_by_hand_takes_the_place_of_a_quiz(cast: Cast, now: datetime) -> None:
    mark(cast, now)
    change(cast, oral_instead_of_quiz_6(), now)
    item = db.session.scalars(select(GradeItem).where(GradeItem.key == "work-2-1")).one()
    assert (item.kind, item.due_at, item.released_at) == ("hand", None, None)
    override_points(
        cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key="work-2-1",
        points=Decimal("4.5"), reason="Spoke well", now=now,
    )  # fmt: skip
    (standing,) = [one for one in class_results(cast.edition) if one.enrolment.id == cast.enrolments["participant"]]
    assert standing.decision.total == Decimal("8.50")
    assert [result.key for result in standing.results][-1] == "work-2-1"
    assert wrong_summaries(cast.edition) == []


def test_a_quiz_that_was_taken_out_goes_on_as_practice_and_can_come_back_until_it_was_submitted(
    cast: Cast, now: datetime
) -> None:
    change(cast, oral_instead_of_quiz_6(), now)
    assert "quiz-2" in {work.key for work in offered_work(cast.edition.id)}
    scheme = get_scheme(cast.edition.id)[1]
    five = replace(ORAL, key="work-3-1")
    change(cast, replace(without(scheme, "quiz-2"), items=(*without(scheme, "quiz-2").items, five)), now, based_on=2)
    member = cast.member("participant")
    attempt = start_attempt(member, "quiz-2", now=now)
    submit_attempt(member, attempt.id, now=now)
    db.session.commit()
    assert db.session.scalars(select(GradeEntry)).all() == []
    assert "quiz-2" not in {work.key for work in offered_work(cast.edition.id)}
    assert "quiz-6" in {work.key for work in offered_work(cast.edition.id)}
    with pytest.raises(RuleViolation, match="cannot earn points any more"):
        change(cast, SCHEME, now, based_on=3)


def test_work_with_a_mark_cannot_be_taken_out_by_any_way(cast: Cast, now: datetime) -> None:
    mark(cast, now, "quiz-6")
    with pytest.raises(RuleViolation, match="so it stays"):
        change(cast, oral_instead_of_quiz_6(), now)
    assert get_scheme(cast.edition.id)[0].number == 1


def test_a_new_category_and_certificate_hold_at_once(cast: Cast, now: datetime) -> None:
    quizzes, *rest = SCHEME.categories
    scheme = GradingScheme(
        (replace(quizzes, weight=Decimal(25)), *rest, CategoryPlan("category-2-1", {"en": "Oral"}, Decimal(5))),
        (*without(SCHEME, "quiz-6").items, replace(ORAL, category="category-2-1")),
        (TierPlan("certificate-2-1", {"en": "Excellence"}, Decimal(90), "all"), *SCHEME.tiers),
    )
    change(cast, scheme, now)
    assert get_scheme(cast.edition.id)[1] == scheme


# The page


def test_the_page_adds_without_saving_and_without_faults(as_role: AsRole, cast: Cast) -> None:
    browser = as_role("coordinator")
    page = browser.post(PATH, {**SchemeDraft.of(SCHEME).typed, "based_on": "1", "reason": "", "do": "add-item.hand"})
    assert page.status_code == 200
    assert 'name="title-work-2-1-en"' in page.text
    assert "error-summary" not in page.text
    assert 'value="remove-item.work-2-1"' in page.text
    assert get_scheme(cast.edition.id)[0].number == 1


def test_what_may_not_go_has_no_button(as_role: AsRole, cast: Cast, now: datetime) -> None:
    mark(cast, now)
    page = as_role("coordinator").get(PATH).text
    assert "remove-item.quiz-1" not in page
    assert "remove-item.group-work" not in page
    assert "remove-item.quiz-2" in page
    assert "remove-tier.participation" in page


def test_a_name_with_markup_is_text(as_role: AsRole, cast: Cast) -> None:
    form, _focus = changed_by(dict(SchemeDraft.of(SCHEME).typed), "add-tier", GROUND)
    form |= {"title-certificate-2-1-en": "<b>Best</b>", "minimum-certificate-2-1": "90", "based_on": "1", "reason": ""}
    form |= {"completeness-certificate-2-1": "all", "action": "simulate"}
    page = as_role("coordinator").post(PATH, form)
    assert (page.status_code, "<b>Best" in page.text) == (200, False)


def test_the_gradebook_the_sheet_and_the_results_show_work_marked_by_hand(
    as_role: AsRole, cast: Cast, now: datetime
) -> None:
    change(cast, oral_instead_of_quiz_6(), now)
    coordinator = as_role("coordinator")
    for page in (
        "gradebook",
        "releases",
        "gradebook/export.csv",
        f"gradebook/{cast.enrolments['participant']}/work-2-1",
    ):
        assert "Oral examination" in coordinator.get(f"/editions/R1/{page}").text, page
    assert "Oral examination" in as_role("participant").get("/editions/R1/results").text
