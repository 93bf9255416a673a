"""Who may open which page of a quiz, over the whole cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lms.assignments.models import Group
from lms.core.db import db
from lms.quizzes.models import Accommodation, LatePacket
from lms.quizzes.regrade_models import QuizRegrade
from tests.factories import Cast
from tests.quizzes.conftest import Desk

HOME = "/editions/R1/quizzes/quiz-2"
TEACHERS = {"tutor", "coordinator", "administrator"}
COORDINATORS = {"coordinator", "administrator"}
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
    ("GET", "/editions/R1/quizzes"): TEACHERS,
    ("POST", "/editions/R1/quizzes"): COORDINATORS,
    ("GET", f"{HOME}/items"): TEACHERS,
    ("GET", f"{HOME}/items/export.csv"): TEACHERS,
    ("GET", f"{HOME}/regrades"): COORDINATORS,
    ("GET", f"{HOME}/regrades/trial"): COORDINATORS,
    ("POST", f"{HOME}/regrades"): COORDINATORS,
    ("GET", f"{HOME}/regrades/{{regrade}}"): COORDINATORS,
    ("GET", f"{HOME}/settings"): COORDINATORS,
    ("POST", f"{HOME}/settings"): COORDINATORS,
    ("GET", f"{HOME}/accommodations"): COORDINATORS,
    ("GET", f"{HOME}/accommodations/people/{{participant}}"): COORDINATORS,
    ("POST", f"{HOME}/accommodations/people/{{participant}}"): COORDINATORS,
    ("GET", f"{HOME}/accommodations/groups/{{group}}"): COORDINATORS,
    ("POST", f"{HOME}/accommodations/groups/{{group}}"): COORDINATORS,
    ("POST", f"{HOME}/accommodations/{{given}}/withdrawal"): COORDINATORS,
    ("GET", "/editions/R1/people/{participant}/accommodations"): TEACHERS,
    ("GET", f"{HOME}/people/{{participant}}/attempts/1"): TEACHERS,
    ("POST", f"{HOME}/people/{{participant}}/attempts/1/late-answers/{{packet}}"): TEACHERS,
}
# What a form without anything in it meets: a page that asks again, or a thing that is not there.
REFUSED = (422, 404)


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page[0]} {page[1].removeprefix(HOME) or '/'}")
def test_each_page_is_for_whom_it_says(
    as_role: Callable[[str], Any], cast: Cast, desk: Desk, page: tuple[str, str], name: str
) -> None:
    method, url = page
    form = {"attempt": str(desk.start(name).id)} if name in LEARNERS else {}
    status = as_role(name).open(filled(url, cast, desk), method, data=form if method == "POST" else None).status_code
    if name in PAGES[page]:
        assert status in (200, 302, 303, *(REFUSED if method == "POST" and PAGES[page] <= TEACHERS else ()))
    elif name in HERE:
        assert status == 403
    elif name == "stranger":
        assert status in (303, 401)
    else:
        assert status == 404  # people of another edition may not even know of it


def filled(url: str, cast: Cast, desk: Desk) -> str:
    """The address with the numbers of things that are there."""
    if "{" not in url:
        return url
    person = cast.enrolments["third_participant"]
    attempt = desk.start("third_participant")
    packet = LatePacket(attempt_id=attempt.id, answers={"1": {"option": "a"}}, received_at=desk.now, late_by_seconds=60)
    given = Accommodation(
        quiz_id=attempt.quiz_id, enrolment_id=person, extra_attempts=1, reason="ill", granted_at=desk.now
    )
    group = Group(edition_id=cast.edition.id, name="Niger")
    regrade = QuizRegrade(
        quiz_id=attempt.quiz_id, number=1, nobody_loses=True, reason="a wrong key", seal="", counts={"gain": 0, "lose": 0},
        applied_at=desk.now,
    )  # fmt: skip
    db.session.add_all([packet, given, group, regrade])
    db.session.flush()
    return url.format(participant=person, packet=packet.id, given=given.id, group=group.id, regrade=1)
