"""The columns of the table. A number counts the answers of a question, a language in brackets names that of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lms.core.i18n import EVERY_LANGUAGE

# Of the question, in the order of the table; those with a language stand once for each.
WHOLE = (
    "key",
    "type",
    "category",
    "tags",
    "marking",
    "right answer",
    "ignore case",
    "ignore accents",
    "units",
    "unit required",
)
WHOLE_TEXTS = ("question", "feedback")
# Of each answer.
PARTS = ("key", "share", "tolerance")
PART_TEXTS = ("answer", "belongs", "feedback")
_NAME = re.compile(r"([a-z ]+?)(?: (\d{1,3}))?(?: ?\(([a-z]{2,3})\))?")
# Longer names before those they begin with.
_OTHER_WORDS = {
    "clé": "key", "type": "type", "catégorie": "category", "étiquettes": "tags", "notation": "marking", "bonne réponse": "right answer",
    "question": "question", "retour": "feedback", "réponse": "answer", "correspond": "belongs", "part": "share", "tolérance": "tolerance",
    "unités": "units",
    "chave": "key", "tipo": "type", "categoria": "category", "etiquetas": "tags", "correção": "marking", "resposta certa": "right answer",
    "pergunta": "question", "comentário": "feedback", "resposta": "answer", "corresponde": "belongs", "parte": "share", "tolerância": "tolerance",
    "unidades": "units",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, which answer it is of (0 for the whole question), and the language of its texts."""

    name: str
    number: int = 0
    language: str = ""

    @property
    def title(self) -> str:
        """What stands at its head."""
        number = f" {self.number}" if self.number else ""
        language = f" ({self.language})" if self.language not in ("", EVERY_LANGUAGE) else ""
        return f"{self.name}{number}{language}"


def column_of(title: str) -> Column | None:
    """The column that a title names, ``None`` for a title that is not understood."""
    plain = " ".join(title.lower().split())
    for word, english in _OTHER_WORDS.items():
        if re.match(rf"{word}\b", plain):
            plain = english + plain[len(word) :]
            break
    found = _NAME.fullmatch(plain)
    if not found:
        return None
    name, number, language = found[1].strip(), int(found[2] or 0), found[3] or ""
    texts, words = (PART_TEXTS, PARTS) if number else (WHOLE_TEXTS, WHOLE)
    if name in texts:
        return Column(name, number, language or EVERY_LANGUAGE)
    return Column(name, number) if name in words and not language else None
