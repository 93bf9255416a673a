"""A participant and the team write to each other; letters go to whom they are for, once, and name nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.courses.services import mark_lesson_done
from lms.messages import queries, services
from lms.messages.domain import Audience, chosen
from lms.messages.models import Conversation, Message
from lms.notices.domain import CHOSEN, Category, Delivery
from lms.notices.models import Notice
from lms.notices.services import choose_deliveries
from tests.conftest import NOW
from tests.factories import Cast, enrol, make_person

LATER = NOW + timedelta(hours=1)


def ask(cast: Cast, body: str = "May I be late?", by: str = "participant", at: Any = NOW) -> Message:
    message = services.write_to_team(cast.member(by), body=body, now=at)
    db.session.commit()
    return message


def answer(cast: Cast, to: str = "participant", by: str = "tutor", at: Any = LATER) -> Message:
    message = services.write_to_participant(
        cast.member(by), enrolment_id=cast.enrolments[to], body="By two days.", now=at
    )
    db.session.commit()
    return message


def letter(cast: Cast, *names: str, key: str = "k1", by: str = "coordinator", **values: Any) -> Message:
    given = {"subject": "Week three", "body": "We **miss** you.", "audience": Audience(), "has_open_work": False}
    message = services.write_letter(
        cast.member(by), enrolment_ids=[cast.enrolments[name] for name in names], key=key, now=LATER, **given | values
    )
    db.session.commit()
    return message


def letters_to(cast: Cast, name: str) -> list[OutboxMessage]:
    address = cast.person(name).email
    return list(
        db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == address).order_by(OutboxMessage.id))
    )


def state_of(cast: Cast, name: str = "participant") -> Conversation:
    found = queries.find_conversation(cast.enrolments[name])
    assert found is not None
    return found


def test_what_a_participant_writes_waits_until_one_of_the_team_answers(cast: Cast) -> None:
    ask(cast)
    ask(cast, "And by how much?", at=NOW + timedelta(minutes=5))
    assert state_of(cast).waiting_since == NOW
    assert queries.waiting_for_answer(cast.edition) == queries.Waiting(1, NOW)
    assert [one.template for one in letters_to(cast, "tutor")] == ["message_to_team"] * 2
    assert letters_to(cast, "other_participant") == []
    answer(cast)
    assert state_of(cast).waiting_since is None
    assert state_of(cast).last_at == LATER
    assert queries.waiting_for_answer(cast.edition) == queries.Waiting(0, None)
    (told,) = letters_to(cast, "participant")
    assert (told.template, told.context["body"], told.context["subject"]) == ("message", "By two days.", "")
    shown = queries.conversation_with(cast.enrolment("participant"), 1)
    assert [one.body for one in shown.messages] == ["May I be late?", "And by how much?", "By two days."]
    assert [one.is_by_team for one in shown.messages] == [False, False, True]


def test_without_tutors_the_coordinators_are_told(cast: Cast) -> None:
    for name in ("tutor", "other_tutor"):
        if name in cast.enrolments:
            cast.enrolment(name).withdrawn_at = NOW
    db.session.commit()
    ask(cast)
    assert [one.template for one in letters_to(cast, "coordinator")] == ["message_to_team"]


def test_a_letter_stands_in_each_conversation_and_answers_nobody(cast: Cast) -> None:
    ask(cast)
    sent = letter(cast, "participant", "other_participant", audience=Audience(work="overdue"))
    assert state_of(cast).waiting_since == NOW, "who waited for an answer still waits"
    assert state_of(cast, "other_participant").waiting_since is None
    assert {person.full_name for _id, person in queries.people_of(sent)} == {
        cast.person("participant").full_name,
        cast.person("other_participant").full_name,
    }
    for name in ("participant", "other_participant"):
        (told,) = letters_to(cast, name)
        assert told.context["subject"] == "Week three"
        assert told.context["open_work"] == []
        other = "participant" if name == "other_participant" else "other_participant"
        assert cast.person(other).full_name not in str(told.context)
    assert sent.audience == {"work": "overdue"}
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "letter written"))
    assert event.details["people"] == 2


def test_a_letter_that_is_sent_twice_leaves_once(cast: Cast) -> None:
    first = letter(cast, "participant")
    assert letter(cast, "participant").id == first.id
    assert db.session.scalar(select(func.count(Message.id))) == 1
    assert len(letters_to(cast, "participant")) == 1
    assert letter(cast, "participant", key="k2").id != first.id
    assert letter(cast, "participant", by="tutor").id != first.id, "the key is its sender's own"


def test_each_is_told_what_they_have_not_done_and_only_what_is_open(cast: Cast, set_now) -> None:
    at = NOW + timedelta(days=8)
    services.write_letter(
        cast.member("coordinator"), enrolment_ids=[cast.enrolments["participant"]], subject="Week two", body="Come back.",
        audience=Audience(), has_open_work=True, key="k", now=at,
    )  # fmt: skip
    db.session.commit()
    (told,) = letters_to(cast, "participant")
    opened = {quiz.key for _feature, quiz in queries.read_dates(cast.edition) if quiz.opens_at <= at}
    keys = {line["title"]["en"] for line in told.context["open_work"]}
    assert keys
    assert keys <= {"Quiz 1", "Quiz 2", "Quiz 3", "Group work", "Final assignment"}
    assert len(keys) == len([key for key in opened if key.startswith(("quiz", "group", "final"))])
    instants = [line["due_at"] for line in told.context["open_work"]]
    assert instants == sorted(instants)
    assert told.context["person_zone"] == cast.person("participant").time_zone


def test_whoever_left_gets_no_letter_and_a_letter_to_nobody_is_refused(cast: Cast) -> None:
    cast.enrolment("participant").withdrawn_at = NOW
    db.session.commit()
    sent = letter(cast, "participant", "other_participant")
    assert len(queries.people_of(sent)) == 1
    with pytest.raises(RuleViolation, match="Nobody is chosen"):
        letter(cast, "participant", key="k9")
    with pytest.raises(RuleViolation, match="has left"):
        answer(cast)


def test_people_of_another_edition_are_out_of_reach(cast: Cast) -> None:
    elsewhere = "outsider"
    with pytest.raises(NotFound):
        services.write_to_participant(
            cast.member("tutor"), enrolment_id=cast.enrolments[elsewhere], body="Hello", now=NOW
        )
    with pytest.raises(RuleViolation):
        letter(cast, elsewhere)
    with pytest.raises(NotFound):
        services.settle(cast.member("tutor"), enrolment_id=cast.enrolments[elsewhere], now=NOW)
    assert db.session.scalar(select(func.count(Message.id))) == 0


def test_only_the_team_writes_letters_and_reads_conversations(cast: Cast) -> None:
    for call in (
        lambda actor: services.write_letter(
            actor, enrolment_ids=[cast.enrolments["other_participant"]], subject="x", body="y", audience=Audience(),
            has_open_work=False, key="k", now=NOW,
        ),
        lambda actor: services.write_to_participant(
            actor, enrolment_id=cast.enrolments["other_participant"], body="y", now=NOW
        ),
        lambda actor: services.settle(actor, enrolment_id=cast.enrolments["participant"], now=NOW),
        lambda actor: queries.conversations_of(actor),
        lambda actor: queries.letters_of(actor, 1),
        lambda actor: queries.people_to_write_to(actor, NOW),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            call(cast.member("participant"))
    with pytest.raises(NotAllowed):
        ask(cast, by="tutor")


def test_a_conversation_can_be_settled_without_an_answer(cast: Cast) -> None:
    ask(cast, "Thank you!")
    services.settle(cast.member("tutor"), enrolment_id=cast.enrolments["participant"], now=LATER)
    services.settle(cast.member("tutor"), enrolment_id=cast.enrolments["participant"], now=LATER)
    db.session.commit()
    assert state_of(cast).waiting_since is None
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "message settled")) == 1


def test_who_wants_no_mail_still_finds_the_letter_in_the_page(cast: Cast) -> None:
    choose_deliveries(cast.person("participant"), dict.fromkeys(CHOSEN, Delivery.PAGE), NOW)
    letter(cast, "participant")
    assert letters_to(cast, "participant") == []
    notice = db.session.scalars(select(Notice).where(Notice.person_id == cast.people["participant"])).one()
    assert (notice.kind, notice.category) == ("message", Category.ANNOUNCEMENTS)


def test_the_choice_of_people_knows_who_is_in_which_group_and_who_is_quiet(cast: Cast) -> None:
    from tests.assignments.making import make_group

    group = make_group(cast, "participant")
    cast.person("participant").last_seen_at = NOW - timedelta(days=1)
    cast.person("other_participant").last_seen_at = NOW - timedelta(days=8)
    cast.person("third_participant").last_seen_at = NOW - timedelta(days=8)
    mark_lesson_done(cast.member("third_participant"), "m1", "lesson-1", NOW)  # on a device that was kept signed in
    db.session.commit()
    found = {one.person.full_name: one.candidate for one in queries.people_to_write_to(cast.member("tutor"), NOW)}
    own, other = (found[cast.person(name).full_name] for name in ("participant", "other_participant"))
    assert (own.group_id, other.group_id) == (group.id, None)
    assert (own.is_quiet, other.is_quiet) == (False, True)
    assert not found[cast.person("third_participant").full_name].is_quiet
    assert chosen([own, other], Audience(group=str(group.id))) == [own]


def test_letters_to_many_cost_as_many_statements_as_letters_to_few(cast: Cast, count_queries) -> None:
    def statements_of(key: str) -> int:
        reached = queries.people_to_write_to(cast.member("coordinator"), LATER)
        db.session.expire_all()
        actor = cast.member("coordinator")
        _ = (actor.edition.code, actor.person.full_name)
        with count_queries() as statements:
            services.write_letter(
                actor, enrolment_ids=[one.candidate.enrolment_id for one in reached], subject="s", body="b",
                audience=Audience(), has_open_work=True, key=key, now=LATER,
            )  # fmt: skip
        return len(statements)

    few = statements_of("few")
    for number in range(60):
        enrol(make_person(f"New {number}", NOW), cast.edition, "participant", NOW)
    db.session.commit()
    assert statements_of("many") <= few + 1


def test_the_same_words_sent_twice_are_one_message(cast: Cast) -> None:
    first, same = ask(cast), ask(cast, at=NOW + timedelta(minutes=1))
    assert same.id == first.id
    assert answer(cast).id == answer(cast).id
    assert db.session.scalar(select(func.count(Message.id))) == 2
    assert len(letters_to(cast, "participant")) == 1
    assert ask(cast, at=LATER + timedelta(minutes=1)).id != first.id
    assert ask(cast, "Please?", at=LATER + timedelta(minutes=2)).id > first.id
    assert ask(cast, "Please?", at=LATER + timedelta(minutes=8)).sent_at == LATER + timedelta(minutes=8)


def test_what_came_after_the_page_was_opened_goes_on_waiting(cast: Cast) -> None:
    seen = ask(cast).id
    ask(cast, "And the quiz?", at=NOW + timedelta(minutes=10))
    where = {"enrolment_id": cast.enrolments["participant"], "now": LATER}
    assert not services.settle(cast.member("tutor"), seen=seen, **where)
    assert state_of(cast).waiting_since == NOW + timedelta(minutes=10)
    services.write_to_participant(cast.member("tutor"), body="By two days.", seen=seen, **where)
    db.session.commit()
    assert state_of(cast).waiting_since == NOW + timedelta(minutes=10)
    latest = db.session.scalar(select(func.max(Message.id)))
    assert services.settle(cast.member("tutor"), seen=latest, **where)
    assert state_of(cast).waiting_since is None
