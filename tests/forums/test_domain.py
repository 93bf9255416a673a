"""The rules of the conversation at a prompt: who is told, until when one may change, what is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.forums.domain.places import forum_of_module, module_of_forum
from lms.forums.domain.rules import delivery_here, delivery_when_addressed, is_editable, is_told
from lms.forums.domain.searching import excerpt, fold, holds_all, mentioned, plain, shortened, words_of
from lms.notices.domain import Delivery
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


def test_the_forum_of_a_module_knows_its_module() -> None:
    assert module_of_forum(forum_of_module("general")) == "general"
    assert module_of_forum("general") is None


@pytest.mark.parametrize(
    ("of_topic", "of_forum", "is_opening", "told"),
    [
        (None, None, True, True),
        (None, None, False, False),
        (None, True, False, True),
        (None, False, True, False),
        (True, False, False, True),
        (False, True, True, False),
    ],
)
def test_what_is_said_of_a_topic_goes_before_what_is_said_of_its_forum_and_new_topics_are_told_by_default(
    of_topic: bool | None, of_forum: bool | None, is_opening: bool, told: bool
) -> None:
    assert is_told(of_topic, of_forum, is_opening=is_opening) is told


def test_mail_comes_once_a_day_unless_somebody_chose_otherwise_and_the_latest_choice_holds() -> None:
    assert delivery_here(None, None) is Delivery.DAILY
    assert delivery_here((Delivery.PAGE, NOW), None) is Delivery.PAGE
    assert delivery_here((Delivery.PAGE, NOW), (Delivery.AT_ONCE, LATER)) is Delivery.AT_ONCE
    assert delivery_here((Delivery.PAGE, LATER), (Delivery.AT_ONCE, NOW)) is Delivery.PAGE


def test_what_is_addressed_to_somebody_comes_at_once_unless_they_want_no_mail() -> None:
    assert [delivery_when_addressed(one) for one in (Delivery.DAILY, Delivery.AT_ONCE, Delivery.PAGE)] == [
        Delivery.AT_ONCE,
        Delivery.AT_ONCE,
        Delivery.PAGE,
    ]


def test_a_post_can_be_changed_for_half_an_hour_and_not_a_second_longer() -> None:
    half = timedelta(minutes=30)
    assert is_editable(NOW, NOW + half - timedelta(seconds=1), half)
    assert not is_editable(NOW, NOW + half, half)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Éclairée", "eclairee"),
        ("ŒUVRE", "oeuvre"),
        ("Straße", "strasse"),
        ("Ângelo Évora", "angelo evora"),
        ("إعادة الإدماج", "اعاده الادماج"),
        ("مُهَاجِر", "مهاجر"),
        ("مـــهاجر", "مهاجر"),
        ("٢٠٢٦", "2026"),
    ],
)
def test_accents_vowel_signs_and_shapes_of_letters_make_no_difference(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=300), st.integers(40, 200))
def test_an_excerpt_says_what_the_text_says_and_marks_only_what_was_looked_for(text: str, length: int) -> None:
    words = words_of(text[:20])
    pieces = excerpt(text, words, length)
    body = "".join(piece.text for piece in pieces).removeprefix("…").removesuffix("…")
    assert body in text
    assert all(any(word in fold(piece.text) for word in words) for piece in pieces if piece.is_found)


def test_an_excerpt_stands_around_the_first_word_that_was_found() -> None:
    text = "nothing " * 60 + "Les personnes RÉINTÉGRÉES en parlent. " + "nothing " * 60
    pieces = excerpt(text, words_of("reintegre"), 80)
    assert [piece.text for piece in pieces if piece.is_found] == ["RÉINTÉGRÉ"]
    assert (pieces[0].text, pieces[-1].text) == ("…", "…")
    assert sum(len(piece.text) for piece in pieces) <= 90


def test_all_words_must_be_there_whole_or_in_part() -> None:
    assert holds_all(fold("Retour forcé"), words_of("force ret"))
    assert not holds_all(fold("Retour forcé"), words_of("force depart"))


def test_a_question_of_signs_alone_looks_for_nothing() -> None:
    assert words_of(" %_ ** '' -- \0") == ()


def test_a_text_without_its_signs_reads_as_it_is_said() -> None:
    source = "# Title\n\n- a **bold** word, `code`\n> [a link](https://example.org) and file_name_kept"
    assert plain(source) == "Title a bold word, code a link and file_name_kept"


def test_the_rules_of_tables_and_the_numbers_of_footnotes_are_not_said() -> None:
    assert (
        plain("| Need | Help |\n|---|:--|\n| papers[^1] | a test |\n\n[^1]: A note") == "Need Help papers a test A note"
    )


def test_a_long_text_is_cut_between_words() -> None:
    assert shortened("one two three four", 12) == "one two…"
    assert shortened("**one** two", 12) == "one two"


NAMES = {1: "Awa Ba", 2: "Awa Bamba", 3: "Élodie N’Gom", 4: "Awa Bamba"}


@pytest.mark.parametrize(
    ("body", "people"),
    [
        ("Ask @Awa Ba.", {1}),
        ("Ask @awa bamba, please", {2, 4}),
        ("@Awa Ba and @Awa Bamba", {1, 2, 4}),
        ("@Elodie N'Gom !", {3}),
        ("Awa Ba", set()),
        ("@Awa", set()),
        ("@Awa Bambara", set()),
        ("@Awa\n  Ba", {1}),
    ],
)
def test_a_whole_name_after_the_sign_addresses_the_person(body: str, people: set[int]) -> None:
    assert mentioned(body, NAMES) == people
