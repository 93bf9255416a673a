"""Reads for dashboards, queues and pages: what they say, and what they cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from lms.assignments.domain.handing_in import Phase
from lms.assignments.models import Submission
from lms.assignments.queries import group_of, people_without_group, task_states, waiting_counts
from lms.assignments.queries.marking import QueueState, marking_queue
from lms.assignments.queries.work import assignment_dates
from lms.assignments.services.drafts import save_draft
from lms.assignments.services.submissions import reopen_submission
from lms.core.db import db
from lms.grading.queries import get_item
from tests.assignments.making import (
    ESSAY,
    ESSAY_OPEN,
    ESSAY_TOO_LATE,
    GROUP_OPEN,
    TEAMWORK,
    assignment,
    essay_of,
    finish,
    hand_in,
    make_group,
    teamwork_of,
    words,
    write,
)
from tests.assignments.test_services import extend
from tests.factories import Cast, enrol, make_person


def phases(cast: Cast, name: str, now: Any) -> dict[str, Phase]:
    """Where somebody stands with each assignment."""
    return {task.assignment.key: task.state for task in task_states(cast.edition.id, cast.enrolments[name], now=now)}


def test_task_states_follow_the_work_from_opening_to_released_mark(cast: Cast, now: Any) -> None:
    assert phases(cast, "participant", now) == {TEAMWORK: Phase.NO_GROUP, ESSAY: Phase.NOT_OPEN}
    make_group(cast, "participant", ambassador="participant")
    assert phases(cast, "participant", ESSAY_OPEN) == {TEAMWORK: Phase.OPEN, ESSAY: Phase.OPEN}
    assert phases(cast, "participant", ESSAY_TOO_LATE) == {TEAMWORK: Phase.LATE, ESSAY: Phase.LATE}
    teamwork_of(cast, "participant", ESSAY_OPEN)
    essay = essay_of(cast, "participant", ESSAY_OPEN)
    assert phases(cast, "participant", ESSAY_OPEN) == {TEAMWORK: Phase.HANDED_IN, ESSAY: Phase.HANDED_IN}
    finish(cast, essay, ESSAY_OPEN)
    assert phases(cast, "participant", ESSAY_OPEN)[ESSAY] is Phase.HANDED_IN
    get_item(cast.edition.id, ESSAY).released_at = ESSAY_OPEN
    db.session.flush()
    assert phases(cast, "participant", ESSAY_OPEN)[ESSAY] is Phase.MARKED
    reopen_submission(cast.member("tutor"), submission_id=essay.id, reason="why", now=ESSAY_OPEN)
    assert phases(cast, "participant", ESSAY_OPEN)[ESSAY] is Phase.REOPENED


def test_task_states_give_the_earliest_deadline_first_with_extensions(cast: Cast) -> None:
    later = ESSAY_TOO_LATE + timedelta(days=5)
    extend(cast, later, enrolment_id=cast.enrolments["participant"])
    tasks = task_states(cast.edition.id, cast.enrolments["participant"], now=ESSAY_OPEN)
    assert [task.assignment.key for task in tasks] == [TEAMWORK, ESSAY]
    assert tasks[1].due_at == later
    assert tasks[1].submission is None
    others = task_states(cast.edition.id, cast.enrolments["other_participant"], now=ESSAY_OPEN)
    assert others[1].due_at == assignment(cast).due_at


def test_the_latest_extension_holds_even_when_it_is_earlier(cast: Cast) -> None:
    mine = cast.enrolments["participant"]
    extend(cast, ESSAY_TOO_LATE + timedelta(days=5), enrolment_id=mine)
    extend(cast, ESSAY_TOO_LATE + timedelta(days=1), enrolment_id=mine)
    tasks = task_states(cast.edition.id, mine, now=ESSAY_OPEN)
    assert tasks[1].due_at == ESSAY_TOO_LATE + timedelta(days=1)


def test_task_states_cost_four_statements(cast: Cast, count_queries: Any) -> None:
    make_group(cast, "participant", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    db.session.flush()
    with count_queries() as statements:
        task_states(cast.edition.id, cast.enrolments["participant"], now=GROUP_OPEN)
    assert len(statements) == 4


def test_work_of_a_former_group_is_shown_beside_that_of_the_present_one(cast: Cast) -> None:
    from lms.assignments.queries.work import get_standing
    from lms.assignments.services.groups import Move, move_people

    one = make_group(cast, "participant", "other_participant", name="One", ambassador="participant")
    two = make_group(cast, name="Two")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    mover = cast.enrolments["other_participant"]
    move_people(cast.member("coordinator"), [Move(mover, one.id, two.id)], now=GROUP_OPEN)
    standing = get_standing(cast.edition.id, TEAMWORK, enrolment_id=mover, now=GROUP_OPEN)
    assert standing.submission is None
    assert [row.submission.id for row in standing.elsewhere] == [submission.id]


def test_the_queue_holds_the_latest_of_each_with_the_oldest_first(cast: Cast) -> None:
    essay_of(cast, "participant", ESSAY_OPEN)
    essay_of(cast, "other_participant", ESSAY_OPEN + timedelta(hours=1))
    write(cast, "participant", words(1700), ESSAY_OPEN + timedelta(hours=2))
    hand_in(cast, "participant", ESSAY_OPEN + timedelta(hours=2))
    rows = marking_queue(cast.member("coordinator"))
    assert [(row.name, row.number, row.word_count) for row in rows] == [
        ("Other Participant", 1, 1600),
        ("Participant", 2, 1700),
    ]
    assert marking_queue(cast.member("other_coordinator")) == []


def test_the_queue_and_the_counts_agree_on_every_state(cast: Cast) -> None:
    make_group(cast, "participant", ambassador="participant")
    teamwork_of(cast, "participant", GROUP_OPEN)
    first = essay_of(cast, "participant", ESSAY_OPEN)
    second = essay_of(cast, "other_participant", ESSAY_OPEN)
    third = essay_of(cast, "third_participant", ESSAY_OPEN)
    finish(cast, first, ESSAY_OPEN)
    reopen_submission(cast.member("tutor"), submission_id=second.id, reason="why", now=ESSAY_OPEN)
    from lms.assignments.services.marking import save_marking
    from lms.assignments.services.posting import Marking

    save_marking(
        cast.member("tutor"), submission_id=third.id, marking=Marking({}, {}, "to read"), revision=0, now=ESSAY_OPEN
    )
    states = {row.name: row.state for row in marking_queue(cast.member("coordinator"), ESSAY)}
    assert states == {
        "Participant": QueueState.FINISHED,
        "Other Participant": QueueState.REOPENED,
        "Third Participant": QueueState.DRAFT,
    }
    counts = {
        count.assignment.key: (count.waiting, count.draft, count.finished) for count in waiting_counts(cast.edition.id)
    }
    assert counts == {TEAMWORK: (1, 0, 0), ESSAY: (0, 1, 1)}


def test_lateness_in_the_queue_follows_the_deadline_that_holds_now(cast: Cast) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    hand_in(cast, "participant", ESSAY_TOO_LATE)
    assert marking_queue(cast.member("coordinator"))[0].late_by_minutes == 1
    extend(cast, ESSAY_TOO_LATE + timedelta(days=1), enrolment_id=cast.enrolments["participant"])
    assert marking_queue(cast.member("coordinator"))[0].late_by_minutes == 0


def test_the_queue_costs_the_same_for_two_and_for_forty(cast: Cast, count_queries: Any) -> None:
    actor = cast.member("coordinator")
    assert actor.edition.id

    def cost() -> int:
        with count_queries() as statements:
            marking_queue(actor)
            waiting_counts(actor.edition.id)
        return len(statements)

    essay_of(cast, "participant", ESSAY_OPEN)
    db.session.flush()
    few = cost()
    task = assignment(cast)
    for number in range(40):
        enrolment = enrol(make_person(f"Somebody {number}", ESSAY_OPEN), cast.edition, "participant", ESSAY_OPEN)
        db.session.add(
            Submission(
                assignment_id=task.id, enrolment_id=enrolment.id, number=1, submitted_at=ESSAY_OPEN, word_count=1,
                digest="0" * 64,
            )
        )  # fmt: skip
    db.session.flush()
    assert len(marking_queue(cast.member("coordinator"))) == 41
    assert cost() == few == 7


def test_people_without_a_group_are_named_and_the_withdrawn_are_not(cast: Cast) -> None:
    group = make_group(cast, "participant")
    cast.enrolment("third_participant").withdrawn_at = GROUP_OPEN
    db.session.flush()
    assert [each.person.full_name for each in people_without_group(cast.edition.id)] == ["Other Participant"]
    assert group_of(cast.enrolments["participant"]) is group
    assert group_of(cast.enrolments["other_participant"]) is None


def test_the_course_pages_learn_the_dates_that_hold_for_a_person(cast: Cast, count_queries: Any) -> None:
    group = make_group(cast, "participant")
    later = ESSAY_TOO_LATE + timedelta(days=7)
    extend(cast, ESSAY_TOO_LATE + timedelta(days=9), enrolment_id=cast.enrolments["participant"])
    extend(cast, later, enrolment_id=cast.enrolments["participant"])
    extend(cast, ESSAY_TOO_LATE, TEAMWORK, group_id=group.id)
    member = cast.member("participant")
    with count_queries() as statements:
        mine = assignment_dates(member)
    assert len(statements) == 1
    assert mine[ESSAY].closes_at == later
    assert mine[TEAMWORK].closes_at == ESSAY_TOO_LATE
    for name in ("other_participant", "tutor", "administrator"):
        theirs = assignment_dates(cast.member(name))
        assert theirs[ESSAY].closes_at == assignment(cast).due_at
        assert theirs[TEAMWORK].closes_at == assignment(cast, TEAMWORK).due_at


def done_by(cast: Cast, name: str) -> set[str]:
    return {key for key, found in assignment_dates(cast.member(name)).items() if found.is_done}


def test_work_that_was_handed_in_is_done_until_it_is_given_back(cast: Cast) -> None:
    make_group(cast, "participant", "other_participant", ambassador="participant")
    assert done_by(cast, "participant") == set()
    essay = essay_of(cast, "participant", ESSAY_OPEN)
    teamwork_of(cast, "participant", GROUP_OPEN)
    assert done_by(cast, "participant") == {ESSAY, TEAMWORK}
    assert done_by(cast, "other_participant") == {TEAMWORK}
    assert done_by(cast, "tutor") == set()
    reopen_submission(cast.member("tutor"), submission_id=essay.id, reason="why", now=ESSAY_OPEN)
    assert done_by(cast, "participant") == {TEAMWORK}


def test_a_second_instant_creation_of_the_same_draft_is_one_draft(cast: Cast) -> None:
    for body in ("once", "once"):
        saved = save_draft(
            cast.member("participant"), assignment_key=ESSAY, part_key="essay", body=body, revision=0, now=ESSAY_OPEN
        )
        assert not saved.is_conflict
    assert saved.draft.revision == 1
