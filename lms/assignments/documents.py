"""The words of uploaded documents: what a file really is, and its text, within limits that a hostile file meets first.

The kind is read from the content, never from the name. Limits: docs/rules.md#documents.
"""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from flask_babel import gettext as _

from lms.assignments.domain.texts import clean_text, rejoined_lines
from lms.core.files import label_of

MEGABYTE = 1024 * 1024
MAX_PAGES = 150
MAX_CHARACTERS = 1_000_000
MAX_ENTRIES = 2000
MAX_UNPACKED_BYTES = 100 * MEGABYTE
MAX_TEXT_BYTES = 20 * MEGABYTE
# Office documents shrink to a tenth or so; a thousandth is a bomb. Small files may be as dense as they like.
MAX_RATIO = 150
RATIO_FROM_BYTES = 5 * MEGABYTE
MAX_PDF_STREAM_BYTES = 20 * MEGABYTE
MAX_PDF_SECONDS = 15

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
}
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# What stands in the file but not on the page.
_ODT_LEFT_OUT = {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation"}
_ODT_SIGNS = {f"{_TEXT}p": "\n\n", f"{_TEXT}h": "\n\n", f"{_TEXT}line-break": "\n", f"{_TEXT}tab": "\t"}
_DOCX_LEFT_OUT = {"pPr", "del", "moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_DOCX_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


class DocumentFault(ValueError):
    """The file cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a file turned out to be. ``text`` is empty where it holds pictures only."""

    kind: str
    text: str

    @property
    def media_type(self) -> str:
        """The media type by which it is served."""
        return MEDIA_TYPES[self.kind]


def read_document(content: bytes) -> ReadDocument:
    """The kind and text of a Word, OpenDocument or PDF file.

    Raises:
        DocumentFault: if it is none of them, broken, locked by a password, or too large once unpacked.
    """
    kind = _kind_of(content)
    try:
        text = _READERS[kind](content)
    except DocumentFault:
        raise
    except Exception as error:  # broken and hostile files raise nearly anything in the parsers
        raise DocumentFault(
            _("This document cannot be opened: it seems to be damaged. Save it again, or as PDF, and try once more.")
        ) from error
    if len(text) > MAX_CHARACTERS:
        raise _too_much()
    return ReadDocument(kind, clean_text(text))


def name_with_ending(name: str, kind: str) -> str:
    """The client's name as a label that ends with what the file really is: ``essay.pdf.exe`` opens as a PDF."""
    label: str = label_of(name)
    return label if label.lower().endswith(f".{kind}") else f"{label}.{kind}"


def _too_much() -> DocumentFault:
    return DocumentFault(
        _("This document is too large once it is opened. Send the text without pictures or attachments.")
    )


def _kind_of(content: bytes) -> str:
    if not content:
        raise DocumentFault(_("The file is empty. Choose it again."))
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DocumentFault(_("This is an old Word file (.doc). Save it as .docx or PDF and send that."))
    if content.startswith(b"PK"):
        return _archive_kind(content)
    raise DocumentFault(_not_a_document())


def _not_a_document() -> str:
    return str(
        _("This is not a Word (.docx), OpenDocument (.odt) or PDF file. Save your text as one of these and send that.")
    )


def _archive_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive)
            names = set(archive.namelist())
            if {"[Content_Types].xml", "word/document.xml"} <= names:
                return "docx"
            if {"mimetype", "content.xml"} <= names and archive.read("mimetype").strip() == MEDIA_TYPES["odt"].encode():
                return "odt"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, DocumentFault):
            raise
        raise DocumentFault(_not_a_document()) from error
    raise DocumentFault(_not_a_document())


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse a bomb by what the archive itself declares: reading never yields more than is declared."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise _too_much()
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * max(packed, 1):
        raise _too_much()


def _xml_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.getinfo(name).file_size > MAX_TEXT_BYTES:
            raise _too_much()
        return archive.read(name)


def _tree_of(content: bytes, name: str) -> Element:
    try:
        root: Element = ElementTree.fromstring(_xml_of(content, name), forbid_dtd=True)
    except DefusedXmlException as error:
        raise DocumentFault(_not_a_document()) from error
    return root


# Word files are read as plain XML: libraries that lay tables out do as much work as a cell claims to be wide, and one
# cell may claim two thousand million columns.
def _docx_text(content: bytes) -> str:
    root = _tree_of(content, "word/document.xml")
    word = root.tag.rpartition("}")[0] + "}"
    body = root.find(f"{word}body")
    if body is None:
        raise ValueError("a Word document has a body")
    pieces: list[str] = []
    _gather_docx(body, word, pieces, "\n\n")
    return "".join(pieces)


def _gather_docx(element: Element, word: str, pieces: list[str], after_paragraph: str) -> None:
    """Append the words under an element; those of a table stand one row a line, cells apart by tabs."""
    for child in element:
        name = child.tag.removeprefix(word)
        if name == "t":
            pieces.append(child.text or "")
        elif name in _DOCX_SIGNS:
            pieces.append(_DOCX_SIGNS[name])
        elif name not in _DOCX_LEFT_OUT:
            _gather_docx(child, word, pieces, " " if name == "tc" else after_paragraph)
            pieces.append({"p": after_paragraph, "tc": "\t", "tr": "\n\n"}.get(name, ""))


def _odt_text(content: bytes) -> str:
    body = _tree_of(content, "content.xml").find(f"{_OFFICE}body")
    pieces: list[str] = []
    if body is not None:
        _gather_odt(body, pieces)
    return "".join(pieces)


def _gather_odt(element: Element, pieces: list[str]) -> None:
    for child in element:
        if child.tag not in _ODT_LEFT_OUT:
            pieces.append(child.text or "")
            if child.tag == f"{_TEXT}s":
                pieces.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 100))
            _gather_odt(child, pieces)
            pieces.append(_ODT_SIGNS.get(child.tag, ""))
        pieces.append(child.tail or "")


def _pdf_text(content: bytes) -> str:
    # Imported here: the library takes longer to load than most pages to serve.
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
            raise DocumentFault(_("This PDF is locked by a password. Save it without one and send it again."))
        if len(reader.pages) > MAX_PAGES:
            raise DocumentFault(_("This PDF has more than %(pages)s pages. Send the text alone.", pages=MAX_PAGES))
        pages: list[str] = []
        characters = 0
        give_up_at = time.monotonic() + MAX_PDF_SECONDS
        for page in reader.pages:
            pages.append(rejoined_lines(page.extract_text()))
            characters += len(pages[-1])
            if characters > MAX_CHARACTERS or time.monotonic() > give_up_at:
                raise _too_much()
    return "\n\n".join(pages)


_READERS = {"docx": _docx_text, "odt": _odt_text, "pdf": _pdf_text}
