"""What attempts are worth after the regrades of their quiz: reads the answers and the rulings, and lets the rule decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import exists, select

from lms.core.db import db
from lms.quizzes.domain.regrading import Asked, Regrade, Ruling, Score, Treatment, settled
from lms.quizzes.models import Attempt, Response
from lms.quizzes.queries.versions import Version, get_versions
from lms.quizzes.questions import Answer
from lms.quizzes.regrade_models import QuizRegrade, QuizRuling

HAS_REGRADES = exists().where(QuizRegrade.quiz_id == Attempt.quiz_id).correlate(Attempt)
"""Whether the quiz of an attempt was ever regraded."""


def history_of(quiz_id: int) -> list[Regrade]:
    """The regrades of a quiz in their order; one statement."""
    rows = db.session.execute(
        select(QuizRegrade.number, QuizRegrade.nobody_loses, QuizRuling)
        .join(QuizRuling, QuizRuling.regrade_id == QuizRegrade.id)
        .where(QuizRegrade.quiz_id == quiz_id)
        .order_by(QuizRegrade.number)
    )
    found: dict[int, tuple[bool, dict[int, Ruling]]] = {}
    for number, nobody_loses, line in rows:
        _policy, rulings = found.setdefault(number, (nobody_loses, {}))
        rulings[line.question_version_id] = Ruling(Treatment(line.treatment), line.marked_under_id)
    return [Regrade(rulings, nobody_loses) for nobody_loses, rulings in found.values()]


def stored_score(attempt: Attempt) -> Score:
    """The score that a finished attempt has now."""
    questions = len(attempt.layout) if attempt.counted_questions is None else attempt.counted_questions
    return Score(attempt.raw_score or Fraction(0), questions)


def score_of(attempt: Attempt) -> Score:
    """What one attempt is worth by its answers and the regrades of its quiz; two statements, a third for new versions."""
    history = history_of(attempt.quiz_id)
    return settled(asked_in([attempt], history)[attempt.id], history)


def asked_in(attempts: Sequence[Attempt], history: Iterable[Regrade]) -> dict[int, list[Asked]]:
    """The questions of attempts, all of one quiz, with what their answers earn under each version they are marked by."""
    targets = _targets(history)
    versions = get_versions({version_id for under in targets.values() for version_id in under})
    given = _responses(attempts)
    found = {}
    for attempt in attempts:
        answers = given.get(attempt.id, {})
        found[attempt.id] = [
            _asked(version_id, answers.get(position), targets.get(version_id, ()), versions)
            for position, (version_id, _order) in enumerate(attempt.layout, start=1)
        ]
    return found


def _targets(history: Iterable[Regrade]) -> dict[int, set[int]]:
    targets: dict[int, set[int]] = {}
    for regrade in history:
        for version_id, ruling in regrade.rulings.items():
            if ruling.version_id is not None:
                targets.setdefault(version_id, set()).add(ruling.version_id)
    return targets


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer that arrived, and what it earned under the version that was asked."""

    answer: Answer
    fraction: Fraction | None


def _responses(attempts: Sequence[Attempt]) -> dict[int, dict[int, _Given]]:
    """Answers by attempt and position; one statement, by the quiz where there are several."""
    if not attempts:
        return {}
    statement = select(Response.attempt_id, Response.position, Response.answer, Response.fraction)
    if len(attempts) == 1:
        statement = statement.where(Response.attempt_id == attempts[0].id)
    else:
        statement = statement.join(Attempt, Attempt.id == Response.attempt_id).where(
            Attempt.quiz_id == attempts[0].quiz_id
        )
    found: dict[int, dict[int, _Given]] = {}
    for attempt_id, position, answer, fraction in db.session.execute(statement):
        found.setdefault(attempt_id, {})[position] = _Given(answer, fraction)
    return found


def _asked(version_id: int, given: _Given | None, targets: Iterable[int], versions: Mapping[int, Version]) -> Asked:
    if given is None:
        return Asked(version_id, Fraction(0), dict.fromkeys(targets, Fraction(0)))
    under = {target: versions[target].kind.grade(versions[target].content, given.answer) for target in targets}
    return Asked(version_id, given.fraction or Fraction(0), under)
