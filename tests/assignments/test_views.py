"""Pages of group work, assignments and marking: happy path, refused person, invalid form, missing thing."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.assignments.models import Draft, Group, GroupMember, Submission
from lms.core.db import db
from lms.core.files import StoredFile
from lms.core.outbox import OutboxMessage
from lms.grading.models import Extension, GradeItem
from lms.grading.services import release_items
from lms.uploads.models import Upload
from tests.assignments.making import (
    ESSAY,
    ESSAY_LAST_INSTANT,
    ESSAY_OPEN,
    ESSAY_TOO_LATE,
    GROUP_OPEN,
    TEAMWORK,
    archive,
    assignment,
    docx,
    essay_of,
    finish,
    make_group,
    odt,
    pdf,
    teamwork_of,
    words,
    write,
)
from tests.factories import Cast, enrol, make_person

AsRole = Callable[[str], Any]
SetNow = Callable[..., None]

ESSAY_PAGE = f"/editions/R1/assignments/{ESSAY}"
PART = f"{ESSAY_PAGE}/parts/essay"


@pytest.fixture
def essay_open(cast: Cast, set_now: SetNow) -> None:
    """The clock stands where the essay is open."""
    set_now(ESSAY_OPEN)


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found is not None, name
    return found[1]


def submit(browser: Any, key: str = ESSAY) -> Any:
    """Hand in through the check page."""
    page = browser.get(f"/editions/R1/assignments/{key}/check").text
    return browser.post(
        f"/editions/R1/assignments/{key}/submissions",
        {"number": field(page, "number"), "digest": field(page, "digest")},
    )


# The essay


def test_a_participant_reads_brief_deadline_on_both_clocks_and_rubric(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    cast.person("participant").time_zone = "Africa/Nairobi"
    page = as_role("participant").get(ESSAY_PAGE)
    assert page.status_code == 200
    assert "Write an essay." in page.text
    assert "Friday 10 April, 23:59 in Turin" in page.text
    assert "Saturday 11 April, 00:59 in Nairobi" in page.text
    assert "Criterion e1" in page.text
    assert "1,500 to 2,500" in page.text
    assert "From 1,350 to 2,750 words is accepted." in page.text


def test_the_navigation_leads_to_the_only_individual_assignment(essay_open: None, as_role: AsRole) -> None:
    page = as_role("participant").get("/editions/R1/assignments")
    assert "<h1>Final assignment</h1>" in page.text
    assert 'name="body"' in page.text


def test_before_it_opens_the_task_can_be_read_and_not_written(now: Any, as_role: AsRole) -> None:
    page = as_role("participant").get(ESSAY_PAGE)
    assert "This work has not opened yet" in page.text
    assert 'name="body"' not in page.text
    assert as_role("participant").post(PART, {"body": "early", "revision": "0"}).status_code == 409


def test_saving_checking_and_handing_in_ends_on_a_receipt(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    saved = browser.post(PART, {"body": words(1600), "revision": "0", "then": "check"})
    assert saved.status_code == 303
    check = browser.get(saved.location)
    assert "1,600 words. That is the length asked for." in " ".join(check.text.split())
    assert "Ready" in check.text
    handed_in = submit(browser)
    assert handed_in.status_code == 303
    receipt = browser.get(handed_in.location)
    submission = db.session.scalars(select(Submission)).one()
    assert "<h1>Handed in</h1>" in receipt.text
    assert submission.digest in receipt.text.replace("<wbr>", "")
    assert "1,600" in receipt.text
    assert "word1599" in receipt.text
    assert "just now" in receipt.text


@pytest.mark.parametrize(("count", "said"), [(60, "Too short"), (4000, "Too long")])
def test_a_text_off_the_length_asked_for_is_not_called_ready(
    essay_open: None, as_role: AsRole, count: int, said: str
) -> None:
    browser = as_role("participant")
    check = browser.get(browser.post(PART, {"body": words(count), "revision": "0", "then": "check"}).location).text
    assert said in check
    assert "Ready" not in check


def test_saving_from_the_script_answers_with_the_words_that_the_server_counts(
    essay_open: None, as_role: AsRole
) -> None:
    answer = as_role("participant").post(
        PART, {"body": "l’essai d’Aminata", "revision": "0"}, headers={"Accept": "application/json"}
    )
    assert answer.json["words"] == 2
    assert answer.json["revision"] == 1
    assert answer.json["message"] == "Saved on the server at 11:00."


def test_two_tabs_keep_both_texts_and_show_the_other(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "from the first tab", "revision": "0"})
    second = browser.post(PART, {"body": "from the second tab", "revision": "0"})
    assert second.status_code == 409
    assert "from the first tab" in second.text
    assert "from the second tab</textarea>" in second.text.replace("\r\n", "")
    assert "data-status></span>" in second.text  # the text in the box is not the one that is saved
    assert field(second.text, "revision") == "1"
    history = browser.get(f"{PART}/history").text
    assert "from the second tab" in history
    again = browser.post(PART, {"body": "from the second tab", "revision": "1"})
    assert again.status_code == 303
    assert "from the first tab" in browser.get(f"{PART}/history").text


def test_the_script_is_told_of_a_conflict(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "one", "revision": "0"})
    answer = browser.post(PART, {"body": "two", "revision": "0"}, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "another window" in answer.json["error"]


def test_sending_the_same_text_twice_is_no_conflict(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    assert browser.post(PART, {"body": "once", "revision": "0"}).status_code == 303
    assert browser.post(PART, {"body": "once", "revision": "0"}).status_code == 303


def test_an_earlier_text_can_be_brought_back(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    write(cast, "participant", words(100), ESSAY_OPEN)
    write(cast, "participant", "gone", ESSAY_OPEN)
    browser = as_role("participant")
    page = browser.get(f"{PART}/history").text
    address = re.search(r'href="([^"]*/history/\d+)"', page)
    assert address is not None
    assert browser.post(address[1]).status_code == 303
    assert "word99" in browser.get(ESSAY_PAGE).text
    assert "gone" in browser.get(f"{PART}/history").text


def test_the_history_of_others_is_closed(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    write(cast, "participant", words(100), ESSAY_OPEN)
    write(cast, "participant", "gone", ESSAY_OPEN)
    page = as_role("participant").get(f"{PART}/history").text
    address = re.search(r'href="([^"]*/history/\d+)"', page)
    assert address is not None
    assert "word99" not in as_role("other_participant").get(f"{PART}/history").text
    assert as_role("other_participant").post(address[1]).status_code == 404


def test_a_double_click_hands_in_once_and_shows_the_same_receipt(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": words(1600), "revision": "0"})
    page = browser.get(f"{ESSAY_PAGE}/check").text
    sent = {"number": field(page, "number"), "digest": field(page, "digest")}
    first = browser.post(f"{ESSAY_PAGE}/submissions", sent)
    second = browser.post(f"{ESSAY_PAGE}/submissions", sent)
    assert first.location == second.location
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_a_text_changed_since_the_check_is_checked_again(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "as checked", "revision": "0"})
    page = browser.get(f"{ESSAY_PAGE}/check").text
    browser.post(PART, {"body": "changed since", "revision": "1"})
    answer = browser.post(
        f"{ESSAY_PAGE}/submissions", {"number": field(page, "number"), "digest": field(page, "digest")}
    )
    assert answer.location.endswith("/check")
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 0
    assert "has changed since you checked it" in browser.get(answer.location).text


def test_nothing_written_cannot_be_handed_in(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    page = browser.get(f"{ESSAY_PAGE}/check").text
    assert "There is nothing to hand in yet" in page
    assert "Hand in my work" not in page
    assert browser.post(f"{ESSAY_PAGE}/submissions", {"number": "1", "digest": "x"}).status_code == 409


def test_a_form_without_its_seal_leads_back_to_the_check(essay_open: None, as_role: AsRole) -> None:
    answer = as_role("participant").post(f"{ESSAY_PAGE}/submissions", {})
    assert answer.location.endswith("/check")


def test_late_work_is_accepted_and_says_so_before_and_after(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    set_now(ESSAY_TOO_LATE + timedelta(minutes=10))
    browser = as_role("participant")
    assert "The deadline has passed" in browser.get(ESSAY_PAGE).text
    assert "This is late" in browser.get(f"{ESSAY_PAGE}/check").text
    receipt = browser.get(submit(browser).location).text
    assert "11 minutes late" in receipt


def test_the_last_instant_of_the_minute_is_on_time(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    set_now(ESSAY_LAST_INSTANT)
    browser = as_role("participant")
    assert " late</dd>" not in browser.get(submit(browser).location).text
    assert db.session.scalars(select(Submission)).one().late_by_minutes == 0


def test_the_receipt_goes_out_by_mail_on_both_clocks(essay_open: None, cast: Cast, app: Any) -> None:
    from lms.core.mailer import compose

    submission = essay_of(cast, "participant", ESSAY_OPEN)
    message = db.session.scalars(select(OutboxMessage)).one()
    with app.test_request_context():
        letter = compose(message)
    text = letter.get_content()
    assert letter["Subject"] == "Handed in: Final assignment"
    assert "20 March 2026, 10:00 in Turin" in text
    assert "20 March 2026, 11:00 in Harare" in text
    assert "Words: 1,600" in text
    assert submission.digest in text
    assert f"/editions/R1/submissions/{submission.id}" in text


def test_what_was_handed_in_can_be_changed_until_the_deadline(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("participant")
    assert "Until the deadline you can still change the text" in browser.get(ESSAY_PAGE).text
    browser.post(PART, {"body": words(1700), "revision": "1"})
    submit(browser)
    numbers = db.session.scalars(select(Submission.number).order_by(Submission.number)).all()
    assert numbers == [1, 2]
    page = browser.get(ESSAY_PAGE).text
    assert "Version 1" in page
    assert "Version 2" in page


def test_after_the_deadline_what_was_handed_in_stays(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    essay_of(cast, "participant", ESSAY_OPEN)
    set_now(ESSAY_TOO_LATE)
    browser = as_role("participant")
    assert 'name="body"' not in browser.get(ESSAY_PAGE).text
    assert browser.post(PART, {"body": "more", "revision": "1"}).status_code == 409
    assert browser.get(f"{ESSAY_PAGE}/check").status_code == 303


def test_an_assignment_or_part_that_does_not_exist_is_missing(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    assert browser.get("/editions/R1/assignments/nothing").status_code == 404
    assert browser.get(f"{ESSAY_PAGE}/parts/nothing").status_code == 404
    assert browser.post(f"{ESSAY_PAGE}/parts/nothing", {"body": "x", "revision": "0"}).status_code == 404


def test_a_text_beyond_any_use_is_refused_with_what_was_typed(essay_open: None, as_role: AsRole) -> None:
    answer = as_role("participant").post(PART, {"body": "x" * 200_001, "revision": "0"})
    assert answer.status_code == 422
    assert "xxxxx</textarea>" in answer.text


def test_an_extension_moves_the_deadline_for_one_person_alone(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    later = ESSAY_TOO_LATE + timedelta(days=3)
    _extend(cast, later, enrolment_id=cast.enrolments["participant"])
    set_now(ESSAY_TOO_LATE)
    assert "Extended for you" in as_role("participant").get(ESSAY_PAGE).text
    assert "The deadline has passed" not in as_role("participant").get(ESSAY_PAGE).text
    assert "The deadline has passed" in as_role("other_participant").get(ESSAY_PAGE).text


def _extend(cast: Cast, due_at: Any, key: str = ESSAY, **owner: Any) -> None:
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == key)
    ).one()
    db.session.add(Extension(item_id=item.id, due_at=due_at, reason="illness", granted_at=ESSAY_OPEN, **owner))
    db.session.flush()


def test_marks_and_comments_are_shown_only_once_released(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    address = f"/editions/R1/submissions/{submission.id}"
    assert "Well argued" not in as_role("participant").get(address).text
    assert "Your mark is here" not in as_role("participant").get(ESSAY_PAGE).text
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == ESSAY)
    ).one()
    item.released_at = ESSAY_OPEN
    page = as_role("participant").get(address).text
    assert "Well argued" in page
    assert "7.50 / 10.00" in page
    assert "A good piece of work" in page
    assert "Your mark is here" in as_role("participant").get(ESSAY_PAGE).text


def test_teachers_read_the_task_as_it_was_set(essay_open: None, as_role: AsRole) -> None:
    page = as_role("tutor").get(ESSAY_PAGE)
    assert page.status_code == 200
    assert "Write an essay." in page.text
    assert 'name="body"' not in page.text


def test_what_somebody_typed_is_shown_as_text(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "<script>alert(1)</script>", "revision": "0"})
    receipt = browser.get(submit(browser).location).text
    assert "<script>alert" not in receipt
    assert "&lt;script&gt;alert" in receipt


# Files


def _send(browser: Any, content: bytes, name: str, **values: str) -> Any:
    return browser.post(
        PART,
        {"body": "", "revision": "0", **values, "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def test_a_document_sent_into_a_conflict_waits_and_is_attached_with_the_next_save(
    essay_open: None, as_role: AsRole
) -> None:
    """It was read, thrown away and never spoken of: the person had to notice, and to send ten megabytes again."""
    browser = as_role("participant")
    browser.post(PART, {"body": "from the first tab", "revision": "0"})
    shown = _send(browser, docx("words of the document"), "مقال.docx", body="from the second tab")
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
    key = field(_send(browser, docx("first"), "first.docx", body="two").text, "upload")
    assert browser.post(PART, {"body": "two", "revision": "1"}).status_code == 303
    assert db.session.scalar(select(Draft.file_id)) is None
    sent = _send(browser, docx("second"), "second.docx", body="two", revision="2", upload=key)
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
    assert _send(browser, content, name, then="check").status_code == 303
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
    assert _send(browser, docx("one two"), sent).status_code == 303
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
    answer = _send(as_role("participant"), content, "essay.docx", body="what I typed")
    assert answer.status_code == 422
    assert message in answer.text
    assert "what I typed</textarea>" in answer.text
    assert db.session.scalars(select(StoredFile)).all() == []


def test_a_file_over_the_limit_is_refused_with_what_was_typed(
    essay_open: None, app: Any, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_UPLOAD_BYTES", 100_000)
    answer = _send(as_role("participant"), b"%PDF-" + b"x" * 100_000, "essay.pdf", body="typed")
    assert answer.status_code == 422
    assert "larger than 10 MB" in answer.text
    assert "typed</textarea>" in answer.text


def test_a_request_far_too_large_is_a_plain_page(
    essay_open: None, app: Any, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 100_000)
    answer = _send(as_role("participant"), b"%PDF-" + b"x" * 200_000, "essay.pdf")
    assert answer.status_code == 413
    assert "The file is too large" in answer.text


def test_a_document_can_be_taken_out_again(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    _send(browser, docx("one two"), "essay.docx")
    assert browser.post(PART, {"body": "", "revision": "1", "remove_file": "y"}).status_code == 303
    assert db.session.scalars(select(Draft)).one().file_id is None


def test_a_file_opens_to_its_owner_and_teachers_alone(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    _send(as_role("participant"), docx("one two"), "essay.docx")
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


# Group work


def test_who_is_in_no_group_sees_why_and_whom_to_tell(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    page = as_role("participant").get("/editions/R1/group")
    assert page.status_code == 200
    assert "You are in no group yet" in page.text
    assert "coordinator@example.org" in page.text
    assert "other.coordinator@example.org" not in page.text
    answer = as_role("participant").post(
        f"/editions/R1/assignments/{TEAMWORK}/parts/proposal", {"body": "x", "revision": "0"}
    )
    assert answer.status_code == 403
    assert "You are in no group yet" in answer.text


def test_a_group_sees_its_people_and_writes_part_by_part(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    browser = as_role("other_participant")
    page = browser.get("/editions/R1/group").text
    assert "<h1><bdi>Baobab</bdi></h1>" in page
    assert "Third Participant" not in page
    assert "Zimbabwe" in page
    saved = browser.post(
        f"/editions/R1/assignments/{TEAMWORK}/parts/profile-one", {"body": "Amina needs papers", "revision": "0"}
    )
    assert saved.status_code == 303
    assert "Amina needs papers" in as_role("participant").get(saved.location).text
    assert "saved by Other Participant" in as_role("participant").get("/editions/R1/group").text


def test_co_authors_who_save_at_once_both_keep_their_text(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    address = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"
    as_role("participant").post(address, {"body": "mine", "revision": "0"})
    answer = as_role("other_participant").post(address, {"body": "yours", "revision": "0"})
    assert answer.status_code == 409
    assert "Participant saved this part at" in answer.text
    assert "mine" in answer.text
    assert "yours</textarea>" in answer.text


def test_only_ambassador_or_deputy_hands_in_for_the_group(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    write(cast, "other_participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    page = as_role("other_participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text
    assert "Your ambassador hands in" in page
    digest = field(as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text, "digest")
    refused = as_role("other_participant").post(
        f"/editions/R1/assignments/{TEAMWORK}/submissions", {"number": "1", "digest": digest}
    )
    assert refused.status_code == 403
    done = submit(as_role("participant"), TEAMWORK)
    receipt = as_role("other_participant").get(done.location)
    assert receipt.status_code == 200
    assert "Other Participant" in receipt.text
    assert as_role("third_participant").get(done.location).status_code == 404


def test_a_missing_part_is_told_and_does_not_stop_handing_in(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", ambassador="participant")
    write(cast, "participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    page = as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text
    assert "1 part is missing" in page
    assert submit(as_role("participant"), TEAMWORK).status_code == 303


def test_members_nominate_and_a_majority_makes_the_ambassador(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", "third_participant")
    nominee = {"nominee": str(cast.enrolments["participant"])}
    as_role("other_participant").post("/editions/R1/group/nomination", nominee)
    assert db.session.get_one(Group, group.id).ambassador_id is None
    assert "1 of 3 votes" in as_role("participant").get("/editions/R1/group").text
    as_role("third_participant").post("/editions/R1/group/nomination", nominee)
    assert db.session.get_one(Group, group.id).ambassador_id == cast.enrolments["participant"]


def test_nobody_outside_the_group_can_be_nominated(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant")
    answer = as_role("participant").post(
        "/editions/R1/group/nomination", {"nominee": str(cast.enrolments["other_participant"])}
    )
    assert answer.status_code == 404
    assert as_role("third_participant").post("/editions/R1/group/nomination", {"nominee": "1"}).status_code == 403


def test_the_group_chooses_exactly_as_many_profiles_as_asked(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant")
    browser = as_role("participant")
    address = f"/editions/R1/assignments/{TEAMWORK}/profiles"
    page = browser.get(address).text
    assert "Her story" in page
    assert "His story" in page
    refused = browser.post(address, {"profile": ["amina"]})
    assert refused.status_code == 422
    assert "Choose exactly 2 profiles; you chose 1." in refused.text
    assert 'value="amina" checked' in refused.text
    assert browser.post(address, {"profile": ["amina", "nobody"]}).status_code == 404
    assert browser.post(address, {"profile": ["amina", "sekou"]}).status_code == 303
    assert db.session.get_one(Group, group.id).profile_keys == ["amina", "sekou"]
    assert "Her story" in browser.get("/editions/R1/group").text


def test_whoever_is_in_no_group_chooses_no_profiles(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    address = f"/editions/R1/assignments/{TEAMWORK}/profiles"
    assert as_role("participant").get(address).location == "/editions/R1/group"
    assert as_role("participant").post(address, {"profile": ["amina", "sekou"]}).status_code == 403


def test_the_task_stays_at_hand_while_one_writes(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    write(cast, "participant", "begun", ESSAY_OPEN)
    browser = as_role("participant")
    assert "Write an essay." not in browser.get(ESSAY_PAGE).text
    assert f'href="{ESSAY_PAGE}/task"' in browser.get(ESSAY_PAGE).text
    page = browser.get(f"{ESSAY_PAGE}/task").text
    assert "Write an essay." in page
    assert "Criterion e1" in page
    assert browser.get("/editions/R1/assignments/nothing/task").status_code == 404


def test_the_assignment_page_of_group_work_is_the_groups_page(cast: Cast, as_role: AsRole) -> None:
    answer = as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}")
    assert answer.location == "/editions/R1/group"


def test_a_tutor_hands_in_for_a_group_without_a_speaker_and_only_then(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    write(cast, "participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    address = f"/editions/R1/groups/{group.id}"
    assert "Hand in for the group" not in as_role("tutor").get(address).text
    seal = field(as_role("participant").get(f"/editions/R1/assignments/{TEAMWORK}/check").text, "digest")
    early = as_role("tutor").post(f"{address}/assignments/{TEAMWORK}/submissions", {"number": "1", "digest": seal})
    assert early.status_code == 403
    db.session.get_one(Group, group.id).ambassador_id = None
    page = as_role("tutor").get(address).text
    sent = {"number": field(page, "number"), "digest": field(page, "digest")}
    assert as_role("participant").post(f"{address}/assignments/{TEAMWORK}/submissions", sent).status_code == 403
    answer = as_role("tutor").post(f"{address}/assignments/{TEAMWORK}/submissions", sent)
    assert answer.status_code == 303
    assert as_role("participant").get(answer.location).status_code == 200
    assert as_role("other_tutor").get(f"/editions/R2/groups/{group.id}").status_code == 404


# Groups, for coordinators


def test_a_coordinator_makes_renames_and_removes_groups(cast: Cast, as_role: AsRole) -> None:
    browser = as_role("coordinator")
    assert browser.post("/editions/R1/groups", {"name": "  Acacia  "}).status_code == 303
    group = db.session.scalars(select(Group)).one()
    assert group.name == "Acacia"
    address = f"/editions/R1/groups/{group.id}"
    assert browser.post(address, {"name": "Baobab", "ambassador": "0", "deputy": "0"}).status_code == 303
    assert "Baobab" in browser.get("/editions/R1/groups").text
    assert browser.post("/editions/R1/groups", {"name": "Baobab"}).status_code == 409
    assert browser.post(f"{address}/removal").status_code == 303
    assert db.session.scalars(select(Group)).all() == []


def test_a_group_without_a_name_is_refused(cast: Cast, as_role: AsRole) -> None:
    answer = as_role("coordinator").post("/editions/R1/groups", {"name": "   "})
    assert answer.status_code == 422
    assert "Give the group a name." in answer.text


def test_a_group_with_people_or_work_stays(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast, "participant")
    assert as_role("coordinator").post(f"/editions/R1/groups/{group.id}/removal").status_code == 409


def test_the_form_moves_only_those_who_changed(cast: Cast, as_role: AsRole) -> None:
    one = make_group(cast, "participant", name="One")
    two = make_group(cast, name="Two")
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    sent = {
        f"was-{mine}": str(one.id), f"person-{mine}": str(two.id),
        f"was-{other}": "", f"person-{other}": "",
    }  # fmt: skip
    assert as_role("coordinator").post("/editions/R1/groups/people", sent).status_code == 303
    rows = db.session.execute(select(GroupMember.group_id, GroupMember.left_at).order_by(GroupMember.id)).all()
    assert [(group, left is None) for group, left in rows] == [(one.id, False), (two.id, True)]


def test_a_form_that_is_out_of_date_moves_nobody_back(cast: Cast, as_role: AsRole) -> None:
    one, two = make_group(cast, name="One"), make_group(cast, "participant", name="Two")
    mine = cast.enrolments["participant"]
    browser = as_role("coordinator")
    browser.post("/editions/R1/groups/people", {f"was-{mine}": "", f"person-{mine}": str(one.id)})
    assert "Somebody else has just moved Participant" in browser.get("/editions/R1/groups").text
    current = db.session.scalars(select(GroupMember.group_id).where(GroupMember.left_at.is_(None))).all()
    assert current == [two.id]


def test_people_of_another_edition_cannot_be_placed(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast)
    outsider = cast.enrolments["outsider"]
    answer = as_role("coordinator").post(
        "/editions/R1/groups/people", {f"was-{outsider}": "", f"person-{outsider}": str(group.id)}
    )
    assert answer.status_code == 404


def test_an_ambassador_must_be_a_member(cast: Cast, as_role: AsRole) -> None:
    group = make_group(cast, "participant", "other_participant")
    browser = as_role("coordinator")
    address = f"/editions/R1/groups/{group.id}"
    mine, other, third = (cast.enrolments[name] for name in ("participant", "other_participant", "third_participant"))
    assert browser.post(address, {"name": "B", "ambassador": str(third), "deputy": "0"}).status_code == 422
    assert browser.post(address, {"name": "B", "ambassador": str(mine), "deputy": str(mine)}).status_code == 422
    assert browser.post(address, {"name": "B", "ambassador": str(mine), "deputy": str(other)}).status_code == 303
    assert db.session.get_one(Group, group.id).deputy_id == other


# Marking


def _marks(points: str = "7.5", **values: str) -> dict[str, str]:
    return {"revision": "0", **{f"points-e{n}": points for n in range(1, 5)}, **values}


def test_the_queue_shows_the_oldest_first_with_counts_and_filters(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    first = essay_of(cast, "other_participant", ESSAY_OPEN - timedelta(days=1))
    essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("tutor")
    page = browser.get("/editions/R1/marking").text
    assert "2 pieces of work wait for you." in page
    assert page.index(">Other Participant<") < page.index(">Participant<")
    finish(cast, first, ESSAY_OPEN)
    page = browser.get("/editions/R1/marking").text
    assert "1 piece of work waits for you." in page
    assert "Other Participant" not in page
    assert "Other Participant" in browser.get("/editions/R1/marking?show=finished").text
    assert "Participant" not in browser.get(f"/editions/R1/marking?assignment={TEAMWORK}").text.split("<main")[1]
    assert browser.get("/editions/R1/marking?assignment=nothing").status_code == 404


def test_a_tutor_reads_the_document_in_place_and_finishes_the_mark(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    _send(as_role("participant"), docx("An uploaded essay on return"), "essay.docx")
    submit(as_role("participant"))
    submission = db.session.scalars(select(Submission)).one()
    address = f"/editions/R1/marking/{submission.id}"
    browser = as_role("tutor")
    page = browser.get(address).text
    assert "An uploaded essay on return" in page
    assert "Criterion e1" in page
    done = browser.post(address, _marks("8", **{"comment-e1": "Clear", "then": "finish"}))
    assert done.status_code == 303
    assert "32.00" in browser.get(address).text
    assert "Clear" in browser.get(address).text


def test_a_draft_may_be_partial_and_a_finished_mark_may_not(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    browser = as_role("tutor")
    assert browser.post(address, {"revision": "0", "points-e1": "7,5", "then": "draft"}).status_code == 303
    answer = browser.post(address, {"revision": "1", "points-e1": "7,5", "then": "finish"})
    assert answer.status_code == 422
    assert "Give points here before you finish" in answer.text
    assert 'value="7,5"' in answer.text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("10.5", "fewer points than that"),
        ("-1", "cannot be below 0"),
        ("7.3", "whole or half points"),
        ("7.25", "whole or half points"),
        ("eight", "is not a number"),
    ],
)
def test_points_outside_the_rubric_are_refused_clearly(
    essay_open: None, cast: Cast, as_role: AsRole, typed: str, message: str
) -> None:
    """Edge case 8: more than 10, less than 0 and what is no number are refused in words, with what was typed."""
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    answer = as_role("tutor").post(f"/editions/R1/marking/{submission.id}", _marks(**{"points-e2": typed}))
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize("typed", ["8,5", "8.5", "٨٫٥"])
def test_points_may_be_typed_as_people_write_them(essay_open: None, cast: Cast, as_role: AsRole, typed: str) -> None:
    """Edge case 8: “8,5” with a comma and Arabic-Indic digits are read."""
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("tutor")
    assert browser.post(f"/editions/R1/marking/{submission.id}", _marks(typed, then="finish")).status_code == 303
    assert "34.00" in browser.get(f"/editions/R1/marking/{submission.id}").text


def test_two_tutors_at_once_see_each_others_marks_and_lose_nothing(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    as_role("tutor").post(address, _marks("6", then="draft", **{"comment-e1": "Too broad"}))
    second = as_role("coordinator").post(address, _marks("9", then="draft", **{"comment-e1": "Very clear"}))
    assert second.status_code == 409
    assert "Two markings" in second.text
    assert "Tutor gave:" in second.text
    assert "Too broad" in second.text
    assert "Very clear</textarea>" in second.text.replace("\r\n", "")
    assert 'value="9"' in second.text
    kept = as_role("coordinator").post(address, _marks("9", then="draft", revision=field(second.text, "revision")))
    assert kept.status_code == 303


def test_the_marking_script_saves_drafts(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    accept = {"Accept": "application/json"}
    answer = as_role("tutor").post(address, {"revision": "0", "points-e1": "7"}, headers=accept)
    assert answer.json["revision"] == 1
    assert as_role("coordinator").post(address, {"revision": "0", "points-e1": "8"}, headers=accept).status_code == 409
    assert as_role("tutor").post(address, {"revision": "1", "points-e1": "11"}, headers=accept).status_code == 422


def test_a_finished_mark_changes_only_with_a_reason(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/marking/{submission.id}"
    browser = as_role("tutor")
    browser.post(address, _marks("7", then="finish"))
    refused = browser.post(address, _marks("8", then="finish", revision="1", **{"comment-e1": "On second reading"}))
    assert refused.status_code == 409
    assert "Say why it changes" in refused.text
    assert "On second reading" in refused.text
    changed = browser.post(address, _marks("8", then="finish", revision="1", change_reason="added up wrongly"))
    assert changed.status_code == 303


def test_work_is_given_back_with_a_reason_and_can_be_handed_in_again(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    set_now(ESSAY_TOO_LATE + timedelta(days=1))
    address = f"/editions/R1/marking/{submission.id}"
    assert as_role("tutor").post(f"{address}/reopening", {"reason": " "}).status_code == 422
    assert as_role("tutor").post(f"{address}/reopening", {"reason": "Half is missing"}).status_code == 303
    browser = as_role("participant")
    assert "Half is missing" in browser.get(ESSAY_PAGE).text
    assert "given back to you" in browser.get("/editions/R1").text
    browser.post(PART, {"body": words(1800), "revision": "1"})
    assert submit(browser).status_code == 303
    assert "given back to you" not in browser.get("/editions/R1").text
    page = as_role("tutor").get(address).text
    assert "There is a newer version" in page
    assert "<bdi>Participant</bdi></h1>" in page
    assert "Finish this mark" not in page
    assert as_role("tutor").post(address, _marks("7", then="finish")).status_code == 409


def test_next_and_previous_lead_through_the_queue(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    ids = [
        essay_of(cast, name, ESSAY_OPEN + timedelta(minutes=minute)).id
        for minute, name in enumerate(("participant", "other_participant", "third_participant"))
    ]
    page = as_role("tutor").get(f"/editions/R1/marking/{ids[1]}").text
    assert f'rel="prev" href="/editions/R1/marking/{ids[0]}"' in page
    assert f'rel="next" href="/editions/R1/marking/{ids[2]}"' in page
    assert "2 of 3, oldest first" in page


def test_once_marks_are_finished_the_next_step_is_to_release_them(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("tutor")
    assert "Release finished marks" not in browser.get("/editions/R1/marking").text
    finish(cast, submission, ESSAY_OPEN)
    page = browser.get("/editions/R1/marking").text
    assert "1 finished mark is not released" in page
    assert f'href="/editions/R1/releases?item={ESSAY}"' in page
    release_items(cast.member("tutor"), item_keys=[ESSAY], now=ESSAY_OPEN)
    assert "not released" not in browser.get("/editions/R1/marking").text


def test_the_queue_stands_at_the_side_with_what_is_done_of_each(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    names = ("participant", "other_participant", "third_participant")
    first, second, third = (essay_of(cast, name, ESSAY_OPEN) for name in names)
    finish(cast, first, ESSAY_OPEN)
    browser = as_role("tutor")
    browser.post(f"/editions/R1/marking/{second.id}", {"revision": "0", "points-e1": "7", "then": "draft"})
    queue = browser.get(f"/editions/R1/marking/{third.id}").text.split('<ol class="queue">')[1].split("</ol>")[0]
    assert [queue.index(word) for word in ("is-finished", "is-draft", "is-waiting")] == sorted(
        queue.index(word) for word in ("is-finished", "is-draft", "is-waiting")
    )
    assert f'href="/editions/R1/marking/{third.id}" aria-current="page"' in queue


def test_a_fault_names_its_criterion(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    address, sent = f"/editions/R1/marking/{submission.id}", {"revision": "0", "points-e2": "7.25"}
    assert "Criterion e2: Use whole or half points" in as_role("tutor").post(address, sent).text
    said = as_role("tutor").post(address, sent, headers={"Accept": "application/json"}).json["error"]
    assert said.startswith("Not saved yet. Criterion e2: ")


def test_enter_in_a_field_saves_and_never_finishes(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    form = as_role("tutor").get(f"/editions/R1/marking/{submission.id}").text.split("data-marking")[1]
    assert form.index('name="then" value="draft"') < form.index('name="then" value="finish"')


def test_after_finishing_comes_the_next_that_waits(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    first = essay_of(cast, "participant", ESSAY_OPEN)
    second = essay_of(cast, "other_participant", ESSAY_OPEN)
    browser = as_role("tutor")
    answer = browser.post(f"/editions/R1/marking/{first.id}", _marks(then="finish"))
    assert answer.location.endswith(f"/marking/{second.id}")
    assert browser.post(f"/editions/R1/marking/{second.id}", _marks(then="finish")).location.endswith("/marking")


def test_who_took_part_is_said_per_member(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    set_now(GROUP_OPEN)
    make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    address = f"/editions/R1/marking/{submission.id}"
    points = {f"points-g{n}": "8" for n in range(1, 4)}
    browser = as_role("tutor")
    refused = browser.post(address, {"revision": "0", **points, f"took-{mine}": "y", f"adjust-{mine}": "-2"})
    assert refused.status_code == 422
    assert "Say why this person’s mark differs" in refused.text
    sent = {"revision": "0", **points, f"took-{mine}": "y", f"adjust-{mine}": "-2", f"reason-{mine}": "one part only"}
    assert browser.post(address, {**sent, "then": "finish"}).status_code == 303
    page = browser.get(address).text
    assert f'id="took-{other}"' in page
    assert "one part only" in page


# Who may see what


@pytest.mark.parametrize("role", ["participant", "sponsor_viewer", "outsider", "other_tutor"])
def test_marking_is_closed_to_everybody_else(essay_open: None, cast: Cast, as_role: AsRole, role: str) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    expected = 404 if role in ("outsider", "other_tutor") else 403
    browser = as_role(role)
    assert browser.get("/editions/R1/marking").status_code == expected
    assert browser.get(f"/editions/R1/marking/{submission.id}").status_code == expected
    assert browser.post(f"/editions/R1/marking/{submission.id}", _marks()).status_code == expected
    assert browser.post(f"/editions/R1/marking/{submission.id}/reopening", {"reason": "x"}).status_code == expected


def test_a_submission_of_another_edition_is_missing(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    assert as_role("other_tutor").get(f"/editions/R2/marking/{submission.id}").status_code == 404
    assert as_role("other_tutor").get(f"/editions/R2/submissions/{submission.id}").status_code == 404
    assert as_role("other_participant").get(f"/editions/R1/submissions/{submission.id}").status_code == 404
    assert as_role("tutor").get(f"/editions/R1/submissions/{submission.id}").status_code == 200


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_groups_are_made_by_coordinators_alone(cast: Cast, as_role: AsRole, role: str) -> None:
    browser = as_role(role)
    assert browser.get("/editions/R1/groups").status_code == 403
    assert browser.post("/editions/R1/groups", {"name": "x"}).status_code == 403
    assert browser.post("/editions/R1/groups/people", {}).status_code == 403
    assert browser.get("/editions/R1/groups/proposal?count=3&seed=1").status_code == 403
    assert browser.post("/editions/R1/groups/proposal", {"count": "3", "seed": "1"}).status_code == 403
    assert browser.post("/editions/R1/groups/sign-up").status_code == 403


@pytest.mark.parametrize("role", ["tutor", "coordinator", "sponsor_viewer", "administrator"])
def test_writing_is_for_participants_alone(essay_open: None, cast: Cast, as_role: AsRole, role: str) -> None:
    browser = as_role(role)
    assert browser.post(PART, {"body": "x", "revision": "0"}).status_code == 403
    assert browser.get("/editions/R1/group").status_code == 403
    assert browser.post(f"{ESSAY_PAGE}/submissions", {"number": "1", "digest": "x"}).status_code == 403


def test_a_stranger_signs_in_first(cast: Cast, as_role: AsRole) -> None:
    assert "/sign-in" in as_role("stranger").get(ESSAY_PAGE).location


# Weight


def _pages(cast: Cast) -> list[str]:
    return [
        "/editions/R1/group",
        "/editions/R1/assignments",
        ESSAY_PAGE,
        f"{ESSAY_PAGE}/check",
        f"{ESSAY_PAGE}/task",
        f"/editions/R1/assignments/{TEAMWORK}/profiles",
        f"{PART}/history",
        f"/editions/R1/assignments/{TEAMWORK}/parts/proposal",
        f"/editions/R1/assignments/{TEAMWORK}/check",
    ]


def test_participant_pages_cost_a_constant_and_small_number_of_statements(
    cast: Cast, as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("participant")
    pages = [*_pages(cast), f"/editions/R1/submissions/{submission.id}"]

    def cost() -> dict[str, int]:
        counted: dict[str, int] = {}
        for page in pages:
            with count_queries() as statements:
                assert browser.get(page).status_code == 200, page
            counted[page] = len(statements)
        return counted

    few = cost()
    for number in range(20):
        enrolment = enrol(make_person(f"Somebody {number}", GROUP_OPEN), cast.edition, "participant", GROUP_OPEN)
        db.session.add(GroupMember(group_id=group.id, enrolment_id=enrolment.id, joined_at=GROUP_OPEN))
    db.session.flush()
    assert cost() == few
    assert max(few.values()) <= 12, few


def test_teacher_pages_cost_a_constant_number_of_statements(
    cast: Cast, as_role: AsRole, set_now: SetNow, count_queries: Any
) -> None:
    set_now(ESSAY_OPEN)
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    pages = [
        ("tutor", "/editions/R1/marking"),
        ("tutor", f"/editions/R1/marking/{submission.id}"),
        ("coordinator", "/editions/R1/groups"),
    ]

    def cost() -> list[int]:
        counted = []
        for role, page in pages:
            browser = as_role(role)
            with count_queries() as statements:
                assert browser.get(page).status_code == 200
            counted.append(len(statements))
        return counted

    make_group(cast, "participant", name="First")
    few = cost()
    task = assignment(cast)
    for number in range(20):
        enrolment = enrol(make_person(f"Somebody {number}", ESSAY_OPEN), cast.edition, "participant", ESSAY_OPEN)
        db.session.add(
            Submission(
                assignment_id=task.id, enrolment_id=enrolment.id, number=1, submitted_at=ESSAY_OPEN,
                word_count=1, digest="0" * 64,
            )
        )  # fmt: skip
        make_group(cast, name=f"Group number {number}")
    db.session.flush()
    assert cost() == few
