"""Earlier versions of a draft: what differs is readable, and bringing one back loses nothing."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from lms.assignments.models import Draft, DraftVersion
from lms.core.db import db
from tests.assignments.making import ESSAY, ESSAY_OPEN, assignment, docx, write
from tests.factories import Cast

PART = f"/editions/R1/assignments/{ESSAY}/parts/essay"


def test_a_version_shows_what_changed_and_comes_back_while_the_present_text_is_kept(
    cast: Cast, as_role: Any, set_now: Any
) -> None:
    write(cast, "participant", "People came home with plans.", ESSAY_OPEN)
    write(cast, "participant", "People came home with many new plans.", ESSAY_OPEN + timedelta(minutes=20))
    db.session.commit()
    version = db.session.scalars(select(DraftVersion)).one()
    set_now(ESSAY_OPEN + timedelta(hours=1))
    browser = as_role("participant")
    address = f"{PART}/history/{version.id}"
    assert address in browser.get(f"{PART}/history").text
    page = browser.get(address).text
    assert "many new </ins>" in page
    assert browser.post(address).status_code == 303
    assert db.session.scalars(select(Draft.body)).one() == "People came home with plans."
    assert "People came home with many new plans." in db.session.scalars(select(DraftVersion.body)).all()
    assert browser.get(f"{PART}/history/99999").status_code == 404
    assert as_role("other_participant").get(address).status_code == 404
    assert as_role("tutor").get(address).status_code == 403


def test_edge_case_28_a_refused_document_leaves_the_typed_text_saved(cast: Cast, as_role: Any, set_now: Any) -> None:
    """Edge case 28: the text is saved before the document is looked at."""
    set_now(ESSAY_OPEN)
    browser = as_role("participant")
    form = {"body": "Typed with care", "revision": "0", "file": (io.BytesIO(b"no document"), "essay.docx")}
    refused = browser.post(PART, form, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "not a Word" in refused.text
    assert db.session.scalars(select(Draft.body)).one() == "Typed with care"
    form = {
        "body": "Typed with more care",
        "revision": "1",
        "file": (io.BytesIO(docx("x")), "../../مقال" * 60 + ".exe"),
    }
    assert browser.post(PART, form, content_type="multipart/form-data").status_code == 303
    draft = db.session.scalars(select(Draft)).one()
    assert draft.body == "Typed with more care"
    assert draft.file is not None
    assert "/" not in draft.file.name
    assert draft.file.name.endswith(".docx")
    assert len(draft.file.name.encode()) > 255 or len(draft.file.name) <= 220
    assert "مقال" not in draft.file.key


def test_the_script_gets_an_answer_that_says_where_to_go_after_a_document(
    cast: Cast, as_role: Any, set_now: Any
) -> None:
    set_now(ESSAY_OPEN)
    browser = as_role("participant")
    form = {"body": "Text", "revision": "0", "then": "check", "file": (io.BytesIO(docx("x")), "essay.docx")}
    headers = {"Accept": "application/json"}
    answer = browser.post(PART, form, content_type="multipart/form-data", headers=headers)
    assert answer.status_code == 200
    assert answer.json["next"].endswith("/check")


def test_work_that_is_a_document_alone_takes_no_text(cast: Cast, as_role: Any, set_now: Any) -> None:
    task = assignment(cast)
    task.document = {**task.document, "texts": False}
    db.session.commit()
    set_now(ESSAY_OPEN)
    browser = as_role("participant")
    page = browser.get(f"/editions/R1/assignments/{ESSAY}").text
    assert "<textarea" not in page
    assert 'type="file"' in page
    browser.post(PART, {"body": "sneaked in", "revision": "0"})
    assert db.session.scalars(select(Draft.body)).all() in ([], [""])
