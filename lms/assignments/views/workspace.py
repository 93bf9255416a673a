"""What a group does beside writing: who is there, where it meets, what it talks about, and what it asks its tutors."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from babel.lists import format_list
from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.group_forms import MeetingForm, PostForm
from lms.assignments.models import Draft, DraftVersion
from lms.assignments.queries.groups import group_of
from lms.assignments.queries.submissions import versions_of
from lms.assignments.queries.work import Standing, get_deliverable, get_standing
from lms.assignments.queries.workspace import find_draft, get_post, get_version, posts_of, writing_now
from lms.assignments.services.discussion import (
    add_post,
    edit_post,
    get_discussion,
    is_editable,
    may_ask_tutors,
    settle_question,
)
from lms.assignments.services.groups import name_deputy, set_meeting
from lms.assignments.services.presence import note_presence
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.groups import number_in
from lms.assignments.views.wording import own_time
from lms.core import clock
from lms.core.access import allow
from lms.core.comparison import compare_in_context
from lms.core.db import unit_of_work
from lms.core.errors import NotFound
from lms.core.web import wants_json
from lms.courses.access import current_member, learners_and_teachers, participants, teachers
from lms.courses.permissions import Member


def writers_sentence(member: Member, standing: Standing, part_key: str, now: datetime) -> str:
    """Who else has a part open now; nothing for work of one's own."""
    if standing.owner is None or standing.owner.group_id is None:
        return ""
    others = writing_now(standing.assignment.id, standing.owner.group_id, part_key, member.own_enrolment.id, now)
    if not others:
        return str(_("Nobody else has this part open now."))
    return str(
        ngettext("%(names)s has this part open now.", "%(names)s have this part open now.", len(others),
                 names=format_list(others, locale=get_locale()))
    )  # fmt: skip


@blueprint.post("/editions/<code>/assignments/<key>/parts/<part>/presence")
@allow(participants)
def presence(code: str, key: str, part: str) -> dict[str, Any]:
    """The page is still open; the script asks who else is there, and whether somebody saved meanwhile.

    ``newer`` is what they saved: the script puts it into a box in which nothing else was typed.
    """
    member, now = current_member(), clock.now()
    with unit_of_work():
        standing = note_presence(member, assignment_key=key, part_key=part, now=now)
        assert standing.owner is not None
        draft = find_draft(standing.assignment.id, standing.owner, part)
        sentence = writers_sentence(member, standing, part, now)
        seen = request.form.get("revision", type=int) or 0
        author = None if draft is None or draft.revision <= seen else draft.saved_by
        if draft is None or author is None or author.id == member.own_enrolment.id:
            return {"message": sentence}
        said = {"name": author.person.full_name, "time": own_time(member, draft.saved_at)}
        both = _("%(name)s saved at %(time)s. When you save you will see both texts.", **said)
        taken = _("%(name)s saved at %(time)s. Their text is in the box now.", **said)
        newer = {"body": draft.body, "revision": draft.revision, "message": f"{sentence} {taken}"}
        return {"message": f"{sentence} {both}", "newer": newer}


@blueprint.get("/editions/<code>/assignments/<key>/parts/<part>/history/differences")
@allow(participants)
def compare(code: str, key: str, part: str) -> str:
    """What changed between two versions of a part: from the last that reads otherwise to the text of now, unless asked."""
    member = current_member()
    standing = get_standing(member.edition.id, key, enrolment_id=member.own_enrolment.id, now=clock.now())
    deliverable = get_deliverable(standing.plan, part)
    draft = None if standing.owner is None else find_draft(standing.assignment.id, standing.owner, part)
    if draft is None:
        raise NotFound
    versions, before, after = versions_of(draft.id), _version(draft, "from"), _version(draft, "to")
    if not request.args:
        before = next((version for version in versions if version.body != draft.body), None)
    return render_template(
        "assignments/differences.html",
        standing=standing,
        part=deliverable,
        draft=draft,
        before=before,
        after=after,
        versions=versions,
        changes=compare_in_context((before or draft).body, (after or draft).body),
    )


def _version(draft: Draft, name: str) -> DraftVersion | None:
    asked = request.args.get(name, "")
    if asked in ("", "now"):
        return None
    number = number_in(asked)
    if number is None:
        raise NotFound
    return get_version(draft, number)


@blueprint.get("/editions/<code>/groups/<int:group_id>/discussion")
@allow(learners_and_teachers)
def discussion(code: str, group_id: int) -> str:
    """A group talks; its tutors read along and answer."""
    return _discussion_page(group_id)


def _discussion_page(group_id: int, form: PostForm | None = None, edited: tuple[int, PostForm] | None = None) -> str:
    member, now = current_member(), clock.now()
    group = get_discussion(member, group_id)
    shown = posts_of(group.id, request.args.get("page", 1, type=int))
    return render_template(
        "assignments/discussion.html",
        group=group,
        shown=shown,
        editable={post.id for post in shown.posts if is_editable(member, post, now)},
        form=form or PostForm(formdata=None),
        edited=edited,
        may_ask=may_ask_tutors(member, group),
    )


@blueprint.post("/editions/<code>/groups/<int:group_id>/discussion")
@allow(learners_and_teachers)
def post(code: str, group_id: int) -> Response | tuple[str | dict[str, str], int]:
    """Say something; the ambassador's questions go to the tutors too."""
    form = PostForm()
    if not form.validate():
        if wants_json():  # it waited on the device, and its page is told why it cannot be sent
            return {"error": form.first_errors()[0][1]}, 422
        return _discussion_page(group_id, form), 422
    with unit_of_work():
        posted = add_post(
            current_member(),
            group_id=group_id,
            body=form.body.data or "",
            to_tutors=bool(form.to_tutors.data),
            now=clock.now(),
        ).id
    if form.to_tutors.data:
        flash(_("Your question waits for the tutors. They are told by mail and answer here."))
    return redirect(
        url_for("assignments.discussion", code=code, group_id=group_id, posted=1, _anchor=f"post-{posted}"), 303
    )


@blueprint.get("/editions/<code>/groups/posts/<int:post_id>")
@allow(learners_and_teachers)
def edit(code: str, post_id: int) -> str:
    """Change what one has just written."""
    member = current_member()
    found = get_post(member.edition.id, post_id)
    get_discussion(member, found.group_id)
    if not is_editable(member, found, clock.now()):
        raise NotFound
    return render_template(
        "assignments/post.html", post=found, group=found.group, form=PostForm(formdata=None, body=found.body)
    )


@blueprint.post("/editions/<code>/groups/posts/<int:post_id>")
@allow(learners_and_teachers)
def save_post(code: str, post_id: int) -> Response | tuple[str, int]:
    """Save the change."""
    form, member = PostForm(), current_member()
    if not form.validate():
        found = get_post(member.edition.id, post_id)
        get_discussion(member, found.group_id)
        return render_template("assignments/post.html", post=found, group=found.group, form=form), 422
    with unit_of_work():
        group_id = edit_post(member, post_id=post_id, body=form.body.data or "", now=clock.now()).group_id
    flash(_("Your message is changed."))
    return redirect(url_for("assignments.discussion", code=code, group_id=group_id, _anchor=f"post-{post_id}"), 303)


@blueprint.post("/editions/<code>/groups/posts/<int:post_id>/settlement")
@allow(teachers)
def settle(code: str, post_id: int) -> Response:
    """Take a question out of the queue: it was answered elsewhere, or needs no answer."""
    with unit_of_work():
        settle_question(current_member(), post_id=post_id, now=clock.now())
    flash(_("The question is out of the queue."))
    return redirect(url_for("assignments.marking", code=code), 303)


@blueprint.get("/editions/<code>/group/meeting")
@allow(participants)
def meeting(code: str) -> str:
    """Where my group meets."""
    group = group_of(current_member().own_enrolment.id)
    if group is None:
        raise NotFound
    return render_template(
        "assignments/meeting.html", group=group, form=MeetingForm(formdata=None, url=group.meeting_url)
    )


@blueprint.post("/editions/<code>/group/meeting")
@allow(participants)
def save_meeting(code: str) -> Response | tuple[str, int]:
    """Set or remove the address."""
    form, member = MeetingForm(), current_member()
    if not form.validate():
        group = group_of(member.own_enrolment.id)
        if group is None:
            raise NotFound
        return render_template("assignments/meeting.html", group=group, form=form), 422
    with unit_of_work():
        set_meeting(member, url=form.url.data or "", now=clock.now())
    flash(_("The address of your meeting is saved.") if form.url.data else _("The link is taken away."))
    return redirect(url_for("assignments.group", code=code), 303)


@blueprint.post("/editions/<code>/group/deputy")
@allow(participants)
def save_deputy(code: str) -> Response:
    """The ambassador names who may act in their place."""
    chosen = number_in(request.form.get("deputy", ""))
    with unit_of_work():
        name_deputy(current_member(), deputy_id=chosen or None, now=clock.now())
    flash(_("Your deputy is saved.") if chosen else _("The group has no deputy now."))
    return redirect(url_for("assignments.group", code=code), 303)


def host_of(url: str) -> str:
    """The site of an address, by which people see where a link leads."""
    return urlsplit(url).hostname or ""
