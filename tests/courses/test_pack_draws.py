"""Questions drawn at random, as a course pack names them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lms.courses.domain.content import DrawPlan
from lms.courses.packs import read_pack

PACK = Path(__file__).parent.parent.parent / "packs" / "reintegration"


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    """A copy of the course whose first quiz has its first three questions in a category."""
    for file in PACK.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(PACK)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    path = tmp_path / "modules" / "concepts" / "quiz.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for question in document["questions"][:3]:
        question["category"] = "words"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def draw(quiz: Path, *draws: dict[str, object]) -> None:
    document = yaml.safe_load(quiz.read_text(encoding="utf-8"))
    quiz.write_text(
        yaml.safe_dump({**document, "draws": list(draws)}, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def test_draws_are_read(quiz: Path) -> None:
    draw(quiz, {"category": "words", "count": 2})
    content = read_pack(quiz.parent.parent.parent).content
    assert content is not None
    plans = [plan for _module, plan in content.quizzes() if plan.draws]
    assert [plan.draws for plan in plans] == [(DrawPlan("words", 2),)]


@pytest.mark.parametrize(
    ("draws", "says"),
    [
        ([{"category": "words", "count": 4}], "but the course has 3"),
        ([{"category": "verbs", "count": 1}], "but the course has 0"),
        ([{"category": "words", "count": 1}, {"category": "words", "count": 1}], "drawn from twice"),
    ],
)
def test_what_cannot_be_drawn_is_a_fault_with_its_line(quiz: Path, draws: list[dict[str, object]], says: str) -> None:
    draw(quiz, *draws)
    pack = read_pack(quiz.parent.parent.parent)
    assert any(says in str(fault) and "quiz.yaml" in str(fault) for fault in pack.faults)
