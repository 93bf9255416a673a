"""Reads of who has which marking open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lms.assignments.assessments import MarkingPresence
from lms.assignments.domain.agreement import MarkerRole
from lms.core.db import db

# Who has not been heard of for so long has closed the page or gone offline.
PRESENT_FOR = timedelta(minutes=3)


def others_present(submission_id: int, role: MarkerRole, person_id: int, now: datetime) -> Sequence[MarkingPresence]:
    """Who else has this marking open, the one who opened it first before the others."""
    return db.session.scalars(
        select(MarkingPresence)
        .where(
            MarkingPresence.submission_id == submission_id,
            MarkingPresence.role == role,
            MarkingPresence.person_id != person_id,
            MarkingPresence.seen_at > now - PRESENT_FOR,
        )
        .options(joinedload(MarkingPresence.person))
        .order_by(MarkingPresence.opened_at)
    ).all()
