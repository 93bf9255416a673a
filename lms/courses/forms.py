"""Forms of editions and of the people in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput

from lms.accounts.forms import (
    ORGANISATION_TYPES,
    SEXES,
    LongList,
    country_options,
    email_field,
    language_options,
    name_field,
    options_of,
    tidied,
    zone_field,
)
from lms.core.forms import Form, in_our_time
from lms.core.i18n import LANGUAGE_NAMES, localise
from lms.core.web import reading_languages
from lms.courses.domain.content import Module
from lms.courses.domain.schedule import instant_of
from lms.courses.editions import EditionPlan
from lms.courses.models import Edition, Sponsor
from lms.courses.queries import get_content
from lms.courses.roster import CourseLine
from lms.courses.wording import ROLE_NAMES

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}\Z")
_SPONSOR_CODE = re.compile(r"[A-Z0-9][A-Z0-9.&/ -]{0,39}\Z")


def _upper(text: str | None) -> str:
    return " ".join((text or "").split()).upper()


class ChecksField(SelectMultipleField):
    """Several of a few choices, each with a box to tick."""

    option_widget = CheckboxInput()


class EditionForm(Form):
    """A new edition of a course."""

    release_id = SelectField(lazy_gettext("Course"), coerce=int)
    code = StringField(
        lazy_gettext("Code"),
        [
            DataRequired(lazy_gettext("Write a code.")),
            Regexp(_CODE, message=lazy_gettext("Use two to forty capital letters, digits and hyphens.")),
        ],
        filters=[_upper],
        description=lazy_gettext("Stands on the certificates and in addresses, for instance A9714779. It cannot be changed later."),
    )  # fmt: skip
    starts_on = DateField(
        lazy_gettext("First day"), [InputRequired(lazy_gettext("Choose the first day.")), in_our_time]
    )
    ends_on = DateField(
        lazy_gettext("Last day"),
        [Optional(), in_our_time],
        description=lazy_gettext("Left empty, it follows from the length of the course."),
    )
    time_zone = zone_field(lazy_gettext("Deadlines are set and met on this city’s clock."))
    place = StringField(
        lazy_gettext("Place"),
        [Length(max=80)],
        filters=[tidied],
        description=lazy_gettext("The city by which people know that clock, for instance Turin: “23:59 in Turin”."),
    )
    languages = ChecksField(lazy_gettext("Languages"), [InputRequired(lazy_gettext("Choose at least one language."))])
    learning_hours = IntegerField(
        lazy_gettext("Learning hours"),
        [Optional(), NumberRange(1, 2000, lazy_gettext("Write a whole number from 1 to 2000."))],
        description=lazy_gettext("Printed on the certificate. Left empty, the course’s own."),
    )

    @classmethod
    def for_courses(cls, courses: Sequence[CourseLine], time_zone: str) -> EditionForm:
        """The form with the courses to choose from and the languages that they are in."""
        form = cls(time_zone=time_zone)
        contents = {course.release_id: get_content(course.release_id) for course in courses}
        form.release_id.choices = [
            SelectChoice(str(key), localise(content.title, reading_languages()).text)
            for key, content in contents.items()
        ]
        codes = {code: None for content in contents.values() for code in content.languages}
        form.languages.choices = [SelectChoice(code, LANGUAGE_NAMES.get(code, code)) for code in codes]
        if not form.is_submitted():
            form.languages.data = list(codes)
        return form

    def validate_ends_on(self, field: Field) -> None:
        """An edition does not end before it starts."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The last day comes before the first."))

    def validate_languages(self, field: Field) -> None:
        """The course must exist in them."""
        known = self.release_id.data in {int(choice.value) for choice in self.release_id.choices}
        if known and not set(field.data or ()) <= set(get_content(self.release_id.data).languages):
            raise ValidationError(_("This course does not exist in all of these languages."))

    def plan(self) -> EditionPlan:
        """What ``create_edition`` takes."""
        return EditionPlan(
            code=self.code.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            time_zone=self.time_zone.data,
            place=self.place.data,
            languages=tuple(self.languages.data),
            learning_hours=self.learning_hours.data,
        )


class SettingsForm(Form):
    """What can be changed of an edition; a field for the title in each language is added by ``settings_form``."""

    starts_on = EditionForm.starts_on
    ends_on = DateField(lazy_gettext("Last day"), [InputRequired(lazy_gettext("Choose the last day.")), in_our_time])
    time_zone = EditionForm.time_zone
    place = EditionForm.place
    learning_hours = IntegerField(
        lazy_gettext("Learning hours"),
        [
            InputRequired(lazy_gettext("Write the learning hours.")),
            NumberRange(1, 2000, lazy_gettext("Write a whole number from 1 to 2000.")),
        ],
        description=lazy_gettext("Printed on the certificate."),
    )
    note = TextAreaField(
        lazy_gettext("Note"),
        [Length(max=500)],
        description=lazy_gettext("Only coordinators see it."),
    )
    moves_dates = BooleanField(
        lazy_gettext("Move everything with the first day"),
        description=lazy_gettext(
            "Modules, quizzes, assignments, live sessions and the evaluation then move by as many days, and so does the last day where you leave it as it is."
        ),
    )
    title_languages: tuple[str, ...] = ()

    validate_ends_on = EditionForm.validate_ends_on

    def title_fields(self) -> list[Field]:
        """The fields of the title, in the order of the languages."""
        return [self[f"title_{language}"] for language in self.title_languages]

    def values(self) -> dict[str, Any]:
        """What ``update_settings`` takes."""
        names = ("starts_on", "ends_on", "time_zone", "place", "learning_hours", "note")
        title = {language: self[f"title_{language}"].data for language in self.title_languages}
        return {**{name: self[name].data for name in names}, "title": title}


def settings_form(edition: Edition) -> SettingsForm:
    """The form for an edition, with its present values."""
    languages = tuple(edition.title) if "und" in edition.title else tuple(edition.languages)
    titled: Any = type("TitledSettingsForm", (SettingsForm,), {"title_languages": languages})
    for language in languages:
        label = _("Title (%(language)s)", language=LANGUAGE_NAMES.get(language, language))
        field = StringField(
            label if language != "und" else _("Title"),
            [DataRequired(_("Write the title.")), Length(max=200)],
            filters=[tidied],
            render_kw={"dir": "auto", "lang": language if language != "und" else None},
        )
        setattr(titled, f"title_{language}", field)
    titles = {f"title_{language}": edition.title.get(language, "") for language in languages}
    # While it is prepared a new first day nearly always means that everything moves; later, seldom.
    form: SettingsForm = titled(obj=edition, data={**titles, "moves_dates": edition.opened_at is None})
    return form


class ModuleDatesForm(Form):
    """When each module opens, on the edition's clock; its fields are added by ``module_dates_form``."""

    keys: tuple[str, ...] = ()

    def instants(self, edition: Edition) -> dict[str, datetime]:
        """What ``set_module_openings`` takes."""
        typed = {key: self[f"opens_{number}"].data for number, key in enumerate(self.keys)}
        return {
            key: instant_of(value.date(), time(value.hour, value.minute), edition.time_zone)
            for key, value in typed.items()
        }


def module_dates_form(edition: Edition, modules: Sequence[Module], openings: Mapping[str, datetime]) -> ModuleDatesForm:
    """The form with the present dates."""
    keys = tuple(module.key for module in modules if module.key in openings)
    dated: Any = type("DatedForm", (ModuleDatesForm,), {"keys": keys})
    zone = ZoneInfo(edition.time_zone)
    values = {}
    for number, key in enumerate(keys):
        values[f"opens_{number}"] = openings[key].astimezone(zone).replace(tzinfo=None)
        field = DateTimeLocalField(
            _("Opens"), [InputRequired(_("Choose a day and a time.")), in_our_time], format=["%Y-%m-%dT%H:%M"]
        )
        setattr(dated, f"opens_{number}", field)
    form: ModuleDatesForm = dated(data=values)
    return form


class ReasonForm(Form):
    """A change that the record should explain."""

    reason = StringField(
        lazy_gettext("Reason"),
        [DataRequired(lazy_gettext("Write the reason in a few words.")), Length(max=500)],
        filters=[tidied],
        description=lazy_gettext("Kept with the record; the person does not see it."),
    )


class SponsorForm(Form):
    """A new sponsor."""

    code = StringField(
        lazy_gettext("Code"),
        [
            DataRequired(lazy_gettext("Write a code.")),
            Regexp(_SPONSOR_CODE, message=lazy_gettext("Use letters, digits, spaces and hyphens, forty at most.")),
        ],
        filters=[_upper],
        description=lazy_gettext("Short, as it stands in lists and files, for instance SAMM."),
    )
    name = StringField(
        lazy_gettext("Name"), [DataRequired(lazy_gettext("Write the name.")), Length(max=200)], filters=[tidied]
    )


class JoinForm(Form):
    """The sponsor that stands in another's place from now on."""

    into = SelectField(
        lazy_gettext("The sponsor that stays"),
        coerce=int,
        description=lazy_gettext("Whoever reads its figures then reads those of both."),
    )

    def offer(self, sponsors: Sequence[Sponsor]) -> None:
        """Set the sponsors to choose from."""
        self.into.choices = [SelectChoice(str(sponsor.id), f"{sponsor.name} ({sponsor.code})") for sponsor in sponsors]


def role_options() -> list[SelectChoice]:
    """Roles in an edition."""
    return [SelectChoice(str(role), name) for role, name in ROLE_NAMES.items()]


class PlaceForm(Form):
    """A person's role and sponsors in an edition."""

    role = SelectField(lazy_gettext("Role"), choices=role_options, default="participant")
    sponsors = ChecksField(
        lazy_gettext("Financed by"),
        description=lazy_gettext("More than one is possible: the person counts for each, and once in the total."),
    )

    def offer(self, sponsors: Sequence[Sponsor]) -> None:
        """Set the sponsors to choose from."""
        self.sponsors.choices = [SelectChoice(sponsor.code, f"{sponsor.name} ({sponsor.code})") for sponsor in sponsors]


class PersonForm(PlaceForm):
    """Somebody to enrol."""

    email = email_field(lazy_gettext("E-mail address"), autocomplete="off")
    full_name = name_field()
    organisation = StringField(lazy_gettext("Organisation"), [Length(max=200)], filters=[tidied])
    organisation_type = SelectField(lazy_gettext("Kind of organisation"), choices=options_of(ORGANISATION_TYPES))
    country = SelectField(lazy_gettext("Country"), choices=country_options)
    sex = SelectField(lazy_gettext("Sex"), choices=options_of(SEXES))
    language = SelectField(lazy_gettext("Language of their pages and letters"), choices=language_options)

    def profile(self) -> dict[str, str]:
        """What is known of the person beside name and address."""
        names = ("organisation", "organisation_type", "country", "sex", "language")
        return {name: self[name].data or "" for name in names}


class CorrectionForm(Form):
    """What is known of somebody, corrected, and why."""

    full_name = name_field()
    organisation = PersonForm.organisation
    organisation_type = PersonForm.organisation_type
    country = SelectField(lazy_gettext("Country"), choices=country_options, widget=LongList())
    email = email_field(lazy_gettext("E-mail address"), autocomplete="off")
    reason = StringField(
        lazy_gettext("Reason"),
        [DataRequired(lazy_gettext("Write the reason in a few words.")), Length(max=500)],
        filters=[tidied],
        description=lazy_gettext("Kept with the record; the person does not see it."),
    )

    def details(self) -> dict[str, str]:
        """What ``correct_person`` takes beside the address and the reason."""
        names = ("full_name", "organisation", "organisation_type", "country")
        return {name: self[name].data or "" for name in names}


class ImportForm(Form):
    """A list of people."""

    file = FileField(
        lazy_gettext("The list"),
        [FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("CSV or XLSX, at most 1 MB and 1,000 people."),
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )
