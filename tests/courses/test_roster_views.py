"""The pages of an edition's people."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.accounts.passwords import hash_password
from lms.accounts.queries import find_person_by_email
from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.courses import roster_import
from lms.courses.models import Enrolment, RosterPreview, Sponsor
from tests.conftest import Browser
from tests.factories import enrol, make_person

NEW = {
    "email": "amina@x.org",
    "full_name": "Amina Diallo",
    "role": "participant",
    "sponsors": ["SAMM"],
    "organisation": "Ministry",
    "organisation_type": "government",
    "country": "SN",
    "sex": "female",
    "language": "fr",
}
LIST = "email,name,phone\namina@x.org,Amina Diallo,1\nmoyo,Moyo,2\nparticipant@example.org,Participant,3\n"


def upload(browser: Browser, content: str = LIST, name: str = "people.csv") -> Any:
    return browser.post("/editions/R1/people/import", {"file": (io.BytesIO(content.encode()), name)})


def letters() -> int:
    return db.session.scalar(select(func.count(OutboxMessage.id))) or 0


def test_everybody_in_the_edition_is_listed_and_nobody_else(as_role) -> None:
    page = as_role("coordinator").get("/editions/R1/people").text
    assert "6 people" in page
    assert "Third Participant" in page
    assert "Outsider" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=third", {"Third Participant"}),
        ("q=TUTOR@example.org", {"Tutor"}),
        ("role=tutor", {"Tutor"}),
        ("sponsor=SAMM", {"Participant"}),
        ("status=withdrawn", {"Other Participant"}),
        ("status=active", {"Tutor"}),
        ("status=invited&role=participant", {"Participant", "Third Participant"}),
    ],
)
def test_the_list_is_narrowed(as_role, cast, now, query, names) -> None:
    cast.enrolment("other_participant").withdrawn_at = now
    cast.person("tutor").password_hash = hash_password("mango river lantern")
    page = as_role("coordinator").get(f"/editions/R1/people?{query}").text
    everybody = {"Participant", "Other Participant", "Third Participant", "Tutor", "Coordinator", "Sponsor Viewer"}
    assert {name for name in everybody if f"<bdi>{name}</bdi></a>" in page} == names


def test_a_search_that_finds_nobody_leads_back(as_role) -> None:
    page = as_role("coordinator").get("/editions/R1/people?q=%25&status=nonsense&page=0&sort=nonsense")
    assert page.status_code == 200
    assert "Nobody found" in page.text
    assert "Show everybody" in page.text


def test_the_list_is_sorted_both_ways_without_regard_to_accents(as_role, cast, now) -> None:
    for name in ("Élodie", "eva", "Zoé"):
        enrol(make_person(name, now, email=f"{name}@y.org"), cast.edition, "participant", now)
    browser = as_role("coordinator")
    up = browser.get("/editions/R1/people?q=y.org&sort=name").text
    down = browser.get("/editions/R1/people?q=y.org&sort=name&direction=descending").text
    assert up.index("Élodie</bdi>") < up.index("eva</bdi>") < up.index("Zoé</bdi>")
    assert down.index("Zoé</bdi>") < down.index("eva</bdi>") < down.index("Élodie</bdi>")
    assert 'aria-sort="descending"' in down


def test_the_list_costs_the_same_for_six_people_and_for_a_hundred(as_role, cast, now, count_queries) -> None:
    browser = as_role("coordinator")
    browser.get("/editions/R1/people")
    with count_queries() as few:
        browser.get("/editions/R1/people")
    for n in range(94):
        enrol(make_person(f"Person {n:02}", now), cast.edition, "participant", now, (cast.sponsor,))
    with count_queries() as many:
        page = browser.get("/editions/R1/people?role=participant").text
    assert len(few) == len(many) <= 6
    assert page.count("<tr>") == 51
    assert "Page 1 of 2" in page
    assert "role=participant" in page
    assert "Page 2 of 2" in browser.get("/editions/R1/people?page=7").text


PEOPLE_PAGES = ["/people", "/people/new", "/people/import", "/people/import/template.csv"]


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_nobody_else_sees_or_changes_who_is_in_an_edition(as_role, cast, role) -> None:
    browser, enrolment_id = as_role(role), cast.enrolments["third_participant"]
    for page in [*PEOPLE_PAGES, f"/people/{enrolment_id}"]:
        assert browser.get(f"/editions/R1{page}").status_code == 403
    for act in ("place", "withdrawal", "return", "invitation", "invitation-link"):
        response = browser.post(f"/editions/R1/people/{enrolment_id}/{act}", {"reason": "x", "role": "tutor"})
        assert response.status_code == 403
    assert browser.post("/editions/R1/people/new", NEW).status_code == 403
    assert upload(browser).status_code == 403
    assert letters() == 0


def test_the_people_of_another_edition_are_not_found(as_role, cast) -> None:
    browser = as_role("other_coordinator")
    for page in PEOPLE_PAGES:
        assert browser.get(f"/editions/R1{page}").status_code == 404
    elsewhere = cast.enrolments["participant"]
    assert browser.get(f"/editions/R2/people/{elsewhere}").status_code == 404
    for act in ("place", "withdrawal", "return", "invitation", "invitation-link"):
        response = browser.post(f"/editions/R2/people/{elsewhere}/{act}", {"reason": "x", "role": "tutor"})
        assert response.status_code == 404
    assert cast.enrolment("participant").withdrawn_at is None


# One by one


def test_one_person_is_enrolled_and_written_to(as_role) -> None:
    browser = as_role("coordinator")
    assert browser.get("/editions/R1/people/new").status_code == 200
    response = browser.post("/editions/R1/people/new", NEW)
    assert response.status_code == 303
    page = browser.get(response.location).text
    assert "Amina Diallo" in page
    assert "Invited" in page
    person = find_person_by_email("amina@x.org")
    assert (person.language, person.time_zone) == ("fr", "Africa/Dakar")
    assert letters() == 1


def test_a_double_click_enrols_once_and_says_so(as_role) -> None:
    browser = as_role("coordinator")
    first = browser.post("/editions/R1/people/new", NEW)
    second = browser.post("/editions/R1/people/new", {**NEW, "email": "AMINA@x.org "})
    assert first.location == second.location
    assert "was in this edition already" in browser.get(second.location).text
    assert letters() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "amina"}, "Write the whole address"),
        ({"full_name": " "}, "Write your name."),
        ({"role": "boss"}, "Not a valid choice"),
        ({"sponsors": ["NONE"]}, "not a valid choice"),
    ],
)
def test_a_refused_person_is_told_and_kept_in_the_form(as_role, change, sentence) -> None:
    response = as_role("coordinator").post("/editions/R1/people/new", {**NEW, **change})
    assert response.status_code == 422
    assert sentence.lower() in response.text.lower()
    assert 'value="Ministry"' in response.text
    assert find_person_by_email("amina@x.org") is None


def test_role_and_sponsors_are_changed_and_the_history_shows_it(as_role, cast) -> None:
    db.session.add(Sponsor(code="OIF", name="Francophonie"))
    browser, address = as_role("coordinator"), f"/editions/R1/people/{cast.enrolments['participant']}"
    assert browser.post(f"{address}/place", {"role": "tutor", "sponsors": ["OIF"]}).status_code == 303
    page = browser.get(address).text
    assert "Participant → Tutor" in page
    assert "SAMM → OIF" in page
    assert browser.post(f"{address}/place", {"role": "boss"}).status_code == 422


def test_somebody_is_withdrawn_with_a_reason_and_taken_back(as_role, cast) -> None:
    browser, address = as_role("coordinator"), f"/editions/R1/people/{cast.enrolments['participant']}"
    assert browser.post(f"{address}/withdrawal", {"reason": " "}).status_code == 422
    assert browser.post(f"{address}/withdrawal", {"reason": "New job"}).status_code == 303
    page = browser.get(address).text
    assert "New job" in page
    assert "Take Participant back" in page
    assert as_role("participant").get("/editions/R1").status_code == 404
    assert browser.post(f"{address}/return").status_code == 303
    assert as_role("participant").get("/editions/R1").status_code == 200


def test_the_only_coordinator_cannot_be_withdrawn(as_role, cast) -> None:
    address = f"/editions/R1/people/{cast.enrolments['coordinator']}/withdrawal"
    response = as_role("coordinator").post(address, {"reason": "Bye"})
    assert response.status_code == 409
    assert "only coordinator" in response.text


def test_an_invitation_is_sent_again_or_handed_over_as_a_link_that_opens(as_role, cast, app) -> None:
    browser, address = as_role("coordinator"), f"/editions/R1/people/{cast.enrolments['participant']}"
    assert browser.post(f"{address}/invitation").status_code == 303
    assert letters() == 1
    assert browser.post(f"{address}/invitation").status_code == 409
    page = browser.post(f"{address}/invitation-link")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    link = page.text.split('value="http://localhost', 1)[1].split('"', 1)[0]
    assert Browser(app, None).get(link).status_code == 200
    assert link not in browser.get(address).text


def test_a_missing_person_is_not_found(as_role) -> None:
    assert as_role("coordinator").get("/editions/R1/people/99999").status_code == 404


def test_a_closed_edition_shows_its_people_and_changes_nothing(as_role, cast, now) -> None:
    cast.edition.closed_at = now
    browser, address = as_role("coordinator"), f"/editions/R1/people/{cast.enrolments['participant']}"
    assert "Withdraw" not in browser.get(address).text
    assert browser.post(f"{address}/withdrawal", {"reason": "x"}).status_code == 409
    assert browser.post("/editions/R1/people/new", NEW).status_code == 409
    assert upload(browser).status_code == 409


# From a list


def test_a_list_is_looked_at_then_taken_in_once(as_role, cast) -> None:
    browser = as_role("coordinator")
    assert browser.get("/editions/R1/people/import").status_code == 200
    uploaded = upload(browser)
    assert uploaded.status_code == 303
    page = browser.get(uploaded.location).text
    assert "Nothing has been done yet." in page
    assert "“moyo” is not an e-mail address." in page
    assert "Line 3" in page
    assert "These columns are not used: phone." in page
    assert find_person_by_email("amina@x.org") is None
    for _click in range(2):
        confirmed = browser.post(uploaded.location)
        assert (confirmed.status_code, confirmed.location) == (303, uploaded.location)
    result = browser.get(uploaded.location).text
    assert "1 person was enrolled" in result
    assert "Mend the lines that were left out" in result
    assert letters() == 1
    assert db.session.scalar(select(func.count(Enrolment.id)).where(Enrolment.edition_id == cast.edition.id)) == 7


def test_the_same_list_again_offers_nothing_to_confirm(as_role) -> None:
    browser = as_role("coordinator")
    browser.post(upload(browser).location)
    page = browser.get(upload(browser).location).text
    assert "This list changes nothing." in page
    assert "Save the changes" not in page


@pytest.mark.parametrize(
    ("content", "sentence"), [("", "The file is empty."), ("name\nAmina\n", "There is no column “email”.")]
)
def test_what_is_no_list_is_refused_in_the_form(as_role, content, sentence) -> None:
    response = upload(as_role("coordinator"), content)
    assert response.status_code == 422
    assert sentence in response.text


def test_a_missing_file_is_told(as_role) -> None:
    response = as_role("coordinator").post("/editions/R1/people/import", {})
    assert response.status_code == 422
    assert "Choose a file." in response.text


def test_a_file_beyond_the_limit_is_refused_with_a_sentence(as_role, monkeypatch) -> None:
    monkeypatch.setattr(roster_import, "MAX_BYTES", 1000)
    response = upload(as_role("coordinator"), "email\n" + "x" * 1000)
    assert response.status_code == 422
    assert "larger than 1 MB" in response.text


def test_a_hostile_name_in_a_list_is_shown_as_text(as_role) -> None:
    browser = as_role("coordinator")
    page = browser.get(upload(browser, "email,name\na@x.org,<script>alert(1)</script>\n").location).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_list_of_another_edition_is_not_found(as_role, cast, now) -> None:
    location = upload(as_role("coordinator")).location.replace("R1", "R2")
    browser = as_role("other_coordinator")
    assert browser.get(location).status_code == 404
    assert browser.post(location).status_code == 404
    assert db.session.scalars(select(RosterPreview.confirmed_at)).all() == [None]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_empty_table_is_downloaded_as_an_attachment(as_role, form) -> None:
    response = as_role("coordinator").get(f"/editions/R1/people/import/template.{form}")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == f"attachment; filename=people-R1.{form}"
    assert as_role("coordinator").get("/editions/R1/people/import/template.exe").status_code == 404


def test_the_look_costs_the_same_however_long_the_list(as_role, count_queries) -> None:
    browser = as_role("coordinator")
    short = upload(browser).location
    long = upload(browser, "email,name\n" + "".join(f"p{n}@x.org,P {n}\n" for n in range(200))).location
    browser.get(short)
    with count_queries() as few:
        browser.get(short)
    with count_queries() as many:
        browser.get(long)
    assert len(many) <= len(few) <= 8


def test_invitations_from_a_list_say_when_the_edition_starts(as_role, app, now, set_now) -> None:
    from lms.core.mailer import compose

    browser = as_role("coordinator")
    browser.post(upload(browser).location)
    set_now(now + timedelta(minutes=1))
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        letter = compose(db.session.scalars(select(OutboxMessage)).one())
    body = letter.get_content()
    assert letter["Subject"] == "Your place in the course “Small course”"
    assert "Monday 2 March 2026" in body
    assert "http://localhost/invitations/" in body
