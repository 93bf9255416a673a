"""Documents are read in place, with their structure, and a hostile one costs seconds and nothing else."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from flask import Flask

from lms.assignments import documents
from lms.assignments.document_reader import read
from lms.assignments.documents import document_html, read_document
from lms.core.db import db
from tests.assignments.making import ESSAY, ESSAY_OPEN, archive, docx, hand_in, odt, pdf, upload, write
from tests.factories import Cast
from tests.security.test_hostile_files import WORD, replaced


@pytest.fixture(autouse=True)
def _context(app: Flask) -> None:
    """Messages are translated."""


def structured() -> bytes:
    """A Word file with a heading, lists, a table and emphasis."""
    document = Document()
    document.add_heading("Coming home", 1)
    document.add_paragraph("People come home with ").add_run("more").bold = True
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {number}"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_headings_emphasis_and_tables_of_a_word_file_are_kept() -> None:
    html = document_html(read_document(structured()).html)
    assert "<h3>Coming home</h3>" in html
    assert "<strong>more</strong>" in html
    assert html.count("<td>") == 4
    assert "cell 3" in html


def test_lists_of_a_word_file_are_lists() -> None:
    item = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    )
    body = item.format(0, "one") + item.format(1, "inner") + item.format(0, "two")
    content = replaced(docx("x"), {"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"})
    html = re.sub(r"\s", "", document_html(read_document(content).html))
    assert html.count("<li>") == 3
    assert html.startswith("<ul>") or html.startswith("<ol>")


def with_footnote(text: str) -> bytes:
    body = '<w:p><w:r><w:t>Claim</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    notes = (
        f'<w:footnotes {WORD}><w:footnote w:id="2"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    plain = replaced(docx("x"), {"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"})
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(plain))
    return archive({name: source.read(name) for name in source.namelist()} | {"word/footnotes.xml": notes})


def test_footnotes_are_shown_at_the_end_and_their_words_count() -> None:
    found = read_document(with_footnote("Source of it"))
    assert found.text.split() == ["Claim", "Source", "of", "it"]
    html = document_html(found.html)
    assert "Claim<sup>1</sup>" in html
    assert "<ol><li><p>Source of it</p></li></ol>" in html


def test_an_opendocument_text_keeps_its_paragraphs() -> None:
    assert document_html(read_document(odt("one\ntwo")).html) == "<p>one</p><p>two</p>"


def test_a_pdf_is_read_page_by_page() -> None:
    html = document_html(read_document(pdf("words", pages=3)).html)
    assert html.count('<section class="sheet">') == 3
    assert "2 / 3" in html


def test_what_a_document_says_is_never_markup() -> None:
    text = "<script>alert(1)</script><b onclick=x>bold</b>"
    for content in (docx(text), pdf(text)):
        html = document_html(read_document(content).html)
        assert "<script" not in html
        assert "<b " not in html
        assert "&lt;script&gt;" in html


def test_html_that_was_stored_is_sanitised_where_it_is_shown() -> None:
    assert document_html('<p class="meta" onclick="x">a</p><script>b</script><a href="//x">c</a>') == (
        '<p class="meta">a</p>c'
    )


def test_a_document_made_to_be_slow_is_given_up_after_its_seconds_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_SECONDS", 1)
    body = "<w:p/>" * 800_000
    content = replaced(docx("x"), {"word/document.xml": f"<w:document {WORD}><w:body>{body}</w:body></w:document>"})
    assert len(content) < 100_000
    found = read_document(content)
    assert (found.kind, found.text, found.fault) == ("docx", "", "slow")


def test_a_reader_that_never_answers_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(documents, "_READER", sleeper)
    monkeypatch.setattr(documents, "MAX_SECONDS", 1)
    monkeypatch.setattr(documents, "PATIENCE", 1)
    assert read_document(docx("x")).fault == "slow"


@pytest.mark.parametrize(("kind", "content"), [("pdf", b"%PDF-1.4"), ("docx", b"PK"), ("odt", b"")])
def test_the_reader_answers_whatever_it_gets(kind: str, content: bytes) -> None:
    assert read(kind, content, 10, 1000) == {"fault": "damaged"}


def test_a_document_that_was_too_slow_is_kept_and_the_pages_say_so(
    cast: Cast, as_role: Any, set_now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_read_apart", lambda kind, content: {"fault": "slow"})
    write(cast, "participant", "", ESSAY_OPEN, upload=upload(pdf("words"), "essay.pdf"))
    submission = hand_in(cast, "participant", ESSAY_OPEN)
    db.session.commit()
    set_now(ESSAY_OPEN)
    for name in ("participant", "tutor"):
        page = as_role(name).get(f"/editions/R1/submissions/{submission.id}").text
        assert "Reading this document here took too long. It is kept as it was sent" in page
        assert "essay.pdf" in page
    assert "took too long" in as_role("participant").get(f"/editions/R1/assignments/{ESSAY}").text


def test_a_document_is_read_beside_the_receipt_with_its_structure(cast: Cast, as_role: Any, set_now: Any) -> None:
    write(cast, "participant", "", ESSAY_OPEN, upload=upload(structured()))
    submission = hand_in(cast, "participant", ESSAY_OPEN)
    db.session.commit()
    set_now(ESSAY_OPEN)
    page = as_role("tutor").get(f"/editions/R1/submissions/{submission.id}").text
    assert "<h3>Coming home</h3>" in page


def test_a_pdf_of_pictures_says_so(cast: Cast, as_role: Any, set_now: Any) -> None:
    write(cast, "participant", "", ESSAY_OPEN, upload=upload(pdf(""), "scan.pdf"))
    submission = hand_in(cast, "participant", ESSAY_OPEN)
    db.session.commit()
    set_now(ESSAY_OPEN)
    assert "holds pictures of pages" in as_role("tutor").get(f"/editions/R1/submissions/{submission.id}").text
