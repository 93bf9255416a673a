"""Which questions the quizzes of an edition ask, and the choice from the bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import NotFound, RuleViolation
from lms.courses.access import coordinators, current_member
from lms.courses.queries import get_content
from lms.quizzes.bank_forms import read_filter
from lms.quizzes.bank_views import blueprint
from lms.quizzes.permissions import Author
from lms.quizzes.queries.bank import list_questions
from lms.quizzes.queries.composing import get_quiz_questions
from lms.quizzes.services import composing


def _author() -> Author:
    member = current_member()
    return Author(member.person, member.edition.course, get_content(member.edition.release_id).languages)


@blueprint.get("/editions/<code>/question-bank")
@allow(coordinators)
def of_edition(code: str) -> Response:
    """Leads to the bank of the edition's course."""
    return redirect(url_for(".questions", slug=_author().course.slug))


@blueprint.get("/editions/<code>/quizzes/<key>/questions")
@allow(coordinators)
def quiz(code: str, key: str) -> str:
    """What a quiz asks, in order."""
    return render_template("quizzes/bank/quiz.html", found=get_quiz_questions(current_member(), key), author=_author())


@blueprint.get("/editions/<code>/quizzes/<key>/choose")
@allow(coordinators)
def choose(code: str, key: str) -> str:
    """Questions of the bank, to be added to a quiz or to take the place of one that it asks."""
    author, found = _author(), get_quiz_questions(current_member(), key)
    wanted = replace(read_filter(request.args), state="offered")
    page = list_questions(author, wanted, request.args.get("page", 1, type=int))
    position = request.args.get("replace", 0, type=int)
    replaced = next((one for one in found.asked if one.position == position), None)

    def address(number: int) -> str:
        names = {"q": wanted.words, "category": wanted.category, "tag": wanted.tag, "kind": wanted.kind}
        query: dict[str, Any] = {name: value for name, value in names.items() if value}
        return url_for(".choose", code=code, key=key, **query, replace=position or None, page=number)

    return render_template(
        "quizzes/bank/choose.html",
        found=found,
        page=page,
        wanted=wanted,
        replaced=replaced,
        address=address,
        author=author,
    )


@blueprint.post("/editions/<code>/quizzes/<key>/questions")
@allow(coordinators)
def compose(code: str, key: str) -> Response:
    """Adds, replaces, removes or moves questions of a quiz that nobody has started."""
    verb, _dot, number = request.form.get("do", "").partition(".")
    position = int(number) if number.isdigit() and len(number) < 4 else 0
    act = _acts(key, position).get(verb)
    if act is None:
        raise NotFound
    try:
        with unit_of_work():
            sentence = act()
        flash(sentence)
    except RuleViolation as refusal:
        flash(refusal.message, "error")
    place = f"q{position}" if verb in ("up", "down", "newest", "replace") else None
    return redirect(url_for(".quiz", code=code, key=key, _anchor=place), 303)


def _acts(key: str, position: int) -> dict[str, Callable[[], str]]:
    """What the buttons do, each returning what to say afterwards."""
    member, now, chosen = current_member(), clock.now(), request.form.getlist("question")

    def add() -> str:
        added = composing.add_questions(member, key, chosen, now=now)
        sentence: str = ngettext("%(num)d question is added.", "%(num)d questions are added.", added)
        return sentence

    def exchange() -> str:
        if len(chosen) != 1:
            raise RuleViolation(_("Choose one question to take the place of the other. Nothing was changed."))
        composing.replace_question(member, key, position, chosen[0], now=now)
        return str(_("The question is replaced."))

    def remove() -> str:
        composing.remove_question(member, key, position, now=now)
        return str(_("The question is taken out of the quiz. It stays in the bank."))

    def move(by: int) -> str:
        composing.move_question(member, key, position, by, now=now)
        return str(_("The order is changed."))

    def ask_newest() -> str:
        composing.ask_newest(member, key, position, now=now)
        return str(_("Attempts that start from now on are asked the newest version."))

    return {
        "add": add,
        "replace": exchange,
        "remove": remove,
        "up": lambda: move(-1),
        "down": lambda: move(1),
        "newest": ask_newest,
    }
