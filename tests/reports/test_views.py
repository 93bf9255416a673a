"""The report page and its file, by role and by sponsor."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.courses.models import Edition, Sponsor
from lms.courses.navigation import links_for
from tests.conftest import Browser
from tests.factories import Cast, enrol, make_person
from tests.reports.conftest import THEN

PAGE = "/editions/R1/report"


@pytest.fixture
def browse(app, edition_of_2022: Edition):
    """``browse("coordinator", "SAMM")``: a browser for somebody with a role in the real edition."""

    def browser(role: str, *sponsors: str) -> Browser:
        person = make_person(f"Reader {role} {'-'.join(sponsors)}", THEN)
        rows = tuple(db.session.scalars(select(Sponsor).where(Sponsor.code.in_(sponsors))))
        enrol(person, edition_of_2022, role, THEN, rows)
        db.session.commit()
        return Browser(app, person.get_id())

    return browser


REAL = "/editions/A9714779/report"


def test_a_coordinator_reads_the_figures_with_their_definitions(browse) -> None:
    page = browse("coordinator").get(REAL)
    assert page.status_code == 200
    for words in (
        "<strong>22</strong>", "<strong>25.3</strong>", "<strong>9</strong>", "<strong>20</strong>",
        "<strong>14</strong>", "over all 22 enrolled, a missing quiz counting 0", "As at 9 January 2023, 10:00 in Turin",
        "Monday 24 October 2022 – Friday 2 December 2022", "13 of 22 people have answered (59.1\N{NO-BREAK SPACE}%)", "3.38", "38.5\N{NO-BREAK SPACE}%",
        "not stated", "Zambia", "SAMM project",
    ):  # fmt: skip
        assert words in page.text, words


def test_the_people_without_a_certificate_are_counted_too(browse) -> None:
    page = browse("coordinator").get(REAL).text
    row = page[page.index('<tr><th scope="row">None</th>') :]
    assert re.match(r'.*?data-label="Issued">2</td>.*?data-label="By results">\d+</td>', row)


def test_the_sponsor_lens_shows_the_sponsor_s_people(browse) -> None:
    page = browse("coordinator").get(f"{REAL}?sponsor=SAMM").text
    assert "People financed by SAMM project" in page
    assert "<strong>9</strong>" in page
    assert "<strong>22</strong>" not in page
    assert "it cannot be divided by sponsor" in page


def test_a_sponsor_viewer_reads_their_own_figures_without_choosing(browse) -> None:
    viewer = browse("sponsor-viewer", "SAMM")
    page = viewer.get(REAL).text
    assert "People financed by SAMM project" in page
    assert "<strong>22</strong>" not in page
    assert "By sponsor" not in page
    assert "Whose figures" not in page


def test_a_sponsor_viewer_cannot_ask_for_another_sponsor(browse) -> None:
    db.session.add(Sponsor(code="EU", name="European Union"))
    viewer = browse("sponsor-viewer", "SAMM")
    assert viewer.get(f"{REAL}?sponsor=EU").status_code == 404
    assert viewer.get(f"{REAL}.csv?sponsor=EU").status_code == 404


def test_a_sponsor_viewer_without_sponsor_is_told_whom_to_ask(as_role, now) -> None:
    page = as_role("sponsor_viewer").get(PAGE)
    assert page.status_code == 200
    assert "Ask the coordinator" in page.text
    assert as_role("sponsor_viewer").get(f"{PAGE}.csv").status_code == 404


def test_a_small_group_s_averages_are_hidden_from_its_sponsor(as_role, cast: Cast, now) -> None:
    enrolment = cast.enrolment("sponsor_viewer")
    enrolment.sponsors.append(cast.sponsor)
    viewer = as_role("sponsor_viewer")
    page = viewer.get(PAGE).text
    assert "Fewer than 5 people" in page
    assert "of 30" not in page
    assert "Zimbabwe" not in page
    assert "average" not in viewer.get(f"{PAGE}.csv").text
    assert "Fewer than 5 people" not in as_role("coordinator").get(f"{PAGE}?sponsor=SAMM").text


def test_an_unknown_sponsor_is_not_found(as_role, now) -> None:
    assert as_role("coordinator").get(f"{PAGE}?sponsor=nobody").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("coordinator", 200), ("administrator", 200), ("sponsor_viewer", 200), ("tutor", 403), ("participant", 403),
        ("outsider", 404), ("other_coordinator", 404),
    ],
)  # fmt: skip
def test_the_report_is_for_its_readers(as_role, now, name: str, status: int) -> None:
    assert as_role(name).get(PAGE).status_code == status


@pytest.mark.parametrize(("name", "shown"), [("coordinator", True), ("sponsor_viewer", True), ("tutor", False)])
def test_the_edition_links_to_the_report_for_its_readers(cast: Cast, name: str, shown: bool) -> None:
    assert ("reports.show" in [link.endpoint for link in links_for(cast.member(name))]) is shown


def test_an_edition_without_people_says_so(as_role, cast: Cast, now) -> None:
    for name in ("participant", "other_participant", "third_participant"):
        cast.enrolment(name).withdrawn_at = now
    page = as_role("coordinator").get(PAGE)
    assert page.status_code == 200
    assert "Nobody to report on yet" in page.text


def test_the_file_holds_the_figures_of_the_page(browse) -> None:
    response = browse("coordinator").get(f"{REAL}.csv?sponsor=SAMM")
    assert "A9714779-report-SAMM.csv" in response.headers["Content-Disposition"]
    rows = dict(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
    assert rows["Participants"] == "9"
    assert rows["Certificate of Achievement"] == "5"
    assert rows["Certificate of Participation"] == "4"
    assert rows["Quiz average, of 30.00"] == "26.1"
