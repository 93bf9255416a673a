"""YAML to plain values that remember their lines, and nothing else that YAML can do.

Only strings, whole numbers, exact decimals, true, false, lists and mappings. Aliases and anchors (with which a small
file grows without bound), tags, several documents and deep nesting are refused. A plain ``no``, ``12:30`` or
``2026-03-02`` is a string, as in YAML 1.2, and not what YAML 1.1 would make of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from lms.courses.packs.faults import FaultList

Path = tuple[str | int, ...]
MAX_DEPTH = 16
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_CONSTANTS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip

# What the parser says, and what an author can do about it; the first that occurs in its words is used.
_ADVICE = (
    (
        "mapping values are not allowed",
        "There is a colon inside a text here, or the line stands too far in: put the text between quotes, or line it up.",
    ),
    ("cannot start any token", "The text begins with a character that YAML keeps for itself: put it between quotes."),
    ("could not find expected ':'", "This line is neither “key: value” nor a part of a text: look at its indentation."),
    ("did not find expected ',' or", "A list or mapping in brackets is not closed, or a text in it needs quotes."),
    ("did not find expected", "This line does not fit those above it: look at the indentation and the quotes."),
    ("unexpected end of stream", "A quotation mark is opened but never closed."),
    ("unknown escape", "A backslash between double quotes means something to YAML: use single quotes."),
)


@dataclass(slots=True)
class Document:
    """A file's value. Lines are those of keys (in mappings) and of items (in lists), by path."""

    file: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    # Where the first line of a text stands that is written as a literal block, so that its lines can be counted.
    blocks: dict[Path, int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def text_line(self, path: Path, number: int) -> int:
        """The file's line of a text's own line, both counted from 1; of its key where the text is folded."""
        return self.blocks[path] + number - 1 if path in self.blocks else self.line(*path)


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def read_yaml(file: str, text: str, faults: FaultList, first_line: int = 1) -> Document | None:
    """The document in a YAML text, or ``None`` (and a fault) where YAML cannot read it.

    Args:
        first_line: the file's line on which the text begins, for front matter.
    """
    builder = _Builder(Document(file), yaml.parse(text, Loader=_LOADER), faults, first_line)
    try:
        builder.build()
    except _Refused as refused:
        faults.error(file, refused.line, refused.message)
        return None
    except yaml.MarkedYAMLError as error:
        problem = error.problem or error.context or ""
        # An open quotation mark is noticed at the end of the file; where it was opened is what helps.
        marks = (error.context_mark, error.problem_mark)
        mark = next(filter(None, marks if "end of stream" in problem else reversed(marks)), None)
        faults.error(file, first_line + (mark.line if mark else 0), _advice(problem))
        return None
    except yaml.YAMLError:
        faults.error(file, first_line, "YAML cannot read a character in this file: type the line again.")
        return None
    return builder.document


def _advice(problem: str) -> str:
    return next((advice for words, advice in _ADVICE if words in problem), f"YAML cannot read this: {problem}.")


@dataclass(slots=True)
class _Builder:
    """Reads the parser's events once and builds the value from them."""

    document: Document
    events: Iterator[Any]
    faults: FaultList
    first_line: int

    def build(self) -> None:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.document.lines:
                    raise _Refused(self._line(event), "The file holds a second document: remove the line “---”.")
                self.document.lines[()] = self._line(event)
                self.document.value = self._value(next(self.events), ())

    def _line(self, event: Any) -> int:
        return self.first_line + int(event.start_mark.line)

    def _value(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _Refused(self._line(event), "Anchors (&) and aliases (*) are not allowed: write the value out.")
        if event.tag is not None:
            raise _Refused(self._line(event), f"The tag {event.tag} is not allowed: remove it.")
        if len(path) > MAX_DEPTH:
            raise _Refused(self._line(event), "Lists and mappings are nested too deeply here.")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event, path)

    def _mapping(self, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = self._line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise _Refused(line, "A key is a plain word, such as “title:”.")
            key = event.value
            if key in result:
                first = self.document.lines[(*path, key)]
                self.faults.error(
                    self.document.file, line, f"“{key}” stands here a second time (first in line {first}): keep one."
                )
            self.document.lines[(*path, key)] = line
            result[key] = self._value(next(self.events), (*path, key))
        return result

    def _sequence(self, path: Path) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(result))
            self.document.lines[here] = self._line(event)
            result.append(self._value(event, here))
        return result

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Any:
        if event.style == "|":
            self.document.blocks[path] = self._line(event) + 1
        text: str = event.value
        if event.style:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        return Decimal(text) if _DECIMAL.fullmatch(text) else text
