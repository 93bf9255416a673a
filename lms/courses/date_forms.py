"""The form of all dates in an edition but those of its modules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from wtforms import DateTimeLocalField, Field
from wtforms.validators import InputRequired

from lms.core.forms import Form, in_our_time
from lms.courses.dates import Instants
from lms.courses.domain.schedule import instant_of
from lms.courses.hooks import Dated
from lms.courses.models import Edition


class DatesForm(Form):
    """When everything opens and closes, on the edition's clock; its fields are added by ``dates_form``."""

    things: tuple[tuple[str, Dated], ...] = ()

    def rows(self) -> list[tuple[Dated, Field, Field | None]]:
        """Each thing with the fields of its opening and, where it has one, its closing."""
        return [
            (one, self[f"opens_{number}"], self[f"closes_{number}"] if one.closes_at else None)
            for number, (_feature, one) in enumerate(self.things)
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides what each field asks: nothing closes before it opens."""
        is_valid = bool(super().validate(extra_validators))
        for _one, opens, closes in self.rows():
            if closes is not None and opens.data and closes.data and closes.data <= opens.data:
                closes.errors = [_("It would close before it opens.")]
                is_valid = False
        return is_valid

    def instants(self, edition: Edition) -> dict[tuple[str, str], Instants]:
        """What ``set_dates`` takes."""
        return {
            (feature, one.key): (_instant(opens.data, edition), _instant(closes.data, edition) if closes else None)
            for (feature, one), (_one, opens, closes) in zip(self.things, self.rows(), strict=True)
        }


def _instant(typed: datetime, edition: Edition) -> datetime:
    return instant_of(typed.date(), typed.time(), edition.time_zone)


def dates_form(edition: Edition, things: Sequence[tuple[str, Dated]]) -> DatesForm:
    """The form with the present dates."""
    dated: Any = type("FilledDatesForm", (DatesForm,), {"things": tuple(things)})
    zone = ZoneInfo(edition.time_zone)
    values: dict[str, datetime] = {}
    for number, (_feature, one) in enumerate(things):
        for name, label, instant in (("opens", _("Opens"), one.opens_at), ("closes", _("Closes"), one.closes_at)):
            if instant is not None:
                values[f"{name}_{number}"] = instant.astimezone(zone).replace(tzinfo=None)
                needed = [InputRequired(_("Choose a day and a time.")), in_our_time]
                setattr(dated, f"{name}_{number}", DateTimeLocalField(label, needed, format=["%Y-%m-%dT%H:%M"]))
    form: DatesForm = dated(data=values)
    return form
