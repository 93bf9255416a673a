"""What goes wrong with files and groups elsewhere, and what happens here. Edge case 31 is in test_forming, 33 in test_peer."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from lms.assignments.domain.rubrics import Part
from lms.assignments.models import Draft, Group, Submission
from lms.assignments.services.groups import Move, move_people, name_deputy
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from lms.core.files import StoredFile
from lms.courses.enrolling import withdraw
from lms.grading.services import grant_extension
from tests.assignments.making import (
    GROUP_OPEN,
    GROUP_TOO_LATE,
    TEAMWORK,
    docx,
    finish,
    hand_in,
    ledger,
    make_group,
    teamwork_of,
    write,
)
from tests.factories import Cast

AsRole = Callable[[str], Any]
SetNow = Callable[..., None]


@pytest.mark.parametrize(
    "name", ["مقترح المجموعة.docx", "é" * 300 + ".docx", "../../etc/passwd.docx", "work.pdf.docx", "con\\aux.docx"]
)
def test_edge_case_28_a_file_is_kept_by_a_key_and_its_name_is_only_a_label(
    cast: Cast, as_role: AsRole, set_now: SetNow, name: str
) -> None:
    """Edge case 28: Arabic, over-long, climbing and double-ended names are metadata; the file is stored by its key."""
    set_now(GROUP_OPEN)
    make_group(cast, "participant", ambassador="participant")
    sent = {"body": "", "revision": "0", "file": (io.BytesIO(docx("Our proposal")), name)}
    address = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"
    assert as_role("participant").post(address, sent, content_type="multipart/form-data").status_code == 303
    stored = db.session.scalars(select(StoredFile)).one()
    assert name.rpartition(".")[0][:20] not in stored.key
    assert not set("/\\\0") & set(stored.name)
    assert stored.name.endswith(".docx")
    assert len(stored.name) <= 255
    assert as_role("participant").get(f"/editions/R1/files/{stored.key}").status_code == 200


def test_edge_case_28_an_upload_that_dies_loses_no_text(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    """Edge case 28: half a document is refused, and the text that was saved stays."""
    set_now(GROUP_OPEN)
    make_group(cast, "participant", ambassador="participant")
    write(cast, "participant", "The text was saved before.", GROUP_OPEN, key=TEAMWORK, part="proposal")
    half = docx("Our proposal")[:-200]
    sent = {"body": "The text was saved before.", "revision": "1", "file": (io.BytesIO(half), "proposal.docx")}
    address = f"/editions/R1/assignments/{TEAMWORK}/parts/proposal"
    answer = as_role("participant").post(address, sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "The text was saved before." in answer.text
    draft = db.session.scalars(select(Draft)).one()
    assert (draft.body, draft.file_id) == ("The text was saved before.", None)


def test_edge_case_29_who_changes_groups_keeps_the_mark_of_the_roster(cast: Cast) -> None:
    """Edge case 29: the new group's mark comes by explicit action alone, with its reason, and both are on record."""
    one = make_group(cast, "participant", "other_participant", name="One", ambassador="participant")
    two = make_group(cast, "third_participant", name="Two", ambassador="third_participant")
    finish(cast, teamwork_of(cast, "participant", GROUP_OPEN), GROUP_OPEN, "7.5")
    mover = cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(mover, one.id, two.id)], now=GROUP_OPEN)
    second = teamwork_of(cast, "third_participant", GROUP_OPEN)
    finish(cast, second, GROUP_OPEN, "9")
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points == Decimal("22.5")
    chosen = {mover: Part(True, Decimal(0), "Wrote the second proposal", needs_reason=True)}
    finish(cast, second, GROUP_OPEN, "9", parts=chosen, revision=1, reason="Counts for the second group")
    assert [line.points for line in ledger(cast, "other_participant", TEAMWORK)][-2:] == [Decimal("22.5"), Decimal(27)]


def test_edge_case_30_who_joins_late_or_took_no_part_gets_no_mark_by_itself(cast: Cast) -> None:
    """Edge case 30: no mark for the absent and for newcomers, unless they are included with a reason."""
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    newcomer, absent = cast.enrolments["third_participant"], cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(newcomer, None, group.id)], now=GROUP_OPEN)
    finish(cast, submission, GROUP_OPEN, parts={absent: Part(False, Decimal(0), "")})
    assert [line.state for line in ledger(cast, "third_participant", TEAMWORK)] == []
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points is None
    silent = {newcomer: Part(True, Decimal(0), "", needs_reason=True)}
    with pytest.raises(RuleViolation):
        finish(cast, submission, GROUP_OPEN, parts=silent, revision=1, reason="x")
    explained = {newcomer: Part(True, Decimal(0), "Wrote the last part", needs_reason=True)}
    finish(cast, submission, GROUP_OPEN, parts=explained, revision=1, reason="Included")
    assert ledger(cast, "third_participant", TEAMWORK)[-1].points == Decimal("22.5")


def test_edge_case_32_when_the_ambassador_leaves_the_deputy_hands_in_and_the_work_stays(cast: Cast) -> None:
    """Edge case 32: the named deputy has the ambassador's rights, and what was handed in stays."""
    make_group(cast, "participant", "other_participant", "third_participant", ambassador="participant")
    name_deputy(cast.member("participant"), deputy_id=cast.enrolments["other_participant"], now=GROUP_OPEN)
    first = teamwork_of(cast, "participant", GROUP_OPEN)
    withdraw(cast.member("coordinator"), cast.enrolments["participant"], "new post", GROUP_OPEN)
    write(cast, "other_participant", "A better proposal", GROUP_OPEN, key=TEAMWORK, part="proposal")
    with pytest.raises(NotAllowed):
        hand_in(cast, "third_participant", GROUP_OPEN, key=TEAMWORK)
    second = hand_in(cast, "other_participant", GROUP_OPEN, key=TEAMWORK)
    assert (first.number, second.number) == (1, 2)
    assert len(db.session.scalars(select(Submission)).all()) == 2


def test_edge_case_32_without_ambassador_and_deputy_a_tutor_hands_in(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    """Edge case 32: with nobody left to speak for the group, a tutor does."""
    set_now(GROUP_OPEN)
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    write(cast, "participant", "Ours", GROUP_OPEN, key=TEAMWORK, part="proposal")
    withdraw(cast.member("coordinator"), cast.enrolments["participant"], "new post", GROUP_OPEN)
    assert "Hand in for the group" in as_role("tutor").get(f"/editions/R1/groups/{group.id}").text


def test_group_work_is_extended_for_the_group_and_not_for_one_of_it(cast: Cast) -> None:
    make_group(cast, "participant", ambassador="participant")
    with pytest.raises(RuleViolation) as refusal:
        grant_extension(
            cast.member("coordinator"), item_key=TEAMWORK, enrolment_id=cast.enrolments["participant"],
            due_at=GROUP_TOO_LATE + timedelta(days=2), reason="ill", now=GROUP_OPEN,
        )  # fmt: skip
    assert "extend it for the group" in refusal.value.message
    group_id = db.session.scalars(select(Group.id)).one()
    grant_extension(
        cast.member("coordinator"), item_key=TEAMWORK, group_id=group_id,
        due_at=GROUP_TOO_LATE + timedelta(days=2), reason="ill", now=GROUP_OPEN,
    )  # fmt: skip


def test_edge_case_29_who_changed_groups_finds_what_both_handed_in(
    cast: Cast, as_role: AsRole, set_now: SetNow
) -> None:
    """Edge case 29: both are visible: the work of the group that one was in, and that of the new one."""
    set_now(GROUP_OPEN)
    one = make_group(cast, "participant", "other_participant", name="One", ambassador="participant")
    two = make_group(cast, "third_participant", name="Two", ambassador="third_participant")
    first = teamwork_of(cast, "participant", GROUP_OPEN)
    move_people(
        cast.member("coordinator"), [Move(cast.enrolments["other_participant"], one.id, two.id)], now=GROUP_OPEN
    )
    second = teamwork_of(cast, "third_participant", GROUP_OPEN)
    page = as_role("other_participant").get("/editions/R1/group").text
    assert "Handed in by a group you were in" in page
    for submission in (first, second):
        assert f"/editions/R1/submissions/{submission.id}" in page
        assert as_role("other_participant").get(f"/editions/R1/submissions/{submission.id}").status_code == 200
    assert as_role("participant").get(f"/editions/R1/submissions/{second.id}").status_code == 404
