"""Coordinators correct what is known of a person, and cannot take an account over by it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lms.accounts.models import AccessToken, Person
from lms.accounts.passwords import hash_password
from lms.certificates.models import Certificate
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.files import store_file
from lms.core.mailer import send_due_mail
from lms.core.outbox import OutboxMessage
from lms.grading.queries import get_scheme
from tests.conftest import Browser
from tests.factories import enrol

PASSWORD = "mango river lantern"
FORM = {
    "full_name": "Participant",
    "organisation": "",
    "organisation_type": "",
    "country": "ZW",
    "email": "participant@example.org",
    "reason": "Written on the attendance sheet",
}


def page_of(cast: Any, name: str = "participant") -> str:
    return f"/editions/R1/people/{cast.enrolments[name]}"


def correct(browser: Browser, cast: Any, name: str = "participant", **values: str) -> Any:
    return browser.post(f"{page_of(cast, name)}/details", {**FORM, **values})


def letters(template: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id))
    )


def address_of(cast: Any, name: str = "participant") -> str:
    return cast.person(name).email


def come_in(cast: Any, name: str = "participant") -> Person:
    cast.person(name).password_hash = hash_password(PASSWORD)
    db.session.commit()
    return cast.person(name)


def test_a_name_is_corrected_with_the_reason_on_record_and_the_person_is_told(as_role, cast) -> None:
    come_in(cast)
    coordinator = as_role("coordinator")
    assert '/details"' in coordinator.get(page_of(cast)).text
    assert correct(coordinator, cast, full_name=" Pauline  Participant ", country="MZ").status_code == 303
    person = cast.person("participant")
    assert (person.full_name, person.name_key, person.country) == ("Pauline Participant", "pauline participant", "MZ")
    page = coordinator.get(page_of(cast)).text
    assert "Name corrected: <bdi>Participant</bdi> → <bdi>Pauline Participant</bdi>: " in page
    assert "Country corrected: <bdi>Zimbabwe</bdi> → <bdi>Mozambique</bdi>" in page
    assert "Written on the attendance sheet" in page
    [letter] = letters("details_corrected")
    assert letter.context["changed"] == {"full_name": "Pauline Participant", "country": "MZ"}
    assert "attendance sheet" not in str(letter.context)


def test_a_correction_without_a_reason_is_the_form_again_with_what_was_typed(as_role, cast) -> None:
    response = correct(as_role("coordinator"), cast, full_name="Pauline", reason=" ")
    assert response.status_code == 422
    assert 'value="Pauline"' in response.text
    assert cast.person("participant").full_name == "Participant"


def test_what_is_the_same_changes_nothing_and_writes_to_nobody(as_role, cast) -> None:
    come_in(cast)
    correct(as_role("coordinator"), cast, email="PARTICIPANT@example.org")
    assert letters("details_corrected") == []
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.subject_type == "enrolment")).all() == []


def test_whoever_has_not_come_in_is_invited_anew_and_the_old_link_is_over(as_role, cast) -> None:
    coordinator = as_role("coordinator")
    coordinator.post(f"{page_of(cast)}/invitation")
    old = letters("invitation")[0].context["secret"]
    correct(coordinator, cast, email="Right@example.org")
    assert address_of(cast) == "Right@example.org"
    assert [letter.recipient for letter in letters("invitation")] == ["participant@example.org", "Right@example.org"]
    assert as_role("stranger").get(f"/invitations/{old}").status_code == 410


def test_a_new_address_of_whoever_has_come_in_counts_once_they_open_it_and_give_their_password(as_role, cast) -> None:
    come_in(cast)
    coordinator, stranger = as_role("coordinator"), as_role("stranger")
    correct(coordinator, cast, email="right@example.org")
    assert address_of(cast) == "participant@example.org"
    assert "right@example.org" in coordinator.get(page_of(cast)).text
    [letter] = letters("email_correction")
    assert letter.recipient == "right@example.org"
    assert letters("details_corrected")[0].context["new_email"] == "right@example.org"
    link = f"/corrected-addresses/{letter.context['secret']}"
    assert stranger.get(link).status_code == 200
    assert stranger.post(link, {"current": "a guess of the coordinator"}).status_code == 422
    assert address_of(cast) == "participant@example.org"
    assert stranger.post(link, {"current": PASSWORD}).status_code == 303
    assert address_of(cast) == "right@example.org"
    assert [letter.recipient for letter in letters("email_changed")] == ["participant@example.org"]
    over = stranger.get(link)
    assert (over.status_code, "write to your coordinator" in over.text) == (410, True)


def test_a_coordinator_does_not_take_an_account_over_by_a_mailbox_of_their_own(app, as_role, cast) -> None:
    """The attack: enter one's own address, open the link sent there, ask for a new password."""
    come_in(cast)
    correct(as_role("coordinator"), cast, email="mine@example.org")
    stranger = as_role("stranger")
    secret = letters("email_correction")[0].context["secret"]
    # The link is of another kind than the one that the person themselves asks for, which needs no password any more.
    assert stranger.post(f"/email-addresses/{secret}").status_code == 404
    stranger.post("/forgotten-password", {"email": "mine@example.org"})
    send_due_mail(app)
    assert [letter.recipient for letter in letters("password_reset")] == []
    for _try in range(12):
        stranger.post(f"/corrected-addresses/{secret}", {"current": "guess after guess"})
    assert stranger.post(f"/corrected-addresses/{secret}", {"current": PASSWORD}).status_code == 422
    assert address_of(cast) == "participant@example.org"


def test_a_second_correction_ends_the_link_of_the_first(as_role, cast) -> None:
    come_in(cast)
    coordinator = as_role("coordinator")
    correct(coordinator, cast, email="wrogn@example.org")
    correct(coordinator, cast, email="wrong@example.org")
    first, second = (letter.context["secret"] for letter in letters("email_correction"))
    assert as_role("stranger").get(f"/corrected-addresses/{first}").status_code == 410
    assert as_role("stranger").get(f"/corrected-addresses/{second}").status_code == 200


def test_an_administrator_is_out_of_a_coordinators_reach(as_role, cast, now) -> None:
    cast.enrolments["administrator"] = enrol(cast.person("administrator"), cast.edition, "participant", now).id
    db.session.commit()
    coordinator = as_role("coordinator")
    assert '/details"' not in coordinator.get(page_of(cast, "administrator")).text
    before = address_of(cast, "administrator")
    assert correct(coordinator, cast, "administrator", email="mine@example.org").status_code == 303
    assert (address_of(cast, "administrator"), letters("invitation")) == (before, [])


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_whoever_has_a_place_elsewhere_is_out_of_a_coordinators_reach(as_role, cast, now, is_withdrawn) -> None:
    cast.enrolment("outsider").withdrawn_at = now if is_withdrawn else None
    cast.enrolments["outsider"] = enrol(cast.person("outsider"), cast.edition, "participant", now).id
    db.session.commit()
    correct(as_role("coordinator"), cast, "outsider", full_name="Other", email="mine@example.org")
    person = cast.person("outsider")
    assert (person.full_name, person.email) == ("Outsider", "outsider@example.org")
    assert db.session.scalars(select(AccessToken)).all() == []
    values = {"full_name": "Other", "email": "outsider@example.org"}
    assert correct(as_role("administrator"), cast, "outsider", **values).status_code == 303
    assert cast.person("outsider").full_name == "Other"


def test_nobody_corrects_themselves_without_their_password(as_role, cast) -> None:
    correct(as_role("coordinator"), cast, "coordinator", email="other@example.org")
    assert address_of(cast, "coordinator") == "coordinator@example.org"
    assert "/profile" in as_role("coordinator").get(page_of(cast, "coordinator")).text


def test_an_address_of_another_account_is_refused_and_nothing_else_is_saved(as_role, cast) -> None:
    response = correct(as_role("coordinator"), cast, full_name="Pauline", email="tutor@example.org")
    assert response.status_code == 422
    assert "Another account has this address" in response.text
    assert cast.person("participant").full_name == "Participant"


def test_an_administrator_helps_whoever_lost_mailbox_and_password(as_role, cast) -> None:
    come_in(cast)
    correct(as_role("administrator"), cast, email="new@example.org")
    secret = letters("email_change")[0].context["secret"]
    assert as_role("stranger").post(f"/email-addresses/{secret}").status_code == 303
    assert address_of(cast) == "new@example.org"


@pytest.mark.parametrize("role", ["participant", "tutor", "sponsor_viewer"])
def test_nobody_else_corrects_anybody(as_role, cast, role) -> None:
    assert as_role(role).get(f"{page_of(cast, 'third_participant')}/details").status_code == 403
    assert correct(as_role(role), cast, "third_participant", full_name="Other").status_code == 403
    assert as_role("other_coordinator").get(f"{page_of(cast)}/details").status_code == 404


def test_a_certificate_that_was_issued_stays_and_the_page_says_how_to_issue_it_again(as_role, cast, now) -> None:
    held = make_certificate(cast, now)
    cast.edition.closed_at = now
    coordinator = as_role("coordinator")
    assert "was printed for" not in coordinator.get(page_of(cast)).text
    assert correct(coordinator, cast, full_name="Pauline").status_code == 303
    page = coordinator.get(page_of(cast)).text
    assert f"Certificate {held} was printed for “Participant”." in page
    assert f'href="/editions/R1/certificates/{held}"' in page
    kept = db.session.scalars(select(Certificate)).one()
    assert (kept.printed["name"], kept.state) == ("Participant", "stands")
    assert 'value="Pauline"' in coordinator.get(f"/editions/R1/certificates/{held}").text


def make_certificate(cast: Any, now: Any) -> str:
    """A certificate as it was issued; its sheet is of no matter here."""
    version, _scheme = get_scheme(cast.edition.id)
    number = "R1-A-001"
    db.session.add(
        Certificate(
            edition_id=cast.edition.id,
            enrolment_id=cast.enrolments["participant"],
            sequence=1,
            kind="achievement",
            number=number,
            code="A" * 16,
            language="en",
            printed={"name": "Participant", "heading": "Certificate", "course": "Small course"},
            decision={},
            scheme_version_id=version.id,
            file_id=store_file(b"%PDF-1.7", name="c.pdf", media_type="application/pdf", now=now, actor_id=None).id,
            issued_at=now,
        )
    )
    db.session.commit()
    return number


@pytest.mark.parametrize("who", ["administrator", "coordinator"])
def test_an_address_typed_wrong_opens_nothing_once_another_is_entered(as_role, cast, who) -> None:
    come_in(cast)
    correct(as_role("administrator"), cast, email="typo@stranger.example")
    correct(as_role(who), cast, email="right@example.org")
    wrong = letters("email_change")[0].context["secret"]
    assert as_role("stranger").post(f"/email-addresses/{wrong}").status_code == 410
    assert address_of(cast) == "participant@example.org"


def test_what_the_person_asks_for_themselves_ends_what_others_entered(as_role, cast) -> None:
    come_in(cast)
    correct(as_role("coordinator"), cast, email="typo@stranger.example")
    participant = as_role("participant")
    for email in ("mien@example.org", "mine@example.org"):
        assert participant.post("/profile/email", {"current": PASSWORD, "email": email}).status_code == 303
    correction = letters("email_correction")[0].context["secret"]
    first, second = (letter.context["secret"] for letter in letters("email_change"))
    assert as_role("stranger").get(f"/corrected-addresses/{correction}").status_code == 410
    assert as_role("stranger").get(f"/email-addresses/{first}").status_code == 410
    assert as_role("stranger").get(f"/email-addresses/{second}").status_code == 200


def test_a_new_address_that_waits_is_shown_and_can_be_withdrawn(as_role, cast) -> None:
    come_in(cast)
    coordinator = as_role("coordinator")
    correct(coordinator, cast, email="typo@stranger.example")
    assert "typo@stranger.example" in coordinator.get(page_of(cast)).text
    done = coordinator.post(f"{page_of(cast)}/asked-address/withdrawal")
    page = coordinator.get(done.location).text
    assert "The link sent to typo@stranger.example no longer opens anything." in page
    assert "New e-mail address withdrawn" in page
    assert "A new address waits" not in page
    secret = letters("email_correction")[0].context["secret"]
    assert as_role("stranger").get(f"/corrected-addresses/{secret}").status_code == 410
    again = coordinator.post(f"{page_of(cast)}/asked-address/withdrawal")
    assert "No new address waits here any more." in coordinator.get(again.location).text
    for role, status in (("tutor", 403), ("participant", 403), ("other_coordinator", 404)):
        assert as_role(role).post(f"{page_of(cast)}/asked-address/withdrawal").status_code == status


def test_what_an_administrator_entered_is_the_administrators_to_see_and_withdraw(as_role, cast) -> None:
    come_in(cast)
    correct(as_role("administrator"), cast, email="typo@stranger.example")
    coordinator, administrator = as_role("coordinator"), as_role("administrator")
    assert "A new address waits" not in coordinator.get(page_of(cast)).text
    assert "It counts once the link sent there is opened" in administrator.get(page_of(cast)).text
    coordinator.post(f"{page_of(cast)}/asked-address/withdrawal")
    secret = letters("email_change")[0].context["secret"]
    assert as_role("stranger").get(f"/email-addresses/{secret}").status_code == 200
    administrator.post(f"{page_of(cast)}/asked-address/withdrawal")
    assert as_role("stranger").get(f"/email-addresses/{secret}").status_code == 410


def test_whoever_tries_the_link_often_does_not_keep_the_owner_from_their_account(as_role, cast) -> None:
    come_in(cast)
    correct(as_role("coordinator"), cast, email="typo@stranger.example")
    link = f"/corrected-addresses/{letters('email_correction')[0].context['secret']}"
    stranger = as_role("stranger")
    tries = [stranger.post(link, {"current": "guess after guess"}).text for _ in range(11)]
    assert "too many tries with this link" not in tries[9]
    assert "too many tries with this link" in tries[10]
    form = {"current": PASSWORD, "email": "mine@example.org"}
    assert as_role("participant").post("/profile/email", form).status_code == 303
