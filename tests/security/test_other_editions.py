"""Nothing of one edition is found, changed or even known of through the addresses of another."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask

from lms.certificates import services
from lms.core.db import db, unit_of_work
from lms.courses.models import Enrolment
from tests.assignments.making import ESSAY_OPEN, essay_of, make_group
from tests.certificates.test_services import mark
from tests.factories import Cast
from tests.security.test_odd_requests import rules

# Which thing of R1 each argument of an address names.
Things = dict[str, str]


@pytest.fixture
def things(app: Flask, cast: Cast, as_role, set_now) -> Things:
    """One of everything in R1."""
    set_now(ESSAY_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    mark(cast, "other_participant", ESSAY_OPEN, essay="30")
    coordinator = as_role("coordinator")
    people = {"file": (io.BytesIO(b"email,name\nnew@example.org,New"), "people.csv")}
    preview = coordinator.post("/editions/R1/people/import", people, content_type="multipart/form-data").location
    with unit_of_work():
        services.close_edition(actor=cast.member("coordinator"), now=ESSAY_OPEN)
        services.issue_certificates(
            actor=cast.member("coordinator"), public_url="https://segin.example", now=ESSAY_OPEN, most=9
        )
    number = re.search(r"R1-[A-Z]-\d{4}", coordinator.get("/editions/R1/closing").text)
    assert number is not None
    return {
        "enrolment_id": str(cast.enrolments["participant"]),
        "group_id": str(group.id),
        "submission_id": str(submission.id),
        "preview_id": preview.rpartition("/")[2],
        "number": number[0],
    }


def named(app: Flask, things: Things, method: str) -> list[str]:
    """The addresses in R2 that name a thing of R1."""
    values = {**things, "code": "R2", "key": "final-assignment", "item_key": "final-assignment"}
    found = []
    for rule in rules(app, method):
        arguments = set(rule.arguments) & set(things)
        if not arguments or "code" not in rule.arguments or "attempts" in rule.rule:
            continue
        found.append(re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda match: values.get(match[1], "x"), rule.rule))
    return found


@pytest.mark.parametrize("role", ["other_coordinator", "outsider", "administrator"])
def test_what_belongs_to_another_edition_is_not_found_in_this_one(
    app: Flask, cast: Cast, things: Things, as_role, role: str, count_queries
) -> None:
    browser = as_role(role)
    addresses = [(method, url) for method in ("GET", "POST") for url in named(app, things, method)]
    assert len(addresses) > 20
    forms = {
        "reason": "because",
        "name": "Other",
        "role": "tutor",
        "excuse-reason": "x",
        "points-points": "1",
        "number": "1",
        "digest": "x",
    }
    refused = (404,) if role != "outsider" else (403, 404)
    with count_queries() as statements:
        for method, url in addresses:
            answer = browser.open(url, method, data=forms if method == "POST" else None)
            assert answer.status_code in refused, (method, url)
    assert [sql for sql in statements if not sql.lstrip().startswith("SELECT")] == []


@pytest.mark.parametrize("role", ["other_participant", "sponsor_viewer"])
def test_the_work_of_somebody_else_in_the_edition_is_not_found_by_its_number(
    app: Flask, cast: Cast, things: Things, as_role, role: str
) -> None:
    browser = as_role(role)
    own = str(cast.enrolments["other_participant"])
    assert db.session.get_one(Enrolment, int(own)).person_id == cast.people["other_participant"]
    for url in named(app, things, "GET"):
        here = url.replace("/R2/", "/R1/")
        is_own = role == "other_participant" and here.endswith((".pdf", f"/groups/{things['group_id']}/discussion"))
        assert browser.get(here).status_code in ((200,) if is_own else (403, 404)), here
