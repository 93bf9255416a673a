"""The pages of making and setting up editions."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.courses.editions import module_openings
from lms.courses.models import Edition, Sponsor
from tests.factories import make_edition

PAGES = ["/editions/R1/settings", "/editions/R1/settings/modules", "/editions/R1/settings/sponsors"]
SETTINGS = {
    "title_en": "Small course again",
    "title_fr": "Petit cours",
    "starts_on": "2026-03-02",
    "ends_on": "2026-04-12",
    "time_zone": "Europe/Rome",
    "place": "Turin",
    "learning_hours": "60",
    "note": "",
}


def find_edition(code: str) -> Edition | None:
    return db.session.scalars(select(Edition).where(Edition.code == code)).one_or_none()


def new_edition(cast, **values: str | list[str]) -> dict[str, object]:
    return {
        "release_id": str(cast.edition.release_id), "code": "r3", "starts_on": "2026-10-19", "ends_on": "",
        "time_zone": "Africa/Harare", "place": "Harare", "languages": ["en", "fr"], "learning_hours": "", **values,
    }  # fmt: skip


@pytest.fixture
def draft(cast, now) -> Edition:
    """R2 before it is opened, with its own coordinator."""
    cast.other_edition.opened_at = None
    db.session.commit()
    return cast.other_edition


def test_administrators_see_all_editions_and_coordinators_their_own(as_role) -> None:
    everything = as_role("administrator").get("/administration").text
    own = as_role("coordinator").get("/administration").text
    assert ("R1" in everything, "R2" in everything) == (True, True)
    assert ("R1" in own, "R2" in own) == (True, False)
    assert "Small course" in own


def test_the_list_of_editions_costs_the_same_for_two_and_for_twenty(as_role, cast, now, count_queries) -> None:
    browser = as_role("administrator")
    browser.get("/administration")
    with count_queries() as few:
        browser.get("/administration")
    for n in range(18):
        make_edition(f"E{n}", cast.edition.release, cast.content, now)
    with count_queries() as many:
        assert "E17" in browser.get("/administration").text
    assert len(few) == len(many) <= 6


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_nobody_else_opens_the_pages_of_coordinators(as_role, cast, role) -> None:
    browser = as_role(role)
    assert browser.get("/administration").status_code == 403
    assert browser.post("/administration/editions/new", new_edition(cast)).status_code == 403
    for page in PAGES:
        assert browser.get(page).status_code == 403
        assert browser.post(page, {}).status_code == 403
    assert browser.post("/editions/R1/opening").status_code == 403
    assert browser.post("/editions/R1/reopening", {"reason": "x"}).status_code == 403
    assert find_edition("R3") is None


def test_the_pages_of_another_edition_do_not_exist(as_role) -> None:
    for page in PAGES:
        assert as_role("other_coordinator").get(page).status_code == 404
    assert as_role("coordinator").get("/editions/NONE/settings").status_code == 404


def test_a_coordinator_makes_an_edition_and_comes_to_its_settings(as_role, cast) -> None:
    browser = as_role("coordinator")
    assert "Small course" in browser.get("/administration/editions/new").text
    response = browser.post("/administration/editions/new", new_edition(cast))
    assert (response.status_code, response.location) == (303, "/editions/R3/settings")
    settings = browser.get("/editions/R3/settings")
    assert settings.status_code == 200
    assert "Not open yet" in settings.text
    assert as_role("tutor").get("/editions/R3").status_code == 404


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": ""}, "Write a code."),
        ({"code": "A/../B"}, "capital letters, digits and hyphens"),
        ({"code": "R1"}, "There is an edition with the code R1 already."),
        ({"starts_on": ""}, "Choose the first day."),
        ({"starts_on": "19/10/2026"}, "Not a valid date value."),
        ({"ends_on": "2026-10-18"}, "The last day comes before the first."),
        ({"languages": []}, "Choose at least one language."),
        ({"languages": ["en", "xx"]}, "not a valid choice"),
        ({"learning_hours": "0"}, "Write a whole number from 1 to 2000."),
        ({"release_id": "999"}, "Not a valid choice"),
        ({"time_zone": "Turin"}, "Choose the city whose clock is yours."),
    ],
)
def test_a_refused_edition_says_why_and_keeps_what_was_typed(as_role, cast, change, sentence) -> None:
    response = as_role("administrator").post("/administration/editions/new", new_edition(cast, **change))
    assert response.status_code == 422
    assert sentence.lower() in response.text.lower()
    assert 'value="Harare"' in response.text
    assert db.session.query(Edition).count() == 2


def test_settings_are_saved(as_role, cast) -> None:
    browser = as_role("coordinator")
    assert 'value="Petit cours"' in browser.get("/editions/R1/settings").text
    assert browser.post("/editions/R1/settings", SETTINGS).status_code == 303
    assert cast.edition.title == {"en": "Small course again", "fr": "Petit cours"}
    assert str(cast.edition.ends_on) == "2026-04-12"
    assert cast.edition.code == "R1"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title_fr": ""}, "Write the title."),
        ({"ends_on": "2026-03-01"}, "The last day comes before the first."),
        ({"ends_on": ""}, "Choose the last day."),
        ({"learning_hours": "many"}, "Not a valid integer value."),
    ],
)
def test_refused_settings_keep_what_was_typed(as_role, cast, change, sentence) -> None:
    response = as_role("coordinator").post("/editions/R1/settings", {**SETTINGS, "place": "Torino", **change})
    assert response.status_code == 422
    assert sentence in response.text
    assert 'value="Torino"' in response.text
    assert cast.edition.place == "Turin"


def test_an_edition_is_opened_when_nothing_is_missing(as_role, draft) -> None:
    browser = as_role("other_coordinator")
    assert as_role("outsider").get("/editions/R2").status_code == 404
    draft.title = {"en": "Only English"}
    refused = browser.post("/editions/R2/opening")
    assert refused.status_code == 409
    assert "cannot be opened yet" in refused.text
    assert "Something is missing" in browser.get("/editions/R2/settings").text
    draft.title = {"en": "English", "fr": "Français"}
    assert "Ready" in browser.get("/editions/R2/settings").text
    assert browser.post("/editions/R2/opening").status_code == 303
    assert as_role("outsider").get("/editions/R2").status_code == 200


def test_a_closed_edition_is_opened_again_with_a_reason(as_role, cast, now) -> None:
    cast.edition.closed_at = now
    browser = as_role("coordinator")
    assert "was closed on" in browser.get("/editions/R1/settings").text
    assert browser.post("/editions/R1/settings", SETTINGS).status_code == 409
    assert browser.post("/editions/R1/reopening", {"reason": " "}).status_code == 409
    assert cast.edition.closed_at is not None
    assert browser.post("/editions/R1/reopening", {"reason": "A late essay"}).status_code == 303
    assert cast.edition.closed_at is None


def test_module_dates_are_typed_on_the_editions_clock(as_role, cast) -> None:
    browser = as_role("coordinator")
    page = browser.get("/editions/R1/settings/modules").text
    assert 'value="2026-03-30T08:00"' in page
    dates = {f"opens_{n}": f"2026-03-{2 + 5 * n:02}T08:00" for n in range(6)}
    # The clocks of Rome are set forward on 29 March 2026.
    assert browser.post("/editions/R1/settings/modules", {**dates, "opens_5": "2026-03-30T09:30"}).status_code == 303
    openings = module_openings(cast.edition)
    assert openings["m1"].isoformat() == "2026-03-02T07:00:00+00:00"
    assert openings["m6"].isoformat() == "2026-03-30T07:30:00+00:00"
    assert module_openings(cast.other_edition)["m2"].isoformat() == "2026-03-09T07:00:00+00:00"
    again = browser.post("/editions/R1/settings/modules", {**dates, "opens_5": "2026-03-30T09:30"})
    assert "Nothing was different, so nothing was changed." in browser.get(again.location).text


def test_a_missing_module_date_is_told_and_nothing_is_saved(as_role, cast) -> None:
    before = module_openings(cast.edition)
    dates = {f"opens_{n}": "2026-03-05T08:00" for n in range(6)}
    response = as_role("coordinator").post("/editions/R1/settings/modules", {**dates, "opens_3": ""})
    assert response.status_code == 422
    assert "Choose a day and a time." in response.text
    assert module_openings(cast.edition) == before


def test_sponsors_are_added_once(as_role) -> None:
    browser = as_role("coordinator")
    assert "SAMM project" in browser.get("/editions/R1/settings/sponsors").text
    assert browser.post("/editions/R1/settings/sponsors", {"code": "oif", "name": "OIF"}).status_code == 303
    assert db.session.scalars(select(Sponsor.code).order_by(Sponsor.code)).all() == ["OIF", "SAMM"]
    again = browser.post("/editions/R1/settings/sponsors", {"code": "OIF", "name": "Another"})
    assert again.status_code == 422
    assert "already" in again.text
    assert 'value="Another"' in again.text
    assert browser.post("/editions/R1/settings/sponsors", {"code": "", "name": ""}).status_code == 422


def test_the_operator_makes_and_lists_editions(app, cast) -> None:
    run = app.test_cli_runner().invoke
    made = run(
        args=["editions", "create", "r9", "--course", "small", "--starts", "2026-10-19", "--by",
              "administrator@example.org", "--time-zone", "Europe/Rome"]
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "R9 runs from 2026-10-19 to 2026-11-27" in made.output
    listed = run(args=["editions", "list"]).output.splitlines()
    assert [line.split("\t")[:2] for line in listed] == [["R1", "running"], ["R2", "running"], ["R9", "draft"]]


@pytest.mark.parametrize(
    "change", [{"--course": "none"}, {"--by": "nobody@example.org"}, {"--time-zone": "Turin"}, {"--by": "tutor@example.org"}]
)  # fmt: skip
def test_the_operator_is_told_what_is_wrong(app, cast, change) -> None:
    options = {"--course": "small", "--starts": "2026-10-19", "--by": "administrator@example.org", **change}
    arguments = [word for pair in options.items() for word in pair]
    result = app.test_cli_runner().invoke(args=["editions", "create", "R9", *arguments])
    assert result.exit_code != 0
    assert next(iter(change.values())) in result.output
    assert find_edition("R9") is None


def test_coordinators_find_the_way_to_all_their_editions_and_others_do_not(as_role) -> None:
    assert 'href="/administration"' in as_role("coordinator").get("/editions/R1").text
    assert 'href="/administration"' not in as_role("tutor").get("/editions/R1").text
    assert 'href="/administration"' not in as_role("participant").get("/editions/R1").text


def test_what_is_missing_is_told_in_the_readers_language(as_role, cast, draft) -> None:
    draft.ends_on = draft.starts_on
    cast.person("other_coordinator").language = "fr"
    page = as_role("other_coordinator").get("/editions/R2/settings").text
    assert "Module 6 (fr)" in page
