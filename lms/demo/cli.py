"""``flask demo``: load the demonstration, and say how to get in."""

from __future__ import annotations

import os

import click
from flask import current_app
from flask.cli import AppGroup

from lms.core import clock
from lms.core.db import unit_of_work
from lms.demo.loading import PackFaulty, is_empty, load_demonstration
from lms.demo.script import PASSWORD

demo_group = AppGroup("demo", help="The demonstration: invented people in a real course.")

SIGN_INS = (
    ("participant, week 3, a phone in Kayes", "fanta.kouyate@emploi-kayes.example"),
    ("participant, week 3, in English", "esenam.tetteh@tvetboard.example"),
    ("tutor of the running edition", "r.adeyinka-walsh@centre-formation.example"),
    ("coordinator of the running edition", "a.dembele@centre-formation.example"),
    ("participant of A9714779, with a certificate", "n.mabasa-reddy@mineworkers-union.example"),
    ("coordinator of A9714779 (closed)", "j.tembe-ricci@trainingcentre.example"),
    ("sponsor viewer of A9714779", "h.moloantoa@samm.example"),
    ("administrator", "admin@segin.example"),
)


@demo_group.command("load")
def load_command() -> None:
    """Load the demonstration into an empty database; a database with people in it is left as it is."""
    if current_app.config["ENV_NAME"] == "production":
        raise click.ClickException("The demonstration has a public password: it is never loaded in production.")
    if not is_empty():
        click.echo("The demonstration is there already; what was done in it is kept.")
        return
    click.echo("Loading the demonstration (about half a minute, once) …")
    try:
        with unit_of_work():
            load_demonstration(current_app.config["PUBLIC_URL"], clock.now())
    except PackFaulty as faults:
        raise click.ClickException(f"the course pack has faults:\n{faults}") from faults


@demo_group.command("welcome")
def welcome_command() -> None:
    """Print the address and the sign-ins of each role."""
    port = os.environ.get("PORT", "8000")
    width = max(len(role) for role, _email in SIGN_INS)
    click.echo(f"\n  Segin is at http://127.0.0.1:{port}\n\n  Everybody's password is: {PASSWORD}\n")
    for role, email in SIGN_INS:
        click.echo(f"  {role:<{width}}  {email}")
    click.echo(f"\n  Letters that it sends can be read at http://127.0.0.1:{port}/demo/mail. Stop with Ctrl+C.\n")
