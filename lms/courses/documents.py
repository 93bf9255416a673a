"""Course content to and from the JSON documents that are stored and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from lms.courses.domain.content import CourseContent, LatePolicy
from lms.courses.domain.schedule import Moment
from lms.courses.questions import keep_questions

Value = TypeVar("Value")


def keep_late_policies(converter: cattrs.Converter) -> None:
    """Teach a converter that a late policy of one word stands as that word."""
    structured = make_dict_structure_fn(LatePolicy, converter)
    unstructured = make_dict_unstructure_fn(LatePolicy, converter, _cattrs_omit_if_default=True)

    def read(value: Any, kind: Any) -> LatePolicy:
        return LatePolicy(value) if isinstance(value, str) else structured(value, kind)

    def write(policy: LatePolicy) -> Any:
        return policy.policy if policy == LatePolicy(policy.policy) else unstructured(policy)

    converter.register_structure_hook(LatePolicy, read)
    converter.register_unstructure_hook(LatePolicy, write)


_converter = cattrs.Converter(omit_if_default=True)
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(Decimal, lambda value, _type: Decimal(str(value)))
_converter.register_unstructure_hook(Moment, str)
_converter.register_structure_hook(Moment, lambda value, _type: Moment.parse(value))
keep_late_policies(_converter)
keep_questions(_converter)


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
