"""Changes after an edition was closed: who made them, why, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Enrolment
from lms.grading.models import Amendment, GradeEntry, GradeItem, SchemeVersion
from lms.grading.queries.simulation import standing_certificates

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """An amendment with what it stands for. ``certificate`` is kind and number of the one that stands now, if any.

    ``entry``, ``before`` and ``item_key`` belong to a change of points, ``version`` to one of the scheme.
    """

    amendment: Amendment
    name: str
    author: str | None
    entry: GradeEntry | None
    before: GradeEntry | None
    item_key: str | None
    version: SchemeVersion | None
    certificate: tuple[str, str] | None
    is_latest: bool

    @property
    def differs(self) -> bool:
        """Whether the certificate that stands is not what this person's marks give since their latest amendment."""
        is_other = self.certificate is not None and self.certificate[0] != self.amendment.status_after
        return is_other and self.is_latest


def amendments_of(edition_id: int, page: int) -> tuple[Sequence[AmendmentLine], int]:
    """A page of an edition's amendments, the newest first, and how many there are; four statements.

    Raises NotFound beyond the last page.
    """
    total = db.session.scalar(select(func.count(Amendment.id)).where(Amendment.edition_id == edition_id)) or 0
    if not 1 <= page <= max(1, -(-total // PAGE_SIZE)):
        raise NotFound
    author, before = aliased(Person), aliased(GradeEntry)
    rows = db.session.execute(
        select(Amendment, Person.full_name, author.full_name, GradeEntry, before, GradeItem.key, SchemeVersion)
        .join(Enrolment, Enrolment.id == Amendment.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(author, author.id == Amendment.recorded_by_id)
        .outerjoin(GradeEntry, GradeEntry.id == Amendment.entry_id)
        .outerjoin(GradeItem, GradeItem.id == GradeEntry.item_id)
        .outerjoin(
            before,
            (before.enrolment_id == GradeEntry.enrolment_id)
            & (before.item_id == GradeEntry.item_id)
            & (before.sequence == GradeEntry.sequence - 1),
        )
        .outerjoin(SchemeVersion, SchemeVersion.id == Amendment.scheme_version_id)
        .where(Amendment.edition_id == edition_id)
        .order_by(Amendment.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    issued = standing_certificates(edition_id)
    newest = func.max(Amendment.id)
    latest = set(
        db.session.scalars(select(newest).where(Amendment.edition_id == edition_id).group_by(Amendment.enrolment_id))
    )
    return [AmendmentLine(*row, issued.get(row[0].enrolment_id), row[0].id in latest) for row in rows], total
