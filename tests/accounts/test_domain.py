"""Addresses, names, passwords and links: the pure rules."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.domain import (
    LinkState,
    PasswordFault,
    email_key,
    is_local_path,
    link_state,
    name_key,
    password_fault,
    tidy_name,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "same_as"),
    [
        ("José@X.org", "jose\u0301@x.org "),
        ("AMINA@Example.ORG", "amina@example.org"),
        ("  amina@example.org\t", "amina@example.org"),
        ("STRASSE@x.org", "straße@x.org"),
    ],
)
def test_an_address_is_the_same_account_however_it_is_typed(typed: str, same_as: str) -> None:
    assert email_key(typed) == email_key(same_as)


def test_different_addresses_stay_different() -> None:
    assert len({email_key(email) for email in ("jose@x.org", "josé@x.org", "jose@y.org", "j.ose@x.org")}) == 4


@given(st.emails())
def test_the_key_of_a_key_is_the_key(email: str) -> None:
    assert email_key(email_key(email)) == email_key(email)


@pytest.mark.parametrize(
    "name",
    [
        "Moyo",
        "María José de la Cruz Ñáñez",
        "N’Golo O'Brien",
        "فاطمة بنت محمد",
        "Li",
        "A" * 200,
        "jean-luc van der berg",
    ],
)
def test_a_name_is_kept_whole_and_never_recased(name: str) -> None:
    assert tidy_name(f"  {name} ") == name


def test_a_name_loses_double_spaces_and_invisible_characters() -> None:
    assert tidy_name("Amina \n\t Diallo\u202e\u200b\x07") == "Amina Diallo"


@pytest.mark.parametrize("name", ["\u200d", "\u200c\u200d", "\u3164", "\u115f\u1160", " \u2800 ", "\uffa0"])
def test_what_shows_nothing_is_no_name(name: str) -> None:
    assert tidy_name(name) == ""


def test_a_joiner_between_no_letters_disguises_nothing() -> None:
    assert tidy_name("\u200dAmina\u200c \u200d\u200cDiallo \u3164 Sow\u200d") == "Amina Diallo Sow"
    assert tidy_name("क्\u200dष") == "क्\u200dष"


def test_a_name_keeps_the_joiner_that_shapes_its_letters() -> None:
    assert tidy_name("علی\u200cرضا") == "علی\u200cرضا"


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing_more(name: str) -> None:
    once = tidy_name(name)
    assert unicodedata.normalize("NFC", once) == once
    assert tidy_name(once).split() == once.split()


def test_names_are_found_and_sorted_without_accents_or_vowel_marks() -> None:
    assert name_key("Élodie N’Diaye") == "elodie n'diaye"
    assert name_key("مُحَمَّد") == name_key("محمد")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", PasswordFault.TOO_SHORT),
        ("123456789", PasswordFault.TOO_SHORT),
        ("1234567890", PasswordFault.TOO_COMMON),
        ("aaaaaaaaaaaa", PasswordFault.TOO_COMMON),
        ("Password2026!", PasswordFault.TOO_COMMON),
        ("azertyuiop", PasswordFault.TOO_COMMON),
        ("amina@example.org", PasswordFault.ABOUT_THE_PERSON),
        ("Amina.Diallo", PasswordFault.ABOUT_THE_PERSON),
        ("amina diallo", PasswordFault.ABOUT_THE_PERSON),
        ("x7" * 101, PasswordFault.TOO_LONG),
        ("mango river lantern", None),
        ("كلمة سر طويلة جدا", None),
    ],
)
def test_what_makes_a_password_too_weak(password: str, fault: PasswordFault | None) -> None:
    email = "amina.diallo@example.org" if password.startswith("Amina.") else "amina@example.org"
    assert password_fault(password, email=email, full_name="Amina Diallo") == fault


def test_a_link_opens_once_and_until_it_expires() -> None:
    later = NOON + timedelta(hours=2)
    assert link_state(later, None, NOON) == LinkState.VALID
    assert link_state(later, None, later - timedelta(microseconds=1)) == LinkState.VALID
    assert link_state(later, None, later) == LinkState.EXPIRED
    assert link_state(later, NOON, NOON) == LinkState.USED
    assert link_state(later, NOON, later) == LinkState.USED


@pytest.mark.parametrize("target", ["/", "/profile", "/editions/R1?page=2", "/a//b"])
def test_a_path_of_this_site_may_be_returned_to(target: str) -> None:
    assert is_local_path(target)


@pytest.mark.parametrize(
    "target",
    ["", "profile", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "javascript:alert(1)", "\n//evil.example", " //evil.example"],
)  # fmt: skip
def test_no_path_leads_to_another_site(target: str) -> None:
    assert not is_local_path(target)
