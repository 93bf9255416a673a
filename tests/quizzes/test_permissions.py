"""Who may open which page of a quiz, over the whole cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import Cast
from tests.quizzes.conftest import Desk

HOME = "/editions/R1/quizzes/quiz-2"
TEACHERS = {"tutor", "coordinator", "administrator"}
LEARNERS = {"participant", "other_participant", "third_participant"}
HERE = {*TEACHERS, *LEARNERS, "sponsor_viewer"}
EVERYBODY = [*sorted(HERE), "outsider", "other_tutor", "other_coordinator", "stranger"]

PAGES = {
    ("GET", HOME): TEACHERS | LEARNERS,
    ("POST", f"{HOME}/attempts"): LEARNERS,
    ("GET", f"{HOME}/attempts/1"): LEARNERS,
    ("POST", f"{HOME}/attempts/1/answers"): LEARNERS,
    ("GET", f"{HOME}/attempts/1/check"): LEARNERS,
    ("POST", f"{HOME}/attempts/1/submit"): LEARNERS,
    ("GET", f"{HOME}/attempts/1/result"): LEARNERS,
    ("GET", f"{HOME}/attempts"): TEACHERS,
    ("GET", f"{HOME}/preview"): TEACHERS,
}


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page[0]} {page[1].removeprefix(HOME) or '/'}")
def test_each_page_is_for_whom_it_says(
    as_role: Callable[[str], Any], cast: Cast, desk: Desk, page: tuple[str, str], name: str
) -> None:
    method, url = page
    form = {"attempt": str(desk.start(name).id)} if name in LEARNERS else {}
    status = as_role(name).open(url, method, data=form if method == "POST" else None).status_code
    if name in PAGES[page]:
        assert status in (200, 302, 303)
    elif name in HERE:
        assert status == 403
    elif name == "stranger":
        assert status == 303
    else:
        assert status == 404  # people of another edition may not even know of it
