"""The forms in which a coordinator changes a live session and a tutor takes in its list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, DecimalField, IntegerField, TimeField, URLField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from lms.attendance.models import LiveSession
from lms.attendance.services import Particulars
from lms.core.forms import Form, in_our_time

_MEGABYTE = 1024 * 1024


def _address(label: Any, hint: Any) -> URLField:
    return URLField(
        label,
        [
            Optional(strip_whitespace=True),
            Length(max=500, message=_l("The link is too long: use at most 500 characters.")),
            Regexp(r"^https?://[^\s]+$", message=_l("Copy the whole link; it begins with https://.")),
        ],
        filters=[lambda value: value.strip() if value else ""],
        description=hint,
    )


class SessionForm(Form):
    """When a session meets, by the edition's clock, where one joins it, and what belongs to it."""

    day = DateField(_l("Day"), [InputRequired(_l("Choose the day on which you meet.")), in_our_time])
    at = TimeField(_l("Begins at"), [InputRequired(_l("Write the time like this: 15:00."))])
    minutes = IntegerField(
        _l("Length in minutes"),
        [
            InputRequired(_l("Write how many minutes it lasts.")),
            NumberRange(5, 720, _l("A session lasts between 5 and 720 minutes.")),
        ],
    )
    link = _address(_l("Link to join"), _l("Leave it empty until you know it."))
    minimum_minutes = IntegerField(
        _l("Minutes one must be there to count as present"),
        [Optional(), NumberRange(0, 720, _l("Write a number between 0 and 720."))],
        description=_l("0 means that whoever comes in counts. It is used for lists of the meeting."),
    )
    material = _address(_l("Link to the material"), _l("Slides or papers that people may need."))
    recording = _address(_l("Link to the recording"), _l("Once there is one."))
    recording_megabytes = DecimalField(
        _l("Size of the recording in MB"),
        [Optional(), NumberRange(0, 100_000, _l("Write a number between 0 and 100,000."))],
        description=_l("People on paid data want to know before they open it."),
    )

    def particulars(self) -> Particulars:
        """What was typed besides the time."""
        size = self.recording_megabytes.data
        return Particulars(
            link=self.link.data or "",
            material=self.material.data or "",
            recording=self.recording.data or "",
            recording_bytes=int(size * _MEGABYTE) if size else None,
            minimum_minutes=self.minimum_minutes.data or 0,
        )

    @classmethod
    def for_session(cls, session: LiveSession, time_zone: str) -> SessionForm:
        """The form as it stands for a session, by the edition's clock."""
        local = session.starts_at.astimezone(ZoneInfo(time_zone))
        size = session.recording_bytes
        return cls(
            data={
                "day": local.date(), "at": local.time(), "minutes": session.minutes, "link": session.link,
                "material": session.material, "recording": session.recording,
                "recording_megabytes": None if size is None else round(Decimal(size) / _MEGABYTE, 1),
                "minimum_minutes": session.minimum_minutes,
            }
        )  # fmt: skip


class SheetForm(Form):
    """The list of a meeting."""

    file = FileField(
        _l("The list of the meeting"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV or XLSX as Zoom, Teams or another tool gives it, at most 1 MB."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"},
    )
