"""The pages of sign-in, invitation, passwords, profile and language."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lms.accounts import services
from lms.accounts.domain import TokenPurpose
from lms.accounts.models import Person
from lms.accounts.passwords import hash_password
from lms.core.db import db
from lms.core.mailer import send_due_mail
from lms.core.outbox import OutboxMessage
from tests.conftest import Browser
from tests.factories import make_person

GOOD = "mango river lantern"
OTHER = "copper window garden"
PROFILE = {
    "full_name": "Participant One",
    "organisation": "Ministry",
    "organisation_type": "government",
    "country": "ZW",
    "sex": "female",
    "language": "en",
    "time_zone": "Africa/Harare",
}


@pytest.fixture
def amina(app, now) -> Person:
    person = make_person("Amina Diallo", now, password_hash=hash_password(GOOD))
    db.session.commit()
    return person


@pytest.fixture
def browser(app) -> Browser:
    return Browser(app, None)


def sign_in(browser: Browser, password: str = GOOD, **values: str) -> Any:
    return browser.post("/sign-in", {"email": "amina.diallo@example.org", "password": password, **values})


def invite(now, name: str = "Sékou Touré") -> tuple[Person, str]:
    person = make_person(name, now, time_zone="UTC")
    secret = services.invite(person, now=now, actor=None)
    db.session.commit()
    return person, str(secret)


def link_for(person: Person, purpose: TokenPurpose, now, **values: str) -> str:
    secret, _token = services.create_link(person, purpose, now, **values)
    db.session.commit()
    return secret


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def letters(template: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id))
    )


# Signing in and out


def test_signing_in_leads_to_the_first_page(amina, browser) -> None:
    response = sign_in(browser)
    assert (response.status_code, response.location) == (303, "/")
    assert browser.get("/profile").status_code == 200


def test_signing_in_leads_back_to_the_page_that_was_asked_for(amina, browser) -> None:
    asked = browser.get("/profile?x=1")
    assert asked.location == "/sign-in?next=/profile?x%3D1"
    assert 'value="/profile?x=1"' in browser.get(asked.location).text
    assert sign_in(browser, next="/profile?x=1").location == "/profile?x=1"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(amina, browser, target) -> None:
    assert sign_in(browser, next=target).location == "/"
    assert browser.get("/sign-in", query_string={"next": target}).location == "/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(amina, browser) -> None:
    wrong = sign_in(browser, OTHER)
    unknown = browser.post("/sign-in", {"email": "nobody@example.org", "password": OTHER})
    assert wrong.status_code == unknown.status_code == 422
    assert "do not go together" in wrong.text
    # Each page has a token of its own second.
    said, told = (page.text.replace(token_in(page.text), "") for page in (wrong, unknown))
    assert said.replace("amina.diallo@", "nobody@") == told
    assert OTHER not in wrong.text


def test_an_empty_sign_in_form_says_what_to_write(amina, browser) -> None:
    response = browser.post("/sign-in", {"email": "amina", "password": ""})
    assert response.status_code == 422
    assert "Write the whole address" in response.text
    assert "Write your password." in response.text
    assert 'value="amina"' in response.text


def test_after_ten_tries_even_the_right_password_waits(amina, browser) -> None:
    for _try in range(10):
        assert sign_in(browser, OTHER).status_code == 422
    refused = sign_in(browser)
    assert refused.status_code == 429
    assert "Wait 15 minutes" in refused.text
    other = browser.post("/sign-in", {"email": "somebody.else@example.org", "password": OTHER})
    assert other.status_code == 422


def test_one_address_cannot_try_one_password_on_a_thousand_accounts(amina, browser) -> None:
    statuses = [
        browser.post("/sign-in", {"email": f"person{n}@example.org", "password": OTHER}).status_code for n in range(101)
    ]
    assert statuses[99] == 422
    assert statuses[100] == 429


def test_what_a_stranger_left_in_the_session_does_not_live_on(amina, browser) -> None:
    with browser.client.session_transaction() as session:
        session["planted"] = "before"
    sign_in(browser)
    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_signing_out_ends_the_session_and_keeps_the_language(amina, browser) -> None:
    sign_in(browser)
    browser.post("/language", {"language": "fr", "next": "/profile"})
    response = browser.post("/sign-out")
    assert response.status_code == 303
    assert "Clear-Site-Data" not in response.headers
    assert browser.get("/profile").status_code == 303
    assert 'lang="fr"' in browser.get("/sign-in").text


@pytest.mark.parametrize(
    ("address", "sent", "forgotten"),
    [
        ("/sign-out", {}, None),
        ("/sign-out", {"clear": ""}, '"storage"'),
        ("/profile/sessions/end", {}, '"cache"'),
        ("/profile/sessions/end", {"clear": ""}, '"cache", "storage"'),
    ],
)
def test_signing_out_empties_the_phone_unless_it_holds_what_somebody_else_has_not_sent(
    amina, app, address, sent, forgotten
) -> None:
    browser = Browser(app, amina.get_id())
    assert browser.post(address, sent).headers.get("Clear-Site-Data") == forgotten


def test_signing_out_everywhere_ends_the_sessions_of_all_devices(amina, app) -> None:
    phone, computer = Browser(app, amina.get_id()), Browser(app, amina.get_id())
    assert computer.get("/profile").status_code == 200
    assert phone.post("/profile/sessions/end").status_code == 303
    assert phone.get("/profile").status_code == 303
    assert computer.get("/profile").status_code == 303


def test_a_session_cookie_with_nonsense_in_it_is_a_stranger(app, cast) -> None:
    for identity in ("", "x", "1", "1.x", "99999.0", f"{cast.people['tutor']}.7"):
        assert Browser(app, identity).get("/profile").status_code == 303


def test_somebody_signed_in_is_not_asked_again(as_role) -> None:
    assert as_role("tutor").get("/sign-in?next=/profile").location == "/profile"


def test_the_sign_in_page_tells_a_developer_how_to_make_the_first_administrator(app, now, browser) -> None:
    assert "create-administrator" in browser.get("/sign-in").text
    make_person("Chief", now, is_administrator=True)
    assert "create-administrator" not in browser.get("/sign-in").text


def test_in_production_strangers_are_not_told_that_nobody_administers(app, now, browser, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "ENV_NAME", "production")
    assert "create-administrator" not in browser.get("/sign-in").text


def test_a_form_left_open_is_accepted_after_signing_in_again(amina, browser, app, monkeypatch) -> None:
    sign_in(browser)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    left_open = token_in(browser.get("/profile").text)
    browser.post("/sign-out", {"csrf_token": left_open})
    refused = browser.post("/profile", {**PROFILE, "csrf_token": left_open})
    assert refused.status_code == 400
    again = {"email": amina.email, "password": GOOD, "csrf_token": token_in(browser.get("/sign-in").text)}
    assert browser.post("/sign-in", again).status_code == 303
    assert browser.post("/profile", {**PROFILE, "csrf_token": left_open}).status_code == 303


def test_a_form_left_open_by_somebody_else_is_refused(amina, browser, app, now, monkeypatch) -> None:
    make_person("Other Person", now, password_hash=hash_password(GOOD))
    sign_in(browser)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    left_open = token_in(browser.get("/profile").text)
    browser.post("/sign-out", {"csrf_token": left_open})
    other = {
        "email": "other.person@example.org",
        "password": GOOD,
        "csrf_token": token_in(browser.get("/sign-in").text),
    }
    assert browser.post("/sign-in", other).status_code == 303
    assert browser.post("/profile", {**PROFILE, "csrf_token": left_open}).status_code == 400


# Invitations


INVITATION = {
    "full_name": "Sékou Touré",
    "password": GOOD,
    "repeated": GOOD,
    "language": "fr",
    "time_zone": "Africa/Dakar",
}


def test_an_invitation_asks_who_one_is_and_signs_in(app, now, browser) -> None:
    person, secret = invite(now)
    page = browser.get(f"/invitations/{secret}")
    assert page.status_code == 200
    assert person.email in page.text
    response = browser.post(f"/invitations/{secret}", INVITATION)
    assert (response.status_code, response.location) == (303, "/")
    profile = browser.get("/profile")
    assert profile.status_code == 200
    assert 'lang="fr"' in profile.text


def test_reading_an_invitation_does_not_use_it_up(app, now, browser) -> None:
    _person, secret = invite(now)
    for _visit in range(3):
        assert browser.get(f"/invitations/{secret}").status_code == 200


def test_a_used_invitation_says_so_and_how_to_go_on(app, now, browser) -> None:
    _person, secret = invite(now)
    browser.post(f"/invitations/{secret}", INVITATION)
    again = Browser(app, None).post(f"/invitations/{secret}", {**INVITATION, "password": OTHER, "repeated": OTHER})
    assert again.status_code == 410
    assert "This link has been used" in again.text
    assert "/forgotten-password" in again.text


def test_an_expired_invitation_says_so_and_how_to_get_another(app, now, browser, set_now) -> None:
    _person, secret = invite(now)
    set_now(now + timedelta(days=15))
    response = browser.get(f"/invitations/{secret}")
    assert response.status_code == 410
    assert "Ask your coordinator for another" in response.text


def test_a_mistyped_invitation_is_not_found_with_a_sentence(app, now, browser) -> None:
    response = browser.get("/invitations/not-a-secret")
    assert response.status_code == 404
    assert "Copy the whole line" in response.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"full_name": "  "}, "Write your name."),
        ({"password": "short", "repeated": "short"}, "at least 10 characters"),
        ({"password": "password2026", "repeated": "password2026"}, "among the first that others would try"),
        ({"repeated": OTHER}, "The two passwords are not the same."),
        ({"time_zone": "Mars/Olympus"}, "Choose the city whose clock is yours."),
    ],
)
def test_a_refused_invitation_says_why_keeps_what_was_typed_and_still_opens(
    app, now, browser, change, sentence
) -> None:
    _person, secret = invite(now)
    response = browser.post(f"/invitations/{secret}", {**INVITATION, "full_name": "Sékou A. Touré", **change})
    assert response.status_code == 422
    assert sentence in response.text
    if "full_name" not in change:
        assert "Sékou A. Touré" in response.text
    assert GOOD not in response.text
    assert browser.post(f"/invitations/{secret}", INVITATION).status_code == 303


def test_a_double_click_on_an_invitation_opens_one_account(app, now, browser) -> None:
    _person, secret = invite(now)
    first = browser.post(f"/invitations/{secret}", INVITATION)
    second = browser.post(f"/invitations/{secret}", INVITATION)
    assert (first.status_code, second.status_code) == (303, 410)
    assert browser.get("/profile").status_code == 200


# Forgotten passwords


def test_asking_for_a_link_reads_the_same_for_known_and_unknown_addresses(app, amina, browser) -> None:
    known = browser.post("/forgotten-password", {"email": "Amina.Diallo@example.org"})
    unknown = browser.post("/forgotten-password", {"email": "nobody@example.org"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert browser.get(known.location).status_code == 200
    send_due_mail(app)
    assert [letter.recipient for letter in db.session.scalars(select(OutboxMessage))] == ["amina.diallo@example.org"]
    assert letters("password_reset")[0].sent_at is not None


def test_asking_for_a_link_is_the_same_work_for_known_and_unknown_addresses(amina, browser, count_queries) -> None:
    """A known address once took two milliseconds more: the answer told who has an account."""
    browser.post("/forgotten-password", {"email": "first@example.org"})
    with count_queries() as known:
        browser.post("/forgotten-password", {"email": "amina.diallo@example.org"})
    with count_queries() as unknown:
        browser.post("/forgotten-password", {"email": "nobody.known@example.org"})
    assert known == unknown
    assert not [statement for statement in known if "people" in statement]


def test_nobodys_mailbox_is_flooded_with_links(app, amina, browser) -> None:
    answers = [browser.post("/forgotten-password", {"email": amina.email}).status_code for _try in range(10)]
    assert set(answers) == {303}
    send_due_mail(app)
    assert len(letters("password_reset")) == 3
    refused = browser.post("/forgotten-password", {"email": amina.email})
    assert refused.status_code == 429
    assert "Wait 15 minutes" in refused.text


def test_an_invalid_address_is_told(browser) -> None:
    response = browser.post("/forgotten-password", {"email": "amina@"})
    assert response.status_code == 422
    assert "Write the whole address" in response.text


def test_a_reset_link_sets_the_password_once(amina, browser, now, app) -> None:
    elsewhere = Browser(app, amina.get_id())
    secret = link_for(amina, TokenPurpose.PASSWORD_RESET, now)
    assert browser.get(f"/reset/{secret}").status_code == 200
    assert browser.post(f"/reset/{secret}", {"password": OTHER, "repeated": "other"}).status_code == 422
    assert browser.post(f"/reset/{secret}", {"password": OTHER, "repeated": OTHER}).status_code == 303
    assert browser.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 303
    over = browser.get(f"/reset/{secret}")
    assert over.status_code == 410
    assert "Send me another link" in over.text
    assert browser.get("/reset/nonsense").status_code == 404


# Profile


def test_the_profile_is_shown_and_saved(as_role, cast) -> None:
    browser = as_role("participant")
    assert 'value="Participant"' in browser.get("/profile").text
    response = browser.post("/profile", {**PROFILE, "full_name": "  فاطمة   بنت محمد "})
    assert (response.status_code, response.location) == (303, "/profile")
    person = cast.person("participant")
    assert (person.full_name, person.organisation_type, person.country) == ("فاطمة بنت محمد", "government", "ZW")
    assert "فاطمة بنت محمد" in browser.get("/profile").text


def test_that_the_profile_is_saved_is_said_in_the_language_chosen_in_it(as_role, cast) -> None:
    person = cast.person("participant")
    values = {"full_name": person.full_name, "language": "pt", "time_zone": person.time_zone}
    browser = as_role("participant")
    assert browser.post("/profile", values).status_code == 303
    page = browser.get("/profile").text
    assert "O seu perfil está guardado." in page
    assert "Your profile is saved." not in page


def test_a_refused_profile_keeps_what_was_typed(as_role, cast) -> None:
    response = as_role("participant").post(
        "/profile", {**PROFILE, "full_name": "", "organisation": "My ministry", "time_zone": "Nowhere", "country": "XX"}
    )
    assert response.status_code == 422
    assert "Write your name." in response.text
    assert "My ministry" in response.text
    assert cast.person("participant").organisation == ""


def test_saving_the_profile_changes_neither_rights_nor_address(as_role, cast) -> None:
    extra = {"is_administrator": "y", "is_test_account": "y", "email": "x@example.org", "session_epoch": "5"}
    assert as_role("participant").post("/profile", {**PROFILE, **extra}).status_code == 303
    person = cast.person("participant")
    assert not person.is_administrator
    assert not person.is_test_account
    assert person.email == "participant@example.org"


def test_a_stranger_has_no_profile(as_role) -> None:
    for path in ("/profile", "/profile/password", "/profile/email"):
        assert "/sign-in" in as_role("stranger").get(path).location


def test_the_profile_costs_one_query_and_the_bell(as_role, count_queries) -> None:
    browser = as_role("participant")
    browser.get("/profile")
    with count_queries() as statements:
        browser.get("/profile")
    assert len(statements) == 2


def test_changing_the_password_keeps_this_device_and_signs_out_the_others(amina, app) -> None:
    here, elsewhere = Browser(app, amina.get_id()), Browser(app, amina.get_id())
    assert here.get("/profile/password").status_code == 200
    response = here.post("/profile/password", {"current": GOOD, "password": OTHER, "repeated": OTHER})
    assert (response.status_code, response.location) == (303, "/profile")
    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 303


def test_a_wrong_current_password_changes_nothing(amina, app, browser) -> None:
    here = Browser(app, amina.get_id())
    response = here.post("/profile/password", {"current": OTHER, "password": OTHER, "repeated": OTHER})
    assert response.status_code == 422
    assert "not your current password" in response.text
    assert sign_in(browser).status_code == 303


def test_the_current_password_cannot_be_guessed_on_a_phone_left_signed_in(amina, app) -> None:
    here = Browser(app, amina.get_id())
    for _try in range(10):
        here.post("/profile/password", {"current": "wrong guess", "password": OTHER, "repeated": OTHER})
    response = here.post("/profile/password", {"current": GOOD, "password": OTHER, "repeated": OTHER})
    assert response.status_code == 422
    assert "Wait 15 minutes" in response.text


def test_a_new_address_is_confirmed_from_its_own_mailbox(amina, app, browser) -> None:
    here = Browser(app, amina.get_id())
    assert here.get("/profile/email").status_code == 200
    wrong = here.post("/profile/email", {"current": OTHER, "email": "new@example.org"})
    assert wrong.status_code == 422
    assert here.post("/profile/email", {"current": GOOD, "email": "new"}).status_code == 422
    assert here.post("/profile/email", {"current": GOOD, "email": "new@example.org"}).status_code == 303
    secret = letters("email_change")[0].context["secret"]
    assert "new@example.org" in browser.get(f"/email-addresses/{secret}").text
    assert amina.email == "amina.diallo@example.org"
    assert browser.post(f"/email-addresses/{secret}").status_code == 303
    assert browser.get(f"/email-addresses/{secret}").status_code == 410
    assert here.get("/profile").status_code == 303
    assert browser.post("/sign-in", {"email": "new@example.org", "password": GOOD}).status_code == 303


# Language


def test_the_language_is_kept_in_a_cookie_for_a_stranger(browser) -> None:
    response = browser.post("/language", {"language": "fr", "next": "/sign-in"})
    assert (response.status_code, response.location) == (303, "/sign-in")
    assert "Max-Age=31536000" in response.headers["Set-Cookie"]
    assert 'lang="fr"' in browser.get("/sign-in").text


def test_the_language_is_kept_with_the_account_of_somebody_signed_in(as_role, cast, app) -> None:
    as_role("participant").post("/language", {"language": "fr", "next": "/profile"})
    assert cast.person("participant").language == "fr"
    assert '<html lang="fr"' in as_role("participant").get("/profile").text


def test_a_page_for_anyone_is_in_the_language_of_whoever_is_signed_in(as_role, cast) -> None:
    cast.person("participant").language = "fr"
    response = as_role("participant").get("/certificates", headers={"Accept-Language": "en"})
    assert '<html lang="fr"' in response.text


@pytest.mark.parametrize("language", ["xx", "", "../en"])
def test_an_unknown_language_changes_nothing(as_role, cast, language) -> None:
    response = as_role("participant").post("/language", {"language": language, "next": "//evil.example"})
    assert response.location == "/"
    assert "language=" not in response.headers.get("Set-Cookie", "")
    assert cast.person("participant").language == "en"


# Accounts, for administrators


def test_administrators_find_people_by_name_address_and_organisation(as_role, cast, now) -> None:
    make_person("Élodie N'Diaye", now, email="elo@example.net", organisation="Ministry of Labour")
    browser = as_role("administrator")
    for words in ("elodie", "ÉLODIE", "elo@example.net", "labour"):
        page = browser.get("/people", query_string={"q": words}).text
        assert "Élodie" in page
        assert "Outsider" not in page
    assert "Nobody found" in browser.get("/people?q=100%25").text


def test_accounts_come_fifty_to_a_page_in_a_constant_number_of_queries(as_role, cast, now, count_queries) -> None:
    browser = as_role("administrator")
    browser.get("/people")
    with count_queries() as few:
        browser.get("/people")
    for n in range(60):
        make_person(f"Person {n:02}", now)
    with count_queries() as many:
        first = browser.get("/people")
    assert len(few) == len(many) == 4
    assert first.text.count("<tr>") == 51
    assert "Page 1 of 2" in first.text
    assert "Page 2 of 2" in browser.get("/people?page=99").text
    assert browser.get("/people?page=nonsense").status_code == 200


@pytest.mark.parametrize("role", ["participant", "tutor", "coordinator"])
def test_nobody_else_sees_the_accounts(as_role, cast, role) -> None:
    person_id = cast.people["outsider"]
    browser = as_role(role)
    assert browser.get("/people").status_code == 403
    assert browser.get(f"/people/{person_id}").status_code == 403
    for act in ("link", "administrator", "test-account"):
        assert browser.post(f"/people/{person_id}/{act}", {"value": "yes"}).status_code == 403
    assert not cast.person("outsider").is_administrator


def test_administrators_act_on_one_account(as_role, cast) -> None:
    browser = as_role("administrator")
    person_id = cast.people["outsider"]
    assert "Outsider" in browser.get(f"/people/{person_id}").text
    assert browser.post(f"/people/{person_id}/link").status_code == 303
    assert len(letters("invitation")) == 1
    browser.post(f"/people/{person_id}/administrator", {"value": "yes"})
    browser.post(f"/people/{person_id}/test-account", {"value": "yes"})
    assert cast.person("outsider").is_administrator
    assert cast.person("outsider").is_test_account
    browser.post(f"/people/{person_id}/administrator", {"value": "no"})
    browser.post(f"/people/{person_id}/test-account", {"value": "no"})
    assert not cast.person("outsider").is_administrator
    assert not cast.person("outsider").is_test_account
    assert browser.get("/people/99999").status_code == 404


def test_the_last_administrator_cannot_step_down(as_role, cast) -> None:
    response = as_role("administrator").post(f"/people/{cast.people['administrator']}/administrator", {"value": "no"})
    assert response.status_code == 409
    assert "at least one administrator" in response.text


@pytest.mark.parametrize(
    ("language", "cities"),
    [("fr", ["Addis-Abeba", "Le Caire", "Bruxelles"]), ("ar", ["أديس أبابا", "القاهرة", "نيروبي"])],
)
def test_cities_of_time_zones_are_named_in_the_language_of_the_page(amina, app, language, cities) -> None:
    amina.language = language
    db.session.commit()
    page = Browser(app, amina.get_id()).get("/profile").text
    assert [city for city in cities if city not in page] == []


def test_the_profile_lists_zones_that_are_near_and_all_where_they_are_asked_for_with_what_was_typed(amina, app) -> None:
    amina.country, amina.time_zone = "ID", "America/Lima"
    db.session.commit()
    browser = Browser(app, amina.get_id())
    page = browser.get("/profile").text
    assert "value=America/Lima" in page  # one's own
    assert "value=Asia/Jayapura" in page  # another of one's country
    assert "value=Asia/Tokyo" not in page
    every = browser.post("/profile", {"zones": "all", "full_name": "Half typed", "country": "JP"})
    assert every.status_code == 200
    assert "value=Asia/Tokyo" in every.text
    assert "Half typed" in every.text
    db.session.refresh(amina)
    assert amina.full_name != "Half typed"


def test_a_zone_that_is_in_no_short_list_is_saved(amina, app) -> None:
    values = {"full_name": "Amina", "language": "en", "time_zone": "Asia/Tokyo"}
    assert Browser(app, amina.get_id()).post("/profile", values).status_code == 303
    assert amina.time_zone == "Asia/Tokyo"
    refused = Browser(app, amina.get_id()).post("/profile", {**values, "time_zone": "Asia/Atlantis"})
    assert refused.status_code == 422
