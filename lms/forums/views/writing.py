"""Write: a new topic, an announcement, a reply; change or take back one's own words; say what the answer is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.throttle import is_throttled
from lms.core.web import csrf, wants_json
from lms.courses.access import current_member, learners_and_teachers
from lms.courses.permissions import Member
from lms.forums.domain.rules import is_editable
from lms.forums.forms import AnnouncementForm, ChangeForm, ChangeTopicForm, ReplyForm, TopicForm
from lms.forums.models import Post
from lms.forums.permissions import require_open_topics
from lms.forums.queries.forums import Forum, get_forum
from lms.forums.queries.topics import has_replies, is_reported, people_to_address
from lms.forums.services import posting
from lms.forums.views.blueprint import blueprint, forum_of, number_in, writers
from lms.forums.views.reading import place_after_posting, topic_page

# Nobody who means well writes more; a script that has somebody's sign-in would.
MOST_POSTS = "40 per hour"
OK, FAULTY, TOO_MANY = 200, 422, 429


@blueprint.get("/editions/<code>/forums/<forum>/new")
@allow(learners_and_teachers)
def new_topic(code: str, forum: str) -> str:
    """Begin a topic, or write an announcement."""
    member = current_member()
    found = get_forum(member, forum)
    require_open_topics(member, found.key)
    values = {"title": request.args.get("about", "")[:160], "is_question": "question" in request.args}
    form = AnnouncementForm(formdata=None) if found.is_announcements else TopicForm(formdata=None, **values)
    return _new_topic_page(member, found, form)


def _new_topic_page(member: Member, forum: Forum, form: TopicForm | AnnouncementForm) -> str:
    if isinstance(form, TopicForm):
        form.offer(people_to_address(member, None))
    return render_template("forums/new.html", forum=forum, form=form)


@blueprint.post("/editions/<code>/forums/<forum>")
@allow(writers)
def open_topic(code: str, forum: str) -> Any:
    """Send a new topic or an announcement."""
    member = current_member()
    found = get_forum(member, forum)
    require_open_topics(member, found.key)
    form = AnnouncementForm() if found.is_announcements else TopicForm()
    status = _status_of(form, member)
    if status != OK:
        return _refused(form, status, lambda: _new_topic_page(member, found, form))
    is_topic = isinstance(form, TopicForm)
    with unit_of_work():
        topic_id = posting.open_topic(
            member,
            forum_key=found.key,
            title=form.title.data,
            body=form.body.data,
            is_question=is_topic and form.is_question.data,
            addressed_id=form.addressed_id if is_topic else None,
            now=clock.now(),
        ).id
    flash(_said(found, is_question=is_topic and form.is_question.data))
    return redirect(url_for(".topic", code=code, topic_id=topic_id, posted=1), 303)


# An old token must not cost anybody their text: the form itself looks at it, and comes back with what was typed.
csrf.exempt(open_topic)


def _said(forum: Forum, *, is_question: bool) -> str:
    if forum.is_announcements:
        return str(
            _(
                "Your announcement is sent. Everybody gets it by mail, and sees it on their first page until they have read it."
            )
        )
    if is_question:
        return str(_("Your question is there. Those who teach see that it waits for an answer."))
    return str(_("Your topic is there."))


def _status_of(form: TopicForm | AnnouncementForm | ReplyForm, member: Member) -> int:
    """What stands against a message, as a status; ``OK`` for nothing. The form then says it in words."""
    if not form.validate():
        return FAULTY
    if not is_throttled(MOST_POSTS, "forum post", str(member.person.id)):
        return OK
    form.body.errors = [
        _(
            "You have sent very many messages in the last hour. What you wrote is still here: wait a little, then send it."
        )
    ]
    return TOO_MANY


def _refused(form: Any, status: int, page: Callable[[], str]) -> Any:
    """The page with what was typed; to a page that sends what waited on the device, why, and whether to wait on."""
    if not wants_json():
        return page(), FAULTY
    return {"error": form.first_errors()[0][1]}, status


@blueprint.post("/editions/<code>/forums/topics/<int:topic_id>")
@allow(writers)
def reply(code: str, topic_id: int) -> Any:
    """Send a reply."""
    member, form = current_member(), ReplyForm()
    status = _status_of(form, member)
    if status != OK:
        return _refused(form, status, lambda: topic_page(member, topic_id, form))
    with unit_of_work():
        sent = posting.reply(
            member,
            topic_id=topic_id,
            body=form.body.data,
            parent_id=form.parent_id,
            addressed_id=form.addressed_id,
            is_answer=form.is_answer.data,
            now=clock.now(),
        )
        address = place_after_posting(code, sent)
    return redirect(address, 303)


csrf.exempt(reply)


@blueprint.get("/editions/<code>/forums/posts/<int:post_id>/text")
@allow(learners_and_teachers)
def edit(code: str, post_id: int) -> str:
    """Change one's own message while it is young, or take it back while nobody has answered."""
    member = current_member()
    post = posting.get_own_post(member, post_id)
    return _edit_page(member, post, _change_form(post, formdata=None))


def _change_form(post: Post, **options: Any) -> ChangeForm | ChangeTopicForm:
    kind = ChangeTopicForm if post.is_opening else ChangeForm
    return kind(data={"title": post.topic.title, "body": post.body}, **options)


def _edit_page(member: Member, post: Post, form: ChangeForm | ChangeTopicForm) -> str:
    editable_for = current_app.config["FORUM_EDITABLE_FOR"]
    return render_template(
        "forums/edit.html",
        post=post,
        topic=post.topic,
        forum=forum_of(member, post.topic),
        form=form,
        is_editable=is_editable(post.posted_at, clock.now(), editable_for),
        until=post.posted_at + editable_for,
        minutes=int(editable_for.total_seconds() // 60),
        may_delete=not (has_replies(post) or is_reported(post) or post.hidden_at),
    )


@blueprint.post("/editions/<code>/forums/posts/<int:post_id>/text")
@allow(learners_and_teachers)
def change(code: str, post_id: int) -> Any:
    """Save the change."""
    member = current_member()
    post = posting.get_own_post(member, post_id)
    form = _change_form(post)
    if not form.validate():
        return _edit_page(member, post, form), 422
    with unit_of_work():
        changed = posting.change_post(
            member,
            post_id=post_id,
            body=form.body.data,
            title=form.title.data if isinstance(form, ChangeTopicForm) else "",
            editable_for=current_app.config["FORUM_EDITABLE_FOR"],
            now=clock.now(),
        )
        address = place_after_posting(code, changed)
    flash(_("Your message is changed."))
    return redirect(address, 303)


@blueprint.post("/editions/<code>/forums/posts/<int:post_id>/deletion")
@allow(learners_and_teachers)
def delete(code: str, post_id: int) -> Response:
    """Take back one's own message."""
    member = current_member()
    forum_key = posting.get_own_post(member, post_id).topic.forum_key
    with unit_of_work():
        topic = posting.delete_post(member, post_id=post_id, now=clock.now())
        address = (
            url_for(".forum", code=code, forum=forum_key)
            if topic is None
            else url_for(".topic", code=code, topic_id=topic.id)
        )
    flash(_("Your message is taken back. Whoever had it by mail already, has it."))
    return redirect(address, 303)


@blueprint.post("/editions/<code>/forums/topics/<int:topic_id>/answer")
@allow(learners_and_teachers)
def answer(code: str, topic_id: int) -> Response:
    """Say which message answers the question, or that none does."""
    post_id = number_in(request.form.get("post"))
    with unit_of_work():
        posting.mark_answer(current_member(), topic_id=topic_id, post_id=post_id, now=clock.now())
    flash(_("The answer is marked.") if post_id else _("The question waits for an answer again."))
    if post_id is None:
        return redirect(url_for(".topic", code=code, topic_id=topic_id), 303)
    return redirect(url_for(".post", code=code, post_id=post_id), 303)
