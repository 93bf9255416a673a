"""Begin, continue and end the sending of a file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.files import Storage, forget_bytes, label_of
from lms.uploads.models import Upload, UploadPiece
from lms.uploads.queries import KEPT, get_upload

# Nobody writes so many documents at once; each may take room for a week.
MOST_AT_ONCE = 5
MOST_BYTES_A_PIECE = 512 * 1024
# Each is a file in the store. The page sends fewer than a hundred; one for each byte would fill a disk that has room.
MOST_PIECES = 2000


def begin_upload(actor: Person, *, name: str, size_bytes: int, limit_bytes: int, now: datetime) -> Upload:
    """Announce a file; where the actor has too many on their way, the oldest gives room.

    Raises:
        RuleViolation: if it is empty or larger than ``limit_bytes``.
    """
    if not 0 < size_bytes <= limit_bytes:
        raise RuleViolation(_("This document is too large to send. Save it without pictures, then choose it again."))
    own = select(Upload.id).where(Upload.person_id == actor.id).order_by(Upload.id.desc())
    _forget(list(db.session.scalars(own.offset(MOST_AT_ONCE - 1))))
    upload = Upload(
        key=secrets.token_urlsafe(24),
        person_id=actor.id,
        name=label_of(name),
        size_bytes=size_bytes,
        received_bytes=0,
        created_at=now,
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def continue_upload(actor: Person, key: str, *, offset: int, piece: bytes, now: datetime) -> int:
    """Add a piece and return how many bytes are there now.

    Raises:
        NotFound: if the actor has no such file on its way.
        RuleViolation: if the piece does not begin where the last one ended, goes beyond the size announced, or is one of
            far too many.
    """
    upload = get_upload(actor, key, now)
    following = offset + len(piece)
    if not piece or following > upload.size_bytes or len(piece) > MOST_BYTES_A_PIECE:
        raise RuleViolation(_("This piece does not belong to the file that was announced."))
    sent = db.session.scalar(select(func.count()).where(UploadPiece.upload_id == upload.id)) or 0
    if sent >= MOST_PIECES:
        raise RuleViolation(_("This piece does not belong to the file that was announced."))
    # Two processes may get the same piece: one of them moves the end, the other finds it moved.
    moved = db.session.execute(
        update(Upload)
        .where(Upload.id == upload.id, Upload.received_bytes == offset)
        .values(received_bytes=following)
        .returning(Upload.id)
    ).one_or_none()
    if moved is None:
        raise RuleViolation(_("This piece does not begin where the last one ended."))
    _write_piece(upload, offset, piece)
    return following


def keep_whole(actor: Person, *, name: str, content: bytes, now: datetime) -> Upload:
    """Put a file that came in one piece among those on their way, because what it was sent for cannot take it yet."""
    upload = begin_upload(actor, name=name, size_bytes=len(content), limit_bytes=len(content), now=now)
    upload.received_bytes = len(content)
    _write_piece(upload, 0, content)
    return upload


def _write_piece(upload: Upload, offset: int, piece: bytes) -> None:
    storage: Storage = current_app.extensions["storage"]
    place = secrets.token_urlsafe(24)
    storage.write(place, piece)  # before its row: a rollback leaves bytes that nobody reaches, never a row without them
    db.session.add(UploadPiece(upload_id=upload.id, offset=offset, key=place))
    db.session.flush()


def end_upload(actor: Person, key: str, now: datetime) -> None:
    """Forget a file on its way, because it has been taken or is not wanted."""
    _forget([get_upload(actor, key, now).id])


def forget_old_uploads(now: datetime) -> int:
    """Forget what nobody went on sending; returns how many."""
    old = list(db.session.scalars(select(Upload.id).where(Upload.created_at <= now - KEPT)))
    _forget(old)
    return len(old)


def _forget(ids: Sequence[int]) -> None:
    if not ids:
        return
    forget_bytes(db.session.scalars(select(UploadPiece.key).where(UploadPiece.upload_id.in_(ids))).all())
    db.session.execute(delete(UploadPiece).where(UploadPiece.upload_id.in_(ids)))
    db.session.execute(delete(Upload).where(Upload.id.in_(ids)))
