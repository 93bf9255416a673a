"""The group of commands about editions; features add theirs to it."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup

from lms.accounts.places import is_time_zone
from lms.accounts.queries import find_person_by_email
from lms.core import clock
from lms.core.db import unit_of_work
from lms.core.errors import Refusal
from lms.courses.editions import EditionPlan, create_edition
from lms.courses.queries import find_latest_release
from lms.courses.roster import list_editions
from lms.courses.wording import edition_state

editions_cli = AppGroup("editions", help="Editions: making and listing them, their figures and results.")


@editions_cli.command("create")
@click.argument("code")
@click.option("--course", required=True, help="The course's slug.")
@click.option("--starts", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--by", "email", required=True, help="Address of an administrator or coordinator, who coordinates it.")
@click.option("--time-zone", default="UTC", show_default=True, help="Whose clock counts, for instance Europe/Rome.")
@click.option("--place", default="", help="The city by which people know that clock.")
def create(code: str, course: str, starts: datetime, email: str, time_zone: str, place: str) -> None:
    """Make the edition CODE of a course; it is opened in its settings."""
    person, release = find_person_by_email(email), find_latest_release(course)
    if person is None:
        raise click.BadParameter(f"nobody has the address {email}", param_hint="--by")
    if release is None:
        raise click.BadParameter(f"there is no course {course}", param_hint="--course")
    if not is_time_zone(time_zone):
        raise click.BadParameter(f"{time_zone} is no time zone", param_hint="--time-zone")
    plan = EditionPlan(code=code.upper(), starts_on=starts.date(), time_zone=time_zone, place=place)
    try:
        with unit_of_work():
            edition = create_edition(person, release.id, plan, clock.now())
            click.echo(f"{edition.code} runs from {edition.starts_on} to {edition.ends_on} and waits to be opened.")
    except Refusal as refusal:
        raise click.ClickException(refusal.message or f"{email} may not make editions") from refusal


@editions_cli.command("list")
def list_all() -> None:
    """Print every edition: its code, state, first and last day."""
    for edition in list_editions():
        state = edition_state(edition, clock.now())
        click.echo(f"{edition.code}\t{state}\t{edition.starts_on}\t{edition.ends_on}")
