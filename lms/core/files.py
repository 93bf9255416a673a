"""Files that people upload or the system issues: bytes in a store under a random key, everything else in a row.

The original name is only ever a label: it never becomes a path.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, after_commit, db

log = logging.getLogger(__name__)


class Storage(Protocol):
    """Where bytes live. Keys are made here, never by a person."""

    def write(self, key: str, content: bytes) -> None:
        """Keep the content under the key."""

    def read(self, key: str) -> bytes:
        """The content; raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Forget the key; an unknown key is no error."""


class FolderStorage:
    """Files in a folder, two levels deep so that no directory grows without bound."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / key

    def write(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(path)  # a reader sees the whole file or none

    def read(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)


class StoredFile(Base):
    """What is known of one file. ``key`` is also its address for those who may open it."""

    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


def init_files(app: Flask) -> None:
    """Open the app's store."""
    app.extensions["storage"] = FolderStorage(Path(app.config["FILES_DIR"]))


def label_of(name: str) -> str:
    """The last part of a client's file name, without control characters, at most 200 characters, ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(character for character in last if character.isprintable()).strip() or "file"
    if len(clean) <= 200:
        return clean
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[:180]}.{ending[:18]}" if dot else clean[:200]


def store_file(content: bytes, *, name: str, media_type: str, now: datetime, actor_id: int | None) -> StoredFile:
    """Keep the content and return its row, not yet committed.

    The bytes are written before the row: a rollback leaves an unreachable file, never a row without its file.
    """
    key = secrets.token_urlsafe(24)
    storage: Storage = current_app.extensions["storage"]
    storage.write(key, content)
    stored = StoredFile(
        key=key,
        name=label_of(name),
        media_type=media_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        stored_at=now,
        stored_by_id=actor_id,
    )
    db.session.add(stored)
    db.session.flush()
    return stored


def read_file(stored: StoredFile) -> bytes:
    """The bytes of a stored file."""
    storage: Storage = current_app.extensions["storage"]
    return storage.read(stored.key)


def forget_bytes(keys: Iterable[str]) -> None:
    """Delete what lies under the keys once the unit of work, which takes their rows away, has committed."""
    storage, gone = current_app.extensions["storage"], list(keys)
    after_commit(lambda: _delete(storage, gone))


def _delete(storage: Storage, keys: Iterable[str]) -> None:
    for key in keys:
        try:
            storage.delete(key)
        except OSError:  # what was committed is done: bytes that nobody reaches are no failure of the person's
            log.exception("file %s stays in the store", key)
