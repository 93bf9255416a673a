"""The gradebook of an edition: everybody, one person, and the same as a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Response, render_template, request, url_for

from lms.core import clock
from lms.core.access import allow
from lms.core.db import row_number
from lms.core.sheets import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, write_csv, write_xlsx
from lms.core.web import interface_language
from lms.courses.access import current_member, teachers
from lms.courses.models import Edition
from lms.grading.account import account_of
from lms.grading.domain.scheme import GradingScheme
from lms.grading.exports import gradebook_sheet
from lms.grading.queries import get_participant, get_scheme, standing_of
from lms.grading.queries.gradebook import GradebookFilter, gradebook_page, gradebook_rows
from lms.grading.views.blueprint import blueprint

DIRECTIONS = ("ascending", "descending")
CHOICES = ("q", "group", "sponsor", "status", "sort", "direction")


@dataclass(frozen=True)
class Selection:
    """What the address asks for: whom, in which order, which page. Anything unknown is read as not asked."""

    words: str
    group: int | None
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
        return cls(
            words=wanted.get("q", "")[:100],
            group=wanted.get("group", type=row_number),
            sponsor=wanted.get("sponsor", ""),
            status=wanted.get("status", ""),
            sort=wanted["sort"] if wanted.get("sort") in columns else "name",
            direction=wanted["direction"] if wanted.get("direction") in DIRECTIONS else "ascending",
            page=max(1, wanted.get("page", 1, type=int)),
            given={key: wanted[key] for key in CHOICES if wanted.get(key)},
        )

    @property
    def filter(self) -> GradebookFilter:
        """The same as the database is asked."""
        return GradebookFilter(
            self.words, self.group, self.sponsor, self.status, self.sort, self.direction == "descending"
        )


@blueprint.get("/editions/<code>/gradebook")
@allow(teachers)
def gradebook(code: str) -> str:
    """People and items, searched, narrowed and sorted by links and one form, fifty a page."""
    edition = current_member().edition
    selection = Selection.from_request(get_scheme(edition.id)[1])
    found = gradebook_page(edition, selection.filter, selection.page, clock.now())
    return render_template(
        "grading/gradebook.html",
        found=found,
        scheme=found.scheme,
        selection=selection,
        page_address=lambda number: _address(edition, selection, page=number),
        address=lambda **changes: _address(edition, selection, **changes),
    )


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
    rows = gradebook_rows(edition, Selection.from_request(scheme).filter, clock.now())
    sheet = gradebook_sheet(scheme, rows)
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
        account=account_of(standing),
    )
