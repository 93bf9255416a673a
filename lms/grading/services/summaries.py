"""What the lines that hold add up to for each participant, kept with the ledger and proved against it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import ClauseElement, bindparam, delete, insert, select

from lms.core.db import db
from lms.core.statements import Writing, insert_into
from lms.courses.models import Edition, Enrolment
from lms.grading.domain.points import NOTHING
from lms.grading.domain.results import State
from lms.grading.models import GradeEntry, GradeSummary
from lms.grading.queries import Standing, class_results

# Points, items that wait for a mark, required items done.
Weight = tuple[Decimal, int, int]


def weight_of(line: GradeEntry | None, is_required: bool) -> Weight:
    """What a line adds to its participant's sums while it holds; nothing for ``None``."""
    if line is None:
        return NOTHING, 0, 0
    is_done = line.state == State.EXCUSED or (line.state == State.MARKED and line.is_complete)
    return line.points or NOTHING, int(line.state == State.SUBMITTED), int(is_required and is_done)


def add_to_summary(enrolment_id: int, before: Weight, after: Weight) -> None:
    """Put one line in another's place in the sums of a participant, in one statement that loses no other writer's."""
    difference = {
        "total": after[0] - before[0],
        "waiting": after[1] - before[1],
        "done": after[2] - before[2],
    }
    if any(difference.values()):
        values = {f"by_{name}": value for name, value in difference.items()}
        _ADDING.run({"by_enrolment_id": enrolment_id, **values})


def _adding_statement(dialect: str) -> ClauseElement:
    table = GradeSummary.__table__
    new = insert_into(table, dialect)
    new = new.values({column.name: bindparam(f"by_{column.name}", type_=column.type) for column in table.c})
    statement: ClauseElement = new.on_conflict_do_update(
        index_elements=["enrolment_id"],
        set_={name: table.c[name] + new.excluded[name] for name in ("total", "waiting", "done")},
    )
    return statement


_ADDING = Writing(_adding_statement)


def sum_of(standing: Standing) -> Weight:
    """The sums of a participant, taken from the ledger itself."""
    required = [result for result in standing.results if result.is_required]
    waiting = sum(result.state is State.SUBMITTED for result in standing.results)
    return standing.decision.total, waiting, sum(result.counts_as_done for result in required)


def wrong_summaries(edition: Edition) -> list[Standing]:
    """Whoever's sums differ from the ledger; nobody, unless something wrote past the services."""
    kept = {
        row.enrolment_id: (row.total, row.waiting, row.done)
        for row in db.session.scalars(
            select(GradeSummary)
            .join(Enrolment, Enrolment.id == GradeSummary.enrolment_id)
            .where(Enrolment.edition_id == edition.id)
            .execution_options(populate_existing=True)
        )
    }
    everybody = class_results(edition, include_test_accounts=True)
    return [one for one in everybody if sum_of(one) != kept.get(one.enrolment.id, (NOTHING, 0, 0))]


def sum_up(edition: Edition) -> None:
    """Write the sums of everybody in an edition anew from the ledger, as after a change of the scheme."""
    ids = select(Enrolment.id).where(Enrolment.edition_id == edition.id)
    db.session.execute(
        delete(GradeSummary).where(GradeSummary.enrolment_id.in_(ids)).execution_options(synchronize_session=False)
    )
    rows = [
        dict(zip(("enrolment_id", "total", "waiting", "done"), (one.enrolment.id, *sum_of(one)), strict=True))
        for one in class_results(edition, include_test_accounts=True)
        if one.entries
    ]
    if rows:
        db.session.execute(insert(GradeSummary), rows)
