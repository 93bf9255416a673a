"""The blueprint of the feature, and what several of its pages need."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request

from lms.core.access import Access
from lms.core.db import row_number
from lms.core.web import wants_json
from lms.courses.access import learners_and_teachers
from lms.courses.permissions import Member
from lms.forums.models import Topic
from lms.forums.queries.forums import Forum, get_forum

blueprint = Blueprint("forums", __name__)

_KEPT = ("csrf_token", "title", "body", "is_question", "is_answer", "addressed", "parent")


def _writers_or_kept(arguments: dict[str, Any]) -> Any:
    """The rule for everybody who talks; what is sent after the sign-in ended comes back to be sent again."""
    refusal = learners_and_teachers.check(arguments)
    if refusal is None or request.method != "POST" or wants_json():
        return refusal
    fields = [(name, request.form[name]) for name in _KEPT if name in request.form]
    return make_response(render_template("forums/kept.html", fields=fields), 401)


# Nothing is kept on the server for somebody who is signed out: the page itself carries what they wrote.
writers = Access(f"{learners_and_teachers.name}; who is signed out gets back what they wrote", _writers_or_kept)


def page_asked() -> int:
    """The page that the address names; 1 where it names none."""
    try:
        return max(1, row_number(request.args.get("page", "1")))
    except ValueError:
        return 1


def number_in(text: str | None) -> int | None:
    """A row's number in a form; ``None`` where there is none."""
    try:
        return row_number(text or "")
    except ValueError:
        return None


def forum_of(member: Member, topic: Topic) -> Forum:
    """The forum in which a topic stands."""
    return get_forum(member, topic.forum_key)
