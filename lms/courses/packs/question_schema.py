"""The JSON Schema of a question, put together from the kinds of question that there are.

Editors read the same from schemas/question.json, which ``flask courses schema`` prints.
"""

from __future__ import annotations

from typing import Any

from lms.courses.questions import USUAL_KIND, QuestionKind, question_kinds

_DEFINITIONS = "definitions.json#/$defs/"
_SHARED: dict[str, Any] = {
    "key": {"$ref": f"{_DEFINITIONS}key", "description": "Unique in the whole course."},
    "stem": {"$ref": f"{_DEFINITIONS}text", "description": "The question."},
    "feedback": {"$ref": f"{_DEFINITIONS}text", "description": "What to tell everybody after the question."},
    "category": {
        "type": "string",
        "maxLength": 80,
        "description": "A word by which questions are grouped in the bank; a slash leads to a part of it: law/return.",
        "pattern": "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$",
        "patternErrorMessage": "a category is lower-case words joined by hyphens, its parts by slashes, such as law/return",
    },
    "tags": {
        "type": "array",
        "description": "Words by which questions are found in the bank.",
        "items": {"$ref": f"{_DEFINITIONS}key"},
        "uniqueItems": True,
        "maxItems": 20,
    },
}


def question_schema() -> dict[str, Any]:
    """A question of any kind: ``type`` decides which keys it has.

    Names no ``$schema``: the validator would take that for its own and no longer hear of texts (``x-text``).
    """
    kinds = question_kinds()
    return {
        "title": "A question of a quiz",
        "type": "object",
        "description": "A question. Its type decides what else it holds.",
        "properties": {"type": {"enum": list(kinds), "default": USUAL_KIND, "description": "The type of question."}},
        "allOf": [{"if": _is_of(kind), "then": _fields_of(kind)} for kind in kinds.values()],
    }


def _is_of(kind: QuestionKind) -> dict[str, Any]:
    """Holds for a question of the kind; one without a type is of the usual one."""
    required = [] if kind.kind == USUAL_KIND else ["type"]
    return {"type": "object", "properties": {"type": {"const": kind.kind}}, "required": required}


def _fields_of(kind: QuestionKind) -> dict[str, Any]:
    return {
        "properties": {
            "key": _SHARED["key"],
            "type": {"const": kind.kind},
            "stem": _SHARED["stem"],
            **kind.schema["properties"],
            **{name: _SHARED[name] for name in ("feedback", "category", "tags")},
        },
        "required": ["key", "stem", *kind.schema["required"]],
        "additionalProperties": False,
    }
