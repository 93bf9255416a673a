"""What the columns of a sheet for marking offline are called, and reading them in every language."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import force_locale
from flask_babel import gettext as _

from lms.courses.domain.content import Criterion

# What columns are called inside; on the sheet each says so in the language of whoever took it.
REFERENCE, WORK, FINISHED, WHOLE = "reference", "work", "finished", "comment"


def headings_now() -> dict[str, str]:
    """What the columns that every sheet has are called in the present language."""
    return {REFERENCE: _("Reference"), WORK: _("Work"), FINISHED: _("Finished"), WHOLE: _("Comment")}


def comment_heading(criterion: Criterion, word: str) -> str:
    """The column of the comment on one criterion, which is called by its key.

    Args:
        word: for a comment, in some language.
    """
    return f"{criterion.key} {word.lower()}"


def known_headings(rubric: Sequence[Criterion], languages: Sequence[str]) -> dict[str, str]:
    """What each heading of a sheet is for, in small letters, in whichever of the languages it was made."""
    known: dict[str, str] = {}
    for language in languages:
        with force_locale(language):
            headings = headings_now()
        known |= {words.lower(): name for name, words in headings.items()}
        known |= {
            comment_heading(criterion, headings[WHOLE]).lower(): comment_heading(criterion, WHOLE).lower()
            for criterion in rubric
        }
    return known


def instructions() -> str:
    """How a sheet is filled in, in the words that its own columns have."""
    return str(
        _(
            "Write points and comments into marking.xlsx, in whole or half points. Leave the first two columns as they are: they say whose line it is. Write %(yes)s under “%(finished)s” when a mark is to count. Then give the sheet back on the page it came from: you see what it would change before anything is saved.",
            yes=_("yes"),
            finished=_("Finished"),
        )
    )
