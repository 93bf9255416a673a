"""What people type about how an assignment is marked, who marks it, and comments kept for use again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, IntegerField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from lms.accounts.models import Person
from lms.assignments.domain.agreement import SecondMarking
from lms.assignments.services.bank import MAX_CHARACTERS
from lms.core.forms import Form, PointsField
from lms.courses.domain.content import Criterion

SECOND_NAMES = {
    SecondMarking.NONE: _l("One marker"),
    SecondMarking.SAMPLE: _l("A second marker for a sample"),
    SecondMarking.ALL: _l("A second marker for all work"),
}
LARGEST_SEED = 10**9


class SchemeForm(Form):
    """How an assignment is marked."""

    second = RadioField(_l("Who marks"), choices=[SelectChoice(one.value, name) for one, name in SECOND_NAMES.items()])
    third_from = PointsField(
        _l("A third marker, when two lie further apart than"),
        description=_l("In points. Up to this difference the mark is the mean of the two."),
        validators=[InputRequired(_l("Say how many points two marks may lie apart."))],
    )
    is_anonymous = BooleanField(
        _l("Mark without names"),
        description=_l("Tutors see codes until the marks are released. Coordinators see both."),
    )

    def validate_third_from(self, field: PointsField) -> None:
        """Refuse what is below nothing."""
        if field.data is not None and field.data < Decimal(0):
            raise ValidationError(_("Points cannot be below 0."))


class SeedForm(Form):
    """The number from which a lot is drawn."""

    seed = IntegerField(
        _l("Number for the draw"),
        description=_l("The same number and people give the same groups, so that anybody can check the draw."),
        default=1,
        validators=[
            InputRequired(_l("Give any whole number.")),
            NumberRange(0, LARGEST_SEED, _l("Give a whole number.")),
        ],
    )


class ShareForm(SeedForm):
    """Who shares the work that is nobody's yet."""

    markers = SelectMultipleField(
        _l("Share it among"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[InputRequired(_l("Choose at least one person."))],
    )

    def offer(self, tutors: Sequence[Person]) -> ShareForm:
        """Let one choose among those who teach."""
        self.markers.choices = [SelectChoice(person.id, person.full_name) for person in tutors]
        return self


class SampleForm(SeedForm):
    """Which work is marked a second time."""

    count = IntegerField(
        _l("How many, drawn by lot"), validators=[Optional(), NumberRange(0, 5000, _l("Give a whole number."))]
    )
    percent = IntegerField(
        _l("Or how many per cent"), validators=[Optional(), NumberRange(0, 100, _l("Give a number from 0 to 100."))]
    )
    with_extremes = BooleanField(_l("Also the lowest and the highest first marks"))
    with_borders = BooleanField(_l("Also whoever lies within 2 points of a certificate"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Exactly one of the two says how many."""
        valid = bool(super().validate(extra_validators))
        if valid and (self.count.data is None) == (self.percent.data is None):
            self.count.errors = [_("Say how many, as a number or per cent: one of the two.")]
            return False
        return valid


class SheetForm(Form):
    """A marking sheet that comes back."""

    file = FileField(_l("The sheet with your marks"), validators=[InputRequired(_l("Choose the file."))])


class CommentForm(Form):
    """A kept comment. A field for each language is added by ``comment_form``."""

    criterion = SelectField(_l("For"), default="")
    is_shared = BooleanField(_l("For every edition of this course"))
    languages: tuple[str, ...] = ()

    def text(self) -> dict[str, str]:
        """What was typed, by language."""
        return {language: self[f"text-{language}"].data or "" for language in self.languages}


def comment_form(
    languages: Sequence[str], names: dict[str, str], criteria: Sequence[tuple[str, Criterion, str]], **values: Any
) -> CommentForm:
    """The form for a comment in these languages.

    Args:
        names: what each language is called.
        criteria: key, criterion and title of each criterion in the edition.
    """
    fields: dict[str, Any] = {"languages": tuple(languages)}
    for language in languages:
        fields[f"text-{language}"] = TextAreaField(
            names.get(language, language),
            validators=[Length(max=MAX_CHARACTERS, message=_l("Use at most 2,000 characters."))],
        )
    kind = type("BankCommentForm", (CommentForm,), fields)
    form: CommentForm = kind(data=values)
    form.criterion.choices = [SelectChoice("", _("Any criterion"))] + [
        SelectChoice(key, title) for key, _criterion, title in criteria
    ]
    return form
