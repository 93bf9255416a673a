"""Files made to fill the memory or to keep the server busy are met by limits, and read in a moment."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from flask import Flask

from lms.assignments.documents import DocumentFault, read_document
from lms.assignments.views import work
from lms.core import sheets
from lms.core.sheets import SheetFault, read_rows
from tests.assignments.making import ESSAY, ESSAY_OPEN, docx
from tests.factories import Cast

MEGABYTE = 1024 * 1024
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
HEADER = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


@pytest.fixture(autouse=True)
def _context(app: Flask) -> None:
    """Messages are translated."""


def replaced(content: bytes, entries: dict[str, str]) -> bytes:
    """The archive with some of its entries replaced."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, entries.get(name, source.read(name)))
    return out.getvalue()


def word(body: str) -> bytes:
    return replaced(docx("x"), {"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"})


def row(cell: str) -> str:
    return f"<w:tbl><w:tr><w:tc>{cell}<w:p><w:r><w:t>here</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"


def spreadsheet(rows: str, second_text: str = "amina@example.org") -> bytes:
    """A workbook whose texts are “email” and another, and whose rows are written by hand."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        workbook.add_worksheet().write_column(0, 0, ["email", "second"])
    texts = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>email</t></si><si><t>{}</t></si></sst>'
    return replaced(
        out.getvalue(),
        {"xl/worksheets/sheet1.xml": SHEET.format(rows), "xl/sharedStrings.xml": texts.format(second_text)},
    )


def peak_of(read: Callable[[], Any]) -> int:
    """The bytes that reading takes at most."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_cell_that_claims_to_be_millions_of_columns_wide_is_one_cell() -> None:
    content = word(row('<w:tcPr><w:gridSpan w:val="20000000"/></w:tcPr>') * 3)
    assert peak_of(lambda: read_document(content)) < 20 * MEGABYTE
    assert read_document(content).text.split() == ["here"] * 3


def test_tables_within_tables_without_end_are_refused_and_not_unfolded() -> None:
    depth = 400
    with pytest.raises(DocumentFault):
        read_document(word("<w:tbl><w:tr><w:tc>" * depth + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * depth))


def test_an_entity_is_refused_in_whatever_encoding_it_is_written() -> None:
    head = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    document = f"{head}<w:document {WORD}><w:body><w:p><w:r><w:t>&secret;</w:t></w:r></w:p></w:body></w:document>"
    source, out = zipfile.ZipFile(io.BytesIO(docx("x"))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, document.encode("utf-16") if name == "word/document.xml" else source.read(name))
    with pytest.raises(DocumentFault, match="not a Word"):
        read_document(out.getvalue())


def test_what_was_deleted_with_changes_tracked_is_not_read_and_what_was_inserted_is() -> None:
    inserted = "<w:ins><w:r><w:t>added</w:t></w:r></w:ins>"
    deleted = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    field = "<w:sdt><w:sdtContent><w:r><w:t> kept</w:t></w:r></w:sdtContent></w:sdt>"
    assert read_document(word(f"<w:p>{inserted}{deleted}{field}</w:p>")).text.split() == ["added", "kept"]


def test_a_row_that_claims_to_be_the_thousand_millionth_is_not_waited_for() -> None:
    content = spreadsheet(HEADER + '<row r="1000000000"><c r="A1000000000" t="s"><v>1</v></c></row>')
    assert read_rows(content) == []


def test_rows_are_read_down_to_the_last_that_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LAST_ROW", 9)
    rows = "".join(f'<row r="{line}"><c r="A{line}" t="s"><v>1</v></c></row>' for line in (9, 10))
    assert [found.line for found in read_rows(spreadsheet(HEADER + rows))] == [9]


def test_one_huge_text_in_many_cells_is_refused_before_it_is_copied() -> None:
    rows = "".join(f'<row r="{line}"><c r="A{line}" t="s"><v>1</v></c></row>' for line in range(2, 200))
    content = spreadsheet(HEADER + rows, "a" * MEGABYTE)

    def read() -> None:
        with pytest.raises(SheetFault, match="line 2 holds far too much text"):
            read_rows(content)

    assert peak_of(read) < 20 * MEGABYTE


def test_nobody_keeps_the_server_reading_one_document_after_another(
    as_role, cast: Cast, set_now, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_now(ESSAY_OPEN)
    monkeypatch.setattr(work, "UPLOADS_PER_PERSON", "2 per 10 minutes")
    part = f"/editions/R1/assignments/{ESSAY}/parts/essay"

    def send(name: str, revision: int) -> Any:
        form = {
            "body": "kept",
            "revision": str(revision),
            "file": (io.BytesIO(docx(f"draft {revision}")), "essay.docx"),
        }
        return as_role(name).post(part, form, content_type="multipart/form-data")

    assert [send("participant", revision).status_code for revision in range(2)] == [303, 303]
    refused = send("participant", 2)
    assert refused.status_code == 422
    assert "Wait ten minutes" in refused.text
    assert "kept" in refused.text
    assert send("other_participant", 0).status_code == 303
