"""The blueprint of the feature's pages, and the words that its templates say."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint
from flask_babel import format_timedelta

from lms.quizzes import wording

blueprint = Blueprint("quizzes", __name__)
for word in (
    wording.duration,
    wording.factor_text,
    wording.level_name,
    wording.marked_anew,
    wording.note_sentence,
    wording.preset_description,
    wording.preset_name,
    wording.review_sentences,
    wording.treatment_name,
    wording.treatment_offer,
):
    blueprint.add_app_template_global(word)


@blueprint.app_template_filter("lateness")
def lateness(seconds: int) -> str:
    """“43 seconds”, “5 minutes”, “30 hours”: each unit begins with two of it, as in distances."""
    return str(format_timedelta(timedelta(seconds=seconds), threshold=2))
