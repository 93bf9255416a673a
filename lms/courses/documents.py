"""Course content to and from the JSON documents that are stored and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import cattrs

from lms.courses.domain.content import CourseContent
from lms.courses.domain.schedule import Moment

Value = TypeVar("Value")

_converter = cattrs.Converter(omit_if_default=True)
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(Decimal, lambda value, _type: Decimal(str(value)))
_converter.register_unstructure_hook(Moment, str)
_converter.register_structure_hook(Moment, lambda value, _type: Moment.parse(value))


def to_document(value: Any) -> Any:
    """Content dataclasses as plain JSON values: decimals and moments become strings, defaults are left out."""
    return _converter.unstructure(value)


def from_document(kind: type[Value], document: Any) -> Value:
    """The inverse of ``to_document``."""
    return _converter.structure(document, kind)


def digest_of(document: Any) -> str:
    """SHA-256 of a document, independent of the order of its keys."""
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def course_from_document(document: Mapping[str, Any]) -> CourseContent:
    """The course that a release holds."""
    return from_document(CourseContent, document)
