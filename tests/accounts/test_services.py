"""Letting people in, passwords and addresses, below the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.accounts import services
from lms.accounts.domain import TokenPurpose
from lms.accounts.links import consume_link
from lms.accounts.models import Person
from lms.accounts.passwords import hash_password, is_password, needs_rehash
from lms.accounts.queries import find_person_by_email
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from tests.factories import make_person

GOOD = "mango river lantern"
OTHER = "copper window garden"


def letters(template: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id))
    )


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


@pytest.fixture
def amina(app, now) -> Person:
    return make_person("Amina Diallo", now, password_hash=hash_password(GOOD))


@pytest.fixture
def invited(app, now) -> Person:
    return make_person("Sékou Touré", now)


def test_one_address_in_two_spellings_is_one_account(app, now) -> None:
    first, made = services.find_or_create_person("José@X.org", full_name="José", now=now, actor_id=None)
    second, made_again = services.find_or_create_person("jose\u0301@x.org ", full_name="Other", now=now, actor_id=None)
    assert (made, made_again) == (True, False)
    assert second.id == first.id
    assert second.full_name == "José"
    assert second.email == "José@X.org"


def test_a_right_password_signs_in_and_marks_the_person_as_seen(amina, now) -> None:
    assert services.sign_in_with_password("AMINA.diallo@example.org", GOOD, now) is amina
    assert amina.last_seen_at == now


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("amina.diallo@example.org", OTHER),
        ("nobody@example.org", GOOD),
        ("sékou.touré@example.org", ""),
        ("amina.diallo@example.org", ""),
    ],
)
def test_any_other_pair_signs_nobody_in(amina, invited, now, email, password) -> None:
    assert services.sign_in_with_password(email, password, now) is None
    assert amina.last_seen_at is None


def test_an_unknown_address_costs_the_same_check_as_a_known_one(amina, now, monkeypatch, app) -> None:
    checked = []
    hasher = app.extensions["passwords"]
    monkeypatch.setattr(type(hasher), "verify", lambda self, stored, password: checked.append(stored) or True)
    services.sign_in_with_password("amina.diallo@example.org", OTHER, now)
    services.sign_in_with_password("nobody@example.org", OTHER, now)
    known, unknown = (stored.split("$")[1:4] for stored in checked)
    assert known == unknown
    assert known[0] == "argon2id"


def test_the_decoy_opens_no_account_even_when_its_password_is_known(invited, now) -> None:
    assert services.sign_in_with_password(invited.email, "nobody's password", now) is None


def test_a_hash_of_another_cost_is_made_anew_at_sign_in(amina, now, app) -> None:
    from argon2 import PasswordHasher

    amina.password_hash = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(GOOD)
    assert needs_rehash(amina.password_hash)
    services.sign_in_with_password(amina.email, GOOD, now)
    assert not needs_rehash(amina.password_hash)
    assert is_password(amina.password_hash, GOOD)


def test_the_same_accents_composed_otherwise_are_the_same_password(app) -> None:
    assert is_password(hash_password("café au lait noir"), "cafe\u0301 au lait noir")


def test_an_invitation_opens_the_account_once(invited, now) -> None:
    secret = services.invite(invited, now=now, actor=None)
    values = {"full_name": "Sékou  A. Touré", "password": GOOD, "language": "fr", "time_zone": "Africa/Dakar"}
    assert secret is not None
    person = services.accept_invitation(secret, **values, now=now)
    assert (person.full_name, person.language, person.time_zone) == ("Sékou A. Touré", "fr", "Africa/Dakar")
    assert services.sign_in_with_password(invited.email, GOOD, now) is invited
    with pytest.raises(RuleViolation):
        services.accept_invitation(secret, **{**values, "password": OTHER}, now=now)
    assert services.sign_in_with_password(invited.email, OTHER, now) is None


def test_an_invitation_lasts_fourteen_days(invited, now) -> None:
    secret = services.invite(invited, now=now, actor=None)
    assert secret is not None
    values = {"full_name": "S", "password": GOOD, "language": "fr", "time_zone": "UTC"}
    with pytest.raises(RuleViolation):
        services.accept_invitation(secret, **values, now=now + timedelta(days=14))
    services.accept_invitation(secret, **values, now=now + timedelta(days=14, seconds=-1))


def test_accepting_one_invitation_ends_the_others(invited, now) -> None:
    first = services.invite(invited, now=now, actor=None)
    second = services.invite(invited, now=now, actor=None)
    values = {"full_name": "S", "password": GOOD, "language": "en", "time_zone": "UTC", "now": now}
    services.accept_invitation(str(second), **values)
    with pytest.raises(RuleViolation):
        services.accept_invitation(str(first), **values)


def test_somebody_with_a_password_gets_news_but_no_link_that_could_replace_it(amina, now) -> None:
    welcome = services.Welcome(title="Course", code="R1", starts_on="Monday")
    assert services.invite(amina, now=now, actor=None, welcome=welcome) is None
    assert letters("invitation") == []
    assert [letter.context["code"] for letter in letters("enrolled")] == ["R1"]


def test_an_unknown_link_is_not_found_and_one_for_another_purpose_too(amina, now) -> None:
    secret, _token = services.create_link(amina, TokenPurpose.PASSWORD_RESET, now)
    with pytest.raises(NotFound):
        consume_link("nonsense", TokenPurpose.PASSWORD_RESET, now)
    with pytest.raises(NotFound):
        consume_link(secret, TokenPurpose.INVITATION, now)


def test_the_database_holds_no_secret_of_a_link(amina, now) -> None:
    secret, token = services.create_link(amina, TokenPurpose.PASSWORD_RESET, now)
    assert secret not in (token.secret_hash, token.purpose, token.new_email)


def test_a_reset_replaces_the_password_and_ends_every_session(amina, now) -> None:
    services.answer_reset(amina.email, now)
    secret = letters("password_reset")[0].context["secret"]
    before = amina.get_id()
    services.reset_password(secret, OTHER, now)
    assert amina.get_id() != before
    assert services.sign_in_with_password(amina.email, GOOD, now) is None
    assert services.sign_in_with_password(amina.email, OTHER, now) is amina
    assert len(letters("password_changed")) == 1


def test_nobody_is_written_to_for_an_unknown_address(app, now) -> None:
    services.answer_reset("nobody@example.org", now)
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 0


def test_a_refused_password_leaves_the_old_one_and_the_sessions(amina, now) -> None:
    before = amina.get_id()
    for current, new in ((OTHER, OTHER), (GOOD, "short"), (GOOD, "amina diallo")):
        with pytest.raises(RuleViolation):
            services.change_password(amina, current, new, now)
    assert amina.get_id() == before
    assert services.sign_in_with_password(amina.email, GOOD, now) is amina


def test_changing_the_password_needs_the_current_one_and_ends_open_reset_links(amina, now) -> None:
    secret, _token = services.create_link(amina, TokenPurpose.PASSWORD_RESET, now)
    services.change_password(amina, GOOD, OTHER, now)
    with pytest.raises(RuleViolation):
        services.reset_password(secret, GOOD, now)


def test_an_address_changes_only_when_the_link_sent_there_is_opened(amina, now) -> None:
    services.request_email_change(amina, GOOD, "New@Example.org", now)
    letter = letters("email_change")[0]
    assert letter.recipient == "New@Example.org"
    assert amina.email == "amina.diallo@example.org"
    before = amina.get_id()
    services.confirm_email_change(letter.context["secret"], now)
    assert (amina.email, amina.email_key) == ("New@Example.org", "new@example.org")
    assert amina.get_id() != before
    assert letters("email_changed")[0].recipient == "amina.diallo@example.org"


def test_nobody_can_move_to_another_persons_address(amina, invited, now) -> None:
    services.request_email_change(amina, GOOD, invited.email.upper(), now)
    assert letters("email_change") == []


def test_an_address_taken_since_the_link_was_sent_is_refused(amina, now) -> None:
    services.request_email_change(amina, GOOD, "wanted@example.org", now)
    make_person("Quicker", now, email="wanted@example.org")
    with pytest.raises(RuleViolation):
        services.confirm_email_change(letters("email_change")[0].context["secret"], now)


def test_a_corrected_name_leaves_a_line_in_the_record(amina, now) -> None:
    values = dict.fromkeys(("organisation", "organisation_type", "country", "sex"), "")
    values |= {"language": "fr", "time_zone": "Africa/Dakar"}
    services.update_profile(amina, {**values, "full_name": "Amina Diallo"}, now)
    assert "name changed" not in actions()
    services.update_profile(amina, {**values, "full_name": "Amina Bâ Diallo"}, now)
    assert actions().count("name changed") == 1
    assert amina.name_key == "amina ba diallo"


def test_only_administrators_change_the_rights_of_others(cast, now) -> None:
    tutor = cast.person("tutor")
    for attempt in (services.set_administrator, services.set_test_account):
        with pytest.raises(NotAllowed):
            attempt(tutor, tutor.id, True, now)
    with pytest.raises(NotAllowed):
        services.let_in_again(tutor, cast.people["participant"], now)


def test_the_last_administrator_stays(cast, now) -> None:
    administrator = cast.person("administrator")
    with pytest.raises(RuleViolation):
        services.set_administrator(administrator, administrator.id, False, now)
    services.set_administrator(administrator, cast.people["tutor"], True, now)
    services.set_administrator(administrator, administrator.id, False, now)
    assert not administrator.is_administrator
    assert "administrator made" in actions()


def test_letting_in_again_sends_what_fits(cast, now) -> None:
    administrator = cast.person("administrator")
    services.let_in_again(administrator, cast.people["participant"], now)
    assert len(letters("invitation")) == 1
    cast.person("participant").password_hash = hash_password(GOOD)
    services.let_in_again(administrator, cast.people["participant"], now)
    assert len(letters("password_reset")) == 1


def test_the_operator_makes_an_administrator_with_a_link(app, now) -> None:
    purpose, secret = services.create_administrator("op@example.org", "Op Erator", "fr", now)
    assert purpose == TokenPurpose.INVITATION
    person = services.accept_invitation(
        secret, full_name="Op Erator", password=GOOD, language="fr", time_zone="UTC", now=now
    )
    assert person.is_administrator
    purpose, _secret = services.create_administrator("OP@example.org", "Ignored", "en", now)
    assert purpose == TokenPurpose.PASSWORD_RESET
    assert find_person_by_email("op@example.org") is person
