"""Reads of comments kept for use again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

from lms.assignments.assessments import BankComment
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Edition


def comments_of(edition: Edition) -> Sequence[BankComment]:
    """The comments in use in an edition: its own and those of its course, the oldest first."""
    return db.session.scalars(
        select(BankComment)
        .where(
            BankComment.course_id == edition.course_id,
            or_(BankComment.edition_id.is_(None), BankComment.edition_id == edition.id),
            BankComment.removed_at.is_(None),
        )
        .order_by(BankComment.id)
    ).all()


def bank_of(edition: Edition, criteria: Sequence[str]) -> dict[str, list[BankComment]]:
    """The comments that fit each criterion: its own first, then those that fit anywhere."""
    comments = comments_of(edition)
    return {
        key: [one for one in comments if one.criterion_key == key] + [one for one in comments if not one.criterion_key]
        for key in criteria
    }


def get_comment(edition: Edition, comment_id: int) -> BankComment:
    """A comment in use in the edition; raises NotFound."""
    comment = next((one for one in comments_of(edition) if one.id == comment_id), None)
    if comment is None:
        raise NotFound
    return comment
