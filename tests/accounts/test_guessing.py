"""Guessing passwords is slow, and locks nobody out of their own account."""

from __future__ import annotations

from typing import Any

import pytest

from lms.accounts.domain import TokenPurpose, network_of
from lms.accounts.links import create_link
from lms.accounts.models import Person
from lms.accounts.passwords import hash_password
from lms.core.db import db
from tests.conftest import Browser
from tests.factories import make_person

GOOD = "mango river lantern"
WRONG = "copper window garden"


@pytest.fixture
def amina(app, now) -> Person:
    person = make_person("Amina Diallo", now, password_hash=hash_password(GOOD))
    db.session.commit()
    return person


def sign_in(browser: Browser, password: str, address: str, email: str = "amina.diallo@example.org") -> Any:
    values = {"email": email, "password": password}
    return browser.post("/sign-in", values, environ_base={"REMOTE_ADDR": address})


def guess(app: Any, *, times: int, networks: int = 1) -> None:
    """A stranger tries passwords, each time from another address, going round the networks."""
    stranger = Browser(app, None)
    for number in range(times):
        network, host = number % networks, (number // networks) % 250 + 1
        sign_in(stranger, WRONG, f"203.0.{network}.{host}")


def test_a_stranger_of_one_network_locks_nobody_else_out(app, amina) -> None:
    guess(app, times=400)
    assert sign_in(Browser(app, None), GOOD, "198.51.100.7").status_code == 303


def test_a_network_has_thirty_tries_an_account_whatever_its_addresses(app, amina) -> None:
    stranger = Browser(app, None)
    statuses = [sign_in(stranger, WRONG, f"203.0.113.{host}").status_code for host in range(1, 32)]
    assert statuses == [422] * 30 + [429]
    assert sign_in(stranger, WRONG, "203.0.113.1", "somebody.else@example.org").status_code == 422


def test_the_owner_signs_in_from_a_known_browser_whatever_strangers_do(app, amina) -> None:
    own = Browser(app, None)
    assert sign_in(own, GOOD, "198.51.100.7").status_code == 303
    own.post("/sign-out")
    guess(app, times=300, networks=10)
    # Even from the stranger's own address: a centre has one for all.
    assert sign_in(own, GOOD, "203.0.1.1").status_code == 303


def test_a_new_browser_waits_while_many_networks_guess_and_the_link_by_mail_still_lets_in(app, amina, now) -> None:
    guess(app, times=300, networks=10)
    new = Browser(app, None)
    assert sign_in(new, GOOD, "198.51.100.7").status_code == 429
    asked = new.post("/forgotten-password", {"email": amina.email}, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert asked.status_code == 303
    secret, _token = create_link(amina, TokenPurpose.PASSWORD_RESET, now)
    db.session.commit()
    answer = new.post(f"/reset/{secret}", {"password": "paper boat harbour", "repeated": "paper boat harbour"})
    assert (answer.status_code, answer.location) == (303, "/")
    new.post("/sign-out")
    assert sign_in(new, "paper boat harbour", "198.51.100.7").status_code == 303


def test_a_known_browser_has_ten_tries_too(app, amina) -> None:
    own = Browser(app, None)
    sign_in(own, GOOD, "198.51.100.7")
    own.post("/sign-out")
    statuses = [sign_in(own, WRONG, f"198.51.{network}.7").status_code for network in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_browser_known_for_one_account_is_a_stranger_to_another(app, amina, now) -> None:
    make_person("Moyo", now, password_hash=hash_password(GOOD))
    thief = Browser(app, None)
    assert sign_in(thief, GOOD, "203.0.113.1", "moyo@example.org").status_code == 303
    thief.post("/sign-out")
    statuses = [sign_in(thief, WRONG, "203.0.113.1").status_code for _try in range(11)]
    assert statuses[-1] == 429


def test_a_cookie_of_ones_own_making_makes_no_browser_known(app, amina) -> None:
    own = Browser(app, None)
    sign_in(own, GOOD, "198.51.100.7")
    cookie = own.client.get_cookie("device", path="/sign-in")
    assert cookie is not None
    assert "amina" not in cookie.value
    thief = Browser(app, None)
    thief.client.set_cookie("device", cookie.value[:-3] + "abc", path="/sign-in")
    statuses = [sign_in(thief, WRONG, "203.0.113.1").status_code for _try in range(11)]
    assert statuses[-1] == 429


def test_several_people_share_a_phone_and_each_stays_known(app, amina, now) -> None:
    make_person("Moyo", now, password_hash=hash_password(GOOD))
    phone = Browser(app, None)
    for email in ("amina.diallo@example.org", "moyo@example.org"):
        sign_in(phone, GOOD, "198.51.100.7", email)
        phone.post("/sign-out")
    guess(app, times=300, networks=10)
    assert sign_in(phone, GOOD, "203.0.1.1").status_code == 303


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("a pipe", "a pipe"),
    ],
)
def test_an_address_lies_in_the_network_of_one_line(address, network) -> None:
    assert network_of(address) == network


def test_the_cookie_of_a_known_browser_travels_with_the_sign_in_alone(app, amina) -> None:
    """A tenth of a kilobyte with each request would be a tenth of a week of learning."""
    own = Browser(app, None)
    [cookie] = [one for one in sign_in(own, GOOD, "198.51.100.7").headers.getlist("Set-Cookie") if "device" in one]
    assert {"Path=/sign-in", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
