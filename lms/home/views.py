"""The list of a person's editions, and the first screen of an edition for each role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _

from lms.accounts.access import current_person, signed_in
from lms.core import clock
from lms.core.access import allow
from lms.courses.access import current_member, members
from lms.courses.domain.roles import Role
from lms.courses.queries import QUIET_FOR
from lms.grading.queries import standing_of
from lms.grading.wording import short_title
from lms.home import queries
from lms.home.domain import Task, TaskKind, TaskState, next_task, week_of

blueprint = Blueprint("home", __name__)

MOST_BEHIND = 12


@blueprint.get("/")
@allow(signed_in)
def index() -> Any:
    """The person's editions; somebody with just one goes straight to it."""
    person = current_person()
    editions = queries.my_editions(person)
    if len(editions) == 1 and not person.is_administrator:
        return redirect(url_for(".edition", code=editions[0].edition.code), 303)
    return render_template("home/index.html", editions=editions, today=clock.now().date())


@blueprint.get("/editions/<code>")
@allow(members)
def edition(code: str) -> Any:
    """What to do next, and by when, for the role that the person has here."""
    member = current_member()
    if member.is_participant:
        return _participant()
    if member.role is Role.SPONSOR_VIEWER:
        return redirect(url_for("reports.show", code=code), 303)
    return _teaching()


def _participant() -> str:
    member, now = current_member(), clock.now()
    home = queries.participant_home(member, now)
    today = now.astimezone(ZoneInfo(member.edition.time_zone)).date()
    week, weeks = week_of(member.edition.starts_on, member.edition.ends_on, today)
    current = next((state for state in reversed(home.modules) if state.is_open), None)
    open_now = [task for task in home.tasks if task.state in (TaskState.OPEN, TaskState.RUNNING, TaskState.BLOCKED)]
    return render_template(
        "home/participant.html",
        week=week,
        weeks=weeks,
        next_task=next_task(_still_asked(home.tasks, member.edition.closed_at is not None), now),
        this_week=[task for task in home.tasks if current is not None and task.module_key == current.module.key],
        current=current,
        other_open=[
            task
            for task in open_now
            if task.kind is not TaskKind.LESSON and (current is None or task.module_key != current.module.key)
        ],
        coming=sorted(
            (task for task in home.tasks if task.state is TaskState.LATER and task.kind is not TaskKind.LESSON),
            key=lambda task: task.opens_at or now,
        )[:3],
        modules=home.modules,
        standing=standing_of(member.edition, member.own_enrolment, released_only=True, now=now),
        kinds=TaskKind,
        states=TaskState,
    )


def _still_asked(tasks: Sequence[Task], is_closed: bool) -> Sequence[Task]:
    """The tasks that may be next: in a closed edition only work for which somebody was given more time."""
    if not is_closed:
        return tasks
    return [task for task in tasks if task.kind in (TaskKind.GROUP, TaskKind.ASSIGNMENT)]


def _teaching() -> str:
    member, now = current_member(), clock.now()
    home = queries.teaching_home(member, now)
    today = now.astimezone(ZoneInfo(member.edition.time_zone)).date()
    week, weeks = week_of(member.edition.starts_on, member.edition.ends_on, today)
    return render_template(
        "home/teaching.html",
        week=week,
        weeks=weeks,
        home=home,
        behind=home.behind[:MOST_BEHIND],
        pulse=queries.pulse_of(member, home.standings) if member.is_coordinating else None,
        quiet_days=QUIET_FOR.days,
        short_titles=lambda titles: _(", ").join(short_title(title) for title in titles),
    )
