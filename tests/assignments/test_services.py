from decimal import Decimal

from tests.assignments.making import ESSAY_OPEN, essay_of, finish, ledger


def test_smoke(cast, now):
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    assert submission.word_count == 1600
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted"]
    finish(cast, submission, ESSAY_OPEN)
    assert [(entry.state, entry.points) for entry in ledger(cast, "participant")][-1] == ("marked", Decimal("30.00"))
