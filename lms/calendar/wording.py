"""Words of dates, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _

from lms.calendar.domain import Kind, OwnDate
from lms.core.web import plain_filter


def summary_of(one: OwnDate) -> str:
    """What happens at a date, as a line of a calendar."""
    title = plain_filter(one.title)
    if one.kind is Kind.SESSION:
        return title
    if one.kind is Kind.OPENS:
        return str(_("Opens: %(title)s", title=title))
    return str(_("Closes: %(title)s", title=title))
