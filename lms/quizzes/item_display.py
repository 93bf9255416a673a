"""The analysis of a quiz's questions as it is shown and exported: what was chosen, in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from lms.core.sheets import Cell, Sheet
from lms.quizzes.bank_display import stem_line
from lms.quizzes.display import Reader
from lms.quizzes.domain.items import FEWEST, Analysis, Flag, Strength, Taken, analyse, one_decimal, percentage
from lms.quizzes.queries import get_versions
from lms.quizzes.queries.items import Item, Items

# Of what people wrote themselves only what is frequent is shown.
MOST_WRITTEN = 12
# Types in which everything that can be chosen is known beforehand.
_CHOICES = frozenset({"single_choice", "multiple_choice", "true_false"})


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A version with its analysis."""

    item: Item
    analysis: Analysis

    @property
    def stem(self) -> str:
        """The question on one line."""
        return stem_line(self.item.version.document["stem"])


def shown_items(items: Items, languages: Sequence[str]) -> list[ShownItem]:
    """The analysis of each version, its answers in the reader's words."""
    get_versions(item.version.id for item in items.items)
    return [ShownItem(item, _analysis(item, languages)) for item in items.items]


def _analysis(item: Item, languages: Sequence[str]) -> Analysis:
    version = get_versions([item.version.id])[item.version.id]
    shown = version.kind.present(
        version.content, tuple(version.kind.option_keys(version.content)), Reader(tuple(languages))
    )
    worth: dict[Markup, Fraction] = {}
    if version.kind.kind in _CHOICES:
        worth = {line.text: line.fraction for line in shown.lines()}
    taken, often = [], dict.fromkeys(worth, 0)
    for given in item.answers:
        lines = shown.given(given.answer) if given.answer else []
        for line in lines:
            worth.setdefault(line.text, line.fraction)
            often[line.text] = often.get(line.text, 0) + 1
        taken.append(Taken(given.fraction, given.rest, tuple(line.text for line in lines)))
    offered = list(worth.items())
    if version.kind.kind not in _CHOICES:
        offered = sorted(offered, key=lambda one: (-often[one[0]], one[0]))[:MOST_WRITTEN]
    return analyse(taken, offered)


def facility_text(analysis: Analysis) -> str:
    """“about 65 %”, as fine as the number of answers allows; empty where it allows none."""
    percent = percentage(analysis.facility, analysis.n)
    return "" if percent is None else _("about %(percent)s %%", percent=percent)


def discrimination_text(analysis: Analysis) -> str:
    """The discrimination in a word and a figure, or that there are too few answers."""
    if analysis.discrimination is None or analysis.strength is None:
        return str(ngettext("too few answers (n = %(num)d)", "too few answers (n = %(num)d)", analysis.n))
    words = {
        Strength.CLEAR: _("tells them apart clearly"),
        Strength.SOME: _("tells them apart a little"),
        Strength.NONE: _("hardly tells them apart"),
        Strength.REVERSED: _("the wrong way round"),
    }[analysis.strength]
    figure = format_decimal(float(one_decimal(analysis.discrimination)), format="+0.0;-0.0")
    return f"{words} ({figure})"


def flag_sentence(flag: Flag) -> str:
    """Why a question is worth a look."""
    sentences: dict[Flag, str] = {
        Flag.REVERSED: _("The strongest have it wrong more often than the weakest: check its key."),
        Flag.WRONG_ATTRACTS: _("A wrong answer is chosen more often by the strongest: read it again."),
        Flag.HARD: _("Few have it right: check its key and its wording."),
        Flag.EASY: _("Nearly everybody has it right: it tells little."),
        Flag.NEVER_CHOSEN: _("A wrong answer is chosen by nobody: write one that tempts."),
    }
    return sentences[flag]


def items_sheet(shown: Sequence[ShownItem]) -> Sheet:
    """One row a version: counts as they are, figures no finer than on the page."""
    header = [
        _("Question"), _("Version"), _("Text"), "n", _("Wholly right"), _("Right on average"), _("Discrimination"),
        _("Worth a look"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            one.item.question.key, one.item.version.number, one.stem, one.analysis.n, one.analysis.right,
            facility_text(one.analysis) or _("too few answers"), discrimination_text(one.analysis),
            " ".join(flag_sentence(flag) for flag in one.analysis.flags),
        ]
        for one in shown
    ]  # fmt: skip
    return Sheet(_("Question analysis"), header, rows)


__all__ = ["FEWEST", "ShownItem", "discrimination_text", "facility_text", "flag_sentence", "items_sheet", "shown_items"]
