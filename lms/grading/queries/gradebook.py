"""The gradebook's rows: filtered, sorted and counted by the database, so that a page costs the same for 22 or 2,000."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select

from lms.accounts.domain import email_key, name_key
from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.domain.roles import Role
from lms.courses.models import Edition, Enrolment, EnrolmentSponsor, Sponsor
from lms.grading.domain.points import NOTHING
from lms.grading.domain.scheme import GradingScheme, items_needed
from lms.grading.models import GradeEntry, GradeItem, GradeSummary
from lms.grading.queries.groups import group_members, group_names
from lms.grading.queries.schemes import get_version_and_items, scheme_of
from lms.grading.queries.standings import Standing, class_results

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class GradebookFilter:
    """Whom to show and how. Empty values do not narrow; ``sort`` is name, total, decision or an item's key."""

    words: str = ""
    group: int | None = None
    sponsor: str = ""
    status: str = ""
    sort: str = "name"
    descending: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether it may leave somebody out."""
        return bool(self.words.strip() or self.group or self.sponsor or self.status)


@dataclass(frozen=True, slots=True)
class GradebookPage:
    """A page of the gradebook. ``everybody`` counts the class, ``chosen`` whom the filter finds; ``statuses`` the class."""

    scheme: GradingScheme
    shown: Sequence[Standing]
    everybody: int
    chosen: int
    statuses: Mapping[str, int]
    sponsors: Mapping[str, str]
    groups: Sequence[tuple[int, str]]
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.chosen // PAGE_SIZE))


def gradebook_page(edition: Edition, wanted: GradebookFilter, page: int, now: datetime) -> GradebookPage:
    """A page of the class, with what it can be narrowed by; the same statements whatever its size."""
    scheme = scheme_of(get_version_and_items(edition.id)[0])
    statuses = _statuses(edition, scheme)
    everybody = sum(statuses.values())
    rows = _rows(edition, scheme, wanted)
    chosen = everybody
    if wanted.is_narrowed:
        chosen = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    page = max(1, min(page, -(-chosen // PAGE_SIZE)))
    ids = db.session.scalars(rows.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return GradebookPage(
        scheme, _in_order(edition, ids, ids, now), everybody, chosen, statuses,
        _sponsors(edition), group_names(edition.id), page,
    )  # fmt: skip


def gradebook_rows(edition: Edition, wanted: GradebookFilter, now: datetime) -> list[Standing]:
    """Everybody whom the filter finds, in its order: the rows of all pages, for a file."""
    scheme = scheme_of(get_version_and_items(edition.id)[0])
    ids = db.session.scalars(_rows(edition, scheme, wanted)).all()
    return _in_order(edition, ids, ids if wanted.is_narrowed else None, now)


def _in_order(edition: Edition, ids: Sequence[int], only: Sequence[int] | None, now: datetime) -> list[Standing]:
    found = {one.enrolment.id: one for one in class_results(edition, enrolment_ids=only, now=now)}
    return [found[enrolment_id] for enrolment_id in ids if enrolment_id in found]


def _class(edition: Edition) -> list[ColumnElement[bool]]:
    return [
        Enrolment.edition_id == edition.id,
        Enrolment.role == Role.PARTICIPANT,
        Person.is_test_account.is_(False),
    ]


def status_column(scheme: GradingScheme) -> ColumnElement[str]:
    """The decision's status as the database works it out from the sums; the same rule as ``certificate_for``."""
    required = sum(item.required for item in scheme.items)
    total, done = func.coalesce(GradeSummary.total, NOTHING), func.coalesce(GradeSummary.done, 0)
    tiers = [
        (and_(total >= tier.minimum, done >= items_needed(tier, required)), literal(tier.key)) for tier in scheme.tiers
    ]
    return case(
        (Enrolment.withdrawn_at.is_not(None), literal("withdrawn")),
        (func.coalesce(GradeSummary.waiting, 0) > 0, literal("pending")),
        *tiers,
        else_=literal("none"),
    )


def _statuses(edition: Edition, scheme: GradingScheme) -> dict[str, int]:
    status = status_column(scheme).label("status")
    rows = db.session.execute(
        select(status, func.count())
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(GradeSummary, GradeSummary.enrolment_id == Enrolment.id)
        .where(*_class(edition))
        .group_by(status)
    )
    return dict(rows.all())


def _sponsors(edition: Edition) -> dict[str, str]:
    rows = db.session.execute(
        select(Sponsor.code, Sponsor.name)
        .where(
            Sponsor.id.in_(
                select(EnrolmentSponsor.sponsor_id)
                .join(Enrolment, Enrolment.id == EnrolmentSponsor.enrolment_id)
                .where(Enrolment.edition_id == edition.id, Enrolment.role == Role.PARTICIPANT)
            )
        )
        .order_by(Sponsor.code)
    )
    return dict(rows.all())


def _rows(edition: Edition, scheme: GradingScheme, wanted: GradebookFilter) -> Select[Any]:
    status = status_column(scheme)
    rows = (
        select(Enrolment.id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(GradeSummary, GradeSummary.enrolment_id == Enrolment.id)
        .where(*_class(edition), *_conditions(wanted, status))
    )
    by_name = (Person.name_key, Enrolment.id)
    if wanted.sort == "name":
        return rows.order_by(*((one.desc() for one in by_name) if wanted.descending else by_name))
    if wanted.sort == "total":
        order: ColumnElement[Any] = func.coalesce(GradeSummary.total, NOTHING)
    elif wanted.sort == "decision":
        ranks = [*(tier.key for tier in scheme.tiers), "pending", "none", "withdrawn"]
        order = case(*((status == key, place) for place, key in enumerate(ranks)), else_=len(ranks))
    else:
        order = _points_in(edition, wanted.sort)
    return rows.order_by(order.is_(None), order.desc() if wanted.descending else order, *by_name)


def _conditions(wanted: GradebookFilter, status: ColumnElement[str]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.words.strip():
        conditions.append(
            or_(
                Person.name_key.contains(name_key(wanted.words), autoescape=True),
                Person.email_key.contains(email_key(wanted.words), autoescape=True),
            )
        )
    if wanted.group:
        members = select(group_members.c.enrolment_id).where(
            group_members.c.group_id == wanted.group, group_members.c.left_at.is_(None)
        )
        conditions.append(Enrolment.id.in_(members))
    if wanted.sponsor:
        financed = (
            select(EnrolmentSponsor.enrolment_id)
            .join(Sponsor, Sponsor.id == EnrolmentSponsor.sponsor_id)
            .where(Sponsor.code == wanted.sponsor)
        )
        conditions.append(Enrolment.id.in_(financed))
    if wanted.status:
        conditions.append(status == wanted.status)
    return conditions


def _points_in(edition: Edition, item_key: str) -> ColumnElement[Any]:
    """The points that hold in one item, for each participant; NULL where there are none."""
    return (
        select(GradeEntry.points)
        .join(GradeItem, GradeItem.id == GradeEntry.item_id)
        .where(
            GradeItem.edition_id == edition.id,
            GradeItem.key == item_key,
            GradeEntry.enrolment_id == Enrolment.id,
        )
        .order_by(GradeEntry.sequence.desc())
        .limit(1)
        .correlate(Enrolment)
        .scalar_subquery()
    )
