"""Forms of sign-in, invitation, passwords and profile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from wtforms import EmailField, Field, HiddenField, PasswordField, SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length
from wtforms.widgets import Select

from lms.accounts.addresses import is_email_address
from lms.accounts.domain import MINIMUM_PASSWORD_LENGTH, OrganisationType, Sex, tidy_name
from lms.accounts.places import COMMON_ZONES, city_of, country_choices, is_time_zone, sort_key, zone_choices, zones_of
from lms.accounts.services import password_sentence
from lms.core.forms import Form
from lms.core.i18n import LANGUAGE_NAMES
from lms.core.web import interface_language

ORGANISATION_TYPES = {
    OrganisationType.GOVERNMENT: lazy_gettext("Government"),
    OrganisationType.EMPLOYERS: lazy_gettext("Employers’ organisation"),
    OrganisationType.WORKERS: lazy_gettext("Workers’ organisation"),
    OrganisationType.NGO: lazy_gettext("Non-governmental organisation"),
    OrganisationType.INTERNATIONAL: lazy_gettext("International organisation"),
    OrganisationType.TRAINING: lazy_gettext("Training or research institution"),
    OrganisationType.OTHER: lazy_gettext("Other"),
}
# The value of an option that needs no quotation marks.
_QUOTED_CODE = re.compile(r'value="([A-Za-z][\w/+-]*\w)"([ >])')
SEXES = {Sex.FEMALE: lazy_gettext("Female"), Sex.MALE: lazy_gettext("Male")}


def email_address(form: Form, field: Field) -> None:
    """Refuse what no mail could be sent to."""
    if not is_email_address(field.data or ""):
        raise ValidationError(_("Write the whole address, like name@example.org."))


def email_field(label: Any, autocomplete: str = "email") -> EmailField:
    """A field for an address."""
    return EmailField(
        label,
        [InputRequired(lazy_gettext("Write your e-mail address.")), Length(max=320), email_address],
        render_kw={"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"},
    )


def current_password_field() -> PasswordField:
    """A field for the password in use."""
    return PasswordField(
        lazy_gettext("Current password"),
        [InputRequired(lazy_gettext("Write your current password."))],
        render_kw={"autocomplete": "current-password"},
    )


def tidied(text: str | None) -> str:
    """A filter for names: single spaces, nothing invisible."""
    return tidy_name(text or "")


def name_field() -> StringField:
    """A field for a whole name, never split in parts."""
    return StringField(
        lazy_gettext("Name as printed on the certificate"),
        [DataRequired(lazy_gettext("Write your name.")), Length(max=200)],
        filters=[tidied],
        description=lazy_gettext(
            "Write it whole, as you want it to appear: every part of it, in your own order and script."
        ),
        render_kw={"autocomplete": "name", "dir": "auto"},
    )


def language_options() -> list[SelectChoice]:
    """The languages that the interface speaks, each in its own name."""
    return [SelectChoice(code, LANGUAGE_NAMES[code]) for code in current_app.config["INTERFACE_LANGUAGES"]]


def zone_options(form: Form, field: Field) -> list[SelectChoice]:
    """Time zones: the field's own if it has an older name, those of most people, then the others by part of the world."""
    language = interface_language()
    regions = zone_choices(language)
    known = {zone for zones in regions.values() for zone, _city in zones}
    common = {*COMMON_ZONES, "UTC"}
    if field.data and field.data not in known and is_time_zone(field.data):
        common.add(field.data)
    often = str(_("Often chosen"))
    options = [SelectChoice(zone, city, optgroup=often) for zone, city in _by_city(common, language)]
    for region, zones in regions.items():
        options += [SelectChoice(zone, city, optgroup=region) for zone, city in zones if zone not in common]
    return options


def _by_city(zones: Iterable[str], language: str) -> list[tuple[str, str]]:
    return sorted(((zone, city_of(zone, language)) for zone in zones), key=lambda pair: sort_key(pair[1]))


def near_zone_options(form: Form, field: Field) -> list[SelectChoice]:
    """The time zones of most people, of one's country, and one's own: a tenth of the data of all; all where they are asked for."""
    if form.has_all_zones:
        return zone_options(form, field)
    zones = {*COMMON_ZONES, "UTC", *zones_of(form.country.data or "")}
    if field.data and is_time_zone(field.data):
        zones.add(field.data)
    return [SelectChoice(zone, city) for zone, city in _by_city(zones, interface_language())]


class LongList(Select):
    """A list without the end tags and quotation marks that HTML lets one leave out: a quarter of a kilobyte in all."""

    @classmethod
    def render_option(cls, choice: SelectChoice, **kwargs: Any) -> Markup:
        """One option."""
        option = str(super().render_option(choice, **kwargs)).removesuffix("</option>")
        return Markup(_QUOTED_CODE.sub(r"value=\1\2", option))  # noqa: S704  only shorter


def country_options() -> list[SelectChoice]:
    """Countries, named in the language of the page; empty for not stated."""
    countries = country_choices(interface_language())
    return [SelectChoice("", _("Not stated")), *(SelectChoice(code, name) for code, name in countries)]


def options_of(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """A choice of labelled values; empty for not stated."""
    stated = [SelectChoice(str(value), label) for value, label in labels.items()]
    return [SelectChoice("", lazy_gettext("Not stated")), *stated]


def language_field() -> SelectField:
    """A field for the language of the interface."""
    return SelectField(lazy_gettext("Language of the pages"), choices=language_options)


def zone_field(description: Any, choices: Callable[[Form, Field], list[SelectChoice]] = zone_options) -> SelectField:
    """A field for a time zone."""
    return SelectField(
        lazy_gettext("Time zone"),
        choices=choices,
        widget=LongList(),
        description=description,
        invalid_choice_message=lazy_gettext("Choose the city whose clock is yours."),
    )


class SignInForm(Form):
    """An address, a password, and where to go afterwards."""

    email = email_field(lazy_gettext("E-mail address"), autocomplete="username")
    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Write your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class NewPasswordForm(Form):
    """A new password, typed twice. ``judge`` is told for whom it is."""

    password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(lazy_gettext("Choose a password."))],
        description=lazy_gettext("At least %(count)s characters. Three or four words that only you would put together are easy to remember.", count=MINIMUM_PASSWORD_LENGTH),
        render_kw={"autocomplete": "new-password", "minlength": MINIMUM_PASSWORD_LENGTH},
    )  # fmt: skip
    repeated = PasswordField(
        lazy_gettext("The same password again"),
        [
            InputRequired(lazy_gettext("Write the password a second time.")),
            EqualTo("password", lazy_gettext("The two passwords are not the same.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )

    def __init__(self, *args: Any, email: str = "", full_name: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email
        self._full_name = full_name

    def validate_password(self, field: Field) -> None:
        """Refuse a password that others would try first."""
        sentence = password_sentence(field.data or "", email=self._email, full_name=self._full_name)
        if sentence is not None:
            raise ValidationError(sentence)


class InvitationForm(NewPasswordForm):
    """What somebody says of themselves when they come in for the first time."""

    full_name = name_field()
    language = language_field()
    time_zone = zone_field(lazy_gettext("The city whose clock is yours."))

    def validate_password(self, field: Field) -> None:
        """The name may have been corrected in the same form."""
        self._full_name = self.full_name.data or self._full_name
        super().validate_password(field)


class ForgottenPasswordForm(Form):
    """Where to send the link."""

    email = email_field(lazy_gettext("E-mail address"))


class ChangePasswordForm(NewPasswordForm):
    """The current password and a new one."""

    current = current_password_field()


class CurrentPasswordForm(Form):
    """The current password alone."""

    current = current_password_field()


class ChangeEmailForm(Form):
    """The current password and a new address."""

    current = current_password_field()
    email = email_field(lazy_gettext("New e-mail address"))


class ProfileForm(Form):
    """What somebody says of themselves."""

    full_name = name_field()
    organisation = StringField(
        lazy_gettext("Organisation"), [Length(max=200)], filters=[tidied], render_kw={"autocomplete": "organization"}
    )
    organisation_type = SelectField(lazy_gettext("Kind of organisation"), choices=options_of(ORGANISATION_TYPES))
    country = SelectField(
        lazy_gettext("Country"), choices=country_options, widget=LongList(), render_kw={"autocomplete": "country"}
    )
    sex = SelectField(
        lazy_gettext("Sex"),
        choices=options_of(SEXES),
        description=lazy_gettext("Only counted in the figures of the course, never shown with your name."),
    )
    language = language_field()
    time_zone = zone_field(lazy_gettext("Deadlines are shown on this city’s clock too."), near_zone_options)

    def __init__(self, *args: Any, has_all_zones: bool = False, **kwargs: Any) -> None:
        self.has_all_zones = has_all_zones  # before the choices are asked for
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, str]:
        """What ``update_profile`` takes."""
        return {name: value or "" for name, value in self.data.items() if name != "csrf_token"}
