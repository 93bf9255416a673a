"""Who may see which work: “this one?” and “which ones?” give one answer for everybody in the cast."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lms.assignments.models import Assignment, Draft, Submission
from lms.assignments.permissions import visible_drafts, visible_submissions
from lms.assignments.queries.submissions import get_submission
from lms.assignments.services.groups import Move, move_people
from lms.core.db import db
from lms.core.errors import NotFound
from tests.assignments.making import GROUP_OPEN, TEAMWORK, essay_of, make_group, teamwork_of, write
from tests.factories import Cast

EVERYBODY = (
    "participant", "other_participant", "third_participant", "tutor", "coordinator", "sponsor_viewer", "outsider",
    "other_tutor", "other_coordinator", "administrator",
)  # fmt: skip


@pytest.fixture
def work(cast: Cast) -> dict[str, int]:
    """An essay of one person, and the work of a group that another has left since."""
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    essay = essay_of(cast, "participant", GROUP_OPEN)
    team = teamwork_of(cast, "participant", GROUP_OPEN)
    leaver = cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(leaver, group.id, None)], now=GROUP_OPEN)
    return {"essay": essay.id, "team": team.id}


EXPECTED = {
    "participant": {"essay", "team"},
    "other_participant": {"team"},
    "third_participant": set(),
    "tutor": {"essay", "team"},
    "coordinator": {"essay", "team"},
    "administrator": {"essay", "team"},
    "sponsor_viewer": set(),
    "outsider": set(),
    "other_tutor": set(),
    "other_coordinator": set(),
}


@pytest.mark.parametrize("name", EVERYBODY)
def test_one_submission_and_all_submissions_agree(cast: Cast, work: dict[str, int], name: str) -> None:
    actor = cast.member(name)
    listed = set(
        db.session.scalars(
            select(Submission.id)
            .join(Assignment, Assignment.id == Submission.assignment_id)
            .where(Assignment.edition_id == actor.edition.id, visible_submissions(actor))
        )
    )
    assert listed == {work[key] for key in EXPECTED[name]}
    for submission_id in work.values():
        if submission_id in listed:
            assert get_submission(actor.edition.id, submission_id, visible_submissions(actor)).id == submission_id
        else:
            with pytest.raises(NotFound):
                get_submission(actor.edition.id, submission_id, visible_submissions(actor))


@pytest.mark.parametrize(
    ("name", "seen"),
    [("participant", 3), ("other_participant", 0), ("third_participant", 0), ("tutor", 3), ("sponsor_viewer", 0)],
)
def test_drafts_are_seen_by_their_present_owners_and_teachers(
    cast: Cast, work: dict[str, int], name: str, seen: int
) -> None:
    actor = cast.member(name)
    assert len(db.session.scalars(select(Draft).where(visible_drafts(actor))).all()) == seen


def test_who_joins_a_group_sees_what_it_handed_in(cast: Cast, work: dict[str, Any]) -> None:
    group_id = db.session.get_one(Submission, work["team"]).group_id
    newcomer = cast.enrolments["third_participant"]
    move_people(cast.member("coordinator"), [Move(newcomer, None, group_id)], now=GROUP_OPEN)
    actor = cast.member("third_participant")
    assert get_submission(actor.edition.id, work["team"], visible_submissions(actor))
    write(cast, "third_participant", "more", GROUP_OPEN, key=TEAMWORK, part="proposal")
