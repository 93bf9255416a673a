"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.demo.cli import demo_group


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""

    app.cli.add_command(demo_group)
