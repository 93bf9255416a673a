"""The search in an edition."""

from __future__ import annotations

from flask import render_template, request

from lms.core import clock
from lms.core.access import allow
from lms.core.web import reading_languages
from lms.courses.access import current_member, learners_and_teachers
from lms.forums.domain.searching import words_of
from lms.forums.queries.searching import search_edition
from lms.forums.views.blueprint import blueprint, page_asked

LONGEST_QUESTION = 200


@blueprint.get("/editions/<code>/search")
@allow(learners_and_teachers)
def search(code: str) -> str:
    """Lessons and messages that hold the words."""
    question = request.args.get("q", "").strip()[:LONGEST_QUESTION]
    words = words_of(question)
    found = search_edition(current_member(), words, languages=reading_languages(), page=page_asked(), now=clock.now())
    return render_template("forums/search.html", question=question, words=words, found=found)
