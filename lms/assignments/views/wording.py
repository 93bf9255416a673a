"""Sentences about saves, in the reader's time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import format_datetime
from flask_babel import gettext as _

from lms.assignments.assessments import MarkingPresence
from lms.assignments.models import Draft
from lms.courses.permissions import Member


def own_time(member: Member, instant: datetime) -> str:
    """The hour and minute on the person's own clock."""
    return str(format_datetime(instant.astimezone(ZoneInfo(member.person.time_zone)), "HH:mm", rebase=False))


def saved_message(member: Member, saved_at: datetime) -> str:
    """“Saved at 10:42.”"""
    return str(_("Saved at %(time)s.", time=own_time(member, saved_at)))


def conflict_message(member: Member, draft: Draft) -> str:
    """Who saved in between."""
    author = draft.saved_by
    time = own_time(member, draft.saved_at)
    if author is None or author.person_id == member.person.id:
        return str(_("You saved this part in another window at %(time)s.", time=time))
    return str(
        _(
            "%(name)s saved this part at %(time)s while you were writing.",
            name=author.person.full_name,
            time=time,
        )
    )


def presence_sentences(member: Member, present: Sequence[MarkingPresence]) -> list[str]:
    """Who else has a marking open, and since when: at what time, which stays, so that nobody hears it again each minute."""
    return [
        str(
            _(
                "%(name)s opened this marking at %(time)s.",
                name=one.person.full_name,
                time=own_time(member, one.opened_at),
            )
        )
        for one in present
    ]
