"""The page on which every component of the interface stands once, live: the place to look before building another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _
from wtforms import BooleanField, FileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from lms.accounts.access import administrators
from lms.core import clock
from lms.core.access import allow
from lms.core.forms import Form, PointsField

blueprint = Blueprint("design", __name__)


class SampleForm(Form):
    """One field of each kind."""

    name = StringField("Name as printed on the certificate", [InputRequired()])
    country = SelectField("Country", choices=[SelectChoice("ml", "Mali"), SelectChoice("zw", "Zimbabwe")])
    points = PointsField("Points", [InputRequired()], description="Between 0 and 10, for instance 8.5.")
    comment = TextAreaField("Comment")
    file = FileField("File", description="PDF, .docx or .odt, up to 10 MB.")
    active = BooleanField("Took part in the group work")
    kind = RadioField(
        "Kind of organisation",
        choices=[SelectChoice("public", "Public institution"), SelectChoice("union", "Trade union")],
    )


def _faulty_form() -> SampleForm:
    form = SampleForm(formdata=None, data={"name": "", "country": "ml", "kind": "public"})
    form.name.errors = (_("Write your name as it should stand on the certificate."),)
    form.points.errors = (_("“%(text)s” is not a number. Write it like 8.5.", text="8.5.5"),)
    return form


@blueprint.get("/design")
@allow(administrators)
def show() -> str:
    """Every component, with invented content."""
    samples: dict[str, Any] = {
        "form": _faulty_form(),
        "closes_at": clock.now() + timedelta(days=2),
        "labels": ["1", "2", "3", "4", "5"],
        "sample_address": lambda page: f"#page-{page}",
    }
    return render_template("design/show.html", **samples)
