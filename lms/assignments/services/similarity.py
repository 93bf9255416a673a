"""Asks for a search for passages in common, and does one step by step in the background."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from lms.assignments.domain.similarity import Comparison, Found, shared_words
from lms.assignments.models import Assignment
from lms.assignments.queries.assessments import is_veiled, scheme_of
from lms.assignments.queries.similarity import assignment_of, last_search, latest_submissions, texts_of
from lms.assignments.queries.work import get_assignment, plan_of
from lms.assignments.records import SimilaritySearch, SimilarPair
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from lms.courses.domain.content import AssignmentPlan
from lms.courses.permissions import Member, require_teaching
from lms.grading.queries import get_item

LEASE = timedelta(minutes=10)


class SearchOff(RuleViolation):
    """Passages in common are looked for only where a coordinator has switched that on."""


def require_similarity(actor: Member, assignment_key: str) -> Assignment:
    """The assignment whose passages in common the actor may see.

    Raises:
        NotAllowed: unless the actor teaches in the edition, and while they mark this work without names.
        NotFound: if the edition has no such assignment.
        SearchOff: where the search is switched off.
    """
    require_teaching(actor)
    task = get_assignment(actor.edition.id, assignment_key)
    if not plan_of(task).similarity:
        raise SearchOff(_("The search for passages in common is switched off for this work."))
    scheme = scheme_of(task.id)
    if scheme.is_anonymous and is_veiled(actor, scheme, get_item(actor.edition.id, task.item_key).released_at):
        raise NotAllowed(
            _("This work is marked without names. Until the marks are released only coordinators see this.")
        )
    return task


def ask_search(actor: Member, *, assignment_key: str, now: datetime) -> SimilaritySearch:
    """Ask for a search; where one is under way, that one.

    Raises:
        NotAllowed, NotFound, SearchOff: as ``require_similarity``.
    """
    task = require_similarity(actor, assignment_key)
    running = last_search(task.id)
    if running is not None and running.finished_at is None:
        return running
    search = SimilaritySearch(assignment_id=task.id, asked_at=now, asked_by_id=actor.person.id)
    db.session.add(search)
    db.session.flush()
    record_event(
        "similarity searched", now=now, actor_id=actor.person.id, subject_type="assignment", subject_id=task.id,
        edition_id=actor.edition.id, assignment=task.key,
    )  # fmt: skip
    return search


def claim_search(now: datetime) -> int | None:
    """A search that nobody does, leased to the caller; what an interrupted one had found is forgotten."""
    free = or_(SimilaritySearch.leased_until.is_(None), SimilaritySearch.leased_until <= now)
    waiting = select(SimilaritySearch.id).where(SimilaritySearch.finished_at.is_(None), free).limit(1)
    search_id = db.session.scalar(waiting)
    if search_id is None:
        return None
    claimed = db.session.scalar(
        update(SimilaritySearch)
        .where(SimilaritySearch.id == search_id, SimilaritySearch.finished_at.is_(None), free)
        .values(leased_until=now + LEASE, pairs_compared=0)
        .returning(SimilaritySearch.id)
    )
    if claimed is not None:
        db.session.execute(delete(SimilarPair).where(SimilarPair.search_id == search_id))
    return claimed


def texts_to_search(search_id: int) -> tuple[dict[int, str], str]:
    """The texts to compare by submission, and what the task itself says, in every language."""
    search = db.session.scalars(select(SimilaritySearch).where(SimilaritySearch.id == search_id)).one()
    plan = plan_of(assignment_of(search))
    return texts_of(latest_submissions(search.assignment_id)), given_text(plan)


def given_text(plan: AssignmentPlan) -> str:
    """What the task itself says: repeating it is no matter."""
    texts = [plan.title, plan.brief]
    texts += [text for part in plan.deliverables for text in (part.title, part.guidance)]
    texts += [text for profile in plan.profiles for text in (profile.name, profile.story)]
    # Quotation marks of the task are no reason to look for its words elsewhere.
    return "\n\n".join(text.replace('"', " ") for wordings in texts for text in wordings.values())


def keep_pairs(search_id: int, comparison: Comparison, found: Sequence[Found], done: int, now: datetime) -> None:
    """Keep what was found since the last time, say how far the search is, and hold the lease."""
    db.session.execute(
        update(SimilaritySearch)
        .where(SimilaritySearch.id == search_id)
        .values(
            submissions=len(comparison.lengths), pairs_to_compare=len(comparison.pairs), pairs_compared=done,
            leased_until=now + LEASE,
        )
    )  # fmt: skip
    for left, right, passages in found:
        db.session.add(
            SimilarPair(
                search_id=search_id, left_id=left, right_id=right, shared_words=shared_words(passages),
                left_words=comparison.lengths[left], right_words=comparison.lengths[right],
                passages=[list(passage) for passage in passages],
            )
        )  # fmt: skip


def finish_search(search_id: int, now: datetime) -> None:
    """Say that a search is done."""
    db.session.execute(
        update(SimilaritySearch)
        .where(SimilaritySearch.id == search_id)
        .values(finished_at=now, leased_until=None)
    )  # fmt: skip
