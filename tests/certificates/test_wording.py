"""How a certificate says its days, in each language."""

from __future__ import annotations

from datetime import date

import pytest

from lms.certificates.wording import dates_between

START = date(2022, 10, 24)


@pytest.mark.parametrize(
    ("last", "language", "words"),
    [
        (date(2022, 10, 28), "en", "24 – 28 October 2022"),
        (date(2022, 12, 2), "en", "24 October – 2 December 2022"),
        (date(2023, 1, 6), "en", "24 October 2022 – 6 January 2023"),
        (date(2022, 12, 2), "fr", "24 octobre – 2 décembre 2022"),
        (date(2022, 12, 2), "ar", "24 أكتوبر – 2 ديسمبر 2022"),
    ],
)
def test_what_two_days_share_is_said_once(last: date, language: str, words: str) -> None:
    assert dates_between(START, last, language) == words
