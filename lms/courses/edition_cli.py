"""The group of commands about editions; features add theirs to it."""

from __future__ import annotations

from flask.cli import AppGroup

editions_cli = AppGroup("editions", help="Editions: their figures and results.")
