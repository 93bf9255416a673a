"""The forms of what a coordinator decides: about one person and one item, and about the scheme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, IntegerField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from lms.core.forms import Form, PointsField, in_our_time, parse_points
from lms.courses.documents import digest_of, to_document
from lms.courses.domain.content import GradingPlan, TierPlan
from lms.courses.domain.schedule import instant_of
from lms.grading.domain.scheme import Fault, GradingScheme
from lms.grading.wording import fault_sentence

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


class SchemeForm(ReasonForm):
    """Why the scheme changes, the version that was looked at, and what was simulated last. The figures are a draft's."""

    based_on = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    simulated = StringField(widget=HiddenInput())


@dataclass(frozen=True, slots=True)
class SchemeDraft:
    """A scheme as somebody types it. ``typed`` keeps every field as it was, ``faults`` a sentence by field."""

    typed: Mapping[str, str]
    faults: Mapping[str, str]
    scheme: GradingScheme

    @classmethod
    def of(cls, scheme: GradingScheme) -> SchemeDraft:
        """The scheme in force, ready to be changed."""
        typed = {f"weight-{one.key}": str(one.weight) for one in scheme.categories}
        for item in scheme.items:
            typed |= {f"maximum-{item.key}": str(item.maximum), f"required-{item.key}": "y" if item.required else ""}
        for tier in scheme.tiers:
            typed |= {
                f"minimum-{tier.key}": str(tier.minimum), f"completeness-{tier.key}": tier.completeness,
                f"number-{tier.key}": "" if tier.number is None else str(tier.number),
            }  # fmt: skip
        return cls(typed, {}, scheme)

    @classmethod
    def read(cls, scheme: GradingScheme, form: Mapping[str, str]) -> SchemeDraft:
        """What was typed, on the ground of the scheme in force; titles, keys and order are those of it."""
        typed = {name: form.get(name, "").strip() for name in cls.of(scheme).typed}
        faults: dict[str, str] = {}

        def points(name: str, before: Decimal) -> Decimal:
            try:
                return parse_points(typed[name])
            except ValueError as fault:
                faults[name] = str(fault)
                return before

        def number(tier: TierPlan) -> int | None:
            text = typed[f"number-{tier.key}"]
            return int(text) if text.isdecimal() and len(text) < 4 else None

        changed = GradingScheme(
            tuple(replace(one, weight=points(f"weight-{one.key}", one.weight)) for one in scheme.categories),
            tuple(
                replace(
                    item,
                    maximum=points(f"maximum-{item.key}", item.maximum),
                    required=bool(typed[f"required-{item.key}"]),
                )
                for item in scheme.items
            ),
            tuple(
                replace(
                    tier,
                    minimum=points(f"minimum-{tier.key}", tier.minimum),
                    completeness=typed[f"completeness-{tier.key}"],
                    number=number(tier) if typed[f"completeness-{tier.key}"] == "number" else None,
                )
                for tier in scheme.tiers
            ),
        )
        return cls(typed, faults, changed).with_faults(() if faults else changed.faults())

    def with_faults(self, faults: Iterable[Fault]) -> SchemeDraft:
        """The draft with these faults said at the fields that they are about."""
        found = dict(self.faults)
        for fault in faults:
            found.setdefault(fault.at, fault_sentence(fault))
        return replace(self, faults=found)

    @property
    def digest(self) -> str:
        """What a saved scheme is held against, so that nothing is saved that was not simulated."""
        return digest_of(to_document(GradingPlan(self.scheme.categories, self.scheme.items, self.scheme.tiers)))


class ExtensionForm(ReasonForm):
    """A later deadline, in the edition's time zone."""

    day = DateField(_l("New last day"), validators=[InputRequired(_l("Choose the day.")), in_our_time])
    at = TimeField(
        _l("Time"), default=time(23, 59), validators=[InputRequired(_l("Choose the time, for instance 23:59."))]
    )

    def due_at(self, time_zone: str) -> datetime:
        """The instant that was typed, on a clock in this zone."""
        return instant_of(self.day.data, self.at.data, time_zone)
