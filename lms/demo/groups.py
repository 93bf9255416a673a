"""What the groups of the running edition do beside writing: talk, ask, meet, review each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from lms.assignments.group_models import PeerRound
from lms.assignments.models import Assignment, Group
from lms.assignments.queries.peer import reviews_by
from lms.assignments.services.discussion import add_post
from lms.assignments.services.groups import set_meeting
from lms.assignments.services.peer import Answer, rate_contributions, save_review
from lms.assignments.services.peer_rounds import ask_for_reviews
from lms.assignments.services.sign_up import save_sign_up
from lms.core.db import db
from lms.courses.domain.schedule import Moment
from lms.demo.script import Cast

TASK = "group-work"


def talk_and_review(cast: Cast, data: Mapping[str, Any], now: datetime) -> None:
    """Fill the discussions, open the choice of groups, and begin the peer assessment."""
    names = {entry["key"]: entry["name"] for entry in data["groups"]}
    found = db.session.scalars(select(Group).where(Group.edition_id == cast.edition.id)).all()
    groups = {key: next(group for group in found if group.name == name) for key, name in names.items()}
    speakers = {entry["key"]: entry["ambassador"] for entry in data["groups"]}
    for key, url in data["meetings"].items():
        set_meeting(cast.member(speakers[key]), url=url, now=cast.at(10, 18))
    for entry in data["talk"]:
        add_post(
            cast.member(entry["by"]),
            group_id=groups[entry["group"]].id,
            body=entry["body"],
            to_tutors=entry.get("to_tutors", False),
            now=cast.at(entry["day"], entry["hour"]),
        )
    choice = data["sign_up"]
    save_sign_up(
        cast.member("coordinator"),
        opens_at=cast.at(choice["opens_on_day"], 8),
        closes_at=cast.at(choice["closes_on_day"], 23, 59),
        capacity=choice["capacity"],
        now=cast.at(choice["opens_on_day"] - 1, 9),
    )
    _review(cast, data, groups, now)


def _review(cast: Cast, data: Mapping[str, Any], groups: Mapping[str, Group], now: datetime) -> None:
    task = db.session.scalars(
        select(Assignment).where(Assignment.edition_id == cast.edition.id, Assignment.key == TASK)
    ).one()
    task.document = {**task.document, "peer": data["peer"]}
    opens_at, closes_at = (
        Moment.parse(data["peer"][name]).on(cast.edition.starts_on, cast.edition.time_zone)
        for name in ("opens", "closes")
    )
    one = PeerRound(assignment_id=task.id, opens_at=opens_at, closes_at=closes_at, seed=task.id)
    db.session.add(one)
    db.session.flush()
    begun_at = min(now, cast.at(16, 22))
    ask_for_reviews(one, begun_at)
    for entry in data["reviews"]:
        review = reviews_by(task.id, groups[entry["group"]].id)[0]
        comments = entry["comments"]
        answers = {key: Answer(step, comments.get(key, "")) for key, step in entry["steps"].items()}
        save_review(
            cast.member(entry["by"]), review_id=review.id, answers=answers, comment="", revision=0, now=begun_at
        )
    for rater, said in data["contributions"].items():
        ratings = {cast.enrolments[rated].id: rating for rated, rating in said.items()}
        rate_contributions(cast.member(rater), assignment_key=TASK, ratings=ratings, now=begun_at)
