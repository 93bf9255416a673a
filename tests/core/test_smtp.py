"""Letters on their way to a real mail server, which takes them, refuses them for now or for good, or breaks off."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core import clock
from lms.core.db import db
from lms.core.mailer import send_due_mail
from lms.core.outbox import OutboxMessage, is_given_up, queue_mail, stuck_letters, try_again
from tests.conftest import NOW

# Made for these tests, names 127.0.0.1 and nothing else, and protects nothing.
CERTIFICATE = Path(__file__).parent / "loopback.pem"
SIGN_IN = base64.b64encode(b"\0us@er\0p/w").decode()


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server (RFC 5321). ``answers`` replaces the reply to a word; an empty reply breaks the line off."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.answers: dict[str, str] = {}
        self.offers: Sequence[str] = ("SMTPUTF8", "8BITMIME")
        self.said: list[str] = []
        self.letters: list[bytes] = []
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(CERTIFICATE)

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def reply(self, word: str, usual: str) -> bool:
        """Answer a word; whether the conversation goes on."""
        answer = self.server.answers.get(word, usual)
        self.wfile.write(f"{answer}\r\n".encode() if answer else b"")
        return bool(answer)

    def handle(self) -> None:
        try:
            self.talk()
        except (OSError, ssl.SSLError):
            return  # the client has gone

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def talk(self) -> None:
        going = self.reply("", "220 mail.example")
        while going and (line := self.rfile.readline().decode().strip()):
            word = line.split()[0].upper()
            self.server.said.append(line)
            if word == "EHLO":
                offers = [f"250-{one}" for one in self.server.offers]
                going = self.reply(word, "\r\n".join(["250-mail.example", *offers, "250 OK"]))
            elif word == "STARTTLS":
                going = self.reply(word, "220 go on")
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
                self.setup()
            elif word == "AUTH":
                going = self.reply(word, "235 welcome" if line.endswith(SIGN_IN) else "535 who are you")
            elif word == "DATA":
                going = self.reply(word, "354 go on") and self.take_letter()
            elif word == "QUIT":
                self.reply(word, "221 bye")
                going = False
            else:
                going = self.reply(word, "250 OK")

    def take_letter(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            return False  # the client has gone without sending one
        if self.server.answers.get("letter", "250").startswith("250"):
            self.server.letters.append(b"".join(lines))
        return self.reply("letter", "250 taken")


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as mail_server:
        thread = threading.Thread(target=mail_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://{mail_server.url}")
        yield mail_server
        mail_server.shutdown()
        thread.join()


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own certificate is one that the machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def owe(key: str = "one", **values: Any) -> None:
    message = {"recipient": "amina@example.org", "recipient_name": "أمينة", "language": "ar", **values}
    queue_mail("password_reset", key=key, context={"secret": "s3cret"}, now=NOW, **message)
    db.session.commit()


def only_message() -> OutboxMessage:
    db.session.expire_all()
    return db.session.scalars(select(OutboxMessage)).one()


def test_a_letter_arrives_whole(app: Flask, server: MailServer) -> None:
    owe()
    assert send_due_mail(app) == 1
    letter = message_from_bytes(server.letters[0], policy=policy.default)
    assert letter["To"].addresses[0].display_name == "أمينة"  # type: ignore[attr-defined]
    assert "/reset/s3cret" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "AUTH" not in {line.split()[0] for line in server.said}


def test_the_password_is_given_under_encryption_alone(
    app: Flask, server: MailServer, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offers = ("STARTTLS", "AUTH PLAIN")
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://us%40er:p%2Fw@{server.url}")
    owe()
    assert send_due_mail(app) == 1
    words = [line.split()[0].upper() for line in server.said]
    assert words.index("STARTTLS") < words.index("AUTH")
    assert len(server.letters) == 1


def test_a_server_that_cannot_prove_its_name_gets_no_password(
    app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offers = ("STARTTLS", "AUTH PLAIN")
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://us%40er:p%2Fw@{server.url}")
    owe()
    assert send_due_mail(app) == 0
    assert not any(line.startswith("AUTH") for line in server.said)
    assert "CERTIFICATE_VERIFY_FAILED" in (only_message().last_error or "")
    assert not is_given_up(only_message())


def test_a_server_without_encryption_gets_no_password(
    app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offers = ("AUTH PLAIN",)
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://us%40er:p%2Fw@{server.url}")
    owe()
    assert send_due_mail(app) == 0
    assert not any(line.startswith("AUTH") for line in server.said)


def test_a_wrong_password_is_mended_in_the_settings_and_the_letter_waits(
    app: Flask, server: MailServer, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.offers = ("STARTTLS", "AUTH PLAIN")
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://us%40er:old@{server.url}")
    owe()
    assert send_due_mail(app) == 0
    assert not is_given_up(only_message())
    assert "535" in (only_message().last_error or "")


@pytest.mark.parametrize("word", ["", "EHLO", "MAIL", "RCPT", "DATA", "letter"])
@pytest.mark.parametrize("answer", ["421 come back later", ""], ids=["refused for now", "broken off"])
def test_what_is_refused_for_now_or_breaks_off_is_tried_again_and_arrives_once(
    app: Flask, server: MailServer, set_now: Any, word: str, answer: str
) -> None:
    owe()
    server.answers[word] = answer
    if word == "EHLO":
        server.answers["HELO"] = answer
    assert send_due_mail(app) == 0
    assert only_message().tries == 1
    server.answers.clear()
    server.letters.clear()
    assert send_due_mail(app) == 0, "not before its time"
    set_now(NOW + timedelta(minutes=1))
    assert send_due_mail(app) == 1
    assert len(server.letters) == 1


@pytest.mark.parametrize("word", ["RCPT", "letter"])
def test_what_is_refused_for_good_is_given_up_where_it_is_seen(
    app: Flask, server: MailServer, set_now: Any, word: str
) -> None:
    owe()
    server.answers[word] = "550 no such mailbox"
    assert send_due_mail(app) == 0
    message = only_message()
    assert is_given_up(message)
    assert "550" in (message.last_error or "")
    assert list(stuck_letters()) == [message]
    said = len(server.said)
    set_now(NOW + timedelta(days=3))
    assert send_due_mail(app) == 0
    assert len(server.said) == said
    server.answers.clear()
    try_again([message], clock.now())  # whoever has corrected the address may have it tried anew
    db.session.commit()
    assert send_due_mail(app) == 1


@pytest.mark.parametrize("farewell", ["421 too many", "500 what", ""], ids=["busy", "unknown", "broken off"])
def test_a_letter_that_was_taken_is_not_sent_again_for_a_bad_farewell(
    app: Flask, server: MailServer, set_now: Any, farewell: str
) -> None:
    owe()
    server.answers["QUIT"] = farewell
    assert send_due_mail(app) == 1
    set_now(NOW + timedelta(days=1))
    assert send_due_mail(app) == 0
    assert len(server.letters) == 1


def test_a_slow_mail_server_keeps_nobody_from_writing(app: Flask, server: MailServer) -> None:
    """With the letter on its way another connection writes at once."""
    owe("one")
    written = []

    class Slow(dict[str, str]):
        def get(self, word: str, usual: str = "") -> str:  # type: ignore[override]
            if word == "DATA":
                with app.app_context():
                    owe("two")
                    written.append(word)
            return usual

    server.answers = Slow()
    assert send_due_mail(app) == 2
    assert written == ["DATA", "DATA"]


def test_a_letter_that_another_process_has_taken_meanwhile_is_left_to_it(
    app: Flask, server: MailServer, set_now: Any
) -> None:
    """Twenty letters to a slow server take longer than the lease: the last of them are not sent by two."""
    for number in range(3):
        owe(str(number))

    class Slow(dict[str, str]):
        def get(self, word: str, usual: str = "") -> str:  # type: ignore[override]
            if word == "DATA" and not server.letters:
                with app.app_context():
                    third = db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == "2")).one()
                    third.tries += 1
                    db.session.commit()
            return usual

    server.answers = Slow()
    assert send_due_mail(app) == 2
    assert len(server.letters) == 2
