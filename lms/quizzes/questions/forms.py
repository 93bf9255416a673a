"""The form of each question type, for the editor in the browser."""

from __future__ import annotations

from collections.abc import Mapping

from lms.quizzes.questions import TYPES
from lms.quizzes.questions.editing import TypeForm

FORMS: Mapping[str, TypeForm] = {kind.kind: kind.form for kind in TYPES.values()}
