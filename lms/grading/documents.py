"""Decisions to and from the JSON documents that certificates keep, so that each can be explained for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms.courses.documents import from_document, to_document
from lms.grading.domain.decision import Decision


def decision_record(decision: Decision) -> dict[str, Any]:
    """The whole decision as plain JSON values: points as strings, texts in all their languages."""
    document: dict[str, Any] = to_document(decision)
    return document


def decision_from_record(record: Mapping[str, Any]) -> Decision:
    """The decision that a record holds; its reasons can be put into words like those of a new one."""
    return from_document(Decision, record)
