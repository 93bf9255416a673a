"""The forms by which a coordinator sets a quiz, and gives single people more than its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from lms.core.forms import Form, PointsField, in_our_time
from lms.courses.domain.schedule import instant_of
from lms.courses.models import Edition
from lms.grading.forms import ReasonForm
from lms.quizzes.domain import MOST_ATTEMPTS, PRESETS, Draw, Fault, Granted, Review, Settings, Shown
from lms.quizzes.domain.accommodations import LARGEST_FACTOR, MOST_EXTRA_ATTEMPTS
from lms.quizzes.domain.settings import LONGEST_LIMIT_MINUTES
from lms.quizzes.wording import fault_sentence, level_name

_MINUTE = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
_NEEDED = InputRequired(_l("Choose a day and a time."))
# Whole numbers that a form may carry; a larger one is a slip of the finger.
_MOST_DRAWN = 100


class SettingsForm(Form):
    """All settings of a quiz; its draws are fields added by ``settings_form``, one a category of the bank."""

    categories: tuple[str, ...] = ()

    preset = HiddenField(validators=[AnyOf(tuple(PRESETS))])
    opens = DateTimeLocalField(_l("Opens"), [_NEEDED, in_our_time], format=_MINUTE)
    closes = DateTimeLocalField(_l("Closes"), [_NEEDED, in_our_time], format=_MINUTE)
    time_limit = IntegerField(
        _l("Time limit in minutes"),
        [Optional(), NumberRange(1, LONGEST_LIMIT_MINUTES, _l("From 1 to 1440 minutes, or empty for none."))],
    )
    attempts = IntegerField(
        _l("Attempts"), [InputRequired(_l("Write how many.")), NumberRange(1, MOST_ATTEMPTS, _l("From 1 to 20."))]
    )
    counting = SelectField(
        _l("Which attempt counts"),
        choices=[
            SelectChoice("best", _l("The best")),
            SelectChoice("last", _l("The last")),
            SelectChoice("first", _l("The first")),
        ],
    )
    review_submitted = SelectField(_l("After submitting, while another attempt is left"))
    review_used_up = SelectField(_l("After the last attempt"))
    review_closed = SelectField(_l("Once the quiz is closed"))
    shuffle_questions = BooleanField(_l("Another order of the questions in each attempt"))
    shuffle_options = BooleanField(_l("Another order of the options in each attempt"))
    audience = RadioField(
        _l("For whom"),
        choices=[SelectChoice("everybody", _l("All participants")), SelectChoice("groups", _l("Only these groups"))],
    )
    groups = SelectMultipleField(
        _l("Groups"), coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def draw_fields(self) -> list[Field]:
        """The numbers of questions to draw, in the order of the categories."""
        return [self[f"draw_{number}"] for number in range(len(self.categories))]

    def settings(self, edition: Edition) -> Settings:
        """What was typed, once the form is valid."""
        for_groups = self.audience.data == "groups"
        return Settings(
            opens_at=_instant(self.opens.data, edition),
            closes_at=_instant(self.closes.data, edition),
            time_limit_minutes=self.time_limit.data,
            attempts_allowed=self.attempts.data,
            counting=self.counting.data,
            review=Review.of(self.review_submitted.data, self.review_used_up.data, self.review_closed.data),
            shuffle_questions=self.shuffle_questions.data,
            shuffle_options=self.shuffle_options.data,
            draws=tuple(
                Draw(category, field.data)
                for category, field in zip(self.categories, self.draw_fields(), strict=True)
                if field.data
            ),
            for_groups=for_groups,
            group_ids=frozenset(self.groups.data or ()) if for_groups else frozenset(),
        )

    def show_faults(self, faults: Sequence[Fault]) -> None:
        """Put each fault beside the field that it is about."""
        for fault in faults:
            field = {
                Fault.CLOSES_FIRST: self.closes,
                Fault.COUNTING_HELD: self.counting,
                Fault.NO_GROUP: self.groups,
            }.get(fault)
            if field is None:
                self.form_errors.append(fault_sentence(fault))
            else:
                field.errors = [*field.errors, fault_sentence(fault)]


def settings_form(
    edition: Edition,
    now_set: Settings,
    *,
    preset: str,
    applied: str | None,
    pools: Mapping[str, int],
    groups: Sequence[tuple[int, str]],
) -> SettingsForm:
    """The form with the settings that a quiz has.

    Args:
        applied: a preset whose values stand in the form instead, not saved yet; ``None`` for what is set.
        pools: how many questions each category of the bank has.
        groups: id and name of the edition's groups.
    """
    drawn = {draw.category: draw.count for draw in now_set.draws}
    categories = tuple(sorted({*pools, *drawn}))
    filled: Any = type("FilledSettingsForm", (SettingsForm,), {"categories": categories})
    for number, category in enumerate(categories):
        most = min(pools.get(category, 0), _MOST_DRAWN)
        label = _("From “%(category)s” (%(number)s in the bank)", category=category, number=pools.get(category, 0))
        limit = NumberRange(0, most, _("The bank has %(number)s questions in this category.", number=most))
        setattr(filled, f"draw_{number}", IntegerField(label, [Optional(), limit]))
    data = _values(edition, now_set, PRESETS.get(applied or ""))
    data |= {f"draw_{number}": drawn.get(category) for number, category in enumerate(categories)}
    form: SettingsForm = filled(data={**data, "preset": applied or preset})
    levels = [SelectChoice(shown.value, level_name(shown)) for shown in Shown]
    for field in (form.review_submitted, form.review_used_up, form.review_closed):
        field.choices = levels
    form.groups.choices = [SelectChoice(group_id, name) for group_id, name in groups]
    return form


def _values(edition: Edition, now_set: Settings, preset: Any) -> dict[str, Any]:
    rule = preset or now_set
    zone = ZoneInfo(edition.time_zone)
    return {
        "opens": now_set.opens_at.astimezone(zone).replace(tzinfo=None),
        "closes": now_set.closes_at.astimezone(zone).replace(tzinfo=None),
        "time_limit": rule.time_limit_minutes,
        "attempts": rule.attempts_allowed,
        "counting": rule.counting,
        "review_submitted": str(rule.review.submitted),
        "review_used_up": str(rule.review.used_up),
        "review_closed": str(rule.review.closed),
        "shuffle_questions": rule.shuffle_questions,
        "shuffle_options": rule.shuffle_options,
        "audience": "groups" if now_set.for_groups else "everybody",
        "groups": sorted(now_set.group_ids),
    }


def _instant(typed: datetime, edition: Edition) -> datetime:
    return instant_of(typed.date(), typed.time(), edition.time_zone)


class AccommodationForm(ReasonForm):
    """What one person or group is given, and why."""

    time = SelectField(
        _l("Time limit"),
        default="1",  # the field is not there for a quiz without a limit
        choices=[
            SelectChoice("1", _l("As for everybody")),
            SelectChoice("1.25", _l("A quarter more (× 1.25)")),
            SelectChoice("1.5", _l("Half as much again (× 1.5)")),
            SelectChoice("2", _l("Twice the time (× 2)")),
            SelectChoice("other", _l("Another factor, written below")),
        ],
    )
    factor = PointsField(_l("Another factor"))
    extra_attempts = IntegerField(
        _l("Attempts more than the others"),
        [Optional(), NumberRange(0, MOST_EXTRA_ATTEMPTS, _l("From 0 to 10."))],
    )
    opens = DateTimeLocalField(_l("Opens earlier for them"), [Optional(), in_our_time], format=_MINUTE)
    closes = DateTimeLocalField(_l("Closes later for them"), [Optional(), in_our_time], format=_MINUTE)

    def validate_factor(self, field: PointsField) -> None:
        """Only asked where another factor was chosen."""
        if self.time.data != "other":
            return
        if field.data is None or not 1 < field.data <= Decimal(int(LARGEST_FACTOR)):
            raise ValidationError(_("Write a number above 1 and up to 4, for instance 1.75."))

    def granted(self, edition: Edition) -> tuple[Granted, datetime | None]:
        """What is given, and the later closing, once the form is valid."""
        factor = self.factor.data if self.time.data == "other" else Decimal(self.time.data)
        opens = None if self.opens.data is None else _instant(self.opens.data, edition)
        closes = None if self.closes.data is None else _instant(self.closes.data, edition)
        return Granted(Fraction(factor or 1), self.extra_attempts.data or 0, opens), closes


class AcceptForm(ReasonForm):
    """Accepting answers that came too late."""
