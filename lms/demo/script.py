"""What the demonstration's people do, through the same services as real ones, at the instants when they did it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert, select, update

from lms.accounts.models import Person
from lms.accounts.passwords import hash_password
from lms.accounts.services import find_or_create_person
from lms.assignments.domain.rubrics import Part
from lms.assignments.models import Group, GroupMember
from lms.assignments.queries.work import get_standing
from lms.assignments.services.drafts import save_draft
from lms.assignments.services.groups import choose_profiles
from lms.assignments.services.marking import save_marking
from lms.assignments.services.posting import Marking
from lms.assignments.services.submissions import check_work, submit_work
from lms.core.db import db
from lms.courses.domain.content import CourseContent
from lms.courses.domain.schedule import Moment
from lms.courses.models import Edition, Enrolment, LessonCompletion, Sponsor
from lms.courses.permissions import Member
from lms.quizzes.models import Attempt
from lms.quizzes.queries import get_versions
from lms.quizzes.services.sitting import save_answers, start_attempt, submit_attempt

DATA = Path(__file__).parent / "data"
PASSWORD = "reintegration"  # noqa: S105  printed on the welcome page of the demonstration, used nowhere else

# Headings, quotes, table rows and items of a list stand on lines of their own.
_BEGINS_ANEW = re.compile(r"\s*([-*+#>]\s|\d+[.)]\s|\|)")

PROFILE = ("organisation", "organisation_type", "country", "sex")


def read_yaml(name: str) -> Any:
    """A data file of the demonstration."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def read_text(name: str) -> str:
    """A text of the demonstration."""
    return (DATA / name).read_text(encoding="utf-8").strip()


def as_typed(text: str) -> str:
    """A text as somebody types it in the page: a paragraph is one line, however the data file wraps it."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        continues = lines and lines[-1] and line.strip() and not _BEGINS_ANEW.match(line)
        if continues and not lines[-1].lstrip().startswith(("#", "|")):
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line.rstrip())
    return "\n".join(lines)


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def make_person(entry: Mapping[str, Any], now: datetime, *, has_password: bool = True) -> Person:
    """An account from a data file's entry; all that may sign in share one password."""
    person, _created = find_or_create_person(
        entry["email"],
        full_name=entry["name"],
        now=now,
        actor_id=None,
        language=entry["language"],
        time_zone=entry["time_zone"],
        **{key: entry.get(key) or "" for key in PROFILE},
    )
    if has_password:
        person.password_hash = _password_hash()
    db.session.flush()
    return person


def sponsor_of(entry: Mapping[str, Any]) -> Sponsor:
    """The sponsor with the entry's key, made if there is none yet."""
    sponsor = db.session.scalar(select(Sponsor).where(Sponsor.code == entry["key"]))
    if sponsor is None:
        sponsor = Sponsor(code=entry["key"], name=entry["name"])
        db.session.add(sponsor)
        db.session.flush()
    return sponsor


class Cast:
    """The people of one edition by their keys in the data file, and what they do there."""

    def __init__(self, edition: Edition, content: CourseContent, seed: int) -> None:
        self.edition = edition
        self.content = content
        self.chance = random.Random(seed)  # noqa: S311  the same demonstration every time
        self.enrolments: dict[str, Enrolment] = {}

    def member(self, key: str) -> Member:
        """The actor to hand to a service."""
        enrolment = self.enrolments[key]
        return Member(enrolment.person, self.edition, enrolment)

    def at(self, day: int, hour: int = 12, minute: int = 0) -> datetime:
        """An instant of the edition, in UTC."""
        return Moment(day, hour, minute).on(self.edition.starts_on, self.edition.time_zone)

    def sometime(self, first_day: int, last_day: int) -> datetime:
        """Some working hour between two days."""
        day = self.chance.randint(first_day, last_day)
        return self.at(day, self.chance.randint(8, 21), self.chance.randint(0, 59)) + timedelta(
            seconds=self.chance.randint(0, 59)
        )

    def read_lessons(self, key: str, count: int, not_after: datetime) -> None:
        """Mark the first lessons of the course done, in the weeks of their modules."""
        lessons = [(module, lesson) for module in self.content.modules for lesson in module.lessons]
        rows = []
        for module, lesson in lessons[:count]:
            opens = module.opens.on(self.edition.starts_on, self.edition.time_zone)
            at = min(opens + timedelta(hours=self.chance.uniform(1, 90)), not_after)
            rows.append(
                {
                    "enrolment_id": self.enrolments[key].id,
                    "module_key": module.key,
                    "lesson_key": lesson.key,
                    "completed_at": at,
                }
            )
        if rows:
            db.session.execute(insert(LessonCompletion), rows)

    def sit_quiz(self, key: str, quiz_key: str, right: int, at: datetime) -> None:
        """Take a quiz and get this many of its questions right."""
        member = self.member(key)
        attempt = start_attempt(member, quiz_key, now=at)
        answers = self._answers(attempt, right)
        save_answers(member, attempt.id, answers, operation_id=f"demo-{attempt.id}", now=at + timedelta(minutes=9))
        submit_attempt(member, attempt.id, now=at + timedelta(minutes=self.chance.randint(10, 25)))

    def _answers(self, attempt: Attempt, right: int) -> dict[int, Sequence[str]]:
        positions = list(range(1, len(attempt.layout) + 1))
        wrong = set(self.chance.sample(positions, len(positions) - right))
        versions = get_versions([version_id for version_id, _order in attempt.layout])
        answers: dict[int, Sequence[str]] = {}
        for position, (version_id, _order) in zip(positions, attempt.layout, strict=True):
            options = versions[version_id].content.options
            chosen = [option.key for option in options if option.correct != (position in wrong)]
            answers[position] = [self.chance.choice(chosen)]
        return answers

    def make_group(self, entry: Mapping[str, Any], members: Sequence[str], joined_at: datetime) -> Group:
        """A group with its members, ambassador, deputy and profiles."""
        group = Group(
            edition_id=self.edition.id,
            name=entry["name"],
            ambassador_id=self.enrolments[entry["ambassador"]].id,
            deputy_id=self.enrolments[entry["deputy"]].id if entry["deputy"] else None,
        )
        db.session.add(group)
        db.session.flush()
        for key in members:
            db.session.add(
                GroupMember(group_id=group.id, enrolment_id=self.enrolments[key].id, joined_at=joined_at, left_at=None)
            )
        db.session.flush()
        if entry["profiles"]:
            choose_profiles(
                self.member(entry["ambassador"]),
                assignment_key="group-work",
                profile_keys=entry["profiles"],
                now=max(joined_at, self.at(9, 10)),
            )
        return group

    def write(self, key: str, assignment_key: str, texts: Mapping[str, str], at: datetime) -> None:
        """Write the parts of an assignment; of group work, for the person's group."""
        for part_key, body in texts.items():
            save_draft(
                self.member(key),
                assignment_key=assignment_key,
                part_key=part_key,
                body=as_typed(body),
                revision=0,
                now=at,
            )

    def hand_in(self, key: str, assignment_key: str, at: datetime) -> int:
        """Hand in what was written, and return the submission's id."""
        member = self.member(key)
        standing = get_standing(self.edition.id, assignment_key, enrolment_id=self.enrolments[key].id, now=at)
        check = check_work(standing, at)
        submission = submit_work(
            member, assignment_key=assignment_key, number=standing.next_number, digest=check.digest, now=at
        )
        db.session.flush()
        return submission.id

    def mark_essay(self, tutor: str, submission_id: int, essay: Mapping[str, Any], at: datetime) -> None:
        """Mark an essay by its rubric."""
        scores = {criterion: Decimal(str(points)) for criterion, points in essay["criteria"].items()}
        marking = Marking(scores, _stripped(essay["comments"]), essay["comment"].strip())
        save_marking(
            self.member(tutor), submission_id=submission_id, marking=marking, revision=0, now=at, is_finished=True
        )

    def mark_group(self, group: Mapping[str, Any], submission_id: int, parts: Mapping[str, Part], at: datetime) -> None:
        """Mark a group's work, with who took part."""
        scores = {criterion: Decimal(str(points)) for criterion, points in group["scores"].items()}
        marking = Marking(
            scores,
            _stripped(group["comments"]),
            group["comment"].strip(),
            {self.enrolments[key].id: part for key, part in parts.items()},
        )
        save_marking(
            self.member(group["marked_by"]),
            submission_id=submission_id,
            marking=marking,
            revision=0,
            now=at,
            is_finished=True,
        )

    def was_seen(self, key: str, at: datetime) -> None:
        """Remember when somebody last signed in."""
        person_id = self.enrolments[key].person_id
        db.session.execute(update(Person).where(Person.id == person_id).values(last_seen_at=at))


def _stripped(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: text.strip() for key, text in texts.items()}
