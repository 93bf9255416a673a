"""Documents that are handed in: taken, refused, opened by whom they concern."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.assignments.models import Draft
from lms.core.db import db
from lms.core.files import StoredFile
from lms.uploads.models import Upload
from tests.assignments.making import GROUP_OPEN, TEAMWORK, archive, docx, make_group, odt, pdf, words
from tests.assignments.pages import ESSAY_PAGE, PART, AsRole, SetNow, field, send_document, submit
from tests.factories import Cast


def test_a_document_sent_into_a_conflict_waits_and_is_attached_with_the_next_save(
    essay_open: None, as_role: AsRole
) -> None:
    """It was read, thrown away and never spoken of: the person had to notice, and to send ten megabytes again."""
    browser = as_role("participant")
    browser.post(PART, {"body": "from the first tab", "revision": "0"})
    shown = send_document(browser, docx("words of the document"), "مقال.docx", body="from the second tab")
    assert shown.status_code == 409
    assert db.session.scalar(select(Draft.file_id)) is None
    assert "Attach <bdi>مقال.docx</bdi>" in shown.text
    kept = {"body": "from both", "revision": field(shown.text, "revision"), "upload": field(shown.text, "upload")}
    assert browser.post(PART, kept).status_code == 303
    draft = db.session.scalars(select(Draft)).one()
    assert (draft.body, draft.file_words) == ("from both", 4)
    assert draft.file is not None
    assert draft.file.name == "مقال.docx"
    assert db.session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_document_that_waits_is_left_out_or_gives_way_to_another(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "one", "revision": "0"})
    key = field(send_document(browser, docx("first"), "first.docx", body="two").text, "upload")
    assert browser.post(PART, {"body": "two", "revision": "1"}).status_code == 303
    assert db.session.scalar(select(Draft.file_id)) is None
    sent = send_document(browser, docx("second"), "second.docx", body="two", revision="2", upload=key)
    assert sent.status_code == 303
    assert db.session.scalars(select(StoredFile.name)).all() == ["second.docx"]


def test_the_script_is_told_where_a_document_waits_that_met_a_conflict(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    content, metadata = docx("words"), f"filename {base64.b64encode(b'essay.docx').decode()}"
    begun = browser.post("/uploads", headers={"Upload-Length": str(len(content)), "Upload-Metadata": metadata})
    pieces = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    browser.open(begun.headers["Location"], "PATCH", data=content, headers=pieces)
    browser.post(PART, {"body": "theirs", "revision": "0"})
    mine = {"body": "mine", "revision": "0", "upload": begun.headers["Location"].rsplit("/", 1)[1]}
    for _again in range(2):
        answer = browser.post(PART, mine, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["upload"]) == (409, mine["upload"])
    assert browser.post(PART, mine | {"revision": "1"}).status_code == 303
    assert db.session.scalars(select(StoredFile.name)).all() == ["essay.docx"]
    assert browser.open(begun.headers["Location"], "HEAD").status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [(docx(words(1600)), "essay.docx"), (odt(words(1600)), "essay.odt"), (pdf("two words"), "essay.pdf")],
)
def test_a_document_is_taken_and_its_words_are_counted(
    essay_open: None, as_role: AsRole, content: bytes, name: str
) -> None:
    browser = as_role("participant")
    assert send_document(browser, content, name, then="check").status_code == 303
    counted = "2" if name.endswith("pdf") else "1,600"
    assert f">{counted}</td>" in browser.get(f"{ESSAY_PAGE}/check").text
    assert submit(browser).status_code == 303


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("مقال عن العودة.docx", "مقال عن العودة.docx"),
        ("../../../etc/passwd.docx", "passwd.docx"),
        ("essay.pdf.exe", "essay.pdf.exe.docx"),
        ("a" * 300 + ".docx", "a" * 180 + ".docx"),
        ("ع" * 300 + ".docx", "ع" * 180 + ".docx"),
        ("evil\u202excod.docx", "evilxcod.docx"),
    ],
)
def test_a_file_is_stored_by_its_key_and_its_name_is_only_a_label(
    essay_open: None, as_role: AsRole, sent: str, kept: str
) -> None:
    browser = as_role("participant")
    assert send_document(browser, docx("one two"), sent).status_code == 303
    stored = db.session.scalars(select(StoredFile)).one()
    assert stored.name == kept
    answer = browser.get(f"/editions/R1/files/{stored.key}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MZ\x90\x00 a program", "not a Word"),
        (b"<html><script>alert(1)</script></html>", "not a Word"),
        (b"\xd0\xcf\x11\xe0 old word", "old Word file"),
        (archive({"a.txt": "hello"}), "not a Word"),
        (archive({"xl/workbook.xml": "<x/>", "[Content_Types].xml": "<x/>"}), "not a Word"),
        (b"%PDF-1.7 broken", "damaged"),
        (b"PK\x03\x04 broken", "not a Word"),
    ],
)
def test_a_file_of_another_kind_is_refused_whatever_its_name_and_the_text_stays(
    essay_open: None, as_role: AsRole, content: bytes, message: str
) -> None:
    answer = send_document(as_role("participant"), content, "essay.docx", body="what I typed")
    assert answer.status_code == 422
    assert message in answer.text
    assert "what I typed</textarea>" in answer.text
    assert db.session.scalars(select(StoredFile)).all() == []


def test_a_file_over_the_limit_is_refused_with_what_was_typed(
    essay_open: None, app: Any, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_UPLOAD_BYTES", 100_000)
    answer = send_document(as_role("participant"), b"%PDF-" + b"x" * 100_000, "essay.pdf", body="typed")
    assert answer.status_code == 422
    assert "larger than 10 MB" in answer.text
    assert "typed</textarea>" in answer.text


def test_a_request_far_too_large_is_a_plain_page(
    essay_open: None, app: Any, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 100_000)
    answer = send_document(as_role("participant"), b"%PDF-" + b"x" * 200_000, "essay.pdf")
    assert answer.status_code == 413
    assert "The file is too large" in answer.text


def test_a_document_can_be_taken_out_again(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    send_document(browser, docx("one two"), "essay.docx")
    assert browser.post(PART, {"body": "", "revision": "1", "remove_file": "y"}).status_code == 303
    assert db.session.scalars(select(Draft)).one().file_id is None


def test_a_file_opens_to_its_owner_and_teachers_alone(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    send_document(as_role("participant"), docx("one two"), "essay.docx")
    stored = db.session.scalars(select(StoredFile)).one()
    address = f"/editions/R1/files/{stored.key}"
    assert as_role("participant").get(address).status_code == 200
    assert as_role("tutor").get(address).status_code == 200
    assert as_role("coordinator").get(address).status_code == 200
    assert as_role("administrator").get(address).status_code == 200
    assert as_role("sponsor_viewer").get(address).status_code == 403
    assert as_role("other_participant").get(address).status_code == 404
    assert as_role("outsider").get(address).status_code == 404
    assert as_role("other_tutor").get(f"/editions/R2/files/{stored.key}").status_code == 404
    assert as_role("participant").get("/editions/R1/files/nothing").status_code == 404


def test_a_groups_file_opens_to_its_members_alone(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    as_role("participant").post(
        f"/editions/R1/assignments/{TEAMWORK}/parts/proposal",
        {"body": "", "revision": "0", "file": (io.BytesIO(docx("ours")), "map.docx")},
        content_type="multipart/form-data",
    )
    address = f"/editions/R1/files/{db.session.scalars(select(StoredFile)).one().key}"
    assert as_role("other_participant").get(address).status_code == 200
    assert as_role("third_participant").get(address).status_code == 404
