"""Notes who has a marking open, so that a second person is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import true
from sqlalchemy.dialects import postgresql, sqlite

from lms.assignments.assessments import MarkingPresence
from lms.assignments.domain.agreement import MarkerRole
from lms.assignments.queries.markers_present import PRESENT_FOR
from lms.assignments.queries.submissions import get_submission
from lms.core.db import db
from lms.courses.permissions import Member, require_teaching


def be_present(actor: Member, *, submission_id: int, role: MarkerRole, now: datetime) -> None:
    """Note that the actor has a marking open. Whoever comes back after a while has opened it anew.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a submission of another edition.
    """
    require_teaching(actor)
    get_submission(actor.edition.id, submission_id, true())
    key = (submission_id, role.value, actor.person.id)
    earlier = db.session.get(MarkingPresence, key)
    if earlier is not None:
        if earlier.seen_at <= now - PRESENT_FOR:
            earlier.opened_at = now
        earlier.seen_at = now
        return
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(
        insert(MarkingPresence)
        .values(submission_id=submission_id, role=role.value, person_id=actor.person.id, opened_at=now, seen_at=now)
        .on_conflict_do_nothing()
    )
