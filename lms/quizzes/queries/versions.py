"""Question versions: they never change, so a process reads each of them once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from lms.core.db import db
from lms.grading.queries import forget_schemes, scheme_of_version
from lms.quizzes.models import QuestionVersion
from lms.quizzes.questions import QuestionType, from_document


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version of a question, ready to be asked and graded; equal only to itself, so that it can be a cache's key."""

    id: int
    kind: QuestionType
    content: Any


# A course has some sixty versions, of about 4 kB each.
_versions: dict[int, Version] = {}


def get_versions(ids: Iterable[int]) -> dict[int, Version]:
    """The versions by id; no query for those that this process has read before."""
    wanted = list(ids)
    missing = [version_id for version_id in wanted if version_id not in _versions]
    if missing:
        query = select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(missing))
        for version_id, document in db.session.execute(query):
            _versions[version_id] = Version(version_id, *from_document(document))
    return {version_id: _versions[version_id] for version_id in wanted}


def find_maximum(scheme_version_id: int | None, item_key: str) -> Decimal | None:
    """The most points of an item in a version of a scheme; ``None`` for a quiz that earns none."""
    if scheme_version_id is None:
        return None
    item = scheme_of_version(scheme_version_id).find_item(item_key)
    return None if item is None else item.maximum


def forget_versions() -> None:
    """Empty this cache and that of the schemes; for tests, which reuse identifiers."""
    _versions.clear()
    forget_schemes()
