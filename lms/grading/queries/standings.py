"""Where people stand: results in gradebook order and the decision, the same statements for 22 or 2,000 people."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, subqueryload

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.domain.roles import Role
from lms.courses.domain.schedule import has_passed
from lms.courses.models import Edition, Enrolment, EnrolmentSponsor, Sponsor
from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import GradingScheme
from lms.grading.models import GradeEntry, GradeItem, SchemeVersion
from lms.grading.queries.deadlines import personal_extensions
from lms.grading.queries.schemes import get_version_and_items, scheme_of

CLEARED = "cleared"
# The source of a line that takes a decision by hand back: what it clears can still be done.
TAKEN_BACK = "gradebook"


@dataclass(frozen=True, slots=True)
class Latest:
    """The line of the ledger that holds for a person and an item. ``basis`` is empty where it was not asked for."""

    state: str
    points: Decimal | None
    is_complete: bool
    source: str
    reason: str
    recorded_at: datetime
    reason_code: str = ""
    sequence: int = 0
    basis: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands in an edition: results in gradebook order and the decision that follows from them.

    ``version``, the ``scheme`` that it holds, and ``items`` (by key) are those in force. ``entries`` holds the ledger's lines by item key, as far as
    they may be seen; items without a line have none. ``due`` holds deadlines by item key, the person's own extensions
    included where ``now`` was given.
    """

    enrolment: Enrolment
    version: SchemeVersion
    scheme: GradingScheme
    items: Mapping[str, GradeItem]
    results: tuple[ItemResult, ...]
    decision: Decision
    entries: Mapping[str, Latest]
    due: Mapping[str, datetime]

    @property
    def name(self) -> str:
        """The person's whole name."""
        return self.enrolment.person.full_name

    @property
    def sponsors(self) -> tuple[str, ...]:
        """Codes of the person's sponsors, in order."""
        return tuple(sponsor.code for sponsor in self.enrolment.sponsors)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the person has left the edition."""
        return self.enrolment.withdrawn_at is not None

    @property
    def revision(self) -> str:
        """How many lines each item has, in gradebook order: what a sheet of marks says it was made from."""
        return "r" + ".".join(str(self.entries[key].sequence if key in self.entries else 0) for key in self.items)

    def result(self, item_key: str) -> ItemResult:
        """The result in one item; raises StopIteration for a key that the scheme does not have."""
        return next(result for result in self.results if result.key == item_key)


def name_order(name: str) -> str:
    """What names are sorted by: letters without their accents, capitals as small letters."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def class_results(
    edition: Edition,
    *,
    enrolment_ids: Collection[int] | None = None,
    released_only: bool = False,
    sponsor: str | None = None,
    include_test_accounts: bool = False,
    now: datetime | None = None,
    with_basis: bool = False,
) -> list[Standing]:
    """Where everybody stands, by name. Withdrawn participants are in it, with no certificate.

    For staff, reports and certificates: whoever calls it has made sure that the reader may see all of it.

    Args:
        enrolment_ids: only these; ``None`` for all.
        released_only: show a mark that was not released yet as handed in and waiting, as its participant sees it.
        sponsor: only participants with the sponsor of this code.
        include_test_accounts: staff try-outs are left out of every figure unless asked for.
        now: where given, work whose deadline has passed counts among what was possible so far.
        with_basis: read the raw marks behind each line as well.
    """
    statement = (
        select(Enrolment)
        .join(Enrolment.person)
        # One statement whatever the number of people; loading by lists of ids would take one for every 500.
        .options(contains_eager(Enrolment.person), subqueryload(Enrolment.sponsors))
        .where(Enrolment.edition_id == edition.id, Enrolment.role == Role.PARTICIPANT)
    )
    if enrolment_ids is not None:
        statement = statement.where(Enrolment.id.in_(enrolment_ids))
    if sponsor is not None:
        financed = (
            select(EnrolmentSponsor.enrolment_id)
            .join(Sponsor, Sponsor.id == EnrolmentSponsor.sponsor_id)
            .where(Sponsor.code == sponsor)
        )
        statement = statement.where(Enrolment.id.in_(financed))
    if not include_test_accounts:
        statement = statement.where(Person.is_test_account.is_(False))
    enrolments = db.session.scalars(statement).all()
    reader = _Reader(edition, released_only=released_only, now=now)
    only = None if enrolment_ids is None else [enrolment.id for enrolment in enrolments]
    reader.load(only, with_basis=with_basis)
    standings = [reader.standing(enrolment) for enrolment in enrolments]
    return sorted(standings, key=lambda standing: (name_order(standing.name), standing.enrolment.id))


def standing_of(
    edition: Edition, enrolment: Enrolment, *, released_only: bool, now: datetime | None = None
) -> Standing:
    """Where one person stands, with the basis of each mark; four statements at most."""
    reader = _Reader(edition, released_only=released_only, now=now)
    reader.load([enrolment.id], with_basis=True)
    return reader.standing(enrolment)


class _Reader:
    """Puts standings together from the scheme, the items, the ledger and the deadlines, each read once."""

    def __init__(self, edition: Edition, *, released_only: bool, now: datetime | None) -> None:
        self.edition = edition
        self.released_only = released_only
        self.now = now
        self.version, items = get_version_and_items(edition.id)
        self.scheme = scheme_of(self.version)
        self.items = {item.key: item for item in items}
        self.entries: dict[int, dict[int, Latest]] = {}
        self.extended: dict[tuple[int, int], datetime] = {}

    def load(self, enrolment_ids: Collection[int] | None, *, with_basis: bool) -> None:
        """Read the ledger and the deadlines of these people; ``None`` for everybody."""
        item_ids = [item.id for item in self.items.values()]
        for row in db.session.execute(_latest_entries(item_ids, enrolment_ids, with_basis)):
            enrolment_id, item_id, *values = row
            self.entries.setdefault(enrolment_id, {})[item_id] = Latest(*values)
        if self.now is None:
            return
        for item_id, enrolment_id, due_at in db.session.execute(personal_extensions(item_ids, enrolment_ids)):
            self.extended[enrolment_id, item_id] = due_at

    def standing(self, enrolment: Enrolment) -> Standing:
        """Where one of them stands."""
        lines = self.entries.get(enrolment.id, {})
        due = self._due(enrolment)
        shown = {key: self._visible(item, lines[item.id]) for key, item in self.items.items() if item.id in lines}
        results = tuple(
            ItemResult(
                key=plan.key, title=plan.title, kind=plan.kind, maximum=plan.maximum,
                is_required=plan.required, is_due=self._is_over(due.get(plan.key)), **_outcome(shown.get(plan.key)),
            )
            for plan in self.scheme.items
        )  # fmt: skip
        decision = certificate_for(results, self.scheme.tiers, enrolment.withdrawn_at is not None)
        return Standing(enrolment, self.version, self.scheme, self.items, results, decision, shown, due)

    def _due(self, enrolment: Enrolment) -> dict[str, datetime]:
        due = {}
        for key, item in self.items.items():
            at = self.extended.get((enrolment.id, item.id), item.due_at)
            if at is not None:
                due[key] = at
        return due

    def _is_over(self, due_at: datetime | None) -> bool:
        if self.edition.closed_at is not None:
            return True
        return self.now is not None and due_at is not None and has_passed(due_at, self.now)

    def _visible(self, item: GradeItem, line: Latest) -> Latest:
        """The line as the reader may see it: to its participant, a mark that was not released is still awaited.

        That somebody took no part is said by marking too, and waits for the release like the marks of the others.
        """
        is_by_marking = line.state == State.MARKED or (line.state == CLEARED and line.source != TAKEN_BACK)
        if not is_by_marking or not self.released_only or item.released_at is not None:
            return line
        return Latest(State.SUBMITTED, None, False, line.source, "", line.recorded_at)


def _outcome(line: Latest | None) -> dict[str, Any]:
    if line is None:
        return {}
    if line.state == CLEARED:
        return {"is_ruled_out": line.source != TAKEN_BACK}
    return {"state": State(line.state), "points": line.points, "is_complete": line.is_complete}


def _latest_entries(item_ids: Iterable[int], enrolment_ids: Collection[int] | None, with_basis: bool) -> Select[Any]:
    numbered = select(
        GradeEntry.id,
        func.row_number()
        .over(partition_by=(GradeEntry.enrolment_id, GradeEntry.item_id), order_by=GradeEntry.sequence.desc())
        .label("place"),
    ).where(GradeEntry.item_id.in_(item_ids))
    if enrolment_ids is not None:
        numbered = numbered.where(GradeEntry.enrolment_id.in_(enrolment_ids))
    ranked = numbered.subquery()
    columns: list[Any] = [
        GradeEntry.enrolment_id, GradeEntry.item_id, GradeEntry.state, GradeEntry.points, GradeEntry.is_complete,
        GradeEntry.source, GradeEntry.reason, GradeEntry.recorded_at, GradeEntry.reason_code,
        GradeEntry.sequence,
    ]  # fmt: skip
    if with_basis:
        columns.append(GradeEntry.basis)
    return select(*columns).join(ranked, ranked.c.id == GradeEntry.id).where(ranked.c.place == 1)


def history(enrolment_id: int, item_key: str) -> Sequence[tuple[GradeEntry, str | None]]:
    """Every line of the ledger for a person and an item, newest first, with the name of who wrote it.

    The name is ``None`` where the system wrote it or the person was erased.
    """
    rows = db.session.execute(
        select(GradeEntry, Person.full_name)
        .join(GradeItem, GradeItem.id == GradeEntry.item_id)
        .outerjoin(Person, Person.id == GradeEntry.recorded_by_id)
        .where(GradeEntry.enrolment_id == enrolment_id, GradeItem.key == item_key)
        .order_by(GradeEntry.sequence.desc())
    )
    return [(entry, name) for entry, name in rows]
