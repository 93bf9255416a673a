"""The formats by name: which of them a file is in, and how it is read and written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lms.core.sheets import XLSX_MEDIA_TYPE
from lms.quizzes.exchange.aiken import read_aiken
from lms.quizzes.exchange.gift import losses_in_gift, read_gift, write_gift
from lms.quizzes.exchange.moodle import losses_in_moodle, read_moodle, write_moodle
from lms.quizzes.exchange.qti import losses_in_qti, read_qti, write_qti
from lms.quizzes.exchange.report import N_, Reading, Refused, Sentence, sentence
from lms.quizzes.exchange.to_html import KeptPicture
from lms.quizzes.exchange.xlsx import losses_in_xlsx, read_xlsx, write_xlsx_questions

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_QUESTIONS = 10_000

Reader = Callable[[bytes, str, str], Reading]
Writer = Callable[[Iterable[Any], KeptPicture, Sequence[str]], bytes]
Losses = Callable[[Any, Sequence[str]], tuple[Sentence, ...]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format. ``write`` and ``losses`` are ``None`` for one that is only read; ``carries_all_languages`` at once."""

    key: str
    name: str
    ending: str
    media_type: str
    read: Reader
    write: Writer | None = None
    losses: Losses | None = None
    carries_all_languages: bool = False


FORMATS: Mapping[str, Format] = {
    form.key: form
    for form in (
        Format(
            "moodle", "Moodle XML", "xml", "application/xml", read_moodle, write_moodle, losses_in_moodle,
            carries_all_languages=True,
        ),
        Format("gift", "GIFT", "txt", "text/plain; charset=utf-8", read_gift, write_gift, losses_in_gift),
        Format("qti", "QTI 2.1", "zip", "application/zip", read_qti, write_qti, losses_in_qti),
        Format(
            "xlsx", "XLSX", "xlsx", XLSX_MEDIA_TYPE, read_xlsx, write_xlsx_questions, losses_in_xlsx,
            carries_all_languages=True,
        ),
        Format("aiken", "Aiken", "txt", "text/plain; charset=utf-8", read_aiken),
    )
}  # fmt: skip


def detect(content: bytes, file_name: str) -> str | None:
    """The key of the format that a file seems to be in, ``None`` where nothing fits."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:2] == b"PK":
        return "xlsx" if b"xl/" in content[:4096] or file_name.lower().endswith(".xlsx") else "qti"
    if start[:1] == b"<" or (start[:2] in (b"\xff\xfe", b"\xfe\xff") and b"<" in start[:6]):
        return "moodle" if re.search(rb"<quiz\b", content[:65536].replace(b"\0", b"")) else "qti"
    if file_name.lower().endswith((".gift",)) or re.search(rb"(?<!\\)\{", content):
        return "gift"
    if re.search(rb"^\s*ANSWER\s*:", content, re.MULTILINE):
        return "aiken"
    return "gift" if start and b"\0" not in start else None


def read_questions(content: bytes, file_name: str, language: str, chosen: str = "") -> tuple[Format, Reading]:
    """Every question of a file, and the format in which it was read.

    Args:
        chosen: the key of a format, to be taken whatever the file looks like; empty to find out.

    Raises:
        Refused: where the file is too large, hostile, or in no format that is read here.
    """
    if len(content) > MAX_FILE_BYTES:
        raise Refused(sentence(N_("The file is larger than 10 MB. Divide it into several.")), 413)
    if not content.strip():
        raise Refused(sentence(N_("The file is empty.")))
    key = chosen or detect(content, file_name)
    if key is None or key not in FORMATS:
        raise Refused(sentence(N_("This file is in none of the formats that are read here.")))
    reading = FORMATS[key].read(content, file_name, language)
    if len(reading.outcomes) > MAX_QUESTIONS:
        raise Refused(
            sentence(N_("The file holds more than %(count)s questions. Divide it into several."), count=MAX_QUESTIONS),
            413,
        )
    return FORMATS[key], reading
