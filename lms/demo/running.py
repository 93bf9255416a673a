"""Edition REINT-2, in its third week whenever the demonstration is loaded. Everybody and everything in it is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lms.accounts.models import Person
from lms.assignments.domain.agreement import THIRD_FROM, SecondMarking
from lms.assignments.domain.allocation import SampleWish
from lms.assignments.queries.assessments import tutors_of
from lms.assignments.queries.work import get_assignment
from lms.assignments.services.allocating import allocate_evenly, sample_for_second, set_scheme
from lms.assignments.services.bank import add_comment
from lms.courses.domain.content import CourseContent
from lms.courses.domain.schedule import instant_of
from lms.courses.editions import EditionPlan
from lms.courses.enrolling import withdraw
from lms.demo.decisions import charge_lateness, give_more, regrade_question
from lms.demo.forums import talk_in_forums
from lms.demo.groups import talk_and_review
from lms.demo.messages import write_messages
from lms.demo.script import Cast, read_text, read_yaml
from lms.demo.setup import enrol_everybody, make_edition
from lms.grading.services import grant_extension

TIME_ZONE = "Africa/Bamako"
# Today is the seventeenth day: the third week has begun, quiz 3 is open, the essay has just opened.
DAYS_BEFORE_TODAY = 16

KEPT_COMMENTS = (
    {
        "en": "Say in your first paragraph what you will argue; here the reader learns it on the second page.",
        "fr": "Dites dès le premier paragraphe ce que vous allez défendre ; ici, on ne l’apprend qu’à la deuxième page.",
    },
    {
        "en": "A good example from your own work. Name who would have to do what, and by when.",
        "fr": "Un bon exemple tiré de votre travail. Nommez qui devrait faire quoi, et pour quand.",
    },
    {
        "en": "Women and men do not return to the same situation. Which of your proposals changes that?",
        "fr": "Femmes et hommes ne reviennent pas dans la même situation. Laquelle de vos propositions y change quelque chose ?",
    },
)


def load_running_edition(administrator: Person, content: CourseContent, now: datetime) -> None:
    """Play the first two weeks and what is done of the third."""
    data = read_yaml("running.yaml")
    starts_on = now.astimezone(ZoneInfo(TIME_ZONE)).date() - timedelta(days=DAYS_BEFORE_TODAY)
    prepared_at = instant_of(starts_on - timedelta(days=20), time(9, 0), TIME_ZONE)
    plan = EditionPlan(
        code=data["edition"]["code"],
        starts_on=starts_on,
        time_zone=TIME_ZONE,
        place="Bamako",
        languages=tuple(data["edition"]["languages"]),
    )
    edition = make_edition(administrator, content, plan, data["edition"]["note"].strip(), prepared_at)
    cast = Cast(edition, content, seed=2)
    enrol_everybody(cast, administrator, data, prepared_at)
    _grant_extensions(cast, data["extensions"])
    charge_lateness(cast, data["lateness"])
    give_more(cast, data["given_more"])
    _learn(cast, data["participants"], now)
    regrade_question(cast, data["regrade"])
    _work_in_groups(cast, data)
    talk_and_review(cast, data, now)
    talk_in_forums(cast, now)
    write_messages(cast, now)
    for key, name in data["essay_drafts"].items():
        cast.write(key, "final-assignment", {"essay": read_text(name)}, cast.at(16, 19))
    for key, name in data["essays"].items():
        cast.write(key, "final-assignment", {"essay": read_text(name)}, cast.at(15, 20))
        cast.hand_in(key, "final-assignment", cast.sometime(16, 16))
    _share_out(cast)


def _share_out(cast: Cast) -> None:
    """Tutors have their essays, one of them is marked by two, and a few comments are kept for use again."""
    coordinator, at = cast.member("coordinator"), cast.at(16, 21)
    task = get_assignment(cast.edition.id, "final-assignment")
    set_scheme(coordinator, task, second=SecondMarking.SAMPLE, third_from=THIRD_FROM, is_anonymous=False, now=at)
    sample_for_second(coordinator, task, SampleWish(seed=2, count=1), at)
    markers = [person.id for person in tutors_of(cast.edition.id)]
    allocate_evenly(coordinator, task, marker_ids=markers, seed=2, now=at)
    for text in KEPT_COMMENTS:
        add_comment(coordinator, text=text, criterion_key="", is_shared=False, now=at)


def _learn(cast: Cast, participants: Sequence[Mapping[str, Any]], now: datetime) -> None:
    for entry in participants:
        key = entry["key"]
        if entry["status"] == "invited":
            continue
        gone_on = entry.get("withdrawn_on_day")
        cast.read_lessons(key, entry["lessons_done"], min(now - timedelta(hours=2), cast.at(gone_on or 17, 0)))
        for number, right in enumerate(entry["quiz_halves"], start=1):
            if right is not None:
                cast.sit_quiz(
                    key, f"quiz-{number}", right, cast.sometime(7 * number - 5, 7 * number - 1 if number == 1 else 13)
                )
        cast.was_seen(key, cast.at(gone_on or (16 if entry["lessons_done"] >= 8 else 8), 18))
        if gone_on:
            withdraw(
                cast.member("coordinator"), cast.enrolments[key].id, entry["withdrawal_reason"], cast.at(gone_on, 9)
            )


def _grant_extensions(cast: Cast, extensions: Sequence[Mapping[str, Any]]) -> None:
    for entry in extensions:
        hour, minute = map(int, entry["until_time"].split(":"))
        grant_extension(
            cast.member(entry["granted_by"]),
            item_key=entry["item"],
            enrolment_id=cast.enrolments[entry["person"]].id,
            due_at=cast.at(entry["until_day"], hour, minute),
            reason=entry["reason"].strip(),
            now=cast.at(entry["granted_on_day"], 10),
        )


def _work_in_groups(cast: Cast, data: Mapping[str, Any]) -> None:
    for group in data["groups"]:
        members = [
            entry["key"]
            for entry in data["participants"]
            if entry.get("group") == group["key"] and entry["status"] != "withdrawn"
        ]
        cast.make_group(group, members, cast.at(8, 9))
        if group["texts"]:
            cast.write(group["ambassador"], "group-work", read_yaml(group["texts"]), cast.sometime(13, 15))
        if group["state"] == "submitted":
            cast.hand_in(group["ambassador"], "group-work", cast.sometime(16, 16))
