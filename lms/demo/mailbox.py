"""The letters that a demonstration sends, to be read in the browser. Only where mail goes into a folder, never in production."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, render_template, request
from markupsafe import Markup, escape

from lms.core.access import allow, anyone
from lms.core.errors import NotFound

blueprint = Blueprint("mailbox", __name__)

MOST = 50
_ADDRESS = re.compile(r"(https?://[^\s<>\"]+)")
_NAME = re.compile(r"[0-9a-f-]{10,60}")


@dataclass(frozen=True, slots=True)
class Found:
    """A letter as the list shows it."""

    name: str
    to: str
    subject: str
    at: datetime | None


def mail_folder(app: Flask) -> Path | None:
    """The folder that letters are written to; ``None`` in production, and where they are really sent."""
    parts = urlsplit(app.config["MAIL_URL"])
    if app.config["ENV_NAME"] == "production" or parts.scheme != "folder":
        return None
    return Path(parts.netloc + parts.path)


def _folder() -> Path:
    folder = mail_folder(current_app)
    if folder is None:
        raise NotFound
    return folder


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def _found(path: Path) -> Found:
    letter = _read(path)
    return Found(path.stem, str(letter["To"]), str(letter["Subject"]), letter["Date"].datetime)


@blueprint.get("/demo/mail")
@allow(anyone)
def index() -> str:
    """The latest letters, to everybody or to one address."""
    wanted = request.args.get("to", "").strip().casefold()
    files = sorted(_folder().glob("*.eml"), reverse=True)
    letters: list[Found] = []
    for path in files[: MOST if not wanted else 1000]:
        letter = _found(path)
        if wanted in letter.to.casefold():
            letters.append(letter)
    return render_template("demo/mailbox.html", letters=letters[:MOST], total=len(files), wanted=wanted)


def _path_of(name: str) -> Path:
    path = _folder() / f"{name}.eml"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound
    return path


@blueprint.get("/demo/mail/<name>")
@allow(anyone)
def letter(name: str) -> str:
    """One letter, its addresses to be followed."""
    found = _read(_path_of(name))
    body = found.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    attached = [part.get_filename() for part in found.iter_attachments()]
    return render_template("demo/letter.html", letter=found, text=linked(text), attached=attached, name=name)


@blueprint.get("/demo/mail/<name>/attachment/<int:number>")
@allow(anyone)
def attachment(name: str, number: int) -> Response:
    """What is attached to it."""
    parts = list(_read(_path_of(name)).iter_attachments())
    if number >= len(parts):
        raise NotFound
    content = parts[number].get_payload(decode=True)
    assert isinstance(content, bytes)
    response = Response(content, content_type=parts[number].get_content_type())
    response.headers.set("Content-Disposition", "attachment", filename=parts[number].get_filename() or "file")
    return response


def linked(text: str) -> Markup:
    """A letter's words, with its addresses as links; everything else is escaped."""
    parts = _ADDRESS.split(text)
    return Markup().join(
        Markup('<a href="{0}">{0}</a>').format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
