"""``flask courses check``, ``import`` and ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from lms.core.db import db
from lms.courses.packs import read_pack
from lms.courses.queries import find_latest_release
from tests.courses.pack_folder import PackFolder
from tests.factories import Cast, small_course


@pytest.fixture
def pack(tmp_path: Path) -> PackFolder:
    return PackFolder(tmp_path / "pack")


def run(app: Flask, *arguments: Any) -> Result:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["courses", *map(str, arguments)])
    db.session.expire_all()
    return result


def test_check_says_what_a_good_pack_holds(app: Flask, pack: PackFolder) -> None:
    result = run(app, "check", pack.folder)
    assert result.exit_code == 0
    assert result.stdout == (
        "“small” holds 2 modules, 4 lessons, 20 quiz questions, 2 assignments, 1 glossary term, in en, fr.\n"
    )


def test_check_names_file_and_line_of_each_fault_and_fails(app: Flask, pack: PackFolder) -> None:
    pack.edit("modules/m1/lesson-1.en.md", "## Part", "# Part")
    pack.edit("course.yaml", "  fr: Petit cours\n", "")
    result = run(app, "check", pack.folder)
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"{pack.folder}/course.yaml:7: warning: The text is missing in “fr”")
    assert lines[1].startswith(f"{pack.folder}/modules/m1/lesson-1.en.md:6: A heading of the first level")
    assert lines[2] == "1 error, 1 warning. Mend the errors and check again."
    assert result.stdout == ""


def test_check_passes_with_warnings_and_tells_them(app: Flask, pack: PackFolder) -> None:
    pack.edit("course.yaml", "  fr: Petit cours\n", "")
    result = run(app, "check", pack.folder)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == "No errors, 1 warning."


def test_import_brings_the_pack_in_and_the_second_time_does_nothing(app: Flask, pack: PackFolder) -> None:
    first = run(app, "import", pack.folder)
    assert (first.exit_code, first.stdout) == (0, "Imported “small” as release 1.\n")
    again = run(app, "import", pack.folder)
    assert (again.exit_code, again.stdout) == (0, "“small” has not changed since release 1: nothing to do.\n")


def test_import_tells_what_changed_and_which_editions_show_it(app: Flask, cast: Cast, pack: PackFolder) -> None:
    run(app, "export", "small", pack.folder / "new")
    lesson = pack.folder / "new" / "modules" / "m1" / "lesson-1.en.md"
    lesson.write_text(lesson.read_text("utf-8").replace("Body", "Better body"), "utf-8")
    result = run(app, "import", pack.folder / "new")
    assert result.stdout.splitlines() == [
        "Imported “small” as release 2.",
        "  changed: lesson m1/lesson-1",
        "Editions that now show it: R1, R2.",
    ]


def test_import_refuses_a_faulty_pack_and_changes_nothing(app: Flask, pack: PackFolder) -> None:
    pack.edit("grading.yaml", "weight: 40", "weight: 41")
    result = run(app, "import", pack.folder)
    assert result.exit_code == 1
    assert "grading.yaml:2: The weights of the categories add up to 101" in result.stderr
    assert result.stderr.endswith("Nothing was imported.\n")
    assert find_latest_release("small") is None


def test_export_writes_the_newest_release_back(app: Flask, cast: Cast, tmp_path: Path) -> None:
    result = run(app, "export", "small", tmp_path / "out")
    assert result.exit_code == 0
    assert "Wrote release 1 of “small”" in result.stdout
    reading = read_pack(tmp_path / "out")
    assert (reading.faults, reading.content) == ((), small_course())


def test_export_overwrites_nothing(app: Flask, cast: Cast, pack: PackFolder) -> None:
    before = pack.text("course.yaml")
    result = run(app, "export", "small", pack.folder)
    assert result.exit_code == 1
    assert "is not an empty folder" in result.stderr
    assert pack.text("course.yaml") == before


def test_export_of_an_unknown_course_names_those_there_are(app: Flask, cast: Cast, tmp_path: Path) -> None:
    result = run(app, "export", "smal", tmp_path / "out")
    assert result.exit_code == 1
    assert "There is no course “smal”. Courses here: small." in result.stderr


def test_an_earlier_release_is_listed_and_can_be_gone_back_to(app: Flask, pack: PackFolder, tmp_path: Path) -> None:
    run(app, "import", pack.folder)
    pack.edit("modules/m1/lesson-1.en.md", "## Part", "## Another part")
    run(app, "import", pack.folder)
    lines = run(app, "releases", "small").stdout.splitlines()
    assert [line[0] for line in lines if line[0] != " "] == ["2", "1"]
    assert lines[1] == "  changed: lesson m1/lesson-1"
    earlier = tmp_path / "earlier"
    assert run(app, "export", "small", earlier, "--release", "1").exit_code == 0
    assert "## Part" in (earlier / "modules/m1/lesson-1.en.md").read_text(encoding="utf-8")
    assert "as release 3" in run(app, "import", earlier).stdout
    refused = run(app, "export", "small", tmp_path / "other", "--release", "9")
    assert "has no release 9. It has 1 to 3." in refused.stderr
    assert "There is no course “big”" in run(app, "releases", "big").stderr
