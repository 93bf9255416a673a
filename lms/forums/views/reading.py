"""Read: the list of forums, a forum, a topic; what one follows and how mail comes."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.courses.access import current_member, learners_and_teachers
from lms.courses.conversations import conversations_of
from lms.courses.permissions import Member
from lms.forums.domain.rules import is_editable
from lms.forums.forms import MailForm, ReplyForm
from lms.forums.models import Post
from lms.forums.permissions import can_mark_answer, can_open_topics, can_reply
from lms.forums.queries.audience import delivery_of
from lms.forums.queries.forums import get_forum, list_forums, subscription_to
from lms.forums.queries.topics import (
    SHOWN,
    Reading,
    first_new_post,
    get_post,
    get_topic,
    list_topics,
    page_of,
    people_to_address,
    read_topic,
    waiting_in,
)
from lms.forums.services import marks
from lms.forums.views.blueprint import blueprint, forum_of, number_in, page_asked
from lms.notices.domain import Delivery


@blueprint.get("/editions/<code>/forums")
@allow(learners_and_teachers)
def index(code: str) -> str:
    """Every place where the edition talks, with what is new."""
    member, now = current_member(), clock.now()
    return render_template(
        "forums/index.html",
        lines=list_forums(member, now),
        places=conversations_of(member),
        waiting=waiting_in(member) if member.is_teaching else None,
    )


@blueprint.get("/editions/<code>/forums/<forum>")
@allow(learners_and_teachers)
def forum(code: str, forum: str) -> str:
    """The topics of a forum."""
    member = current_member()
    found = get_forum(member, forum)
    shown = request.args.get("show", "all")
    shown = shown if shown in SHOWN else "all"
    return render_template(
        "forums/forum.html",
        forum=found,
        shown=shown,
        listed=list_topics(member, found.key, shown=shown, page=page_asked()),
        subscription=subscription_to(member, found.key),
        may_write=can_open_topics(member, found.key),
    )


@blueprint.get("/editions/<code>/forums/topics/<int:topic_id>")
@allow(learners_and_teachers)
def topic(code: str, topic_id: int) -> str:
    """A topic, in the order in which it was written."""
    return topic_page(current_member(), topic_id)


def topic_page(member: Member, topic_id: int, form: ReplyForm | None = None) -> str:
    """The page of a topic; a refused reply stands in it as it was typed."""
    now = clock.now()
    reading = read_topic(member, topic_id, page_asked())
    if form is None:
        form = ReplyForm(formdata=None, is_answer=member.is_teaching and reading.answer_id is None)
    may_reply = can_reply(member, reading.topic)
    if may_reply:
        form.offer(people_to_address(member, topic_id))
    parent = _parent_of(form, reading)
    return render_template(
        "forums/topic.html",
        reading=reading,
        topic=reading.topic,
        forum=forum_of(member, reading.topic),
        form=form,
        parent=parent,
        may_reply=may_reply,
        may_mark=can_mark_answer(member, reading.topic),
        editable={post.id for post in reading.posts if _is_own_and_young(member, post, now)},
        is_new=lambda post: _is_new(member, reading, post),
        posted=request.args.get("posted", type=int),
    )


def _parent_of(form: ReplyForm, reading: Reading) -> Post | None:
    wanted = form.parent_id or number_in(request.args.get("answering"))
    parent = next((post for post in reading.posts if post.id == wanted and not post.hidden_at), None)
    form.parent.data = str(parent.id) if parent is not None else ""
    return parent


def _is_own_and_young(member: Member, post: Post, now: Any) -> bool:
    return post.author_id == member.person.id and is_editable(
        post.posted_at, now, current_app.config["FORUM_EDITABLE_FOR"]
    )


def _is_new(member: Member, reading: Reading, post: Post) -> bool:
    if reading.read_until is None or post.author_id == member.person.id:
        return False
    return post.posted_at > reading.read_until


@blueprint.get("/editions/<code>/forums/topics/<int:topic_id>/new-messages")
@allow(learners_and_teachers)
def new_messages(code: str, topic_id: int) -> Response:
    """The first message of a topic that one has not read."""
    member = current_member()
    found = get_topic(member, topic_id)
    post = first_new_post(member, found)
    if post is None or post.is_opening:
        return redirect(url_for(".topic", code=code, topic_id=topic_id), 303)
    return redirect(_place_of(code, post), 303)


@blueprint.get("/editions/<code>/forums/posts/<int:post_id>")
@allow(learners_and_teachers)
def post(code: str, post_id: int) -> Response:
    """A message by its own address: the page of the topic on which it stands."""
    return redirect(_place_of(code, get_post(current_member(), post_id)), 303)


def _place_of(code: str, post: Post, **values: Any) -> str:
    page = page_of(post)
    place: dict[str, Any] = {"page": page if page > 1 else None, "_anchor": f"post-{post.id}", **values}
    return url_for(".topic", code=code, topic_id=post.topic_id, **place)


def place_after_posting(code: str, post: Post) -> str:
    """Where a message stands, for the page that shows it to its author first."""
    return _place_of(code, post, posted=post.id)


@blueprint.post("/editions/<code>/forums/topics/<int:topic_id>/read")
@allow(learners_and_teachers)
def read(code: str, topic_id: int) -> Response:
    """Remember how far one has read; sent by the page itself, or by its button where there are no scripts."""
    post_id = number_in(request.form.get("post"))
    if post_id is None:
        raise NotFound
    with unit_of_work():
        marks.mark_read(current_member(), topic_id=topic_id, post_id=post_id, now=clock.now())
    if request.form.get("then") == "home":
        return redirect(url_for("home.edition", code=code), 303)
    return redirect(url_for(".topic", code=code, topic_id=topic_id), 303)


@blueprint.post("/editions/<code>/forums/topics/<int:topic_id>/subscription")
@allow(learners_and_teachers)
def follow_topic(code: str, topic_id: int) -> Response:
    """Be told of what is written in a topic, or no more."""
    is_on = request.form.get("is_on") == "1"
    with unit_of_work():
        marks.follow_topic(current_member(), topic_id=topic_id, is_on=is_on)
    flash(_("You are told of new messages in this topic.") if is_on else _("You are no longer told of this topic."))
    return redirect(url_for(".topic", code=code, topic_id=topic_id), 303)


_SUBSCRIPTIONS = {"all": True, "none": False, "topics": None}


@blueprint.post("/editions/<code>/forums/<forum>/subscription")
@allow(learners_and_teachers)
def follow_forum(code: str, forum: str) -> Response:
    """Be told of everything in a forum, of new topics, or of nothing."""
    wanted = request.form.get("told", "")
    if wanted not in _SUBSCRIPTIONS:
        raise NotFound
    with unit_of_work():
        marks.follow_forum(current_member(), forum_key=forum, is_on=_SUBSCRIPTIONS[wanted])
    flash(_("Saved. This holds for this forum from now on."))
    return redirect(url_for(".forum", code=code, forum=forum), 303)


@blueprint.route("/editions/<code>/forums/mail", methods=["GET", "POST"])
@allow(learners_and_teachers)
def mail(code: str) -> Any:
    """How mail about the messages of this edition comes."""
    member = current_member()
    form = MailForm(data={"delivery": delivery_of(member).value})
    if not form.validate_on_submit():
        page = render_template("forums/mail.html", form=form)
        return (page, 422) if form.is_submitted() else page
    with unit_of_work():
        marks.choose_mail(member, Delivery(form.delivery.data), clock.now())
    flash(_("Saved. This holds for this course from now on."))
    return redirect(url_for(".index", code=code), 303)
