"""Sends what the outbox owes: renders each message in its recipient's language and hands it to SMTP or to a folder."""

from __future__ import annotations

import logging
import secrets
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email import policy
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, g, render_template, url_for
from flask_babel import force_locale

from lms.core import clock
from lms.core.db import db, unit_of_work
from lms.core.i18n import locale_of
from lms.core.letter_twins import add_twin
from lms.core.outbox import (
    CALENDAR,
    UNSUBSCRIBE,
    OutboxMessage,
    claim_again,
    claim_messages,
    mark_failed,
    mark_sent,
    values_now,
    withdraw,
)
from lms.core.plain_text import on_one_line

log = logging.getLogger(__name__)

Transport = Callable[[EmailMessage], None]


class _AddressHeader(UnstructuredHeader, BaseHeader):
    """A header that holds an address of a page: it leaves as it is. Broken up or encoded, no mail programme follows it."""

    def fold(self, *, policy: Policy[Any]) -> str:
        """The whole header on one line, as RFC 8058 wants it."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _AddressHeader)
_LETTER = policy.EmailPolicy(header_factory=_HEADERS)
_TRAVELLING = {True: policy.SMTP.clone(header_factory=_HEADERS), False: policy.SMTPUTF8.clone(header_factory=_HEADERS)}
# For each answer of the mail server; all of them together stay below the lease of a letter.
_PATIENCE_SECONDS = 20


def transport_for(url: str) -> Transport:
    """The way out for mail: ``smtp://[user:password@]host[:port]``, ``smtps://…`` or ``folder:///a/path``.

    Raises:
        ValueError: for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme == "folder":
        return lambda message: _write_to_folder(message, Path(parts.netloc + parts.path))
    if parts.scheme in ("smtp", "smtps"):
        return lambda message: _send_by_smtp(message, url)
    raise ValueError(f"mail cannot leave by {parts.scheme!r}: use smtp, smtps or folder")


def _write_to_folder(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stamp = clock.now().strftime("%Y%m%d-%H%M%S-%f")
    # Two processes may write at the same moment, and a letter must never replace another.
    (folder / f"{stamp}-{secrets.token_hex(4)}.eml").write_bytes(_bytes_of(message))


def _bytes_of(message: EmailMessage) -> bytes:
    """The letter as it travels: everything in ASCII, unless the address itself cannot be."""
    is_ascii = message["To"].addresses[0].addr_spec.isascii()
    return message.as_bytes(policy=_TRAVELLING[is_ascii])


def _send_by_smtp(message: EmailMessage, url: str) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    host, port = parts.hostname or "localhost", parts.port or (465 if secure else 25)
    # The library's own choice would give the password to whoever answers under the server's name.
    trust = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, port, timeout=_PATIENCE_SECONDS, context=trust)
        if secure
        else smtplib.SMTP(host, port, timeout=_PATIENCE_SECONDS)
    )
    try:
        if not secure and parts.username:
            server.starttls(context=trust)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        # Named here: the library would read them out of the headers again, names and all.
        server.send_message(message, message["From"].addresses[0].addr_spec, [message["To"].addresses[0].addr_spec])
        # The server has it. What goes wrong now must not have it sent again.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _is_refused_for_good(error: Exception) -> bool:
    """Whether the mail server wants this letter never, and not only not now, or not from this sender's settings.

    Source: RFC 5321, section 4.2.1: a reply that begins with 5 is permanent.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _reason in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _address(name: str, email: str) -> Address:
    """An address for a header. A name that is not ASCII is encoded there; so is the domain, but not what is before it.

    Source: RFC 6532 for the part before the @, which needs a mail server that speaks SMTPUTF8.
    """
    before, _at, domain = email.rpartition("@")
    return Address(_as_words(name), username=before, domain=domain.encode("idna").decode("ascii"))


def _as_words(typed: str) -> str:
    """What somebody typed, for a header: one line, of which nothing is read as an encoded word.

    The library decodes such a word wherever it stands in a header, and a line end within becomes a header of its own
    (CVE-2024-6923). A word joiner, which nobody sees, keeps its first two signs from being one.
    """
    return on_one_line(typed).replace("=?", "=\u2060?")


def compose(message: OutboxMessage) -> EmailMessage:
    """The letter in plain text. The template's first line is the subject; the blank line after it is dropped."""
    # Course texts in the letter follow the recipient's language too, as they follow the reader's on a page.
    g.language = message.language
    with force_locale(locale_of(message.language)):
        values = dict(message.context)
        token, calendar = values.pop(UNSUBSCRIBE, ""), values.pop(CALENDAR, "")
        text = render_template(f"emails/{message.template}.txt", recipient_name=message.recipient_name, **values)
        stop = url_for("notices.unsubscribe", token=token, _external=True) if token else ""
        foot = render_template("emails/foot.txt", address=stop).strip() if stop else ""
    subject, _, body = text.strip().partition("\n")
    sender_name, sender_address = parseaddr(current_app.config["MAIL_FROM"])
    letter = EmailMessage(_LETTER)
    letter["Subject"] = _as_words(subject)
    letter["From"] = Address(sender_name, addr_spec=sender_address)
    letter["To"] = _address(message.recipient_name, message.recipient)
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = make_msgid(domain=sender_address.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content("\n\n".join(part for part in (body.strip(), foot) if part) + "\n")
    if stop:
        # One click in the reader's mail programme, without a page. Source: RFC 8058.
        letter["List-Unsubscribe"] = f"<{stop}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if calendar:
        letter.add_attachment(
            calendar.encode(), maintype="text", subtype="calendar", filename="segin.ics",
            params={"charset": "utf-8", "method": "PUBLISH"},
        )  # fmt: skip
    return letter


def send_due_mail(app: Flask) -> int:
    """Send every message that is due, and return how many left. Safe to run in any number of processes."""
    transport = transport_for(app.config["MAIL_URL"])
    sent = 0
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        while True:
            with unit_of_work():
                claimed = [(message.id, message.tries) for message in claim_messages(clock.now())]
            if not claimed:
                return sent
            for message_id, tries in claimed:
                sent += _send(message_id, tries, transport)


def _send(message_id: int, tries: int, transport: Transport) -> bool:
    """Send one claimed message, outside of any transaction: a slow mail server keeps nobody from writing."""
    failure: Exception | None = None
    try:
        with unit_of_work():
            message = claim_again(message_id, tries, clock.now())
            letter = None if message is None else _letter_now(message)
        if letter is None:
            return False
        transport(letter)
    except Exception as error:
        log.exception("mail %s did not leave", message_id)
        failure = error
    with unit_of_work():
        message = db.session.get(OutboxMessage, message_id, populate_existing=True)
        if message is None:
            return failure is None
        if failure is None:
            mark_sent(message, clock.now())
        elif message.tries == tries:
            reason = f"{type(failure).__name__}: {failure}"
            mark_failed(message, reason, clock.now(), is_final=_is_refused_for_good(failure))
    return failure is None


def _letter_now(message: OutboxMessage) -> EmailMessage | None:
    """The letter as it leaves; ``None`` where what it is about is gone, and so is the letter then."""
    values = values_now(message.template, message.context)
    if values is None:
        withdraw(message)
        return None
    message.context = dict(values)
    letter = compose(message)
    add_twin(letter, message.language, current_app.config["PUBLIC_URL"])
    return letter
