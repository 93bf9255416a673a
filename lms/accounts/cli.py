"""Commands about accounts."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from lms.accounts import services
from lms.accounts.addresses import is_email_address
from lms.accounts.domain import LIFETIMES, TokenPurpose
from lms.core import clock
from lms.core.db import unit_of_work

accounts_cli = AppGroup("accounts", help="People who may sign in.")

_PATHS = {TokenPurpose.INVITATION: "invitations", TokenPurpose.PASSWORD_RESET: "reset"}


@accounts_cli.command("create-administrator")
@click.argument("email")
@click.option("--name", required=True, help="The person's whole name.")
@click.option("--language", default="en", show_default=True, help="The language of their pages.")
def create_administrator(email: str, name: str, language: str) -> None:
    """Make EMAIL an administrator and print a single-use link to choose a password."""
    if not is_email_address(email):
        raise click.BadParameter(f"{email} is not an e-mail address", param_hint="EMAIL")
    if language not in current_app.config["INTERFACE_LANGUAGES"]:
        raise click.BadParameter(f"{language} is not a language of the interface", param_hint="--language")
    with unit_of_work():
        purpose, secret = services.create_administrator(email, name, language, clock.now())
    hours = int(LIFETIMES[purpose].total_seconds() // 3600)
    click.echo(f"{email} is an administrator. To choose a password, open this link within {hours} hours:")
    click.echo(f"{current_app.config['PUBLIC_URL']}/{_PATHS[purpose]}/{secret}")
