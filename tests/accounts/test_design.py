"""The page on which every component stands once."""

from __future__ import annotations


def test_administrators_see_every_component(as_role) -> None:
    page = as_role("administrator").get("/design")
    assert page.status_code == 200
    for piece in ("next-step", "tasks", "banner-error", "likert", "certificate-sheet", 'aria-sort="ascending"'):
        assert piece in page.text, piece


def test_others_do_not_see_the_components(as_role) -> None:
    assert as_role("coordinator").get("/design").status_code == 403
    assert as_role("stranger").get("/design").status_code == 303


def test_a_bar_of_answers_is_small_and_says_its_figures_in_words(as_role) -> None:
    page = as_role("administrator").get("/design").text
    bar = page[page.index('<svg class="likert"') : page.index("</svg>", page.index('<svg class="likert"'))]
    assert len(bar) <= 900
    assert "<desc>1: 0, 2: 1, 3: 2, 4: 6, 5: 4</desc>" in bar


def test_a_fault_is_tied_to_its_field(as_role) -> None:
    page = as_role("administrator").get("/design").text
    assert '<a href="#points">' in page
    assert 'aria-describedby="points-hint points-error"' in page
    assert 'aria-invalid="true"' in page
