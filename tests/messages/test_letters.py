"""The letters in which messages leave: in each language, and whatever words somebody writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core.db import db
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.messages import services
from lms.messages.domain import Audience
from tests.conftest import NOW
from tests.factories import Cast


def letter_to(app: Flask, cast: Cast, name: str) -> tuple[str, str]:
    """The subject and the text of the only letter that somebody is owed."""
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == cast.person(name).email)).one()
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        letter = compose(row)
    return str(letter["Subject"]), letter.get_content()


def write(cast: Cast, *, has_open_work: bool = False, at: Any = NOW, **words: str) -> None:
    given = {"subject": "Week three", "body": "We miss you.", **words}
    services.write_letter(
        cast.member("tutor"), enrolment_ids=[cast.enrolments["participant"]], audience=Audience(), key="k",
        has_open_work=has_open_work, now=at, **given,
    )  # fmt: skip
    db.session.commit()


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("en", "R1: Week three", "What you have not done yet:"),
        ("fr", "R1 : Week three", "Ce que vous n’avez pas encore fait\u00a0:"),
        ("pt", "R1: Week three", "O que ainda não fez:"),
        ("ar", "R1: Week three", "ما لم تنجزه بعد:"),
    ],
)
def test_a_letter_speaks_its_readers_language_around_the_writers_words(
    app: Flask, cast: Cast, set_now: Any, language: str, subject: str, said: str
) -> None:
    later = NOW + timedelta(days=8)
    set_now(later)
    cast.person("participant").language = language
    write(cast, has_open_work=True, at=later)
    found, text = letter_to(app, cast, "participant")
    plain = found.translate({0x2068: None, 0x2069: None, 0xA0: " ", 0x202F: " "})
    assert plain.replace(" :", ":") == subject.replace(" :", ":")
    assert "We miss you." in text
    assert said in text
    assert "Quiz 1" in text
    assert "/editions/R1/messages" in text
    assert "/unsubscribe/" in text


def test_a_title_adds_no_line_to_a_letter_and_words_are_no_template(app: Flask, cast: Cast) -> None:
    write(cast, subject="Hello\nBcc: someone@example.org\n\nYour password", body="{{ 7 * 7 }} {% raw %}\n--\nNo foot")
    subject, text = letter_to(app, cast, "participant")
    assert "\n" not in subject
    assert "{{ 7 * 7 }} {% raw %}" in text
    assert text.rstrip().rpartition("\n--\n")[2].count("No foot") == 0, "the last foot is ours"


def test_what_a_participant_writes_leads_the_team_to_the_conversation(app: Flask, cast: Cast) -> None:
    services.write_to_team(cast.member("participant"), body="I shall be late.", now=NOW)
    db.session.commit()
    subject, text = letter_to(app, cast, "tutor")
    assert subject == "A message from Participant (R1)"
    assert "I shall be late." in text
    assert f"/editions/R1/messages/{cast.enrolments['participant']}" in text
    assert cast.person("participant").email not in text


def test_mail_gives_a_message_in_plain_words(app: Flask, cast: Cast) -> None:
    said = "Read [the bank](https://bank.example) **today**."
    services.write_to_team(cast.member("participant"), body=said, now=NOW)
    services.write_to_participant(
        cast.member("tutor"), enrolment_id=cast.enrolments["participant"], body=said, now=NOW + timedelta(hours=1)
    )
    db.session.commit()
    letters = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert {letter.template for letter in letters} == {"message", "message_to_team"}
    for letter in letters:
        with app.test_request_context("/"):
            text = compose(letter).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "Read the bank (https://bank.example) today." in text
