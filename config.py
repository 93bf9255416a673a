"""Settings, read once from the environment; no secret has a default outside development."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
MEGABYTE = 1024 * 1024


# Of what signs sessions and links: as many as the hash that it goes into has.
SHORTEST_KEY_BYTES = 32
# Keys that stand in examples everywhere are the first that anybody tries; compared without signs and case.
_WELL_KNOWN = (
    "developmentonly", "changeme", "changethis", "replaceme", "replacethis", "secretkey", "supersecret", "notsosecret",
    "keepitsecret", "topsecret", "insecure", "yourkey", "yoursecret", "mysecret", "longrandom", "randomstring",
)  # fmt: skip
_FEWEST_SIGNS = 8


class MissingSetting(RuntimeError):
    """A setting that production needs is not in the environment, or is not fit for it."""


def _fit_key(key: str) -> str:
    """A key that nobody guesses; raises MissingSetting, which never repeats it, for any other."""
    letters = "".join(sign for sign in key.casefold() if sign.isalnum())
    if len(key.encode()) < SHORTEST_KEY_BYTES:
        fault = f"is shorter than {SHORTEST_KEY_BYTES} bytes"
    elif len(set(key)) < _FEWEST_SIGNS or any(known in letters for known in _WELL_KNOWN):
        fault = "is one that others would try first"
    else:
        return key
    raise MissingSetting(
        f"LMS_SECRET_KEY {fault}. Whoever finds it out signs in as anybody. Make one with: "
        'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
    )


def _whole_number(environ: Mapping[str, str], name: str, otherwise: str) -> int:
    value = environ.get(name) or otherwise
    if not value.isdecimal():
        raise MissingSetting(f"{name} must be a whole number, not {value!r}")
    return int(value)


def load_config(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Flask settings from the variables that start with ``LMS_``.

    ``LMS_ENV`` is ``development`` (the default: an SQLite file under ``instance/``, mail in a folder) or
    ``production`` (``LMS_SECRET_KEY``, ``LMS_DATABASE_URL`` and ``LMS_PUBLIC_URL`` are required, cookies are Secure).

    Raises:
        MissingSetting: naming the first variable that production lacks, a key that is short or well known, a number
            that is none, or an ``LMS_ENV`` that is neither.
    """
    environment = environ.get("LMS_ENV", "development")
    if environment not in ("development", "production"):
        # A slip here would run a real campus under a key that everybody can read.
        raise MissingSetting(f"LMS_ENV must be development or production, not {environment!r}")
    production = environment == "production"
    instance = Path(environ.get("LMS_INSTANCE", ROOT / "instance"))

    def setting(name: str, development: str) -> str:
        value = environ.get(f"LMS_{name}")
        if value:
            return value
        if production:
            raise MissingSetting(f"LMS_{name} must be set in production")
        return development

    key = setting("SECRET_KEY", "development only, never used in production")
    return {
        "ENV_NAME": environment,
        "SECRET_KEY": _fit_key(key) if production else key,
        "PUBLIC_URL": setting("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        "SQLALCHEMY_DATABASE_URI": setting("DATABASE_URL", f"sqlite:///{instance / 'segin.sqlite3'}"),
        "INSTANCE_DIR": instance,
        "FILES_DIR": Path(environ.get("LMS_FILES_DIR", instance / "files")),
        "MAIL_URL": environ.get("LMS_MAIL_URL", f"folder://{instance / 'mail'}"),
        "MAIL_FROM": environ.get("LMS_MAIL_FROM", "Segin <no-reply@segin.example>"),
        "THROTTLE_URL": environ.get("LMS_THROTTLE_URL", "memory://"),
        "EMBEDDED_WORKER": environ.get("LMS_EMBEDDED_WORKER", "1") == "1",
        "TRUSTED_PROXIES": _whole_number(environ, "LMS_TRUSTED_PROXIES", "0"),
        "INTERFACE_LANGUAGES": ("en", "fr", "pt", "ar"),
        # Small servers: 19 MiB and two passes cost about 30 ms a sign-in.
        "PASSWORD_MEMORY_KIB": 19 * 1024,
        "PASSWORD_PASSES": 2,
        # As long as people may change what they wrote in a forum.
        "FORUM_EDITABLE_FOR": timedelta(minutes=_whole_number(environ, "LMS_FORUM_EDIT_MINUTES", "30")),
        "MAX_UPLOAD_BYTES": 10 * MEGABYTE,
        # Room for the form's other fields beside the largest file.
        "MAX_CONTENT_LENGTH": 11 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": 2 * MEGABYTE,
        # Browsers take a cookie of this prefix from this host alone: no neighbour on the domain can plant a session.
        "SESSION_COOKIE_NAME": "__Host-session" if production else "session",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": production,
        "PREFERRED_URL_SCHEME": "https" if production else "http",
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
        # A page left open through a week without network must still be able to send what was typed.
        "WTF_CSRF_TIME_LIMIT": None,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 5,
        "COMPRESS_MIN_SIZE": 500,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "lms" / "translations"),
        # What people wrote, and their anonymous answers, must not end up in a log because a statement failed.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": production},
        "TEMPLATES_AUTO_RELOAD": False,
    }
