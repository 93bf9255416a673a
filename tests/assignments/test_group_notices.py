"""Members of a group are told of what is said in its discussion as they want to be told of discussions."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from lms.assignments.services.discussion import add_post
from lms.core.db import db
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import choose_deliveries, send_digest
from tests.assignments.making import make_group
from tests.conftest import NOW
from tests.factories import Cast

TOMORROW = NOW + timedelta(days=1)


def told(cast: Cast, name: str) -> list[str]:
    found = select(Notice.delivery).where(Notice.person_id == cast.people[name], Notice.kind == "group_post")
    return list(db.session.scalars(found.order_by(Notice.id)))


def test_the_other_members_are_told_once_a_day_and_nobody_else_is(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", name="Baobab", ambassador="participant")
    make_group(cast, "third_participant", name="Fleuve", ambassador="third_participant")
    add_post(cast.member("participant"), group_id=group.id, body="Thursday at six?", now=NOW)
    assert told(cast, "other_participant") == ["daily"]
    assert [told(cast, name) for name in ("participant", "third_participant", "tutor", "outsider")] == [[], [], [], []]
    assert send_digest(cast.person("other_participant"), TOMORROW)
    assert not send_digest(cast.person("other_participant"), TOMORROW)


def test_whoever_answers_needs_no_letter_of_what_they_answered(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", name="Baobab", ambassador="participant")
    add_post(cast.member("participant"), group_id=group.id, body="Thursday at six?", now=NOW)
    add_post(cast.member("other_participant"), group_id=group.id, body="Yes.", now=NOW)
    db.session.expire_all()
    assert told(cast, "other_participant") == ["page"]
    assert not send_digest(cast.person("other_participant"), TOMORROW)
    assert send_digest(cast.person("participant"), TOMORROW)


def test_whoever_asked_the_tutors_is_told_of_the_answer_once(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", name="Baobab", ambassador="participant")
    add_post(cast.member("participant"), group_id=group.id, body="Which?", to_tutors=True, now=NOW)
    add_post(cast.member("tutor"), group_id=group.id, body="The first.", now=NOW)
    assert told(cast, "participant") == []
    assert told(cast, "other_participant") == ["daily", "daily"]


def test_who_wants_no_mail_of_discussions_gets_none(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", name="Baobab", ambassador="participant")
    choose_deliveries(cast.person("other_participant"), {Category.DISCUSSIONS: Delivery.PAGE}, NOW)
    add_post(cast.member("participant"), group_id=group.id, body="Thursday at six?", now=NOW)
    assert told(cast, "other_participant") == ["page"]
    assert not send_digest(cast.person("other_participant"), TOMORROW)
