"""Commands that explain somebody's result in the words of the pages, and that check the gradebook's sums."""

from __future__ import annotations

import click
from flask import current_app, g
from flask_babel import force_locale
from sqlalchemy import select

from lms.accounts.domain import email_key
from lms.accounts.models import Person
from lms.core import clock
from lms.core.db import db, unit_of_work
from lms.core.errors import Refusal
from lms.core.i18n import locale_of
from lms.courses.domain.roles import Role
from lms.courses.edition_cli import editions_cli
from lms.courses.models import Edition, Enrolment
from lms.grading.account import account_of
from lms.grading.queries import standing_of
from lms.grading.services.summaries import sum_up, wrong_summaries


@editions_cli.command("explain")
@click.argument("code")
@click.option("--person", "email", required=True, help="The participant's e-mail address.")
@click.option("--language", help="The language to write in; the participant's own unless said.")
@click.option(
    "--as-participant", is_flag=True, help="Only what the participant sees: marks not released yet are waiting."
)
def explain_result(code: str, email: str, language: str | None, as_participant: bool) -> None:
    """Print why somebody has their result in the edition CODE: from the raw marks to the certificate."""
    enrolment, edition = _find(code, email)
    spoken = current_app.config["INTERFACE_LANGUAGES"]
    if language is not None and language not in spoken:
        raise click.BadParameter(f"choose one of {', '.join(spoken)}", param_hint="--language")
    g.language = language or enrolment.person.language
    g.edition_languages = tuple(edition.languages)
    try:
        standing = standing_of(edition, enrolment, released_only=as_participant, now=clock.now())
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    with force_locale(locale_of(g.language)):
        click.echo(standing.name)
        click.echo("\n".join(account_of(standing).lines()))


def _find(code: str, email: str) -> tuple[Enrolment, Edition]:
    row = db.session.execute(
        select(Enrolment, Edition)
        .join(Edition, Edition.id == Enrolment.edition_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Edition.code == code, Person.email_key == email_key(email), Enrolment.role == Role.PARTICIPANT)
    ).one_or_none()
    if row is None:
        raise click.ClickException(f"Nobody with the address {email} takes part in an edition {code}.")
    return row[0], row[1]


@editions_cli.command("sums")
@click.argument("code")
@click.option("--mend", is_flag=True, help="Write the sums anew from the ledger.")
def check_sums(code: str, mend: bool) -> None:
    """Hold the gradebook's sums of the edition CODE against the ledger, and name whoever's differ."""
    edition = db.session.scalars(select(Edition).where(Edition.code == code)).one_or_none()
    if edition is None:
        raise click.ClickException(f"There is no edition {code}.")
    with unit_of_work():
        wrong = [standing.name for standing in wrong_summaries(edition)]
        if mend and wrong:
            sum_up(edition)
    if not wrong:
        click.echo("Every sum is that of the ledger.")
        return
    click.echo(f"{'Mended' if mend else 'Not as in the ledger'}: {', '.join(wrong)}.")
    if not mend:
        raise SystemExit(1)
