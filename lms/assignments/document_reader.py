"""Reads one document in a process of its own: words and structure of Word, OpenDocument and PDF files.

Run by its path, apart from the application (``documents.py`` does): the file stands on standard input, the answer is
JSON on standard output. A file made to keep a server busy or to fill its memory ends this process and nothing else.
It imports nothing of the application, so that it starts in a moment.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from collections.abc import Callable
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

MEGABYTE = 1024 * 1024
MAX_TEXT_BYTES = 20 * MEGABYTE
MAX_PDF_STREAM_BYTES = 20 * MEGABYTE
MAX_MEMORY_BYTES = 1024 * MEGABYTE

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
# What stands in the file but not on the page.
_ODT_LEFT_OUT = {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation"}
_DOCX_LEFT_OUT = {"del", "moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_DOCX_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# A document's headings stand below those of the page that shows it.
_TOP_HEADING, _LOWEST_HEADING = 3, 6


class Fault(Exception):
    """The file cannot be taken; the message is one of the words that ``documents.py`` turns into a sentence."""


class Page:
    """Words and structure side by side, as a document is walked."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.html: list[str] = []
        self.notes: list[tuple[str, str]] = []
        self._lists: list[str] = []

    def text(self, text: str) -> None:
        """Running text."""
        self.words.append(text)
        self.html.append(escape(text).replace("\n", "<br>"))

    def mark(self, html: str, words: str = "") -> None:
        """A tag, and what stands for it among the words."""
        self.html.append(html)
        self.words.append(words)

    def block(self, tag: str, fill: Callable[[], None], after: str = "\n\n") -> None:
        """A paragraph, heading, cell or row."""
        self.mark(f"<{tag}>")
        fill()
        self.mark(f"</{tag}>", after)

    def at_list(self, levels: list[str]) -> None:
        """Open and close lists until exactly these are open, outermost first."""
        shared = 0
        while shared < min(len(levels), len(self._lists)) and levels[shared] == self._lists[shared]:
            shared += 1
        for tag in reversed(self._lists[shared:]):
            self.mark(f"</{tag}>")
        for tag in levels[shared:]:
            self.mark(f"<{tag}>")
        self._lists = list(levels)

    def note(self, fill: Callable[[Page], None]) -> None:
        """A footnote: its number here, its text at the end."""
        number = len(self.notes) + 1
        self.html.append(f"<sup>{number}</sup>")
        body = Page()
        self.notes.append(("", ""))
        fill(body)
        self.notes[number - 1] = ("".join(body.words), "".join(body.html))

    def answer(self) -> dict[str, Any]:
        """Everything, the notes last."""
        self.at_list([])
        words, html = "".join(self.words), "".join(self.html)
        if self.notes:
            words += "\n\n" + "\n\n".join(text.strip() for text, _html in self.notes)
            html += "<hr><ol>" + "".join(f"<li>{note}</li>" for _text, note in self.notes) + "</ol>"
        return {"text": words, "html": html}


def _xml_of(content: bytes, name: str) -> Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.getinfo(name).file_size > MAX_TEXT_BYTES:
            raise Fault("large")
        raw = archive.read(name)
    try:
        root: Element = ElementTree.fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Fault("foreign") from error
    return root


def _optional_xml(content: bytes, name: str) -> Element | None:
    try:
        return _xml_of(content, name)
    except KeyError:
        return None


# Word files are read as plain XML: libraries that lay tables out do as much work as a cell claims to be wide, and one
# cell may claim two thousand million columns.
class _Word:
    def __init__(self, content: bytes) -> None:
        self.root = _xml_of(content, "word/document.xml")
        self.name = self.root.tag.rpartition("}")[0] + "}"
        self.headings = self._headings(_optional_xml(content, "word/styles.xml"))
        self.numbered = self._numbered(_optional_xml(content, "word/numbering.xml"))
        self.notes = self._notes(_optional_xml(content, "word/footnotes.xml"), "footnote")
        self.notes |= self._notes(_optional_xml(content, "word/endnotes.xml"), "endnote")

    def read(self, page: Page) -> None:
        body = self.root.find(f"{self.name}body")
        if body is None:
            raise ValueError("a Word document has a body")
        self._children(body, page)

    def _at(self, element: Element | None, *path: str) -> str | None:
        """The value at the end of a path of properties."""
        for step in path:
            element = None if element is None else element.find(self.name + step)
        return None if element is None else element.get(f"{self.name}val", "")

    def _headings(self, styles: Element | None) -> dict[str, int]:
        found: dict[str, int] = {}
        for style in () if styles is None else styles.iter(f"{self.name}style"):
            level = self._at(style, "pPr", "outlineLvl")
            title = (self._at(style, "name") or "").lower()
            if level is not None and level.isdecimal():
                found[style.get(f"{self.name}styleId", "")] = int(level)
            elif title == "title":
                found[style.get(f"{self.name}styleId", "")] = 0
            elif title.startswith("heading ") and title[8:].isdecimal():
                found[style.get(f"{self.name}styleId", "")] = int(title[8:]) - 1
        return found

    def _numbered(self, numbering: Element | None) -> set[tuple[str, str]]:
        """Lists and levels that count rather than dot."""
        if numbering is None:
            return set()
        counting: dict[str, set[str]] = {}
        for plan in numbering.iter(f"{self.name}abstractNum"):
            levels = plan.findall(f"{self.name}lvl")
            counting[plan.get(f"{self.name}abstractNumId", "")] = {
                level.get(f"{self.name}ilvl", "0") for level in levels if self._at(level, "numFmt") != "bullet"
            }
        return {
            (num.get(f"{self.name}numId", ""), level)
            for num in numbering.iter(f"{self.name}num")
            for level in counting.get(self._at(num, "abstractNumId") or "", ())
        }

    def _notes(self, part: Element | None, kind: str) -> dict[tuple[str, str], Element]:
        notes = () if part is None else part.iter(f"{self.name}{kind}")
        return {(kind, note.get(f"{self.name}id", "")): note for note in notes}

    def _children(self, element: Element, page: Page) -> None:
        for child in element:
            name = child.tag.removeprefix(self.name)
            if name in _DOCX_LEFT_OUT or name.endswith("Pr"):
                continue
            if name == "t":
                page.text(child.text or "")
            elif name in _DOCX_SIGNS:
                page.text(_DOCX_SIGNS[name])
            elif name in ("footnoteReference", "endnoteReference"):
                note = self.notes.get((name.removesuffix("Reference"), child.get(f"{self.name}id", "")))
                if note is not None:
                    page.note(lambda body, note=note: self._children(note, body))  # type: ignore[misc]  # a default has no type
            elif name == "p":
                self._paragraph(child, page)
            elif name in ("tbl", "tr", "tc"):
                self._table_part(child, name, page)
            elif name == "r":
                self._run(child, page)
            else:
                self._children(child, page)

    def _table_part(self, element: Element, name: str, page: Page) -> None:
        page.at_list([])
        tag, after = {"tbl": ("table", ""), "tr": ("tr", "\n\n"), "tc": ("td", "\t")}[name]
        inner = Page() if name == "tc" else page
        page.mark(f"<{tag}>")
        self._children(element, inner)
        if inner is not page:  # the words of a row stand on one line, cells apart by tabs
            answer = inner.answer()
            page.mark(answer["html"], " ".join(answer["text"].split("\n\n")).strip())
        page.mark(f"</{tag}>", after)

    def _paragraph(self, paragraph: Element, page: Page) -> None:
        style = self._at(paragraph.find(f"{self.name}pPr"), "pStyle")
        number = paragraph.find(f"{self.name}pPr/{self.name}numPr")
        level = self.headings.get(style or "")
        list_id, depth = self._at(number, "numId"), self._at(number, "ilvl") or "0"
        if level is None and list_id not in (None, "0") and depth.isdecimal():
            kind = "ol" if (list_id or "", depth) in self.numbered else "ul"
            page.at_list(["ul"] * min(int(depth), 8) + [kind])
            page.block("li", lambda: self._children(paragraph, page))
            return
        page.at_list([])
        tag = "p" if level is None else f"h{min(_TOP_HEADING + level, _LOWEST_HEADING)}"
        page.block(tag, lambda: self._children(paragraph, page))

    def _run(self, run: Element, page: Page) -> None:
        properties = run.find(f"{self.name}rPr")
        tags = [tag for name, tag in (("b", "strong"), ("i", "em")) if self._is_on(properties, name)]
        page.mark("".join(f"<{tag}>" for tag in tags))
        self._children(run, page)
        page.mark("".join(f"</{tag}>" for tag in reversed(tags)))

    def _is_on(self, properties: Element | None, name: str) -> bool:
        value = self._at(properties, name)
        return value is not None and value not in ("0", "false", "off")


def _odt(element: Element, page: Page) -> None:
    for child in element:
        if child.tag not in _ODT_LEFT_OUT:
            _odt_element(child, page)
        page.text(child.tail or "")


# Tag of the page, and what stands after it among the words.
_ODT_BLOCKS = {
    f"{_TEXT}p": ("p", "\n\n"),
    f"{_TEXT}list": ("ul", ""),
    f"{_TEXT}list-item": ("li", ""),
    f"{_TABLE}table": ("table", ""),
    f"{_TABLE}table-row": ("tr", "\n\n"),
    f"{_TABLE}table-cell": ("td", "\t"),
}


def _small(number: str | None, most: int) -> int:
    """A small whole number from 1, as a file claims it."""
    return min(max(int(number), 1), most) if number and number.isdecimal() and len(number) < 5 else 1


def _odt_element(child: Element, page: Page) -> None:
    def inside() -> None:
        page.text(child.text or "")
        _odt(child, page)

    if child.tag in _ODT_BLOCKS:
        tag, after = _ODT_BLOCKS[child.tag]
        page.block(tag, inside, after)
    elif child.tag == f"{_TEXT}h":
        depth = _small(child.get(f"{_TEXT}outline-level"), 9)
        page.block(f"h{min(_TOP_HEADING - 1 + depth, _LOWEST_HEADING)}", inside)
    elif child.tag == f"{_TEXT}note":
        page.note(lambda body: _odt(child, body))
    elif child.tag == f"{_TEXT}s":
        page.text(" " * _small(child.get(f"{_TEXT}c"), 100))
    elif child.tag in (f"{_TEXT}line-break", f"{_TEXT}tab"):
        page.text("\n" if child.tag.endswith("break") else "\t")
    else:
        inside()


def read_docx(content: bytes) -> dict[str, Any]:
    """Words and structure of a Word file."""
    page = Page()
    _Word(content).read(page)
    return page.answer()


def read_odt(content: bytes) -> dict[str, Any]:
    """Words and structure of an OpenDocument text."""
    page = Page()
    body = _xml_of(content, "content.xml").find(f"{_OFFICE}body")
    if body is not None:
        _odt(body, page)
    return page.answer()


def read_pdf(content: bytes, max_pages: int, max_characters: int) -> dict[str, Any]:
    """The words of a PDF, page by page."""
    # Imported here: the library takes longer to load than most documents to read.
    from pypdf import PdfReader, apply_configuration

    with apply_configuration(
        zlib_maximum_output_length=MAX_PDF_STREAM_BYTES,
        lzw_maximum_output_length=MAX_PDF_STREAM_BYTES,
        run_length_maximum_output_length=MAX_PDF_STREAM_BYTES,
        stream_parsing_work_maximum_count=500_000,
        xform_maximum_invocations_per_extraction=200,
    ):
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise Fault("locked")
        if len(reader.pages) > max_pages:
            raise Fault("pages")
        pages: list[str] = []
        for page in reader.pages:
            pages.append(page.extract_text())
            if sum(map(len, pages)) > max_characters:
                raise Fault("large")
    return {"pages": pages}


def read(kind: str, content: bytes, max_pages: int, max_characters: int) -> dict[str, Any]:
    """What a document says, or ``{"fault": word}``."""
    try:
        if kind == "pdf":
            return read_pdf(content, max_pages, max_characters)
        answer = read_docx(content) if kind == "docx" else read_odt(content)
        return {"fault": "large"} if len(answer["text"]) > max_characters else answer
    except Fault as fault:
        return {"fault": str(fault)}
    except MemoryError:
        return {"fault": "slow"}
    except Exception:  # broken and hostile files raise nearly anything in the parsers
        return {"fault": "damaged"}


def main() -> None:
    """Read standard input within the limits that the arguments set: kind, seconds, pages, characters."""
    kind, seconds, max_pages, max_characters = sys.argv[1], *map(int, sys.argv[2:5])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(read(kind, sys.stdin.buffer.read(), max_pages, max_characters), sys.stdout)


if __name__ == "__main__":
    main()
