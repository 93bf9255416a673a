"""The questionnaire as a form: radio rows and text areas made from its questions, nothing required but one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, StringField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, Optional

from lms.core.forms import Form
from lms.courses.domain.content import SurveyPlan, SurveyQuestion
from lms.surveys.domain import LONGEST_ANSWER, choices


class AnswersForm(Form):
    """The base of every questionnaire's form; its fields are named by question keys behind ``a-``."""

    def given(self) -> dict[str, object]:
        """Raw values by question key."""
        return {name.removeprefix("a-"): value for name, value in self.data.items() if name.startswith("a-")}

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Also refuse a form on which nothing at all was answered."""
        if not super().validate(extra_validators):
            return False
        if any(str(value or "").strip() for value in self.given().values()):
            return True
        self.form_errors.append(_("Nothing was answered. Answer at least one question, then send once more."))
        return False


def answers_form(plan: SurveyPlan) -> AnswersForm:
    """The form of a questionnaire, filled with what was sent."""
    fields = {field_name(question): _field(question) for question in plan.questions}
    form: AnswersForm = type("QuestionnaireForm", (AnswersForm,), fields)()
    return form


def field_name(question: SurveyQuestion) -> str:
    """The name of a question's field; the prefix keeps keys apart from the form's own attributes."""
    return f"a-{question.key}"


def _field(question: SurveyQuestion) -> Field:
    if question.kind == "open":
        too_long = _("This answer is too long: keep it under %(limit)s characters.", limit=LONGEST_ANSWER)
        return TextAreaField(validators=[Optional(), _no_longer_than(LONGEST_ANSWER, too_long)])
    # The template draws the radio buttons; what counts here is that only their values come back.
    allowed = choices(question)
    return StringField(validators=[Optional(), AnyOf(allowed, message=_("Choose one of the numbers shown."))])


def _no_longer_than(limit: int, message: str) -> Any:
    """As the domain counts: a browser sends each line end as two characters, which are one."""

    def check(form: Form, field: Field) -> None:
        if len((field.data or "").replace("\r\n", "\n").strip()) > limit:
            raise ValidationError(message)

    return check
