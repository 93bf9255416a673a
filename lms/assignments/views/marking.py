"""What waits to be marked, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request, url_for

from lms.assignments.queries.groups import groups_in
from lms.assignments.queries.marking import QueueRow, marking_queue, own_counts, waiting_counts
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.filtering import asked_filter
from lms.core.access import allow
from lms.core.errors import NotFound
from lms.courses.access import current_member, teachers
from lms.grading.queries import get_items

ROWS_A_PAGE = 50


@blueprint.get("/editions/<code>/marking")
@allow(teachers)
def marking(code: str) -> str:
    """What waits, the oldest first."""
    member = current_member()
    edition = member.edition
    chosen = asked_filter()
    counts = waiting_counts(edition.id)
    if chosen.key is not None and chosen.key not in {count.assignment.key for count in counts}:
        raise NotFound
    released = {item.key for item in get_items(edition.id) if item.released_at is not None}
    queue = marking_queue(member)
    everything = [row for row in queue if chosen.key in (None, row.assignment.key)]
    rows = [row for row in everything if chosen.lets_through(row, member.person.id)]
    page, pages = _page_of(rows)
    return render_template(
        "assignments/marking.html",
        rows=rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
        page=page,
        pages=pages,
        counts=counts,
        awaiting=len({row.submission_id for row in queue if _awaits(row, member.person.id)}),
        own=own_counts(member),
        unallocated=sum(row.marker_id is None and row.state.is_waiting for row in everything),
        mine=sum(row.marker_id == member.person.id and row.state.is_waiting for row in everything),
        shown=chosen.shown,
        whose=chosen.whose,
        key=chosen.key,
        kept=chosen.values() if request.args else {},
        page_address=lambda number: url_for(
            "assignments.marking", code=code, **chosen.values(), page=None if number == 1 else number
        ),
        groups=groups_in(edition.id),
        unreleased=[count for count in counts if count.finished and count.assignment.item_key not in released],
    )


def _awaits(row: QueueRow, person_id: int) -> bool:
    """Whether a person is to mark it: it was given to them, or to nobody yet."""
    return row.state.is_waiting and row.is_open_to_actor and row.marker_id in (person_id, None)


def _page_of(rows: Sequence[QueueRow]) -> tuple[int, int]:
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    return min(max(request.args.get("page", 1, type=int), 1), pages), pages
