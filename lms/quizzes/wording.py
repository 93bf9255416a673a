"""The rule of a quiz in words, as participants read it and coordinators check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import ngettext

from lms.quizzes.domain import Fault, Review, Shown
from lms.quizzes.domain.regrading import Treatment


def review_sentences(review: Review, attempts_allowed: int) -> list[str]:
    """What is shown of an attempt and when, one sentence a phase; phases that show the same are one."""
    sentences = _phases(review, attempts_allowed)
    if Shown.EVERYTHING not in review.phases:
        sentences.append(_("The right answers are not shown."))
    return sentences


def _phases(review: Review, attempts_allowed: int) -> list[str]:
    first = _(
        "As soon as you submit: %(what)s.", what=_shown(review.submitted if attempts_allowed > 1 else review.used_up)
    )
    if attempts_allowed == 1:
        return [first] if review.used_up == review.closed else [first, _closed(review.closed)]
    if review.submitted == review.used_up == review.closed:
        return [first]
    if review.submitted == review.used_up:
        return [first, _closed(review.closed)]
    if review.used_up == review.closed:
        both = _("After your last attempt, or once the quiz is closed: %(what)s.", what=_shown(review.closed))
        return [first, both]
    return [first, _("After your last attempt: %(what)s.", what=_shown(review.used_up)), _closed(review.closed)]


def _closed(shown: Shown) -> str:
    return str(_("Once the quiz is closed: %(what)s.", what=_shown(shown)))


def _shown(shown: Shown) -> str:
    match shown:
        case Shown.CHOICE:
            words = _("your score and what you answered")
        case Shown.JUDGED:
            words = _("your score, and which of your answers are right, with what to learn from each")
        case Shown.EVERYTHING:
            words = _("your score and all right answers, with what to learn from each")
    return str(words)


def level_name(shown: Shown) -> str:
    """The same for whoever chooses."""
    words: dict[str, str] = {
        Shown.CHOICE: _("Score and own answers"),
        Shown.JUDGED: _("Also which of them are right, with feedback"),
        Shown.EVERYTHING: _("Also the right answers"),
    }
    return words[shown]


def duration(seconds: int) -> str:
    """“45 minutes”, “31 minutes 15 seconds”."""
    minutes, rest = divmod(seconds, 60)
    parts = [ngettext("%(num)d minute", "%(num)d minutes", minutes)] if minutes else []
    if rest:
        parts.append(ngettext("%(num)d second", "%(num)d seconds", rest))
    return " ".join(parts)


def factor_text(factor: Fraction) -> str:
    """A factor as it is written: 1.5, 1.25, 2."""
    return f"{float(factor):.2f}".rstrip("0").rstrip(".")


def fault_sentence(fault: Fault) -> str:
    """What is wrong with settings, and what to do."""
    words: dict[str, str] = {
        Fault.CLOSES_FIRST: _("It would close before it opens."),
        Fault.COUNTING_HELD: _(
            "Somebody has finished an attempt under the present rule, so which attempt counts cannot change any more: it would change points that people have seen."
        ),
        Fault.NO_GROUP: _("Choose at least one group, or let everybody take the quiz."),
        Fault.NO_QUESTION: _("The quiz would ask nothing. Draw at least one question."),
        Fault.TOO_FEW_TO_DRAW: _("The bank has fewer questions in this category than are to be drawn."),
        Fault.DRAWN_TWICE: _("A category stands here twice. Write the number once."),
    }
    return words[fault]


def preset_name(key: str) -> str:
    """What a preset is called."""
    names: dict[str, str] = {"practice": _("Practice"), "weekly": _("Weekly quiz"), "exam": _("Exam")}
    return names[key]


def preset_description(key: str) -> str:
    """What a preset is for, in one line."""
    words: dict[str, str] = {
        "practice": _("Many attempts, everything is shown after each."),
        "weekly": _("Two attempts, the best counts; the right answers after the last."),
        "exam": _("One attempt with a time limit; answers are shown when it is closed."),
    }
    return words[key]


def setting_names(names: Sequence[str]) -> list[str]:
    """What the settings that deviate from a preset are called."""
    known = {
        "time_limit_minutes": _("time limit"),
        "attempts_allowed": _("attempts"),
        "counting": _("which attempt counts"),
        "review": _("what is shown afterwards"),
        "shuffle_questions": _("order of the questions"),
        "shuffle_options": _("order of the options"),
    }
    return [known[name] for name in names]


def later_sentence(review: Review, shown: Shown, attempts_left: int, is_over: bool) -> tuple[str, bool]:
    """What will still be shown, and whether the day on which the quiz closes belongs after it; empty where nothing is kept back."""
    if shown is Shown.EVERYTHING:
        return "", False
    if not is_over and attempts_left and review.used_up is Shown.EVERYTHING:
        return _("The right answers are shown after your last attempt, or once the quiz is closed."), False
    if not is_over and review.closed is Shown.EVERYTHING:
        return _("The right answers are shown here once the quiz is closed:"), True
    if not is_over and shown is Shown.CHOICE and review.closed is Shown.JUDGED:
        return _("Which of your answers are right is shown here once the quiz is closed:"), True
    return _("The right answers of this quiz are not shown."), False


def treatment_name(treatment: str) -> str:
    """What was ruled about a question, in a few words."""
    names: dict[Treatment, str] = {
        Treatment.AS_ASKED: _("As it was asked"),
        Treatment.NEWEST: _("Marked under a newer version"),
        Treatment.FULL: _("Voided: full marks for all"),
        Treatment.EXCLUDED: _("Voided: does not count"),
    }
    return names[Treatment(treatment)]


def treatment_offer(treatment: Treatment, newest: int) -> str:
    """What can be decided about a question; ``newest`` is the number of its newest version."""
    offers: dict[Treatment, str] = {
        Treatment.AS_ASKED: _("Mark it as it was asked, as at first"),
        Treatment.NEWEST: _("Mark it under version %(number)s", number=newest),
        Treatment.FULL: _("Void it: full marks for everybody who was asked it"),
        Treatment.EXCLUDED: _("Void it: it no longer counts, for nobody"),
    }
    return offers[treatment]


class Told(Protocol):
    """What one regrade did to the questions of an attempt."""

    @property
    def positions(self) -> Mapping[Treatment, Sequence[int]]: ...


def marked_anew(notes: Sequence[Told]) -> frozenset[int]:
    """The questions of an attempt whose answers count otherwise than they were first marked, by the last word on each."""
    last = {position: treatment for note in notes for treatment, some in note.positions.items() for position in some}
    return frozenset(position for position, treatment in last.items() if treatment is not Treatment.AS_ASKED)


def note_sentence(treatment: Treatment, positions: Sequence[int]) -> str:
    """What was done to questions of an attempt, for whoever sat it."""
    numbers, count = ", ".join(str(position) for position in positions), len(positions)
    if treatment is Treatment.FULL:
        sentence = ngettext(
            "Question %(numbers)s was voided: everybody who was asked it has full marks for it.",
            "Questions %(numbers)s were voided: everybody who was asked them has full marks for them.",
            count, numbers=numbers,
        )  # fmt: skip
    elif treatment is Treatment.EXCLUDED:
        sentence = ngettext(
            "Question %(numbers)s was voided: it no longer counts.",
            "Questions %(numbers)s were voided: they no longer count.",
            count, numbers=numbers,
        )  # fmt: skip
    elif treatment is Treatment.NEWEST:
        sentence = ngettext(
            "Question %(numbers)s was marked again, after its right answer was corrected.",
            "Questions %(numbers)s were marked again, after their right answers were corrected.",
            count, numbers=numbers,
        )  # fmt: skip
    else:
        sentence = ngettext(
            "Question %(numbers)s is marked as it was asked at first.",
            "Questions %(numbers)s are marked as they were asked at first.",
            count, numbers=numbers,
        )  # fmt: skip
    return str(sentence)
