"""The base of all forms: CSRF comes with it, and what was typed comes back when it is refused."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError
from wtforms.widgets import TextInput

# Arabic-Indic and Persian digits, and the marks used with them.
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
# Far beyond any scheme; what is larger is a slip of the finger, and could not be kept either.
_MOST_POINTS = 1_000_000


class Form(FlaskForm):
    """A form. ``first_errors`` lists each faulty field once, for the summary at the top of the page."""

    def first_errors(self) -> list[tuple[Field, str]]:
        """Faulty fields with their first message, in order; form-level messages are left out."""
        return [(field, str(_first(field.errors))) for field in self if field.errors]


def in_our_time(form: Form, field: Field) -> None:
    """Refuse a day in a year that nobody means: “0026” is typed in a moment, and no clock of the world shows 9999."""
    if field.data is not None and not 2000 <= field.data.year <= 2100:
        raise ValidationError(_("Look at the year once more. Write all four figures, like 2027."))


def _first(errors: Any) -> Any:
    if isinstance(errors, dict):
        return _first(next(iter(errors.values())))
    first = errors[0]
    return _first(first) if isinstance(first, (list, tuple, dict)) else first


def parse_points(text: str) -> Decimal:
    """Points as people type them: a point or a comma, Arabic-Indic digits too.

    Raises:
        ValueError: if it is no number or has more than two decimals.
    """
    normal = text.strip().translate(_DIGITS).replace(",", ".").replace("\u00a0", "").replace("\u202f", "")
    try:
        value = Decimal(normal)
    except InvalidOperation:
        raise ValueError(_("“%(text)s” is not a number. Write it like 8.5.", text=text.strip())) from None
    if not value.is_finite() or value.copy_abs() > _MOST_POINTS:
        raise ValueError(_("“%(text)s” is not a number. Write it like 8.5.", text=text.strip()))
    if value != value.quantize(Decimal("0.01")):
        raise ValueError(_("Use at most two decimals."))
    return value


class PointsField(StringField):
    """Points typed with a point or a comma; empty is ``None``."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        # As the person writes it: a French tutor reads and types 8,50.
        return "" if self.data is None else str(format_decimal(self.data, format="0.00"))

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = parse_points(valuelist[0])
