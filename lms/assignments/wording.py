"""Sentences about late work: the rule beforehand, what it costs now, and how a mark came out of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal, gettext, ngettext

from lms.assignments.domain.lateness import MINUTES_PER_DAY, Penalty, days_late
from lms.assignments.domain.rubrics import rubric_maximum
from lms.core.web import points_filter
from lms.courses.domain.content import AssignmentPlan

# Up to this many minutes hours say more than days.
_HOURS_UP_TO = 2 * MINUTES_PER_DAY


def _(message: str, **values: Any) -> str:
    return str(gettext(message, **values))


def points_words(points: Decimal) -> str:
    """“1.00 point”, “2.50 points”."""
    shown = points_filter(points)
    return str(ngettext("%(points)s point", "%(points)s points", 1 if points == 1 else 2, points=shown))


def days_words(days: int) -> str:
    """“1 day”, “3 days”."""
    return str(ngettext("%(num)d day", "%(num)d days", days))


def late_words(minutes: int) -> str:
    """By how much something is late: minutes, then whole hours, then days that have begun, which is what lateness costs."""
    if minutes < 60:
        return str(ngettext("%(num)d minute late", "%(num)d minutes late", minutes))
    if minutes < _HOURS_UP_TO:
        return str(ngettext("%(num)d hour late", "%(num)d hours late", minutes // 60))
    return str(ngettext("%(num)d day late", "%(num)d days late", days_late(minutes)))


def late_rule(plan: AssignmentPlan) -> list[str]:
    """What becomes of late work, in sentences, before anybody is late."""
    late = plan.late
    if late.policy == "closed":
        return [_("Late work is not accepted.")]
    sentences = [_("Late work is accepted and shown as late.")]
    if late.policy == "penalty":
        sentences = [_penalty_rule(plan)]
    if late.days is not None:
        sentences.append(
            ngettext(
                "After %(num)d day nothing is accepted any more.",
                "After %(num)d days nothing is accepted any more.",
                late.days,
            )
        )
    return sentences


def _penalty_rule(plan: AssignmentPlan) -> str:
    late, most = plan.late, rubric_maximum(plan.rubric)
    whole = Decimal(1) if late.unit == "points" else most / 100
    per_day = points_words(late.per_day * whole)
    if late.unit == "percent":
        per_day = _("%(percent)s %% of the points (%(points)s)", percent=format_decimal(late.per_day), points=per_day)
    if late.maximum is None:
        return _("Each day late that has begun costs %(per_day)s.", per_day=per_day)
    return _(
        "Each day late that has begun costs %(per_day)s, at most %(maximum)s altogether.",
        per_day=per_day, maximum=points_words(late.maximum * whole),
    )  # fmt: skip


def late_cost(minutes: int, penalty: Penalty | None) -> str:
    """What it means to hand in now, to the person who would: “You are 2 hours late: this costs 1.00 point.”"""
    late = late_words(minutes)
    if penalty is None:
        return _("You are %(late)s. This costs no points; your work is shown as late.", late=late)
    if penalty.days > 1 and minutes < _HOURS_UP_TO:  # beyond, it is said in days already
        return _(
            "You are %(late)s, which counts as %(days)s: this costs %(points)s.",
            late=late, days=days_words(penalty.days), points=points_words(penalty.points),
        )  # fmt: skip
    return _("You are %(late)s: this costs %(points)s.", late=late, points=points_words(penalty.points))


def cost_of(penalty: Mapping[str, Any]) -> str:
    """A penalty as a receipt tells it."""
    return _(
        "Lateness of %(days)s costs %(points)s, taken from the mark.",
        days=days_words(int(penalty["days"])), points=points_words(Decimal(penalty["points"])),
    )  # fmt: skip
