"""Commands that print the figures and the results of an edition."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select

from lms.core import clock
from lms.core.db import db
from lms.core.errors import Refusal
from lms.core.sheets import write_csv
from lms.courses.edition_cli import editions_cli
from lms.courses.models import Edition
from lms.grading.queries import get_scheme
from lms.reports.exports import report_document, results_rows, results_sheet
from lms.reports.queries import activity_report, participants_standing


def _edition(code: str) -> Edition:
    edition = db.session.scalars(select(Edition).where(Edition.code == code)).one_or_none()
    if edition is None:
        raise click.ClickException(f"There is no edition {code}.")
    return edition


def _print_json(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@editions_cli.command("report")
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def report(code: str, form: str) -> None:
    """Print the figures of the activity report of the edition CODE."""
    edition = _edition(code)
    try:
        document = report_document(activity_report(edition, clock.now()), edition.languages)
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    if form == "json":
        _print_json(document)
    else:
        click.echo("\n".join(_lines(document)))


@editions_cli.command("results")
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def results(code: str, form: str) -> None:
    """Print one row for each participant of the edition CODE: points, total, decision and reason.

    Who has withdrawn and test accounts are left out, as in the report.
    """
    edition = _edition(code)
    try:
        _version, scheme = get_scheme(edition.id)
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    standings = participants_standing(edition)
    if form == "json":
        _print_json(results_rows(standings))
    else:
        # Without the byte order mark that spreadsheets like: programs read it as part of the first name.
        click.echo(write_csv(results_sheet(standings, scheme)).decode("utf-8-sig"), nl=False)


def _lines(document: dict[str, Any]) -> list[str]:
    """The report as plain text."""
    lines = [
        f"{document['code']}  {document['title']}",
        f"{document['starts_on']} to {document['ends_on']}, as at {document['as_at']}",
        "",
        f"Participants                {document['participants']:>5}",
        *(f"  financed by {code:<14}{count:>5}" for code, count in document["participants_by_sponsor"].items()),
        f"Quiz average                {document['quiz_average']} of {document['quiz_maximum']:g}",
        f"  above the average         {document['quiz_above_average']:>5}",
        f"Active in group work        {document['group_active']:>5}",
        f"Essays handed in            {document['essays_submitted']:>5}",
        f"Certificates                {_counts(document['certificates'])}",
        *(f"  {code}: {_counts(counts)}" for code, counts in document["certificates_by_sponsor"].items()),
        "",
    ]
    if not document["evaluation"]:
        return [*lines, f"Evaluation: {document.get('evaluation_visibility', 'none')}"]
    answered, asked, rate = document["evaluation_answered"], document["evaluation_asked"], document["response_rate"]
    lines += [f"Evaluation: {answered} of {asked} answered ({rate} %)", "   n   avg   4+5 %  question"]
    for row in document["evaluation"]:
        lines.append(
            f"{row['n']:>4}  {_figure(row['average'], 2)}  {_figure(row['share_4_5'], 1):>6}  {row['question']}"
        )
    return lines


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _figure(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"
