"""Reads of the scheme, the ledger and the gradebook; each takes the same number of statements for 22 or 2,000 people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, column, func, or_, select, table
from sqlalchemy.orm import contains_eager, selectinload

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.documents import from_document
from lms.courses.domain.content import GradingPlan
from lms.courses.domain.roles import Role
from lms.courses.domain.schedule import has_passed
from lms.courses.models import Edition, Enrolment, EnrolmentSponsor, Sponsor
from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import GradingScheme
from lms.grading.models import Extension, GradeEntry, GradeItem, SchemeVersion

CLEARED = "cleared"

# Groups belong to assignments, a layer above. Extensions refer to them by key, and so does this join.
_group_members = table("group_members", column("group_id"), column("enrolment_id"), column("left_at"))


@dataclass(frozen=True, slots=True)
class Latest:
    """The line of the ledger that holds for a person and an item. ``basis`` is empty where it was not asked for."""

    state: str
    points: Decimal | None
    is_complete: bool
    source: str
    reason: str
    recorded_at: datetime
    basis: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands in an edition: results in gradebook order and the decision that follows from them.

    ``entries`` holds the ledger's lines by item key, for what may be seen; items without a line have none.
    ``due`` holds the person's own deadlines by item key, extensions included, where ``now`` was given.
    """

    enrolment: Enrolment
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

    def result(self, item_key: str) -> ItemResult:
        """The result in one item; raises StopIteration for a key that the scheme does not have."""
        return next(result for result in self.results if result.key == item_key)


def get_scheme(edition_id: int) -> tuple[SchemeVersion, GradingScheme]:
    """The scheme in force, with its version; raises NotFound where an edition has none."""
    version = db.session.scalars(
        select(SchemeVersion)
        .where(SchemeVersion.edition_id == edition_id)
        .order_by(SchemeVersion.number.desc())
        .limit(1)
    ).one_or_none()
    if version is None:
        raise NotFound(_("This edition has no grading scheme yet."))
    return version, scheme_of(version)


def scheme_of(version: SchemeVersion) -> GradingScheme:
    """The scheme that a version holds, for instance the one that a certificate was decided by."""
    return GradingScheme.of(from_document(GradingPlan, version.document))


def get_items(edition_id: int) -> Sequence[GradeItem]:
    """The edition's grade items in gradebook order."""
    return db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == edition_id).order_by(GradeItem.position)
    ).all()


def get_item(edition_id: int, item_key: str) -> GradeItem:
    """One grade item; raises NotFound."""
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == edition_id, GradeItem.key == item_key)
    ).one_or_none()
    if item is None:
        raise NotFound(_("This edition has no such graded work."))
    return item


def get_participant(edition_id: int, enrolment_id: int) -> Enrolment:
    """A participant of the edition, withdrawn ones too; raises NotFound for anybody else."""
    enrolment = db.session.scalars(
        select(Enrolment)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person))
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.edition_id == edition_id,
            Enrolment.role == Role.PARTICIPANT,
        )
    ).one_or_none()
    if enrolment is None:
        raise NotFound(_("There is no such participant in this edition."))
    return enrolment


@dataclass(frozen=True, slots=True)
class Extensions:
    """Later deadlines by item and by person or group. Of two that fit, the one granted last holds."""

    by_enrolment: Mapping[tuple[str, int], tuple[int, datetime]]
    by_group: Mapping[tuple[str, int], tuple[int, datetime]]

    def deadline(
        self, item_key: str, *, enrolment_id: int | None = None, group_id: int | None = None
    ) -> datetime | None:
        """The later deadline of a person or of their group; ``None`` where neither has one."""
        found = []
        if enrolment_id is not None and (item_key, enrolment_id) in self.by_enrolment:
            found.append(self.by_enrolment[item_key, enrolment_id])
        if group_id is not None and (item_key, group_id) in self.by_group:
            found.append(self.by_group[item_key, group_id])
        return max(found)[1] if found else None


def get_extensions(edition_id: int, item_keys: Collection[str] | None = None) -> Extensions:
    """All extensions of an edition, in one statement; only those of some items where keys are given."""
    statement = (
        select(Extension, GradeItem.key)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(GradeItem.edition_id == edition_id)
        .order_by(Extension.id)
    )
    if item_keys is not None:
        statement = statement.where(GradeItem.key.in_(item_keys))
    by_enrolment: dict[tuple[str, int], tuple[int, datetime]] = {}
    by_group: dict[tuple[str, int], tuple[int, datetime]] = {}
    for extension, key in db.session.execute(statement):
        if extension.enrolment_id is not None:
            by_enrolment[key, extension.enrolment_id] = (extension.id, extension.due_at)
        elif extension.group_id is not None:
            by_group[key, extension.group_id] = (extension.id, extension.due_at)
    return Extensions(by_enrolment, by_group)


def extended_deadline(
    edition_id: int, item_key: str, *, enrolment_id: int | None = None, group_id: int | None = None
) -> datetime | None:
    """The later deadline of a person, or of the group named, on one item; ``None`` where there is none.

    Of an extension of the person and one of the group, the one granted last holds.
    """
    return db.session.scalar(
        select(Extension.due_at)
        .join(GradeItem, GradeItem.id == Extension.item_id)
        .where(
            GradeItem.edition_id == edition_id,
            GradeItem.key == item_key,
            or_(
                and_(Extension.enrolment_id.is_not(None), Extension.enrolment_id == enrolment_id),
                and_(Extension.group_id.is_not(None), Extension.group_id == group_id),
            ),
        )
        .order_by(Extension.id.desc())
        .limit(1)
    )


def enrolments_of_group(group_id: int) -> Sequence[int]:
    """Who is in a group now."""
    return db.session.scalars(
        select(_group_members.c.enrolment_id).where(
            _group_members.c.group_id == group_id, _group_members.c.left_at.is_(None)
        )
    ).all()


def class_results(
    edition: Edition,
    *,
    enrolment_ids: Collection[int] | None = None,
    released_only: bool = False,
    sponsor: str | None = None,
    include_test_accounts: bool = False,
    now: datetime | None = None,
) -> list[Standing]:
    """Where everybody stands, by name. Withdrawn participants are in it, with no certificate.

    For staff, reports and certificates: whoever calls it has made sure that the reader may see all of it.

    Args:
        enrolment_ids: only these; ``None`` for all.
        released_only: show a mark that was not released yet as handed in and waiting, as its participant sees it.
        sponsor: only participants with the sponsor of this code.
        include_test_accounts: staff try-outs are left out of every figure unless asked for.
        now: where given, work whose deadline has passed counts among what was possible so far.
    """
    statement = (
        select(Enrolment)
        .join(Enrolment.person)
        .options(contains_eager(Enrolment.person), selectinload(Enrolment.sponsors))
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
    reader.load(only, with_basis=False)
    standings = [reader.standing(enrolment) for enrolment in enrolments]
    return sorted(standings, key=lambda standing: (standing.name.casefold(), standing.enrolment.id))


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
        self.scheme = get_scheme(edition.id)[1]
        self.items = {item.key: item for item in get_items(edition.id)}
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
        for item_id, enrolment_id, due_at in db.session.execute(_extended(item_ids, enrolment_ids)):
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
        return Standing(enrolment, results, decision, shown, due)

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
        """The line as the reader may see it: to its participant, a mark that was not released is still awaited."""
        if line.state != State.MARKED or not self.released_only or item.released_at is not None:
            return line
        return Latest(State.SUBMITTED, None, False, line.source, "", line.recorded_at)


def _outcome(line: Latest | None) -> dict[str, Any]:
    if line is None or line.state == CLEARED:
        return {}
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
        GradeEntry.source, GradeEntry.reason, GradeEntry.recorded_at,
    ]  # fmt: skip
    if with_basis:
        columns.append(GradeEntry.basis)
    return select(*columns).join(ranked, ranked.c.id == GradeEntry.id).where(ranked.c.place == 1)


def _extended(item_ids: Iterable[int], enrolment_ids: Collection[int] | None) -> Select[Any]:
    """Later deadlines per person, those of their current group included, the one granted last at the end."""
    person = func.coalesce(Extension.enrolment_id, _group_members.c.enrolment_id)
    columns: list[Any] = [Extension.item_id, person, Extension.due_at]
    statement = (
        select(*columns)
        .outerjoin(
            _group_members,
            and_(_group_members.c.group_id == Extension.group_id, _group_members.c.left_at.is_(None)),
        )
        .where(Extension.item_id.in_(item_ids), person.is_not(None))
        .order_by(Extension.id)
    )
    return statement if enrolment_ids is None else statement.where(person.in_(enrolment_ids))


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
