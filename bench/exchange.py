"""Questions from a file into the bank and out of it: time and peak memory of 5,000, and whether both grow in line."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.figures import report
from bench.scene import make_scene
from lms.accounts.models import Person
from lms.core.db import db, unit_of_work
from lms.courses.models import Course
from lms.quizzes.exchange.formats import FORMATS
from lms.quizzes.models import Question
from lms.quizzes.permissions import Author
from lms.quizzes.questions import (
    ChoiceQuestion,
    MatchingQuestion,
    NumericalAnswer,
    NumericalQuestion,
    Option,
    Pair,
    ShortAnswer,
    ShortTextQuestion,
)
from lms.quizzes.services import exchange

SIZES = (1250, 5000)
# Four times as many may take five times as long: some of it is warming up, some of it a busy machine.
MOST_TIMES = 5
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _question(number: int) -> Any:
    stem = {
        "en": f"Question {number}: which of these **holds** in case {number * 7}?",
        "fr": f"Question {number} : laquelle est juste ?",
    }
    head = {"key": f"bench-{number}", "stem": stem, "category": f"bench/part {number % 20}", "tags": ("bench",)}
    text = {
        "en": f"An answer to case {number}, of the usual length of such answers",
        "fr": f"Une réponse au cas {number}",
    }
    kind = number % 4
    if kind == 0:
        return NumericalQuestion(answers=(NumericalAnswer("a", Decimal(number), Decimal("0.5")),), **head)
    if kind == 1:
        return ShortTextQuestion(answers=(ShortAnswer("a", {"en": (f"word {number}",)}, Fraction(1)),), **head)
    if kind == 2:
        pairs = tuple(
            Pair(letter, {"en": f"{letter} {number}"}, {"en": f"{letter.upper()} {number}"}) for letter in "abcd"
        )
        return MatchingQuestion(pairs=pairs, marking="proportional", **head)
    options = tuple(
        Option(letter, {k: f"{letter}: {v}" for k, v in text.items()}, text, letter == "b") for letter in "abcd"
    )
    return ChoiceQuestion(options=options, **head)


def _as_aiken(number: int) -> str:
    options = "\n".join(f"{letter}) Answer {letter} to case {number}, of the usual length" for letter in "ABCD")
    return f"Question {number}: which of these holds?\n{options}\nANSWER: B"


def _without_seals(form: str, content: bytes) -> bytes:
    """The file as another tool would have written it."""
    if form == "moodle":
        lines = content.split(b"\n")
        return b"\n".join(line for line in lines if not line.strip().startswith(b"<x-segin>"))
    if form == "gift":
        return b"\n".join(line for line in content.split(b"\n") if not line.startswith(b"// x-segin"))
    if form == "qti":
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for path in package.namelist():
                if path != "segin.json":
                    made.writestr(path, package.read(path))
        return out.getvalue()
    return content


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(form: str, size: int, path: Path) -> None:
    """Write a file of so many questions, as another tool would have written it."""
    write = FORMATS[form].write
    if write is None:
        path.write_text("\n\n".join(map(_as_aiken, range(size))), encoding="utf-8")
        return
    content = write((_question(n) for n in range(size)), {}.get, ["en", "fr"])
    path.write_bytes(_without_seals(form, content))


def measure(form: str, size: int, path: Path) -> None:
    """Print seconds of the processor to read, take in and write one size of one format, and megabytes at the peak."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_scene(f"sqlite:///{Path(folder) / 'bench.sqlite3'}", Path(folder), participants=1)
        with app.app_context():
            actor = _author()
            content = path.read_bytes()
            before, name = _peak_megabytes(), f"f.{FORMATS[form].ending}"
            begin = time.process_time()
            with unit_of_work():
                kept = exchange.preview_questions(actor, content, name, language="en", chosen="", now=NOW)
                assert kept.counts.get("new") == size, kept.counts
            previewed = time.process_time()
            with unit_of_work():
                exchange.confirm_import(actor, kept.id, category="", keeps_categories=True, now=NOW)
            confirmed = time.process_time()
            assert db.session.scalar(select(func.count()).select_from(Question)) >= size  # type: ignore[operator]
            peak = _peak_megabytes() - before
            if FORMATS[form].write is not None:
                exchange.write_export(actor, exchange.plan_export(actor, form=form, languages=("en", "fr")))
            exported = time.process_time()
    print(previewed - begin, confirmed - previewed, exported - confirmed, peak)


def _author() -> Author:
    course = db.session.scalars(select(Course)).one()
    person = db.session.scalars(select(Person).limit(1)).one()
    person.is_administrator = True
    db.session.flush()
    return Author(person, course, ("en", "fr"))


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench.exchange", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Each size in a process of its own, so that peaks are its own."""
    for form in FORMATS:
        found = {}
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder) / f"questions.{FORMATS[form].ending}")
                _run("make", form, str(size), path)
                found[size] = [float(number) for number in _run("measure", form, str(size), path).split()[-4:]]
            preview, confirm, export, peak = found[size]
            label = f"{size} questions as {FORMATS[form].name}"
            report(f"{label}: read and shown", preview, "s")
            report(f"{label}: taken in", confirm, "s")
            if FORMATS[form].write is not None:
                report(f"{label}: written", export, "s")
            report(f"{label}: peak memory above the idle app", peak, "MB")
        small, large = (sum(found[size][:2]) for size in SIZES)
        times = large / small
        label = f"{FORMATS[form].name}: four times as many questions"
        report(label, times, "times", f"at most {MOST_TIMES}", times <= MOST_TIMES)


if __name__ == "__main__":
    if len(sys.argv) == 5:
        {"make": make, "measure": measure}[sys.argv[1]](sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
