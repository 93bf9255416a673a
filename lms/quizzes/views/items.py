"""How the questions of a quiz do, on a page and as a file."""

from __future__ import annotations

from flask import Response, render_template, request

from lms.core.access import allow
from lms.core.sheets import CSV_MEDIA_TYPE, XLSX_MEDIA_TYPE, write_csv, write_xlsx
from lms.core.web import interface_language
from lms.courses.access import current_member, teachers
from lms.quizzes.item_display import (
    FEWEST,
    discrimination_text,
    facility_text,
    flag_sentence,
    items_sheet,
    shown_items,
)
from lms.quizzes.models import Quiz
from lms.quizzes.queries import get_sitting
from lms.quizzes.queries.items import Items, items_of
from lms.quizzes.views.blueprint import blueprint


def _read(key: str) -> tuple[Quiz, Items, list[str], bool]:
    member = current_member()
    quiz = get_sitting(member, key).quiz
    whole_course = request.args.get("scope") == "course" and member.is_coordinating
    return quiz, items_of(member, quiz, whole_course=whole_course), _languages(), whole_course


def _languages() -> list[str]:
    return [interface_language(), *current_member().edition.languages]


@blueprint.get("/editions/<code>/quizzes/<key>/items")
@allow(teachers)
def items(code: str, key: str) -> str:
    """How many are right, whether questions tell people apart, and what is chosen."""
    quiz, found, languages, whole_course = _read(key)
    return render_template(
        "quizzes/items/items.html",
        quiz=quiz,
        found=found,
        shown=shown_items(found, languages),
        whole_course=whole_course,
        fewest=FEWEST,
        facility_text=facility_text,
        discrimination_text=discrimination_text,
        flag_sentence=flag_sentence,
    )


@blueprint.get("/editions/<code>/quizzes/<key>/items/export.<any(csv, xlsx):kind>")
@allow(teachers)
def export_items(code: str, key: str, kind: str) -> Response:
    """The same as a file."""
    quiz, found, languages, _whole_course = _read(key)
    sheet = items_sheet(shown_items(found, languages))
    content, media_type = (
        (write_csv(sheet, interface_language()), CSV_MEDIA_TYPE)
        if kind == "csv"
        else (write_xlsx([sheet]), XLSX_MEDIA_TYPE)
    )
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"questions-{code}-{quiz.key}.{kind}")
    return response
