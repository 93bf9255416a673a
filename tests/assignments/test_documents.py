"""What uploaded files are and say, and how hostile ones are met."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from flask import Flask
from pypdf import PdfReader, PdfWriter

from lms.assignments import documents
from lms.assignments.documents import DocumentFault, name_with_ending, read_document
from lms.core.markdown import count_words
from tests.assignments.making import archive, docx, odt, pdf


@pytest.fixture(autouse=True)
def _context(app: Flask) -> None:
    """Messages are translated."""


@pytest.mark.parametrize(
    ("content", "kind"),
    [(docx("Return is\na right"), "docx"), (odt("Return is\na right"), "odt"), (pdf("Return is\na right"), "pdf")],
)
def test_the_kind_is_read_from_the_content_and_the_words_are_found(content: bytes, kind: str) -> None:
    document = read_document(content)
    assert document.kind == kind
    assert document.text.split() == ["Return", "is", "a", "right"]


def test_tables_of_a_word_document_are_read_and_merged_cells_once() -> None:
    from docx import Document

    source = Document()
    table = source.add_table(rows=1, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "merged"
    table.cell(0, 2).text = "single"
    out = io.BytesIO()
    source.save(out)
    assert read_document(out.getvalue()).text.split() == ["merged", "single"]


def test_notes_to_oneself_and_deleted_text_are_not_counted_in_open_documents() -> None:
    text = "kept</text:p><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:p>also<text:s text:c='3'/>kept"
    assert read_document(odt(text)).text.split() == ["kept", "also", "kept"]


def test_arabic_words_are_counted_with_their_vowel_signs() -> None:
    assert count_words(read_document(docx("كِتَابٌ عَنِ العَوْدَةِ")).text) == 3


def test_letters_with_separate_accents_are_one_word() -> None:
    assert count_words("re\u0301inte\u0301gration") == 1


def test_a_scan_without_words_is_taken_as_it_is() -> None:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    assert read_document(out.getvalue()).text == ""


def test_characters_that_a_database_refuses_are_left_out() -> None:
    assert "\x00" not in read_document(pdf("a\x00b")).text


def _refusal(content: bytes) -> str:
    with pytest.raises(DocumentFault) as fault:
        read_document(content)
    return str(fault.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"plain text", "not a Word"),
        (b"\x89PNG\r\n", "not a Word"),
        (b"\xd0\xcf\x11\xe0", "old Word file"),
        (b"PK\x03\x04", "not a Word"),
        (archive({"word/document.xml": "<x/>"}), "not a Word"),
        (archive({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "damaged"),
        (archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}), "not a Word"),
        (b"%PDF-1.4\nnothing", "damaged"),
    ],
)
def test_what_is_no_document_is_refused_in_plain_words(content: bytes, message: str) -> None:
    assert message in _refusal(content)


def test_a_locked_pdf_is_refused() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "locked by a password" in _refusal(out.getvalue())


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    assert "more than 150 pages" in _refusal(pdf("x", pages=151))


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused() -> None:
    bomb = archive(
        {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>", "word/media/zeros": b"\0" * (20 * 1024 * 1024)}
    )
    assert len(bomb) < 100_000
    assert "too large once it is opened" in _refusal(bomb)


def test_an_archive_of_too_many_entries_is_refused() -> None:
    assert "too large" in _refusal(archive({f"{number}": "" for number in range(documents.MAX_ENTRIES + 1)}))


def test_an_archive_that_lies_about_its_size_is_not_unpacked_beyond_it() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", documents.MEDIA_TYPES["odt"])
        target.writestr("content.xml", b" " * (30 * 1024 * 1024))
    honest = out.getvalue()
    lying = honest.replace(struct.pack("<I", 30 * 1024 * 1024), struct.pack("<I", 100))
    assert honest != lying
    assert _refusal(lying)


def test_a_text_that_is_itself_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_CHARACTERS", 100)
    for content in (docx("long words " * 20), odt("long words " * 20), pdf("\n".join(["long words"] * 20))):
        assert "too large" in _refusal(content)


def test_a_page_that_inflates_without_end_is_refused() -> None:
    stream = zlib.compress(b"0 0 m " * 5_000_000)
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length " + str(len(stream)).encode() + b">>stream\n"
        + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )  # fmt: skip
    assert len(body) < 200_000
    assert _refusal(body)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE x>",
    ],
)
def test_entities_are_refused_in_every_format(head: str) -> None:
    text = "&b;" if "ENTITY b" in head else "&secret;" if "secret" in head else "plain"
    assert "not a Word" in _refusal(odt(text, head))
    honest = zipfile.ZipFile(io.BytesIO(docx("x")))
    entries = {name: honest.read(name) for name in honest.namelist()}
    entries["word/document.xml"] = entries["word/document.xml"].replace(
        b"<w:document", head.encode() + b"<w:document", 1
    )
    assert "not a Word" in _refusal(archive(entries))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("essay.pdf", "essay.pdf"),
        ("essay.PDF", "essay.PDF"),
        ("essay.pdf.exe", "essay.pdf.exe.pdf"),
        ("essay", "essay.pdf"),
        ("..\\..\\essay.pdf", "essay.pdf"),
        ("../../essay.pdf", "essay.pdf"),
        ("مقال.pdf", "مقال.pdf"),
        ("", "file.pdf"),
    ],
)
def test_a_label_ends_with_what_the_file_is(name: str, label: str) -> None:
    assert name_with_ending(name, "pdf") == label
