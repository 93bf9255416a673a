"""What participants of the running edition and its teaching team write to each other."""

from __future__ import annotations

from datetime import datetime

from lms.core.db import db
from lms.demo.script import Cast, as_typed, read_yaml
from lms.messages.domain import Audience, chosen
from lms.messages.queries import people_to_write_to
from lms.messages.services import write_letter, write_to_participant, write_to_team


def write_messages(cast: Cast, now: datetime) -> None:
    """Fill the conversations, one of which waits for an answer, and send a letter to those who are quiet."""
    data = read_yaml("messages.yaml")
    for entry in data["conversations"]:
        for said in entry["said"]:
            at, body = min(cast.at(said["day"], said["hour"], 5), now), as_typed(said["body"])
            if "by" in said:
                number = cast.enrolments[entry["with"]].id
                write_to_participant(cast.member(said["by"]), enrolment_id=number, body=body, now=at)
            else:
                write_to_team(cast.member(entry["with"]), body=body, now=at)
    db.session.flush()
    for letter in data["letters"]:
        actor, at = cast.member(letter["by"]), cast.at(letter["day"], letter["hour"])
        audience = Audience(presence=letter["presence"])
        found = chosen([one.candidate for one in people_to_write_to(actor, at)], audience)
        write_letter(
            actor, enrolment_ids=[one.enrolment_id for one in found], subject=letter["title"],
            body=as_typed(letter["body"]), audience=audience, has_open_work=True, key="demonstration", now=at,
        )  # fmt: skip
