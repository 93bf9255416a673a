"""How a mark came about: from what was counted or scored to the points, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext, ngettext

from lms.core.web import plain_filter, points_filter
from lms.grading.domain.results import ItemResult, State
from lms.grading.models import GradeEntry
from lms.grading.queries import Latest
from lms.grading.services import EXCUSE, OVERRIDE
from lms.grading.wording import reason_label


def _(message: str, **values: Any) -> str:
    return str(gettext(message, **values))


def _points(value: Any) -> str:
    return points_filter(Decimal(str(value)))


def explain(result: ItemResult, entry: Latest | None) -> list[str]:
    """Every step from the raw marks to the points; empty where there is nothing to explain.

    Args:
        result: what the person sees of the item.
        entry: the line of the ledger behind it, with its basis (see ``post_entry``).
    """
    if entry is None or result.state is State.SUBMITTED:
        return []
    if entry.source == EXCUSE:
        return [_("Excused by the coordinator: %(reason)s", reason=entry.reason)]
    steps = list(_steps(result, result.points, entry.basis))
    if entry.source == OVERRIDE:
        steps.append(
            _(
                "Set by the coordinator to %(points)s points: %(reason)s",
                points=_points(result.points),
                reason=entry.reason,
            )
        )
    elif entry.reason_code != "penalty_waived" and (reason := reason_label(entry)):
        steps.append(_("Reason: %(reason)s", reason=reason))
    if result.state is State.MARKED and not result.is_complete:
        steps.append(_("It does not count as complete."))
    return steps


def explain_line(line: GradeEntry, result: ItemResult) -> list[str]:
    """The steps from the raw marks to the points of one line of the ledger, also of one that holds no longer."""
    return list(_steps(result, line.points, line.basis))


def _steps(result: ItemResult, points: Decimal | None, basis: Mapping[str, Any]) -> Iterator[str]:
    if basis.get("took_part") is False:
        yield _("Did not take part.")
    if "right" in basis and basis.get("questions") and points is not None:
        yield _right_answers(result, points, Fraction(str(basis["right"])), int(basis["questions"]))
    for line in basis.get("rubric") or ():
        yield _criterion(line)
    if basis.get("adjustment") and Decimal(str(basis["adjustment"])):
        yield _adjustment(Decimal(str(basis["adjustment"])), str(basis.get("adjustment_reason") or ""))
    if basis.get("late_by_minutes"):
        yield str(
            ngettext("Handed in %(num)d minute late.", "Handed in %(num)d minutes late.", int(basis["late_by_minutes"]))
        )
    if basis.get("penalty"):
        yield _penalty(basis["penalty"])


def _penalty(penalty: Mapping[str, Any]) -> str:
    """“32.50 − 2 days × 1.00 = 30.50”, or why nothing was taken."""
    before, cost = Decimal(penalty["before"]), Decimal(penalty["points"])
    values = {
        "before": _points(before), "per_day": _points(penalty["per_day"]), "points": _points(cost),
        "left": _points(max(before - cost, Decimal(0))), "reason": penalty["waived"],
        "days": ngettext("%(num)d day", "%(num)d days", int(penalty["days"])),
    }  # fmt: skip
    if penalty["waived"]:
        return _("Late work would cost %(points)s points; that was waived: %(reason)s", **values)
    if cost > before:
        return _("Late: %(before)s − %(points)s, but never below 0 = %(left)s", **values)
    if penalty["capped"]:
        return _("Late: %(before)s − %(points)s, the most that lateness costs = %(left)s", **values)
    return _("Late: %(before)s − %(days)s × %(per_day)s = %(left)s", **values)


def _right_answers(result: ItemResult, points: Decimal, right: Fraction, questions: int) -> str:
    values = {
        "right": _count(right), "questions": questions,
        "maximum": _points(result.maximum), "points": _points(points),
    }  # fmt: skip
    if points == right * Fraction(result.maximum) / questions:
        return _(
            "%(right)s of %(questions)s questions right: %(right)s/%(questions)s × %(maximum)s = %(points)s points.",
            **values,
        )
    return _(
        "%(right)s of %(questions)s questions right: %(right)s/%(questions)s × %(maximum)s, rounded half up, makes %(points)s points.",
        **values,
    )


def _count(value: Fraction) -> str:
    """A number of right answers; a part of one stays a fraction."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"


def _criterion(line: Mapping[str, Any]) -> str:
    title = line.get("title") or line.get("key") or ""
    name = plain_filter(title) if isinstance(title, Mapping) else str(title)
    return _("%(criterion)s: %(points)s of %(maximum)s", criterion=name, points=_points(line.get("points") or 0), maximum=_points(line.get("maximum") or 0))  # fmt: skip


def _adjustment(value: Decimal, reason: str) -> str:
    sign = "+" if value > 0 else "−"
    if not reason:
        return _("Own adjustment: %(adjustment)s", adjustment=f"{sign}{_points(abs(value))}")
    return _("Own adjustment: %(adjustment)s: %(reason)s", adjustment=f"{sign}{_points(abs(value))}", reason=reason)
