"""What changes groups, drafts, submissions and marks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.assignments.domain.rubrics import Part
from lms.assignments.models import Assignment, DraftVersion, GroupMember, Submission, SubmissionMember
from lms.assignments.services import groups as group_services
from lms.assignments.services.groups import Move, move_people, nominate
from lms.assignments.services.marking import save_marking
from lms.assignments.services.posting import Marking
from lms.assignments.services.setup import create_assignments
from lms.assignments.services.submissions import ChangedSinceCheck, reopen_submission, submit_work
from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.files import StoredFile
from lms.core.outbox import OutboxMessage
from lms.courses.documents import digest_of, to_document
from lms.courses.models import CourseRelease
from lms.grading.models import Extension, GradeItem
from tests.assignments.making import (
    ESSAY,
    ESSAY_LAST_INSTANT,
    ESSAY_OPEN,
    ESSAY_TOO_LATE,
    GROUP_OPEN,
    GROUP_TOO_LATE,
    TEAMWORK,
    assignment,
    docx,
    essay_of,
    finish,
    full_marking,
    hand_in,
    ledger,
    make_group,
    teamwork_of,
    upload,
    words,
    write,
)
from tests.factories import Cast, small_course


def extend(cast: Cast, due_at: Any, key: str = ESSAY, **owner: Any) -> None:
    """Grant a later deadline."""
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == key)
    ).one()
    db.session.add(Extension(item_id=item.id, due_at=due_at, reason="illness", granted_at=ESSAY_OPEN, **owner))
    db.session.flush()


def states(cast: Cast, name: str, key: str = ESSAY) -> list[str]:
    """The states in a person's ledger, in order."""
    return [entry.state for entry in ledger(cast, name, key)]


# Setting up


def test_a_new_edition_gets_the_assignments_of_its_release_with_its_own_dates(cast: Cast) -> None:
    essay = assignment(cast)
    assert essay.opens_at.isoformat() == "2026-03-16T07:00:00+00:00"
    assert essay.due_at.isoformat() == "2026-04-10T21:59:00+00:00"  # summer time began on 29 March
    assert essay.item_key == ESSAY
    assert db.session.scalar(select(func.count()).select_from(Assignment)) == 4


def test_a_rubric_that_is_not_worth_its_item_stops_the_edition(cast: Cast, now: Any) -> None:
    content = small_course()
    document = to_document(content)
    document["assignments"][1]["rubric"][0]["maximum"] = "5"
    release = CourseRelease(
        course_id=cast.edition.course_id, number=2, digest=digest_of(document), document=document, imported_at=now
    )
    db.session.add(release)
    db.session.flush()
    with pytest.raises(RuleViolation, match="35 points, the grade item to 40"):
        create_assignments(cast.edition, release, now)


# Drafts


def test_nothing_that_was_typed_is_lost_to_a_second_tab(cast: Cast) -> None:
    write(cast, "participant", "first tab", ESSAY_OPEN)
    saved = write(cast, "participant", "second tab", ESSAY_OPEN, revision=0)
    assert saved.is_conflict
    assert saved.draft.body == "first tab"
    assert set(db.session.scalars(select(DraftVersion.body))) == {"first tab", "second tab"}


def test_a_conflict_that_repeats_fills_nothing_twice(cast: Cast) -> None:
    write(cast, "participant", "first tab", ESSAY_OPEN)
    for _try in range(3):
        write(cast, "participant", "second tab", ESSAY_OPEN, revision=0)
    assert db.session.scalar(select(func.count()).select_from(DraftVersion)) == 2


def test_what_a_co_author_saved_over_is_in_the_history(cast: Cast) -> None:
    make_group(cast, "participant", "other_participant")
    write(cast, "participant", "hers", GROUP_OPEN, key=TEAMWORK, part="proposal")
    write(cast, "other_participant", "his", GROUP_OPEN, key=TEAMWORK, part="proposal")
    version = db.session.scalars(select(DraftVersion)).one()
    assert (version.body, version.saved_by_id) == ("hers", cast.enrolments["participant"])


def test_nobody_writes_before_the_opening_after_the_close_or_once_marked(cast: Cast, now: Any) -> None:
    with pytest.raises(RuleViolation, match="not opened yet"):
        write(cast, "participant", "x", now)
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    with pytest.raises(RuleViolation, match="handed in and stays"):
        write(cast, "participant", "x", ESSAY_OPEN)


def test_staff_and_people_of_another_edition_cannot_write(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        write(cast, "tutor", "x", ESSAY_OPEN)
    with pytest.raises(NotFound):
        write(cast, "participant", "x", ESSAY_OPEN, part="essay", key="nothing")


# Handing in


def test_handing_in_freezes_the_text_and_posts_that_it_waits(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    write(cast, "participant", "changed afterwards", ESSAY_OPEN)
    db.session.refresh(submission)
    assert submission.parts[0].body == words(1600)
    assert (submission.word_count, submission.late_by_minutes, submission.number) == (1600, 0, 1)
    entry = ledger(cast, "participant")[0]
    assert (entry.state, entry.is_complete, entry.source) == ("submitted", False, f"submission {submission.id}")


def test_asking_twice_hands_in_once_even_after_the_window_closed(cast: Cast) -> None:
    first = essay_of(cast, "participant", ESSAY_LAST_INSTANT)
    again = submit_work(
        cast.member("participant"), assignment_key=ESSAY, number=1, digest=first.digest, now=ESSAY_TOO_LATE
    )
    assert again is first
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    assert states(cast, "participant") == ["submitted"]


def test_one_second_after_the_minute_is_late_and_is_told_in_minutes(cast: Cast) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    assert hand_in(cast, "participant", ESSAY_TOO_LATE).late_by_minutes == 1
    write(cast, "other_participant", words(1600), ESSAY_OPEN)
    assert hand_in(cast, "other_participant", ESSAY_LAST_INSTANT).late_by_minutes == 0


def test_where_late_work_is_closed_it_is_refused(cast: Cast) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    task = assignment(cast)
    task.document = {**task.document, "late": "closed"}
    db.session.flush()
    with pytest.raises(RuleViolation, match="late work is not accepted"):
        hand_in(cast, "participant", ESSAY_TOO_LATE)


def test_a_late_second_version_never_takes_the_place_of_one_that_came_on_time(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    with pytest.raises(RuleViolation):
        hand_in(cast, "participant", ESSAY_TOO_LATE)
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    assert states(cast, "participant")[-1] == "marked"


def test_an_extension_granted_after_a_late_submission_makes_it_on_time(cast: Cast) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    submission = hand_in(cast, "participant", ESSAY_TOO_LATE)
    extend(cast, ESSAY_TOO_LATE + timedelta(days=1), enrolment_id=cast.enrolments["participant"])
    finish(cast, submission, ESSAY_TOO_LATE)
    assert ledger(cast, "participant")[0].basis["late_by_minutes"] == 1
    assert ledger(cast, "participant")[-1].basis["late_by_minutes"] == 0


def test_a_text_that_changed_since_the_check_is_not_handed_in(cast: Cast) -> None:
    write(cast, "participant", "as checked", ESSAY_OPEN)
    with pytest.raises(ChangedSinceCheck):
        submit_work(
            cast.member("participant"), assignment_key=ESSAY, number=1, digest="of something else", now=ESSAY_OPEN
        )


def test_a_closed_edition_takes_work_only_within_an_extension(cast: Cast) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    closing = ESSAY_TOO_LATE + timedelta(days=10)
    cast.edition.closed_at = closing
    with pytest.raises(RuleViolation):
        hand_in(cast, "participant", closing)
    extend(cast, closing + timedelta(days=30), enrolment_id=cast.enrolments["participant"])
    submission = hand_in(cast, "participant", closing + timedelta(days=5))
    assert submission.late_by_minutes == 0
    finish(cast, submission, closing + timedelta(days=6))
    last = ledger(cast, "participant")[-1]
    assert (last.state, last.points, last.reason_code) == (
        "marked",
        Decimal("30.00"),
        "late_after_closing",
    )


def test_a_receipt_is_mailed_to_everybody_whose_work_it_is(cast: Cast) -> None:
    make_group(cast, "participant", "other_participant", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    recipients = set(db.session.scalars(select(OutboxMessage.recipient)))
    assert recipients == {"participant@example.org", "other.participant@example.org"}


def test_work_given_back_can_be_handed_in_again_and_the_first_stays(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    later = ESSAY_TOO_LATE + timedelta(days=1)
    with pytest.raises(NotAllowed):
        reopen_submission(cast.member("participant"), submission_id=submission.id, reason="x", now=later)
    with pytest.raises(RuleViolation, match="Say why"):
        reopen_submission(cast.member("tutor"), submission_id=submission.id, reason=" ", now=later)
    with pytest.raises(NotFound):
        reopen_submission(cast.member("other_tutor"), submission_id=submission.id, reason="x", now=later)
    reopen_submission(cast.member("tutor"), submission_id=submission.id, reason="Half is missing", now=later)
    write(cast, "participant", words(1700), later)
    second = hand_in(cast, "participant", later)
    assert (second.number, second.late_by_minutes > 0) == (2, True)
    assert states(cast, "participant") == ["submitted", "marked", "submitted"]
    with pytest.raises(RuleViolation, match="newer version"):
        reopen_submission(cast.member("tutor"), submission_id=submission.id, reason="again", now=later)


# Groups and their work


def test_who_is_in_no_group_cannot_open_the_task(cast: Cast) -> None:
    with pytest.raises(NotAllowed, match="no group"):
        write(cast, "participant", "x", GROUP_OPEN, key=TEAMWORK, part="proposal")


def test_nobody_is_in_two_groups_at_once(cast: Cast) -> None:
    one = make_group(cast, "participant", name="One")
    two = make_group(cast, name="Two")
    move_people(cast.member("coordinator"), [Move(cast.enrolments["participant"], one.id, two.id)], now=GROUP_OPEN)
    current = db.session.scalars(
        select(GroupMember.group_id).where(
            GroupMember.enrolment_id == cast.enrolments["participant"], GroupMember.left_at.is_(None)
        )
    ).all()
    assert current == [two.id]


def test_the_database_itself_refuses_a_second_group(cast: Cast) -> None:
    from sqlalchemy.exc import IntegrityError

    make_group(cast, "participant", name="One")
    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_group(cast, "participant", name="Two")


def test_all_members_get_the_groups_mark_and_the_absent_get_none(cast: Cast) -> None:
    make_group(cast, "participant", "other_participant", "third_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    parts = {
        cast.enrolments["participant"]: Part(True, Decimal(0), ""),
        cast.enrolments["other_participant"]: Part(True, Decimal("-2.5"), "wrote one part only"),
        cast.enrolments["third_participant"]: Part(False, Decimal(0), ""),
    }
    finish(cast, submission, GROUP_OPEN, "8", parts=parts)
    first, second, third = (
        ledger(cast, name, TEAMWORK)[-1] for name in ("participant", "other_participant", "third_participant")
    )
    assert (first.points, first.is_complete) == (Decimal("24.00"), True)
    assert (second.points, second.basis["adjustment"]) == (Decimal("21.50"), "-2.50")
    assert second.basis["adjustment_reason"] == "wrote one part only"
    assert (third.state, third.points, third.is_complete) == ("cleared", None, False)


def test_an_adjusted_mark_stays_between_zero_and_the_maximum(cast: Cast) -> None:
    make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    for key, points in ((mine, "3.5"), (other, "-27.5")):
        with pytest.raises(RuleViolation, match="between 0 and the maximum"):
            finish(cast, submission, GROUP_OPEN, "9", parts={key: Part(True, Decimal(points), "copied")})
    parts = {mine: Part(True, Decimal(3), "led everything"), other: Part(True, Decimal(-27), "copied")}
    finish(cast, submission, GROUP_OPEN, "9", parts=parts)
    assert ledger(cast, "participant", TEAMWORK)[-1].points == Decimal("30.00")
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points == Decimal("0.00")


def test_marks_follow_the_roster_when_somebody_changes_group_afterwards(cast: Cast) -> None:
    one = make_group(cast, "participant", "other_participant", name="One", ambassador="participant")
    two = make_group(cast, "third_participant", name="Two", ambassador="third_participant")
    finish(cast, teamwork_of(cast, "participant", GROUP_OPEN), GROUP_OPEN, "6")
    mover = cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(mover, one.id, two.id)], now=GROUP_OPEN)
    second = teamwork_of(cast, "third_participant", GROUP_OPEN)
    assert states(cast, "other_participant", TEAMWORK) == ["submitted", "marked"]
    finish(cast, second, GROUP_OPEN, "9")
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points == Decimal("18.00")
    assert ledger(cast, "third_participant", TEAMWORK)[-1].points == Decimal("27.00")
    included = {
        mover: Part(True, Decimal(0), "did most of the second text"),
        cast.enrolments["third_participant"]: Part(True, Decimal(0), ""),
    }
    finish(cast, second, GROUP_OPEN, "9", parts=included, revision=1, reason="asked by both groups")
    marks = [entry.points for entry in ledger(cast, "other_participant", TEAMWORK) if entry.state == "marked"]
    assert marks == [Decimal("18.00"), Decimal("27.00")]


def test_who_joined_after_handing_in_gets_the_mark_only_with_a_reason(cast: Cast) -> None:
    group = make_group(cast, "participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    newcomer = cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(newcomer, None, group.id)], now=GROUP_OPEN)
    finish(cast, submission, GROUP_OPEN)
    assert ledger(cast, "other_participant", TEAMWORK) == []
    included = {cast.enrolments["participant"]: Part(True, Decimal(0), ""), newcomer: Part(True, Decimal(0), "")}
    with pytest.raises(RuleViolation, match="Say why for Other Participant"):
        finish(cast, submission, GROUP_OPEN, parts=included, revision=1, reason="asked")
    included[newcomer] = Part(True, Decimal(0), "helped from the start")
    finish(cast, submission, GROUP_OPEN, parts=included, revision=1, reason="asked")
    assert ledger(cast, "other_participant", TEAMWORK)[-1].points == Decimal("22.50")
    included[newcomer] = Part(False, Decimal(0), "")
    finish(cast, submission, GROUP_OPEN, parts=included, revision=2, reason="a mistake")
    assert states(cast, "other_participant", TEAMWORK)[-1] == "cleared"


def test_the_roster_is_copied_when_the_group_hands_in(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    move_people(cast.member("coordinator"), [Move(cast.enrolments["participant"], group.id, None)], now=GROUP_OPEN)
    roster = set(
        db.session.scalars(select(SubmissionMember.enrolment_id).where(SubmissionMember.submission_id == submission.id))
    )
    assert roster == {cast.enrolments["participant"], cast.enrolments["other_participant"]}


def test_when_the_ambassador_leaves_the_deputy_hands_in_and_the_work_stays(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", "third_participant", ambassador="participant")
    group.deputy_id = cast.enrolments["other_participant"]
    write(cast, "participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    cast.enrolment("participant").withdrawn_at = GROUP_OPEN
    db.session.flush()
    with pytest.raises(NotAllowed, match="ambassador or deputy"):
        hand_in(cast, "third_participant", GROUP_OPEN, key=TEAMWORK)
    submission = hand_in(cast, "other_participant", GROUP_OPEN, key=TEAMWORK)
    assert submission.word_count == 50
    assert cast.enrolments["participant"] not in {member.enrolment_id for member in submission.roster}


def test_without_ambassador_and_deputy_a_tutor_hands_in(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant")
    write(cast, "participant", words(50), GROUP_OPEN, key=TEAMWORK, part="proposal")
    with pytest.raises(NotAllowed):
        hand_in(cast, "participant", GROUP_OPEN, key=TEAMWORK)
    from lms.assignments.queries.work import get_standing
    from lms.assignments.services.submissions import check_work

    check = check_work(get_standing(cast.edition.id, TEAMWORK, group_id=group.id, now=GROUP_OPEN), GROUP_OPEN)
    submission = submit_work(
        cast.member("tutor"), assignment_key=TEAMWORK, number=1, digest=check.digest, now=GROUP_OPEN, group_id=group.id
    )
    assert len(submission.roster) == 2
    assert states(cast, "participant", TEAMWORK) == ["submitted"]


def test_a_groups_extension_moves_its_deadline_for_all_members(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant", ambassador="participant")
    extend(cast, GROUP_TOO_LATE + timedelta(days=2), TEAMWORK, group_id=group.id)
    assert teamwork_of(cast, "participant", GROUP_TOO_LATE).late_by_minutes == 0


def test_two_coordinators_who_move_one_person_are_told(cast: Cast) -> None:
    one, two = make_group(cast, name="One"), make_group(cast, name="Two")
    mine = cast.enrolments["participant"]
    assert move_people(cast.member("coordinator"), [Move(mine, None, one.id)], now=GROUP_OPEN) == []
    assert move_people(cast.member("coordinator"), [Move(mine, None, two.id)], now=GROUP_OPEN) == ["Participant"]


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer", "outsider"])
def test_only_coordinators_make_and_fill_groups(cast: Cast, name: str) -> None:
    actor = cast.member(name)
    group = make_group(cast)
    with pytest.raises(NotAllowed):
        group_services.create_group(actor, name="X", now=GROUP_OPEN)
    with pytest.raises(NotAllowed):
        group_services.update_group(actor, group, name="X", ambassador_id=None, deputy_id=None, now=GROUP_OPEN)
    with pytest.raises(NotAllowed):
        group_services.remove_group(actor, group, now=GROUP_OPEN)
    with pytest.raises(NotAllowed):
        move_people(actor, [], now=GROUP_OPEN)


def test_a_coordinator_of_another_edition_cannot_touch_a_group(cast: Cast) -> None:
    group = make_group(cast)
    actor = cast.member("other_coordinator")
    with pytest.raises(NotFound):
        group_services.update_group(actor, group, name="X", ambassador_id=None, deputy_id=None, now=GROUP_OPEN)
    with pytest.raises(NotFound):
        group_services.remove_group(actor, group, now=GROUP_OPEN)
    with pytest.raises(NotFound):
        move_people(actor, [Move(cast.enrolments["outsider"], None, group.id)], now=GROUP_OPEN)


def test_a_second_choice_replaces_the_first(cast: Cast) -> None:
    group = make_group(cast, "participant", "other_participant")
    mine, other = cast.enrolments["participant"], cast.enrolments["other_participant"]
    assert not nominate(cast.member("participant"), nominee_id=mine, now=GROUP_OPEN)
    assert not nominate(cast.member("participant"), nominee_id=other, now=GROUP_OPEN)
    assert nominate(cast.member("other_participant"), nominee_id=other, now=GROUP_OPEN)
    assert group.ambassador_id == other


# Marking


def test_an_essay_marked_zero_is_complete_and_counts_zero(cast: Cast) -> None:
    finish(cast, essay_of(cast, "participant", ESSAY_OPEN), ESSAY_OPEN, "0")
    entry = ledger(cast, "participant")[-1]
    assert (entry.state, entry.points, entry.is_complete) == ("marked", Decimal("0.00"), True)


def test_a_draft_mark_posts_nothing(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    marking = Marking({"e1": Decimal(5)}, {})
    saved = save_marking(cast.member("tutor"), submission_id=submission.id, marking=marking, revision=0, now=ESSAY_OPEN)
    assert saved.assessment.finished_at is None
    assert states(cast, "participant") == ["submitted"]


def test_a_partial_rubric_cannot_be_finished(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    marking = Marking({"e1": Decimal(5), "e2": Decimal(5), "e3": Decimal(5)}, {})
    with pytest.raises(RuleViolation, match="every criterion"):
        save_marking(
            cast.member("tutor"), submission_id=submission.id, marking=marking, revision=0, now=ESSAY_OPEN,
            is_finished=True,
        )  # fmt: skip


@pytest.mark.parametrize("points", ["10.5", "-0.5", "7.3"])
def test_the_service_refuses_points_outside_the_rubric(cast: Cast, points: str) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    with pytest.raises(RuleViolation, match="half a point"):
        finish(cast, submission, ESSAY_OPEN, points)


def test_the_basis_of_a_mark_shows_every_criterion(cast: Cast) -> None:
    finish(cast, essay_of(cast, "participant", ESSAY_OPEN), ESSAY_OPEN, "7.5")
    basis = ledger(cast, "participant")[-1].basis
    assert [line["points"] for line in basis["rubric"]] == ["7.50"] * 4
    assert basis["rubric"][0]["maximum"] == "10.00"
    assert basis["rubric"][0]["title"]["en"] == "Criterion e1"
    assert basis["adjustment"] is None


def test_a_second_tutor_with_an_old_page_changes_nothing(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN, "6")
    second = save_marking(
        cast.member("coordinator"), submission_id=submission.id, marking=full_marking(submission, "9"), revision=0,
        now=ESSAY_OPEN, is_finished=True, reason="mine",
    )  # fmt: skip
    assert second.is_conflict
    assert ledger(cast, "participant")[-1].points == Decimal("24.00")


def test_finishing_twice_with_the_same_marks_is_one_mark(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    assert not finish(cast, submission, ESSAY_OPEN).is_conflict
    assert states(cast, "participant") == ["submitted", "marked"]


def test_what_another_tutor_had_drafted_stays_in_the_record(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    for name, points, revision in (("tutor", "6", 0), ("coordinator", "9", 1)):
        save_marking(
            cast.member(name), submission_id=submission.id, marking=full_marking(submission, points),
            revision=revision, now=ESSAY_OPEN,
        )  # fmt: skip
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "draft mark taken over")).one()
    assert event.details["before"]["scores"]["e1"] == "6.00"


def test_a_finished_mark_changes_with_a_reason_and_both_lines_stay(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN, "6")
    with pytest.raises(RuleViolation, match="Say why it changes"):
        finish(cast, submission, ESSAY_OPEN, "7", revision=1)
    finish(cast, submission, ESSAY_OPEN, "7", revision=1, reason="added up wrongly")
    lines = [(entry.points, entry.reason) for entry in ledger(cast, "participant")]
    assert lines == [(None, ""), (Decimal("24.00"), ""), (Decimal("28.00"), "added up wrongly")]


def test_an_older_version_cannot_be_finished(cast: Cast) -> None:
    first = essay_of(cast, "participant", ESSAY_OPEN)
    write(cast, "participant", words(1700), ESSAY_OPEN)
    hand_in(cast, "participant", ESSAY_OPEN)
    with pytest.raises(RuleViolation, match="newer version"):
        finish(cast, first, ESSAY_OPEN)


def test_the_rubric_in_force_is_the_one_the_marking_began_with(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    save_marking(
        cast.member("tutor"), submission_id=submission.id, marking=Marking({"e1": Decimal(5)}, {}), revision=0,
        now=ESSAY_OPEN,
    )  # fmt: skip
    task = assignment(cast)
    task.document = {**task.document, "rubric": task.document["rubric"][:1]}
    db.session.flush()
    saved = save_marking(
        cast.member("tutor"), submission_id=submission.id,
        marking=Marking({f"e{n}": Decimal(5) for n in range(1, 5)}, {}), revision=1, now=ESSAY_OPEN, is_finished=True,
    )  # fmt: skip
    assert len(saved.assessment.scores) == 4
    assert ledger(cast, "participant")[-1].points == Decimal("20.00")


@pytest.mark.parametrize("name", ["participant", "other_participant", "sponsor_viewer"])
def test_nobody_but_teachers_marks(cast: Cast, name: str) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    with pytest.raises(NotAllowed):
        save_marking(
            cast.member(name), submission_id=submission.id, marking=full_marking(submission), revision=0, now=ESSAY_OPEN
        )


def test_a_tutor_of_another_edition_cannot_mark(cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    with pytest.raises(NotFound):
        save_marking(
            cast.member("other_tutor"), submission_id=submission.id, marking=full_marking(submission), revision=0,
            now=ESSAY_OPEN,
        )  # fmt: skip


def test_a_document_sent_again_because_the_answer_was_lost_changes_nothing(cast: Cast) -> None:
    """It was: two equal texts, and the question which of them to keep."""
    document = docx("The words")
    first = write(cast, "participant", "Beside it.", ESSAY_OPEN, upload=upload(document), revision=0)
    revision, file_id = first.draft.revision, first.draft.file_id
    again = write(cast, "participant", "Beside it.", ESSAY_OPEN, upload=upload(document), revision=0)
    assert not again.is_conflict
    assert (again.draft.revision, again.draft.file_id) == (revision, file_id)
    assert db.session.scalars(select(DraftVersion)).all() == []
    assert len(db.session.scalars(select(StoredFile)).all()) == 1
    other = write(cast, "participant", "Beside it.", ESSAY_OPEN, upload=upload(docx("Other words")))
    assert other.draft.file_id != file_id
