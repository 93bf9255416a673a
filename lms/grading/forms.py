"""The forms of what a coordinator decides about one person and one item, and of a sheet of marks."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, ValidationError

from lms.core.forms import Form, PointsField, in_our_time
from lms.courses.domain.schedule import instant_of

_REASON_NEEDED = _l("Give a reason: it stays in the history, and the participant may ask for it.")


class ReasonForm(Form):
    """A decision that needs nothing but its reason."""

    reason = TextAreaField(
        _l("Reason"),
        validators=[InputRequired(_REASON_NEEDED), Length(max=500, message=_l("Keep it under 500 characters."))],
        render_kw={"rows": 2},
    )


class PointsForm(ReasonForm):
    """Points set by hand."""

    points = PointsField(_l("Points"), validators=[InputRequired(_l("Write the points, for instance 4.5."))])
    is_complete = BooleanField(_l("Counts as complete"), default=True)

    def validate_points(self, field: PointsField) -> None:
        """Blanks alone are no number, and never silently 0."""
        if field.data is None:
            raise ValidationError(_("Write the points, for instance 4.5."))

    def chosen(self) -> Decimal:
        """The points typed, once the form is valid."""
        points = self.points.data
        assert points is not None
        return points


class MarkSheetForm(ReasonForm):
    """A sheet of marks, and why they are set."""

    file = FileField(
        _l("The sheet"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV or XLSX, at most 1 MB and 2,000 people."),
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )


class ExtensionForm(ReasonForm):
    """A later deadline, in the edition's time zone."""

    day = DateField(_l("New last day"), validators=[InputRequired(_l("Choose the day.")), in_our_time])
    at = TimeField(
        _l("Time"), default=time(23, 59), validators=[InputRequired(_l("Choose the time, for instance 23:59."))]
    )

    def due_at(self, time_zone: str) -> datetime:
        """The instant that was typed, on a clock in this zone."""
        return instant_of(self.day.data, self.at.data, time_zone)
