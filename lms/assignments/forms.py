"""What people type about groups, texts and marks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FileField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from lms.assignments.domain.rubrics import HALF, Part, PartFault, ScoreFault, part_fault, rubric_maximum, score_fault
from lms.assignments.services.drafts import MAX_CHARACTERS
from lms.assignments.services.marking import default_part
from lms.assignments.services.posting import Candidate, Marking
from lms.core.forms import Form, PointsField
from lms.core.web import plain_filter
from lms.courses.domain.content import Criterion
from lms.courses.models import Enrolment


class Revision(IntegerField):
    """The state that a page was made from; travels unseen."""

    widget = HiddenInput()


def _trimmed(value: str | None) -> str:
    return " ".join((value or "").split())


class DraftForm(Form):
    """One part of an assignment: the text, and a document beside or instead of it."""

    body = TextAreaField(_l("Your text"), validators=[Length(max=MAX_CHARACTERS)])
    revision = Revision(default=0)
    file = FileField(_l("Or add a document"))
    remove_file = BooleanField(_l("Take the document out again"))


class SubmitForm(Form):
    """What was checked: which submission it would be, and its seal."""

    number = Revision(validators=[InputRequired()])
    digest = HiddenField(validators=[InputRequired()])


class GroupNameForm(Form):
    """A new group."""

    name = StringField(
        _l("Name of the group"),
        filters=[_trimmed],
        validators=[
            DataRequired(_l("Give the group a name.")),
            Length(max=80, message=_l("Use at most 80 characters.")),
        ],
    )


class GroupForm(GroupNameForm):
    """A group's name and who speaks for it; the choices are its members."""

    ambassador = SelectField(_l("Ambassador"), coerce=int)
    deputy = SelectField(_l("Deputy"), coerce=int)

    def offer(self, members: Sequence[Enrolment]) -> GroupForm:
        """Let one choose among the members, or nobody."""
        choices = [(0, _("Nobody yet"))] + [(member.id, member.person.full_name) for member in members]
        self.ambassador.choices = self.deputy.choices = choices
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides what each field asks: a deputy is somebody else."""
        is_valid = bool(super().validate(extra_validators))
        if self.ambassador.data and self.ambassador.data == self.deputy.data:
            self.deputy.errors = [*self.deputy.errors, _("Choose somebody else than the ambassador.")]
            is_valid = False
        return is_valid


class ReasonForm(Form):
    """Why work is given back."""

    reason = TextAreaField(
        _l("Why do you give it back? The person reads this."),
        filters=[lambda value: (value or "").strip()],
        validators=[
            DataRequired(_l("Say why you give the work back: the person reads it.")),
            Length(max=500, message=_l("Use at most 500 characters.")),
        ],
    )


SCORE_MESSAGES = {
    ScoreFault.BELOW_ZERO: _l("Points cannot be below 0."),
    ScoreFault.ABOVE_MAXIMUM: _l("This criterion has fewer points than that."),
    ScoreFault.NOT_HALF: _l("Use whole or half points, like 7 or 7.5."),
}
PART_MESSAGES = {
    PartFault.ADJUSTMENT_UNEXPLAINED: _l("Say why this person’s mark differs from the group’s."),
    PartFault.INCLUSION_UNEXPLAINED: _l("Say why this person gets the group’s mark."),
    PartFault.NOT_HALF: _l("Use whole or half points, like -1 or 1.5."),
    PartFault.ABSENT_ADJUSTED: _l("Somebody who did not take part gets no mark, so there is nothing to adjust."),
    PartFault.BELOW_ZERO: _l("That would take this person below 0. Take off at most what the group has."),
    PartFault.ABOVE_MAXIMUM: _l(
        "That would give this person more than the maximum. Add at most what is missing to it."
    ),
}


class _ScoreField(PointsField):
    """Points for one criterion."""

    def __init__(self, label: str, maximum: Decimal, step: Decimal = HALF, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.maximum, self.step = maximum, step

    def pre_validate(self, form: Any) -> None:
        fault = None if self.data is None else score_fault(self.data, self.maximum, self.step)
        if fault is not None:
            raise ValidationError(str(SCORE_MESSAGES[fault]))


class MarkForm(Form):
    """A marking. Fields for each criterion and each member are added by ``mark_form``."""

    revision = Revision(default=0)
    comment = TextAreaField(_l("Comment on the whole work"))
    change_reason = StringField(_l("Why does the finished mark change?"), validators=[Length(max=500)])
    rubric: tuple[Criterion, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    def first_errors(self) -> list[tuple[Field, str]]:
        """Each faulty field once, with the criterion or the person that it is about."""
        about = {f"points-{criterion.key}": plain_filter(criterion.title) for criterion in self.rubric}
        for candidate in self.candidates:
            key, name = candidate.enrolment.id, candidate.enrolment.person.full_name
            about |= {f"adjust-{key}": name, f"reason-{key}": name}
        return [
            (field, _("%(name)s: %(fault)s", name=about[field.name], fault=message) if field.name in about else message)
            for field, message in super().first_errors()
        ]

    def marking(self) -> Marking:
        """What was typed, as the services take it."""
        return Marking(
            {criterion.key: self[f"points-{criterion.key}"].data for criterion in self.rubric},
            {criterion.key: self[f"comment-{criterion.key}"].data or "" for criterion in self.rubric},
            self.comment.data or "",
            {candidate.enrolment.id: self._part(candidate) for candidate in self.candidates},
        )

    def _part(self, candidate: Candidate) -> Part:
        key = candidate.enrolment.id
        return Part(
            bool(self[f"took-{key}"].data),
            self[f"adjust-{key}"].data or Decimal(0),
            self[f"reason-{key}"].data or "",
            candidate.needs_reason,
        )

    def _total(self) -> Decimal | None:
        """The points together; ``None`` while one is missing or cannot stand."""
        fields = [self[f"points-{criterion.key}"] for criterion in self.rubric]
        if any(field.data is None or field.errors for field in fields):
            return None
        return sum((field.data for field in fields), Decimal(0))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then what is said of each member as a whole."""
        valid = bool(super().validate(extra_validators))
        total, maximum = self._total(), rubric_maximum(self.rubric)
        for candidate in self.candidates:
            key = candidate.enrolment.id
            fault = part_fault(self._part(candidate), total, maximum)
            if fault is not None:
                field = self[f"reason-{key}" if "unexplained" in fault.value else f"adjust-{key}"]
                field.errors = [*field.errors, str(PART_MESSAGES[fault])]
                valid = False
        return valid


def mark_form(
    rubric: Sequence[Criterion],
    candidates: Sequence[Candidate],
    stored: Marking | None,
    *,
    is_sent: bool,
    step: Decimal = HALF,
) -> MarkForm:
    """The form for one submission.

    Args:
        stored: the marking so far; ``None`` fills the form with what holds until a tutor says otherwise.
        step: the smallest difference between points.
        is_sent: whether this request carries what was typed, which then takes the place of what is stored.
    """
    fields: dict[str, Any] = {"rubric": tuple(rubric), "candidates": tuple(candidates)}
    values: dict[str, Any] = {} if stored is None else {"comment": stored.comment}
    for criterion in rubric:
        fields[f"points-{criterion.key}"] = _ScoreField(_("Points"), criterion.maximum, step)
        fields[f"comment-{criterion.key}"] = TextAreaField(_("Comment"))
        if stored is not None:
            values[f"points-{criterion.key}"] = stored.scores.get(criterion.key)
            values[f"comment-{criterion.key}"] = stored.comments.get(criterion.key, "")
    for candidate in candidates:
        key = candidate.enrolment.id
        part = (stored.parts.get(key) if stored is not None else None) or default_part(candidate)
        fields[f"took-{key}"] = BooleanField(_("Took part"))
        fields[f"adjust-{key}"] = PointsField(_("More or fewer points"))
        fields[f"reason-{key}"] = StringField(_("Reason"), validators=[Length(max=500)])
        values |= {f"took-{key}": part.took_part, f"reason-{key}": part.reason}
        values[f"adjust-{key}"] = part.adjustment or None
    kind = type("SubmissionMarkForm", (MarkForm,), fields)
    form: MarkForm = kind(data=values) if is_sent else kind(data=values, formdata=None)
    return form
