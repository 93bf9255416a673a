"""Writing, answering, changing, reading and moderating, through the services."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.forums.models import Answer, Post, PostRevision, Report, Topic, TopicRead
from lms.forums.queries.forums import list_forums, news_for
from lms.forums.queries.topics import list_topics, list_unanswered, open_reports, read_topic, waiting_in
from lms.forums.services.marks import mark_read
from lms.forums.services.moderating import arrange_topic, hide_post, report_post, settle_report, show_post
from lms.forums.services.posting import change_post, delete_post, mark_answer, open_topic, reply
from lms.notices.models import Notice
from tests.conftest import NOW
from tests.factories import Cast
from tests.forums.making import later, opening_of, reply_to, topic_of

HALF_AN_HOUR = timedelta(minutes=30)


def actions(cast: Cast) -> list[str]:
    found = select(AuditEvent.action).where(AuditEvent.subject_type == "topic").order_by(AuditEvent.id)
    return list(db.session.scalars(found))


def test_a_topic_begins_with_its_first_message(cast: Cast) -> None:
    topic = topic_of(cast, title="  Papers,   not skills ", body="How?\r\n\r\nAnd where? ")
    post = opening_of(topic)
    assert (topic.title, topic.forum_key, topic.is_by_tutor) == ("Papers, not skills", "general", False)
    assert (post.body, post.author_id) == ("How?\n\nAnd where?", cast.people["participant"])


def test_a_reply_brings_its_topic_to_the_top_of_its_forum(cast: Cast) -> None:
    first, second = topic_of(cast, title="First"), topic_of(cast, title="Second", body="Other", at=later(1))
    reader = cast.member("participant")
    assert [line.topic.id for line in list_topics(reader, "general").lines] == [second.id, first.id]
    reply_to(cast, first, "participant", at=later(2))
    assert [line.topic.id for line in list_topics(reader, "general").lines] == [first.id, second.id]


def test_a_second_tap_of_the_button_sends_nothing_twice(cast: Cast) -> None:
    topic, same = topic_of(cast), topic_of(cast, at=later(1))
    assert topic.id == same.id
    first, again = reply_to(cast, topic, at=later(2)), reply_to(cast, topic, at=later(3))
    assert first.id == again.id
    assert reply_to(cast, topic, at=later(30)).id != first.id
    assert db.session.scalar(select(func.count(Topic.id))) == 1


def test_a_reply_answers_a_message_of_its_own_topic_alone(cast: Cast) -> None:
    topic, other = topic_of(cast), topic_of(cast, title="Other", body="Other")
    first = reply_to(cast, topic)
    assert reply_to(cast, topic, "third_participant", parent_id=first.id).parent_id == first.id
    assert reply_to(cast, topic, "tutor", parent_id=opening_of(topic).id).parent_id is None
    with pytest.raises(NotFound):
        reply_to(cast, other, parent_id=first.id)


@pytest.mark.parametrize("body", ["", "   \n ", "\0"])
def test_nobody_sends_an_empty_message(cast: Cast, body: str) -> None:
    with pytest.raises(RuleViolation):
        open_topic(cast.member("participant"), forum_key="general", title="Title", body=body, now=NOW)
    topic = topic_of(cast)
    with pytest.raises(RuleViolation):
        reply(cast.member("participant"), topic_id=topic.id, body=body, now=NOW)


def test_a_topic_needs_a_forum_that_the_edition_has(cast: Cast) -> None:
    assert topic_of(cast, forum="module-m1").forum_key == "module-m1"
    for key in ("module-m9", "module-", "x", ""):
        with pytest.raises(NotFound):
            open_topic(cast.member("participant"), forum_key=key, title="Title", body="Body", now=NOW)


def test_in_a_closed_edition_only_announcements_are_written(cast: Cast) -> None:
    topic = topic_of(cast)
    cast.edition.closed_at = NOW
    with pytest.raises(RuleViolation):
        topic_of(cast, "tutor", title="New")
    with pytest.raises(RuleViolation):
        reply_to(cast, topic)
    assert topic_of(cast, "coordinator", forum="announcements").forum_key == "announcements"


def test_nobody_answers_under_an_announcement_and_participants_write_none(cast: Cast) -> None:
    topic = topic_of(cast, "tutor", forum="announcements", is_question=True)
    assert not topic.is_question
    for name in ("participant", "coordinator"):
        with pytest.raises(RuleViolation):
            reply_to(cast, topic, name)
    with pytest.raises(NotAllowed):
        topic_of(cast, "participant", forum="announcements")


def test_whoever_asked_or_teaches_marks_one_reply_as_the_answer(cast: Cast) -> None:
    topic = topic_of(cast, is_question=True)
    first, second = reply_to(cast, topic), reply_to(cast, topic, "third_participant")
    with pytest.raises(NotAllowed):
        mark_answer(cast.member("other_participant"), topic_id=topic.id, post_id=first.id, now=NOW)
    mark_answer(cast.member("participant"), topic_id=topic.id, post_id=first.id, now=NOW)
    mark_answer(cast.member("tutor"), topic_id=topic.id, post_id=second.id, now=NOW)
    assert db.session.scalars(select(Answer.post_id)).all() == [second.id]
    assert list_unanswered(cast.member("tutor")) == []
    mark_answer(cast.member("tutor"), topic_id=topic.id, post_id=None, now=NOW)
    assert [line.topic.id for line in list_unanswered(cast.member("tutor"))] == [topic.id]
    assert actions(cast) == ["answer marked", "answer marked", "answer taken back"]


def test_the_question_itself_and_a_reply_of_another_topic_are_no_answers(cast: Cast) -> None:
    topic, other = topic_of(cast, is_question=True), topic_of(cast, title="Other", body="Other")
    elsewhere = reply_to(cast, other)
    with pytest.raises(RuleViolation):
        mark_answer(cast.member("tutor"), topic_id=topic.id, post_id=opening_of(topic).id, now=NOW)
    with pytest.raises(NotFound):
        mark_answer(cast.member("tutor"), topic_id=topic.id, post_id=elsewhere.id, now=NOW)


def test_a_tutor_marks_the_reply_as_the_answer_while_sending_it_and_others_do_not(cast: Cast) -> None:
    topic = topic_of(cast, is_question=True)
    reply_to(cast, topic, "other_participant", is_answer=True)
    assert waiting_in(cast.member("tutor")).questions == 1
    reply_to(cast, topic, "tutor", is_answer=True)
    assert waiting_in(cast.member("tutor")).questions == 0


def test_questions_wait_the_oldest_first_and_not_where_they_are_hidden_or_locked(cast: Cast) -> None:
    tutor = cast.member("tutor")
    young = topic_of(cast, title="Young", body="1", is_question=True, at=later(5))
    old = topic_of(cast, title="Old", body="2", is_question=True)
    topic_of(cast, title="No question", body="3")
    hidden = topic_of(cast, title="Hidden", body="4", is_question=True)
    hide_post(tutor, post_id=opening_of(hidden).id, reason="Twice", now=NOW)
    locked = topic_of(cast, title="Locked", body="5", is_question=True)
    arrange_topic(
        tutor, topic_id=locked.id, forum_key="general", is_pinned=False, is_locked=True, is_question=True, now=NOW
    )
    assert [line.topic.id for line in list_unanswered(tutor)] == [old.id, young.id]
    waiting = waiting_in(tutor)
    assert (waiting.questions, waiting.oldest_at) == (2, NOW)


def test_one_changes_ones_own_words_while_they_are_young_and_what_was_before_is_kept(cast: Cast) -> None:
    topic = topic_of(cast)
    post = opening_of(topic)
    change_post(
        cast.member("participant"), post_id=post.id, title="Certificates", body="Better", editable_for=HALF_AN_HOUR,
        now=later(29),
    )  # fmt: skip
    assert (topic.title, post.body, post.edited_at) == ("Certificates", "Better", later(29))
    before = db.session.scalars(select(PostRevision)).one()
    assert (before.title, before.body) == ("Papers, not skills", "How do you test skills?")
    with pytest.raises(RuleViolation):
        change_post(cast.member("participant"), post_id=post.id, body="Late", editable_for=HALF_AN_HOUR, now=later(30))
    with pytest.raises(NotFound):
        change_post(cast.member("coordinator"), post_id=post.id, body="x", editable_for=HALF_AN_HOUR, now=NOW)


def test_a_change_that_changes_nothing_leaves_no_trace(cast: Cast) -> None:
    post = reply_to(cast, topic_of(cast))
    change_post(
        cast.member("other_participant"), post_id=post.id, body=post.body, editable_for=HALF_AN_HOUR, now=later(2)
    )
    assert post.edited_at is None
    assert db.session.scalar(select(func.count(PostRevision.id))) == 0


def test_one_takes_back_what_nobody_has_answered(cast: Cast) -> None:
    topic = topic_of(cast)
    first = reply_to(cast, topic, at=later(1))
    second = reply_to(cast, topic, "third_participant", parent_id=first.id, at=later(2))
    with pytest.raises(RuleViolation):
        delete_post(cast.member("participant"), post_id=opening_of(topic).id, now=later(3))
    with pytest.raises(RuleViolation):
        delete_post(cast.member("other_participant"), post_id=first.id, now=later(3))
    with pytest.raises(NotFound):
        delete_post(cast.member("tutor"), post_id=second.id, now=later(3))
    assert delete_post(cast.member("third_participant"), post_id=second.id, now=later(3)) is topic
    assert topic.last_posted_at == later(1)
    delete_post(cast.member("other_participant"), post_id=first.id, now=later(3))
    assert delete_post(cast.member("participant"), post_id=opening_of(topic).id, now=later(3)) is None
    db.session.commit()
    assert db.session.scalar(select(func.count(Post.id))) == 0
    assert db.session.scalar(select(func.count(Topic.id))) == 0
    assert db.session.scalar(select(func.count(Notice.id)).where(Notice.kind.startswith("forum_"))) == 0
    assert actions(cast) == ["post taken back", "post taken back", "topic taken back"]


def test_what_is_reported_cannot_be_taken_back_before_somebody_has_looked(cast: Cast) -> None:
    post = reply_to(cast, topic_of(cast))
    report_post(cast.member("participant"), post_id=post.id, reason="Insult", now=later(2))
    with pytest.raises(RuleViolation):
        delete_post(cast.member("other_participant"), post_id=post.id, now=later(3))
    (report,) = open_reports(cast.member("tutor"))
    settle_report(cast.member("tutor"), report_id=report.id, now=later(4))
    delete_post(cast.member("other_participant"), post_id=post.id, now=later(5))


def test_a_message_is_reported_once_by_each_and_never_ones_own(cast: Cast) -> None:
    post = reply_to(cast, topic_of(cast))
    participant = cast.member("participant")
    assert report_post(participant, post_id=post.id, reason=" An   insult ", now=later(2))
    assert not report_post(participant, post_id=post.id, reason="Again", now=later(3))
    assert [report.reason for report in open_reports(cast.member("coordinator"))] == ["An insult"]
    with pytest.raises(RuleViolation):
        report_post(cast.member("other_participant"), post_id=post.id, reason="Mine", now=later(3))
    with pytest.raises(RuleViolation):
        report_post(cast.member("third_participant"), post_id=post.id, reason=" ", now=later(3))


def test_hiding_settles_reports_unmarks_the_answer_and_tells_the_author_why(cast: Cast) -> None:
    topic = topic_of(cast, is_question=True)
    post = reply_to(cast, topic, at=later(1))
    mark_answer(cast.member("participant"), topic_id=topic.id, post_id=post.id, now=later(2))
    report_post(cast.member("third_participant"), post_id=post.id, reason="Wrong", now=later(2))
    with pytest.raises(RuleViolation):
        hide_post(cast.member("tutor"), post_id=post.id, reason="  ", now=later(3))
    hide_post(cast.member("tutor"), post_id=post.id, reason="Names a client", now=later(3))
    db.session.expire_all()
    assert (post.hidden_at, post.hidden_reason) == (later(3), "Names a client")
    assert topic.last_posted_at == NOW
    assert db.session.scalars(select(Report.settled_at)).all() == [later(3)]
    assert waiting_in(cast.member("tutor")).questions == 1
    told = db.session.scalars(select(Notice).where(Notice.kind == "forum_hidden")).one()
    assert (told.person_id, told.context["reason"]) == (cast.people["other_participant"], "Names a client")
    show_post(cast.member("coordinator"), post_id=post.id, now=later(4))
    assert (post.hidden_at, topic.last_posted_at) == (None, later(1))
    assert actions(cast) == ["answer marked", "post reported", "post hidden", "post shown"]


def test_hiding_the_first_message_hides_its_topic(cast: Cast) -> None:
    topic = topic_of(cast)
    reply_to(cast, topic)
    hide_post(cast.member("tutor"), post_id=opening_of(topic).id, reason="Spam", now=later(2))
    db.session.commit()
    for name, seen in (("participant", True), ("tutor", True), ("other_participant", False)):
        listed = list_topics(cast.member(name), "general").lines
        assert ([line.topic.id for line in listed] == [topic.id]) is seen, name
    with pytest.raises(RuleViolation):
        reply_to(cast, topic, "tutor")
    assert news_for(cast.member("other_participant")).topics == 0


def test_a_locked_topic_is_written_in_by_those_who_teach_alone(cast: Cast) -> None:
    topic = topic_of(cast)
    arrange_topic(
        cast.member("tutor"), topic_id=topic.id, forum_key="module-m1", is_pinned=True, is_locked=True,
        is_question=False, now=later(1),
    )  # fmt: skip
    with pytest.raises(RuleViolation):
        reply_to(cast, topic, "participant")
    assert reply_to(cast, topic, "tutor").topic_id == topic.id
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "topic arranged")).one()
    assert event.details["before"] == {"forum_key": "general", "is_pinned": False, "is_locked": False}
    assert event.details["after"] == {"forum_key": "module-m1", "is_pinned": True, "is_locked": True}


def test_pinned_topics_come_first_then_those_with_something_new(cast: Cast) -> None:
    old, read, _fresh = (topic_of(cast, title=title, body=title, at=at) for title, at in
                        (("Old", NOW), ("Read", later(2)), ("Fresh", later(1))))  # fmt: skip
    reader = cast.member("other_participant")
    mark_read(reader, topic_id=read.id, post_id=opening_of(read).id, now=later(3))
    arrange_topic(
        cast.member("tutor"),
        topic_id=old.id,
        forum_key="general",
        is_pinned=True,
        is_locked=False,
        is_question=False,
        now=NOW,
    )
    db.session.commit()
    mark_read(reader, topic_id=old.id, post_id=opening_of(old).id, now=later(3))
    lines = list_topics(reader, "general").lines
    assert [(line.topic.title, line.is_new) for line in lines] == [("Old", False), ("Fresh", True), ("Read", False)]
    assert [line.topic.title for line in list_topics(reader, "general", shown="new").lines] == ["Fresh"]


def test_no_topic_becomes_an_announcement_by_being_moved(cast: Cast) -> None:
    topic, told = topic_of(cast), topic_of(cast, "tutor", forum="announcements")
    for one, key in ((topic, "announcements"), (told, "general")):
        with pytest.raises(RuleViolation):
            arrange_topic(
                cast.member("tutor"), topic_id=one.id, forum_key=key, is_pinned=False, is_locked=False, is_question=False,
                now=NOW,
            )  # fmt: skip


def new_of(cast: Cast, name: str) -> dict[str, int]:
    return {line.forum.key: line.new for line in list_forums(cast.member(name), NOW) if line.new}


def test_what_somebody_has_read_is_new_no_more_until_something_comes(cast: Cast) -> None:
    topic = topic_of(cast)
    assert new_of(cast, "other_participant") == {"general": 1}
    assert new_of(cast, "participant") == {}
    reader = cast.member("other_participant")
    mark_read(reader, topic_id=topic.id, post_id=opening_of(topic).id, now=later(1))
    assert new_of(cast, "other_participant") == {}
    reply_to(cast, topic, "third_participant", at=later(2))
    assert new_of(cast, "other_participant") == {"general": 1}
    assert new_of(cast, "participant") == {"general": 1}


def test_a_page_that_arrives_late_moves_no_mark_back(cast: Cast) -> None:
    topic = topic_of(cast)
    last = reply_to(cast, topic, "third_participant", at=later(2))
    reader = cast.member("other_participant")
    for post in (last, opening_of(topic)):
        mark_read(reader, topic_id=topic.id, post_id=post.id, now=later(3))
    own = select(TopicRead.read_until).where(TopicRead.person_id == reader.person.id)
    assert db.session.scalars(own).all() == [later(2)]


def test_what_was_said_before_somebody_came_is_not_new_to_them_but_announcements_are(cast: Cast) -> None:
    before: datetime = NOW - timedelta(days=3)
    topic_of(cast, at=before)
    topic_of(cast, "coordinator", forum="announcements", at=before)
    assert new_of(cast, "other_participant") == {"announcements": 1}
    news = news_for(cast.member("other_participant"))
    assert (len(news.announcements), news.topics) == (1, 0)


def test_a_topic_is_read_in_pages_in_the_order_in_which_it_was_written(cast: Cast) -> None:
    topic = topic_of(cast)
    for number in range(24):
        reply_to(cast, topic, body=f"Reply {number}", at=later(number + 1))
    reader = cast.member("participant")
    first, second = read_topic(reader, topic.id, 1), read_topic(reader, topic.id, 99)
    assert (len(first.posts), len(second.posts), second.page, second.pages) == (20, 5, 2, 2)
    assert first.posts[0].is_opening
    assert second.posts[-1].body == "Reply 23"


def test_the_forum_of_a_module_is_listed_once_the_module_is_open_or_somebody_wrote_there(cast: Cast) -> None:
    keys = [line.forum.key for line in list_forums(cast.member("participant"), NOW)]
    assert keys == ["announcements", "general", "module-m1", "module-m2"]
    topic_of(cast, "tutor", forum="module-m5")
    assert "module-m5" in [line.forum.key for line in list_forums(cast.member("participant"), NOW)]
