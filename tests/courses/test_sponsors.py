"""Sponsors are renamed, joined and deleted, and nobody touches those of editions that they do not coordinate."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.courses.models import Sponsor
from tests.factories import enrol, make_person

SPONSORS = "/editions/R1/settings/sponsors"


def add(code: str, name: str = "") -> Sponsor:
    sponsor = Sponsor(code=code, name=name or code)
    db.session.add(sponsor)
    db.session.commit()
    return sponsor


def page_of(code: str) -> str:
    return f"{SPONSORS}/{db.session.scalars(select(Sponsor.id).where(Sponsor.code == code)).one()}"


def codes() -> list[str]:
    return list(db.session.scalars(select(Sponsor.code).order_by(Sponsor.code)))


def sponsors_of(cast: Any, name: str) -> list[str]:
    return [sponsor.code for sponsor in cast.enrolment(name).sponsors]


def test_the_list_counts_people_and_leads_to_each(as_role, cast) -> None:
    add("OIF")
    page = as_role("coordinator").get(SPONSORS).text
    assert f'href="{page_of("SAMM")}"' in page
    assert 'class="number">1</td>' in page
    assert 'class="number">0</td>' in page


def test_a_sponsor_is_renamed_wherever_it_stands(as_role, cast) -> None:
    page = page_of("SAMM")
    assert as_role("coordinator").post(page, {"code": "samm-2", "name": "SAMM, second phase"}).status_code == 303
    assert sponsors_of(cast, "participant") == ["SAMM-2"]
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.subject_type == "sponsor"))
    assert event.details == {"before": ["SAMM", "SAMM project"], "after": ["SAMM-2", "SAMM, second phase"]}


def test_a_code_that_another_has_is_refused_with_what_was_typed(as_role, cast) -> None:
    add("OIF")
    answer = as_role("coordinator").post(page_of("SAMM"), {"code": "OIF", "name": "New name"})
    assert answer.status_code == 422
    assert "already" in answer.text
    assert 'value="New name"' in answer.text
    assert codes() == ["OIF", "SAMM"]


def test_a_sponsor_of_nobody_is_deleted(as_role, cast) -> None:
    add("OIF")
    browser = as_role("coordinator")
    assert "/deletion" in browser.get(page_of("OIF")).text
    assert browser.post(f"{page_of('OIF')}/deletion").status_code == 303
    assert codes() == ["SAMM"]


def test_a_sponsor_of_somebody_is_kept_with_a_sentence(as_role, cast) -> None:
    browser = as_role("coordinator")
    assert "/deletion" not in browser.get(page_of("SAMM")).text
    answer = browser.post(f"{page_of('SAMM')}/deletion")
    assert answer.status_code == 409
    assert "stands beside people" in answer.text
    assert sponsors_of(cast, "participant") == ["SAMM"]


def test_two_that_are_one_are_joined_and_each_person_has_it_once(as_role, cast, now) -> None:
    double = add("S.A.M.M.")
    enrolments = cast.enrolment("participant"), cast.enrolment("other_participant")
    for enrolment in enrolments:
        enrolment.sponsors.append(double)
    db.session.commit()
    into = {"into": str(cast.sponsor.id)}
    assert as_role("coordinator").post(f"{page_of('S.A.M.M.')}/join", into).status_code == 303
    assert codes() == ["SAMM"]
    assert [sponsors_of(cast, name) for name in ("participant", "other_participant")] == [["SAMM"], ["SAMM"]]
    history = as_role("coordinator").get(f"/editions/R1/people/{cast.enrolments['other_participant']}").text
    assert "S.A.M.M. → SAMM" in history


def test_a_sponsor_is_not_joined_with_itself_nor_with_none(as_role, cast) -> None:
    for into in (cast.sponsor.id, 9999, ""):
        answer = as_role("coordinator").post(f"{page_of('SAMM')}/join", {"into": str(into)})
        assert answer.status_code == 422
    assert sponsors_of(cast, "participant") == ["SAMM"]


def test_a_sponsor_of_a_closed_edition_is_not_joined_since_its_figures_stand(as_role, cast, now) -> None:
    other = add("OIF")
    cast.edition.closed_at = now
    answer = as_role("coordinator").post(f"{page_of('SAMM')}/join", {"into": str(other.id)})
    assert answer.status_code == 422
    assert "closed edition R1" in answer.text
    assert codes() == ["OIF", "SAMM"]


@pytest.mark.parametrize("act", ["", "/join", "/join from"])
def test_what_stands_in_an_edition_of_others_is_out_of_reach(as_role, cast, now, act) -> None:
    """Who reads figures of a sponsor reads all that it finances: joining must not open those of another edition."""
    foreign = add("ELSEWHERE")
    enrol(make_person("Far Away", now), cast.other_edition, "participant", now, (foreign,))
    browser = as_role("coordinator")
    assert "do not coordinate" in browser.get(page_of("ELSEWHERE")).text
    if act == "/join from":
        answer = browser.post(f"{page_of('SAMM')}/join", {"into": str(foreign.id)})
    else:
        values = {"code": "MINE", "name": "Mine", "into": str(cast.sponsor.id)}
        answer = browser.post(f"{page_of('ELSEWHERE')}{act}", values)
    assert answer.status_code == 403
    assert codes() == ["ELSEWHERE", "SAMM"]
    assert sponsors_of(cast, "participant") == ["SAMM"]


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_nobody_else_changes_sponsors(as_role, cast, role) -> None:
    page, browser = page_of("SAMM"), as_role(role)
    assert browser.get(page).status_code == 403
    for act in ("", "/join", "/deletion"):
        assert browser.post(f"{page}{act}", {"code": "X", "name": "X", "into": "1"}).status_code == 403
    assert as_role("coordinator").get(f"{SPONSORS}/9999").status_code == 404
    assert codes() == ["SAMM"]
