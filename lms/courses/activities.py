"""When quizzes and assignments open and close for somebody in an edition, told by the features that own them.

The course says when they do; an edition may have moved them, and a person may have an extension. A feature above
``courses`` adds its source when the app is built; until it does, the course's own dates are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lms.courses.domain.content import CourseContent
from lms.courses.domain.schedule import has_passed
from lms.courses.permissions import Member


@dataclass(frozen=True, slots=True)
class ActivityDates:
    """``closes_at`` is the last minute in which one can take the quiz or hand in on time.

    ``is_done``: the person has finished an attempt or handed in, and nothing was given back since. ``is_hidden``: it is
    for others only.
    """

    opens_at: datetime
    closes_at: datetime
    is_done: bool = False
    is_hidden: bool = False

    def is_open(self, now: datetime) -> bool:
        """True from the opening instant to the end of the closing minute."""
        return now >= self.opens_at and not has_passed(self.closes_at, now)

    def is_over(self, now: datetime) -> bool:
        """True once the closing minute is over."""
        return has_passed(self.closes_at, now)


DateSource = Callable[[Member], Mapping[str, ActivityDates]]

# By feature name, so that building the app twice in a process registers nothing twice.
_sources: dict[str, DateSource] = {}


def add_activity_dates(feature: str, source: DateSource) -> None:
    """Use a feature's own dates: by the key of the quiz or assignment, for one person, in at most one query."""
    _sources[feature] = source


def activity_dates(member: Member, content: CourseContent) -> Mapping[str, ActivityDates]:
    """The dates of every quiz and assignment as they hold for a member, by key."""
    start, zone = member.edition.starts_on, member.edition.time_zone
    dates = {
        quiz.key: ActivityDates(quiz.opens.on(start, zone), quiz.closes.on(start, zone))
        for _, quiz in content.quizzes()
    }
    for plan in content.assignments:
        dates[plan.key] = ActivityDates(plan.opens.on(start, zone), plan.due.on(start, zone))
    for source in _sources.values():
        dates.update(source(member))
    return dates
