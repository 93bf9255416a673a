"""Words of notices, in the reader's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.accounts.models import Person
from lms.core.plain_text import typed_as_text
from lms.notices.domain import Category, Delivery
from lms.notices.models import Notice

CATEGORIES = {
    Category.REMINDERS: _l("Reminders of deadlines"),
    Category.CHANGES: _l("Changed dates and live sessions"),
    Category.RESULTS: _l("Marks and results"),
    Category.ANNOUNCEMENTS: _l("Announcements"),
    Category.DISCUSSIONS: _l("Discussions"),
    Category.TEACHING: _l("For those who teach or coordinate"),
    Category.NECESSARY: _l("Receipts, certificates, your account"),
}
CATEGORY_HINTS = {
    Category.REMINDERS: _l("Three days and one day before something closes that you have not done yet."),
    Category.CHANGES: _l("When your coordinator moves a deadline or a live session: all of it in one letter."),
    Category.RESULTS: _l("When your work is marked, or you are given more time."),
    Category.ANNOUNCEMENTS: _l("What your coordinators and tutors write to everybody."),
    Category.DISCUSSIONS: _l("New posts in the discussions that you follow, and answers to you."),
    Category.TEACHING: _l("Questions to the tutors, and people who are in no group."),
}
DELIVERIES = {
    Delivery.AT_ONCE: _l("By mail, at once"),
    Delivery.DAILY: _l("By mail, once a day"),
    Delivery.PAGE: _l("Only on the page of notices"),
}

_BLANKS = re.compile(r"[ \t\r\n]+")
_BEGINNING = 90


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says: its title, and the letter as paragraphs of lines.

    ``beginning`` is that of the message of which it tells, empty where it tells of none.
    """

    title: str
    beginning: str
    paragraphs: tuple[str, ...]


def words_of(notice: Notice, person: Person) -> Words:
    """The words of a notice for the person who reads it."""
    return words(notice.kind, notice.context, person.full_name)


def words(kind: str, context: dict[str, Any], name: str) -> Words:
    """The title and the paragraphs of a template in ``emails/``, without the salutation."""
    text = render_template(f"emails/{kind}.txt", recipient_name=name, **context)
    title, _nothing, body = text.strip().partition("\n")
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    return Words(_in_one_line(title), _beginning(context.get("body", "")), tuple(paragraphs[1:]))


def _beginning(body: str) -> str:
    said = _in_one_line(typed_as_text(body))
    if len(said) <= _BEGINNING:
        return said
    end = said.rfind(" ", _BEGINNING // 2, _BEGINNING)
    return f"{said[: end if end > 0 else _BEGINNING].rstrip('.,;:')}…"


def _in_one_line(text: str) -> str:
    # Not the spaces that hold French signs to their words, which ``split`` takes for blanks.
    return _BLANKS.sub(" ", text).strip()


def category_name(category: str) -> str:
    """A category as people read it."""
    return str(CATEGORIES[Category(category)])


def digest_name() -> str:
    """The daily digest as people read it."""
    return str(_("The daily digest"))
