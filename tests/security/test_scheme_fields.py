"""The editor of a scheme with fields that its page never sends: a page comes back, and nothing is saved."""

from __future__ import annotations

from typing import Any

import pytest

from lms.grading.queries import get_scheme
from tests.factories import Cast

SCHEME = "/editions/R1/gradebook/scheme"


@pytest.mark.parametrize("kind", ["category", "tier", "item.hand"])
def test_a_list_that_is_full_gets_nothing_more(cast: Cast, as_role: Any, kind: str) -> None:
    number = get_scheme(cast.edition.id)[0].number + 1
    words = {"category": ("category", "categories"), "tier": ("certificate", "tiers"), "item.hand": ("work", "items")}
    word, name = words[kind]
    sent = {name: " ".join(f"{word}-{number}-{n}" for n in range(100)), "do": f"add-{kind}", "based_on": "1"}
    answer = as_role("coordinator").post(SCHEME, sent)
    assert answer.status_code == 200
    assert f"{word}-{number}-99" not in answer.text
    assert get_scheme(cast.edition.id)[0].number == number - 1


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "add-item.nothing"}, {"do": "add-"}, {"do": "remove-item"}, {"do": "remove-tier.x y"}, {"do": "add-item."},
        {"based_on": "9" * 30, "action": "save"}, {"based_on": "²", "action": "save"}, {"items": "\0"},
        {"categories": "", "items": "", "tiers": ""}, {"simulated": "\0" * 9, "action": "save", "reason": "x\0"},
    ],
    ids=lambda sent: repr(sent)[:40],
)  # fmt: skip
def test_a_form_that_is_not_ours_is_answered(cast: Cast, as_role: Any, sent: dict[str, str]) -> None:
    before = get_scheme(cast.edition.id)[0].number
    assert as_role("coordinator").post(SCHEME, sent).status_code in (200, 422)
    assert get_scheme(cast.edition.id)[0].number == before


@pytest.mark.parametrize("name", ["tutor", "participant", "other_coordinator", "sponsor_viewer", "outsider"])
def test_only_who_coordinates_the_edition_tries_a_scheme_or_takes_in_marks(cast: Cast, as_role: Any, name: str) -> None:
    for page in (SCHEME, "/editions/R1/gradebook/sheets", "/editions/R1/gradebook/sheets/1"):
        for answer in (as_role(name).get(page), as_role(name).post(page, {"action": "save"})):
            assert answer.status_code in (403, 404)
