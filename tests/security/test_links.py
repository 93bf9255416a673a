"""Single-use links: none outlives what would make it dangerous."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from lms.accounts.domain import TokenPurpose
from lms.accounts.links import create_link
from lms.accounts.services import set_administrator
from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.courses.domain.roles import Role
from lms.courses.enrolling import enrol_by_address, make_invitation_link
from tests.factories import Cast

PASSWORD = {"password": "a road that returns", "repeated": "a road that returns"}


def test_a_link_for_a_new_password_in_the_mailbox_that_was_left_opens_nothing(
    as_role, cast: Cast, now: datetime
) -> None:
    person = cast.person("participant")
    reset, _token = create_link(person, TokenPurpose.PASSWORD_RESET, now)
    moved, _token = create_link(person, TokenPurpose.EMAIL_CHANGE, now, new_email="new@example.org")
    stranger = as_role("stranger")
    assert stranger.post(f"/email-addresses/{moved}").status_code == 303
    before = person.password_hash
    assert stranger.post(f"/reset/{reset}", PASSWORD).status_code == 410
    assert cast.person("participant").password_hash == before


def test_a_coordinator_who_has_seen_an_invitation_cannot_become_the_administrator_made_of_it(
    as_role, cast: Cast, now: datetime
) -> None:
    coordinator = cast.member("coordinator")
    enrolment, _new = enrol_by_address(
        coordinator, "future@example.org", "Future Head", role=Role.TUTOR, sponsors=(), profile={},
        languages=("en", "fr"), now=now,
    )  # fmt: skip
    seen = make_invitation_link(coordinator, enrolment.id, now)
    person = set_administrator(cast.person("administrator"), enrolment.person_id, True, now)
    answers = {"full_name": "Me", "language": "en", "time_zone": "UTC", **PASSWORD}
    assert as_role("stranger").post(f"/invitations/{seen}", answers).status_code == 410
    assert not person.has_accepted
    letters = db.session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.recipient == "future@example.org", OutboxMessage.template == "invitation"
        )
    ).all()
    latest = max(letters, key=lambda letter: letter.id)
    assert as_role("stranger").get(f"/invitations/{latest.context['secret']}").status_code == 200
