"""Every route names who may use it, and the frame of the page stands for each role."""

from __future__ import annotations

from flask import Flask

from lms.core.access import access_of


def test_every_route_names_who_may_use_it(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and access_of(app, rule.endpoint) is None
    ]
    assert silent == []


def test_a_person_of_another_edition_gets_404(as_role) -> None:
    assert as_role("outsider").get("/editions/R1").status_code == 404
    assert as_role("participant").get("/editions/R1").status_code == 200


def test_a_stranger_is_sent_to_the_sign_in_page(as_role) -> None:
    response = as_role("stranger").get("/editions/R1")
    assert response.status_code == 303
    assert "/sign-in" in response.location
