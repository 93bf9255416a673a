"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask

from lms.accounts import models as models  # the tables
from lms.accounts import people_views as people_views  # routes of the same blueprint
from lms.accounts.access import init_login
from lms.accounts.cli import accounts_cli
from lms.accounts.design_views import blueprint as design_blueprint
from lms.accounts.forms import ORGANISATION_TYPES, SEXES
from lms.accounts.passwords import init_passwords
from lms.accounts.places import country_name
from lms.accounts.services import RESET_ASKED, answer_reset
from lms.accounts.views import blueprint
from lms.core import clock
from lms.core.outbox import Values, renew_letters
from lms.core.web import interface_language


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    app.register_blueprint(design_blueprint)
    app.cli.add_command(accounts_cli)
    renew_letters(app, RESET_ASKED, _answer_reset)
    init_login(app)
    init_passwords(app)
    app.jinja_env.filters["country"] = lambda code: country_name(code, interface_language())
    app.jinja_env.globals.update(organisation_types=ORGANISATION_TYPES, sexes=SEXES)


def _answer_reset(values: Values) -> None:
    """Owe the letter itself where there is such an account; the note of the request is taken away in any case."""
    answer_reset(values["email"], clock.now())
