"""What the tests of group work, assignments and marking share."""

from __future__ import annotations

import pytest

from tests.assignments.making import ESSAY_OPEN
from tests.assignments.pages import SetNow
from tests.factories import Cast


@pytest.fixture
def essay_open(cast: Cast, set_now: SetNow) -> None:
    """The clock stands where the essay is open."""
    set_now(ESSAY_OPEN)
