"""The gradebook of an edition: everybody, one person, and the same as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Response, render_template, request, url_for

from lms.core import clock
from lms.core.access import allow
from lms.core.sheets import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, write_csv, write_xlsx
from lms.core.web import interface_language
from lms.courses.access import current_member, teachers
from lms.courses.models import Edition
from lms.grading.domain.prospects import ways_up
from lms.grading.domain.scheme import GradingScheme
from lms.grading.exports import gradebook_sheet
from lms.grading.queries import Standing, class_results, get_participant, get_scheme, name_order, standing_of
from lms.grading.views.blueprint import blueprint

PAGE_SIZE = 100
DIRECTIONS = ("ascending", "descending")


@dataclass(frozen=True)
class Selection:
    """What the address asks for: whom, in which order, which page. Anything unknown is read as not asked."""

    sponsor: str
    status: str
    sort: str
    direction: str
    page: int
    given: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_request(cls, scheme: GradingScheme) -> Selection:
        """As the address says."""
        wanted = request.args
        columns = {"name", "total", "decision", *(item.key for item in scheme.items)}
        given = {key: wanted[key] for key in ("sponsor", "status", "sort", "direction") if wanted.get(key)}
        return cls(
            sponsor=wanted.get("sponsor", ""),
            status=wanted.get("status", ""),
            sort=wanted["sort"] if wanted.get("sort") in columns else "name",
            direction=wanted["direction"] if wanted.get("direction") in DIRECTIONS else "ascending",
            page=max(1, wanted.get("page", 1, type=int)),
            given=given,
        )

    def apply(self, standings: Sequence[Standing], scheme: GradingScheme) -> list[Standing]:
        """The people asked for, in the order asked for; whoever has no points stands last in either direction."""
        chosen = [standing for standing in standings if self._fits(standing)]
        order = _order_by(self.sort, scheme)
        with_value = [standing for standing in chosen if order(standing) is not None]
        without = [standing for standing in chosen if order(standing) is None]
        with_value.sort(key=order, reverse=self.direction == "descending")
        return with_value + without

    def _fits(self, standing: Standing) -> bool:
        if self.sponsor and self.sponsor not in standing.sponsors:
            return False
        return not self.status or status_of(standing) == self.status


def status_of(standing: Standing) -> str:
    """The key by which the gradebook is filtered: a tier's key, ``pending``, ``withdrawn`` or ``none``."""
    decision = standing.decision
    if decision.is_withdrawn:
        return "withdrawn"
    return "pending" if decision.is_pending else decision.kind or "none"


def _order_by(column: str, scheme: GradingScheme) -> Callable[[Standing], Any]:
    if column == "name":
        return lambda standing: name_order(standing.name)
    if column == "total":
        return lambda standing: standing.decision.total
    if column == "decision":
        ranks = [*(tier.key for tier in scheme.tiers), "pending", "none", "withdrawn"]
        return lambda standing: ranks.index(status_of(standing))
    return lambda standing: _points_in(standing, column)


def _points_in(standing: Standing, item_key: str) -> Decimal | None:
    return standing.result(item_key).points


@blueprint.get("/editions/<code>/gradebook")
@allow(teachers)
def gradebook(code: str) -> str:
    """People and items, sorted and filtered by links, a hundred a page."""
    edition = current_member().edition
    scheme = get_scheme(edition.id)[1]
    standings = class_results(edition, now=clock.now())
    selection = Selection.from_request(scheme)
    chosen = selection.apply(standings, scheme)
    pages = max(1, -(-len(chosen) // PAGE_SIZE))
    page = min(selection.page, pages)
    return render_template(
        "grading/gradebook.html",
        scheme=scheme,
        items=standings[0].items if standings else {},
        everybody=standings,
        chosen=chosen,
        shown=chosen[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        selection=selection,
        page=page,
        pages=pages,
        sponsors=_sponsors_of(standings),
        statuses=_statuses_of(standings),
        page_address=lambda number: _address(edition, selection, page=number),
        address=lambda **changes: _address(edition, selection, **changes),
    )


def _sponsors_of(standings: Sequence[Standing]) -> dict[str, str]:
    return dict(sorted({s.code: s.name for standing in standings for s in standing.enrolment.sponsors}.items()))


def _statuses_of(standings: Sequence[Standing]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for standing in standings:
        counts[status_of(standing)] = counts.get(status_of(standing), 0) + 1
    return counts


def _address(edition: Edition, selection: Selection, **changes: Any) -> str:
    """The gradebook's address with some of its choices changed; an empty choice is left out."""
    choices = {**selection.given, **changes}
    return url_for("grading.gradebook", code=edition.code, **{key: value for key, value in choices.items() if value})


@blueprint.get("/editions/<code>/gradebook/export.<any(csv, xlsx):kind>")
@allow(teachers)
def export(code: str, kind: str) -> Response:
    """The gradebook as shown, whole, as a file."""
    edition = current_member().edition
    scheme = get_scheme(edition.id)[1]
    selection = Selection.from_request(scheme)
    sheet = gradebook_sheet(scheme, selection.apply(class_results(edition, now=clock.now()), scheme))
    content, media_type = (
        (write_csv(sheet, interface_language()), CSV_MEDIA_TYPE)
        if kind == "csv"
        else (write_xlsx([sheet]), XLSX_MEDIA_TYPE)
    )
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"gradebook-{edition.code}.{kind}")
    return response


@blueprint.get("/editions/<code>/gradebook/<int:enrolment_id>")
@allow(teachers)
def person(code: str, enrolment_id: int) -> str:
    """One participant, with the marks that are not released yet."""
    edition = current_member().edition
    enrolment = get_participant(edition.id, enrolment_id)
    standing = standing_of(edition, enrolment, released_only=False, now=clock.now())
    return render_template(
        "grading/person.html",
        standing=standing,
        ways=ways_up(standing.results, standing.scheme.tiers, standing.is_withdrawn),
    )
