"""Forms of the certificates pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.core.forms import Form


class NameForm(Form):
    """A corrected name."""

    name = StringField(
        _l("Name as it must be printed"), [InputRequired(_l("Write the name as it must be printed.")), Length(max=200)]
    )


class ReasonForm(Form):
    """Why something is done that stays on record."""

    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why: it stays on record.")), Length(max=500)])
