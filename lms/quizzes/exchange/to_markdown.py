"""HTML to the Markdown that our pages render, written so that rendering it gives the same text back."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lms.core.plain_text import on_one_line
from lms.quizzes.exchange.markup import Part, Tag, has_active_parts, has_styling, parse_html
from lms.quizzes.exchange.report import N_, Sentence, sentence

# Finds the picture that an address in the text names; ``None`` where the file does not hold it. Says why with a note.
FindPicture = Callable[[str, "Notes"], str | None]

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
        "caption",
        "tbody",
        "thead",
        "tfoot",
        "tr",
    ]
)
_BOLD, _ITALIC, _STRUCK = (
    frozenset({"b", "strong"}),
    frozenset({"i", "em", "cite", "var"}),
    frozenset({"s", "del", "strike"}),
)
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_RAISED = str.maketrans("0123456789+-=()niabcdefghjklmoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SPECIAL = re.compile(r"([\\`*_\[\]<|~])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_START = re.compile(r"^([#>+=:-]|\d{1,9}[.)])")
# Keeps the marks of neighbours apart; nothing is seen of it.
_JOINER = "&#8288;"
_BREAK = "\x00"  # a line break until the blanks are run together; no text from outside holds it


@dataclass(slots=True)
class Notes:
    """What a reader of the preview should know of a text, collected on the way."""

    sentences: list[Sentence] = field(default_factory=list)

    def add(self, message: str, **values: str | int) -> None:
        """Note a sentence; the message is marked with ``N_``."""
        self.sentences.append(sentence(message, **values))


def no_pictures(address: str, notes: Notes) -> str | None:
    """Finds none, for formats that carry none."""
    notes.add(
        N_("A picture stands elsewhere and is not in the file: %(address)s. It is not taken in."), address=address[:200]
    )
    return None


def html_to_markdown(html: str, notes: Notes, find_picture: FindPicture = no_pictures) -> str:
    """Markdown that says what the HTML says; what it cannot say is noted."""
    html = clean_text(html)
    if "<" not in html and "&" not in html:
        return escape_markdown(on_one_line(html))
    if has_active_parts(html):
        notes.add(
            N_("Parts that run, play or are filled in were left out of the text: only text and pictures are taken in.")
        )
    if has_styling(html):
        notes.add(N_("Colours and sizes of letters are not taken in. Check that the text does not speak of them."))
    writer = _Writer(notes, find_picture)
    return writer.blocks(parse_html(html).parts).strip("\n")


def clean_text(text: str) -> str:
    """The text with one kind of line end and without control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in text if letter >= " " or letter in "\n\t") if not text.isprintable() else text


def plain_to_markdown(text: str) -> str:
    """Markdown that shows a plain text as it is, its line breaks kept."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", clean_text(text).strip())
    return "\n\n".join(
        "\\\n".join(escape_markdown(on_one_line(line)) for line in paragraph.split("\n") if line.strip())
        for paragraph in paragraphs
    )


def escape_markdown(line: str) -> str:
    """A line of plain text, written so that Markdown shows just that."""
    if not line:
        return ""
    return _guard_line(_escaped(line))


class _Writer:
    """Writes a tree; inline text is put together with ``_BREAK`` for line breaks, and blanks run together last."""

    def __init__(self, notes: Notes, find_picture: FindPicture) -> None:
        self.notes = notes
        self.find_picture = find_picture
        self.marks: list[str] = []

    # Blocks

    def blocks(self, parts: Iterable[Part]) -> str:
        """Blocks with an empty line between them; what stands loose between blocks is a paragraph."""
        written: list[str] = []
        loose: list[Part] = []

        def close() -> None:
            paragraph = self.paragraph(loose)
            if paragraph:
                written.append(paragraph)
            loose.clear()

        for part in parts:
            if isinstance(part, str) or not _is_block(part):
                loose.append(part)
            else:
                close()
                block = self.block(part)
                if block:
                    written.append(block)
        close()
        return "\n\n".join(written)

    def block(self, tag: Tag) -> str:
        """One block."""
        name = tag.name
        if name == "pre":
            return _fenced(_text(tag))
        if name == "hr":
            return "---"
        if name in ("ul", "ol"):
            return self.items(tag)
        if name == "table":
            return self.table(tag)
        if name == "blockquote":
            return _prefixed(self.blocks(tag.parts), "> ", "> ")
        if re.fullmatch("h[1-6]", name):
            text = re.sub(r"\s*\\?\n\s*", " ", self.paragraph(tag.parts))
            return f"{'#' * min(max(int(name[1]), 2), 4)} {text}" if text else ""
        return self.blocks(tag.parts)

    def items(self, tag: Tag) -> str:
        """The items of a list; in a tight list they follow each other line by line."""
        items = [part for part in tag.parts if isinstance(part, Tag) and part.name == "li"]
        loose = any(isinstance(part, Tag) and part.name == "p" for item in items for part in item.parts)
        first = int(tag.attributes["start"]) if tag.attributes.get("start", "").isdecimal() else 1
        written = []
        for number, item in enumerate(items, start=min(first, 99_999_999)):
            mark = "- " if tag.name == "ul" else f"{number}. "
            text = self.blocks(item.parts) if loose else self._tight(item.parts)
            written.append(_prefixed(text, mark, " " * len(mark)) if text else mark.rstrip())
        return ("\n\n" if loose else "\n").join(written)

    def _tight(self, parts: list[Part]) -> str:
        lines: list[str] = []
        loose: list[Part] = []
        for part in [*parts, None]:
            if part is not None and (isinstance(part, str) or not _is_block(part)):
                loose.append(part)
                continue
            paragraph = self.paragraph(loose)
            loose.clear()
            block = self.block(part) if isinstance(part, Tag) else ""
            lines += [text for text in (paragraph, block) if text]
        return "\n".join(lines)

    def table(self, tag: Tag) -> str:
        """The rows; the first is the header, since a table here always has one."""
        rows = [[cell for cell in row.parts if isinstance(cell, Tag)] for row in _find(tag, "tr")]
        cells = [[self._cell(cell) for cell in row] for row in rows if row]
        captions = [self.paragraph(caption.parts) for caption in _find(tag, "caption")]
        if not cells:
            return "\n\n".join(captions)
        width = max(map(len, cells))
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
        marks = ["---"] * width
        for column, cell in enumerate(rows[0][:width]):
            kind = cell.attributes.get("class", "")
            marks[column] = "---:" if "align-end" in kind else ":---:" if "align-centre" in kind else "---"
        lines.insert(1, "| " + " | ".join(marks) + " |")
        return "\n\n".join([*captions, "\n".join(lines)])

    def _cell(self, cell: Tag) -> str:
        return re.sub(r"\s*\\?\n\s*", " ", self.blocks(cell.parts))

    # Text

    def paragraph(self, parts: Iterable[Part]) -> str:
        """Text in one paragraph, its breaks kept."""
        text = self.inline(parts)
        lines = [" ".join(re.split(r"[ \t\n\f]+", line)).strip(" ") for line in text.split(_BREAK)]
        paragraphs: list[list[str]] = [[]]
        for line in lines:
            # Two breaks one after the other are how many people begin a paragraph.
            paragraphs.append([]) if not line else paragraphs[-1].append(_guard_line(line))
        return "\n\n".join("\\\n".join(held) for held in paragraphs if held)

    def inline(self, parts: Iterable[Part]) -> str:
        """The parts as text with marks, blanks as they came."""
        written, needs_edge = "", False
        parts = list(parts)
        for number, part in enumerate(parts):
            if isinstance(part, str):
                text = _escaped(part)
                if needs_edge and _is_inside_word(part[:1]):
                    text = f"&#{ord(part[0])};{text[1:]}"
                written += text
                needs_edge = needs_edge and not part
                continue
            mark = _mark_of(part)
            if mark and mark not in self.marks:
                self.marks.append(mark)
                inner = self.inline(part.parts)
                self.marks.pop()
                written, needs_edge = _marked(written, mark, inner, _text_after(parts[number + 1 :]))
            else:
                written += self.inline(part.parts) if mark else self._inline_tag(part)
                needs_edge = False
        return written

    def _inline_tag(self, tag: Tag) -> str:
        name = tag.name
        if name == "br":
            return _BREAK
        if name in _CODE:
            return _code(_text(tag))
        if name in ("sup", "sub"):
            return self._shifted(tag)
        if name == "img":
            return self._image(tag)
        if name == "a":
            return self._link(tag)
        inner = self.inline(tag.parts)
        if name == "q":
            return f"“{inner}”"
        return f"{_BREAK}{inner}{_BREAK}" if name in _BLOCKS else inner

    def _shifted(self, tag: Tag) -> str:
        text, letters = _text(tag).strip(), _RAISED if tag.name == "sup" else _LOWERED
        if all(ord(letter) in letters for letter in text):
            return text.translate(letters)
        self.notes.add(
            N_("Raised or lowered letters stand in the line now, in brackets: “%(text)s”. Check the formula."),
            text=text[:60],
        )
        return f"{'^' if tag.name == 'sup' else chr(92) + '_'}({self.inline(tag.parts).strip()})"

    def _image(self, tag: Tag) -> str:
        address = tag.attributes.get("src", "").strip()
        found = self.find_picture(address, self.notes) if address else None
        alternative = _guard_line(on_one_line(_SPECIAL.sub(r"\\\1", tag.attributes.get("alt", ""))))
        if found is not None:
            if not alternative:
                self.notes.add(N_("A picture has no words for those who cannot see it. Add them in the question."))
            return f"![{alternative}](picture:{found})"
        return alternative

    def _link(self, tag: Tag) -> str:
        address, text = tag.attributes.get("href", "").strip(), self.inline(tag.parts)
        if not re.match(r"(https?://|mailto:|glossary:)", address, re.IGNORECASE) or not text.strip():
            return text
        address = re.sub(
            r"[\s<>\\]", lambda found: f"%{ord(found.group()):02X}" if ord(found.group()) < 128 else "", address
        )
        return f"[{text.strip()}](<{_ENTITY.sub('&amp;', address)}>)"


def _is_block(tag: Tag) -> bool:
    return tag.name in _BLOCKS or any(isinstance(part, Tag) and _is_block(part) for part in tag.parts)


def _find(tag: Tag, name: str) -> list[Tag]:
    found = []
    for part in tag.parts:
        if isinstance(part, Tag):
            found += [part] if part.name == name else _find(part, name)
    return found


def _text(tag: Tag) -> str:
    return "".join(part if isinstance(part, str) else "\n" if part.name == "br" else _text(part) for part in tag.parts)


def _text_after(parts: list[Part]) -> str:
    return next((text for part in parts if (text := part if isinstance(part, str) else _text(part))), "")


def _prefixed(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        (first if number == 0 else others if line else others.rstrip()) + line for number, line in enumerate(lines)
    )


def _fenced(text: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text + " `")))
    return f"{fence}\n{text.strip(chr(10))}\n{fence}"


def _code(text: str) -> str:
    text = on_one_line(text)
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _mark_of(tag: Tag) -> str:
    return "**" if tag.name in _BOLD else "*" if tag.name in _ITALIC else "~~" if tag.name in _STRUCK else ""


def _escaped(text: str) -> str:
    return _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\1", text))


def _is_inside_word(letter: str) -> bool:
    """True for what is neither a blank nor a sign for Markdown, so that a mark beside it could count for nothing."""
    return bool(letter) and not letter.isspace() and letter not in string.punctuation and letter != _BREAK


def _marked(before: str, mark: str, inner: str, following: str) -> tuple[str, bool]:
    """``before`` and the marked text, and whether the letter that follows must be written as an entity.

    Beside a letter, a mark counts only if no punctuation stands on its other side; the semicolon of an entity ends a
    word for it. Source: CommonMark, left- and right-flanking runs.
    """
    text = re.sub(r"^[\s\x00]+|[\s\x00]+$", "", inner)
    if not text:
        return before + inner, False
    if mark[0] == "*" and not re.fullmatch(r"\*{1,2}[^*]+\*{1,2}", text):
        # Stars beside stars could be read in several ways.
        text = re.sub(r"^(?=\*)|(?<=(?<!\\)\*)$", _JOINER, text)
        inner = re.sub(
            r"^([\s\x00]*)(.*?)([\s\x00]*)$", lambda found: found[1] + text + found[3], inner, flags=re.DOTALL
        )
    left, right = inner[: inner.index(text)], inner[inner.index(text) + len(text) :]
    before += left
    if before and _is_inside_word(before[-1]) and not text[0].isalnum():
        before = f"{before[:-1]}&#{ord(before[-1])};"
    elif before.endswith(("*", "~")) and not before.endswith(("\\*", "\\~")):
        before += _JOINER
    return f"{before}{mark}{text}{mark}{right}", not right and _is_inside_word(following[:1]) and not text[-1].isalnum()


def _guard_line(line: str) -> str:
    """The line with no mark of a block at its beginning, and no blank at its ends that Markdown would trim."""
    start = _LINE_START.match(line)
    if start and not line.startswith(("**", "*")):
        mark = start.group(1)
        line = f"{mark[:-1]}\\{mark[-1]}{line[len(mark) :]}"
    return re.sub(r"^\xa0+|\xa0+$", lambda blanks: "&nbsp;" * len(blanks.group()), line)
