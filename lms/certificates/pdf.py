"""Draws a certificate: one A4 sheet, landscape, that one would frame. The same facts always give the same bytes."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import arabic_reshaper
import fontpkg_amiri
from fpdf.bidi import BidiParagraph
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lms.core.i18n import RIGHT_TO_LEFT

INK = HexColor("#1d2433")
INDIGO = HexColor("#2b3a67")
OCHRE = HexColor("#b9771f")
QUIET = HexColor("#5b6275")
PAPER = HexColor("#fdfbf6")

WIDTH, HEIGHT = landscape(A4)
CENTRE = WIDTH / 2
TEXT_WIDTH = WIDTH - 76 * mm
LEADING = 1.25

_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
# Marks of direction: they order a line, and have no glyph.
_MARKS = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the sheet, in the certificate's language; every string is printed as it is.

    ``signatures`` are pairs of name and title, one to three.
    """

    language: str
    heading: str
    awarded_to: str
    name: str
    statement: str
    course: str
    dates: str
    details: str
    signatures: Sequence[tuple[str, str]]
    issued: str
    number: str
    code: str
    verify_hint: str
    verify_url: str

    @classmethod
    def from_printed(cls, printed: Mapping[str, Any]) -> Sheet:
        """The sheet that a certificate's record describes."""
        values = {name: printed[name] for name in cls.__slots__}
        values["signatures"] = tuple((name, title) for name, title in printed["signatures"])
        return cls(**values)


@cache
def _register_fonts() -> None:
    folder = Path(fontpkg_amiri.__file__).parent / "files"
    for face in ("Regular", "Bold", "Italic"):
        pdfmetrics.registerFont(TTFont(f"Amiri-{face}", str(folder / f"Amiri-{face}.ttf")))


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def visual_line(text: str) -> str:
    """A line in the order in which its glyphs are drawn, Arabic letters joined.

    The PDF library knows neither joining nor direction; Latin lines pass through untouched.
    """
    if not _is_right_to_left(text):
        return text.translate(_MARKS)
    joined = arabic_reshaper.ArabicReshaper({"delete_harakat": False}).reshape(text)
    paragraph = BidiParagraph(joined)
    ordered = paragraph.get_reordered_characters()
    return "".join(
        item.character.translate(_MIRRORED) if item.embedding_level % 2 else item.character for item in ordered
    ).translate(_MARKS)


def _lines(text: str, font: str, size: float, width: float) -> list[str]:
    """The text broken into lines on its logical words, each at most ``width`` points wide where a word allows it."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pdfmetrics.stringWidth(visual_line(longer), font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _fitting_size(text: str, font: str, largest: float, smallest: float, width: float, most_lines: int) -> float:
    size = largest
    while size > smallest:
        lines = _lines(text, font, size, width)
        if len(lines) <= most_lines and all(
            pdfmetrics.stringWidth(visual_line(line), font, size) <= width for line in lines
        ):
            return size
        size -= 0.5
    return smallest


def _balanced(text: str, font: str, size: float) -> list[str]:
    """The text in as few lines as fit, of about equal length: no word is left alone on the last one."""
    lines = _lines(text, font, size, TEXT_WIDTH)
    width = TEXT_WIDTH
    while len(lines) > 1:
        width -= 6
        tighter = _lines(text, font, size, width)
        if len(tighter) > len(lines) or any(
            pdfmetrics.stringWidth(visual_line(line), font, size) > width for line in tighter
        ):
            break
        lines = tighter
    return lines


@dataclass(frozen=True, slots=True)
class _Block:
    """Centred lines of one face, and the space that follows them."""

    text: str
    face: str
    size: float
    colour: Color
    after: float
    smallest: float = 9
    most_lines: int = 2

    def set(self) -> tuple[float, list[str]]:
        """The size that fits, and the lines at that size."""
        font = f"Amiri-{self.face}"
        size = _fitting_size(self.text, font, self.size, self.smallest, TEXT_WIDTH, self.most_lines)
        return size, _balanced(self.text, font, size)


def _draw_blocks(canvas: Canvas, blocks: Sequence[_Block], top: float, bottom: float) -> None:
    """Write the blocks between two heights, the room that is left shared out above and below."""
    settled = [(block, *block.set()) for block in blocks]
    height = sum(size * LEADING * len(lines) + block.after for block, size, lines in settled) - blocks[-1].after
    y = top - max(0, top - bottom - height) * 0.42
    for block, size, lines in settled:
        canvas.setFillColor(block.colour)
        canvas.setFont(f"Amiri-{block.face}", size)
        for line in lines:
            y -= size * LEADING
            canvas.drawCentredString(CENTRE, y, visual_line(line))
        y -= block.after


def draw_certificate(sheet: Sheet) -> bytes:
    """The PDF of a certificate, about 60 kB with its three embedded font subsets."""
    _register_fonts()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1, lang=sheet.language, pageCompression=1)
    canvas.setTitle(f"{sheet.heading} – {sheet.name}")
    canvas.setAuthor("Segin")
    canvas.setSubject(f"{sheet.course} – {sheet.number}")
    _draw_paper(canvas)
    blocks = (
        _Block(sheet.heading, "Regular", 36, INDIGO, 8 * mm, smallest=22, most_lines=1),
        _Block(sheet.awarded_to, "Italic", 14, QUIET, 2.5 * mm),
        _Block(sheet.name, "Bold", 33, INK, 5.5 * mm, smallest=17),
        _Block(sheet.statement, "Italic", 14, QUIET, 2.5 * mm),
        _Block(sheet.course, "Regular", 21, INK, 4 * mm, smallest=13),
        _Block(sheet.dates, "Regular", 14, INK, 0.5 * mm),
        _Block(sheet.details, "Regular", 12, QUIET, 0),
    )
    _draw_blocks(canvas, blocks, top=HEIGHT - 40 * mm, bottom=58 * mm)
    _draw_signatures(canvas, sheet.signatures, sheet.language)
    _draw_proof(canvas, sheet)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_paper(canvas: Canvas) -> None:
    canvas.setFillColor(PAPER)
    canvas.rect(0, 0, WIDTH, HEIGHT, stroke=0, fill=1)
    canvas.setStrokeColor(INDIGO)
    canvas.setLineWidth(1.1)
    canvas.rect(11 * mm, 11 * mm, WIDTH - 22 * mm, HEIGHT - 22 * mm)
    canvas.setStrokeColor(OCHRE)
    canvas.setLineWidth(0.45)
    canvas.rect(13 * mm, 13 * mm, WIDTH - 26 * mm, HEIGHT - 26 * mm)
    _draw_mark(canvas, CENTRE, HEIGHT - 31 * mm, 0.62 * mm)


def _draw_mark(canvas: Canvas, x: float, y: float, unit: float) -> None:
    """The path that leads away and home again: the sheet's one ornament."""
    canvas.saveState()
    canvas.translate(x - 16 * unit, y - 16 * unit)
    canvas.scale(unit, unit)
    canvas.setStrokeColor(INDIGO)
    canvas.setLineWidth(2.2)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    away = canvas.beginPath()
    away.moveTo(16, 3)
    for x_away, y_away in ((3, 16), (16, 29), (29, 16), (20.5, 7.5)):
        away.lineTo(x_away, y_away)
    canvas.drawPath(away)
    canvas.setStrokeColor(OCHRE)
    home = canvas.beginPath()
    home.moveTo(20.5, 7.5)
    for x_home, y_home in ((12, 16), (16, 20), (20, 16)):
        home.lineTo(x_home, y_home)
    canvas.drawPath(home)
    canvas.restoreState()


def _draw_signatures(canvas: Canvas, signatures: Sequence[tuple[str, str]], language: str) -> None:
    left, right, line_y = 26 * mm, WIDTH - 66 * mm, 37 * mm
    if language in RIGHT_TO_LEFT:
        signatures = signatures[::-1]
    slot = (right - left) / len(signatures)
    width = min(slot - 10 * mm, 74 * mm)
    for index, (name, title) in enumerate(signatures):
        middle = left + slot * (index + 0.5)
        canvas.setStrokeColor(QUIET)
        canvas.setLineWidth(0.5)
        canvas.line(middle - width / 2, line_y, middle + width / 2, line_y)
        canvas.setFillColor(INK)
        size = _fitting_size(name, "Amiri-Bold", 11.5, 8, width, 1)
        canvas.setFont("Amiri-Bold", size)
        canvas.drawCentredString(middle, line_y - 5 * mm, visual_line(name))
        canvas.setFillColor(QUIET)
        size = _fitting_size(title, "Amiri-Regular", 10, 7, width, 2)
        canvas.setFont("Amiri-Regular", size)
        for number, line in enumerate(_lines(title, "Amiri-Regular", size, width)):
            canvas.drawCentredString(middle, line_y - (9.6 + 4 * number) * mm, visual_line(line))


def _draw_proof(canvas: Canvas, sheet: Sheet) -> None:
    side = 25 * mm
    x, y = WIDTH - 20 * mm - side, 28.5 * mm
    code = QrCodeWidget(sheet.verify_url, barLevel="M", barBorder=0, barFillColor=INK)
    left, bottom, right, top = code.getBounds()
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(code)
    renderPDF.draw(drawing, canvas, x, y)
    canvas.setFillColor(QUIET)
    canvas.setFont("Amiri-Regular", 8)
    right_edge = x + side
    proof = (sheet.verify_hint, sheet.code)
    for number, line in enumerate(proof):
        canvas.drawRightString(right_edge, y - (4 + 3.6 * number) * mm, visual_line(line))
    canvas.drawString(20 * mm, y - 7.6 * mm, visual_line(f"{sheet.number} · {sheet.issued}"))
