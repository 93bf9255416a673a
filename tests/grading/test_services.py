"""The ledger, decisions by hand, extensions and releases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select, text

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.courses.domain.content import CategoryPlan
from lms.grading.models import GradeEntry, SchemeVersion
from lms.grading.queries import extended_deadline, get_item, get_items, get_scheme, history, standing_of
from lms.grading.services import (
    excuse,
    grant_extension,
    ledger,
    lift_decision,
    override_points,
    post_deadline,
    post_entry,
    release_items,
)
from tests.factories import Cast, make_edition, make_release, small_course


@pytest.fixture
def post(cast: Cast, now: datetime) -> Any:
    """Post for the participant in R1; keywords replace what is posted otherwise."""

    def posting(item_key: str = "quiz-1", **changes: Any) -> GradeEntry:
        values: dict[str, Any] = {
            "edition_id": cast.edition.id, "enrolment_id": cast.enrolments["participant"], "item_key": item_key,
            "state": "marked", "points": Fraction(9, 2), "is_complete": True,
            "basis": {"right": "9", "questions": 10}, "source": "quiz", "actor_id": None, "now": now,
        }  # fmt: skip
        values.update(changes)
        if values["state"] != "marked":
            values["points"] = None
        return post_entry(**values)

    return posting


def lines(cast: Cast, item_key: str = "quiz-1") -> list[tuple[int, str, Decimal | None, str]]:
    """The participant's ledger, oldest first."""
    entries = [entry for entry, _name in history(cast.enrolments["participant"], item_key)]
    return [(entry.sequence, entry.state, entry.points, entry.source) for entry in reversed(entries)]


def result_of(cast: Cast, item_key: str = "quiz-1", released_only: bool = False) -> Any:
    return standing_of(cast.edition, cast.enrolment("participant"), released_only=released_only).result(item_key)


# The scheme at creation


def test_a_new_edition_gets_the_scheme_of_its_course_and_items_in_order(cast: Cast, now: datetime) -> None:
    version, scheme = get_scheme(cast.edition.id)
    assert version.number == 1
    assert scheme.maximum == Decimal(100)
    items = get_items(cast.edition.id)
    assert [item.key for item in items] == [item.key for item in scheme.items]
    assert {item.kind: item.released_at for item in items} == {"quiz": now, "group": None, "individual": None}


def test_items_know_when_their_work_is_due_and_can_be_told_anew(cast: Cast, now: datetime) -> None:
    item = get_item(cast.edition.id, "final-assignment")
    assert item.due_at is not None
    assert item.due_at.isoformat() == "2026-04-10T21:59:00+00:00"
    post_deadline(edition_id=cast.edition.id, item_key="final-assignment", due_at=now)
    assert get_item(cast.edition.id, "final-assignment").due_at == now


def test_an_edition_cannot_be_created_from_a_faulty_scheme(app: Any, now: datetime) -> None:
    content = small_course()
    heavy = CategoryPlan("final-assignment", {"en": "Final"}, Decimal(41))
    content = replace(content, grading=replace(content.grading, categories=(*content.grading.categories[:2], heavy)))
    with pytest.raises(RuleViolation, match=r"add up to 101\.00"):
        make_edition("R9", make_release(content, now), content, now)


# The ledger


def test_points_are_rounded_once_half_up_when_they_enter(cast: Cast, post: Any) -> None:
    assert post(points=Fraction(10, 3)).points == Decimal("3.33")
    assert post(points=Decimal("3.335")).points == Decimal("3.34")


def test_posting_the_same_twice_leaves_one_line(cast: Cast, post: Any, now: datetime) -> None:
    first = post()
    second = post(now=now + timedelta(hours=1))
    assert second.id == first.id
    assert lines(cast) == [(1, "marked", Decimal("4.50"), "quiz")]


def test_a_change_is_appended_and_nothing_is_overwritten(cast: Cast, post: Any) -> None:
    post(state="submitted", is_complete=False)
    post()
    post(points=Fraction(5))
    assert [(n, points) for n, _state, points, _source in lines(cast)] == [
        (1, None), (2, Decimal("4.50")), (3, Decimal("5.00")),
    ]  # fmt: skip


def test_a_cleared_item_is_missing_again(cast: Cast, post: Any) -> None:
    post()
    post(state="cleared", is_complete=False, basis={})
    assert result_of(cast).state == "missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"points": Fraction(501, 100)},
        {"points": Fraction(-1, 100)},
        {"state": "submitted", "points": Fraction(1)},
        {"state": "marked", "points": None},
        {"state": "missing"},
    ],
)
def test_points_out_of_range_or_against_the_state_are_refused(cast: Cast, now: datetime, changes: Any) -> None:
    values = {"state": "marked", "points": Fraction(1), **changes}
    with pytest.raises(ValueError):
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key="quiz-1",
            is_complete=True, basis={}, source="quiz", actor_id=None, now=now, **values,
        )  # fmt: skip
    assert lines(cast) == []


def test_points_just_at_the_maximum_enter(cast: Cast, post: Any) -> None:
    assert post(points=Decimal("5.004")).points == Decimal("5.00")


def test_marks_of_one_edition_never_go_to_a_person_of_another(cast: Cast, post: Any) -> None:
    with pytest.raises(NotFound):
        post(enrolment_id=cast.enrolments["outsider"])
    with pytest.raises(NotFound):
        post(item_key="quiz-99")


def test_after_closing_a_change_needs_a_reason_and_repeating_does_not(cast: Cast, post: Any, now: datetime) -> None:
    post()
    cast.edition.closed_at = now
    db.session.flush()
    assert post().sequence == 1
    with pytest.raises(RuleViolation):
        post(points=Fraction(5), reason="  ")
    late = post("final-assignment", points=Fraction(20), basis={}, source="essay", reason="Late essay, for an upgrade")
    assert late.points == Decimal("20.00")


def test_two_writers_at_once_both_find_their_place(cast: Cast, post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    post(points=Fraction(1))
    real = ledger.load_cell
    monkeypatch.setattr(ledger, "load_cell", lambda *place: replace(real(*place), lines=[]))
    assert post(points=Fraction(2)).sequence == 2


def test_the_same_posting_by_two_writers_at_once_is_one_line(
    cast: Cast, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post()
    real = ledger.load_cell
    monkeypatch.setattr(ledger, "load_cell", lambda *place: replace(real(*place), lines=[]))
    assert post().sequence == 1
    monkeypatch.undo()
    assert len(lines(cast)) == 1


def test_points_are_stored_as_whole_hundredths(cast: Cast, post: Any) -> None:
    post(points=Fraction(10, 3))
    assert db.session.scalar(text("SELECT points FROM grade_entries")) == 333


# Decisions by hand


def test_an_override_holds_against_later_postings_and_the_history_shows_both(
    cast: Cast, post: Any, now: datetime
) -> None:
    post()
    coordinator = cast.member("coordinator")
    override_points(
        coordinator, enrolment_id=cast.enrolments["participant"], item_key="quiz-1", points=Decimal(5),
        reason="Power cut", now=now,
    )  # fmt: skip
    assert post(points=Fraction(3)).points == Decimal("5.00")
    assert lines(cast) == [
        (1, "marked", Decimal("4.50"), "quiz"),
        (2, "marked", Decimal("5.00"), "override"),
        (3, "marked", Decimal("3.00"), "quiz"),
        (4, "marked", Decimal("5.00"), "override"),
    ]
    post(points=Fraction(3))
    assert len(lines(cast)) == 4


def test_taking_an_override_back_lets_the_last_posting_count(cast: Cast, post: Any, now: datetime) -> None:
    who = {"enrolment_id": cast.enrolments["participant"], "item_key": "quiz-1", "now": now}
    coordinator = cast.member("coordinator")
    post()
    excuse(coordinator, reason="Ill", **who)
    assert result_of(cast).state == "excused"
    assert lift_decision(coordinator, reason="Sat it after all", **who).points == Decimal("4.50")
    with pytest.raises(RuleViolation):
        lift_decision(coordinator, reason="Again", **who)


def test_taking_back_an_excuse_where_nothing_was_posted_leaves_the_item_missing(cast: Cast, now: datetime) -> None:
    who = {"enrolment_id": cast.enrolments["participant"], "item_key": "quiz-1", "now": now}
    excuse(cast.member("coordinator"), reason="Ill", **who)
    lift_decision(cast.member("coordinator"), reason="Wrong person", **who)
    assert result_of(cast).state == "missing"


def test_decisions_by_hand_are_on_the_record(cast: Cast, now: datetime) -> None:
    excuse(
        cast.member("coordinator"),
        enrolment_id=cast.enrolments["participant"],
        item_key="quiz-1",
        reason="Ill",
        now=now,
    )
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "points excuse")).one()
    assert (event.actor_id, event.details["item"], event.details["reason"]) == (
        cast.people["coordinator"], "quiz-1", "Ill",
    )  # fmt: skip


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_decide_by_hand_or_give_time(cast: Cast, now: datetime, role: str) -> None:
    actor = cast.member(role)
    who: dict[str, Any] = {
        "enrolment_id": cast.enrolments["participant"],
        "item_key": "quiz-1",
        "now": now,
        "reason": "x",
    }
    for act in (
        lambda: excuse(actor, **who),
        lambda: override_points(actor, points=Decimal(1), **who),
        lambda: lift_decision(actor, **who),
        lambda: grant_extension(actor, due_at=now + timedelta(days=1), **who),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert lines(cast) == []


def test_a_coordinator_of_another_edition_finds_nobody(cast: Cast, now: datetime) -> None:
    who: dict[str, Any] = {
        "enrolment_id": cast.enrolments["participant"],
        "item_key": "quiz-1",
        "now": now,
        "reason": "x",
    }
    other = cast.member("other_coordinator")
    for act in (
        lambda: excuse(other, **who),
        lambda: override_points(other, points=Decimal(1), **who),
        lambda: grant_extension(other, due_at=now + timedelta(days=1), **who),
    ):
        with pytest.raises(NotFound):
            act()


def test_staff_have_no_points(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotFound):
        excuse(
            cast.member("coordinator"), enrolment_id=cast.enrolments["tutor"], item_key="quiz-1", reason="x", now=now
        )


def test_a_decision_by_hand_needs_a_reason_and_points_in_range(cast: Cast, now: datetime) -> None:
    coordinator = cast.member("coordinator")
    who: dict[str, Any] = {"enrolment_id": cast.enrolments["participant"], "item_key": "quiz-1", "now": now}
    with pytest.raises(RuleViolation):
        excuse(coordinator, reason=" ", **who)
    for points in ("5.01", "-1"):
        with pytest.raises(RuleViolation):
            override_points(coordinator, points=Decimal(points), reason="x", **who)


# Extensions


def test_an_extension_is_told_by_mail_in_both_clocks_and_recorded(cast: Cast, now: datetime, app: Any) -> None:
    due = now + timedelta(days=40)
    grant_extension(
        cast.member("coordinator"), item_key="final-assignment", due_at=due, reason="Ill", now=now,
        enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    db.session.flush()
    assert extended_deadline(cast.edition.id, "final-assignment", enrolment_id=cast.enrolments["participant"]) == due
    assert extended_deadline(cast.edition.id, "quiz-1", enrolment_id=cast.enrolments["participant"]) is None
    message = db.session.scalars(select(OutboxMessage)).one()
    with app.test_request_context():
        letter = compose(message)
    assert letter["Subject"] == "More time for “Final assignment”"
    assert "19 April 2026, 11:00 in Turin" in letter.get_content()
    assert "Harare" not in letter.get_content()
    assert db.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "extension granted")).one()


def test_a_second_clock_is_named_where_it_differs(cast: Cast, now: datetime, app: Any) -> None:
    cast.person("participant").time_zone = "Africa/Dakar"
    grant_extension(
        cast.member("coordinator"), item_key="quiz-1", due_at=now + timedelta(days=1), reason="Ill", now=now,
        enrolment_id=cast.enrolments["participant"],
    )  # fmt: skip
    db.session.flush()
    with app.test_request_context():
        content = compose(db.session.scalars(select(OutboxMessage)).one()).get_content()
    assert "10:00 in Turin" in content
    assert "09:00 in Dakar" in content


def test_an_extension_may_come_after_closing_but_not_lie_in_the_past(cast: Cast, now: datetime) -> None:
    cast.edition.closed_at = now
    who: dict[str, Any] = {"item_key": "final-assignment", "enrolment_id": cast.enrolments["participant"], "now": now}
    grant_extension(cast.member("coordinator"), due_at=now + timedelta(days=9), reason="Upgrade", **who)
    with pytest.raises(RuleViolation):
        grant_extension(cast.member("coordinator"), due_at=now - timedelta(days=1), reason="Upgrade", **who)


def test_an_extension_is_for_one_person_or_one_group(cast: Cast, now: datetime) -> None:
    with pytest.raises(ValueError):
        grant_extension(
            cast.member("coordinator"), item_key="quiz-1", due_at=now + timedelta(days=1), reason="x", now=now
        )


# Releases


def test_releasing_shows_the_marks_once_and_tells_each_person_once(cast: Cast, post: Any, now: datetime) -> None:
    tutor = cast.member("tutor")
    post("group-work", points=Fraction(25), basis={}, source="group work")
    assert result_of(cast, "group-work", released_only=True).state == "submitted"
    assert release_items(tutor, item_keys=["group-work"], now=now) == 1
    assert result_of(cast, "group-work", released_only=True).points == Decimal("25.00")
    assert release_items(tutor, item_keys=["group-work"], now=now + timedelta(days=1)) == 0
    assert get_item(cast.edition.id, "group-work").released_at == now
    message = db.session.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.template) == ("participant@example.org", "marks_released")


def test_a_first_mark_by_hand_in_released_work_is_told_and_a_correction_is_not(cast: Cast, now: datetime) -> None:
    """Set by hand past the marking room, it reached nobody."""

    def set_points(points: int) -> None:
        override_points(
            cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key="group-work",
            points=Decimal(points), reason="Told orally", now=now,
        )  # fmt: skip

    release_items(cast.member("tutor"), item_keys=["group-work"], now=now)
    set_points(20)
    set_points(20)
    set_points(21)
    message = db.session.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.template) == ("participant@example.org", "marks_released")


def test_a_mark_by_hand_before_the_release_waits_for_it(cast: Cast, now: datetime) -> None:
    override_points(
        cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key="group-work",
        points=Decimal(20), reason="Told orally", now=now,
    )  # fmt: skip
    assert db.session.scalars(select(OutboxMessage)).all() == []


def test_the_release_mail_names_the_work_in_the_readers_language(
    cast: Cast, post: Any, now: datetime, app: Any
) -> None:
    cast.person("participant").language = "fr"
    post("group-work", points=Fraction(25), basis={}, source="group work")
    post("final-assignment", points=Fraction(25), basis={}, source="essay")
    release_items(cast.member("tutor"), item_keys=["group-work", "final-assignment"], now=now)
    db.session.flush()
    with app.test_request_context():
        content = compose(db.session.scalars(select(OutboxMessage)).one()).get_content()
    assert "- Group work (fr)\n- Final assignment (fr)\n" in content
    assert "http://localhost/editions/R1/results" in content


def test_who_took_no_part_is_told_of_the_release_too(cast: Cast, post: Any, now: datetime) -> None:
    absent = {"took_part": False}
    post("group-work", state="cleared", is_complete=False, basis=absent, source="submission 1", reason="Never came")
    assert release_items(cast.member("tutor"), item_keys=["group-work"], now=now) == 1


def test_nobody_is_told_without_a_mark_or_after_withdrawing(cast: Cast, post: Any, now: datetime) -> None:
    post("group-work", state="submitted", is_complete=False, source="group work")
    withdrawn = cast.enrolments["other_participant"]
    post("group-work", enrolment_id=withdrawn, points=Fraction(25), basis={}, source="group work")
    cast.enrolment("other_participant").withdrawn_at = now
    db.session.flush()
    assert release_items(cast.member("tutor"), item_keys=["group-work"], now=now) == 0


def test_participants_release_nothing_and_unknown_work_is_not_found(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        release_items(cast.member("participant"), item_keys=["group-work"], now=now)
    with pytest.raises(NotFound):
        release_items(cast.member("tutor"), item_keys=["nothing"], now=now)


def test_the_newest_scheme_version_is_in_force(cast: Cast, now: datetime) -> None:
    version = get_scheme(cast.edition.id)[0]
    db.session.add(
        SchemeVersion(edition_id=cast.edition.id, number=2, document=version.document, created_at=now, reason="x")
    )
    db.session.flush()
    assert get_scheme(cast.edition.id)[0].number == 2
