"""What two people do in the same instant opens no gap: each acts in a thread and a transaction of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.accounts.domain import TokenPurpose
from lms.accounts.links import create_link
from lms.accounts.models import AccessToken, Person
from lms.accounts.services import accept_invitation, set_administrator
from lms.certificates import services
from lms.certificates.models import Certificate
from lms.core.db import db, unit_of_work
from lms.core.errors import RuleViolation
from lms.courses.correcting import correct_person
from tests.assignments.test_at_once import at_once, member
from tests.certificates.test_services import mark
from tests.factories import Cast

URL = "https://segin.example"


@pytest.fixture
def issued(cast: Cast, now: datetime) -> int:
    """The id of a certificate that stands, in an edition with two coordinators at work."""
    mark(cast, "participant", now, essay="30")
    with unit_of_work():
        services.close_edition(actor=cast.member("coordinator"), now=now)
        services.issue_certificates(actor=cast.member("coordinator"), public_url=URL, now=now, most=9)
    return db.session.scalars(select(Certificate.id)).one()


def correct(cast: Cast, certificate_id: int, name: str, now: datetime) -> str:
    actor, certificate = member(cast, "coordinator"), db.session.get_one(Certificate, certificate_id)
    services.correct_name(actor=actor, certificate=certificate, name=name, public_url=URL, now=now)
    return "corrected"


def revoke(cast: Cast, certificate_id: int, now: datetime) -> str:
    actor, certificate = member(cast, "coordinator"), db.session.get_one(Certificate, certificate_id)
    services.revoke_certificate(actor=actor, certificate=certificate, reason="forged essay", now=now)
    return "revoked"


def test_a_certificate_revoked_while_its_name_is_corrected_does_not_stand_on_under_a_new_number(
    app: Flask, cast: Cast, issued: int, now: datetime
) -> None:
    results = at_once(app, lambda: correct(cast, issued, "Amina Diallo-Sow", now), lambda: revoke(cast, issued, now))
    assert sum(isinstance(result, RuleViolation) for result in results) == 1
    first = db.session.get_one(Certificate, issued)
    assert (first.revoked_at is None) != (first.replaced_at is None)
    standing = db.session.scalar(
        select(func.count()).where(Certificate.replaced_at.is_(None), Certificate.revoked_at.is_(None))
    )
    assert standing == (0 if first.revoked_at else 1)


def test_a_name_corrected_twice_in_the_same_instant_is_corrected_once_and_the_second_is_told(
    app: Flask, cast: Cast, issued: int, now: datetime
) -> None:
    results: list[Any] = at_once(app, *[lambda: correct(cast, issued, "Amina Diallo-Sow", now)] * 3)
    assert results.count("corrected") == 1
    assert sum(isinstance(result, RuleViolation) for result in results) == 2
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 2


def test_two_administrators_who_unmake_each_other_leave_one(app: Flask, cast: Cast, now: datetime) -> None:
    ids = [cast.people["administrator"], cast.people["coordinator"]]
    cast.person("coordinator").is_administrator = True

    def unmake(actor: int, other: int) -> None:
        set_administrator(db.session.get_one(Person, ids[actor]), ids[other], False, now)

    at_once(app, lambda: unmake(0, 1), lambda: unmake(1, 0))
    assert db.session.scalar(select(func.count()).where(Person.is_administrator)) == 1


def test_nobody_comes_in_while_a_coordinator_moves_their_address(app: Flask, cast: Cast, now: datetime) -> None:
    """Both would leave an account with a password of its own in a mailbox of the coordinator's choice."""
    secret, _token = create_link(cast.person("participant"), TokenPurpose.INVITATION, now)
    db.session.commit()
    values = {"full_name": "Participant", "organisation": "", "organisation_type": "", "country": "ZW"}

    def move() -> str:
        actor = member(cast, "coordinator")
        correct_person(actor, cast.enrolments["participant"], values, "mine@example.org", "a slip", now)
        return "moved"

    def come_in() -> str:
        accept_invitation(
            secret, full_name="Participant", password="mango river lantern", language="en", time_zone="UTC", now=now
        )
        return "came in"

    results: list[Any] = at_once(app, move, come_in)
    person = cast.person("participant")
    assert "moved" in results
    if person.has_accepted:  # first: the new address waits for their password
        assert person.email == "participant@example.org"
        assert db.session.scalars(select(AccessToken.purpose).where(AccessToken.used_at.is_(None))).all() == [
            TokenPurpose.EMAIL_CORRECTION
        ]
    else:
        assert person.email == "mine@example.org"
        assert any(isinstance(result, RuleViolation) for result in results)
