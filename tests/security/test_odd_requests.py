"""Requests that no page of ours sends: each is answered with a page, none is a failure, and none changes anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from lms.core.db import db
from lms.quizzes.models import Attempt
from tests.factories import Cast

ROLES = ["stranger", "participant", "tutor", "coordinator", "sponsor_viewer", "administrator"]
# These end the session with which the walk goes on, or cannot be told apart from what they should do.
LEFT_OUT = {"accounts.sign_out", "accounts.sign_out_everywhere"}


def rules(app: Flask, method: str) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    return [rule for rule in found if rule.endpoint != "static" and rule.endpoint not in LEFT_OUT]


def address(rule: Rule, *, text: str = "x", number: str = "1", code: str = "R1") -> str:
    """The address of a rule with these values for its arguments."""

    def value(match: re.Match[str]) -> str:
        kind, _colon, name = match[1].rpartition(":")
        if name == "code":
            return code
        return number if kind == "int" else kind[4:-1].split(",")[0] if kind.startswith("any") else text

    return re.sub(r"<([^>]+)>", value, rule.rule)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("odd", [{"number": "9" * 25}, {"number": "2147483648"}, {"text": "%00"}, {"code": "R1%00"}])
def test_no_address_however_odd_is_a_failure(app: Flask, as_role, role: str, odd: dict[str, str]) -> None:
    browser = as_role(role)
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            url = address(rule, **odd)
            if url != address(rule):
                assert browser.open(url, method).status_code < 500, (method, url)


ODD_FIELDS = {
    "attempt": "9" * 25, "nominee": "9" * 25, "person-²": "1", "person-1": "²", "seen": "9" * 5000 + "=a", "q1": "\0",
    "number": "9" * 25, "revision": "9" * 30, "digest": "\0", "body": "a\0b", "name": "a\0b", "item": "\0",
    "profile": "\0", "reason": "a\0b", "email": "a\0b@example.org", "full_name": "a\0b", "language": "\0",
    "next": "\0//example.org", "points-points": "1e50", "day": "9999-12-31", "starts_on": "0001-01-01",
}  # fmt: skip


@pytest.mark.parametrize("role", ["stranger", "participant", "coordinator"])
def test_no_form_however_odd_is_a_failure(app: Flask, as_role, role: str) -> None:
    browser = as_role(role)
    for rule in rules(app, "POST"):
        assert browser.post(address(rule, text="quiz-2"), ODD_FIELDS).status_code < 500, rule.rule
    for rule in rules(app, "GET"):
        odd = dict.fromkeys(("page", "q", "sort", "sponsor", "show", "item", "assignment", "code"), "\0%_'")
        response = browser.get(address(rule, text="quiz-2"), query_string={**odd, "page": "9" * 25})
        assert response.status_code < 500, rule.rule


@pytest.mark.parametrize("packet", ["[" * 100_000, '{"attempt": 1e400}', '{"answers": {"1": ["\\ud800"]}}', "\0", ""])
def test_a_packet_of_answers_that_is_none_is_refused_in_words(as_role, packet: str) -> None:
    response = as_role("participant").post(
        "/editions/R1/quizzes/quiz-2/attempts/1/answers",
        packet,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert response.status_code == 409
    assert "Reload it" in response.get_json()["error"]


def test_an_attempt_by_a_number_beyond_all_numbers_is_nobodys(as_role, cast: Cast) -> None:
    browser = as_role("participant")
    browser.post("/editions/R1/quizzes/quiz-2/attempts")
    for number in ("9" * 25, "-1", "x"):
        assert browser.post("/editions/R1/quizzes/quiz-2/attempts/1/submit", {"attempt": number}).status_code == 404
    assert db.session.scalars(select(Attempt.submitted_at)).all() == [None]


def test_a_text_with_a_nul_in_it_is_kept_without(as_role, cast: Cast) -> None:
    form = {"full_name": "Ami\0na", "language": "en", "time_zone": "UTC"}
    assert as_role("participant").post("/profile", form).status_code == 303
    assert cast.person("participant").full_name == "Amina"


@pytest.mark.parametrize("typed", ["1e50", "-1e50", "1e999999999", "9" * 3000, "NaN", "sNaN", "Infinity", "0x10"])
def test_points_that_are_no_points_are_refused_in_words(as_role, cast: Cast, typed: str) -> None:
    page = as_role("participant").get("/editions/R1/results", query_string={"try-quiz-2": typed})
    assert page.status_code == 422
    cell = f"/editions/R1/gradebook/{cast.enrolments['participant']}/quiz-2/points"
    assert as_role("coordinator").post(cell, {"points-points": typed, "points-reason": "x"}).status_code == 422


@pytest.mark.parametrize("year", ["0001", "0026", "1999", "9999"])
def test_a_year_that_nobody_means_is_asked_again_and_breaks_no_page(as_role, cast: Cast, year: str) -> None:
    coordinator, day = as_role("coordinator"), f"{year}-12-31"
    settings: dict[str, Any] = {
        "title_en": "Course", "title_fr": "Cours", "starts_on": day, "ends_on": day, "time_zone": "Pacific/Auckland",
        "place": "", "learning_hours": "60", "note": "",
    }  # fmt: skip
    cell = f"/editions/R1/gradebook/{cast.enrolments['participant']}/final-assignment/extension"
    session = {"day": day, "at": "00:00", "minutes": "60", "link": ""}
    extension = {"extension-day": day, "extension-at": "23:59", "extension-reason": "illness"}
    key = re.search(r"/agenda/([\w-]+)", coordinator.get("/editions/R1/agenda").text)
    assert key is not None
    for url, form in (
        ("/editions/R1/settings", settings),
        (f"/editions/R1/agenda/{key[1]}", session),
        (cell, extension),
    ):
        response = coordinator.post(url, form)
        assert response.status_code == 422, url
        assert "Write all four figures" in response.text
    assert as_role("participant").get("/editions/R1").status_code == 200


def test_no_form_is_taken_without_the_token_of_its_page(app: Flask, as_role, count_queries, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    browsers = {role: as_role(role) for role in ("stranger", "participant", "coordinator", "administrator")}
    taken = []
    with count_queries() as statements:
        for role, browser in browsers.items():
            for rule in rules(app, "POST"):
                response = browser.post(address(rule, text="quiz-2"), ODD_FIELDS)
                # 401: a stranger's answers come back to them in a form, and nothing is kept.
                refused = (303, 400, 401, 403, 404)
                # What somebody wrote comes back to them, with a word on what to do.
                comes_back = response.status_code == 422 and "too old to be sent" in response.text
                is_language = response.headers.get("Set-Cookie", "").startswith("language")
                if is_language or not (comes_back or response.status_code in refused):
                    taken.append((role, rule.rule, response.status_code))
                if response.status_code == 303:
                    assert "/sign-in" in response.location or "/result" in response.location, rule.rule
    assert taken == []
    assert [sql for sql in statements if not sql.lstrip().startswith("SELECT")] == []
