"""Who is in an edition: enrol, withdraw, take back, change, invite."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.accounts.models import AccessToken, Person
from lms.accounts.passwords import hash_password
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.courses import enrolling, sponsoring
from lms.courses.domain.roles import Role
from lms.courses.models import Enrolment, Sponsor
from lms.courses.permissions import editions_of
from lms.courses.roster import get_enrolment, get_history
from tests.factories import enrol as place
from tests.factories import make_person

LANGUAGES = ("en", "fr")


def letters() -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def enrol(cast, now, email: str = "new@example.org", name: str = "New Person", **values):
    values = {"role": Role.PARTICIPANT, "sponsors": (), "profile": {}, "languages": LANGUAGES, **values}
    return enrolling.enrol_by_address(cast.member("coordinator"), email, name, now=now, **values)


@pytest.fixture
def second_coordinator(cast, now) -> Person:
    person = make_person("Second Coordinator", now)
    place(person, cast.edition, "coordinator", now)
    return person


def test_somebody_new_gets_an_account_a_place_and_a_letter(cast, now) -> None:
    enrolment, is_new = enrol(cast, now, profile={"country": "ZW", "organisation": "Ministry"}, sponsors=["SAMM"])
    person = enrolment.person
    assert is_new
    assert (person.language, person.time_zone, person.organisation) == ("en", "Africa/Harare", "Ministry")
    assert [sponsor.code for sponsor in enrolment.sponsors] == ["SAMM"]
    assert [(letter.template, letter.context["code"]) for letter in letters()] == [("invitation", "R1")]


def test_without_a_country_of_one_clock_the_editions_clock_is_taken(cast, now) -> None:
    assert enrol(cast, now, profile={"country": "CD"})[0].person.time_zone == "Europe/Rome"


def test_the_letter_speaks_the_persons_language(cast, now) -> None:
    enrol(cast, now, profile={"language": "fr"})
    letter = letters()[0]
    assert letter.language == "fr"
    assert letter.context["title"] == "Petit cours"
    assert letter.context["starts_on"] == "lundi 2 mars 2026"


def test_somebody_with_an_account_keeps_it_and_gets_news_without_a_secret(cast, now) -> None:
    person = cast.person("outsider")
    person.password_hash = hash_password("mango river lantern")
    enrolment, is_new = enrol(cast, now, email="OUTSIDER@example.org ", name="Somebody Else")
    assert is_new
    assert enrolment.person_id == person.id
    assert person.full_name == "Outsider"
    assert letters()[0].template == "enrolled"
    assert "secret" not in letters()[0].context


def test_enrolling_twice_makes_one_place_and_one_letter(cast, now) -> None:
    first, _new = enrol(cast, now)
    second, is_new = enrol(cast, now, role=Role.TUTOR)
    assert (second.id, is_new, second.role) == (first.id, False, "participant")
    assert len(letters()) == 1


def test_the_same_person_may_be_in_another_edition_with_another_role(cast, now) -> None:
    person = cast.person("participant")
    other = enrolling.enrol(cast.member("other_coordinator"), person, role=Role.TUTOR, now=now)[0]
    assert other.edition_id == cast.other_edition.id
    assert cast.enrolment("participant").role == "participant"


def test_withdrawing_hides_the_edition_and_keeps_the_place(cast, now) -> None:
    from lms.courses.models import Edition

    actor = cast.member("coordinator")
    enrolling.withdraw(actor, cast.enrolments["participant"], "New job", now)
    visible = select(Edition.code).where(editions_of(cast.person("participant")))
    assert db.session.scalars(visible).all() == []
    enrolling.take_back(actor, cast.enrolments["participant"], now)
    assert db.session.scalars(visible).all() == ["R1"]
    enrolment = cast.enrolment("participant")
    assert (enrolment.withdrawn_at, enrolment.withdrawal_reason) == (None, "")
    assert [sponsor.code for sponsor in enrolment.sponsors] == ["SAMM"]


def test_the_history_of_leaving_and_returning_is_kept(cast, now) -> None:
    actor, enrolment_id = cast.member("coordinator"), cast.enrolments["participant"]
    enrolling.withdraw(actor, enrolment_id, "New job", now)
    enrolling.withdraw(actor, enrolment_id, "Clicked twice", now)
    enrolling.take_back(actor, enrolment_id, now)
    enrolling.take_back(actor, enrolment_id, now)
    db.session.flush()
    history = get_history(get_enrolment(actor, enrolment_id))
    assert [(event.action, event.details["reason"], name) for event, name in history] == [
        ("taken back", "New job", "Coordinator"),
        ("withdrawn", "New job", "Coordinator"),
    ]


def test_whoever_withdrew_is_taken_back_on_purpose_never_by_enrolling_again(cast, now) -> None:
    enrolling.withdraw(cast.member("coordinator"), cast.enrolments["participant"], "New job", now)
    with pytest.raises(RuleViolation, match="Take them back"):
        enrol(cast, now, email="participant@example.org")
    assert letters() == []


def test_the_only_coordinator_can_neither_leave_nor_be_made_something_else(cast, now, request) -> None:
    actor, own = cast.member("coordinator"), cast.enrolments["coordinator"]
    with pytest.raises(RuleViolation):
        enrolling.withdraw(actor, own, "Bye", now)
    with pytest.raises(RuleViolation):
        enrolling.change_place(actor, own, role=Role.TUTOR, sponsors=[], now=now)
    request.getfixturevalue("second_coordinator")
    enrolling.withdraw(actor, own, "Bye", now)


def test_a_coordinator_who_withdrew_does_not_count_as_one(cast, now, second_coordinator) -> None:
    actor = cast.member("coordinator")
    other = db.session.scalars(select(Enrolment).where(Enrolment.person_id == second_coordinator.id)).one()
    enrolling.withdraw(actor, other.id, "Bye", now)
    with pytest.raises(RuleViolation):
        enrolling.withdraw(actor, cast.enrolments["coordinator"], "Bye", now)


def test_a_changed_sponsor_is_on_record_with_what_it_was(cast, now) -> None:
    db.session.add(Sponsor(code="OIF", name="OIF"))
    actor, enrolment_id = cast.member("coordinator"), cast.enrolments["participant"]
    change = {"role": Role.PARTICIPANT, "sponsors": ["SAMM", "OIF"]}
    enrolling.change_place(actor, enrolment_id, **change, now=now)
    enrolling.change_place(actor, enrolment_id, **change, now=now)
    assert [sponsor.code for sponsor in cast.enrolment("participant").sponsors] == ["OIF", "SAMM"]
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "sponsors changed")).all()
    assert [event.details for event in events] == [{"before": ["SAMM"], "after": ["OIF", "SAMM"]}]


def test_a_sponsor_must_exist_and_its_code_is_used_once(cast, now) -> None:
    actor = cast.member("coordinator")
    with pytest.raises(NotFound):
        enrolling.change_place(actor, cast.enrolments["participant"], role=Role.PARTICIPANT, sponsors=["NONE"], now=now)
    with pytest.raises(RuleViolation):
        sponsoring.add_sponsor(actor, "SAMM", "Another", now)
    assert sponsoring.add_sponsor(actor, "OIF", "Francophonie", now).id


def test_a_closed_edition_takes_nobody_in_and_lets_nobody_go(cast, now) -> None:
    cast.edition.closed_at = now
    actor, enrolment_id = cast.member("coordinator"), cast.enrolments["participant"]
    for attempt in (
        lambda: enrol(cast, now),
        lambda: enrolling.withdraw(actor, enrolment_id, "x", now),
        lambda: enrolling.take_back(actor, enrolment_id, now),
        lambda: enrolling.change_place(actor, enrolment_id, role=Role.TUTOR, sponsors=[], now=now),
    ):
        with pytest.raises(RuleViolation, match="closed"):
            attempt()


@pytest.mark.parametrize("who", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_decide_who_is_in_an_edition(cast, now, who) -> None:
    actor, enrolment_id = cast.member(who), cast.enrolments["other_participant"]
    for attempt in (
        lambda: enrolling.enrol(actor, cast.person("outsider"), role=Role.PARTICIPANT, now=now),
        lambda: enrolling.enrol_by_address(
            actor, "x@x.org", "X", role=Role.TUTOR, sponsors=[], profile={}, languages=LANGUAGES, now=now
        ),
        lambda: enrolling.withdraw(actor, enrolment_id, "x", now),
        lambda: enrolling.take_back(actor, enrolment_id, now),
        lambda: enrolling.change_place(actor, enrolment_id, role=Role.TUTOR, sponsors=[], now=now),
        lambda: enrolling.invite_again(actor, enrolment_id, now),
        lambda: enrolling.make_invitation_link(actor, enrolment_id, now),
        lambda: sponsoring.add_sponsor(actor, "X", "X", now),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 0


def test_a_place_of_another_edition_is_not_found(cast, now) -> None:
    actor = cast.member("coordinator")
    with pytest.raises(NotFound):
        enrolling.withdraw(actor, cast.enrolments["outsider"], "x", now)


def test_inviting_again_waits_ten_minutes_so_that_a_second_click_is_no_second_letter(cast, now) -> None:
    enrolment, _new = enrol(cast, now)
    actor = cast.member("coordinator")
    with pytest.raises(RuleViolation, match="ten minutes"):
        enrolling.invite_again(actor, enrolment.id, now + timedelta(minutes=9))
    enrolling.invite_again(actor, enrolment.id, now + timedelta(minutes=10))
    assert len(letters()) == 2


def test_nobody_who_came_in_or_withdrew_is_invited_again(cast, now) -> None:
    actor = cast.member("coordinator")
    cast.person("participant").password_hash = hash_password("mango river lantern")
    enrolling.withdraw(actor, cast.enrolments["other_participant"], "x", now)
    for name in ("participant", "other_participant"):
        with pytest.raises(RuleViolation):
            enrolling.invite_again(actor, cast.enrolments[name], now)
        with pytest.raises(RuleViolation):
            enrolling.make_invitation_link(actor, cast.enrolments[name], now)


def test_a_link_to_pass_on_is_made_for_those_in_ones_own_editions(cast, now) -> None:
    secret = enrolling.make_invitation_link(cast.member("coordinator"), cast.enrolments["participant"], now)
    assert len(secret) > 30
    assert letters() == []


def test_a_link_is_not_shown_where_it_would_open_more_than_ones_own_edition(cast, now) -> None:
    actor = cast.member("coordinator")
    shared = place(cast.person("other_tutor"), cast.edition, "participant", now)
    chief = place(cast.person("administrator"), cast.edition, "participant", now)
    for enrolment in (shared, chief):
        with pytest.raises(NotAllowed):
            enrolling.make_invitation_link(actor, enrolment.id, now)
    assert db.session.scalar(select(func.count(AccessToken.id))) == 0
    assert enrolling.make_invitation_link(cast.member("administrator"), shared.id, now)
