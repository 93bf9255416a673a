"""``flask courses``: check, import and export course packs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup

from lms.core import clock
from lms.core.db import unit_of_work
from lms.courses.documents import course_from_document
from lms.courses.domain.content import CourseContent
from lms.courses.hooks import content_to_export
from lms.courses.packs import PackReading, Severity, read_pack, write_pack
from lms.courses.packs.question_schema import question_schema
from lms.courses.queries import course_slugs, releases_of
from lms.courses.services import ImportOutcome, import_release

courses_group = AppGroup("courses", help="Check, import and export course packs (docs/course-packs.md).")
_FOLDER = click.Path(path_type=Path)


@courses_group.command("check")
@click.argument("path", type=_FOLDER)
def check_command(path: Path) -> None:
    """Name every fault of the pack in the folder PATH with its file and line."""
    reading = read_pack(path)
    _print_faults(reading, path)
    if reading.content is None:
        raise SystemExit(1)
    click.echo(_summary(reading.content))


@courses_group.command("import")
@click.argument("path", type=_FOLDER)
def import_command(path: Path) -> None:
    """Bring in the pack in the folder PATH. Run again, it does nothing unless the pack has changed."""
    reading = read_pack(path)
    _print_faults(reading, path)
    if reading.content is None:
        click.echo("Nothing was imported.", err=True)
        raise SystemExit(1)
    with unit_of_work():
        outcome = import_release(reading.content, actor=None, now=clock.now())
        lines = _outcome_lines(outcome)
    click.echo("\n".join(lines))


@courses_group.command("releases")
@click.argument("slug")
def releases_command(slug: str) -> None:
    """List the releases of the course SLUG, the newest first, with what each changed."""
    for release, changes in releases_of(slug) or _no_course(slug):
        click.echo(f"{release.number}  {release.imported_at:%Y-%m-%d %H:%M} UTC")
        for change in changes:
            click.echo(f"  {change}")


@courses_group.command("export")
@click.argument("slug")
@click.argument("path", type=_FOLDER)
@click.option("--release", "number", type=int, help="An earlier release, as it was imported, to go back to.")
def export_command(slug: str, path: Path, number: int | None) -> None:
    """Write the course SLUG, with what was changed in the browser, into the new or empty folder PATH."""
    releases = {release.number: release for release, _changes in releases_of(slug) or _no_course(slug)}
    if number is not None and number not in releases:
        raise click.ClickException(f"“{slug}” has no release {number}. It has 1 to {max(releases)}.")
    release = releases[max(releases) if number is None else number]
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise click.ClickException(f"{path} is not an empty folder. Name a new one, so that nothing is overwritten.")
    content = course_from_document(release.document)
    remarks: Sequence[str] = ()
    if number is None:
        content, remarks = content_to_export(release.course_id, content)
    write_pack(content, path)
    click.echo(f"Wrote release {release.number} of “{slug}” to {path}. {_summary(content)}")
    for remark in remarks:
        click.echo(f"  {remark}")


@courses_group.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a question, for lms/courses/schemas/question.json, from which editors read it."""
    click.echo(json.dumps(question_schema(), indent=2, ensure_ascii=False))


def _no_course(slug: str) -> NoReturn:
    known = ", ".join(course_slugs()) or "none yet"
    raise click.ClickException(f"There is no course “{slug}”. Courses here: {known}.")


def _print_faults(reading: PackReading, path: Path) -> None:
    for fault in reading.faults:
        click.echo(f"{path / fault.file}{str(fault).removeprefix(fault.file)}", err=True)
    errors = sum(fault.severity is Severity.ERROR for fault in reading.faults)
    warnings = len(reading.faults) - errors
    if errors:
        click.echo(
            f"{_count(errors, 'error')}, {_count(warnings, 'warning')}. Mend the errors and check again.", err=True
        )
    elif warnings:
        click.echo(f"No errors, {_count(warnings, 'warning')}.", err=True)


def _summary(content: CourseContent) -> str:
    lessons = sum(len(module.lessons) for module in content.modules)
    questions = sum(len(quiz.questions) for _module, quiz in content.quizzes())
    parts = [
        _count(len(content.modules), "module"), _count(lessons, "lesson"), _count(questions, "quiz question"),
        _count(len(content.assignments), "assignment"), _count(len(content.glossary), "glossary term"),
    ]  # fmt: skip
    return f"“{content.slug}” holds {', '.join(parts)}, in {', '.join(content.languages)}."


def _outcome_lines(outcome: ImportOutcome) -> list[str]:
    release = outcome.release
    name = f"“{release.course.slug}”"
    if not outcome.is_new:
        return [f"{name} has not changed since release {release.number}: nothing to do."]
    lines = [f"Imported {name} as release {release.number}."]
    lines += [f"  {change}" for change in outcome.changes]
    if outcome.editions:
        lines.append(f"Editions that now show it: {', '.join(outcome.editions)}.")
    if outcome.notes:
        lines += ["Left alone, please look:", *(f"  {note}" for note in outcome.notes)]
    return lines


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
