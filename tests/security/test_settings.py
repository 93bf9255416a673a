"""Settings that keep a slip of the operator from opening the door."""

from __future__ import annotations

import pytest

from config import MissingSetting, load_config
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
