"""Files made to harm the reader are refused with a sentence, quickly, and leave nothing behind."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Iterator

import pytest

from lms.quizzes.exchange.formats import MAX_FILE_BYTES, detect, read_questions
from lms.quizzes.exchange.pictures import PictureFault, read_picture
from lms.quizzes.exchange.report import Refused
from tests.quizzes.exchange.strategies import png


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    """No refusal takes long: that would be the attack."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < 10


def refusal(content: bytes, name: str = "f.xml", chosen: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        read_questions(content, name, "en", chosen)
    return caught.value


BOMB = b"<!DOCTYPE q [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
) + b"]><quiz><question type='essay'><name><text>&j;</text></name></question></quiz>"  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BOMB, "entities"),
        (b"<!DOCTYPE q [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><quiz>&x;</quiz>", "entities"),
        (b"<!DOCTYPE q [<!ENTITY % x SYSTEM 'http://127.0.0.1/x'> %x;]><quiz/>", "entities"),
        (b"<quiz>" + b"<a>" * 5000, "deeper"),
    ],
)
@pytest.mark.parametrize("chosen", ["moodle", "qti"])
def test_xml_that_unfolds_loads_or_digs_is_refused(content: bytes, reason: str, chosen: str) -> None:
    assert reason in str(refusal(content, chosen=chosen))


def test_xml_with_far_too_many_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.quizzes.exchange.xml.MAX_ELEMENTS", 1000)
    assert "larger" in str(refusal(b"<quiz>" + b"<a/>" * 1001 + b"</quiz>"))


def test_a_declaration_that_loads_nothing_is_no_reason_to_refuse() -> None:
    content = b"<!DOCTYPE quiz SYSTEM 'http://example.org/quiz.dtd'><quiz><question type='essay'><name><text>N</text></name></question></quiz>"
    assert len(read_questions(content, "f.xml", "en")[1].skipped) == 1


def archive(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files:
            made.writestr(name, content)
    return out.getvalue()


def test_a_zip_that_unpacks_to_far_too_much_is_refused() -> None:
    found = refusal(archive(("a.xml", b" " * (15 * 1024 * 1024))), "p.zip")
    assert "unpacks" in str(found)
    assert found.status == 413


def test_a_zip_that_lies_about_its_sizes_is_refused() -> None:
    content = bytearray(archive(("a.xml", b"x" * 100_000)))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    assert "damaged" in str(refusal(bytes(content), "p.zip"))


@pytest.mark.parametrize("path", ["../a.xml", "/etc/passwd", "a/../../b.xml", "C:/a.xml", "a\\..\\b.xml"])
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    content = archive(("x" * len(path), b"<a/>")).replace(b"x" * len(path), path.encode())
    assert "leads out" in str(refusal(content, "p.zip"))


def test_a_link_in_a_zip_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("a.xml")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert "leads out" in str(refusal(out.getvalue(), "p.zip"))


def test_a_locked_zip_is_refused() -> None:
    content = bytearray(archive(("a.xml", b"<a/>")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        content[at + place] |= 1
    assert "password" in str(refusal(bytes(content), "p.zip"))


def test_a_zip_with_far_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.quizzes.exchange.archives.MAX_FILES", 10)
    found = refusal(archive(*((f"{n}.xml", b"<a/>") for n in range(11))), "p.zip")
    assert "more than" in str(found)
    assert found.status == 413


# With names of their own: an archive bears the time at which it was made, and every process must find the same tests.
@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04broken", archive(("xl/workbook.xml", b"<a/>")), archive(("a", b"x"))[:-10]],
    ids=["no archive", "no workbook", "cut off"],
)
@pytest.mark.parametrize("chosen", ["qti", "xlsx"])
def test_a_broken_package_is_no_bug(content: bytes, chosen: str) -> None:
    reason = _refusal_or_fault(content, chosen)
    assert reason


def _refusal_or_fault(content: bytes, chosen: str) -> str:
    try:
        reading = read_questions(content, "p.zip", "en", chosen)[1]
    except Refused as found:
        return str(found)
    return str(reading.faulty[0].reason)


def test_a_table_that_unpacks_to_far_too_much_is_refused() -> None:
    content = archive(("xl/worksheets/sheet1.xml", b" " * (15 * 1024 * 1024)))
    assert refusal(content, "t.xlsx").status == 413


def test_a_file_that_is_too_large_or_empty_is_refused() -> None:
    assert refusal(b"<quiz>" + b" " * MAX_FILE_BYTES).status == 413
    assert "empty" in str(refusal(b"  \n"))


@pytest.mark.parametrize("content", [b"\x00\x01\x02" * 100, b"\x7fELF\x00\x00", png()])
def test_what_is_no_text_and_no_package_is_refused(content: bytes) -> None:
    assert str(refusal(content, "a.bin"))


def test_more_questions_than_anybody_writes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.quizzes.exchange.formats.MAX_QUESTIONS", 3)
    found = refusal(b"A{T}\n\nB{T}\n\nC{T}\n\nD{T}", "f.gift")
    assert found.status == 413


@pytest.mark.parametrize(
    "question",
    [
        "<question type='multichoice'><name><text>N</text></name><questiontext><text>x</text></questiontext>" + "<answer fraction='0'><text>a</text></answer>" * 5000 + "<answer fraction='100'><text>b</text></answer></question>",
        "<question type='truefalse'><name><text>N</text></name><questiontext><text>" + "x" * 500_000 + "</text></questiontext><answer fraction='100'><text>true</text></answer></question>",
        "<question type='numerical'><name><text>N</text></name><questiontext><text>x</text></questiontext><answer fraction='100'><text>1e999999999</text></answer></question>",
        "<question type='numerical'><name><text>N</text></name><questiontext><text>x</text></questiontext><answer fraction='100'><text>NaN</text></answer></question>",
    ],
)  # fmt: skip
def test_a_question_without_measure_is_faulty(question: str) -> None:
    reading = read_questions(f"<quiz>{question}</quiz>".encode(), "f.xml", "en")[1]
    assert len(reading.faulty) == len(reading.outcomes) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "svg"),
        (b"GIF", "kind"),
        (b"<html><script>alert(1)</script></html>", "kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 100_000, 100_000), "pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 1, 1) + b"x" * 3_000_000, "size"),
    ],
)
def test_pictures_that_are_none_or_too_large_are_refused(content: bytes, why: str) -> None:
    with pytest.raises(PictureFault, match=why):
        read_picture(content)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (png(3, 2), "image/png"),
        (b"GIF89a" + struct.pack("<HH", 3, 2) + b"\0\0\0", "image/gif"),
        (b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x01\x00\x00", "image/webp"),
    ],
)
def test_pictures_are_known_by_their_bytes_not_by_their_names(content: bytes, media_type: str) -> None:
    assert read_picture(content).media_type == media_type


@pytest.mark.parametrize(
    ("content", "name", "form"),
    [
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><quiz/>", "a.xml", "moodle"),
        ("<?xml version='1.0' encoding='UTF-16'?><quiz/>".encode("utf-16"), "a.xml", "moodle"),
        (b"<assessmentItem/>", "a.xml", "qti"),
        (b"PK\x03\x04", "a.zip", "qti"),
        (b"PK\x03\x04", "a.XLSX", "xlsx"),
        (b"What?{T}", "a.txt", "gift"),
        (b"What?\nA) b\nANSWER: A", "a.txt", "aiken"),
    ],
)
def test_the_format_is_found_out(content: bytes, name: str, form: str) -> None:
    assert detect(content, name) == form
