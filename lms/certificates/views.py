"""The public check of a certificate, a participant's own, and the closing of an edition."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.certificates import queries, services
from lms.certificates.domain import Action, grouped
from lms.certificates.forms import NameForm, ReasonForm
from lms.core import clock
from lms.core.access import allow, anyone
from lms.core.db import unit_of_work
from lms.core.errors import Refusal
from lms.core.files import read_file
from lms.core.i18n import Text
from lms.core.throttle import is_throttled
from lms.courses.access import coordinators, current_member, participants
from lms.courses.access import members as members_of_edition
from lms.courses.editions import reopen_edition
from lms.grading.queries import get_items, get_scheme
from lms.grading.wording import sentences

blueprint = Blueprint("certificates", __name__)

PAGE_SIZE = 100
BATCH = 50  # sheets drawn in one request: some seconds on a small server
MISSES = "30 per 10 minutes"


@blueprint.get("/certificates")
@allow(anyone)
def check() -> Any:
    """Ask for a code, and lead to what it stands for."""
    typed = request.args.get("code", "").strip()
    if not typed:
        return render_template("certificates/check.html", typed="", fault=None)
    certificate = _find(typed)
    if certificate is None:
        fault = _("No certificate has this code. Compare it letter by letter with the sheet, then try again.")
        return render_template("certificates/check.html", typed=typed, fault=fault), 404
    return redirect(url_for(".show", certificate_code=certificate.code), 303)


@blueprint.get("/certificates/<certificate_code>")
@allow(anyone)
def show(certificate_code: str) -> Any:
    """What a certificate says and whether it stands; no sign-in, nothing beyond what is printed."""
    certificate = _find(certificate_code)
    if certificate is None:
        fault = _("No certificate has this code. Compare it letter by letter with the sheet, then try again.")
        return render_template("certificates/check.html", typed=certificate_code, fault=fault), 404
    page = render_template("certificates/show.html", certificate=certificate, printed=certificate.printed)
    return Response(page, headers={"X-Robots-Tag": "noindex"})


@blueprint.get("/certificates/<certificate_code>.json")
@allow(anyone)
def show_json(certificate_code: str) -> Any:
    """The same for programs."""
    certificate = _find(certificate_code)
    if certificate is None:
        return {"error": "no certificate has this code"}, 404, {"X-Robots-Tag": "noindex"}
    printed = certificate.printed
    successor = certificate.replaced_by
    facts = {
        "state": certificate.state,
        "number": certificate.number,
        "kind": certificate.kind,
        "name": printed["name"],
        "course": printed["course"],
        "dates": printed["dates"],
        "details": printed["details"],
        "issued_at": certificate.issued_at.isoformat(),
        "replaced_at": certificate.replaced_at and certificate.replaced_at.isoformat(),
        "replaced_by": successor and successor.code,
        "revoked_at": certificate.revoked_at and certificate.revoked_at.isoformat(),
        "sha256": certificate.file.sha256,
    }
    return facts, 200, {"X-Robots-Tag": "noindex"}


def _find(typed: str) -> Any:
    address = request.remote_addr or ""
    certificate = queries.find_by_code(typed)
    if certificate is None and is_throttled(MISSES, "certificate-code", address):
        raise _TooMany(_("Too many codes that lead nowhere came from here. Please try again in ten minutes."))
    return certificate


class _TooMany(Refusal):
    status = 429


@blueprint.get("/editions/<code>/certificate")
@allow(participants)
def mine(code: str) -> str:
    """A participant's own certificates, with the page to share."""
    member = current_member()
    held = queries.certificates_of(member.own_enrolment.id)
    return render_template("certificates/mine.html", held=held, grouped=grouped)


@blueprint.get("/editions/<code>/certificates/<number>.pdf")
@allow(members_of_edition)
def download(code: str, number: str) -> Response:
    """The sheet as it was issued."""
    certificate = queries.get_certificate(current_member(), number)
    return Response(
        read_file(certificate.file),
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{certificate.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )


@blueprint.get("/editions/<code>/closing")
@allow(coordinators)
def closing(code: str) -> str:
    """Who gets what and why, before and after the edition is closed."""
    return _closing_page()


def _closing_page(reason_form: ReasonForm | None = None) -> str:
    edition = current_member().edition
    lines = queries.issue_plan(edition)
    chosen = request.args.get("show", "")
    shown = [line for line in lines if not chosen or line.action == chosen]
    page = max(1, request.args.get("page", 1, type=int))
    counts = {action: sum(line.action is action for line in lines) for action in Action}
    return render_template(
        "certificates/closing.html",
        lines=shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        page=page,
        pages=max(1, -(-len(shown) // PAGE_SIZE)),
        counts=counts,
        pending=sum(line.standing.decision.is_pending for line in lines),
        kinds=_kinds(lines),
        chosen=chosen,
        total=len(lines),
        held_back=_held_back(edition.id),
        explain=sentences,
        reason_form=reason_form or ReasonForm(),
        actions=Action,
    )


def _held_back(edition_id: int) -> list[Text]:
    """Titles of the items whose marks participants do not see yet."""
    _version, scheme = get_scheme(edition_id)
    titles = {item.key: item.title for item in scheme.items}
    return [titles[item.key] for item in get_items(edition_id) if item.released_at is None and item.key in titles]


def _kinds(lines: list[queries.PlanLine]) -> dict[str, int]:
    """How many would receive each kind if it were issued now."""
    kinds: dict[str, int] = {}
    for line in lines:
        if line.action in services.ISSUING and line.standing.decision.kind is not None:
            kinds[line.standing.decision.kind] = kinds.get(line.standing.decision.kind, 0) + 1
    return kinds


@blueprint.get("/editions/<code>/closing/confirm")
@allow(coordinators)
def confirm(code: str) -> Any:
    """What closing does, in numbers, before it is done: released marks cannot be taken back."""
    edition = current_member().edition
    if edition.closed_at is not None:
        return redirect(url_for(".closing", code=code), 303)
    lines = queries.issue_plan(edition)
    return render_template(
        "certificates/confirm.html",
        total=len(lines),
        waiting=sum(line.action is Action.WAIT for line in lines),
        kinds=_kinds(lines),
        without=sum(line.action is Action.NONE for line in lines),
        held_back=_held_back(edition.id),
        has_ended=clock.now().date() > edition.ends_on,
    )


@blueprint.post("/editions/<code>/closing/close")
@allow(coordinators)
def close(code: str) -> Any:
    """Close the edition."""
    with unit_of_work():
        services.close_edition(actor=current_member(), now=clock.now())
    flash(_("The edition is closed. Its results are final; a later change to a mark needs a reason."))
    return redirect(url_for(".closing", code=code), 303)


@blueprint.post("/editions/<code>/closing/reopen")
@allow(coordinators)
def reopen(code: str) -> Any:
    """Open a closed edition again, with a reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _closing_page(form), 422
    with unit_of_work():
        reopen_edition(current_member(), form.reason.data, clock.now())
    flash(_("The edition is open again. Certificates that were issued stay as they are."))
    return redirect(url_for(".closing", code=code), 303)


@blueprint.post("/editions/<code>/closing/issue")
@allow(coordinators)
def issue(code: str) -> Any:
    """Issue what is due, a batch at a time; repeating it issues nothing twice."""
    with unit_of_work():
        left = services.issue_certificates(
            actor=current_member(), public_url=current_app.config["PUBLIC_URL"], now=clock.now(), most=BATCH
        )
    if left:
        flash(
            ngettext(
                "%(num)s certificate is still to be issued: go on below.",
                "%(num)s certificates are still to be issued: go on below.",
                left,
            )
        )
    else:
        flash(_("All certificates that are due have been issued. Each holder is told by mail."))
    return redirect(url_for(".closing", code=code), 303)


@blueprint.get("/editions/<code>/certificates/<number>")
@allow(coordinators)
def manage(code: str, number: str) -> str:
    """One certificate: what it says, what happened to it, what can be done."""
    return _manage_page(number)


def _manage_page(number: str, name_form: NameForm | None = None, reason_form: ReasonForm | None = None) -> str:
    certificate = queries.get_certificate(current_member(), number)
    return render_template(
        "certificates/manage.html",
        certificate=certificate,
        printed=certificate.printed,
        held=queries.certificates_of(certificate.enrolment_id),
        name_form=name_form or NameForm(name=certificate.enrolment.person.full_name),
        reason_form=reason_form or ReasonForm(),
        grouped=grouped,
    )


@blueprint.post("/editions/<code>/certificates/<number>/correct")
@allow(coordinators)
def correct(code: str, number: str) -> Any:
    """Issue it again under a corrected name."""
    form = NameForm()
    if not form.validate_on_submit():
        return _manage_page(number, name_form=form), 422
    member = current_member()
    with unit_of_work():
        corrected = services.correct_name(
            actor=member,
            certificate=queries.get_certificate(member, number),
            name=" ".join(form.name.data.split()),
            public_url=current_app.config["PUBLIC_URL"],
            now=clock.now(),
        )
        new_number = corrected.number
    flash(_("The corrected certificate %(number)s has replaced the old one.", number=new_number))
    return redirect(url_for(".manage", code=code, number=new_number), 303)


@blueprint.post("/editions/<code>/certificates/<number>/revoke")
@allow(coordinators)
def revoke(code: str, number: str) -> Any:
    """Revoke it, with a reason that stays inside."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _manage_page(number, reason_form=form), 422
    member = current_member()
    with unit_of_work():
        services.revoke_certificate(
            actor=member,
            certificate=queries.get_certificate(member, number),
            reason=form.reason.data,
            now=clock.now(),
        )
    flash(_("The certificate is revoked. Its public page says so from now on."))
    return redirect(url_for(".manage", code=code, number=number), 303)
