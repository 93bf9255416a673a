"""Reads for the search for passages in common: what to compare, how far a search is, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.accounts.models import Person
from lms.assignments.models import Assignment, FileText, Group, Submission
from lms.assignments.records import SimilaritySearch, SimilarPair
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Enrolment

PAIRS_ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two people, or groups, and what their work has in common."""

    pair: SimilarPair
    left: str
    right: str

    @property
    def share_percent(self) -> int:
        """The common words in percent of the shorter text, rounded down."""
        shorter = min(self.pair.left_words, self.pair.right_words)
        return 100 * self.pair.shared_words // shorter if shorter else 0


def latest_submissions(assignment_id: int) -> Sequence[Submission]:
    """What counts of everybody: the latest submission of each person or group, with parts."""
    newest = (
        select(
            Submission.enrolment_id.label("enrolment_id"), Submission.group_id.label("group_id"),
            func.max(Submission.number).label("number"),
        )
        .where(Submission.assignment_id == assignment_id)
        .group_by(Submission.enrolment_id, Submission.group_id)
        .subquery()
    )  # fmt: skip
    same = and_(
        Submission.number == newest.c.number,
        func.coalesce(Submission.enrolment_id, 0) == func.coalesce(newest.c.enrolment_id, 0),
        func.coalesce(Submission.group_id, 0) == func.coalesce(newest.c.group_id, 0),
    )
    return db.session.scalars(
        select(Submission)
        .join(newest, same)
        .where(Submission.assignment_id == assignment_id)
        .options(selectinload(Submission.parts))
        .order_by(Submission.id)
    ).all()


def texts_of(submissions: Sequence[Submission]) -> dict[int, str]:
    """Everything that each submission says, its documents included; the same whenever it is asked."""
    files = [part.file_id for submission in submissions for part in submission.parts if part.file_id is not None]
    bodies: dict[int, str] = {}
    if files:
        rows = db.session.execute(select(FileText.file_id, FileText.body).where(FileText.file_id.in_(files)))
        bodies = {file_id: body for file_id, body in rows}  # noqa: C416  a row is no pair to mypy
    return {
        submission.id: "\n\n".join(
            text for part in submission.parts for text in (part.body, bodies.get(part.file_id or 0, "")) if text
        )
        for submission in submissions
    }


def last_search(assignment_id: int) -> SimilaritySearch | None:
    """The search that was asked for last."""
    return db.session.scalars(
        select(SimilaritySearch)
        .where(SimilaritySearch.assignment_id == assignment_id)
        .order_by(SimilaritySearch.id.desc())
        .limit(1)
    ).one_or_none()


def pairs_found(search_id: int, page: int = 1) -> tuple[list[FoundPair], int]:
    """A page of pairs, those with most in common first, and how many pairs there are."""
    rows = db.session.execute(
        _named().where(SimilarPair.search_id == search_id)
        .order_by(SimilarPair.shared_words.desc(), SimilarPair.id)
        .limit(PAIRS_ON_A_PAGE)
        .offset((page - 1) * PAIRS_ON_A_PAGE)
    )  # fmt: skip
    total = db.session.scalar(select(func.count()).where(SimilarPair.search_id == search_id))
    return [FoundPair(*row) for row in rows], total or 0


def get_pair(assignment_id: int, pair_id: int) -> tuple[FoundPair, Submission, Submission]:
    """A pair of an assignment with both submissions; raises NotFound."""
    row = db.session.execute(
        _named()
        .join(SimilaritySearch, SimilaritySearch.id == SimilarPair.search_id)
        .where(SimilarPair.id == pair_id, SimilaritySearch.assignment_id == assignment_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    found = FoundPair(*row)
    submissions = db.session.scalars(
        select(Submission)
        .where(Submission.id.in_([found.pair.left_id, found.pair.right_id]))
        .options(selectinload(Submission.parts), joinedload(Submission.assignment))
    )
    by_id = {submission.id: submission for submission in submissions}
    return found, by_id[found.pair.left_id], by_id[found.pair.right_id]


def _named() -> Select[Any]:
    left, right = aliased(Submission), aliased(Submission)
    columns: list[Any] = []
    joins: list[tuple[Any, Any]] = []
    for side in (left, right):
        person, enrolment, group = aliased(Person), aliased(Enrolment), aliased(Group)
        columns.append(func.coalesce(group.name, person.full_name, ""))
        joins += [
            (group, group.id == side.group_id),
            (enrolment, enrolment.id == side.enrolment_id),
            (person, person.id == enrolment.person_id),
        ]
    statement = (
        select(SimilarPair, *columns)
        .join(left, left.id == SimilarPair.left_id)
        .join(right, right.id == SimilarPair.right_id)
    )
    for table, clause in joins:
        statement = statement.outerjoin(table, clause)
    return statement


def assignment_of(search: SimilaritySearch) -> Assignment:
    """The assignment that a search is about."""
    return db.session.scalars(select(Assignment).where(Assignment.id == search.assignment_id)).one()
