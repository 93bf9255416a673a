"""Conversations of participants with the teaching team, and letters to several people."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import row_number, unit_of_work
from lms.core.throttle import is_throttled
from lms.core.web import csrf, wants_json
from lms.courses.access import current_member, learners_and_teachers, participants, teachers
from lms.courses.models import Enrolment
from lms.courses.permissions import Member
from lms.grading.queries import get_scheme
from lms.messages import queries, services
from lms.messages.domain import NO_GROUP, OVERDUE, Audience, audience_from, chosen
from lms.messages.forms import LetterForm, MessageForm
from lms.messages.wording import PRESENCES, Names, of_language
from lms.notices.wording import words

blueprint = Blueprint("messages", __name__)

# Nobody who means well writes more; a script that has somebody's sign-in would.
MOST_MESSAGES = "40 per hour"
MOST_LETTERS = "20 per hour"

Page = str | tuple[str | dict[str, str], int] | Response


def _page_asked() -> int:
    return request.args.get("page", 1, type=int)


@blueprint.get("/editions/<code>/messages")
@allow(learners_and_teachers)
def index(code: str) -> Page:
    """A participant's conversation with the team; for the team, everybody's."""
    member = current_member()
    if member.is_participant:
        return _own_page(member)
    found = queries.conversations_of(
        member,
        words=request.args.get("q", ""),
        only_waiting=request.args.get("show") == "waiting",
        page=_page_asked(),
    )
    return render_template("messages/index.html", found=found, waiting=queries.waiting_for_answer(member.edition))


def _own_page(member: Member, form: MessageForm | None = None) -> str:
    shown = queries.conversation_with(member.own_enrolment, _page_asked())
    return render_template("messages/mine.html", shown=shown, form=form or MessageForm(formdata=None))


def _refusal(form: MessageForm | LetterForm, member: Member, most: str) -> int:
    """The status of what stands against a message, 0 for nothing; the form says what it is, and keeps the words."""
    if not form.validate():
        return 422
    if not is_throttled(most, "message", str(member.person.id)):
        return 0
    form.body.errors = [
        _(
            "You have sent very many messages in the last hour. What you wrote is still here: wait a little, then send it."
        )
    ]
    return 429


@blueprint.post("/editions/<code>/messages")
@allow(participants)
def write(code: str) -> Page:
    """Write to the team."""
    member, form = current_member(), MessageForm()
    if status := _refusal(form, member, MOST_MESSAGES):
        if wants_json():  # it waited on the device, and goes on waiting, or its page is told why it cannot be sent
            return {"error": form.first_errors()[0][1]}, status
        return _own_page(member, form), status
    with unit_of_work():
        sent = services.write_to_team(member, body=form.body.data, now=clock.now()).id
    flash(
        _("Your message is sent. Your tutors are told by mail, and their answer comes to you by mail and stands here.")
    )
    return redirect(url_for(".index", code=code, posted=1, _anchor=f"message-{sent}"), 303)


# An old token must not cost anybody their text: the form itself looks at it, and comes back with what was typed.
csrf.exempt(write)


@blueprint.get("/editions/<code>/messages/<int:enrolment_id>")
@allow(teachers)
def conversation(code: str, enrolment_id: int) -> Page:
    """One participant's conversation with the team."""
    member = current_member()
    return _conversation_page(queries.get_participant(member, enrolment_id))


def _conversation_page(enrolment: Enrolment, form: MessageForm | None = None) -> str:
    return render_template(
        "messages/conversation.html",
        enrolment=enrolment,
        shown=queries.conversation_with(enrolment, _page_asked()),
        state=queries.find_conversation(enrolment.id),
        form=form or MessageForm(formdata=None),
    )


@blueprint.post("/editions/<code>/messages/<int:enrolment_id>")
@allow(teachers)
def answer(code: str, enrolment_id: int) -> Page:
    """Write to one participant."""
    member, form = current_member(), MessageForm()
    enrolment = queries.get_participant(member, enrolment_id)
    if status := _refusal(form, member, MOST_MESSAGES):
        return _conversation_page(enrolment, form), status
    with unit_of_work():
        sent = services.write_to_participant(
            member, enrolment_id=enrolment_id, body=form.body.data, now=clock.now(), seen=_seen()
        ).id
    flash(_("Your message is sent to %(name)s.", name=enrolment.person.full_name))
    return redirect(
        url_for(".conversation", code=code, enrolment_id=enrolment_id, posted=1, _anchor=f"message-{sent}"), 303
    )


csrf.exempt(answer)


@blueprint.post("/editions/<code>/messages/<int:enrolment_id>/settlement")
@allow(teachers)
def settle(code: str, enrolment_id: int) -> Response:
    """What was written needs no answer here."""
    with unit_of_work():
        is_settled = services.settle(current_member(), enrolment_id=enrolment_id, now=clock.now(), seen=_seen())
    if not is_settled:
        flash(_("There is a newer message, which you had not before you. It waits for an answer."), "warning")
        return redirect(url_for(".conversation", code=code, enrolment_id=enrolment_id), 303)
    flash(_("This conversation waits for nobody now."))
    return redirect(url_for(".index", code=code), 303)


def _seen() -> int | None:
    """The latest message that the page showed from which this was sent."""
    return request.form.get("seen", type=int)


# Letters to several people


@blueprint.get("/editions/<code>/messages/new")
@allow(teachers)
def new_letter(code: str) -> Page:
    """Choose people by what they have not done and who they are, and write to them."""
    return _letter_page(current_member(), audience_from(request.args), LetterForm(formdata=None), clock.now())


def _letter_page(
    member: Member, audience: Audience, form: LetterForm, now: datetime, ticked: set[int] | None = None
) -> str:
    everybody = queries.people_to_write_to(member, now)
    fitting = {one.enrolment_id for one in chosen([one.candidate for one in everybody], audience)}
    found = [one for one in everybody if one.candidate.enrolment_id in fitting]
    return render_template(
        "messages/new.html",
        audience=audience,
        choices=_choices(_names(member), everybody),
        everybody=everybody,
        found=found,
        ticked=fitting if ticked is None else ticked,
        form=form,
    )


def _names(member: Member) -> Names:
    _version, scheme = get_scheme(member.edition.id)
    groups = {str(number): name for number, name in queries.groups_by_name(member.edition.id)}
    return Names(scheme, {item.key: item.title for item in scheme.items}, groups)


@dataclass(frozen=True, slots=True)
class Choice:
    """A list by which people are chosen: the field's name, its label, and values with their names."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]


def _choices(names: Names, everybody: Sequence[queries.Reached]) -> list[Choice]:
    """The lists by which people are chosen; one with a single value would part nobody."""
    candidates = [one.candidate for one in everybody]
    outcomes = sorted({one.outcome for one in candidates})
    sponsors = sorted({code for one in candidates for code in one.sponsors})
    languages = sorted({one.language for one in candidates})
    groups = [*names.groups, NO_GROUP] if names.groups else []
    lists = [
        Choice("outcome", _("If the edition closed today"), [(one, names.of_outcome(one)) for one in outcomes]),
        Choice("sponsor", _("Sponsor"), [(one, one) for one in sponsors]),
        Choice("group", _("Group"), [(one, names.of_group(one)) for one in groups]),
        Choice("language", _("Language"), [(one, of_language(one)) for one in languages]),
    ]
    return [
        Choice("work", _("Has not done"), [(key, names.of_work(key)) for key in (OVERDUE, *names.work)]),
        Choice("presence", _("Seen lately"), [(one.value, str(name)) for one, name in PRESENCES.items()]),
        *(one for one in lists if len(one.options) > 1),
    ]


def _numbers(texts: Sequence[str]) -> set[int]:
    numbers = set()
    for text in texts:
        try:
            numbers.add(row_number(text))
        except ValueError:
            continue  # nobody's number
    return numbers


@blueprint.post("/editions/<code>/messages/new")
@allow(teachers)
def send_letter(code: str) -> Page:
    """See the letter as it will be read, change it, or send it."""
    member, form, now = current_member(), LetterForm(), clock.now()
    audience, then = audience_from(request.form), request.form.get("then", "")
    to = _numbers(request.form.getlist("to"))
    if then == "change":
        return _letter_page(member, audience, form, now, to)
    is_valid = form.validate()
    if is_valid and not to:
        form.form_errors.append(_("Nobody is chosen. Choose at least one person."))
    if not is_valid or not to:
        return _letter_page(member, audience, form, now, to), 422
    if then != "send":
        return _preview_page(member, audience, form, to, now)
    if status := _refusal(form, member, MOST_LETTERS):
        return _letter_page(member, audience, form, now, to), status
    with unit_of_work():
        letter = services.write_letter(
            member,
            enrolment_ids=to,
            subject=form.title.data,
            body=form.body.data,
            audience=audience,
            has_open_work=form.has_open_work.data,
            key=request.form.get("key", "")[:40] or secrets.token_urlsafe(12),
            now=now,
        )
        letter_id, number = letter.id, len(queries.people_of(letter))
    flash(
        ngettext(
            "Your letter is sent to %(num)d person. It leaves by mail now, and stands in their messages.",
            "Your letter is sent to %(num)d people. It leaves by mail now, and stands in their messages.",
            number,
        )
    )
    return redirect(url_for(".letter", code=code, message_id=letter_id, posted=1), 303)


csrf.exempt(send_letter)


def _preview_page(member: Member, audience: Audience, form: LetterForm, to: set[int], now: datetime) -> Page:
    found = [one for one in queries.people_to_write_to(member, now) if one.candidate.enrolment_id in to]
    if not found:
        form.form_errors.append(_("Nobody is chosen. Choose at least one person."))
        return _letter_page(member, audience, form, now, to), 422
    first = found[0]
    context = services.context_of_letter(
        member, form.title.data, form.body.data, first.candidate.open_work if form.has_open_work.data else (),
        first.person.time_zone,
    )  # fmt: skip
    return render_template(
        "messages/preview.html",
        audience=audience,
        found=found,
        form=form,
        letter=words("message", context, first.person.full_name),
        key=secrets.token_urlsafe(12),
    )


@blueprint.get("/editions/<code>/messages/sent")
@allow(teachers)
def letters(code: str) -> Page:
    """The letters that were sent to several people: when, by whom, to how many, and how these were chosen."""
    member = current_member()
    return render_template(
        "messages/letters.html",
        found=queries.letters_of(member, _page_asked()),
        said=_names(member).of_audience,
        audience_from=audience_from,
    )


@blueprint.get("/editions/<code>/messages/sent/<int:message_id>")
@allow(teachers)
def letter(code: str, message_id: int) -> Page:
    """One letter, and everybody it went to."""
    member = current_member()
    found = queries.get_letter(member, message_id)
    return render_template(
        "messages/letter.html",
        letter=found,
        people=queries.people_of(found),
        said=_names(member).of_audience(audience_from(found.audience or {})),
    )
