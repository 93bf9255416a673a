"""Which questions an attempt asks, in which order: fixed ones, those drawn from the bank, and their options."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from lms.core.errors import RuleViolation
from lms.quizzes.domain import drawn, draws_from, shuffled
from lms.quizzes.models import Quiz
from lms.quizzes.queries import get_versions
from lms.quizzes.queries.pools import fixed_ids, pools_of


def lay_out(quiz: Quiz, course_id: int, seed: str) -> list[list[Any]]:
    """The layout of a new attempt: ``[question version id, [option keys in order]]``, one a question.

    The same seed gives the same layout while quiz and bank stay as they are; what was laid out is kept with the attempt.

    Raises:
        RuleViolation: if the bank no longer has as many questions as the quiz draws.
    """
    ids = [*fixed_ids(quiz), *(_drawn(quiz, course_id, seed) if quiz.draws else ())]
    versions = get_versions(ids)
    if quiz.shuffle_questions:
        ids = [int(version_id) for version_id in shuffled([str(one) for one in ids], f"{seed} questions")]
    layout = []
    for version_id in ids:
        version = versions[version_id]
        keys = version.kind.option_keys(version.content)
        is_shuffled = quiz.shuffle_options or version.kind.must_shuffle
        layout.append([version_id, shuffled(keys, f"{seed} {version_id}") if is_shuffled else list(keys)])
    return layout


def _drawn(quiz: Quiz, course_id: int, seed: str) -> list[int]:
    pools = pools_of(course_id)
    try:
        return [
            version_id
            for draw in draws_from(quiz.draws)
            for version_id in drawn(draw, pools.get(draw.category, ()), seed)
        ]
    except ValueError as error:
        raise RuleViolation(
            _(
                "This quiz cannot begin: it draws more questions than its bank has. Nothing of yours is lost. Please tell your coordinator."
            )
        ) from error
