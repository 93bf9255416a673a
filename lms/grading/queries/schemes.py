"""The scheme in force, the grade items, and who takes part."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import contains_eager

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.documents import from_document
from lms.courses.domain.content import GradingPlan
from lms.courses.domain.roles import Role
from lms.courses.models import Enrolment
from lms.grading.domain.scheme import GradingScheme
from lms.grading.models import GradeEntry, GradeItem, SchemeVersion


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


def scheme_versions(edition_id: int) -> Sequence[tuple[SchemeVersion, str | None]]:
    """Every version of an edition's scheme, the newest first, with the name of who made it (``None``: the system)."""
    rows = db.session.execute(
        select(SchemeVersion, Person.full_name)
        .outerjoin(Person, Person.id == SchemeVersion.created_by_id)
        .where(SchemeVersion.edition_id == edition_id)
        .order_by(SchemeVersion.number.desc())
    )
    return [(version, name) for version, name in rows]


def scheme_of(version: SchemeVersion) -> GradingScheme:
    """The scheme that a version holds, for instance the one that a certificate was decided by."""
    return GradingScheme.of(from_document(GradingPlan, version.document))


# Versions never change, so a process reads each of them once. A scheme takes some 20 kB.
_schemes: dict[int, GradingScheme] = {}


def scheme_of_version(version_id: int) -> GradingScheme:
    """The same by the version's id; no query after the first time in a process."""
    if version_id not in _schemes:
        _schemes[version_id] = scheme_of(db.session.get_one(SchemeVersion, version_id))
    return _schemes[version_id]


def forget_schemes() -> None:
    """Empty the cache; for tests, which reuse identifiers."""
    _schemes.clear()


def get_items(edition_id: int) -> Sequence[GradeItem]:
    """The edition's grade items in gradebook order."""
    return db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == edition_id).order_by(GradeItem.position)
    ).all()


def used_item_keys(edition_id: int) -> set[str]:
    """Keys of the grade items for which anybody has a line in the ledger."""
    query = select(GradeItem.key).where(
        GradeItem.edition_id == edition_id, exists().where(GradeEntry.item_id == GradeItem.id)
    )
    return set(db.session.scalars(query))


def get_version_and_items(edition_id: int) -> tuple[SchemeVersion, Sequence[GradeItem]]:
    """The version in force and the grade items in gradebook order, in one statement; raises NotFound without a scheme."""
    latest = select(func.max(SchemeVersion.number)).where(SchemeVersion.edition_id == edition_id).scalar_subquery()
    rows = db.session.execute(
        select(SchemeVersion, GradeItem)
        .join(GradeItem, GradeItem.edition_id == SchemeVersion.edition_id)
        .where(SchemeVersion.edition_id == edition_id, SchemeVersion.number == latest)
        .order_by(GradeItem.position)
    ).all()
    if not rows:
        raise NotFound(_("This edition has no grading scheme yet."))
    return rows[0][0], [item for _version, item in rows]


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
