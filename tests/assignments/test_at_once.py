"""Two requests in the same instant, each in a thread and a transaction of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from lms.accounts import corrections
from lms.accounts.models import Person
from lms.assignments.models import Assignment, Draft, DraftVersion, GroupMember, Nomination, Submission
from lms.assignments.services.drafts import save_draft
from lms.assignments.services.groups import Move, move_people, nominate
from lms.assignments.services.marking import save_marking
from lms.assignments.services.submissions import submit_work
from lms.assignments.services.tasks import adopt_assignment
from lms.core.db import db, unit_of_work
from lms.core.errors import Refusal
from lms.core.outbox import OutboxMessage
from lms.courses.correcting import correct_person
from lms.courses.domain.roles import Role
from lms.courses.enrolling import enrol_by_address
from lms.courses.models import Edition, Enrolment
from lms.courses.permissions import Member
from lms.quizzes.models import Quiz
from lms.quizzes.services.adopting import adopt_quiz
from tests.assignments.making import (
    ESSAY,
    ESSAY_OPEN,
    GROUP_OPEN,
    essay_of,
    full_marking,
    ledger,
    make_group,
    words,
    write,
)
from tests.factories import Cast, enrol, make_person


def at_once(app: Flask, *actions: Callable[[], Any]) -> list[Any]:
    """What each action returned, or the refusal that it met, when all begin together."""
    db.session.commit()
    barrier = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait(10)
            try:
                with unit_of_work():
                    results[number] = actions[number]()
            except Refusal as refusal:
                results[number] = refusal
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.session.expire_all()
    return results


def member(cast: Cast, name: str) -> Member:
    """The actor as this thread's session knows them."""
    enrolment = db.session.get_one(Enrolment, cast.enrolments[name])
    return Member(
        db.session.get_one(Person, cast.people[name]), db.session.get_one(Edition, enrolment.edition_id), enrolment
    )


def test_a_double_click_hands_in_once(app: Flask, cast: Cast) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    from lms.assignments.queries.work import get_standing
    from lms.assignments.services.submissions import check_work

    standing = get_standing(cast.edition.id, ESSAY, enrolment_id=cast.enrolments["participant"], now=ESSAY_OPEN)
    digest = check_work(standing, ESSAY_OPEN).digest

    def submit() -> int:
        actor = member(cast, "participant")
        return submit_work(actor, assignment_key=ESSAY, number=1, digest=digest, now=ESSAY_OPEN).id

    results = at_once(app, *[submit] * 4)
    assert len(set(results)) == 1
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 1
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted"]


def test_two_first_saves_keep_both_texts(app: Flask, cast: Cast) -> None:
    def save(body: str) -> Callable[[], bool]:
        def run() -> bool:
            actor = member(cast, "participant")
            return save_draft(
                actor, assignment_key=ESSAY, part_key="essay", body=body, revision=0, now=ESSAY_OPEN
            ).is_conflict

        return run

    assert sorted(at_once(app, save("one text"), save("another text"))) == [False, True]
    draft = db.session.scalars(select(Draft)).one()
    kept = {draft.body, *db.session.scalars(select(DraftVersion.body))}
    assert kept == {"one text", "another text"}


def test_two_tutors_who_finish_at_once_leave_one_mark(app: Flask, cast: Cast) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    markings = {name: full_marking(submission, points) for name, points in (("tutor", "6"), ("coordinator", "9"))}
    submission_id = submission.id

    def finish(name: str) -> Callable[[], bool]:
        def run() -> bool:
            return save_marking(
                member(cast, name), submission_id=submission_id, marking=markings[name], revision=0, now=ESSAY_OPEN,
                is_finished=True,
            ).is_conflict  # fmt: skip

        return run

    assert sorted(at_once(app, finish("tutor"), finish("coordinator"))) == [False, True]
    assert [entry.state for entry in ledger(cast, "participant")] == ["submitted", "marked"]


def test_somebody_moved_to_two_groups_at_once_is_in_one(app: Flask, cast: Cast) -> None:
    one, two = make_group(cast, name="One").id, make_group(cast, name="Two").id

    def move(to: int) -> Callable[[], list[str]]:
        return lambda: move_people(
            member(cast, "coordinator"), [Move(cast.enrolments["participant"], None, to)], now=GROUP_OPEN
        )

    assert sorted(at_once(app, move(one), move(two))) == [[], ["Participant"]]
    assert len(db.session.scalars(select(GroupMember).where(GroupMember.left_at.is_(None))).all()) == 1


def test_two_clicks_on_a_nomination_are_one_vote(app: Flask, cast: Cast) -> None:
    make_group(cast, "participant", "other_participant", "third_participant")

    def vote() -> bool:
        return nominate(member(cast, "participant"), nominee_id=cast.enrolments["other_participant"], now=GROUP_OPEN)

    assert at_once(app, vote, vote, vote) == [False, False, False]
    assert len(db.session.scalars(select(Nomination)).all()) == 1


def test_an_assignment_taken_over_by_two_coordinators_at_once_is_there_once(app: Flask, cast: Cast) -> None:
    db.session.execute(delete(Assignment).where(Assignment.key == ESSAY))

    def adopt() -> int:
        return adopt_assignment(member(cast, "coordinator"), assignment_key=ESSAY, now=ESSAY_OPEN).id

    assert len(set(at_once(app, *[adopt] * 4))) == 1
    assert db.session.scalar(select(func.count()).where(Assignment.key == ESSAY)) == 1


def test_a_quiz_taken_over_by_two_coordinators_at_once_is_there_once(app: Flask, cast: Cast) -> None:
    theirs = Quiz.edition_id == cast.edition.id, Quiz.key == "quiz-6"
    db.session.execute(delete(Quiz).where(*theirs))

    def adopt() -> int:
        return adopt_quiz(member(cast, "coordinator"), "quiz-6", ESSAY_OPEN).id

    assert len(set(at_once(app, *[adopt] * 4))) == 1
    assert db.session.scalar(select(func.count()).where(*theirs)) == 1


def test_an_address_enrolled_while_its_account_moves_away_gets_an_account_of_its_own(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_person("Moving", ESSAY_OPEN, email="old@example.org")
    enrolment = enrol(person, cast.edition, "participant", ESSAY_OPEN)
    person_id, enrolment_id = person.id, enrolment.id
    moved, found = threading.Event(), threading.Event()
    move = corrections.move_address

    def move_slowly(*arguments: Any) -> None:
        move(*arguments)
        moved.set()
        found.wait(1)  # without a lock the other has looked by then

    monkeypatch.setattr(corrections, "move_address", move_slowly)

    def correct() -> None:
        values = dict.fromkeys(corrections.CORRECTED, "") | {"full_name": "Moving"}
        correct_person(member(cast, "coordinator"), enrolment_id, values, "new@example.org", "Typed wrong.", ESSAY_OPEN)

    def enrol_elsewhere() -> int:
        moved.wait(10)
        place, _is_new = enrol_by_address(
            member(cast, "other_coordinator"), "old@example.org", "Somebody", role=Role.PARTICIPANT, sponsors=(), profile={},
            languages=["en"], now=ESSAY_OPEN,
        )  # fmt: skip
        found.set()
        return place.person_id

    _none, other_id = at_once(app, correct, enrol_elsewhere)
    assert other_id not in (None, person_id)
    assert db.session.get_one(Person, person_id).email == "new@example.org"
    assert db.session.get_one(Person, other_id).email == "old@example.org"
