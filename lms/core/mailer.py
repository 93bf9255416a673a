"""Sends what the outbox owes: renders each message in its recipient's language and hands it to SMTP or to a folder."""

from __future__ import annotations

import logging
import secrets
import smtplib
from collections.abc import Callable
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, g, render_template, url_for
from flask_babel import force_locale

from lms.core import clock
from lms.core.db import db, unit_of_work
from lms.core.i18n import locale_of
from lms.core.outbox import CALENDAR, UNSUBSCRIBE, OutboxMessage, claim_messages, mark_failed, mark_sent

log = logging.getLogger(__name__)

Transport = Callable[[EmailMessage], None]


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
    return message.as_bytes(policy=policy.SMTP if is_ascii else policy.SMTPUTF8)


def _send_by_smtp(message: EmailMessage, url: str) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    client = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with client(parts.hostname or "localhost", parts.port or (465 if secure else 25), timeout=20) as server:
        if not secure and parts.username:
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _address(name: str, email: str) -> Address:
    """An address for a header. A name that is not ASCII is encoded there; so is the domain, but not what is before it.

    Source: RFC 6532 for the part before the @, which needs a mail server that speaks SMTPUTF8.
    """
    before, _at, domain = email.rpartition("@")
    return Address(" ".join(name.split()), username=before, domain=domain.encode("idna").decode("ascii"))


def compose(message: OutboxMessage) -> EmailMessage:
    """The letter itself. The template's first line is the subject; the blank line after it is dropped."""
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
    letter = EmailMessage()
    letter["Subject"] = " ".join(subject.split())
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
                claimed = list(claim_messages(clock.now()))
            if not claimed:
                return sent
            for message in claimed:
                with unit_of_work():
                    db.session.refresh(message)
                    try:
                        transport(compose(message))
                    except Exception as error:
                        log.exception("mail %s did not leave", message.id)
                        mark_failed(message, f"{type(error).__name__}: {error}", clock.now())
                    else:
                        mark_sent(message, clock.now())
                        sent += 1
