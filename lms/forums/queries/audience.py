"""Who takes part in the conversation of an edition, and how each wants to be told of a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.domain.roles import TEACHING, Role
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member
from lms.forums.domain.rules import Choice, delivery_here, is_told
from lms.forums.models import ForumSubscription, MailChoice, Topic, TopicSubscription
from lms.notices.domain import Category, Delivery
from lms.notices.models import NoticePreference

_SPEAKING = (Role.PARTICIPANT, *sorted(TEACHING))


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody in an edition. ``of_topic`` and ``of_forum`` are what they said of them; ``None`` for nothing."""

    person: Person
    role: str
    delivery: Delivery
    of_topic: bool | None
    of_forum: bool | None

    @property
    def is_teaching(self) -> bool:
        """Whether they are a tutor or a coordinator of the edition."""
        return self.role in TEACHING

    def is_told(self, *, is_opening: bool) -> bool:
        """Whether they are told of a post in the topic; see ``domain.rules``."""
        return is_told(self.of_topic, self.of_forum, is_opening=is_opening)


def listeners(edition: Edition, topic: Topic) -> Sequence[Listener]:
    """Everybody who reads the forums of an edition, by name; before it is opened only its staff. One statement."""
    general = and_(NoticePreference.person_id == Person.id, NoticePreference.category == Category.DISCUSSIONS)
    rows = db.session.execute(
        select(
            Person,
            Enrolment.role,
            *(NoticePreference.delivery, NoticePreference.chosen_at),
            *(MailChoice.delivery, MailChoice.chosen_at),
            TopicSubscription.is_on,
            ForumSubscription.is_on,
        )
        .join(Enrolment, Enrolment.person_id == Person.id)
        .outerjoin(NoticePreference, general)
        .outerjoin(MailChoice, and_(MailChoice.edition_id == edition.id, MailChoice.person_id == Person.id))
        .outerjoin(
            TopicSubscription, and_(TopicSubscription.topic_id == topic.id, TopicSubscription.person_id == Person.id)
        )
        .outerjoin(
            ForumSubscription,
            and_(
                ForumSubscription.edition_id == edition.id,
                ForumSubscription.forum_key == topic.forum_key,
                ForumSubscription.person_id == Person.id,
            ),
        )
        .where(
            Enrolment.edition_id == edition.id,
            Enrolment.withdrawn_at.is_(None),
            or_(*(Enrolment.role == role for role in (_SPEAKING if edition.opened_at else sorted(TEACHING)))),
        )
        .order_by(Person.name_key, Person.id)
    )
    return [
        Listener(person, role, delivery_here(_choice(general_to, general_at), _choice(here_to, here_at)), topic_on, forum_on)
        for person, role, general_to, general_at, here_to, here_at, topic_on, forum_on in rows
    ]  # fmt: skip


def _choice(delivery: str | None, chosen_at: datetime | None) -> Choice:
    return None if delivery is None or chosen_at is None else (Delivery(delivery), chosen_at)


def delivery_of(actor: Member) -> Delivery:
    """How mail about the posts of the actor's edition reaches them; one statement."""
    general = select(NoticePreference.delivery, NoticePreference.chosen_at).where(
        NoticePreference.person_id == actor.person.id, NoticePreference.category == Category.DISCUSSIONS
    )
    here = select(MailChoice.delivery, MailChoice.chosen_at).where(
        MailChoice.edition_id == actor.edition.id, MailChoice.person_id == actor.person.id
    )
    return delivery_here(*(_choice(delivery, at) for delivery, at in db.session.execute(general.union_all(here))))
