"""What people type to form groups and to work in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from lms.assignments.domain.forming import TRAITS
from lms.assignments.group_models import GroupSignUp
from lms.assignments.services.forming import LARGEST_NUMBER_OF_GROUPS
from lms.core.forms import Form, in_our_time
from lms.courses.domain.schedule import instant_of
from lms.courses.models import Edition
from lms.courses.wording import COLUMN_NAMES

LONGEST_POST = 10_000


class ProposalForm(Form):
    """Into how many groups people are drawn, by what they are mixed, and the number from which the lot is drawn."""

    class Meta:
        csrf = False  # travels in the address: it asks for a page and changes nothing

    count = IntegerField(
        _l("How many groups"),
        validators=[
            InputRequired(_l("Say how many groups.")),
            NumberRange(1, LARGEST_NUMBER_OF_GROUPS, _l("Choose between 1 and 50 groups.")),
        ],
    )
    traits = SelectMultipleField(
        _l("Mix by"), choices=[SelectChoice(trait, COLUMN_NAMES[trait]) for trait in TRAITS], validate_choice=True
    )
    who = RadioField(
        _l("Who"),
        choices=[
            SelectChoice("without", _l("only those who are in no group; nobody else moves")),
            SelectChoice("everybody", _l("everybody again; groups that have handed in stay as they are")),
        ],
        default="without",
    )
    seed = IntegerField(
        _l("Number for the draw"),
        description=_l("The same number and people give the same groups, so that anybody can check the draw."),
        validators=[InputRequired(_l("Give any whole number.")), NumberRange(0, 10**9, _l("Give a whole number."))],
    )


class AgreementForm(Form):
    """That people may leave the group that they are in."""

    agree = BooleanField(_l("Yes, move these people out of the group that they are in"))


class SignUpForm(Form):
    """When participants choose their group, on the edition's clock, and how many fit in one."""

    opens = DateTimeLocalField(
        _l("Opens"), [InputRequired(_l("Choose a day and a time.")), in_our_time], format=["%Y-%m-%dT%H:%M"]
    )
    closes = DateTimeLocalField(
        _l("Closes"), [InputRequired(_l("Choose a day and a time.")), in_our_time], format=["%Y-%m-%dT%H:%M"]
    )
    capacity = IntegerField(
        _l("Places in each group"),
        validators=[
            InputRequired(_l("Say how many people fit in a group.")),
            NumberRange(1, 100, _l("Choose between 1 and 100 places.")),
        ],
    )
    groups = IntegerField(
        _l("How many groups"),
        description=_l("Empty groups are made until there are so many."),
        validators=[
            InputRequired(_l("Say how many groups.")),
            NumberRange(1, LARGEST_NUMBER_OF_GROUPS, _l("Choose between 1 and 50 groups.")),
        ],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides what each field asks: nothing closes before it opens."""
        is_valid = bool(super().validate(extra_validators))
        if self.opens.data and self.closes.data and self.closes.data <= self.opens.data:
            self.closes.errors = [*self.closes.errors, _("It would close before it opens.")]
            is_valid = False
        return is_valid

    def instants(self, edition: Edition) -> tuple[datetime, datetime]:
        """Opening and closing."""
        opens, closes = self.opens.data, self.closes.data
        assert opens is not None
        assert closes is not None
        return (
            instant_of(opens.date(), opens.time(), edition.time_zone),
            instant_of(closes.date(), closes.time(), edition.time_zone),
        )


def sign_up_form(edition: Edition, sign_up: GroupSignUp | None, capacity: int, groups: int) -> SignUpForm:
    """The form with what holds now; with a usual size where nothing does."""
    values: dict[str, Any] = {"capacity": capacity, "groups": groups}
    if sign_up is not None:
        zone = ZoneInfo(edition.time_zone)
        values |= {
            "opens": sign_up.opens_at.astimezone(zone).replace(tzinfo=None),
            "closes": sign_up.closes_at.astimezone(zone).replace(tzinfo=None),
            "capacity": sign_up.capacity,
        }
    return SignUpForm(formdata=None, data=values)


def _https_address(form: Form, field: Field) -> None:
    """Refuse what is no address of a secure page: a link that everybody in the group follows must not lead astray."""
    if not field.data:
        return
    try:
        address = urlsplit(field.data)
        is_fine = address.scheme == "https" and bool(address.hostname) and "." in (address.hostname or "")
        is_fine = is_fine and not address.username and not address.password and not any(c.isspace() for c in field.data)
    except ValueError:
        is_fine = False
    if not is_fine:
        raise ValidationError(_("Give the whole address of the meeting; it begins with https://."))


class MeetingForm(Form):
    """Where the group meets."""

    url = StringField(
        _l("Address of your meeting"),
        description=_l("Of a video call, for instance. It begins with https://. Empty it to take the link away."),
        filters=[lambda value: (value or "").strip()],
        validators=[Length(max=500, message=_l("Use at most 500 characters.")), _https_address],
    )


class PostForm(Form):
    """A post of a discussion."""

    body = TextAreaField(
        _l("Your message"),
        filters=[lambda value: (value or "").strip()],
        validators=[
            DataRequired(_l("Write something first.")),
            Length(max=LONGEST_POST, message=_l("This is too long for one message. Send it in two.")),
        ],
    )
    to_tutors = BooleanField(_l("Ask the tutors to answer; they are told by mail"))
