"""The bank's pure rules: how words are found, what an import may replace, what differs between versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.quizzes.domain.bank import (
    Arrival,
    Branch,
    arrival_of,
    category_tree,
    folded,
    moved,
    tags_in,
    tidy_category,
    tidy_tags,
)


@pytest.mark.parametrize(
    ("newest", "followed", "arriving", "wanted"),
    [
        ("a", "a", "a", Arrival.SAME),
        ("a", "a", "b", Arrival.FOLLOW),
        ("own", "a", "a", Arrival.KEPT),
        ("own", "a", "b", Arrival.CONFLICT),
        ("own", "a", "own", Arrival.CAUGHT_UP),
        ("own", None, "a", Arrival.CONFLICT),
        ("own", None, "own", Arrival.CAUGHT_UP),
    ],
)
def test_an_import_follows_the_pack_only_while_nobody_wrote_in_the_browser(
    newest: str, followed: str | None, arriving: str, wanted: Arrival
) -> None:
    assert arrival_of(newest=newest, followed=followed, arriving=arriving) is wanted


@given(st.text("ab", max_size=1), st.none() | st.text("ab", max_size=1), st.text("ab", max_size=1))
def test_what_was_written_in_the_browser_is_never_replaced_by_an_import(
    newest: str, followed: str | None, arriving: str
) -> None:
    if newest not in (followed, arriving):
        assert arrival_of(newest=newest, followed=followed, arriving=arriving) in (Arrival.KEPT, Arrival.CONFLICT)


def test_words_are_found_without_capitals_and_accents_in_any_script() -> None:
    assert folded("  Réintégration\n ÉCONOMIQUE ") == "reintegration economique"
    assert folded("هِجْرَة") == folded("هجرة")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("concepts", "concepts"),
        (" concepts / return home/ ", "concepts/return home"),
        ("//", ""),
        ("a//b", "a/b"),
        ("", ""),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_category_is_a_path_of_words(typed: str, kept: str) -> None:
    assert tidy_category(typed) == kept


@given(st.text(max_size=300))
def test_a_category_that_was_kept_stays_the_same_when_it_is_saved_again(typed: str) -> None:
    assert tidy_category(tidy_category(typed)) == tidy_category(typed)


def test_tags_stand_between_commas_each_once_in_lower_case() -> None:
    assert tags_in("Law, statistics ; law،  a  b ,") == ["a b", "law", "statistics"]
    assert len(tidy_tags(str(n) for n in range(50))) == 12


def test_the_tree_counts_what_stands_below_and_shows_parents_that_hold_nothing() -> None:
    assert category_tree([("a/b", 2), ("a/c/d", 1), ("", 9), ("e", 1)]) == [
        Branch("a", "a", 0, 3),
        Branch("a/b", "b", 1, 2),
        Branch("a/c", "c", 1, 1),
        Branch("a/c/d", "d", 2, 1),
        Branch("e", "e", 0, 1),
    ]


@given(st.lists(st.integers(), min_size=1, max_size=12), st.data())
def test_moving_a_question_loses_none_and_doubles_none(ids: list[int], data: st.DataObject) -> None:
    position = data.draw(st.integers(1, len(ids)))
    by = data.draw(st.integers(-15, 15))
    result = moved(ids, position, by)
    assert sorted(result) == sorted(ids)
    place = min(max(position - 1 + by, 0), len(ids) - 1)
    assert result[place] == ids[position - 1]


def test_there_is_no_place_to_move_from_beyond_the_list() -> None:
    for position in (0, 3):
        with pytest.raises(ValueError, match="no position"):
            moved([1, 2], position, 1)
