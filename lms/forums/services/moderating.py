"""Moderate: report, hide and show with a reason, pin, lock, move. Everything is on record."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from lms.accounts.models import Person
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.domain.roles import TEACHING, Role
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_teaching
from lms.forums.domain.places import ANNOUNCEMENTS
from lms.forums.models import Answer, Post, Report, Topic
from lms.forums.queries.forums import get_forum
from lms.forums.queries.topics import get_post, get_report, get_shown_post, get_topic
from lms.forums.services.marks import insert_into
from lms.forums.services.posting import follow_last_post, one_line
from lms.forums.services.telling import tell_of_hiding, tell_of_report, untell


def _record(actor: Member, action: str, topic: Topic, now: datetime, **details: object) -> None:
    record_event(
        action, now=now, actor_id=actor.person.id, subject_type="topic", subject_id=topic.id,
        edition_id=actor.edition.id, **details,
    )  # fmt: skip


def _reason(text: str) -> str:
    reason = one_line(text)[:500]
    if not reason:
        raise RuleViolation(_("Write in a few words why."))
    return reason


def report_post(actor: Member, *, post_id: int, reason: str, now: datetime) -> bool:
    """Tell those who moderate that a post should not stand; return False where the actor has told them before.

    Raises:
        NotFound: for a post that the actor may not see.
        RuleViolation: without a reason, or for one's own post.
    """
    post = get_shown_post(actor, post_id)
    if post.author_id == actor.person.id:
        raise RuleViolation(_("This is your own message. You can change it or take it back."))
    reason = _reason(reason)
    row = insert_into(Report).values(post_id=post.id, reporter_id=actor.person.id, reason=reason, reported_at=now)
    added = db.session.scalar(
        row.on_conflict_do_nothing(index_elements=["post_id", "reporter_id"]).returning(Report.id)
    )
    if added is None:
        return False
    _record(actor, "post reported", post.topic, now, post=post.id, reason=reason)
    tell_of_report(actor, post, reason, _moderators(actor), now)
    return True


def _moderators(actor: Member) -> list[Person]:
    rows = db.session.execute(
        select(Person, Enrolment.role)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.edition_id == actor.edition.id,
            Enrolment.withdrawn_at.is_(None),
            Enrolment.role.in_(sorted(TEACHING)),
            Person.id != actor.person.id,
        )
        .order_by(Person.id)
    ).all()
    coordinators = [person for person, role in rows if role == Role.COORDINATOR]
    return coordinators or [person for person, _role in rows]


def settle_report(actor: Member, *, report_id: int, now: datetime) -> None:
    """Leave a reported post as it stands.

    Raises:
        NotAllowed: unless the actor teaches.
        NotFound: for a report of another edition.
    """
    report = get_report(actor, report_id)
    if report.settled_at is None:
        report.settled_at, report.settled_by_id = now, actor.person.id
        _record(actor, "report settled", report.post.topic, now, post=report.post_id)


def hide_post(actor: Member, *, post_id: int, reason: str, now: datetime) -> Post:
    """Hide a post, or a whole topic by the post that opens it; its author is told why, and open reports are settled.

    Raises:
        NotAllowed: unless the actor teaches.
        NotFound: for a post of another edition.
        RuleViolation: without a reason.
    """
    require_teaching(actor)
    post = get_post(actor, post_id)
    reason = _reason(reason)
    if post.hidden_at is not None:
        return post
    post.hidden_at, post.hidden_reason = now, reason
    hidden = [post.id]
    if post.is_opening:
        post.topic.hidden_at = now
        hidden = list(db.session.scalars(select(Post.id).where(Post.topic_id == post.topic_id)))
    db.session.flush()
    follow_last_post(post.topic)
    untell(hidden)
    db.session.execute(delete(Answer).where(Answer.post_id == post.id))
    db.session.execute(
        update(Report)
        .where(Report.post_id.in_(hidden), Report.settled_at.is_(None))
        .values(settled_at=now, settled_by_id=actor.person.id)
        .execution_options(synchronize_session=False)
    )
    _record(actor, "topic hidden" if post.is_opening else "post hidden", post.topic, now, post=post.id, reason=reason)
    tell_of_hiding(actor, post, now)
    return post


def show_post(actor: Member, *, post_id: int, now: datetime) -> Post:
    """Show a hidden post, or topic, again.

    Raises:
        NotAllowed: unless the actor teaches.
        NotFound: for a post of another edition.
    """
    require_teaching(actor)
    post = get_post(actor, post_id)
    if post.hidden_at is None:
        return post
    reason = post.hidden_reason
    post.hidden_at, post.hidden_reason = None, ""
    if post.is_opening:
        post.topic.hidden_at = None
    db.session.flush()
    follow_last_post(post.topic)
    _record(actor, "topic shown" if post.is_opening else "post shown", post.topic, now, post=post.id, was=reason)
    return post


def arrange_topic(
    actor: Member, *, topic_id: int, forum_key: str, is_pinned: bool, is_locked: bool, is_question: bool, now: datetime
) -> Topic:
    """Pin, lock and move a topic, and say whether it is a question.

    Raises:
        NotAllowed: unless the actor teaches.
        NotFound: for a topic or a forum of another edition.
        RuleViolation: for a move to or from the announcements, which went to everybody by mail.
    """
    require_teaching(actor)
    topic = get_topic(actor, topic_id)
    forum = get_forum(actor, forum_key)
    if forum.key != topic.forum_key and ANNOUNCEMENTS in (forum.key, topic.forum_key):
        raise RuleViolation(
            _("Announcements stay where they are, and no topic becomes one: everybody gets them by mail.")
        )
    wanted = {
        "forum_key": forum.key, "is_pinned": is_pinned, "is_locked": is_locked,
        "is_question": is_question and topic.forum_key != ANNOUNCEMENTS,
    }  # fmt: skip
    before = {name: getattr(topic, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    for name, value in changed.items():
        setattr(topic, name, value)
    if changed:
        _record(actor, "topic arranged", topic, now, before={name: before[name] for name in changed}, after=changed)
    return topic
