"""The page of notices, the preferences, and the link that stops a kind of mail."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.accounts.access import administrators, current_person, signed_in
from lms.core import clock
from lms.core.access import allow, anyone
from lms.core.db import row_number, unit_of_work
from lms.core.outbox import is_given_up, stuck_letters, try_again
from lms.core.web import csrf
from lms.notices import services
from lms.notices.domain import CHOSEN
from lms.notices.forms import PreferencesForm
from lms.notices.queries import choices_of, get_notice, notices_of
from lms.notices.wording import category_name, digest_name, words_of

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
@allow(signed_in)
def index() -> str:
    """What the person was told, the latest first."""
    person = current_person()
    page = _page_asked()
    unread_only = request.args.get("show") == "unread"
    found, pages = notices_of(person, page=page, unread_only=unread_only)
    return render_template(
        "notices/index.html",
        notices=[(one, words_of(one, person)) for one in found],
        page=page,
        pages=pages,
        unread_only=unread_only,
    )


def _page_asked() -> int:
    try:
        return max(1, min(row_number(request.args.get("page", "1")), 100_000))
    except ValueError:
        return 1


@blueprint.post("/notices/<int:notice_id>/open")
@allow(signed_in)
def open_notice(notice_id: int) -> Any:
    """Mark a notice as read and go where it leads."""
    person = current_person()
    notice = get_notice(person, notice_id)
    target = url_for(notice.endpoint, **notice.place)
    with unit_of_work():
        services.mark_read(person, clock.now(), [notice.id])
    return redirect(target, 303)


@blueprint.post("/notices/read")
@allow(signed_in)
def read_all() -> Any:
    """Mark all notices as read."""
    with unit_of_work():
        count = services.mark_read(current_person(), clock.now())
    flash(ngettext("%(num)d notice is marked as read.", "%(num)d notices are marked as read.", count))
    return redirect(url_for(".index"), 303)


@blueprint.route("/profile/notices", methods=["GET", "POST"])
@allow(signed_in)
def preferences() -> Any:
    """How each category reaches the person."""
    person = current_person()
    form = PreferencesForm.for_choices(choices_of([person.id]).get(person.id, {}))
    if not form.validate_on_submit():
        page = render_template("notices/preferences.html", form=form)
        return (page, 422) if form.is_submitted() else page
    with unit_of_work():
        services.choose_deliveries(person, form.deliveries(), clock.now())
    flash(_("Saved. This holds from now on, in every course."))
    return redirect(url_for(".preferences"), 303)


@blueprint.route("/unsubscribe/<token>", methods=["GET", "POST"])
@allow(anyone)
@csrf.exempt  # type: ignore[untyped-decorator]  # mail programmes post here by themselves (RFC 8058); the token says who and what, and only stops mail
def unsubscribe(token: str) -> Any:
    """Stop a kind of mail, without signing in. Opening the page changes nothing: programmes look at links too."""
    person, what = services.read_unsubscribe_token(token)
    g.language = person.language  # whoever reads the letter, signed in or not
    name = category_name(what) if what in CHOSEN else digest_name()
    if request.method == "GET":
        return render_template("notices/unsubscribe.html", name=name, token=token, is_done=False)
    with unit_of_work():
        services.unsubscribe(token, clock.now())
    return render_template("notices/unsubscribe.html", name=name, token=token, is_done=True)


@blueprint.route("/administration/letters", methods=["GET", "POST"])
@allow(administrators)
def letters() -> Any:
    """The letters that did not leave, and why; they can be tried anew."""
    stuck = stuck_letters()
    if request.method == "POST":
        with unit_of_work():
            count = try_again(stuck, clock.now())
        flash(ngettext("%(num)d letter is tried again.", "%(num)d letters are tried again.", count))
        return redirect(url_for(".letters"), 303)
    return render_template("notices/letters.html", letters=stuck, is_given_up=is_given_up)
