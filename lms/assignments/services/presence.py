"""Remembers who has a part of group work open, so that co-authors see each other. It never keeps anybody from saving."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from lms.assignments.group_models import DraftPresence
from lms.assignments.queries.work import Standing, get_deliverable, get_standing
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.permissions import Member, require_participant


def note_presence(actor: Member, *, assignment_key: str, part_key: str, now: datetime) -> Standing:
    """Note that the actor has a part of their group's work open, and return where the group stands.

    Raises:
        NotAllowed: unless the actor is a participant.
        NotFound: for somebody in no group, for an individual assignment, or if there is no such part.
    """
    enrolment = require_participant(actor)
    standing = get_standing(actor.edition.id, assignment_key, enrolment_id=enrolment.id, now=now)
    if standing.owner is None or standing.owner.group_id is None:
        raise NotFound
    get_deliverable(standing.plan, part_key)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    seen = insert(DraftPresence).values(
        assignment_id=standing.assignment.id,
        group_id=standing.owner.group_id,
        deliverable_key=part_key,
        enrolment_id=enrolment.id,
        seen_at=now,
    )
    db.session.execute(
        seen.on_conflict_do_update(
            index_elements=["assignment_id", "group_id", "deliverable_key", "enrolment_id"], set_={"seen_at": now}
        )
    )
    return standing
