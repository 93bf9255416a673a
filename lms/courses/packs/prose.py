"""What may be wrong in a Markdown text: headings, boxes, footnotes, links; each with its line in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markdown_it.token import Token

from lms.core.markdown import BOXES, GLOSSARY_SCHEME, parse_markdown
from lms.courses.packs.faults import Severity, did_you_mean

Remark = tuple[int, str, Severity]
_BOX_LINE = re.compile(r" {0,3}:::+ *(?P<kind>\S*)")
_UNDEFINED_NOTE = re.compile(r"\[\^([^\]\s]+)\]")
_NOTE_DEFINITION = re.compile(r" {0,3}\[\^([^\]\s]+)\]:")
_HTML = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(\s[^<>]*)?/?>")


def remarks_on(text: str, terms: Sequence[str] | None) -> Iterator[Remark]:
    """Line (from 1), sentence and severity of everything that is wrong with a text.

    Args:
        terms: the glossary's keys; ``None`` where the glossary itself cannot be read, so that links go unchecked.
    """
    lines = text.split("\n")
    tokens, env = parse_markdown(text)
    code = _code_lines(tokens)
    yield from _headings(tokens)
    yield from _boxes(lines, code)
    yield from _films(tokens)
    yield from _notes(lines, code, env)
    for token in tokens:
        if token.type == "inline" and token.map:
            yield from _inline(token, lines, terms)


def _code_lines(tokens: Sequence[Token]) -> set[int]:
    return {
        number
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
        for number in range(token.map[0] + 1, token.map[1] + 1)
    }


def _headings(tokens: Sequence[Token]) -> Iterator[Remark]:
    for token in tokens:
        if token.type != "heading_open" or not token.map:
            continue
        if token.tag == "h1":
            yield token.map[0] + 1, "A heading of the first level: the title is the page's, so use ##.", Severity.ERROR
        elif token.tag in ("h5", "h6"):
            yield token.map[0] + 1, "A heading so deep is not shown as one: use ##, ### or ####.", Severity.ERROR


def _boxes(lines: Sequence[str], code: set[int]) -> Iterator[Remark]:
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines, start=1):
        match = _BOX_LINE.match(line)
        if match is None or number in code:
            continue
        kind = match["kind"]
        if kind and kind not in BOXES:
            sentence = f"There is no box “{kind}”; boxes are {', '.join(BOXES)}.{did_you_mean(kind, list(BOXES))}"
            yield number, sentence, Severity.ERROR
        if kind and opened:
            sentence = f"A box begins inside the box “{opened[1]}” above: close that with ::: first."
            yield number, sentence, Severity.ERROR
        if not kind and opened is None:
            yield number, "This ::: closes a box, but none is open: remove it.", Severity.ERROR
        opened = (number, kind) if kind else None
    if opened:
        yield opened[0], f"The box “{opened[1]}” is never closed: add a line with ::: at its end.", Severity.ERROR


def _films(tokens: Sequence[Token]) -> Iterator[Remark]:
    """A film that somebody cannot open, hear or pay for must still say what it says."""
    types = [token.type for token in tokens]
    for index, token in enumerate(tokens):
        if token.type != "container_video_open" or not token.map:
            continue
        inside = types[index + 1 : types.index("container_video_close", index)]
        if "transcript_open" not in inside:
            yield token.map[0] + 1, "This film has no transcript: write what is said below its links.", Severity.WARNING


def _notes(lines: Sequence[str], code: set[int], env: Mapping[str, Any]) -> Iterator[Remark]:
    notes = env.get("footnotes", {})
    used = {str(entry.get("label")) for entry in notes.get("list", {}).values()}
    defined: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        match = _NOTE_DEFINITION.match(line)
        if match is None or number in code:
            continue
        label = match[1]
        if label in defined:
            sentence = f"The footnote [^{label}] is written a second time: keep one."
            yield number, sentence, Severity.ERROR
        defined.setdefault(label, number)
    for label, number in defined.items():
        if label not in used:
            sentence = f"Nothing refers to the footnote [^{label}], so it is not shown: refer to it, or remove it."
            yield number, sentence, Severity.WARNING


def _inline(token: Token, lines: Sequence[str], terms: Sequence[str] | None) -> Iterator[Remark]:
    first, end = token.map or [0, 0]

    def line_of(fragment: str) -> int:
        return next((n + 1 for n in range(first, min(end, len(lines))) if fragment in lines[n]), first + 1)

    for child in token.children or ():
        if child.type == "link_open":
            yield from _address(str(child.attrs.get("href", "")), terms, line_of)
        elif child.type == "image":
            sentence = "Pictures are not shown: say in words what the picture says."
            yield line_of("!["), sentence, Severity.ERROR
        elif child.type == "text":
            for match in _UNDEFINED_NOTE.finditer(child.content):
                sentence = f"The footnote [^{match[1]}] is not defined: add a line [^{match[1]}]: … at the end."
                yield line_of(match[0]), sentence, Severity.ERROR
            for match in _HTML.finditer(child.content):
                sentence = f"{match[0]} is shown as it is typed, not as HTML: use Markdown."
                yield line_of(match[0]), sentence, Severity.WARNING


def _address(address: str, terms: Sequence[str] | None, line_of: Any) -> Iterator[Remark]:
    if address.startswith(GLOSSARY_SCHEME):
        key = address.removeprefix(GLOSSARY_SCHEME)
        if terms is not None and key not in terms:
            near = did_you_mean(key, list(terms))
            sentence = f"The glossary has no term “{key}”: add it to glossary.yaml, or correct the link.{near}"
            yield line_of(f"{GLOSSARY_SCHEME}{key}"), sentence, Severity.ERROR
    elif not address.startswith(("https://", "http://", "mailto:")):
        sentence = f"The link “{address}” leads nowhere: write a whole address that begins with https://."
        yield line_of(address), sentence, Severity.ERROR
