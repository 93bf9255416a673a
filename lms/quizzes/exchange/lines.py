"""Text files of questions: their encoding, and blocks of lines with an empty line between them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from lms.quizzes.exchange.report import N_, Refused, sentence


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that follow each other; ``first`` is the number of the first, from 1."""

    first: int
    lines: tuple[str, ...]


def decode(content: bytes) -> str:
    """The text: UTF-8, UTF-16 with its mark, or the Windows encoding of older files; one kind of line end.

    Raises:
        Refused: where it is no text at all.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise Refused(sentence(N_("This is no text file. Choose its format, or save it as plain text (UTF-8).")))


def blocks(text: str) -> Iterator[Block]:
    """The blocks of the text."""
    held: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            held.append(line)
        elif held:
            yield Block(number - len(held), tuple(held))
            held = []
