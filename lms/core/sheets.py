"""Tables in and out: CSV and XLSX that cannot carry formulas, and rows read from either with their line numbers."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import xlsxwriter
from flask_babel import gettext as _

Cell = str | int | Decimal | date | datetime | None

# A spreadsheet runs a cell that begins so, full-width forms and leading blanks included.
_DANGEROUS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_DECIMAL_COMMA = frozenset(("fr", "pt"))

# A spreadsheet of people or marks unpacks to a few megabytes; one made to fill the memory, to gigabytes.
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_COLUMNS = 200
# A row may claim to be the thousand-millionth, and all before it would be gone through: none is read below this.
LAST_ROW = 20_000
# One text may stand in a million cells, and each cell that is kept is a copy of it.
MAX_CELL_CHARACTERS = 5_000

CSV_MEDIA_TYPE = "text/csv; charset=utf-8"
XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetFault(ValueError):
    """The file is not a table that can be read; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named table: one header, rows of cells as typed values."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row read from a file. ``line`` is the number that the person sees in the spreadsheet."""

    line: int
    values: dict[str, str]


def guard(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def _csv_cell(cell: Cell, decimal_mark: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell).replace(".", decimal_mark)


def write_csv(sheet: Sheet, language: str = "en") -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read accents and Arabic.

    Args:
        language: of the person who opens it. Spreadsheets in languages that write 4,50 part the columns at
            semicolons; in the others, and for programs, columns are parted by commas and decimals have a point.
    """
    delimiter, decimal_mark = (";", ",") if language in _DECIMAL_COMMA else (",", ".")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([guard(title) for title in sheet.header])
    writer.writerows([_csv_cell(cell, decimal_mark) for cell in row] for row in sheet.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write_xlsx(sheets: Iterable[Sheet]) -> bytes:
    """A workbook with a sheet for each table: figures as numbers, everything else as text, never a formula."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "d mmm yyyy",
    }
    with xlsxwriter.Workbook(out, options) as workbook:
        bold = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name[:31])
            page.freeze_panes(1, 1)
            for column, title in enumerate(sheet.header):
                page.write_string(0, column, title, bold)
            for number, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    _write_xlsx_cell(page, number, column, cell)
            page.autofit(300)
    return out.getvalue()


def _write_xlsx_cell(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(row, column, cell)
    elif isinstance(cell, datetime):
        page.write_string(row, column, cell.isoformat(timespec="minutes"))
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day))
    else:
        page.write_number(row, column, float(cell))


def _decode(content: bytes) -> str:
    # A spreadsheet's "Unicode text" is UTF-16 with a mark; a plain CSV of an older one is in the Windows encoding.
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SheetFault(_("The file is not a table. Save it as CSV (UTF-8) or as XLSX and try again."))


def _csv_rows(content: bytes) -> Iterable[tuple[int, list[str]]]:
    text = _decode(content)
    # A meeting's list begins with a title; the first line that is parted says how.
    first = next((line for line in text.split("\n", 20)[:20] if any(map(line.count, ",;\t"))), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise SheetFault(
            _("The file cannot be read from line %(line)s on. Save it as XLSX and try again.", line=reader.line_num)
        ) from error


def _xlsx_rows(content: bytes) -> Iterable[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise SheetFault(_("The spreadsheet is too large. Save the list alone in a new one and try again."))
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = workbook.worksheets[0].iter_rows(values_only=True, max_row=LAST_ROW, max_col=MAX_COLUMNS)
        for number, cells in enumerate(rows, start=1):
            yield number, ["" if cell is None else str(cell) for cell in cells]
    except SheetFault:
        raise
    except Exception as error:  # openpyxl raises many kinds for a broken or hostile file
        raise SheetFault(_("The file is not a spreadsheet that can be opened. Save it again as XLSX.")) from error


def unguard(text: str) -> str:
    """The text without the apostrophe that ``guard`` put before it, so that what was exported can be read back."""
    return text[1:] if text.startswith("'") and guard(text[1:]) == text else text


def read_cells(content: bytes, *, max_lines: int = LAST_ROW) -> list[tuple[int, list[str]]]:
    """Every line of a CSV or XLSX file with its number, blank ones left out, for a table whose header is not the first.

    Raises:
        SheetFault: if it is neither, or too much.
    """
    source = _xlsx_rows(content) if content[:2] == b"PK" else _csv_rows(content)
    found = []
    for line, cells in source:
        if line > max_lines:
            raise SheetFault(_("The file has more than %(count)s lines. Split it in parts.", count=max_lines))
        if any(len(cell) > MAX_CELL_CHARACTERS for cell in cells):
            raise SheetFault(_("A cell in line %(line)s holds far too much text. Shorten it and try again.", line=line))
        if any(cell.strip() for cell in cells):
            found.append((line, [unguard(cell.strip()) for cell in cells]))
    return found


def read_rows(content: bytes, *, max_rows: int = 5000) -> list[Row]:
    """Rows of a CSV or XLSX file by their header, blank rows left out, header names lower-case and trimmed.

    Raises:
        SheetFault: if it is neither, has no header, or has more rows than allowed.
    """
    source = _xlsx_rows(content) if content[:2] == b"PK" else _csv_rows(content)
    header: list[str] | None = None
    rows: list[Row] = []
    for line, cells in source:
        if not any(cell.strip() for cell in cells):
            continue
        if max(map(len, cells)) > MAX_CELL_CHARACTERS:
            raise SheetFault(_("A cell in line %(line)s holds far too much text. Shorten it and try again.", line=line))
        if header is None:
            header = [cell.strip().lower() for cell in cells]
            continue
        if len(rows) >= max_rows:
            raise SheetFault(_("The file has more than %(count)s lines. Split it in parts.", count=max_rows))
        padded = [*cells, *[""] * (len(header) - len(cells))]
        rows.append(
            Row(line, {name: unguard(cell.strip()) for name, cell in zip(header, padded, strict=False) if name})
        )
    if header is None:
        raise SheetFault(_("The file is empty."))
    return rows
