"""Reads answers from an ordinary form and from the packets of the page's script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from werkzeug.datastructures import MultiDict

from lms.core.db import LARGEST_ID

Values = dict[int, list[str]]

FIELD = re.compile(r"q([1-9]\d{0,2})")
_POSITION = re.compile(r"\d{1,3}", re.ASCII)
_OPERATION = re.compile(r"[a-z0-9]{8}-\d{10}", re.ASCII)


def posted_answers(form: MultiDict[str, str]) -> Values:
    """Values by question position: the fields ``q1``, ``q2`` …, those that were emptied as no value at all."""
    return {
        int(match[1]): [value for value in form.getlist(name) if value.strip()]
        for name in form
        if (match := FIELD.fullmatch(name))
    }


def seen_field(values: Values) -> str:
    """What a page shows when it is opened, for its hidden field ``seen``."""
    return urlencode([(str(position), value) for position, chosen in values.items() for value in chosen])


def posted_seen(form: MultiDict[str, str]) -> Values:
    """What the page showed when it was opened."""
    fields = parse_qs(form.get("seen", ""))
    return {int(position): chosen for position, chosen in fields.items() if _POSITION.fullmatch(position)}


def posted_attempt(form: MultiDict[str, str]) -> int:
    """The attempt that a form was made for; 0 where it names none."""
    attempt_id = form.get("attempt", 0, type=int)
    return attempt_id if 0 < attempt_id <= LARGEST_ID else 0


@dataclass(frozen=True, slots=True)
class Packet:
    """Answers that the script sends: a few at a time, each packet under an id of its own."""

    operation_id: str
    attempt_id: int
    answers: Values


def read_packet(document: Any) -> Packet:
    """The packet in a JSON body: ``{"operation": "k3f9x0aa-0000000007", "attempt": 41, "answers": {"3": ["b"]}}``.

    Raises:
        ValueError: if it is anything else.
    """
    if not isinstance(document, dict) or not isinstance(document.get("answers"), dict):
        raise ValueError("a packet is an object with answers")
    operation, attempt_id = document.get("operation"), document.get("attempt")
    if not isinstance(attempt_id, int) or not 0 < attempt_id <= LARGEST_ID:
        raise ValueError("a packet names its attempt")
    if not isinstance(operation, str) or not _OPERATION.fullmatch(operation):
        raise ValueError("a packet has an operation id")
    answers = {}
    for position, values in document["answers"].items():
        if not _POSITION.fullmatch(position) or not _are_strings(values):
            raise ValueError("answers are lists of texts by position")
        answers[int(position)] = list(values)
    return Packet(operation, attempt_id, answers)


def _are_strings(values: Any) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, str) and all(isinstance(v, str) for v in values)
