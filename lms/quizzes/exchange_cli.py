"""``flask questions``: questions from files into a course's bank, and from the bank into files."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from lms.accounts.queries import find_person_by_email
from lms.core import clock
from lms.core.db import db, unit_of_work
from lms.core.errors import Refusal
from lms.courses.models import Course
from lms.courses.queries import find_latest_release
from lms.quizzes.exchange.formats import FORMATS
from lms.quizzes.exchange.report import Refused
from lms.quizzes.exchange_models import QuestionImport, QuestionImportLine
from lms.quizzes.permissions import Author
from lms.quizzes.services import exchange

questions_group = AppGroup(
    "questions", help="Bring questions in from files, and take them out (docs/question-formats.md)."
)
_READ, _WRITTEN = list(FORMATS), [key for key, form in FORMATS.items() if form.write]


def _author(slug: str, email: str) -> Author:
    release = find_latest_release(slug)
    course = db.session.scalars(select(Course).where(Course.slug == slug)).one_or_none()
    if release is None or course is None:
        raise click.ClickException(f"There is no course “{slug}”.")
    person = find_person_by_email(email)
    if person is None:
        raise click.ClickException(f"Nobody has an account under {email}.")
    return Author(person, course, tuple(release.document["languages"]))


@questions_group.command("import")
@click.argument("slug")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "email", required=True, help="Address of an administrator or coordinator, on whose behalf.")
@click.option("--format", "chosen", type=click.Choice(_READ), default=None, help="Found out by itself unless named.")
@click.option("--language", default=None, help="Of texts that name none; the course's first unless named.")
@click.option("--category", default="", help="Where new questions go.")
@click.option("--dry-run", is_flag=True, help="Say what the file holds, and save nothing.")
def import_command(
    slug: str, path: Path, email: str, chosen: str | None, language: str | None, category: str, dry_run: bool
) -> None:
    """Bring the questions of the file PATH into the bank of the course SLUG. Run again, nothing comes twice.

    Ends with 1 where something in the file is to be mended, with 2 where the file is not read at all.
    """
    author, now = _author(slug, email), clock.now()
    spoken = language or author.languages[0]
    try:
        with unit_of_work():
            kept = exchange.preview_questions(
                author, path.read_bytes(), path.name, language=spoken, chosen=chosen or "", now=now
            )
            _print_lines(kept)
            if not dry_run:
                kept = exchange.confirm_import(author, kept.id, category=category, keeps_categories=True, now=now)
            counts = dict(kept.counts)
            if dry_run:
                exchange.forget_import(author, kept.id)
    except Refused as refusal:
        click.echo(str(refusal), err=True)
        raise SystemExit(2) from refusal
    except Refusal as refusal:
        raise click.ClickException(refusal.message or f"{email} does not keep this course's bank.") from refusal
    names = (
        ("new", "new"),
        ("changed", "new versions"),
        ("same", "in the bank already"),
        ("skipped", "left out"),
        ("faulty", "to be mended"),
    )
    click.echo(
        ("Nothing was saved. " if dry_run else "")
        + ", ".join(f"{counts.get(key, 0)} {words}" for key, words in names)
        + "."
    )
    if counts.get("faulty"):
        raise SystemExit(1)


def _print_lines(kept: QuestionImport) -> None:
    lines = db.session.scalars(
        select(QuestionImportLine).where(QuestionImportLine.import_id == kept.id).order_by(QuestionImportLine.position)
    )
    for line in lines:
        place = line.file if line.line is None else f"{line.file}:{line.line}"
        click.echo(f"{place}: {line.plan or line.state}: {line.name}")
        for message, values in line.notes:
            click.echo(f"    {message % values if values else message}")


@questions_group.command("export")
@click.argument("slug")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", "email", required=True, help="Address of an administrator or coordinator, on whose behalf.")
@click.option("--format", "chosen", type=click.Choice(_WRITTEN), required=True)
@click.option("--language", "languages", multiple=True, help="All of the course's unless named.")
@click.option("--category", default="", help="Only this one and those below it.")
@click.option("--dry-run", is_flag=True, help="Say what the format cannot carry, and write nothing.")
def export_command(
    slug: str, path: Path, email: str, chosen: str, languages: tuple[str, ...], category: str, dry_run: bool
) -> None:
    """Write the questions of the course SLUG to the file PATH."""
    author = _author(slug, email)
    try:
        planned = exchange.plan_export(author, form=chosen, languages=languages or author.languages, category=category)
    except Refusal as refusal:
        raise click.ClickException(refusal.message or f"{email} does not keep this course's bank.") from refusal
    for loss, keys in planned.losses.items():
        click.echo(f"{loss} ({len(keys)}: {', '.join(keys[:5])}{' …' if len(keys) > 5 else ''})")
    if dry_run:
        click.echo(f"{len(planned.questions)} questions would be written. Nothing was written.")
        return
    path.write_bytes(exchange.write_export(author, planned))
    click.echo(f"Wrote {len(planned.questions)} questions to {path}.")
