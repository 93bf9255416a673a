"""The tus protocol 1.0 (https://tus.io/protocols/resumable-upload), as far as it is needed: creation, offset, piece, end.

Its own page-side is in static/draft.js; any client of the protocol that sends the form's token can use it.
"""

from __future__ import annotations

import base64
import binascii
from email.utils import format_datetime

from flask import Blueprint, current_app, request, url_for
from werkzeug.wrappers import Response

from lms.accounts.access import current_person, signed_in
from lms.core import clock
from lms.core.access import allow
from lms.core.db import unit_of_work
from lms.core.errors import RuleViolation
from lms.core.throttle import is_throttled
from lms.uploads.models import Upload
from lms.uploads.queries import KEPT, get_upload
from lms.uploads.services import begin_upload, continue_upload, end_upload

blueprint = Blueprint("uploads", __name__)

VERSION = "1.0.0"
PIECES = "application/offset+octet-stream"
BEGUN_PER_PERSON = "30 per 10 minutes"


def _answer(status: int, **headers: str) -> Response:
    response = Response(status=status)
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def _state(status: int, upload: Upload, received: int, **headers: str) -> Response:
    return _answer(
        status,
        Upload_Offset=str(received),
        Upload_Expires=format_datetime(upload.created_at + KEPT, usegmt=True),
        **headers,
    )


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    # More digits than any file has bytes: no number of ours.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _file_name() -> str:
    """The name in ``Upload-Metadata``: pairs of a key and a base64 value, separated by commas."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _space, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8")
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""


@blueprint.post("/uploads")
@allow(signed_in)
def begin() -> Response:
    """Announce a file by its size and name."""
    person = current_person()
    if is_throttled(BEGUN_PER_PERSON, "begin upload", str(person.id)):
        return _answer(429)
    with unit_of_work():
        upload = begin_upload(
            person,
            name=_file_name(),
            size_bytes=_number("Upload-Length"),
            limit_bytes=current_app.config["MAX_UPLOAD_BYTES"],
            now=clock.now(),
        )
        key = upload.key
    return _state(201, upload, 0, Location=url_for(".state", key=key))


@blueprint.get("/uploads/<key>")
@allow(signed_in)
def state(key: str) -> Response:
    """How far it has come (asked with HEAD)."""
    upload = get_upload(current_person(), key, clock.now())
    return _state(200, upload, upload.received_bytes, Upload_Length=str(upload.size_bytes))


@blueprint.patch("/uploads/<key>")
@allow(signed_in)
def piece(key: str) -> Response:
    """Take the next piece."""
    if request.mimetype != PIECES:
        return _answer(415)
    now, person = clock.now(), current_person()
    content = request.get_data(cache=False)
    try:
        with unit_of_work():
            upload = get_upload(person, key, now)
            received = continue_upload(person, key, offset=_number("Upload-Offset"), piece=content, now=now)
            return _state(204, upload, received)
    except RuleViolation:
        return _answer(409)


@blueprint.delete("/uploads/<key>")
@allow(signed_in)
def end(key: str) -> Response:
    """Forget it."""
    with unit_of_work():
        end_upload(current_person(), key, clock.now())
    return _answer(204)
