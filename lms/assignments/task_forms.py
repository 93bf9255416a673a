"""What a coordinator types about the rules of an assignment, and staff about lateness."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from lms.assignments.services.tasks import TaskSettings
from lms.core.forms import Form, PointsField, in_our_time
from lms.courses.domain.content import LatePolicy, WordRange
from lms.courses.domain.schedule import instant_of
from lms.courses.models import Edition

_WHEN = ["%Y-%m-%dT%H:%M"]
_LONGEST = 100_000


class TaskForm(Form):
    """The dates and rules of an assignment, on the edition's clock."""

    opens = DateTimeLocalField(_l("Opens"), [InputRequired(_l("Choose a day and a time.")), in_our_time], format=_WHEN)
    due = DateTimeLocalField(_l("Deadline"), [InputRequired(_l("Choose a day and a time.")), in_our_time], format=_WHEN)
    policy = RadioField(
        _l("Late work"),
        choices=[
            SelectChoice("accept", _l("is accepted and shown as late")),
            SelectChoice("penalty", _l("is accepted and costs points for each day that has begun")),
            SelectChoice("closed", _l("is not accepted")),
        ],
    )
    per_day = PointsField(_l("What each day costs"))
    unit = SelectField(
        _l("Counted in"),
        choices=[
            SelectChoice("points", _l("points")),
            SelectChoice("percent", _l("percent of the most that the work earns")),
        ],
    )
    maximum = PointsField(_l("The most that lateness costs"))
    days = IntegerField(
        _l("Accepted for how many days after the deadline"),
        validators=[Optional(), NumberRange(1, 365, _l("Choose between 1 and 365 days."))],
    )
    words_from = IntegerField(
        _l("Words, from"), validators=[Optional(), NumberRange(1, _LONGEST, _l("Give a number of words from 1."))]
    )
    words_to = IntegerField(
        _l("Words, to"), validators=[Optional(), NumberRange(1, _LONGEST, _l("Give a number of words from 1."))]
    )
    tolerance = IntegerField(
        _l("Tolerance in percent"),
        validators=[Optional(), NumberRange(0, 100, _l("Choose between 0 and 100 percent."))],
    )
    texts = BooleanField(_l("A text written in the page"))
    files = BooleanField(_l("A document: Word, OpenDocument or PDF"))
    similarity = BooleanField(_l("Staff may look for passages that several texts have in common"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides what each field asks: the figures go together."""
        valid = bool(super().validate(extra_validators))
        for field, fault in self._faults():
            if not field.errors:
                field.errors = [fault]
            valid = False
        return valid

    def _faults(self) -> list[tuple[Any, str]]:
        faults: list[tuple[Any, str]] = []
        if self.opens.data and self.due.data and self.due.data <= self.opens.data:
            faults.append((self.due, _("It would close before it opens.")))
        if self.policy.data == "penalty":
            if not self.per_day.data or self.per_day.data < 0:
                faults.append((self.per_day, _("Say what each day late costs.")))
            if self.maximum.data is not None and self.maximum.data < (self.per_day.data or 0):
                faults.append((self.maximum, _("This is less than a single day costs.")))
            for field in (self.per_day, self.maximum):
                if field.data is not None and field.data > 100:
                    faults.append((field, _("This is more than any work earns.")))
        if (self.words_from.data is None) != (self.words_to.data is None):
            missing = self.words_to if self.words_to.data is None else self.words_from
            faults.append((missing, _("Give both ends of the length, or neither.")))
        elif self.words_from.data is not None and self.words_from.data > self.words_to.data:
            faults.append((self.words_to, _("This is shorter than the shortest.")))
        if not (self.texts.data or self.files.data):
            faults.append((self.texts, _("Allow a text, a document, or both.")))
        return faults

    def settings(self, edition: Edition) -> TaskSettings:
        """What was typed, as the services take it."""
        return TaskSettings(
            _instant(self.opens.data, edition),
            _instant(self.due.data, edition),
            self._late(),
            None
            if self.words_from.data is None
            else WordRange(self.words_from.data, self.words_to.data, self.tolerance.data or 0),
            bool(self.texts.data),
            bool(self.files.data),
            bool(self.similarity.data),
        )

    def _late(self) -> LatePolicy:
        policy = self.policy.data
        if policy == "closed":
            return LatePolicy("closed")
        if policy == "accept":
            return LatePolicy("accept", days=self.days.data)
        return LatePolicy("penalty", self.per_day.data or Decimal(0), self.unit.data, self.maximum.data, self.days.data)


def _instant(typed: datetime | None, edition: Edition) -> datetime:
    if typed is None:
        raise ValueError("the form was not checked")
    return instant_of(typed.date(), typed.time(), edition.time_zone)


def task_form(edition: Edition, settings: TaskSettings) -> TaskForm:
    """The form with the rules in force."""
    zone, late, words = ZoneInfo(edition.time_zone), settings.late, settings.words
    return TaskForm(
        data={
            "opens": settings.opens_at.astimezone(zone).replace(tzinfo=None),
            "due": settings.due_at.astimezone(zone).replace(tzinfo=None),
            "policy": late.policy,
            "per_day": late.per_day or None,
            "unit": late.unit,
            "maximum": late.maximum,
            "days": late.days,
            "words_from": words.minimum if words is not None else None,
            "words_to": words.maximum if words is not None else None,
            "tolerance": words.tolerance_percent if words is not None else None,
            "texts": settings.texts,
            "files": settings.files,
            "similarity": settings.similarity,
        }
    )


class WaiverForm(Form):
    """Why lateness is forgiven, or counts again."""

    reason = TextAreaField(
        _l("Reason"),
        description=_l("The participant can read it."),
        filters=[lambda value: (value or "").strip()],
        validators=[
            DataRequired(_l("Give a reason: it stays in the history, and the participant may ask for it.")),
            Length(max=500, message=_l("Use at most 500 characters.")),
        ],
    )
