"""Work of assignments that is done in the background."""

from __future__ import annotations

from flask import Flask

from lms.assignments.domain.similarity import Comparison
from lms.assignments.services.peer_rounds import run_due_rounds
from lms.assignments.services.similarity import claim_search, finish_search, keep_pairs, texts_to_search
from lms.core import clock
from lms.core.db import unit_of_work

PAIRS_AT_ONCE = 25


def run_similarity(app: Flask) -> None:
    """Do the searches for passages in common that were asked for.

    Comparing takes seconds: it is done between the transactions, so that nobody waits for it with a save.
    """
    with app.app_context():
        while True:
            with unit_of_work():
                search_id = claim_search(clock.now())
                texts, given = texts_to_search(search_id) if search_id is not None else ({}, "")
            if search_id is None:
                return
            comparison = Comparison(texts, given)
            for begin in range(0, len(comparison.pairs), PAIRS_AT_ONCE):
                batch = comparison.pairs[begin : begin + PAIRS_AT_ONCE]
                found = comparison.compare(batch)
                with unit_of_work():
                    keep_pairs(search_id, comparison, found, begin + len(batch), clock.now())
            with unit_of_work():
                keep_pairs(search_id, comparison, (), len(comparison.pairs), clock.now())
                finish_search(search_id, clock.now())


def run_rounds(app: Flask) -> None:
    """Ask for reviews in every round of peer assessment that runs, and post what has closed."""
    with app.app_context(), unit_of_work():
        run_due_rounds(clock.now())
