"""Which marks participants may see, and letting them see more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.courses.access import current_member, teachers
from lms.courses.domain.content import ItemPlan
from lms.grading.domain.results import ItemResult, State
from lms.grading.hooks import held_marks
from lms.grading.models import GradeItem
from lms.grading.queries import Standing, class_results, get_items, get_scheme
from lms.grading.services import release_items
from lms.grading.views.blueprint import blueprint

# So many people are named before a release; the gradebook has them all.
MOST_NAMED = 60


@dataclass(frozen=True, slots=True)
class Line:
    """An item with how many people stand where. ``held`` marks wait outside the gradebook, because of the names."""

    plan: ItemPlan
    item: GradeItem
    marked: int
    waiting: int
    missing: int
    excused: int
    absent: int
    held: int


@blueprint.get("/editions/<code>/releases")
@allow(teachers)
def releases(code: str) -> str:
    """The items with their counts; with items chosen, what releasing them would do."""
    edition = current_member().edition
    standings = [s for s in class_results(edition, include_test_accounts=True) if not s.is_withdrawn]
    plans = {plan.key: plan for plan in get_scheme(edition.id)[1].items}
    held = held_marks(edition.id)
    lines = [
        _line(plans[item.key], item, standings, held.get(item.key, 0))
        for item in get_items(edition.id)
        if item.key in plans
    ]
    # What is seen at once asks for nothing: it stands below what can be released.
    lines.sort(key=lambda line: line.plan.kind == "quiz")
    chosen = [line for line in lines if line.item.key in request.args.getlist("item") and not line.item.released_at]
    return render_template(
        "grading/releases.html",
        lines=lines,
        chosen=chosen,
        people=_people_with_marks(standings, {line.item.key for line in chosen}),
        held=sum(line.held for line in chosen),
        seen=_what_is_seen(standings, chosen),
        not_ready=_not_ready(standings, chosen),
        now=clock.now(),
        most_named=MOST_NAMED,
    )


def _what_is_seen(standings: list[Standing], chosen: list[Line]) -> list[tuple[Standing, list[ItemResult]]]:
    """What each participant will see that they do not see now, by name."""
    keys = [line.item.key for line in chosen]
    rows = [(one, [result for result in one.results if result.key in keys]) for one in standings]
    return [(one, found) for one, found in rows if any(result.state is State.MARKED for result in found)]


def _not_ready(standings: list[Standing], chosen: list[Line]) -> list[tuple[Standing, list[ItemResult]]]:
    """Who waits for a mark in what is to be released; nobody is named where work is marked without names."""
    keys = [line.item.key for line in chosen if not line.held]
    rows = [
        (one, [result for result in one.results if result.key in keys and result.state is State.SUBMITTED])
        for one in standings
    ]
    return [(one, found) for one, found in rows if found]


def _line(plan: ItemPlan, item: GradeItem, standings: list[Standing], held: int) -> Line:
    results = [standing.result(item.key) for standing in standings]
    states = Counter(result.state for result in results if not result.is_ruled_out)
    absent = sum(result.is_ruled_out for result in results)
    waiting = max(0, states[State.SUBMITTED] - held)
    return Line(
        plan, item, states[State.MARKED] + held, waiting, states[State.MISSING], states[State.EXCUSED], absent, held
    )


def _people_with_marks(standings: list[Standing], item_keys: set[str]) -> int:
    return sum(
        any(
            result.key in item_keys and (result.state is State.MARKED or result.is_ruled_out)
            for result in standing.results
        )
        for standing in standings
    )


@blueprint.post("/editions/<code>/releases")
@allow(teachers)
def release(code: str) -> Response:
    """Release the marks of the chosen items."""
    member = current_member()
    with unit_of_work():
        is_new = any(
            item.released_at is None and item.key in request.form.getlist("item")
            for item in get_items(member.edition.id)
        )
        told = release_items(member, item_keys=request.form.getlist("item"), now=clock.now())
    if is_new:
        flash(
            ngettext(
                "The marks are released. %(num)d person is told by mail.",
                "The marks are released. %(num)d people are told by mail.",
                told,
            )
        )
    else:
        flash(_("These marks had been released already. Nobody is told again."))
    return redirect(url_for("grading.releases", code=code), 303)
