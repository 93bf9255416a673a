"""The form in which a coordinator moves a live session."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, TimeField, URLField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from lms.core.forms import Form, in_our_time


class SessionForm(Form):
    """When a session meets, by the edition's clock, and where one joins it."""

    day = DateField(_l("Day"), [InputRequired(_l("Choose the day on which you meet.")), in_our_time])
    at = TimeField(_l("Begins at"), [InputRequired(_l("Write the time like this: 15:00."))])
    minutes = IntegerField(
        _l("Length in minutes"),
        [
            InputRequired(_l("Write how many minutes it lasts.")),
            NumberRange(5, 720, _l("A session lasts between 5 and 720 minutes.")),
        ],
    )
    link = URLField(
        _l("Link to join"),
        [
            Optional(strip_whitespace=True),
            Length(max=500, message=_l("The link is too long: use at most 500 characters.")),
            Regexp(r"^https?://[^\s]+$", message=_l("Copy the whole link; it begins with https://.")),
        ],
        filters=[lambda value: value.strip() if value else ""],
    )
