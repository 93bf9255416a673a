from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lms.assignments.domain.rubrics import Part
from lms.assignments.models import DraftVersion, GroupMember, Submission
from lms.assignments.services.marking import save_marking
from lms.assignments.services.posting import Marking
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from tests.assignments.making import ESSAY_OPEN, essay_of, finish, ledger, make_group, write, words


def test_smoke(cast, now):
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    assert submission.word_count == 1600
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted"]
    finish(cast, submission, ESSAY_OPEN)
    assert [(entry.state, entry.points) for entry in ledger(cast, "participant")][-1] == ("marked", Decimal("30.00"))
