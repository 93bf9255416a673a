"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.demo.cli import demo_group
from lms.demo.mailbox import blueprint as mailbox
from lms.demo.mailbox import mail_folder


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    if mail_folder(app) is not None:
        app.register_blueprint(mailbox)
    app.cli.add_command(demo_group)
