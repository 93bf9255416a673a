"""All dates of an edition in one list: changed there, and moved with the first day."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from lms.courses.dates import change_settings, set_dates
from lms.courses.domain.schedule import instant_of, shifted
from lms.courses.editions import module_openings
from lms.courses.hooks import read_dates
from lms.courses.models import Edition
from lms.grading.models import GradeItem

PAGE = "/editions/R1/settings/dates"
ESSAY = ("assignments", "final-assignment")
WEEK = timedelta(days=7)


def dates_of(edition: Edition) -> dict[tuple[str, str], tuple[datetime, datetime | None]]:
    return {(feature, one.key): (one.opens_at, one.closes_at) for feature, one in read_dates(edition)}


def due(edition: Edition) -> dict[str, datetime]:
    rows = db.session.execute(select(GradeItem.key, GradeItem.due_at).where(GradeItem.edition_id == edition.id))
    return dict(tuple(row) for row in rows)


def settings(edition: Edition, **values: object) -> dict[str, object]:
    return {"starts_on": edition.starts_on, "ends_on": edition.ends_on, "place": edition.place, **values}


def test_a_week_later_is_the_same_hour_even_where_clocks_change_in_between() -> None:
    before = instant_of(date(2022, 10, 28), time(23, 59), "Europe/Rome")
    after = shifted(before, 7, "Europe/Rome")
    assert (before.isoformat(), after.isoformat()) == ("2022-10-28T21:59:00+00:00", "2022-11-04T22:59:00+00:00")
    assert shifted(after, -7, "Europe/Rome") == before


def test_the_list_has_the_dates_of_every_feature(cast) -> None:
    assert {feature for feature, _key in dates_of(cast.edition)} == {"quizzes", "assignments", "attendance", "surveys"}


def test_a_new_first_day_moves_everything_and_the_last_day_with_it(cast, now) -> None:
    edition, before, openings = cast.edition, dates_of(cast.edition), module_openings(cast.edition)
    others, last = dates_of(cast.other_edition), cast.edition.ends_on
    values = settings(edition, starts_on=edition.starts_on + WEEK)
    assert change_settings(cast.member("coordinator"), values, moves_dates=True, now=now) == 7
    assert edition.ends_on == last + WEEK
    for key, (opens_at, closes_at) in before.items():
        assert dates_of(edition)[key] == tuple(at and shifted(at, 7, "Europe/Rome") for at in (opens_at, closes_at))
    assert module_openings(edition) == {key: shifted(at, 7, "Europe/Rome") for key, at in openings.items()}
    assert due(edition)["quiz-2"] == dates_of(edition)["quizzes", "quiz-2"][1]
    assert due(edition)["final-assignment"] == dates_of(edition)[ESSAY][1]
    assert dates_of(cast.other_edition) == others


def test_the_dates_stay_unless_it_is_asked_and_a_typed_last_day_stays_too(cast, now) -> None:
    edition, before = cast.edition, dates_of(cast.edition)
    actor = cast.member("coordinator")
    assert (
        change_settings(actor, settings(edition, starts_on=edition.starts_on - WEEK), moves_dates=False, now=now) == 0
    )
    assert dates_of(edition) == before
    typed = date(2026, 5, 31)
    moved = settings(edition, starts_on=edition.starts_on + WEEK, ends_on=typed)
    assert change_settings(actor, moved, moves_dates=True, now=now) == 7
    assert edition.ends_on == typed


def test_one_date_changes_with_its_grade_item_and_a_record(cast, now) -> None:
    opens_at, closes_at = dates_of(cast.edition)[ESSAY]
    later = closes_at + WEEK
    assert set_dates(cast.member("coordinator"), {ESSAY: (opens_at, later)}, now) == 1
    assert dates_of(cast.edition)[ESSAY] == (opens_at, later)
    assert due(cast.edition)["final-assignment"] == later
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "dates changed")).one()
    assert event.details["changes"]["assignments final-assignment"][1][1] == later.isoformat()
    assert set_dates(cast.member("coordinator"), {ESSAY: (opens_at, later)}, now) == 0


def test_nothing_closes_before_it_opens_and_nothing_moves_in_a_closed_edition(cast, now) -> None:
    opens_at, closes_at = dates_of(cast.edition)[ESSAY]
    with pytest.raises(RuleViolation):
        set_dates(cast.member("coordinator"), {ESSAY: (closes_at, opens_at)}, now)
    for role in ("tutor", "participant"):
        with pytest.raises(NotAllowed):
            set_dates(cast.member(role), {ESSAY: (opens_at, closes_at + WEEK)}, now)
    cast.edition.closed_at = now
    with pytest.raises(RuleViolation):
        set_dates(cast.member("coordinator"), {ESSAY: (opens_at, closes_at + WEEK)}, now)
    assert dates_of(cast.edition)[ESSAY] == (opens_at, closes_at)


def as_typed(page: str) -> dict[str, str]:
    """What the form sends where nothing is touched."""
    fields = re.findall(r"<input[^>]*type=\"datetime-local\"[^>]*>", page)
    return {
        re.search(r'name="([^"]+)"', field).group(1): re.search(r'value="([^"]+)"', field).group(1) for field in fields
    }


def test_the_page_changes_dates_on_the_editions_clock(as_role, cast) -> None:
    browser = as_role("coordinator")
    before = dates_of(cast.edition)
    typed = as_typed(browser.get(PAGE).text)
    same = browser.post(PAGE, typed)
    assert "Nothing was different, so nothing was changed." in browser.get(same.location).text
    assert dates_of(cast.edition) == before
    number = list(before).index(ESSAY)
    assert browser.post(PAGE, {**typed, f"closes_{number}": "2026-04-20T23:59"}).status_code == 303
    assert dates_of(cast.edition)[ESSAY][1].isoformat() == "2026-04-20T21:59:00+00:00"


def test_the_page_tells_what_is_wrong_and_keeps_what_was_typed(as_role, cast) -> None:
    browser = as_role("coordinator")
    before = dates_of(cast.edition)
    typed = as_typed(browser.get(PAGE).text)
    wrong = browser.post(PAGE, {**typed, "closes_0": "2025-01-01T08:00", "opens_1": ""})
    assert wrong.status_code == 422
    assert "It would close before it opens." in wrong.text
    assert "Choose a day and a time." in wrong.text
    assert 'value="2025-01-01T08:00"' in wrong.text
    assert dates_of(cast.edition) == before


def test_only_coordinators_of_the_edition_have_the_page(as_role) -> None:
    for role in ("participant", "tutor", "sponsor_viewer"):
        assert as_role(role).get(PAGE).status_code == 403
        assert as_role(role).post(PAGE, {}).status_code == 403
    assert as_role("other_coordinator").get(PAGE).status_code == 404


def test_the_settings_page_proposes_to_move_everything_only_before_the_opening(as_role, cast) -> None:
    browser = as_role("coordinator")
    box = r'<input[^>]*name="moves_dates"[^>]*>'
    assert "checked" not in re.search(box, browser.get("/editions/R1/settings").text).group(0)
    cast.edition.opened_at = None
    assert "checked" in re.search(box, browser.get("/editions/R1/settings").text).group(0)
    before = dates_of(cast.edition)[ESSAY]
    form = {
        "title_en": "Small course", "title_fr": "Petit cours", "starts_on": "2026-03-09", "ends_on": str(cast.edition.ends_on),
        "time_zone": "Europe/Rome", "place": "Turin", "learning_hours": "60", "note": "", "moves_dates": "y",
    }  # fmt: skip
    assert "Everything moved by 7 days." in browser.get(browser.post("/editions/R1/settings", form).location).text
    assert dates_of(cast.edition)[ESSAY][1] == shifted(before[1], 7, "Europe/Rome")
