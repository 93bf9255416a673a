"""No page of a quiz tells the right answers before the attempt is submitted."""

from __future__ import annotations

import hashlib
from itertools import permutations

from flask import Flask

from lms.quizzes.questions.question_type import token

KEYS = "abcdefgh"


def test_the_names_of_items_cannot_be_made_from_keys_that_anybody_can_guess(app: Flask) -> None:
    """Questions are called ``own-1``, items ``a`` to ``h`` in the right order: with those alone nothing is found."""
    with app.app_context():
        shown = {token("own-1", key) for key in KEYS} | {
            token("own-1", key, side) for key in KEYS for side in ("left", "right")
        }
        again = {token("own-1", key) for key in KEYS}
    assert len(shown) == 3 * len(KEYS)
    assert again <= shown  # the same page on another day and in another process
    words = [" ".join(("own-1", key, *side)) for key in KEYS for side in ((), ("left",), ("right",))]
    words += [" ".join(parts) for word in words for parts in permutations(("token", word))]
    guessed = {
        hashlib.new(name, word.encode()).hexdigest()[:10] for name in ("sha256", "sha1", "md5") for word in words
    }
    assert not shown & guessed


def test_another_site_has_other_names(app: Flask) -> None:
    with app.app_context():
        before = token("own-1", "a")
        kept, app.secret_key = app.secret_key, "another secret, as long as the one before it"
        try:
            assert token("own-1", "a") != before
        finally:
            app.secret_key = kept
