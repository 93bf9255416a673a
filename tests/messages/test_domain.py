"""Whom a letter goes to: every list of the choice, alone and together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lms.messages.domain import NO_GROUP, OVERDUE, Audience, Candidate, OpenWork, audience_from, belongs, chosen

QUIZ = OpenWork("quiz-2", {"en": "Quiz 2"}, "2026-11-20T22:59:00+00:00", is_overdue=True)
ESSAY = OpenWork("essay", {"en": "Essay"}, "2026-12-16T22:59:00+00:00", is_overdue=False)
AWA = Candidate(
    enrolment_id=1, open_work=(QUIZ, ESSAY), outcome="none", sponsors=("SAMM", "ILO"), language="fr", group_id=7,
    is_quiet=False, has_signed_in=True,
)  # fmt: skip
BEN = Candidate(
    enrolment_id=2, open_work=(ESSAY,), outcome="participation", sponsors=(), language="en", group_id=None,
    is_quiet=True, has_signed_in=False,
)  # fmt: skip
DONE = Candidate(
    enrolment_id=3, open_work=(), outcome="achievement", sponsors=("SAMM",), language="fr", group_id=7, is_quiet=False,
    has_signed_in=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("audience", "ids"),
    [
        (Audience(), [1, 2, 3]),
        (Audience(work="essay"), [1, 2]),
        (Audience(work="quiz-2"), [1]),
        (Audience(work=OVERDUE), [1]),
        (Audience(work="nothing-of-ours"), []),
        (Audience(presence="behind"), [1, 2]),
        (Audience(presence="quiet"), [2]),
        (Audience(presence="never"), [2]),
        (Audience(presence="flying"), []),
        (Audience(outcome="achievement"), [3]),
        (Audience(sponsor="SAMM"), [1, 3]),
        (Audience(sponsor="ILO"), [1]),
        (Audience(sponsor="S"), []),
        (Audience(group="7"), [1, 3]),
        (Audience(group=NO_GROUP), [2]),
        (Audience(language="fr"), [1, 3]),
        (Audience(work="essay", sponsor="SAMM"), [1]),
        (Audience(work="essay", sponsor="SAMM", language="en"), []),
    ],
)
def test_a_letter_goes_to_those_who_fit_everything_that_is_asked(audience: Audience, ids: list[int]) -> None:
    assert [one.enrolment_id for one in chosen([AWA, BEN, DONE], audience)] == ids


def test_somebody_is_behind_who_missed_something_closed_or_is_quiet() -> None:
    assert AWA.is_behind
    assert BEN.is_behind
    assert not DONE.is_behind
    assert not replace(BEN, is_quiet=False).is_behind, "open work alone is no reason to worry"


def test_an_audience_outlives_its_record_and_knows_no_other_fields() -> None:
    audience = Audience(work="essay", sponsor="SAMM")
    assert audience.to_document() == {"work": "essay", "sponsor": "SAMM"}
    assert audience_from(audience.to_document()) == audience
    assert audience_from({"work": None, "role": "administrator"}) == Audience()
    assert audience_from({}).is_everybody
    assert not audience.is_everybody
    assert belongs(AWA, Audience())
