"""Hashing and checking passwords with argon2id; the cost is a setting and old hashes follow it."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, current_app


def init_passwords(app: Flask) -> None:
    """Set the cost, and make the hash that is checked when there is no account to check."""
    hasher = PasswordHasher(
        time_cost=app.config["PASSWORD_PASSES"], memory_cost=app.config["PASSWORD_MEMORY_KIB"], parallelism=1
    )
    app.extensions["passwords"] = hasher
    app.extensions["password_decoy"] = hasher.hash("nobody's password")


def _hasher() -> PasswordHasher:
    hasher: PasswordHasher = current_app.extensions["passwords"]
    return hasher


def _normal(password: str) -> str:
    # A phone and a computer may compose the same accented letter differently.
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """The hash to store, with its salt and cost in it."""
    return _hasher().hash(_normal(password))


def is_password(password_hash: str | None, password: str) -> bool:
    """True where the password is the one that was hashed.

    Without a hash (no such account, or none chosen yet) a decoy is checked all the same, so that the time taken does
    not tell whether an account exists.
    """
    decoy: str = current_app.extensions["password_decoy"]
    try:
        _hasher().verify(password_hash or decoy, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """True where the hash was made at another cost than today's."""
    return _hasher().check_needs_rehash(password_hash)
