"""How a certificate says its days, in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lms.certificates.wording import dates_between, printed_facts
from lms.courses.queries import get_content
from tests.conftest import NOW
from tests.factories import Cast

START = date(2022, 10, 24)


@pytest.mark.parametrize(
    ("last", "language", "words"),
    [
        (date(2022, 10, 28), "en", "24 – 28 October 2022"),
        (date(2022, 12, 2), "en", "24 October – 2 December 2022"),
        (date(2023, 1, 6), "en", "24 October 2022 – 6 January 2023"),
        (date(2022, 12, 2), "fr", "24 octobre – 2 décembre 2022"),
        (date(2022, 12, 1), "fr", "24 octobre – 1er décembre 2022"),
        (date(2022, 12, 2), "pt", "24 de outubro – 2 de dezembro de 2022"),
        (date(2022, 12, 2), "ar", "24 أكتوبر – 2 ديسمبر 2022"),
    ],
)
def test_what_two_days_share_is_said_once(last: date, language: str, words: str) -> None:
    assert dates_between(START, last, language) == words


def test_the_first_of_a_month_is_an_ordinal_in_french_alone() -> None:
    first, last = date(2022, 12, 1), date(2022, 12, 21)
    assert dates_between(first, last, "fr") == "1er – 21 décembre 2022"
    assert dates_between(first, last, "pt") == "1 – 21 de dezembro de 2022"


@pytest.mark.parametrize(
    ("titles", "heading"),
    [
        ({"en": "Certificate of Achievement", "fr": "Certificat de réussite"}, "شهادة إنجاز"),
        ({"fr": "Certificat de réussite", "ar": "شهادة تفوّق"}, "شهادة تفوّق"),
    ],
)
def test_a_sheet_speaks_the_language_of_its_edition_from_its_first_line_on(
    cast: Cast, titles: dict[str, str], heading: str
) -> None:
    content = get_content(cast.edition.release_id)
    cast.edition.languages = ["ar"]
    facts = printed_facts(
        edition=cast.edition, content=content, tier=replace(content.grading.tiers[0], title=titles), name="فاطمة",
        number="R1-A-0001", code="ABCDEFGHIJKL", public_url="https://courses.example", issued_at=NOW,
    )  # fmt: skip
    assert facts["heading"] == heading
