"""The words of uploaded documents: what a file really is, and its text, within limits that a hostile file meets first.

The kind is read from the content, never from the name. Limits: docs/rules.md#documents.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from flask_babel import gettext as _

from lms.assignments.domain.texts import clean_text
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


def _docx_text(content: bytes) -> str:
    # Imported here: the library takes longer to load than most pages to serve.
    from docx import Document
    from docx.table import Table

    if b"<!DOCTYPE" in _xml_of(content, "word/document.xml"):
        raise DocumentFault(_not_a_document())

    def lines(container: object) -> Iterator[str]:
        for block in container.iter_inner_content():  # type: ignore[attr-defined]
            if isinstance(block, Table):
                for row in block.rows:
                    cells = dict.fromkeys(row.cells)  # a merged cell is listed once for each column it covers
                    yield "\t".join(" ".join(lines(cell)) for cell in cells)
            else:
                yield block.text

    return "\n\n".join(lines(Document(io.BytesIO(content))))


def _odt_text(content: bytes) -> str:
    try:
        root = ElementTree.fromstring(_xml_of(content, "content.xml"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise DocumentFault(_not_a_document()) from error
    body = root.find(f"{_OFFICE}body")
    return "" if body is None else "".join(_odt_pieces(body))


def _odt_pieces(element: object) -> Iterator[str]:
    for child in element:  # type: ignore[attr-defined]
        if child.tag not in _ODT_LEFT_OUT:
            yield child.text or ""
            if child.tag == f"{_TEXT}s":
                yield " " * min(int(child.get(f"{_TEXT}c", "1")), 100)
            yield from _odt_pieces(child)
            if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
                yield "\n\n"
            elif child.tag == f"{_TEXT}line-break":
                yield "\n"
            elif child.tag == f"{_TEXT}tab":
                yield "\t"
        yield child.tail or ""


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
            pages.append(page.extract_text())
            characters += len(pages[-1])
            if characters > MAX_CHARACTERS or time.monotonic() > give_up_at:
                raise _too_much()
    return "\n\n".join(pages)


_READERS = {"docx": _docx_text, "odt": _odt_text, "pdf": _pdf_text}
