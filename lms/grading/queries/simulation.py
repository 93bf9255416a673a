"""The class under another scheme, before it is saved: who changes, and whose certificates were issued under which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import column, select, table

from lms.core.db import db
from lms.courses.models import Edition
from lms.grading.domain.decision import Decision
from lms.grading.domain.scheme import Fault, GradingScheme
from lms.grading.domain.simulation import Given, change_faults, decision_under
from lms.grading.queries.schemes import get_scheme, used_item_keys
from lms.grading.queries.standings import Standing, class_results

# Certificates belong to a layer above. What a change does to them is told here, so this names their table.
_certificates = table(
    "certificates", column("edition_id"), column("enrolment_id"), column("kind"), column("number"),
    column("replaced_at"), column("revoked_at"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One person under the scheme in force and under another; ``certificate`` is the kind of the one that stands."""

    standing: Standing
    before: Decision
    after: Decision
    certificate: str | None

    @property
    def changes_status(self) -> bool:
        """Whether another certificate, or none, would be earned."""
        return self.before.status != self.after.status


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a scheme would do to a class: faults that forbid it, or who changes. ``people`` counts the class."""

    faults: tuple[Fault, ...]
    changes: Sequence[Change]
    people: int
    certificates: int

    @property
    def tier_changes(self) -> list[Change]:
        """Those who would earn another certificate, or none."""
        return [change for change in self.changes if change.changes_status]


def standing_certificates(edition_id: int) -> dict[int, tuple[str, str]]:
    """Kind and number of the certificate that stands, by enrolment; one statement."""
    rows = db.session.execute(
        select(_certificates.c.enrolment_id, _certificates.c.kind, _certificates.c.number).where(
            _certificates.c.edition_id == edition_id,
            _certificates.c.replaced_at.is_(None),
            _certificates.c.revoked_at.is_(None),
        )
    )
    return {enrolment_id: (kind, number) for enrolment_id, kind, number in rows}


def issued_kinds(edition_id: int) -> set[str]:
    """The kinds of certificate that were ever issued in an edition."""
    query = select(_certificates.c.kind).where(_certificates.c.edition_id == edition_id).distinct()
    return set(db.session.scalars(query))


def given_by(standing: Standing, *, is_over: bool = False) -> Given:
    """What the simulation needs of a standing that was read with its raw marks.

    Points set by hand stay as they were set, whatever raw marks stood before them.
    """
    bases = {key: line.basis for key, line in standing.entries.items()}
    return Given(standing.results, bases, standing.is_withdrawn, is_over)


def simulate(edition: Edition, scheme: GradingScheme) -> Simulation:
    """What a sound scheme would do to everybody in the edition; nothing is written."""
    standings = class_results(edition, with_basis=True, include_test_accounts=True)
    everybody = [given_by(standing, is_over=edition.closed_at is not None) for standing in standings]
    issued = standing_certificates(edition.id)
    faults = change_faults(
        get_scheme(edition.id)[1], scheme, everybody,
        used=used_item_keys(edition.id), issued=issued_kinds(edition.id),
    )  # fmt: skip
    if faults:
        return Simulation(faults, (), len(standings), 0)
    changes = []
    for standing, given in zip(standings, everybody, strict=True):
        after = decision_under(given, scheme)
        if (after.status, after.total) != (standing.decision.status, standing.decision.total):
            kind = issued.get(standing.enrolment.id, (None, ""))[0]
            changes.append(Change(standing, standing.decision, after, kind))
    return Simulation((), changes, len(standings), len(issued))
