"""Marking offline: what the folder holds, and the sheet that comes back, line by line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from flask_babel import force_locale, gettext
from sqlalchemy import select

from lms.assignments.assessments import Assessment
from lms.assignments.services.marking import save_marking
from lms.assignments.services.sheets import compare_sheet, keep_sheet, marking_archive, marking_sheet, take_over_sheet
from lms.core.db import db
from lms.core.sheets import Sheet, SheetFault, write_csv, write_xlsx
from tests.assignments.making import ESSAY, ESSAY_OPEN, assignment, essay_of, full_marking, ledger
from tests.factories import Cast

LANGUAGES = ("en", "fr", "pt", "ar")
Change = Callable[[list[list[Any]]], None]


@pytest.fixture
def essays(cast: Cast) -> list[int]:
    """Two essays; returns their submissions."""
    return [essay_of(cast, name, ESSAY_OPEN).id for name in ("participant", "other_participant")]


def title(text: Any) -> str:
    return str(text["en"])


def filled(cast: Cast, change: Change | None = None, points: Any = Decimal("7.5"), finished: str = "yes") -> bytes:
    """The tutor's sheet with points everywhere, changed once more by ``change``."""
    sheet = marking_sheet(cast.member("tutor"), assignment(cast), title)
    rows = [list(row) for row in sheet.rows]
    for row in rows:
        row[2:10:2] = [points] * 4
        row[-1] = finished
    if change is not None:
        change(rows)
    return write_xlsx([Sheet(sheet.name, sheet.header, rows)])


def outcomes(cast: Cast, content: bytes) -> list[tuple[str, tuple[str, ...]]]:
    actor, task = cast.member("tutor"), assignment(cast)
    preview = keep_sheet(actor, task, content, "marking.xlsx", LANGUAGES, ESSAY_OPEN)
    return [(line.outcome, line.faults) for line in compare_sheet(actor, task, preview)]


def test_the_folder_holds_every_work_and_a_sheet(cast: Cast, essays: list[int]) -> None:
    with zipfile.ZipFile(io.BytesIO(marking_archive(cast.member("tutor"), assignment(cast), title))) as archive:
        names = archive.namelist()
        assert "001 Participant/1.txt" in names
        assert "002 Other Participant/1.txt" in names
        book = openpyxl.load_workbook(io.BytesIO(archive.read("marking.xlsx")))
    header = [cell.value for cell in book.worksheets[0][1]]
    assert header[:4] == ["Reference", "Work", "e1: Criterion e1 (0–10)", "e1 comment"]
    assert header[-2:] == ["Comment", "Finished"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reader", ["en", "fr"])
def test_headings_are_in_the_language_of_who_takes_the_sheet_and_read_in_every_one(
    cast: Cast, essays: list[int], language: str, reader: str
) -> None:
    """Headings were English whatever the language; a sheet may come back from a colleague who reads another."""

    def comment(rows: list[list[Any]]) -> None:
        rows[0][3] = "Clear"
        rows[0][-2] = "Well done"

    with force_locale(language):
        header = marking_sheet(cast.member("tutor"), assignment(cast), title).header
        content = filled(cast, comment, finished=str(gettext("yes")))
    if language == "fr":
        assert (header[1], header[3], header[-2:]) == ("Travail", "e1 commentaire", ["Commentaire", "Terminé"])
    actor, task = cast.member("tutor"), assignment(cast)
    with force_locale(reader):
        preview = keep_sheet(actor, task, content, "marking.xlsx", LANGUAGES, ESSAY_OPEN)
        lines = compare_sheet(actor, task, preview)
    assert [(line.outcome, line.is_finished) for line in lines] == [("accepted", True)] * 2
    assert lines[0].marking is not None
    assert (lines[0].marking.comments["e1"], lines[0].marking.comment) == ("Clear", "Well done")


def test_a_sheet_with_the_small_english_headings_of_before_is_still_read(cast: Cast, essays: list[int]) -> None:
    sheet = marking_sheet(cast.member("tutor"), assignment(cast), title)
    rows = [[*row[:2], *[Decimal(7), ""] * 4, "", "yes"] for row in sheet.rows]
    header = ["reference", "work", *sheet.header[2:-2], "comment", "finished"]
    assert outcomes(cast, write_xlsx([Sheet("Marking", header, rows)])) == [("accepted", ())] * 2


def test_a_filled_sheet_is_looked_at_and_then_taken_over_once(cast: Cast, essays: list[int]) -> None:
    actor, task = cast.member("tutor"), assignment(cast)
    preview = keep_sheet(actor, task, filled(cast), "marking.xlsx", LANGUAGES, ESSAY_OPEN)
    assert [line.outcome for line in compare_sheet(actor, task, preview)] == ["accepted", "accepted"]
    assert db.session.scalars(select(Assessment)).all() == []
    for _again in range(2):
        take_over_sheet(actor, task, preview.id, ESSAY_OPEN)
    assert preview.result == {"accepted": 2}
    assert [entry.points for entry in ledger(cast, "participant")] == [None, Decimal("30.00")]
    assert [entry.points for entry in ledger(cast, "other_participant")] == [None, Decimal("30.00")]
    assert [outcome for outcome, _faults in outcomes(cast, filled(cast))] == ["unchanged", "unchanged"]


def test_a_line_with_a_fault_says_what_and_the_others_are_taken(cast: Cast, essays: list[int]) -> None:
    """Edge case 8: out of range and not a number are refused clearly; a comma and Arabic-Indic digits are read."""

    def spoil(rows: list[list[Any]]) -> None:
        rows[0][2:10:2] = ["11", "-1", "7.3", "eight"]
        rows[1][2:10:2] = ["8,5", "٨٫٥", "8.5", "8"]

    faulty, read = outcomes(cast, filled(cast, spoil))
    assert faulty[0] == "faulty"
    assert [fault.split(":")[0] for fault in faulty[1]] == ["e1", "e2", "e3", "e4"]
    assert read == ("accepted", ())


@pytest.mark.parametrize(
    ("word", "is_finished"), [("Yes", True), ("oui", True), ("sim", True), ("نعم", True), ("não", False)]
)
def test_a_tutor_says_finished_in_their_own_language(
    cast: Cast, essays: list[int], word: str, is_finished: bool
) -> None:
    actor, task = cast.member("tutor"), assignment(cast)
    preview = keep_sheet(actor, task, filled(cast, finished=word), "marking.xlsx", LANGUAGES, ESSAY_OPEN)
    assert {line.is_finished for line in compare_sheet(actor, task, preview)} == {is_finished}


def test_a_gap_is_a_draft_and_never_finished(cast: Cast, essays: list[int]) -> None:
    """Edge case 8: a partial rubric in the sheet is taken as a draft, or refused where it says finished."""

    def gap(rows: list[list[Any]]) -> None:
        rows[0][2] = rows[1][2] = None
        rows[1][-1] = ""

    said_finished, draft = outcomes(cast, filled(cast, gap))
    assert said_finished[0] == "faulty"
    assert draft == ("accepted", ())


@pytest.mark.parametrize("column", [0, 1])
def test_mixed_up_lines_never_put_a_mark_on_another_person(cast: Cast, essays: list[int], column: int) -> None:
    """Edge case 34: marks entered for A must never land on B, even when references or names change places."""

    def swap(rows: list[list[Any]]) -> None:
        rows[0][column], rows[1][column] = rows[1][column], rows[0][column]

    assert [outcome for outcome, _faults in outcomes(cast, filled(cast, swap))] == ["faulty", "faulty"]


def test_a_reference_that_was_typed_in_or_stands_twice_is_refused(cast: Cast, essays: list[int]) -> None:
    def copy(rows: list[list[Any]]) -> None:
        rows[1][:2] = rows[0][:2]

    def invent(rows: list[list[Any]]) -> None:
        rows[0][0] = "999-first-0-00000000"
        rows[1][0] = "nonsense"

    assert [outcome for outcome, _faults in outcomes(cast, filled(cast, copy))] == ["faulty", "faulty"]
    assert [outcome for outcome, _faults in outcomes(cast, filled(cast, invent))] == ["faulty", "faulty"]


def test_what_changed_in_the_room_since_is_a_conflict_and_stands(cast: Cast, essays: list[int]) -> None:
    """Edge case 34: an edit since the sheet was made is detected by line, and nothing is lost."""
    content = filled(cast, finished="")
    from sqlalchemy import true

    from lms.assignments.queries.submissions import get_submission

    submission = get_submission(cast.edition.id, essays[0], true())
    save_marking(
        cast.member("coordinator"), submission_id=essays[0], marking=full_marking(submission, "9"), revision=0,
        now=ESSAY_OPEN,
    )  # fmt: skip
    actor, task = cast.member("tutor"), assignment(cast)
    preview = keep_sheet(actor, task, content, "marking.xlsx", LANGUAGES, ESSAY_OPEN)
    assert [line.outcome for line in compare_sheet(actor, task, preview)] == ["conflict", "accepted"]
    take_over_sheet(actor, task, preview.id, ESSAY_OPEN)
    kept = {one.submission_id: one.scores[0].points for one in db.session.scalars(select(Assessment))}
    assert kept == {essays[0]: Decimal("9.00"), essays[1]: Decimal("7.50")}


def test_a_newer_version_makes_the_old_line_void(cast: Cast, essays: list[int]) -> None:
    content = filled(cast)
    essay_of(cast, "participant", ESSAY_OPEN, body="once more " * 800)
    by_outcome = [outcome for outcome, _faults in outcomes(cast, content)]
    assert sorted(by_outcome) == ["accepted", "faulty"]


@pytest.mark.parametrize("content", [b"", b"hello", write_csv(Sheet("x", ["a", "b"], [["1", "2"]]))])
def test_what_is_not_the_sheet_is_refused_in_words(cast: Cast, essays: list[int], content: bytes) -> None:
    with pytest.raises(SheetFault):
        keep_sheet(cast.member("tutor"), assignment(cast), content, "x.csv", LANGUAGES, ESSAY_OPEN)


def test_the_pages_lead_from_the_folder_to_the_result(
    cast: Cast, essays: list[int], as_role: Any, set_now: Any
) -> None:
    set_now(ESSAY_OPEN)
    address = f"/editions/R1/assignments/{ESSAY}/sheets"
    content = filled(cast)
    browser = as_role("tutor")
    assert browser.get(address).status_code == 200
    assert browser.get(f"{address}/marking.zip").mimetype == "application/zip"
    assert browser.post(address, {"file": (io.BytesIO(b"hello"), "x.xlsx")}).status_code == 422
    sent = browser.post(address, {"file": (io.BytesIO(content), "marking.xlsx")})
    assert sent.status_code == 303
    page = browser.get(sent.location)
    assert "Save 2 lines" in page.text
    assert browser.post(sent.location).status_code == 303
    assert "What the sheet did" in browser.get(sent.location).text
    assert as_role("coordinator").get(sent.location).status_code == 404
    assert as_role("participant").get(address).status_code == 403
    assert as_role("outsider").get(address).status_code == 404


def test_after_a_sheet_is_taken_over_its_page_names_the_lines_that_were_left(
    cast: Cast, essays: list[int], as_role: Any, set_now: Any
) -> None:
    def spoil(rows: list[list[Any]]) -> None:
        rows[0][2] = "11"

    set_now(ESSAY_OPEN)
    actor, task = cast.member("tutor"), assignment(cast)
    preview = keep_sheet(actor, task, filled(cast, spoil), "marking.xlsx", LANGUAGES, ESSAY_OPEN)
    db.session.commit()
    browser, address = as_role("tutor"), f"/editions/R1/assignments/{ESSAY}/sheets/{preview.id}"
    said = "Criterion e1: This criterion has fewer points than that."
    assert said in browser.get(address).text
    assert browser.post(address).status_code == 303
    page = browser.get(address).text
    assert "Lines that were left" in page
    assert said in page
