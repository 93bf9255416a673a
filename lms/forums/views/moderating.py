"""Report and moderate: hide and show, pin, lock and move; what waits for those who teach."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.courses.access import current_member, learners_and_teachers, teachers
from lms.forums.forms import ArrangeForm, HidingForm, ReportForm
from lms.forums.models import Post
from lms.forums.queries.forums import forums_of
from lms.forums.queries.topics import (
    get_post,
    get_shown_post,
    get_topic,
    list_unanswered,
    open_reports,
    revisions_of,
)
from lms.forums.services import moderating
from lms.forums.views.blueprint import blueprint, forum_of


@blueprint.route("/editions/<code>/forums/posts/<int:post_id>/report", methods=["GET", "POST"])
@allow(learners_and_teachers)
def report(code: str, post_id: int) -> Any:
    """Say that a message should not stand."""
    member = current_member()
    post = get_shown_post(member, post_id)
    form = ReportForm()
    if not form.validate_on_submit():
        page = _post_page("forums/report.html", post, form)
        return (page, 422) if form.is_submitted() else page
    with unit_of_work():
        is_first = moderating.report_post(member, post_id=post_id, reason=form.reason.data, now=clock.now())
    if is_first:
        flash(_("Thank you. Those who teach look at it. Nobody else learns that you wrote to them."))
    else:
        flash(_("You have reported this message before. Those who teach know of it."))
    return redirect(url_for(".topic", code=code, topic_id=post.topic_id), 303)


def _post_page(template: str, post: Post, form: Any = None, **values: Any) -> str:
    forum = forum_of(current_member(), post.topic)
    return render_template(template, post=post, topic=post.topic, forum=forum, form=form, **values)


@blueprint.get("/editions/<code>/forums/reports")
@allow(teachers)
def reports(code: str) -> str:
    """Messages that somebody has reported."""
    return render_template("forums/reports.html", reports=open_reports(current_member()))


@blueprint.post("/editions/<code>/forums/reports/<int:report_id>/settlement")
@allow(teachers)
def settle(code: str, report_id: int) -> Response:
    """Leave a reported message as it stands."""
    with unit_of_work():
        moderating.settle_report(current_member(), report_id=report_id, now=clock.now())
    flash(_("The message stays as it is, and the report is settled."))
    return redirect(url_for(".reports", code=code), 303)


@blueprint.route("/editions/<code>/forums/posts/<int:post_id>/hiding", methods=["GET", "POST"])
@allow(teachers)
def hide(code: str, post_id: int) -> Any:
    """Hide a message, or a topic by its first one."""
    member = current_member()
    post = get_post(member, post_id)
    form = HidingForm()
    if not form.validate_on_submit():
        page = _post_page("forums/hide.html", post, form)
        return (page, 422) if form.is_submitted() else page
    with unit_of_work():
        moderating.hide_post(member, post_id=post_id, reason=form.reason.data, now=clock.now())
    flash(_("The message is hidden. Its author is told why."))
    return redirect(url_for(".post", code=code, post_id=post_id), 303)


@blueprint.post("/editions/<code>/forums/posts/<int:post_id>/showing")
@allow(teachers)
def show(code: str, post_id: int) -> Response:
    """Show a hidden message again."""
    with unit_of_work():
        moderating.show_post(current_member(), post_id=post_id, now=clock.now())
    flash(_("Everybody can read the message again."))
    return redirect(url_for(".post", code=code, post_id=post_id), 303)


@blueprint.get("/editions/<code>/forums/posts/<int:post_id>/history")
@allow(teachers)
def history(code: str, post_id: int) -> str:
    """What a message said before it was changed."""
    post = get_post(current_member(), post_id)
    revisions = revisions_of(post)
    if not revisions:
        raise NotFound(_("This message was never changed."))
    return _post_page("forums/history.html", post, revisions=revisions)


@blueprint.route("/editions/<code>/forums/topics/<int:topic_id>/arrangement", methods=["GET", "POST"])
@allow(teachers)
def arrange(code: str, topic_id: int) -> Any:
    """Pin, lock and move a topic."""
    member = current_member()
    topic = get_topic(member, topic_id)
    form = ArrangeForm.for_topic(topic, forums_of(member.edition))
    if not form.validate_on_submit():
        page = render_template("forums/arrange.html", topic=topic, forum=forum_of(member, topic), form=form)
        return (page, 422) if form.is_submitted() else page
    with unit_of_work():
        moderating.arrange_topic(
            member,
            topic_id=topic_id,
            forum_key=form.forum.data,
            is_pinned=form.is_pinned.data,
            is_locked=form.is_locked.data,
            is_question=form.is_question.data,
            now=clock.now(),
        )
    flash(_("The topic is arranged."))
    return redirect(url_for(".topic", code=code, topic_id=topic_id), 303)


@blueprint.get("/editions/<code>/forums/questions")
@allow(teachers)
def questions(code: str) -> str:
    """Questions that wait for an answer, the oldest first."""
    member = current_member()
    return render_template("forums/questions.html", lines=list_unanswered(member), forums=forums_of(member.edition))
