"""Tables in and out: what is exported cannot run, and what is read keeps its line numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core import sheets
from lms.core.sheets import Sheet, SheetFault, guard, read_rows, unguard, write_csv, write_xlsx

FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "|cmd", "%0A", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "  =1+1",
    '=HYPERLINK("http://evil.example")',
]  # fmt: skip


def csv_cells(sheet: Sheet) -> list[list[str]]:
    return list(csv.reader(io.StringIO(write_csv(sheet).decode("utf-8-sig"), newline="")))


def xlsx_page(sheet: Sheet):
    return openpyxl.load_workbook(io.BytesIO(write_xlsx([sheet]))).worksheets[0]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_or_header_of_a_csv_file_can_be_a_formula(formula) -> None:
    for row in csv_cells(Sheet("s", [formula], [[formula]])):
        assert row == [f"'{formula}"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_or_header_of_a_spreadsheet_can_be_a_formula(formula) -> None:
    page = xlsx_page(Sheet("s", [formula], [[formula]]))
    for cell in (page["A1"], page["A2"]):
        assert cell.data_type == "s"
        assert cell.hyperlink is None


def test_a_spreadsheet_turns_no_text_into_a_link() -> None:
    page = xlsx_page(Sheet("s", ["a"], [["http://evil.example"], ["mailto:a@x.org"]]))
    assert [page[f"A{row}"].hyperlink for row in (2, 3)] == [None, None]


def test_true_numbers_stay_numbers_negative_ones_too() -> None:
    sheet = Sheet("s", ["a", "b", "c"], [[-5, Decimal("-8.50"), Decimal("59.99")]])
    assert csv_cells(sheet)[1] == ["-5", "-8.50", "59.99"]
    assert [cell.value for cell in xlsx_page(sheet)[2]] == [-5, -8.5, 59.99]


def test_dates_and_instants_are_written_so_that_they_sort() -> None:
    row = [date(2022, 10, 24), datetime(2022, 12, 2, 22, 59, tzinfo=UTC), None, "x"]
    assert csv_cells(Sheet("s", list("abcd"), [row]))[1] == ["2022-10-24", "2022-12-02T22:59+00:00", "", "x"]
    cells = [cell.value for cell in xlsx_page(Sheet("s", list("abcd"), [row]))[2]]
    assert cells == [datetime(2022, 10, 24), "2022-12-02T22:59+00:00", None, "x"]


def test_accents_and_arabic_come_through_both_ways() -> None:
    names = ["Élodie N’Diaye", "فاطمة بنت محمد", 'Comma, "quote"; semicolon', "two\nlines"]
    sheet = Sheet("s", ["name"], [[name] for name in names])
    assert write_csv(sheet).startswith(b"\xef\xbb\xbf")
    for content in (write_csv(sheet), write_xlsx([sheet])):
        assert [row.values["name"] for row in read_rows(content)] == names


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1).filter(lambda text: text == text.strip()))
def test_what_was_exported_is_read_back_as_it_was(text) -> None:
    content = write_csv(Sheet("s", ["first", "second"], [[text, "x"]]))
    assert read_rows(content)[0].values["first"] == unguard(text)
    assert unguard(guard(text)) == unguard(text) or guard(text) == text


@given(st.text())
def test_no_guarded_text_begins_like_a_formula(text) -> None:
    assert (
        not guard(text).lstrip(" ").startswith(("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_is_read(separator) -> None:
    rows = read_rows(f"Email{separator} NAME \na@x.org{separator} Amina \n".encode())
    assert rows[0].values == {"email": "a@x.org", "name": "Amina"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_files_of_old_and_new_spreadsheets_are_read(encoding) -> None:
    assert read_rows("name\nÉlodie\n".encode(encoding))[0].values == {"name": "Élodie"}


def test_a_row_has_the_line_that_the_person_sees() -> None:
    content = b'name\n"two\nlines"\n\nlast\n'
    assert [(row.line, row.values["name"]) for row in read_rows(content)] == [(2, "two\nlines"), (5, "last")]


def test_a_short_row_is_filled_up_and_a_long_one_cut() -> None:
    rows = read_rows(b"a,b\n1\n1,2,3\n")
    assert [row.values for row in rows] == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\x00\x81", b"PK\x03\x04broken", b"a\x00b\n"])
def test_what_is_no_table_is_refused(app, content) -> None:
    with pytest.raises(SheetFault):
        read_rows(content)


def test_a_table_with_too_many_rows_is_refused_before_it_is_all_read(app) -> None:
    with pytest.raises(SheetFault, match="more than 3 lines"):
        read_rows(b"a\n1\n2\n3\n4\n", max_rows=3)


def test_a_spreadsheet_made_to_fill_the_memory_is_refused_unread(app, monkeypatch) -> None:
    monkeypatch.setattr(sheets, "MAX_UNPACKED_BYTES", 1000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 1_000_000)
    assert len(bomb.getvalue()) < 2000
    with pytest.raises(SheetFault, match="too large"):
        read_rows(bomb.getvalue())


def test_a_french_spreadsheet_finds_its_semicolons_and_decimal_commas() -> None:
    sheet = Sheet("s", ["Nom", "Total"], [["Diallo, Amina; née Bâ", Decimal("4.50")], ["=1+1", None]])
    text = write_csv(sheet, "fr").decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=";")) == [
        ["Nom", "Total"], ["Diallo, Amina; née Bâ", "4,50"], ["'=1+1", ""],
    ]  # fmt: skip
    assert [row.values["nom"] for row in read_rows(write_csv(sheet, "fr"))] == ["Diallo, Amina; née Bâ", "=1+1"]


def test_an_instant_is_written_to_the_minute() -> None:
    moment = datetime(2026, 3, 2, 9, 30, 15, 42, tzinfo=UTC)
    assert "2026-03-02T09:30+00:00" in write_csv(Sheet("s", ["As at"], [[moment]])).decode("utf-8-sig")
