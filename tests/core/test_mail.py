"""Mail that is owed: once each, retried, in the recipient's language, and never a way to write to others."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lms.core import clock, mailer
from lms.core.db import db
from lms.core.mailer import compose, send_due_mail, transport_for
from lms.core.outbox import (
    LEASE,
    MAX_TRIES,
    UNSUBSCRIBE,
    Letter,
    OutboxMessage,
    claim_messages,
    queue_letters,
    queue_mail,
)


def owe(now: datetime, key: str = "reset:1", **values: Any) -> bool:
    message = {
        "recipient": "amina@example.org",
        "recipient_name": "Amina Diallo",
        "language": "en",
        "context": {"secret": "s3cret"},
        **values,
    }
    return queue_mail("password_reset", key=key, now=now, **message)


@pytest.fixture
def folder(app, tmp_path, monkeypatch) -> Path:
    monkeypatch.setitem(app.config, "MAIL_URL", f"folder://{tmp_path}")
    return tmp_path


def written(folder: Path) -> list[EmailMessage]:
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))]  # type: ignore[misc]


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    """What a letter that has left says, as text or in HTML."""
    return str(letter.get_body((kind,)).get_content())  # type: ignore[union-attr]


def only_message() -> OutboxMessage:
    db.session.expire_all()
    return db.session.scalars(select(OutboxMessage)).one()


def letter(app, **values: Any) -> EmailMessage:
    owe(clock.now(), **values)
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        return compose(only_message())


def test_a_message_that_is_owed_once_goes_out_once(app, now, folder) -> None:
    assert owe(now)
    assert not owe(now)
    db.session.commit()
    assert send_due_mail(app) == 1
    assert send_due_mail(app) == 0
    assert len(written(folder)) == 1


def test_a_message_that_was_rolled_back_is_not_owed(app, now, folder) -> None:
    owe(now)
    db.session.rollback()
    assert send_due_mail(app) == 0


def test_the_values_are_forgotten_once_the_letter_has_left(app, now, folder) -> None:
    owe(now)
    db.session.commit()
    send_due_mail(app)
    message = only_message()
    assert (message.sent_at, message.context, message.tries) == (now, {}, 1)
    assert "/reset/s3cret" in text_of(written(folder)[0])


def test_letters_of_one_moment_do_not_replace_each_other(app, now, folder) -> None:
    for number in range(25):
        owe(now, key=f"reset:{number}")
    db.session.commit()
    assert send_due_mail(app) == 25
    assert len(written(folder)) == 25


def test_a_letter_that_did_not_leave_is_tried_again_later_and_later(app, now, set_now, monkeypatch, caplog) -> None:
    def broken(letter: EmailMessage) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr(mailer, "transport_for", lambda url: broken)
    owe(now)
    db.session.commit()
    at, waits = now, []
    for _try in range(MAX_TRIES):
        assert send_due_mail(app) == 0
        message = only_message()
        assert message.last_error == "ConnectionRefusedError: no mail server"
        waits.append((message.due_at - at) / timedelta(minutes=1))
        at = message.due_at
        set_now(at)
    assert waits == [2**number for number in range(MAX_TRIES)]
    send_due_mail(app)
    assert only_message().tries == MAX_TRIES
    assert "did not leave" in caplog.text


def test_one_broken_letter_does_not_hold_up_the_others(app, now, folder, caplog) -> None:
    owe(now, key="broken", context={"secret": None}, recipient="no address")
    owe(now, key="whole")
    db.session.commit()
    assert send_due_mail(app) == 1
    assert len(written(folder)) == 1


def test_a_claimed_letter_is_not_claimed_by_another_process_before_the_lease_ends(app, now) -> None:
    owe(now)
    assert len(claim_messages(now)) == 1
    assert claim_messages(now + LEASE - timedelta(seconds=1)) == []
    assert len(claim_messages(now + LEASE)) == 1


def test_letters_leave_in_the_order_in_which_they_are_due(app, now) -> None:
    for minutes in (3, 1, 2):
        owe(now - timedelta(minutes=minutes), key=str(minutes))
    assert {message.key for message in claim_messages(now, limit=2)} == {"3", "2"}


def test_no_name_can_add_a_header_or_a_recipient(app, now) -> None:
    evil = "Amina\r\nBcc: victim@example.org\r\n\r\nBuy this"
    composed = letter(app, recipient_name=evil)
    assert composed["Bcc"] is None
    assert [address.addr_spec for address in composed["To"].addresses] == ["amina@example.org"]
    header_lines = composed.as_bytes().split(b"\n\n", 1)[0].split(b"\n")
    assert not [line for line in header_lines if line.lower().startswith(b"bcc")]


def test_no_text_can_add_a_line_to_the_subject(app, now) -> None:
    queue_mail(
        "enrolled", key="x", recipient="a@x.org", recipient_name="A", language="en", now=now,
        context={"title": "\u00ab\u00a0Retour\u00a0\u00bb\r\nBcc: victim@example.org", "code": "R1", "starts_on": "Monday"},
    )  # fmt: skip
    with app.test_request_context(base_url="http://localhost"):
        composed = compose(only_message())
    assert composed["Bcc"] is None
    assert "\n" not in composed["Subject"]
    assert "\u00ab\u00a0Retour\u00a0\u00bb" in composed["Subject"]


def test_arabic_stands_in_subject_name_and_body(app, now, folder) -> None:
    queue_mail(
        "enrolled", key="x", recipient="fatima@example.org", recipient_name="فاطمة بنت محمد", language="en", now=now,
        context={"title": "دورة العودة", "code": "R1", "starts_on": "Monday"},
    )  # fmt: skip
    db.session.commit()
    send_due_mail(app)
    raw = next(folder.glob("*.eml")).read_bytes()
    assert raw.split(b"\r\n\r\n", 1)[0].isascii()
    read = written(folder)[0]
    assert "دورة العودة" in read["Subject"]
    assert read["To"].addresses[0].display_name == "فاطمة بنت محمد"
    assert read["To"].addresses[0].addr_spec == "fatima@example.org"
    assert "دورة العودة" in text_of(read)


def test_an_address_with_accents_is_written_to(app, now, folder) -> None:
    owe(now, recipient="josé@müller.example")
    db.session.commit()
    assert send_due_mail(app) == 1
    assert "josé@xn--mller-kva.example".encode() in next(folder.glob("*.eml")).read_bytes()


def test_a_letter_says_that_a_machine_wrote_it_and_links_to_the_public_address(app, now, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://courses.example")
    composed = letter(app)
    assert composed["Auto-Submitted"] == "auto-generated"
    assert composed["Message-ID"].endswith("@segin.example>")
    assert "https://courses.example/reset/s3cret" in composed.get_content()


@pytest.mark.parametrize("url", ["http://mail.example", "mail.example", ""])
def test_mail_leaves_by_smtp_or_a_folder_only(url) -> None:
    with pytest.raises(ValueError, match="smtp, smtps or folder"):
        transport_for(url)


def left(app: Any, folder: Path, **values: Any) -> EmailMessage:
    """A letter about a post as it has left."""
    said = {
        "code": "R1", "edition_title": {"en": "Return"}, "forum_key": "general", "module_title": None, "topic": "Papers",
        "author": "Amina <b>", "body": "Click:\nhttps://evil.example/in\n\n<script>x</script>", "beginning": "Click", "post_id": 7,
    }  # fmt: skip
    queue_mail(
        "forum_hidden", key="x", recipient="a@x.org", recipient_name="A", now=clock.now(),
        language=values.pop("language", "en"), context={**said, "reason": "Names a person", **values},
    )  # fmt: skip
    db.session.commit()
    assert send_due_mail(app) == 1
    return written(folder)[-1]


def test_a_letter_says_the_same_in_html_with_its_address_as_one_button(app, folder) -> None:
    read = left(app, folder)
    html = text_of(read, "html")
    address = "http://localhost/editions/R1/forums/posts/7"
    assert html.count(f'href="{address}"') == 1
    assert address in text_of(read).splitlines()
    words = " ".join(unescape(re.sub("<(?!b>)[^>]+>", " ", html.partition("<body")[2])).split())
    for line in text_of(read).replace(address, "").splitlines():
        assert line.strip().rstrip(":") in words, line
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        message = only_message()
        message.context = {
            "code": "R1",
            "topic": "Papers",
            "author": "Amina <b>",
            "reason": "Names a person",
            "post_id": 7,
        }
        assert compose(message).get_content().splitlines() == text_of(read).splitlines()


def test_what_somebody_wrote_is_no_markup_and_no_button_in_a_letter(app, folder) -> None:
    html = text_of(left(app, folder, reason="Sign in again:\nhttps://evil.example/in\n\n<script>x</script>"), "html")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "https://evil.example/in" in html
    assert 'href="https://evil' not in html


def test_a_letter_in_arabic_reads_from_right_to_left_and_leaves_other_words_their_direction(app, folder) -> None:
    html = text_of(left(app, folder, language="ar", author="Fanta Kouyaté", reason="It names a person."), "html")
    assert '<html lang="ar" dir="rtl">' in html
    assert '<p dir="ltr">It names a person.</p>' in html
    assert "<p>تحية طيبة" in html
    button = re.search(r'<p><a href="[^"]*/forums/posts/7" style="[^"]*">([^<]*)</a></p>', html)
    assert button is not None
    assert re.search("[\u0600-\u06ff]", button[1])
    assert not button[1].endswith(":")


def test_a_letter_with_a_calendar_keeps_it_beside_both_texts(app, now, folder) -> None:
    letter = Letter(
        template="password_reset", key="c", recipient="a@x.org", recipient_name="A", language="fr",
        context={"secret": "s"}, calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    )  # fmt: skip
    queue_letters([letter], now)
    db.session.commit()
    assert send_due_mail(app) == 1
    read = written(folder)[0]
    assert [part.get_content_type() for part in read.iter_attachments()] == ["text/calendar"]
    assert "/reset/s" in text_of(read)
    assert '<html lang="fr" dir="ltr">' in text_of(read, "html")


ENCODED = "=?utf-8?q?Ann=0aReply-To:_evil=40evil.example=0aX-Injected:_1=0a=0aPay_here?="


def test_no_name_and_no_subject_becomes_a_header_of_its_own(app, folder, now) -> None:
    owe(now, recipient_name=ENCODED)
    queue_mail(
        "message", key="message:1", recipient="awa@example.org", recipient_name="Awa", language="en", now=now,
        context={
            "code": "R1", "edition_title": {"en": "Course"}, "edition_zone": "UTC", "edition_place": "", "subject": ENCODED,
            "author": "Tutor", "body": "Hello", "open_work": [], "person_zone": "UTC",
        },
    )  # fmt: skip
    db.session.commit()
    assert send_due_mail(app) == 2
    for letter in written(folder):
        assert not {"reply-to", "x-injected"} & {name.lower() for name in letter}
        assert "Pay_here" in f"{letter['To']} {letter['Subject']}"
        assert text_of(letter).startswith(("Hello", "Dear"))


@pytest.mark.parametrize("recipient", ["amina@example.org", "آمنة@example.org"])
@pytest.mark.parametrize("base", ["http://localhost", "https://a-rather-long-name.learning.training-centre.example"])
def test_the_way_to_unsubscribe_leaves_as_mail_programmes_read_it(
    app, folder, now, monkeypatch, recipient: str, base: str
) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", base)
    token = "IjEyMzQ1Njc4OSI." + "x" * 60
    queue_mail(
        "password_reset", key="one", recipient=recipient, recipient_name="Amina", language="en", now=now,
        context={"secret": "s3cret", UNSUBSCRIBE: token},
    )  # fmt: skip
    db.session.commit()
    assert send_due_mail(app) == 1
    [file] = folder.glob("*.eml")
    [line] = [one for one in file.read_bytes().split(b"\r\n") if one.startswith(b"List-Unsubscribe:")]
    assert line.startswith(f"List-Unsubscribe: <{base}/".encode())
    assert line.endswith(f"{token}>".encode())
