"""Who may see, say and moderate what in the forums of an edition."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, or_

from lms.core.errors import NotAllowed, RuleViolation
from lms.courses.permissions import Member, require_running
from lms.forums.domain.places import ANNOUNCEMENTS
from lms.forums.models import Topic


def is_speaker(actor: Member) -> bool:
    """Whether the actor takes part in the conversation of their edition: everybody but those who only read reports."""
    return actor.is_participant or actor.is_teaching


def require_speaker(actor: Member) -> None:
    """Raises NotAllowed for anyone who takes no part in the conversation."""
    if not is_speaker(actor):
        raise NotAllowed


def visible_topics(actor: Member) -> ColumnElement[bool]:
    """The clause on ``Topic``: those of the actor's edition; hidden ones for their author and those who moderate."""
    if not is_speaker(actor):
        return false()
    here = Topic.edition_id == actor.edition.id
    if actor.is_teaching:
        return here
    return and_(here, or_(Topic.hidden_at.is_(None), Topic.author_id == actor.person.id))


def can_open_topics(actor: Member, forum_key: str) -> bool:
    """Announcements are written by those who teach, also once the edition is closed; topics by everybody until then."""
    if forum_key == ANNOUNCEMENTS:
        return actor.is_teaching
    return is_speaker(actor) and actor.edition.closed_at is None


def can_reply(actor: Member, topic: Topic) -> bool:
    """Whether the actor may write in a topic: not under an announcement; where it is locked only those who teach."""
    if topic.forum_key == ANNOUNCEMENTS or topic.hidden_at is not None or actor.edition.closed_at is not None:
        return False
    return actor.is_teaching or (actor.is_participant and not topic.is_locked)


def can_mark_answer(actor: Member, topic: Topic) -> bool:
    """Whether the actor says which post answers a question: whoever asked it, and those who teach."""
    if not topic.is_question or topic.hidden_at is not None or actor.edition.closed_at is not None:
        return False
    return actor.is_teaching or topic.author_id == actor.person.id


def require_open_topics(actor: Member, forum_key: str) -> None:
    """Raises NotAllowed, or RuleViolation where the edition is closed."""
    require_speaker(actor)
    if forum_key != ANNOUNCEMENTS:
        require_running(actor.edition)
    if not can_open_topics(actor, forum_key):
        raise NotAllowed(_("Only tutors and coordinators write announcements."))


def require_reply(actor: Member, topic: Topic) -> None:
    """Raises NotAllowed or RuleViolation with the reason why the actor may not write in a topic."""
    require_speaker(actor)
    require_running(actor.edition)
    if topic.forum_key == ANNOUNCEMENTS:
        raise RuleViolation(_("Nobody answers under an announcement. Ask in a forum, with a link to it."))
    if topic.hidden_at is not None:
        raise RuleViolation(_("This topic is hidden. Show it again before somebody writes in it."))
    if not can_reply(actor, topic):
        raise RuleViolation(_("This topic is locked: it can be read, but nobody writes in it any more."))
