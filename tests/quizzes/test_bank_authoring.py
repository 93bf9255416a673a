"""Writing questions: versions, what running editions ask, two authors at once, archiving, and the pack meeting the browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.courses.domain.content import CourseContent
from lms.courses.hooks import content_to_export
from lms.courses.models import Course
from lms.quizzes.models import Question, QuestionTag, QuestionVersion, Quiz
from lms.quizzes.permissions import Author, keeps_bank_of
from lms.quizzes.queries import get_versions
from lms.quizzes.queries.bank import BankFilter, list_questions
from lms.quizzes.queries.question import get_question, reach_of
from lms.quizzes.services import authoring, sync_bank
from lms.quizzes.services.authoring import Overtaken, Written
from tests.factories import Cast, both, make_edition, make_release, small_course
from tests.quizzes.conftest import QUIZ, Desk
from tests.quizzes.test_bank import changed, import_again, with_questions

KEY = "m2-q01"


def author(cast: Cast, name: str = "coordinator") -> Author:
    course = db.session.get_one(Course, cast.edition.course_id)
    return Author(cast.person(name), course, ("en", "fr"))


def option(key: str, correct: bool = False) -> dict[str, Any]:
    return {"key": key, "text": both(f"Option {key}"), "feedback": both(f"Feedback {key}"), "correct": correct}


def written(stem: str = "A better question?", **more: Any) -> Written:
    document = {"kind": "single_choice", "stem": both(stem), "options": [option("a", True), option("b")]}
    return Written(document, **more)


def save(cast: Cast, now: datetime, *, name: str = "coordinator", is_open: bool = True, **values: Any) -> Any:
    question = find(KEY)
    revision = values.pop("revision", question.revision)
    return authoring.save_question(
        author(cast, name), KEY, values.pop("written", written()),
        revision=revision, is_for_open_editions=is_open, now=now,
    )  # fmt: skip


def find(key: str) -> Question:
    return db.session.scalars(select(Question).where(Question.key == key)).one()


def versions(key: str = KEY) -> list[QuestionVersion]:
    query = select(QuestionVersion).where(QuestionVersion.question_id == find(key).id)
    return list(db.session.scalars(query.order_by(QuestionVersion.number)))


def asked_first(cast: Cast, edition: str = "edition") -> int:
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == getattr(cast, edition).id, Quiz.key == QUIZ)).one()
    return int(quiz.question_version_ids[0])


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("coordinator", True), ("other_coordinator", True), ("administrator", True), ("tutor", False),
        ("participant", False), ("sponsor_viewer", False), ("outsider", False),
    ],
)  # fmt: skip
def test_administrators_and_coordinators_of_an_edition_keep_the_bank(
    cast: Cast, now: datetime, name: str, may: bool
) -> None:
    assert keeps_bank_of(cast.person(name), cast.edition.course_id) is may
    actor = author(cast, name)
    acts = [
        lambda: authoring.create_question(actor, written(), now=now),
        lambda: authoring.save_question(actor, KEY, written(), revision=1, is_for_open_editions=True, now=now),
        lambda: authoring.archive_question(actor, KEY, now=now),
        lambda: authoring.restore_question(actor, KEY, now=now),
        lambda: authoring.duplicate_question(actor, KEY, now=now),
    ]
    for act in acts:
        if may:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


def test_who_withdrew_as_a_coordinator_no_longer_keeps_the_bank(cast: Cast, now: datetime) -> None:
    cast.enrolment("coordinator").withdrawn_at = now
    db.session.flush()
    assert not keeps_bank_of(cast.person("coordinator"), cast.edition.course_id)


def test_the_bank_of_one_course_knows_nothing_of_another(cast: Cast, now: datetime) -> None:
    release = make_release(small_course("another"), now)
    actor = Author(cast.person("coordinator"), release.course, ("en", "fr"))
    with pytest.raises(NotAllowed):
        authoring.archive_question(actor, KEY, now=now)
    with pytest.raises(NotFound):
        authoring.archive_question(author(cast), "m9-q99", now=now)
    make_edition("R9", release, small_course("another"), now)
    assert find_all(cast) == 60


def find_all(cast: Cast, **wanted: Any) -> int:
    return list_questions(author(cast), BankFilter(**wanted), 1).total


def test_saving_makes_a_version_and_the_old_one_stays_as_it_was(cast: Cast, now: datetime) -> None:
    before = dict(versions()[0].document)
    outcome = save(cast, now, written=written(note="Two people misread it"))
    assert [version.number for version in versions()] == [1, 2]
    assert versions()[0].document == before
    assert (outcome.version.number, outcome.is_new_version, outcome.version.origin) == (2, True, "browser")
    assert outcome.version.note == "Two people misread it"
    assert outcome.version.document["stem"] == both("A better question?")
    assert "category" not in outcome.version.document


def test_a_change_of_category_or_tags_makes_no_version(cast: Cast, now: datetime) -> None:
    document = versions()[0].document
    outcome = save(cast, now, written=Written(document, "concepts / return", ["Law", "law "]))
    assert not outcome.is_new_version
    assert len(versions()) == 1
    assert find(KEY).category == "concepts/return"
    assert db.session.scalars(select(QuestionTag.tag)).all() == ["law"]
    assert find(KEY).revision == 2


def test_edge_case_20_an_attempt_keeps_the_version_that_it_showed(cast: Cast, desk: Desk, now: datetime) -> None:
    """Edge case 20: what was sat under a question can be read after it was changed and archived."""
    running = desk.start()
    shown = running.layout[0][0]
    save(cast, now)
    authoring.archive_question(author(cast), KEY, now=now)
    assert running.layout[0][0] == shown
    assert get_versions([shown])[shown].content.stem == both(f"Stem of {KEY}?")
    desk.save(running, {1: "a"})
    assert desk.submit(running).raw_score == 1


def test_the_new_version_is_asked_in_attempts_that_start_from_now_on(cast: Cast, desk: Desk, now: datetime) -> None:
    running = desk.start()
    outcome = save(cast, now)
    assert outcome.quizzes == 1
    assert running.layout[0][0] == versions()[0].id
    assert desk.start("other_participant").layout[0][0] == outcome.version.id


def test_only_later_editions_can_be_chosen_and_holds_when_the_course_is_imported_again(
    cast: Cast, now: datetime
) -> None:
    before = asked_first(cast)
    outcome = save(cast, now, is_open=False)
    assert outcome.quizzes == 0
    assert asked_first(cast) == before
    release = import_again(cast, replace(cast.content, learning_hours=61), now)
    assert asked_first(cast) == before
    later = make_edition("R3", release, cast.content, now)
    quiz = db.session.scalars(select(Quiz).where(Quiz.edition_id == later.id, Quiz.key == QUIZ)).one()
    assert quiz.question_version_ids[0] == outcome.version.id


def test_a_coordinator_reaches_the_own_open_editions_and_an_administrator_all(cast: Cast, now: datetime) -> None:
    before = asked_first(cast, "other_edition")
    own = save(cast, now)
    assert asked_first(cast) == own.version.id
    assert asked_first(cast, "other_edition") == before
    everywhere = save(cast, now, name="administrator", written=written("Once more?"))
    assert everywhere.quizzes == 2
    assert asked_first(cast) == asked_first(cast, "other_edition") == everywhere.version.id


def test_a_closed_edition_keeps_what_it_asked(cast: Cast, now: datetime) -> None:
    before = asked_first(cast)
    cast.edition.closed_at = now
    db.session.flush()
    assert save(cast, now).quizzes == 0
    assert asked_first(cast) == before


def test_the_reach_is_told_in_numbers_before_saving(cast: Cast, desk: Desk, now: datetime) -> None:
    desk.start()
    desk.sit(5, name="other_participant")
    found = reach_of(author(cast), get_question(author(cast), KEY))
    assert [(one.usage.edition_code, one.usage.quiz_key, one.running, one.finished) for one in found] == [
        ("R1", QUIZ, 1, 1)
    ]
    assert get_question(author(cast), KEY).row.is_used_elsewhere


def test_edge_case_34_two_authors_at_once_lose_nothing(cast: Cast, now: datetime) -> None:
    """Edge case 34, for questions: the second is told what the first wrote, and saves knowingly."""
    seen = find(KEY).revision
    first = save(cast, now, written=written("The first author’s?"))
    with pytest.raises(Overtaken) as overtaken:
        save(cast, now, name="other_coordinator", written=written("The second’s?"), revision=seen)
    assert overtaken.value.version.id == first.version.id
    assert len(versions()) == 2
    again = save(
        cast, now, name="other_coordinator", written=written("The second’s?"), revision=overtaken.value.revision
    )
    assert [version.document["stem"]["en"] for version in versions()][1:] == ["The first author’s?", "The second’s?"]
    assert again.version.number == 3


def test_archived_questions_are_not_offered_and_can_be_restored(cast: Cast, now: datetime) -> None:
    for _again in range(2):
        authoring.archive_question(author(cast), KEY, now=now)
    assert find_all(cast) == 59
    assert find_all(cast, state="archived") == 1
    assert asked_first(cast) == versions()[0].id
    for _again in range(2):
        authoring.restore_question(author(cast), KEY, now=now)
    assert find_all(cast) == 60
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_type == "question")).all()
    assert actions == ["question archived", "question restored"]


def test_a_question_that_was_written_by_mistake_can_be_deleted(cast: Cast, now: datetime) -> None:
    question = authoring.create_question(author(cast), written(tags=["x"]), now=now)
    authoring.delete_question(author(cast), question.key, now=now)
    assert db.session.scalar(select(func.count()).select_from(Question)) == 60
    assert db.session.scalar(select(func.count()).select_from(QuestionVersion)) == 60
    kept = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "question deleted")).one()
    assert kept.details["document"]["stem"] == both("A better question?")


def test_edge_case_20_what_was_asked_or_comes_from_the_course_is_never_deleted(
    cast: Cast, desk: Desk, now: datetime
) -> None:
    """Edge case 20: neither while a quiz asks it, nor after it was taken out of the quiz, answered or not."""
    with pytest.raises(RuleViolation):
        authoring.delete_question(author(cast), KEY, now=now)
    question = authoring.create_question(author(cast), written(), now=now)
    quiz = desk.quiz()
    before = list(quiz.question_version_ids)
    desk.quiz(question_version_ids=[*before, versions(question.key)[0].id])
    with pytest.raises(RuleViolation):
        authoring.delete_question(author(cast), question.key, now=now)
    desk.start()
    desk.quiz(question_version_ids=before)
    with pytest.raises(RuleViolation):
        authoring.delete_question(author(cast), question.key, now=now)
    assert find(question.key)


def test_a_copy_says_the_same_under_a_key_of_its_own(cast: Cast, now: datetime) -> None:
    save(cast, now, written=written(category="law", tags=["a", "b"]))
    copy = authoring.duplicate_question(author(cast), KEY, now=now)
    assert (copy.key, copy.category, copy.pack_digest) == ("own-1", "law", None)
    assert authoring.duplicate_question(author(cast), KEY, now=now).key == "own-2"
    one, other = versions(copy.key)[0].document, versions()[1].document
    assert {**one, "key": ""} == {**other, "key": ""}
    assert get_question(author(cast), copy.key).row.tags == ("a", "b")


def told(cast: Cast, content: CourseContent, now: datetime) -> list[str]:
    """What the importer is told about a further release."""
    release = import_again(cast, content, now)
    return sync_bank(release, now)


def test_an_import_leaves_what_was_written_in_the_browser_and_says_so(cast: Cast, now: datetime) -> None:
    outcome = save(cast, now)
    sentences = told(cast, replace(cast.content, learning_hours=61), now)
    assert sentences == [f"question {KEY}: written in the browser, and stays as it is."]
    assert asked_first(cast) == outcome.version.id
    assert len(versions()) == 2


def test_a_question_that_changed_in_the_pack_and_in_the_browser_waits_for_a_decision(cast: Cast, now: datetime) -> None:
    outcome = save(cast, now)
    sentences = told(cast, changed(cast.content), now)
    assert sentences == [
        f"question {KEY}: changed in the pack and in the browser; the browser’s version stays, choose on its page."
    ]
    assert asked_first(cast) == outcome.version.id


def test_the_packs_words_can_be_taken_and_those_of_the_browser_stay_on_record(cast: Cast, now: datetime) -> None:
    save(cast, now)
    told(cast, changed(cast.content), now)
    outcome = authoring.take_pack_version(author(cast), KEY, is_for_open_editions=True, now=now)
    assert (outcome.version.number, outcome.version.origin) == (3, "pack")
    assert asked_first(cast) == outcome.version.id
    assert [version.origin for version in versions()] == ["pack", "browser", "pack"]
    assert told(cast, replace(changed(cast.content), learning_hours=62), now) == []
    with pytest.raises(RuleViolation):
        authoring.take_pack_version(author(cast), KEY, is_for_open_editions=True, now=now)


def test_keeping_ones_own_words_is_asked_once_for_each_change_of_the_pack(cast: Cast, now: datetime) -> None:
    save(cast, now)
    told(cast, changed(cast.content), now)
    authoring.keep_own_version(author(cast), KEY, now=now)
    sentences = told(cast, replace(changed(cast.content), learning_hours=62), now)
    assert sentences == [f"question {KEY}: written in the browser, and stays as it is."]
    assert len(versions()) == 2


def test_an_import_does_not_archive_what_was_written_here_nor_restore_what_was_archived_by_hand(
    cast: Cast, now: datetime
) -> None:
    question = authoring.create_question(author(cast), written(), now=now)
    authoring.archive_question(author(cast), KEY, now=now)
    sentences = told(cast, replace(cast.content, learning_hours=61), now + timedelta(hours=1))
    assert sentences == [f"question {KEY}: archived by hand, and stays archived."]
    assert find(KEY).archived_at == now
    assert find(question.key).archived_at is None


def test_the_course_is_exported_with_the_banks_words_and_importing_that_is_followed(cast: Cast, now: datetime) -> None:
    save(cast, now, written=written(category="law", tags=["a"]))
    authoring.create_question(author(cast), written("Nobody asks this?"), now=now)
    content, remarks = content_to_export(cast.edition.course_id, cast.content)
    quiz = content.modules[1].quiz
    assert quiz is not None
    first: Any = quiz.questions[0]
    assert (first.key, first.stem, first.category, first.tags) == (KEY, both("A better question?"), "law", ("a",))
    assert content.modules[0] == cast.content.modules[0]
    assert len(remarks) == 2
    assert "own-1" in remarks[1]
    assert told(cast, content, now) == []
    assert len(versions()) == 2
    later = with_questions(content, 1, (replace(first, stem=both("The author agrees?")), *quiz.questions[1:]))
    assert told(cast, later, now) == []
    assert len(versions()) == 3


def test_a_category_with_accents_and_spaces_comes_back_from_an_export_as_it_was_typed(
    cast: Cast, now: datetime
) -> None:
    save(cast, now, written=written(category="Droit d’asile/Réintégration", tags=["semaine 1", "هجرة"]))
    content, _remarks = content_to_export(cast.edition.course_id, cast.content)
    quiz = content.modules[1].quiz
    assert quiz is not None
    first: Any = quiz.questions[0]
    assert (first.category, first.tags) == ("droit-d-asile/reintegration", ("semaine-1",))
    told(cast, content, now)
    page = get_question(author(cast), KEY)
    assert (page.question.category, page.row.tags) == ("Droit d’asile/Réintégration", ("semaine 1", "هجرة"))


def test_tags_and_category_of_the_pack_come_into_the_bank(cast: Cast, now: datetime) -> None:
    quiz = cast.content.modules[1].quiz
    assert quiz is not None
    first: Any = replace(quiz.questions[0], category="theory/law", tags=("b", "a"))
    told(cast, with_questions(cast.content, 1, (first, *quiz.questions[1:])), now)
    page = get_question(author(cast), KEY)
    assert (page.question.category, page.row.tags) == ("theory/law", ("a", "b"))
    assert len(page.versions) == 1
