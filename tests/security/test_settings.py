"""Settings that keep a slip of the operator from opening the door."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from werkzeug.test import Client

from config import MissingSetting, load_config
from lms.core.headers import UntrustedProxy
from tests.core.test_web import PRODUCTION


@pytest.mark.parametrize("typed", ["prod", "Production", "production ", "staging"])
def test_a_slip_in_the_name_of_the_environment_starts_nothing_rather_than_development(typed: str) -> None:
    with pytest.raises(MissingSetting, match="development or production"):
        load_config({**PRODUCTION, "LMS_ENV": typed})


def test_a_statement_that_fails_in_production_leaves_what_people_wrote_out_of_the_log() -> None:
    assert load_config(PRODUCTION)["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"] is True


def test_the_session_cookie_of_production_can_be_set_by_this_host_alone() -> None:
    assert load_config(PRODUCTION)["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert load_config(PRODUCTION)["SESSION_COOKIE_SECURE"]
    assert "SESSION_COOKIE_DOMAIN" not in load_config(PRODUCTION)


@pytest.mark.parametrize(
    "key",
    [
        "k",
        "thirty-one bytes are too few ..",
        "development only, never used in production",
        "change-me-change-me-change-me-change-me",
        "Your_Secret_Key_goes_here_0123456789",
        "a" * 64,
        "0123456" * 8,
    ],
)
def test_production_does_not_start_with_a_short_or_well_known_key_and_does_not_repeat_it(key: str) -> None:
    with pytest.raises(MissingSetting, match=r"LMS_SECRET_KEY .* Make one with") as refusal:
        load_config({**PRODUCTION, "LMS_SECRET_KEY": key})
    assert len(key) == 1 or key not in str(refusal.value)


@pytest.mark.parametrize(
    "key", ["q7Zt2mXw9_LrB4vNc8-PdKs6HfJyGa3E", "ééééééééééééé réseau à part", "0f" * 4 + "19a3bc47d2e85690a1b2c3d4"]
)
def test_a_long_key_of_ones_own_is_taken(key: str) -> None:
    assert load_config({**PRODUCTION, "LMS_SECRET_KEY": key})["SECRET_KEY"] == key


def test_development_needs_no_key() -> None:
    assert load_config({})["SECRET_KEY"]


@pytest.mark.parametrize("typed", ["one", "-1", "1.5"])
def test_a_number_of_proxies_that_is_none_is_named(typed: str) -> None:
    with pytest.raises(MissingSetting, match="LMS_TRUSTED_PROXIES must be a whole number"):
        load_config({**PRODUCTION, "LMS_TRUSTED_PROXIES": typed})


def test_a_proxy_that_was_not_named_is_told_once_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    site = Client(UntrustedProxy(Flask("site")))
    with caplog.at_level(logging.WARNING):
        site.get("/")
        assert caplog.messages == []
        for _request in range(3):
            site.get("/", headers={"X-Forwarded-For": "203.0.113.9"})
    [warning] = caplog.messages
    assert "LMS_TRUSTED_PROXIES is 0" in warning


def test_the_app_looks_for_a_proxy_only_where_none_was_named(shared_app: Flask) -> None:
    assert isinstance(shared_app.wsgi_app, UntrustedProxy)
