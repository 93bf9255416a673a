"""Keeps comments for use again, in several languages, for an edition or its whole course."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _

from lms.assignments.assessments import BankComment
from lms.assignments.models import Assignment
from lms.assignments.queries.bank import comments_of, get_comment
from lms.assignments.queries.work import plan_of
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotFound, RuleViolation
from lms.courses.permissions import Member, require_teaching

MAX_CHARACTERS = 2000
MOST_COMMENTS = 200


def keep_comment(actor: Member, assignment: Assignment, criterion_key: str, text: str, now: datetime) -> BankComment:
    """Keep a comment that was written while marking, in the language of whoever wrote it.

    Keeping the same words for the same criterion again keeps them once.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a criterion that the assignment does not have.
        RuleViolation: for an empty comment.
    """
    require_teaching(actor)
    if criterion_key not in {criterion.key for criterion in plan_of(assignment).rubric}:
        raise NotFound
    return add_comment(actor, text={actor.person.language: text}, criterion_key=criterion_key, is_shared=False, now=now)


def add_comment(
    actor: Member, *, text: Mapping[str, str], criterion_key: str, is_shared: bool, now: datetime
) -> BankComment:
    """Add a comment to the bank.

    Args:
        text: by language; blank ones are left out.
        criterion_key: the criterion it is for; empty where it fits anywhere.
        is_shared: whether every edition of the course has it.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        RuleViolation: for a comment without words, too long a one, or a full bank.
    """
    require_teaching(actor)
    wanted = _checked(text)
    present = comments_of(actor.edition)
    same = next((one for one in present if (one.criterion_key, one.text) == (criterion_key, wanted)), None)
    if same is not None:
        return same
    if len(present) >= MOST_COMMENTS:
        raise RuleViolation(_("The bank is full. Take comments out that nobody uses. Nothing was changed."))
    comment = BankComment(
        course_id=actor.edition.course_id, edition_id=None if is_shared else actor.edition.id,
        criterion_key=criterion_key, text=wanted, created_at=now, created_by_id=actor.person.id,
    )  # fmt: skip
    db.session.add(comment)
    db.session.flush()
    _record(actor, "comment kept", comment, now)
    return comment


def change_comment(
    actor: Member, comment_id: int, *, text: Mapping[str, str], criterion_key: str, is_shared: bool, now: datetime
) -> BankComment:
    """Change the words of a comment, what it is for and who has it. Comments already given stay as they are.

    Raises:
        NotAllowed, RuleViolation: as for ``add_comment``.
        NotFound: for a comment that is not in use in the edition.
    """
    require_teaching(actor)
    comment = get_comment(actor.edition, comment_id)
    comment.text, comment.criterion_key = _checked(text), criterion_key
    comment.edition_id = None if is_shared else actor.edition.id
    _record(actor, "kept comment changed", comment, now)
    return comment


def remove_comment(actor: Member, comment_id: int, now: datetime) -> None:
    """Take a comment out of use. Comments already given stay as they are.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a comment that is not in use in the edition.
    """
    require_teaching(actor)
    comment = get_comment(actor.edition, comment_id)
    comment.removed_at = now
    _record(actor, "kept comment removed", comment, now)


def _checked(text: Mapping[str, str]) -> dict[str, str]:
    wanted = {language: words.strip() for language, words in text.items() if words.strip()}
    if not wanted:
        raise RuleViolation(_("Write the comment first. Nothing was kept."))
    if max(map(len, wanted.values())) > MAX_CHARACTERS:
        raise RuleViolation(_("A kept comment has at most %(most)s characters. Nothing was kept.", most=MAX_CHARACTERS))
    return wanted


def _record(actor: Member, action: str, comment: BankComment, now: datetime) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="comment", subject_id=comment.id,
        edition_id=actor.edition.id, text=dict(comment.text), criterion=comment.criterion_key,
    )  # fmt: skip
