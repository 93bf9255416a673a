"""Fills the placeholders of a course's texts with the facts and dates of the edition that is being read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import g, has_request_context
from flask_babel import gettext as _

from lms.core.current import this_page
from lms.core.web import day_filter, interface_language, moment_filter
from lms.courses.display import place_of
from lms.courses.domain.placeholders import CLOSES, OPENS, fill
from lms.courses.hooks import read_dates
from lms.courses.models import Edition
from lms.courses.queries import module_states

# Peer reviews run under the key of their assignment, whose own dates a text means.
_NOT_NAMED = "peer"


def fill_here(text: str) -> str:
    """The text as the edition of this page has it; as it was typed where the page belongs to none."""
    member = g.get("member") if has_request_context() else None
    return text if member is None else fill(text, _values_of(member.edition).get)


def _values_of(edition: Edition) -> Mapping[str, str]:
    """What each placeholder stands for, in the reader's language; read once a page, where a text needs it."""
    page = vars(this_page())
    language = interface_language()
    kept: dict[str, Mapping[str, str]] = page.setdefault("placeholders", {})
    if language not in kept:
        kept[language] = _read_values(edition)
    return kept[language]


def _read_values(edition: Edition) -> Mapping[str, str]:
    values = {
        "edition.code": edition.code,
        "edition.start": day_filter(edition.starts_on),
        "edition.end": day_filter(edition.ends_on),
        "edition.place": place_of(edition.time_zone, edition.place),
    }
    for state in module_states(edition, None, datetime.max.replace(tzinfo=edition.created_at.tzinfo)):
        values[f"{OPENS}{state.module.key}"] = _moment(edition, state.opens_at)
    for feature, one in read_dates(edition):
        if feature == _NOT_NAMED:
            continue
        values[f"{OPENS}{one.key}"] = _moment(edition, one.opens_at)
        if one.closes_at is not None:
            values[f"{CLOSES}{one.key}"] = _moment(edition, one.closes_at)
    return values


def _moment(edition: Edition, at: datetime) -> str:
    shown = moment_filter(at, edition.time_zone)
    return str(_("%(moment)s in %(place)s", moment=shown, place=place_of(edition.time_zone, edition.place)))
