"""Who sees, writes and moderates what: over the cast, across editions and groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.conversations import conversations_of, said_beside
from lms.forums.models import Topic
from lms.forums.permissions import visible_topics
from lms.forums.queries.topics import get_post, get_topic, list_unanswered, open_reports, waiting_in
from lms.forums.services.marks import follow_topic, mark_read
from lms.forums.services.moderating import arrange_topic, hide_post, report_post, show_post
from tests.assignments.making import make_group
from tests.conftest import NOW
from tests.factories import Cast
from tests.forums.making import opening_of, reply_to, topic_of

EVERYBODY = [
    "participant",
    "other_participant",
    "tutor",
    "coordinator",
    "administrator",
    "sponsor_viewer",
    "outsider",
    "other_coordinator",
]
OF_R1 = {"participant", "other_participant", "tutor", "coordinator", "administrator"}


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_topics_that_one_may_see_are_those_that_one_may_open(cast: Cast, name: str) -> None:
    topics = [
        topic_of(cast),
        topic_of(cast, title="Hidden", body="Hidden"),
        topic_of(cast, "outsider", title="In R2", body="R2"),
    ]
    hide_post(cast.member("tutor"), post_id=opening_of(topics[1]).id, reason="Spam", now=NOW)
    actor = cast.member(name)
    listed = set(db.session.scalars(select(Topic.title).where(visible_topics(actor))))
    opened = set()
    for topic in topics:
        try:
            opened.add(get_topic(actor, topic.id).title)
        except NotFound:
            continue
    assert listed == opened
    wanted = {"participant": {"Papers, not skills", "Hidden"}, "other_participant": {"Papers, not skills"}}
    teaching = {"Papers, not skills", "Hidden"}
    assert listed == wanted.get(name, teaching if name in OF_R1 else {"In R2"} if name != "sponsor_viewer" else set())


@pytest.mark.parametrize("name", EVERYBODY)
def test_members_who_learn_or_teach_write_and_nobody_else(cast: Cast, name: str) -> None:
    if name == "sponsor_viewer":
        with pytest.raises(NotAllowed):
            topic_of(cast, name)
    else:
        topic = topic_of(cast, name)
        assert (topic.edition_id == cast.edition.id) is (name in OF_R1)


Moderation = Callable[[Any, int, int], object]
MODERATION: dict[str, Moderation] = {
    "hide": lambda actor, topic, post: hide_post(actor, post_id=post, reason="x", now=NOW),
    "show": lambda actor, topic, post: show_post(actor, post_id=post, now=NOW),
    "arrange": lambda actor, topic, post: arrange_topic(
        actor, topic_id=topic, forum_key="general", is_pinned=True, is_locked=False, is_question=False, now=NOW
    ),
    "questions": lambda actor, topic, post: list_unanswered(actor),
    "reports": lambda actor, topic, post: open_reports(actor),
    "waiting": lambda actor, topic, post: waiting_in(actor),
}


@pytest.mark.parametrize("act", sorted(MODERATION))
def test_only_those_who_teach_moderate(cast: Cast, act: str) -> None:
    topic = topic_of(cast)
    post = opening_of(topic).id
    for name in ("participant", "other_participant", "sponsor_viewer", "outsider"):
        with pytest.raises(NotAllowed):
            MODERATION[act](cast.member(name), topic.id, post)
    for name in ("tutor", "coordinator", "administrator"):
        MODERATION[act](cast.member(name), topic.id, post)


def test_nothing_of_another_edition_is_found_by_its_number(cast: Cast) -> None:
    topic = topic_of(cast, is_question=True)
    post = opening_of(topic)
    foreign = cast.member("other_coordinator")
    acts: list[Callable[[], object]] = [
        lambda: get_post(foreign, post.id),
        lambda: mark_read(foreign, topic_id=topic.id, post_id=post.id, now=NOW),
        lambda: follow_topic(foreign, topic_id=topic.id, is_on=True),
        lambda: report_post(foreign, post_id=post.id, reason="x", now=NOW),
        lambda: hide_post(foreign, post_id=post.id, reason="x", now=NOW),
        lambda: reply_to(cast, topic, "outsider"),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert list_unanswered(foreign) == []


def test_the_discussion_of_a_group_is_for_the_group_and_those_who_teach(cast: Cast) -> None:
    from lms.assignments.services.discussion import add_post

    group = make_group(cast, "participant", name="Baobab", ambassador="participant")
    make_group(cast, "other_participant", name="Fleuve", ambassador="other_participant")
    add_post(cast.member("participant"), group_id=group.id, body="A word among us", now=NOW)
    db.session.commit()
    seen = {
        name: ([place.values["group_id"] for place in conversations_of(cast.member(name))], len(said_beside(cast.member(name))))
        for name in ("participant", "other_participant", "third_participant", "tutor", "sponsor_viewer", "outsider", "other_tutor")
    }  # fmt: skip
    assert seen["participant"] == ([group.id], 1)
    assert seen["other_participant"] == ([group.id + 1], 0)
    assert seen["tutor"] == ([group.id, group.id + 1], 1)
    assert all(seen[name] == ([], 0) for name in ("third_participant", "sponsor_viewer", "outsider", "other_tutor"))
