"""The words of uploaded documents: what a file really is, and its text, within limits that a hostile file meets first.

The kind is read from the content, never from the name; the rest is read in a process of its own. Limits: docs/rules.md#documents.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import nh3
from flask_babel import gettext as _
from markupsafe import Markup

from lms.assignments.domain.texts import clean_text, rejoined_lines
from lms.core.files import label_of

MEGABYTE = 1024 * 1024
MAX_PAGES = 150
MAX_CHARACTERS = 1_000_000
MAX_ENTRIES = 2000
MAX_UNPACKED_BYTES = 100 * MEGABYTE
# Office documents shrink to a tenth or so; a thousandth is a bomb. Small files may be as dense as they like.
MAX_RATIO = 150
RATIO_FROM_BYTES = 5 * MEGABYTE
# Seconds of work; on a busy machine they may take PATIENCE times as long.
MAX_SECONDS = 5
PATIENCE = 3

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
}
_READER = Path(__file__).with_name("document_reader.py")


class DocumentFault(ValueError):
    """The file cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a file turned out to be. ``text`` is empty where it holds pictures only, and where reading took too long:
    then ``fault`` is ``slow``. ``html`` is the text with its structure, not yet sanitised."""

    kind: str
    text: str
    html: str = ""
    fault: str = ""

    @property
    def media_type(self) -> str:
        """The media type by which it is served."""
        return MEDIA_TYPES[self.kind]


def read_document(content: bytes) -> ReadDocument:
    """The kind, words and structure of a Word, OpenDocument or PDF file; takes up to some seconds.

    Raises:
        DocumentFault: if it is none of them, broken, locked by a password, or too large once unpacked.
    """
    kind = _kind_of(content)
    answer = _read_apart(kind, content)
    fault = answer.get("fault")
    if fault == "slow":
        return ReadDocument(kind, "", fault="slow")
    if fault:
        raise _fault(fault)
    text, html = _pages_as_text(answer["pages"]) if "pages" in answer else (answer["text"], answer["html"])
    return ReadDocument(kind, clean_text(text), clean_text(html))


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


def _read_apart(kind: str, content: bytes) -> dict[str, Any]:
    """What the reader says of a document, in a process of its own that cannot take longer than it may."""
    limits = [str(MAX_SECONDS), str(MAX_PAGES), str(MAX_CHARACTERS)]
    try:
        reader = subprocess.run(  # noqa: S603  our own script; the file stands on standard input alone
            [sys.executable, "-I", str(_READER), kind, *limits], input=content, capture_output=True,
            timeout=MAX_SECONDS * PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"fault": "slow"}
    if reader.returncode:  # out of time or out of memory: ended from outside
        return {"fault": "slow"}
    answer: dict[str, Any] = json.loads(reader.stdout)
    return answer


def _fault(word: str) -> DocumentFault:
    sentences = {
        "large": _("This document is too large once it is opened. Send the text without pictures or attachments."),
        "foreign": _not_a_document(),
        "locked": _("This PDF is locked by a password. Save it without one and send it again."),
        "pages": _("This PDF has more than %(pages)s pages. Send the text alone.", pages=MAX_PAGES),
    }
    damaged = _("This document cannot be opened: it seems to be damaged. Save it again, or as PDF, and try once more.")
    return DocumentFault(sentences.get(word, damaged))


def _pages_as_text(pages: Sequence[str]) -> tuple[str, str]:
    """The words of a PDF with paragraphs rejoined, and the same page by page."""
    texts = [rejoined_lines(page) for page in pages]
    if not any(text.strip() for text in texts):
        return "", ""
    sheets = []
    for number, text in enumerate(texts, start=1):
        lines = "".join(f"<p>{escape(line)}</p>" for line in clean_text(text).split("\n") if line.strip())
        sheets.append(f'<section class="sheet"><p class="meta">{number} / {len(texts)}</p>{lines}</section>')
    return "\n\n".join(texts), "".join(sheets)


_TAGS = {
    "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td", "strong", "em", "sup", "br", "hr", "section",
}  # fmt: skip


@lru_cache(maxsize=64)
def document_html(source: str) -> Markup:
    """The structure of a document as safe HTML, whatever the file held."""
    html = nh3.clean(source, tags=_TAGS, attributes={"section": {"class"}, "p": {"class"}}, link_rel=None)
    return Markup(html)  # noqa: S704  sanitised by nh3 just above
