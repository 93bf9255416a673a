"""Whatever people write about themselves and their work, no page takes it for its own, and no file for a formula."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from lms.assignments.models import Draft
from lms.core.db import db
from lms.core.files import store_file
from lms.courses.models import Enrolment
from tests.assignments.making import ESSAY_OPEN, essay_of, finish, make_group, write
from tests.factories import Cast
from tests.walk import pages_of

# Ends a text, an attribute and a tag, calls a template, and begins as a formula.
HOSTILE = "=cmd|'x' \"><script src=//x9></script><img src=x9 onerror=x9>{{7*7}}</textarea></title>"
RAW = ["<script src=//x9", "<img src=x9", "x' \"><", "49</textarea>", "</textarea></title>"]


@pytest.fixture
def hostile(app: Flask, cast: Cast, set_now) -> Cast:
    """A participant, their sponsor, their group, its coordinator and their essay, all called so."""
    now: datetime = ESSAY_OPEN
    set_now(now)
    for name in ("participant", "other_participant", "tutor", "coordinator", "administrator"):
        person = cast.person(name)
        person.full_name = person.organisation = HOSTILE
    cast.edition.place, cast.edition.note = HOSTILE[:80], HOSTILE
    cast.edition.title = {"en": HOSTILE, "fr": HOSTILE}
    cast.sponsor.name = HOSTILE
    make_group(cast, "participant", "other_participant", name=HOSTILE[:80], ambassador="participant")
    write(cast, "other_participant", HOSTILE, now)
    draft = db.session.scalars(select(Draft)).one()
    draft.file_id = store_file(b"x", name=HOSTILE, media_type="text/html", now=now, actor_id=None).id
    finish(cast, essay_of(cast, "participant", now, HOSTILE + " word" * 1600), now)
    enrolment = db.session.get_one(Enrolment, cast.enrolments["other_participant"])
    enrolment.withdrawal_reason = HOSTILE
    db.session.commit()
    return cast


@pytest.mark.parametrize("role", ["participant", "other_participant", "tutor", "coordinator", "administrator"])
def test_no_page_takes_what_people_write_for_its_own(app: Flask, hostile: Cast, as_role, role: str) -> None:
    browser = as_role(role)
    starts = ["/", "/profile", "/people", "/administration"] if role == "administrator" else ["/", "/profile"]
    seen = 0
    for path in pages_of(app, browser.get, [*starts, "/editions/R1"]).values():
        html = browser.get(path).text
        seen += "&lt;script src=//x9" in html
        assert [raw for raw in RAW if raw in html] == [], path
    assert seen >= 3


def cells_of(response: Any) -> list[str]:
    if "csv" in response.content_type:
        text = response.data.decode("utf-8-sig")
        return [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    pages = openpyxl.load_workbook(io.BytesIO(response.data)).worksheets
    cells = [cell for page in pages for row in page.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    return [str(cell.value) for cell in cells]


@pytest.mark.parametrize("path", ["gradebook/export.csv", "gradebook/export.xlsx", "report.csv"])
def test_no_file_carries_what_people_write_as_a_formula(hostile: Cast, as_role, path: str) -> None:
    response = as_role("coordinator").get(f"/editions/R1/{path}")
    assert response.status_code == 200
    cells = cells_of(response)
    if path.endswith(".csv"):
        assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    if "gradebook" in path:
        assert any("cmd|" in cell for cell in cells)
