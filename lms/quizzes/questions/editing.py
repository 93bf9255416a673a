"""How a question is written in the browser: each type describes its form, and the form becomes the type's document.

What stands in a form is a *draft*: nested values under the names of the document, each as it was typed, so that a form
that is refused loses nothing. ``docs/rules.md#question-bank`` says what a question must have.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from lms.core.i18n import EVERY_LANGUAGE
from lms.courses.documents import digest_of

Draft = dict[str, Any]
Document = dict[str, Any]
LONGEST_TEXT = 8000
MOST_DIGITS = 40


class Holds(StrEnum):
    """What a field holds.

    ``TEXT`` Markdown by language · ``WORDINGS`` accepted wordings by language, one a line · ``LINE`` a short string ·
    ``FLAG`` yes or no · ``SOLE`` yes for exactly one row · ``CHOICE`` one of the field's choices · ``NUMBER`` a decimal ·
    ``PART`` a part of the mark, from 0 to 1.
    """

    TEXT = "text"
    WORDINGS = "wordings"
    LINE = "line"
    FLAG = "flag"
    SOLE = "sole"
    CHOICE = "choice"
    NUMBER = "number"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form, under its name in the document. ``default`` is what the document leaves out."""

    name: str
    label: Any
    holds: Holds = Holds.TEXT
    hint: Any = ""
    is_required: bool = False
    choices: tuple[tuple[Any, Any], ...] = ()
    default: Any = None

    @property
    def by_language(self) -> bool:
        """True where it is written once for each language."""
        return self.holds in (Holds.TEXT, Holds.WORDINGS)

    def blank(self) -> Any:
        """What stands in an empty form."""
        if self.by_language:
            return {}
        if self.holds in (Holds.FLAG, Holds.SOLE):
            return bool(self.default)
        return "" if self.default is None else str(self.default)


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of like things with keys of their own: options, pairs, items. At least ``minimum`` must be filled in.

    ``is_chosen``: people choose one by its key, which stands in their page. ``one`` names a single row, ``add`` is the button that adds one, ``offered`` is how many a new question begins with.
    What else must hold, such as how many options are right, the type's own ``problems`` say.
    """

    name: str
    label: Any
    one: Any
    add: Any
    fields: tuple[Field, ...]
    minimum: int = 0
    maximum: int = 20
    offered: int = 0
    has_key: bool = True
    hint: Any = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class TypeForm:
    """The form of a type: its name, when to choose it, and its parts from top to bottom."""

    name: Any
    purpose: Any
    parts: tuple[Field | Rows, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is no row."""
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def rows(self) -> tuple[Rows, ...]:
        """The lists."""
        return tuple(part for part in self.parts if isinstance(part, Rows))

    def rows_named(self, name: str) -> Rows | None:
        """The list of a name, or ``None``."""
        return next((rows for rows in self.rows if rows.name == name), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a draft from being saved: the field's name in the form, and a sentence."""

    name: str
    sentence: str


def draft_of(form: TypeForm, document: Mapping[str, Any]) -> Draft:
    """What stands in the form of a question that exists."""
    draft: Draft = {field.name: _shown(field, document) for field in form.fields}
    for rows in form.rows:
        draft[rows.name] = [
            {"key": row.get("key", ""), **{field.name: _shown(field, row) for field in rows.fields}}
            for row in document.get(rows.name, ())
        ]
    return draft


def blank_draft(form: TypeForm) -> Draft:
    """What stands in the form of a new question."""
    draft: Draft = {field.name: field.blank() for field in form.fields}
    for rows in form.rows:
        draft[rows.name] = [blank_row(rows) for _number in range(max(rows.minimum, rows.offered))]
    return draft


def blank_row(rows: Rows) -> Draft:
    """An empty row; it gets a key when it is saved."""
    return {"key": "", **{field.name: field.blank() for field in rows.fields}}


def _shown(field: Field, values: Mapping[str, Any]) -> Any:
    if field.name not in values or values[field.name] is None:
        return field.blank()
    value = values[field.name]
    if field.holds is Holds.WORDINGS:
        return {code: "\n".join(lines) for code, lines in value.items()}
    if field.holds is Holds.TEXT:
        return dict(value)
    return value if isinstance(value, bool) and field.holds is not Holds.CHOICE else str(value)


def document_of(form: TypeForm, draft: Draft, languages: Sequence[str]) -> tuple[Document, list[Fault]]:
    """The document that a draft describes, without kind and key, and everything that is wrong with it.

    Args:
        languages: the course's; the first is the one in which every text must exist.
    """
    faults: list[Fault] = []
    document: Document = {}
    taken = {row["key"] for rows in form.rows for row in draft[rows.name] if row["key"]}
    for part in form.parts:
        if isinstance(part, Field):
            _read_into(document, part, draft, part.name, languages, faults)
            continue
        kept = [(number, row) for number, row in enumerate(draft[part.name]) if not is_empty(part, row)]
        document[part.name] = [
            _row_document(part, row, f"{part.name}.{number}", languages, taken, faults, len(kept))
            for number, row in kept
        ]
        faults += _faults_of_rows(part, [row for _number, row in kept], document[part.name])
    return document, faults


def is_empty(rows: Rows, row: Draft) -> bool:
    """True for a row in which nothing was typed; a value that was there from the start is not typed."""
    for field in rows.fields:
        value = row[field.name]
        if field.by_language:
            if any(text.strip() for text in value.values()):
                return False
        elif value != field.blank():
            return False
    return True


def _row_document(
    rows: Rows, row: Draft, prefix: str, languages: Sequence[str], taken: set[str], faults: list[Fault], count: int
) -> Document:
    document: Document = {}
    if rows.has_key:
        document["key"] = row["key"] or _free_key(taken, row.get("text") if rows.is_chosen else None, count)
        taken.add(document["key"])
    for field in rows.fields:
        _read_into(document, field, row, f"{prefix}.{field.name}", languages, faults)
    return document


def _free_key(taken: set[str], text: Any, count: int) -> str:
    """A key that no other row has; of what is chosen by its key, one that says nothing of its place.

    The key of an option stands in the page that participants get, and many authors write the right one first.
    """
    among = [letter for letter in string.ascii_lowercase[:count] if letter not in taken]
    if text is not None and among:
        return among[int(digest_of(text)[:8], 16) % len(among)]
    letters = (letter for letter in string.ascii_lowercase if letter not in taken)
    return next(letters, "") or next(key for n in range(27, 10_000) if (key := f"k{n}") not in taken)


def _read_into(
    document: Document, field: Field, draft: Draft, name: str, languages: Sequence[str], faults: list[Fault]
) -> None:
    """Put a field's value into the document, or note why it has none. An optional one that is empty is left out."""
    value = draft[field.name]
    if field.by_language:
        texts = {code: text.strip().replace("\r\n", "\n") for code, text in value.items() if text.strip()}
        faults += _faults_of_text(field, texts, name, languages)
        if texts and field.holds is Holds.WORDINGS:
            document[field.name] = {
                code: [line.strip() for line in text.splitlines() if line.strip()] for code, text in texts.items()
            }
        elif texts or field.is_required:
            document[field.name] = texts
        return
    try:
        read = _READERS[field.holds](field, value)
    except ValueError as error:
        faults.append(Fault(name, str(error)))
        return
    if read is not None:
        document[field.name] = read


def _faults_of_text(field: Field, texts: Mapping[str, str], name: str, languages: Sequence[str]) -> Iterator[Fault]:
    first = languages[0]
    for code, text in texts.items():
        if len(text) > LONGEST_TEXT:
            yield Fault(f"{name}.{code}", _("This is longer than %(most)s characters. Shorten it.", most=LONGEST_TEXT))
    if first in texts or EVERY_LANGUAGE in texts:
        return
    if texts and field.holds is Holds.WORDINGS:
        return
    if texts:
        yield Fault(f"{name}.{first}", _("Write this in the course’s first language too, or empty the other one."))
    elif field.is_required:
        yield Fault(f"{name}.{first}", _("This is empty. Write something here."))


def _read_line(field: Field, value: str) -> str | None:
    line = value.strip()
    if not line and field.is_required:
        raise ValueError(_("This is empty. Write something here."))
    if len(line) > MOST_DIGITS:
        raise ValueError(_("This is longer than %(most)s characters. Shorten it.", most=MOST_DIGITS))
    return line or None


def _read_choice(field: Field, value: str) -> Any:
    for known, _label in field.choices:
        if str(known) == value:
            return known
    raise ValueError(_("Choose one of these."))


# Arabic-Indic and Persian digits, and the marks used with them.
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫−", "01234567890123456789.-")


def _read_number(field: Field, value: str) -> str | None:
    typed = value.strip().translate(_DIGITS).replace(",", ".").replace("\u00a0", "").replace("\u202f", "")
    if not typed:
        if field.is_required:
            raise ValueError(_("This is empty. Write a number."))
        return None
    try:
        number = Decimal(typed)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(typed) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(_("“%(text)s” is not a number. Write it like 8.5.", text=value.strip()[:MOST_DIGITS]))
    return typed


def _read_part(field: Field, value: str) -> str | None:
    typed = value.strip().translate(_DIGITS).replace(",", ".")
    try:
        part = Fraction(typed[:-1].strip()) / 100 if typed.endswith("%") else Fraction(typed or "1")
    except (ValueError, ZeroDivisionError):
        part = Fraction(-1)
    if not 0 <= part <= 1 or len(typed) > MOST_DIGITS:
        raise ValueError(_("Write a part of the mark from 0 to 1, like 1, 0.5 or 1/3."))
    return str(part)


_READERS: Mapping[Holds, Any] = {
    Holds.LINE: _read_line,
    Holds.FLAG: lambda _field, value: bool(value),
    Holds.SOLE: lambda _field, value: bool(value),
    Holds.CHOICE: _read_choice,
    Holds.NUMBER: _read_number,
    Holds.PART: _read_part,
}


def _faults_of_rows(rows: Rows, kept: Sequence[Draft], documents: Sequence[Document]) -> Iterator[Fault]:
    if len(kept) < rows.minimum:
        yield Fault(rows.name, _("Fill in at least %(number)s of these.", number=rows.minimum))
    if len(kept) > rows.maximum:
        yield Fault(rows.name, _("There may be at most %(number)s of these.", number=rows.maximum))
    for number, row in enumerate(documents):
        if any(
            field.holds is Holds.WORDINGS and field.is_required and not row.get(field.name) for field in rows.fields
        ):
            yield Fault(f"{rows.name}.{number}", _("This is empty. Write something here."))


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a version says: ``path`` identifies it across versions, ``label`` and ``row`` name it to people.

    ``language`` is empty for what is no text; ``row`` counts from 1 and is 0 outside of rows.
    """

    path: str
    label: Any
    one: Any
    row: int
    language: str
    said: str


def lines_of(form: TypeForm, document: Mapping[str, Any]) -> Iterator[Line]:
    """Everything that a document says, in the order of the form."""
    for part in form.parts:
        if isinstance(part, Field):
            yield from _lines(part, document, part.name, None, 0)
            continue
        for number, row in enumerate(document.get(part.name, ()), start=1):
            # By key, so that an option that moved is still the same option.
            for field in part.fields:
                yield from _lines(field, row, f"{part.name}.{row.get('key', number)}.{field.name}", part.one, number)


def _lines(field: Field, values: Mapping[str, Any], path: str, one: Any, row: int) -> Iterator[Line]:
    value = values.get(field.name, field.default)
    if not field.by_language:
        yield Line(path, field.label, one, row, "", _in_words(field, value))
        return
    for code, text in (value or {}).items():
        yield Line(f"{path}.{code}", field.label, one, row, code, text if isinstance(text, str) else " · ".join(text))


def _in_words(field: Field, value: Any) -> str:
    if field.holds in (Holds.FLAG, Holds.SOLE):
        return str(_("yes") if value else _("no"))
    if field.holds is Holds.CHOICE:
        return next((str(label) for known, label in field.choices if known == value), "")
    return "" if value is None else str(value)


def texts_of(form: TypeForm, document: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Every text of a document by language; wordings are left out, as nobody reads them."""
    for part in form.parts:
        values = [document] if isinstance(part, Field) else document.get(part.name, ())
        fields = [part] if isinstance(part, Field) else part.fields
        for one in values:
            for field in fields:
                if field.holds is Holds.TEXT and one.get(field.name):
                    yield one[field.name]


def languages_of(form: TypeForm, document: Mapping[str, Any]) -> list[str]:
    """Languages in which no text is missing; ``und`` among them where a text is the same in all of them."""
    texts = list(texts_of(form, document))
    codes = sorted({code for text in texts for code in text})
    return [code for code in codes if all(text.get(code) or text.get(EVERY_LANGUAGE) for text in texts)]
