"""Making, opening, closing and dating editions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses import editions, hooks
from lms.courses.editions import EditionPlan
from lms.courses.models import Edition, EditionModule, Enrolment
from lms.courses.permissions import Member
from lms.grading.models import GradeItem
from tests.factories import make_release, small_course

PLAN = EditionPlan(code="R3", starts_on=date(2026, 10, 19), time_zone="Europe/Rome", place="Turin")


def make(cast, now, who: str = "administrator", plan: EditionPlan = PLAN) -> Edition:
    return editions.create_edition(cast.person(who), cast.edition.release_id, plan, now)


def member_of(cast, edition: Edition, who: str) -> Member:
    person = cast.person(who)
    place = db.session.scalars(
        select(Enrolment).where(Enrolment.edition_id == edition.id, Enrolment.person_id == person.id)
    ).one_or_none()
    return Member(person, edition, place)


def details(action: str) -> dict:
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).one().details


def test_an_edition_takes_what_is_not_said_from_its_course(cast, now) -> None:
    edition = make(cast, now)
    assert edition.ends_on == date(2026, 11, 27)
    assert edition.languages == ["en", "fr"]
    assert edition.learning_hours == 60
    assert edition.title == {"en": "Small course", "fr": "Petit cours"}
    assert edition.opened_at is None


def test_modules_open_at_the_same_wall_clock_time_across_the_change_of_clocks(cast, now) -> None:
    edition = make(cast, now)
    rows = db.session.scalars(
        select(EditionModule).where(EditionModule.edition_id == edition.id).order_by(EditionModule.position)
    ).all()
    assert [row.module_key for row in rows] == ["m1", "m2", "m3", "m4", "m5", "m6"]
    # Rome sets its clocks back on 25 October 2026.
    assert rows[0].opens_at == datetime(2026, 10, 19, 6, 0, tzinfo=UTC)
    assert rows[1].opens_at == datetime(2026, 10, 26, 7, 0, tzinfo=UTC)


def test_the_other_features_add_their_part(cast, now) -> None:
    edition = make(cast, now)
    items = db.session.scalars(select(GradeItem.key).where(GradeItem.edition_id == edition.id)).all()
    assert "final-assignment" in items


def test_whoever_makes_an_edition_coordinates_it(cast, now) -> None:
    edition = make(cast, now, "coordinator")
    assert member_of(cast, edition, "coordinator").is_coordinating


@pytest.mark.parametrize("who", ["participant", "tutor", "sponsor_viewer", "outsider"])
def test_nobody_else_makes_editions(cast, now, who) -> None:
    with pytest.raises(NotAllowed):
        make(cast, now, who)


def test_a_coordinator_who_has_withdrawn_makes_none(cast, now) -> None:
    cast.enrolment("coordinator").withdrawn_at = now
    with pytest.raises(NotAllowed):
        make(cast, now, "coordinator")


def test_a_code_is_used_once_and_a_refusal_leaves_nothing_behind(cast, now) -> None:
    with pytest.raises(RuleViolation):
        make(cast, now, plan=replace(PLAN, code="R1"))
    assert db.session.query(Edition).count() == 2
    with pytest.raises(NotFound):
        editions.create_edition(cast.person("administrator"), 999, PLAN, now)


def test_an_edition_opens_once_nothing_is_missing(cast, now) -> None:
    edition = make(cast, now)
    actor = member_of(cast, edition, "administrator")
    edition.title = {"en": "Only English"}
    with pytest.raises(RuleViolation, match=r"\(fr\)"):
        editions.open_edition(actor, now)
    assert edition.opened_at is None
    edition.title = {"en": "English", "fr": "Français"}
    editions.open_edition(actor, now)
    assert edition.opened_at == now
    later = now.replace(hour=20)
    editions.open_edition(actor, later)
    assert edition.opened_at == now


def test_weights_that_do_not_add_up_keep_the_edition_closed_and_say_what_they_add_up_to(cast, now) -> None:
    content = small_course("uneven")
    first, *others = content.grading.categories
    uneven = replace(content, grading=replace(content.grading, categories=(replace(first, weight=25), *others)))
    # Put there by hand: neither an import nor the making of an edition would let such a scheme in.
    edition = make(cast, now)
    edition.release_id = make_release(uneven, now).id
    missing = editions.missing_for(edition)
    assert any("add up to 95" in sentence for sentence in missing)


def test_a_feature_may_say_what_is_missing(cast, now, monkeypatch) -> None:
    monkeypatch.setitem(hooks._on_opening, "test", lambda edition: [f"{edition.code} lacks a kettle."])
    edition = make(cast, now)
    with pytest.raises(RuleViolation, match="R3 lacks a kettle"):
        editions.open_edition(member_of(cast, edition, "administrator"), now)


def test_settings_are_saved_and_what_they_were_is_on_record(cast, now) -> None:
    actor = cast.member("coordinator")
    values = {"title": {"en": "New", "fr": "Neuf"}, "ends_on": date(2026, 4, 20), "place": "Turin"}
    editions.update_settings(actor, values, now)
    assert cast.edition.ends_on == date(2026, 4, 20)
    assert details("edition settings changed")["changes"]["ends_on"] == ["2026-04-10", "2026-04-20"]


def test_an_edition_never_ends_before_it_starts(cast, now) -> None:
    with pytest.raises(RuleViolation):
        editions.update_settings(cast.member("coordinator"), {"ends_on": date(2026, 3, 1)}, now)


def test_module_dates_change_together_and_only_those_that_differ(cast, now) -> None:
    actor = cast.member("coordinator")
    before = editions.module_openings(cast.edition)
    moved = {**before, "m2": datetime(2026, 3, 12, 7, 0, tzinfo=UTC)}
    assert editions.set_module_openings(actor, moved, now) == 1
    assert editions.set_module_openings(actor, moved, now) == 0
    assert editions.module_openings(cast.edition) == moved
    assert editions.module_openings(cast.other_edition) == before


def test_a_closed_edition_stands_until_it_is_opened_again(cast, now) -> None:
    actor = cast.member("coordinator")
    editions.close_edition(actor, now)
    editions.close_edition(actor, now.replace(hour=23))
    assert cast.edition.closed_at == now
    for change in (
        lambda: editions.update_settings(actor, {"place": "Rome"}, now),
        lambda: editions.set_module_openings(actor, {}, now),
        lambda: editions.open_edition(actor, now),
    ):
        with pytest.raises(RuleViolation):
            change()
    editions.reopen_edition(actor, "A late essay", now)
    assert cast.edition.closed_at is None
    assert details("edition opened again")["reason"] == "A late essay"
    editions.update_settings(actor, {"place": "Rome"}, now)


def test_an_edition_that_was_never_opened_cannot_be_closed(cast, now) -> None:
    edition = make(cast, now)
    with pytest.raises(RuleViolation):
        editions.close_edition(member_of(cast, edition, "administrator"), now)


@pytest.mark.parametrize("who", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_change_an_edition(cast, now, who) -> None:
    actor = cast.member(who)
    for attempt in (
        lambda: editions.open_edition(actor, now),
        lambda: editions.close_edition(actor, now),
        lambda: editions.reopen_edition(actor, "x", now),
        lambda: editions.update_settings(actor, {"place": "Rome"}, now),
        lambda: editions.set_module_openings(actor, {}, now),
    ):
        with pytest.raises(NotAllowed):
            attempt()
