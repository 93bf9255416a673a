"""Modules that wait until others have been read: for whom, in which pages, and how a pack says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.courses.packs import read_pack
from lms.courses.queries import module_states
from lms.courses.services import mark_lesson_done, mark_lesson_not_done
from tests.courses.reading_pages import release, text_of
from tests.factories import Cast

PACK = Path(__file__).parent.parent.parent / "packs" / "reintegration"
Browsers = Callable[[str], Any]


@pytest.fixture
def in_order(cast: Cast, now: datetime) -> Cast:
    """The small course, in which module 2, whose day has come, waits for module 1."""
    first, second, *others = cast.content.modules
    release(cast, now, modules=(first, replace(second, after=("m1",)), *others))
    return cast


def read_first_module(cast: Cast, now: datetime) -> None:
    for lesson in ("lesson-1", "lesson-2"):
        mark_lesson_done(cast.member("participant"), "m1", lesson, now)
    db.session.commit()


def test_a_module_opens_to_those_who_have_read_what_comes_first(in_order: Cast, now: datetime) -> None:
    def second(name: str) -> Any:
        return module_states(in_order.edition, in_order.enrolments[name], now)[1]

    assert not second("participant").is_open
    assert [one.key for one in second("participant").waits_for] == ["m1"]
    with pytest.raises(RuleViolation, match="another module has to be read first"):
        mark_lesson_done(in_order.member("participant"), "m2", "lesson-1", now)
    read_first_module(in_order, now)
    assert second("participant").is_open
    assert not second("other_participant").is_open
    mark_lesson_done(in_order.member("participant"), "m2", "lesson-1", now)
    mark_lesson_not_done(in_order.member("participant"), "m1", "lesson-1", now)
    assert not second("participant").is_open, "taking a mark back closes what came after it"
    assert module_states(in_order.edition, None, now)[1].is_open, "whoever has nothing to read first waits for nothing"


def test_every_page_says_what_comes_first(in_order: Cast, now: datetime, as_role: Browsers) -> None:
    participant = as_role("participant")
    lesson = participant.get("/editions/R1/modules/m2/lessons/lesson-1")
    assert lesson.status_code == 403
    for page in (lesson, *(participant.get(f"/editions/R1{path}") for path in ("", "/modules", "/modules/m2"))):
        assert "First read: Module 1" in text_of(page)
    assert "/modules/m2/lessons/lesson-1" not in participant.get("/editions/R1/modules").text
    found = participant.get("/editions/R1/search?q=body").text
    assert "/modules/m1/lessons/lesson-1" in found
    assert "/modules/m2/lessons/lesson-1" not in found
    assert participant.get("/editions/R1/modules/m2/print").status_code == 404
    for role in ("tutor", "coordinator"):
        assert "First read" not in as_role(role).get("/editions/R1/modules").text
        assert as_role(role).get("/editions/R1/modules/m2/lessons/lesson-1").status_code == 200
    read_first_module(in_order, now)
    assert participant.get("/editions/R1/modules/m2/lessons/lesson-1").status_code == 200
    assert "First read" not in participant.get("/editions/R1/modules").text


def test_its_quiz_keeps_its_own_dates(in_order: Cast, as_role: Browsers) -> None:
    assert as_role("participant").get("/editions/R1/quizzes/quiz-2").status_code == 200


@pytest.mark.parametrize(
    ("module", "after", "says"),
    [
        ("concepts", "[practices]", "is no module that comes before"),
        ("concepts", "[concepts]", "is no module that comes before"),
        ("challenges", "[conceps]", "Did you mean “concepts”?"),
        ("challenges", "[concepts]", None),
    ],
)
def test_a_pack_names_only_modules_that_come_before(tmp_path: Path, module: str, after: str, says: str | None) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack)
    file = pack / "modules" / module / "module.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\nopens:", f"\nafter: {after}\nopens:", 1), encoding="utf-8")
    reading = read_pack(pack)
    found = [str(one) for one in reading.faults if "module.yaml" in str(one)]
    if says is None:
        assert found == []
        assert reading.content is not None
        assert reading.content.module(module).after == ("concepts",)  # type: ignore[union-attr]
    else:
        assert len(found) == 1
        assert says in found[0]
