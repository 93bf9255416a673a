"""Segin: courses for people who help others to start over. ``create_app`` builds and wires, and has no other effect."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from lms.core.application import Application
from lms.core.db import db, init_database
from lms.core.files import init_files
from lms.core.headers import SafeHeaders, UntrustedProxy
from lms.core.jobs import register_job, worker_command
from lms.core.mailer import send_due_mail
from lms.core.throttle import init_throttle
from lms.core.web import init_web

# In the order of their layers: a feature's hooks run after those of the features it builds on.
FEATURES = (
    "accounts",
    "uploads",
    "notices",
    "courses",
    "grading",
    "attendance",
    "quizzes",
    "assignments",
    "forums",
    "surveys",
    "certificates",
    "messages",
    "reports",
    "calendar",
    "home",
    "offline",
    "demo",
)


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application for these settings (see ``config.load_config``)."""
    app = Application(__name__)
    app.config.from_mapping(config)
    init_database(app)
    Migrate(app, db, directory=str(Path(__file__).parent.parent / "migrations"), render_as_batch=True)
    init_files(app)
    init_throttle(app)
    init_web(app)
    for feature in FEATURES:
        import_module(f"lms.{feature}.register").register(app)
    register_job(app, "mail", send_due_mail, every_seconds=5)
    app.cli.add_command(worker_command)
    static = str(Path(__file__).parent / "static")
    files = WhiteNoise(app.wsgi_app, root=static, prefix="static/", max_age=31536000, allow_all_origins=False)
    # Flask's own way to put something around the app; mypy sees a method replaced.
    app.wsgi_app = SafeHeaders(files)  # type: ignore[method-assign]
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    else:
        app.wsgi_app = UntrustedProxy(app.wsgi_app)  # type: ignore[method-assign]
    return app
