"""Single-use links: none outlives what would make it dangerous."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from lms.accounts.domain import TokenPurpose
from lms.accounts.links import create_link
from lms.accounts.models import Person
from lms.accounts.services import set_administrator
from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.courses.domain.roles import Role
from lms.courses.enrolling import change_place, enrol, enrol_by_address, make_invitation_link, take_back, withdraw
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


def invited(cast: Cast, now: datetime) -> tuple[Person, int, str]:
    """Somebody new in the first edition, their place, and the link that its coordinator was shown."""
    coordinator = cast.member("coordinator")
    enrolment, _new = enrol_by_address(
        coordinator, "future@example.org", "Future Head", role=Role.PARTICIPANT, sponsors=(), profile={},
        languages=("en", "fr"), now=now,
    )  # fmt: skip
    return enrolment.person, enrolment.id, make_invitation_link(coordinator, enrolment.id, now)


def latest_invitation() -> str:
    letters = db.session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.recipient == "future@example.org", OutboxMessage.template == "invitation")
        .order_by(OutboxMessage.id.desc())
    ).all()
    return str(letters[0].context["secret"])


def test_a_coordinator_who_has_seen_an_invitation_does_not_take_a_place_in_somebody_elses_edition_by_it(
    as_role, cast: Cast, now: datetime
) -> None:
    person, _place, seen = invited(cast, now)
    enrol(cast.member("other_coordinator"), person, role=Role.COORDINATOR, now=now)
    db.session.commit()
    assert as_role("stranger").get(f"/invitations/{seen}").status_code == 410
    # Whoever reads the mailbox comes in all the same.
    assert as_role("stranger").get(f"/invitations/{latest_invitation()}").status_code == 200


@pytest.mark.parametrize("step", ["another role", "taken back"])
def test_whoever_saw_an_invitation_and_coordinates_no_more_does_not_come_back_by_it(
    as_role, cast: Cast, now: datetime, step: str
) -> None:
    _person, place, seen = invited(cast, now)
    administrator = cast.member("administrator")
    if step == "taken back":
        withdraw(administrator, place, "moved away", now)
    cast.enrolment("coordinator").withdrawn_at = now
    if step == "taken back":
        take_back(administrator, place, now)
    else:
        change_place(administrator, place, role=Role.TUTOR, sponsors=(), now=now)
    db.session.commit()
    assert as_role("stranger").get(f"/invitations/{seen}").status_code == 410
    assert as_role("stranger").get(f"/invitations/{latest_invitation()}").status_code == 200


def test_an_invitation_that_was_handed_over_stays_good_in_the_other_editions_of_the_same_coordinator(
    as_role, cast: Cast, now: datetime
) -> None:
    person, _place, seen = invited(cast, now)
    cast.enrolment("coordinator").edition_id = cast.other_edition.id  # they coordinate the second, too
    db.session.flush()
    enrol(cast.member("coordinator"), person, role=Role.PARTICIPANT, now=now)
    db.session.commit()
    assert as_role("stranger").get(f"/invitations/{seen}").status_code == 200
