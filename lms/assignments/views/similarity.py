"""Passages that several submissions have in common, for those who teach."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.domain.similarity import excerpt, words_of
from lms.assignments.queries.similarity import PAIRS_ON_A_PAGE, get_pair, last_search, pairs_found, texts_of
from lms.assignments.queries.work import get_assignment, plan_of
from lms.assignments.services.similarity import SearchOff, ask_search, require_similarity
from lms.assignments.views.blueprint import blueprint
from lms.core import clock
from lms.core.access import allow
from lms.core.db import row_number, unit_of_work
from lms.courses.access import current_member, teachers

MOST_PASSAGES = 100


@blueprint.get("/editions/<code>/assignments/<key>/similarity")
@allow(teachers)
def similarity(code: str, key: str) -> str:
    """How far the search is and which pairs have most in common."""
    member = current_member()
    try:
        task = require_similarity(member, key)
    except SearchOff:
        return render_template("assignments/similarity_off.html", plan=plan_of(get_assignment(member.edition.id, key)))
    search = last_search(task.id)
    page = max(request.args.get("page", 1, type=row_number), 1)
    pairs, total = pairs_found(search.id, page) if search is not None and search.finished_at else ([], 0)
    return render_template(
        "assignments/similarity.html",
        task=task,
        plan=plan_of(task),
        search=search,
        pairs=pairs,
        total=total,
        page=page,
        pages=-(-total // PAIRS_ON_A_PAGE),
    )


@blueprint.post("/editions/<code>/assignments/<key>/similarity")
@allow(teachers)
def search_similarity(code: str, key: str) -> Response:
    """Ask for a search."""
    with unit_of_work():
        ask_search(current_member(), assignment_key=key, now=clock.now())
    flash(_("The search is on its way. You may leave this page meanwhile."))
    return redirect(url_for("assignments.similarity", code=code, key=key), 303)


@blueprint.get("/editions/<code>/assignments/<key>/similarity/<int:pair_id>")
@allow(teachers)
def similar_pair(code: str, key: str, pair_id: int) -> str:
    """The passages that two submissions share, side by side."""
    task = require_similarity(current_member(), key)
    found, left, right = get_pair(task.id, pair_id)
    texts = texts_of([left, right])
    words = {number: words_of(text) for number, text in texts.items()}
    passages = [
        (
            excerpt(texts[left.id], words[left.id], first, size),
            excerpt(texts[right.id], words[right.id], second, size),
            size,
        )
        for first, second, size in sorted(found.pair.passages, key=lambda one: -one[2])[:MOST_PASSAGES]
    ]
    return render_template(
        "assignments/similar_pair.html",
        task=task,
        plan=plan_of(task),
        found=found,
        left=left,
        right=right,
        passages=passages,
        total=len(found.pair.passages),
    )
