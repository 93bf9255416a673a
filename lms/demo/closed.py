"""Edition A9714779, closed: every figure that its published report gives comes out of real rows.

What the report does not say is invented, and ``data/closed.yaml`` lists it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lms.accounts.models import Person
from lms.assignments.domain.rubrics import Part
from lms.certificates.services import close_edition, issue_certificates
from lms.courses.domain.content import CourseContent
from lms.courses.domain.roles import Role
from lms.courses.editions import EditionPlan
from lms.demo.decisions import amend, charge_lateness
from lms.demo.script import Cast, read_text, read_yaml
from lms.demo.setup import enrol_everybody, make_edition
from lms.grading.services import release_items
from lms.surveys.services import submit_answers

STARTS_ON = date(2022, 10, 24)
ENDS_ON = date(2022, 12, 2)
PREPARED_AT = datetime(2022, 10, 3, 9, 0, tzinfo=UTC)
NOTE = "Reproduces the figures of the published activity report. Names, organisations and texts are invented."
ABSENT = Part(took_part=False, adjustment=Decimal(0), reason="")


def load_closed_edition(administrator: Person, content: CourseContent, public_url: str) -> None:
    """Play the edition from its preparation to its certificates."""
    data = read_yaml("closed.yaml")
    edition = make_edition(
        administrator,
        content,
        EditionPlan("A9714779", STARTS_ON, "Europe/Rome", ENDS_ON, "Turin", ("en",)),
        NOTE,
        PREPARED_AT,
    )
    cast = Cast(edition, content, seed=9714779)
    enrol_everybody(cast, administrator, data, PREPARED_AT)
    charge_lateness(cast, data["lateness"])
    _learn(cast, data["participants"])
    _work_in_groups(cast, data)
    _write_essays(cast, data["participants"])
    _evaluate(cast, data["evaluation"])
    coordinator = cast.member("coordinator")
    close_edition(actor=coordinator, now=cast.at(50, 10))
    issue_certificates(actor=coordinator, public_url=public_url, now=cast.at(50, 10, 30), most=1000)
    amend(cast, data["amendment"])


def _learn(cast: Cast, participants: Sequence[Mapping[str, Any]]) -> None:
    lessons = sum(len(module.lessons) for module in cast.content.modules)
    quizzes = [quiz for _module, quiz in cast.content.quizzes()]
    for entry in participants:
        key, rights = entry["key"], entry["quiz_halves"]
        taken = sum(right is not None for right in rights)
        cast.read_lessons(key, lessons * taken // len(rights), cast.at(40, 20))
        for number, (quiz, right) in enumerate(zip(quizzes, rights, strict=True)):
            if right is not None:
                last_day = min(7 * number + 6, 39)
                cast.sit_quiz(key, quiz.key, right, cast.sometime(7 * number + 2, last_day))
        cast.was_seen(key, cast.sometime(38, 40) if taken == len(rights) else cast.at(24))


def _work_in_groups(cast: Cast, data: Mapping[str, Any]) -> None:
    by_key = {entry["key"]: entry for entry in data["participants"]}
    for group in data["groups"]:
        members = [key for key, entry in by_key.items() if entry["group"] == group["key"]]
        cast.make_group(group, members, cast.at(8, 9))
        cast.write(group["ambassador"], "group-work", read_yaml(f"groups/{group['key']}.yaml"), cast.sometime(26, 31))
        submission_id = cast.hand_in(group["ambassador"], "group-work", cast.sometime(32, 32))
        parts = {key: _part(by_key[key]) for key in members}
        cast.mark_group(group, submission_id, parts, cast.at(39, 18))
    release_items(cast.member("coordinator"), item_keys=["group-work"], now=cast.at(39, 19))


def _part(entry: Mapping[str, Any]) -> Part:
    if not entry["took_part"]:
        return ABSENT
    adjustment = entry.get("adjustment")
    if adjustment is None:
        return Part(True, Decimal(0), "")
    return Part(True, Decimal(str(adjustment["points"])), adjustment["reason"].strip())


def _write_essays(cast: Cast, participants: Sequence[Mapping[str, Any]]) -> None:
    for number, entry in enumerate(entry for entry in participants if entry["essay"]):
        key = entry["key"]
        cast.write(key, "final-assignment", {"essay": read_text(f"essays/{key}.md")}, cast.sometime(33, 38))
        at = cast.sometime(39, 40) - timedelta(hours=1)
        if "handed_in_on_day" in entry["essay"]:
            at = cast.at(entry["essay"]["handed_in_on_day"], 8, 40)
        submission_id = cast.hand_in(key, "final-assignment", at)
        tutor = ("tutor-1", "tutor-2")[number % 2]
        cast.mark_essay(tutor, submission_id, entry["essay"], cast.at(46, 9) + timedelta(minutes=35 * number))


def _evaluate(cast: Cast, evaluation: Mapping[str, Any]) -> None:
    survey = cast.content.evaluation
    assert survey is not None
    scale = [question.key for question in survey.questions if question.kind == "scale"]
    people = list(evaluation["answered"])
    cast.chance.shuffle(people)
    for number, (key, points) in enumerate(zip(people, evaluation["returns"], strict=True)):
        given: dict[str, object] = {question: str(point) for question, point in zip(scale, points, strict=True)}
        for question, texts in evaluation["open_answers"].items():
            if texts[number]:
                given[question] = texts[number]
        submit_answers(cast.member(key), given, cast.sometime(40, 48))
    assert all(cast.enrolments[key].role == Role.PARTICIPANT for key in people)
