"""What a participant sees of their own results, and what they would be with other points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import render_template, request
from flask_babel import gettext as _

from lms.core import clock
from lms.core.access import allow
from lms.core.forms import parse_points
from lms.core.web import points_filter
from lms.courses.access import current_member, participants
from lms.grading.account import account_of
from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.results import ItemResult, with_points
from lms.grading.queries import Standing, standing_of
from lms.grading.views.blueprint import blueprint

PREFIX = "try-"


@dataclass(frozen=True, slots=True)
class Trial:
    """Points that somebody tries on what is still open, and the decision that they would give."""

    typed: dict[str, str]
    faults: dict[str, str]
    decision: Decision | None


@blueprint.get("/editions/<code>/results")
@allow(participants)
def results(code: str) -> str | tuple[str, int]:
    """A participant's own results so far."""
    member = current_member()
    standing = standing_of(member.edition, member.own_enrolment, released_only=True, now=clock.now())
    trial = _try_points(standing)
    page = render_template(
        "grading/results.html",
        standing=standing,
        trial=trial,
        account=account_of(standing),
    )
    return (page, 422) if trial.faults else page


def _try_points(standing: Standing) -> Trial:
    typed: dict[str, str] = {}
    faults: dict[str, str] = {}
    points: dict[str, Decimal] = {}
    for result in standing.results:
        text = request.args.get(PREFIX + result.key, "").strip()
        if not (result.is_open and text):
            continue
        typed[result.key] = text
        try:
            points[result.key] = _points_for(result, text)
        except ValueError as fault:
            faults[result.key] = str(fault)
    if faults or not points:
        return Trial(typed, faults, None)
    return Trial(typed, faults, certificate_for(with_points(standing.results, points), standing.scheme.tiers))


def _points_for(result: ItemResult, text: str) -> Decimal:
    points = parse_points(text)
    if not 0 <= points <= result.maximum:
        raise ValueError(_("Write a number from 0 to %(maximum)s.", maximum=points_filter(result.maximum)))
    return points
