"""House rules that no linter knows: one commit, one clock, no long files."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "lms").rglob("*.py"))


def places(pattern: str) -> set[str]:
    found = re.compile(pattern)
    return {str(path.relative_to(ROOT)) for path in SOURCES if found.search(path.read_text(encoding="utf-8"))}


def test_only_the_unit_of_work_commits() -> None:
    assert places(r"\.commit\(") == {"lms/core/db.py"}


def test_only_the_clock_reads_the_wall_clock() -> None:
    assert places(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(") == {"lms/core/clock.py"}


def test_no_file_is_a_store_room() -> None:
    assert not [path for path in SOURCES if path.stem in {"utils", "helpers", "common", "manager", "misc"}]


def test_no_file_is_longer_than_somebody_would_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines for path in SOURCES if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_templates_have_no_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)")
    faulty = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "lms" / "templates").rglob("*.html"))
        if inline.search(path.read_text(encoding="utf-8"))
    ]
    assert faulty == []
