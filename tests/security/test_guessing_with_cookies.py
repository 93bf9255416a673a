"""Browsers that are known are no way round the limit on guessing."""

from __future__ import annotations

import pytest
from flask import Flask

from lms.accounts.models import Person
from lms.accounts.passwords import hash_password
from lms.core.db import db
from tests.accounts.test_guessing import GOOD, WRONG, guess, sign_in
from tests.conftest import Browser
from tests.factories import make_person


@pytest.fixture
def amina(app: Flask, now) -> Person:
    person = make_person("Amina Diallo", now, password_hash=hash_password(GOOD))
    db.session.commit()
    return person


def known_browsers(app: Flask, count: int) -> list[Browser]:
    browsers = [Browser(app, None) for _number in range(count)]
    for number, browser in enumerate(browsers):
        assert sign_in(browser, GOOD, f"198.51.{number}.7").status_code == 303
        browser.post("/sign-out")
    return browsers


def test_whoever_knew_the_password_once_gains_little_by_having_made_many_browsers_known(app: Flask, amina) -> None:
    browsers = known_browsers(app, 12)
    amina.password_hash = hash_password("paper boat harbour")
    db.session.commit()
    statuses = [sign_in(one, WRONG, "203.0.113.9").status_code for one in browsers for _try in range(10)]
    # Fifty together; then ten as any stranger at this address has.
    assert statuses.count(422) == 60
    assert statuses[-1] == 429


def test_a_known_browser_beyond_the_limit_of_all_is_as_an_unknown_one(app: Flask, amina) -> None:
    *thieves, own = known_browsers(app, 7)
    for thief in thieves:
        for _try in range(9):
            sign_in(thief, WRONG, "203.0.113.9")
    assert sign_in(own, GOOD, "198.51.99.7").status_code == 303


def test_a_browser_that_used_up_its_own_tries_takes_none_from_the_others(app: Flask, amina) -> None:
    thief, own = known_browsers(app, 2)
    for _try in range(100):
        sign_in(thief, WRONG, "203.0.113.9")
    guess(app, times=300, networks=10)
    assert sign_in(own, GOOD, "203.0.1.1").status_code == 303
