"""Reads of files on their way; each is its sender's alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.files import Storage
from lms.uploads.models import Upload, UploadPiece

# Long enough for a week without a network.
KEPT = timedelta(days=7)


def get_upload(actor: Person, key: str, now: datetime) -> Upload:
    """The actor's own file on its way; raises NotFound, too, where its time is over."""
    found = db.session.scalars(
        select(Upload).where(Upload.key == key, Upload.person_id == actor.id, Upload.created_at > now - KEPT)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def read_upload(actor: Person, key: str, now: datetime) -> tuple[str, bytes]:
    """Name and content of a file that has come whole; raises NotFound for any other."""
    upload = get_upload(actor, key, now)
    if upload.received_bytes != upload.size_bytes:
        raise NotFound
    storage: Storage = current_app.extensions["storage"]
    pieces = db.session.scalars(
        select(UploadPiece.key).where(UploadPiece.upload_id == upload.id).order_by(UploadPiece.offset)
    )
    return upload.name, b"".join(storage.read(piece) for piece in pieces)
