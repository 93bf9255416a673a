"""Parts of the editor's forms that several types of question have."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from lms.quizzes.questions.editing import Field, Holds, Rows

STEM = Field("stem", _l("Question"), is_required=True)
FEEDBACK = Field("feedback", _l("What to tell everybody afterwards"))
ROW_FEEDBACK = Field("feedback", _l("Feedback"), hint=_l("What to tell whoever chose it."))
MARKING = Field(
    "marking",
    _l("A partly right answer"),
    Holds.CHOICE,
    choices=(
        ("all_or_nothing", _l("earns nothing: all or nothing")),
        ("proportional", _l("earns its part; what is wrong takes away from it, never below 0")),
    ),
    default="all_or_nothing",
)
PART = Field("fraction", _l("Part of the mark"), Holds.PART, hint=_l("1 is full marks, 0.5 or 1/2 is half."), default=1)


def options_form(holds: Holds, label: object, maximum: int) -> Rows:
    """The list of options; ``holds`` and ``label`` say how the right ones are marked."""
    fields = (
        Field("correct", label, holds, default=False),
        Field("text", _l("Text"), is_required=True),
        ROW_FEEDBACK,
    )
    return Rows(
        "options", _l("Options"), _l("Option"), _l("Add an option"), fields,
        minimum=2, maximum=maximum, offered=4, is_chosen=True,
    )  # fmt: skip
