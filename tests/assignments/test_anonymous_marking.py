"""Marking without names: what a tutor may not learn before the release, wherever they look."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select

from lms.assignments.anonymising import without_author
from lms.assignments.documents import read_document
from lms.assignments.domain.agreement import SecondMarking
from lms.assignments.domain.anonymity import VEIL, code_of, place_of, veiled
from lms.assignments.models import Submission
from lms.assignments.queries.marking import marking_queue
from lms.assignments.services.allocating import set_scheme
from lms.assignments.services.sheets import marking_archive
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.outbox import OutboxMessage
from lms.grading.hooks import held_marks
from lms.grading.services import release_items
from tests.assignments.making import (
    ESSAY,
    ESSAY_OPEN,
    TEAMWORK,
    archive,
    assignment,
    docx,
    essay_of,
    finish,
    hand_in,
    ledger,
    make_group,
    pdf,
    teamwork_of,
    upload,
    write,
)
from tests.factories import Cast

NAMES = ("Participant", "Other Participant", "Third Participant")
BODY = "An essay by Zuleika Marabou, zuleika.marabou@example.org. " + "word " * 1600


def hide_names(cast: Cast) -> None:
    set_scheme(
        cast.member("coordinator"), assignment(cast), second=SecondMarking.NONE, third_from=Decimal(5),
        is_anonymous=True, now=ESSAY_OPEN,
    )  # fmt: skip


@pytest.fixture
def essays(cast: Cast, set_now: Any) -> list[Submission]:
    """Three essays without names; the first is Zuleika Marabou's, who signed it and sent a document besides."""
    set_now(ESSAY_OPEN)
    person = cast.person("participant")
    person.full_name, person.email = "Zuleika Marabou", "zuleika.marabou@example.org"
    write(cast, "participant", BODY, ESSAY_OPEN, upload=upload(docx("By Zuleika Marabou\nText"), "Zuleika essay.docx"))
    found = [hand_in(cast, "participant", ESSAY_OPEN)]
    found += [essay_of(cast, name, ESSAY_OPEN) for name in ("other_participant", "third_participant")]
    hide_names(cast)
    return found


# Codes, order, words


@given(st.text(min_size=1), st.lists(st.integers(1, 10**6), min_size=2, max_size=40, unique=True))
def test_codes_are_short_stable_and_tell_people_apart(key: str, owners: list[int]) -> None:
    codes = [code_of(key, f"p{owner}") for owner in owners]
    assert codes == [code_of(key, f"p{owner}") for owner in owners]
    assert all(re.fullmatch(r"[2-9B-Z]{3}-[2-9B-Z]{3}", code) for code in codes)
    assert len(set(codes)) == len(codes)


def test_the_order_is_the_same_every_time_and_another_for_each_assignment() -> None:
    owners = [f"p{number}" for number in range(30)]
    first = sorted(owners, key=lambda owner: place_of("one", owner))
    assert first == sorted(owners, key=lambda owner: place_of("one", owner))
    assert first != sorted(owners, key=lambda owner: place_of("two", owner))
    assert first != owners


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By Grace Hope Kone.", f"By {VEIL}."),
        ("by GRACE HOPE KONE", f"by {VEIL}"),
        ("Kone writes", f"{VEIL} writes"),
        ("with hope and good grace", "with hope and good grace"),
        ("Konesville", "Konesville"),
    ],
)
def test_names_are_taken_out_and_words_that_look_alike_stay(text: str, expected: str) -> None:
    assert veiled(text, ["Grace Hope Kone"]) == expected


# Documents


def test_a_word_document_loses_its_author_and_keeps_its_words() -> None:
    """Edge case 35: file metadata must not reveal names."""
    with zipfile.ZipFile(io.BytesIO(docx("The text stays"))) as source:
        entries: dict[str, str | bytes] = {name: source.read(name) for name in source.namelist()}
    entries["docProps/core.xml"] = "<cp><dc:creator>Zuleika Marabou</dc:creator></cp>"
    entries["word/comments.xml"] = '<w:comments><w:comment w:author="Zuleika Marabou" w:initials="ZM"/></w:comments>'
    clean = without_author(archive(entries), "docx")
    with zipfile.ZipFile(io.BytesIO(clean)) as result:
        everything = b"".join(result.read(name) for name in result.namelist())
        assert {entry.date_time for entry in result.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"Zuleika" not in everything
    assert b"ZM" not in everything
    assert read_document(clean).text.strip() == "The text stays"


def test_an_opendocument_loses_its_author_and_keeps_its_words() -> None:
    """Edge case 35: the same for OpenDocument, its comments included."""
    from tests.assignments.making import odt

    with zipfile.ZipFile(io.BytesIO(odt("The text stays"))) as source:
        entries: dict[str, str | bytes] = {name: source.read(name) for name in source.namelist()}
    entries["meta.xml"] = "<m><dc:creator>Zuleika Marabou</dc:creator></m>"
    entries["styles.xml"] = "<s><dc:creator>Zuleika Marabou</dc:creator></s>"
    clean = without_author(archive(entries), "odt")
    with zipfile.ZipFile(io.BytesIO(clean)) as result:
        assert b"Zuleika" not in b"".join(result.read(name) for name in result.namelist())
        assert result.namelist()[0] == "mimetype"
    assert "The text stays" in read_document(clean).text


def test_a_pdf_loses_its_author_and_keeps_its_words() -> None:
    """Edge case 35: the same for PDF."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("The text stays"))))
    writer.add_metadata({"/Author": "Zuleika Marabou", "/Title": "Zuleika's essay"})
    out = io.BytesIO()
    writer.write(out)
    clean = without_author(out.getvalue(), "pdf")
    assert b"Zuleika" not in clean
    assert "Zuleika" not in str(PdfReader(io.BytesIO(clean)).metadata)
    assert "The text stays" in read_document(clean).text


def test_a_document_that_cannot_be_cleaned_is_not_given_out() -> None:
    with pytest.raises(RuleViolation, match="not given out"):
        without_author(b"%PDF-1.4 broken", "pdf")


# What a tutor sees


def test_no_page_of_a_tutor_shows_whose_work_it_is(cast: Cast, essays: list[Submission], as_role: Any) -> None:
    """Edge case 35: names, addresses, file names and the hour of handing in are hidden in queue, room and downloads."""
    browser = as_role("tutor")
    signed = essays[0]
    pages = ["/editions/R1/marking", f"/editions/R1/assignments/{ESSAY}/allocation"]
    pages += [f"/editions/R1/assignments/{ESSAY}/moderation", f"/editions/R1/marking/{signed.id}"]
    for page in pages:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        main = answer.text.split("<main")[1]
        assert "Zuleika" not in main, page
        assert "zuleika" not in main, page
        assert "Other Participant" not in main, page
        assert "Handed in" not in main, page
    code = next(row.name for row in marking_queue(cast.member("tutor")) if row.submission_id == signed.id)
    room = browser.get(f"/editions/R1/marking/{signed.id}").text
    assert code in room
    assert "in an order drawn by lot" in room
    assert VEIL in room
    sent = browser.get(f"/editions/R1/marking/{signed.id}/documents/0")
    assert sent.status_code == 200
    assert f"{code}-1.docx" in sent.headers["Content-Disposition"]
    assert "Zuleika" not in sent.headers["Content-Disposition"]


def test_no_other_address_leads_to_the_name(cast: Cast, essays: list[Submission], as_role: Any) -> None:
    """Edge case 35: the receipt and the document under its own name are closed to markers until the release."""
    browser = as_role("tutor")
    stored = essays[0].parts[0].file
    assert stored is not None
    receipt, document = f"/editions/R1/submissions/{essays[0].id}", f"/editions/R1/files/{stored.key}"
    assert browser.get(receipt).status_code == 404
    assert browser.get(document).status_code == 404
    assert as_role("coordinator").get(receipt).status_code == 200
    release_items(cast.member("coordinator"), item_keys=[ESSAY], now=ESSAY_OPEN)
    assert browser.get(receipt).status_code == 200
    assert browser.get(document).status_code == 200


def test_the_order_of_the_queue_tells_nothing(cast: Cast, essays: list[Submission]) -> None:
    """Edge case 35: the order is neither that of handing in nor of names, and the same for tutor and coordinator."""
    for_tutor = [row.submission_id for row in marking_queue(cast.member("tutor"), ESSAY)]
    assert for_tutor == [row.submission_id for row in marking_queue(cast.member("coordinator"), ESSAY)]
    key = db.session.execute(select(Submission.enrolment_id, Submission.id)).all()
    assert sorted(for_tutor) == sorted(row[1] for row in key)
    names = [row.name for row in marking_queue(cast.member("tutor"), ESSAY)]
    assert not set(names) & {*NAMES, "Zuleika Marabou"}


def test_the_folder_for_offline_marking_holds_no_name(cast: Cast, essays: list[Submission]) -> None:
    """Edge case 35: folder names, sheet, texts and documents of the ZIP are without names."""
    content = marking_archive(cast.member("tutor"), assignment(cast), lambda text: str(text["en"]))
    with zipfile.ZipFile(io.BytesIO(content)) as result:
        assert not [name for name in result.namelist() if "Zuleika" in name or "Participant" in name]
        for name in result.namelist():
            data = result.read(name)
            assert b"Zuleika" not in data or name.endswith(".docx"), name
            if name.endswith((".xlsx", ".docx")):
                with zipfile.ZipFile(io.BytesIO(data)) as inner:
                    properties = [inner.read(one) for one in inner.namelist() if not one.startswith("word/document")]
                assert not any(b"Zuleika" in one for one in properties), name


def test_no_mail_to_a_marker_names_anybody(cast: Cast, essays: list[Submission]) -> None:
    """Edge case 35: mail about the work goes to whose it is, and to no marker."""
    finish(cast, essays[0], ESSAY_OPEN)
    staff = {cast.person(name).email for name in ("tutor", "coordinator")}
    assert not staff & set(db.session.scalars(select(OutboxMessage.recipient)))


def test_marks_wait_outside_the_gradebook_until_the_release(cast: Cast, essays: list[Submission], as_role: Any) -> None:
    """Edge case 35: a line of the gradebook beside a name would tell whose work was marked, and how."""
    finish(cast, essays[0], ESSAY_OPEN, "8.5")
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted"]
    assert held_marks(cast.edition.id) == {ESSAY: 1}
    page = as_role("tutor").get(f"/editions/R1/releases?item={ESSAY}").text
    assert "1 mark was given without a name" in page
    assert release_items(cast.member("tutor"), item_keys=[ESSAY], now=ESSAY_OPEN) == 1
    entry = ledger(cast, "participant")[-1]
    assert (entry.state, entry.points) == ("marked", Decimal("34.00"))
    told = db.session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.template == "marks_released")).all()
    assert told == ["zuleika.marabou@example.org"]
    assert "Zuleika" in as_role("tutor").get(f"/editions/R1/marking/{essays[0].id}").text


def test_coordinators_see_the_name_and_the_code(cast: Cast, essays: list[Submission], as_role: Any) -> None:
    page = as_role("coordinator").get(f"/editions/R1/marking/{essays[0].id}").text
    row = next(row for row in marking_queue(cast.member("tutor")) if row.submission_id == essays[0].id)
    assert "Zuleika Marabou" in page
    assert row.code in page


def test_names_cannot_be_hidden_once_marking_has_begun_with_them(cast: Cast) -> None:
    finish(cast, essay_of(cast, "participant", ESSAY_OPEN), ESSAY_OPEN)
    with pytest.raises(RuleViolation, match="begun with names"):
        hide_names(cast)


def test_the_page_of_a_group_does_not_show_what_is_marked_under_a_code(cast: Cast, as_role: Any, set_now: Any) -> None:
    """Edge case 35: the members of a group and its text never stand side by side for a marker."""
    set_now(ESSAY_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", ESSAY_OPEN)
    address = f"/editions/R1/groups/{group.id}"
    assert "word399" in as_role("tutor").get(address).text
    set_scheme(
        cast.member("coordinator"), assignment(cast, TEAMWORK), second=SecondMarking.NONE, third_from=Decimal(5),
        is_anonymous=True, now=ESSAY_OPEN,
    )  # fmt: skip
    assert "word399" not in as_role("tutor").get(address).text
    assert "word399" in as_role("coordinator").get(address).text
    room = as_role("tutor").get(f"/editions/R1/marking/{submission.id}").text.split("<main")[1]
    assert "Baobab" not in room
    assert "Other Participant" not in room
    finish(cast, submission, ESSAY_OPEN)
    assert ledger(cast, "other_participant", TEAMWORK)[-1].state == "submitted"
    release_items(cast.member("tutor"), item_keys=[TEAMWORK], now=ESSAY_OPEN)
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points == Decimal("22.50")
