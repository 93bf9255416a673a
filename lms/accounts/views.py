"""Sign-in, invitations, passwords, profile, language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from lms.accounts import corrections, services
from lms.accounts.access import current_person, local_target, signed_in, start_session
from lms.accounts.devices import known_device
from lms.accounts.domain import LinkState, TokenPurpose, email_key, link_state, network_of
from lms.accounts.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    CurrentPasswordForm,
    ForgottenPasswordForm,
    InvitationForm,
    NewPasswordForm,
    ProfileForm,
    SignInForm,
)
from lms.accounts.models import AccessToken, Person
from lms.accounts.queries import find_token, has_administrator
from lms.core import clock
from lms.core.access import allow, anyone
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.core.throttle import is_throttled
from lms.core.web import LANGUAGE_COOKIE, speak

blueprint = Blueprint("accounts", __name__)

Page = str | tuple[str, int] | Response

# A training centre is one address to us: a whole class must be able to sign in from it.
TRIES_PER_ADDRESS = "100 per 15 minutes"
TRIES_PER_ACCOUNT_AND_ADDRESS = "10 per 15 minutes"
TRIES_PER_LINK = "10 per 7 days"
# Whoever has one line often has all the addresses around it.
TRIES_PER_ACCOUNT_AND_NETWORK = "30 per 15 minutes"
# From everywhere together, known browsers left out: more networks than one person has are needed to use it up.
TRIES_PER_ACCOUNT = "200 per 15 minutes"
TRIES_PER_DEVICE = "10 per 15 minutes"
# Whoever knew a password once could have made many browsers known, and tried for the next one with all of them.
TRIES_PER_ACCOUNT_AND_DEVICES = "50 per 15 minutes"
LETTERS_PER_ACCOUNT = "3 per 15 minutes"


def _too_many(purpose: str, email: str) -> bool:
    """Count a try from this address and from its network, and tell whether it is one too many."""
    account, address = email_key(email), request.remote_addr or ""
    # Each is counted, so that none of the three can be spared by tripping another.
    counted = [
        is_throttled(TRIES_PER_ADDRESS, purpose, "address", address),
        is_throttled(TRIES_PER_ACCOUNT_AND_ADDRESS, purpose, "both", account, address),
        is_throttled(TRIES_PER_ACCOUNT_AND_NETWORK, purpose, "network", account, network_of(address)),
    ]
    return any(counted)


def _too_many_sign_ins(email: str) -> bool:
    device = known_device(email)
    if device is not None:
        # What strangers do elsewhere is nothing to it (docs/decisions/0141).
        if is_throttled(TRIES_PER_DEVICE, "sign-in", "device", device):
            return True
        if not is_throttled(TRIES_PER_ACCOUNT_AND_DEVICES, "sign-in", "devices", email_key(email)):
            return False
    # Only tries that came as far as the password: whoever is refused before must not use up the owner's.
    return _too_many("sign-in", email) or is_throttled(TRIES_PER_ACCOUNT, "sign-in", "account", email_key(email))


def _sign_in_page(form: SignInForm, status: int = 200) -> tuple[str, int]:
    development = current_app.config["ENV_NAME"] == "development"
    return render_template(
        "accounts/sign_in.html", form=form, no_administrator=development and not has_administrator()
    ), status


@blueprint.get("/sign-in")
@allow(anyone)
def sign_in() -> Page:
    """The form; somebody who is signed in goes on to where they wanted."""
    if current_user.is_authenticated:
        return redirect(local_target(request.args.get("next")), 303)
    return _sign_in_page(SignInForm(next=request.args.get("next", "")))


@blueprint.post("/sign-in")
@allow(anyone)
def begin_session() -> Page:
    """Sign in. Every refusal reads the same, whether the account exists or not."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 422)
    if _too_many_sign_ins(form.email.data):
        form.form_errors.append(
            _("There were too many tries. Wait 15 minutes, then try again, or ask for a new password below.")
        )
        return _sign_in_page(form, 429)
    with unit_of_work():
        person = services.sign_in_with_password(form.email.data, form.password.data, clock.now())
    if person is None:
        form.form_errors.append(
            _("The e-mail address and the password do not go together. Check both, or ask for a new password below.")
        )
        return _sign_in_page(form, 422)
    start_session(person)
    return redirect(local_target(form.next.data), 303)


@blueprint.post("/sign-out")
@allow(signed_in)
def sign_out() -> Page:
    """End this session; the language stays in its own cookie."""
    return _signed_out(_("You are signed out."))


def _signed_out(message: str, *forgotten: str) -> Response:
    """Back to the sign-in page, with nothing of the person left in the browser.

    Args:
        forgotten: what the browser forgets besides what the page kept.
    """
    session.clear()
    flash(message)
    if "clear" in request.form:
        # Only the page knows whether words that somebody else could not send yet lie on a shared phone: lms/static/offline.js.
        forgotten = (*forgotten, "storage")
    response = redirect(url_for("accounts.sign_in"), 303)
    if forgotten:
        response.headers["Clear-Site-Data"] = ", ".join(f'"{one}"' for one in forgotten)
    return response


@blueprint.post("/profile/sessions/end")
@allow(signed_in)
def sign_out_everywhere() -> Page:
    """End every session of this person on every device."""
    with unit_of_work():
        services.sign_out_everywhere(current_person(), clock.now())
    # Stylesheets and scripts too, which cost data to fetch again: whoever does this fears that somebody else looks.
    return _signed_out(_("You are signed out on every device."), "cache")


def _open_link(secret: str, purpose: TokenPurpose) -> AccessToken | Page:
    """The link's row, or the page that says why it opens nothing and how to get another."""
    token = find_token(secret, purpose)
    if token is None:
        raise NotFound(_("This link is not complete. Copy the whole line from the message."))
    state = link_state(token.expires_at, token.used_at, clock.now())
    if state == LinkState.VALID:
        return token
    return render_template("accounts/link_over.html", state=state, purpose=purpose), 410


@blueprint.route("/invitations/<secret>", methods=["GET", "POST"])
@allow(anyone)
def invitation(secret: str) -> Page:
    """Where somebody who was invited says who they are and chooses a password."""
    token = _open_link(secret, TokenPurpose.INVITATION)
    if not isinstance(token, AccessToken):
        return token
    person = token.person
    form = InvitationForm(obj=person, email=person.email, full_name=person.full_name)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/invitation.html", form=form, person=person), status
    with unit_of_work():
        person = services.accept_invitation(
            secret,
            full_name=form.full_name.data,
            password=form.password.data,
            language=form.language.data,
            time_zone=form.time_zone.data,
            now=clock.now(),
        )
    start_session(person)
    flash(_("Welcome. Your account is ready."))
    return redirect(url_for("home.index"), 303)


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
@allow(anyone)
def forgotten_password() -> Page:
    """Asks for a link to a new password; the answer never tells whether there is such an account."""
    form = ForgottenPasswordForm()
    if not form.validate_on_submit():
        return render_template("accounts/forgotten_password.html", form=form), 422 if form.is_submitted() else 200
    if _too_many("reset", form.email.data):
        form.form_errors.append(_("There were too many tries. Wait 15 minutes, then try again."))
        return render_template("accounts/forgotten_password.html", form=form), 429
    if not is_throttled(LETTERS_PER_ACCOUNT, "reset-letter", email_key(form.email.data)):
        with unit_of_work():
            services.ask_for_reset(form.email.data, clock.now())
    return redirect(url_for("accounts.reset_sent"), 303)


@blueprint.get("/forgotten-password/sent")
@allow(anyone)
def reset_sent() -> Page:
    """What happens next, the same for everybody."""
    return render_template("accounts/reset_sent.html")


@blueprint.route("/reset/<secret>", methods=["GET", "POST"])
@allow(anyone)
def reset(secret: str) -> Page:
    """Where somebody with a reset link chooses a new password."""
    token = _open_link(secret, TokenPurpose.PASSWORD_RESET)
    if not isinstance(token, AccessToken):
        return token
    form = NewPasswordForm(email=token.person.email, full_name=token.person.full_name)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/reset.html", form=form, person=token.person), status
    with unit_of_work():
        person = services.reset_password(secret, form.password.data, clock.now())
    start_session(person)
    flash(_("Your new password is saved. You are signed out everywhere else."))
    return redirect(url_for("home.index"), 303)


@blueprint.route("/profile", methods=["GET", "POST"])
@allow(signed_in)
def profile() -> Page:
    """What the person says of themselves."""
    person = current_person()
    # Whoever misses their city asks for all of them with what they have typed.
    form = ProfileForm(obj=person, has_all_zones="zones" in request.form)
    if form.has_all_zones:
        return render_template("accounts/profile.html", form=form, person=person)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/profile.html", form=form, person=person), status
    with unit_of_work():
        services.update_profile(person, form.values(), clock.now())
    speak(form.language.data)
    flash(_("Your profile is saved."))
    response = redirect(url_for("accounts.profile"), 303)
    _remember_language(response, form.language.data)
    return response


@blueprint.route("/profile/password", methods=["GET", "POST"])
@allow(signed_in)
def password() -> Page:
    """Changes the password, which signs out every other device."""
    person = current_person()
    form = ChangePasswordForm(email=person.email, full_name=person.full_name)
    if not form.validate_on_submit():
        return render_template("accounts/password.html", form=form), 422 if form.is_submitted() else 200
    try:
        _refuse_guessing(person)
        with unit_of_work():
            services.change_password(person, form.current.data, form.password.data, clock.now())
    except RuleViolation as refusal:
        form.current.errors = (refusal.message,)
        return render_template("accounts/password.html", form=form), 422
    start_session(person)
    flash(_("Your new password is saved. You are signed out everywhere else."))
    return redirect(url_for("accounts.profile"), 303)


def _refuse_guessing(person: Person) -> None:
    # Whoever finds a phone signed in must not be able to guess the password on it.
    if is_throttled(TRIES_PER_ACCOUNT_AND_ADDRESS, "current-password", str(person.id)):
        raise RuleViolation(_("There were too many tries. Wait 15 minutes, then try again."))


def _refuse_guessing_by_link(token: AccessToken) -> None:
    # The link may lie in a stranger's mailbox for days. Its tries are its own: they must not keep the owner from theirs.
    if is_throttled(TRIES_PER_LINK, "corrected-address", str(token.id)):
        raise RuleViolation(
            _("There were too many tries with this link. Ask your coordinator to enter the address once more.")
        )


@blueprint.route("/profile/email", methods=["GET", "POST"])
@allow(signed_in)
def email() -> Page:
    """Asks for a new address; it counts once the link sent there is opened."""
    person = current_person()
    form = ChangeEmailForm()
    if not form.validate_on_submit():
        return render_template("accounts/email.html", form=form, person=person), 422 if form.is_submitted() else 200
    try:
        _refuse_guessing(person)
        with unit_of_work():
            services.request_email_change(person, form.current.data, form.email.data, clock.now())
    except RuleViolation as refusal:
        form.current.errors = (refusal.message,)
        return render_template("accounts/email.html", form=form, person=person), 422
    flash(_("Open the link that we have sent to %(email)s. Until then your old address counts.", email=form.email.data))
    return redirect(url_for("accounts.profile"), 303)


@blueprint.route("/email-addresses/<secret>", methods=["GET", "POST"])
@allow(anyone)
def confirm_email(secret: str) -> Page:
    """Where the link sent to a new address leads; a button, so that a mail scanner's visit confirms nothing."""
    token = _open_link(secret, TokenPurpose.EMAIL_CHANGE)
    if not isinstance(token, AccessToken):
        return token
    if request.method == "GET":
        return render_template("accounts/confirm_email.html", token=token)
    with unit_of_work():
        person = services.confirm_email_change(secret, clock.now())
    session.clear()
    flash(_("From now on you sign in with %(email)s.", email=person.email))
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.route("/corrected-addresses/<secret>", methods=["GET", "POST"])
@allow(anyone)
def confirm_correction(secret: str) -> Page:
    """Where the link leads that was sent to an address which a coordinator entered; it asks for the password too."""
    token = _open_link(secret, TokenPurpose.EMAIL_CORRECTION)
    if not isinstance(token, AccessToken):
        return token
    form = CurrentPasswordForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/confirm_correction.html", form=form, token=token), status
    try:
        _refuse_guessing_by_link(token)
        with unit_of_work():
            person = corrections.confirm_corrected_address(secret, form.current.data, clock.now())
    except RuleViolation as refusal:
        form.current.errors = (refusal.message,)
        return render_template("accounts/confirm_correction.html", form=form, token=token), 422
    session.clear()
    flash(_("From now on you sign in with %(email)s.", email=person.email))
    return redirect(url_for("accounts.sign_in"), 303)


def _remember_language(response: Any, language: str) -> None:
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )


@blueprint.post("/language")
@allow(anyone)
def choose_language() -> Page:
    """Keep the language of the pages in a cookie, and with the account of somebody signed in."""
    response = redirect(local_target(request.form.get("next")), 303)
    language = request.form.get("language", "")
    if language in current_app.config["INTERFACE_LANGUAGES"]:
        if current_user.is_authenticated:
            with unit_of_work():
                services.choose_language(current_person(), language)
        _remember_language(response, language)
    return response
