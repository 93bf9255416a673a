"""Rules that hold between the files of a pack, checked once every file has the right shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lms.courses.domain.schedule import Moment
from lms.courses.packs.faults import FaultList, did_you_mean
from lms.courses.packs.yaml_documents import Document, Path

# Work may be called in, and the questionnaire answered, some time after the last day; later than this is a slip.
LATEST_DAYS_AFTER_THE_END = 60


@dataclass(slots=True)
class PackDocuments:
    """The documents of a pack. ``modules`` and ``quizzes`` are by module key, ``assignments`` by their own."""

    course: Document
    grading: Document
    glossary: Document | None = None
    agenda: Document | None = None
    evaluation: Document | None = None
    modules: dict[str, Document] = field(default_factory=dict)
    quizzes: dict[str, Document] = field(default_factory=dict)
    assignments: dict[str, Document] = field(default_factory=dict)


def check_course(pack: PackDocuments, faults: FaultList) -> None:
    """Note what does not fit together."""
    _check_items(pack, faults)
    _check_question_keys(pack, faults)
    _check_draws(pack, faults)
    _check_what_comes_first(pack, faults)
    _check_moments(pack, faults)


def _activities(pack: PackDocuments, faults: FaultList) -> Mapping[str, Document]:
    """Quizzes and assignments by key, which must differ."""
    found: dict[str, Document] = {}
    for document in (*pack.quizzes.values(), *pack.assignments.values()):
        key = document.value["key"]
        if key in found:
            sentence = f"The key “{key}” belongs to {found[key].file} already: choose another."
            faults.error(document.file, document.line("key"), sentence)
        found.setdefault(key, document)
    return found


def _check_items(pack: PackDocuments, faults: FaultList) -> None:
    activities = _activities(pack, faults)
    items = {item["key"]: (number, item) for number, item in enumerate(pack.grading.value["items"])}
    _check_peer_items(pack, items, faults)
    for number, item in items.values():
        if item["kind"] != "peer":
            _check_item(pack.grading, number, item, activities, items, faults)
    for key, document in activities.items():
        if key not in items:
            sentence = f"No item of grading.yaml has the key “{key}”, so this earns nothing: add an item."
            faults.error(document.file, document.line("key"), sentence)


def _check_item(
    grading: Document,
    number: int,
    item: dict[str, Any],
    activities: Mapping[str, Document],
    items: Mapping[str, object],
    faults: FaultList,
) -> None:
    """A grade item has a quiz or an assignment of its kind, whose rubric earns what the item gives."""
    key, document = item["key"], activities.get(item["key"])
    if document is None:
        near = did_you_mean(key, [name for name in activities if name not in items])
        sentence = f"No quiz or assignment has the key “{key}”: write one, or remove the item.{near}"
        faults.error(grading.file, grading.line("items", number, "key"), sentence)
        return
    kind = document.value.get("kind", "quiz")
    if item["kind"] != kind:
        sentence = f"“{key}” is “{item['kind']}” here, but {document.file} is “{kind}”: write the same in both."
        faults.error(grading.file, grading.line("items", number, "kind"), sentence)
    elif kind != "quiz":
        _check_rubric_total(document, Decimal(item["maximum"]), faults)


def _check_peer_items(pack: PackDocuments, items: Mapping[str, tuple[int, dict[str, Any]]], faults: FaultList) -> None:
    """An item for reviews and the assignment that names it stand in pairs."""
    peers = {document.value.get("peer", {}).get("item"): document for document in pack.assignments.values()}
    for key, (number, item) in items.items():
        if item["kind"] == "peer" and key not in peers:
            sentence = f"No assignment has “item: {key}” in its peer part: write it there, or remove the item."
            faults.error(pack.grading.file, pack.grading.line("items", number, "key"), sentence)
    for key, document in peers.items():
        if key is not None and (key not in items or items[key][1]["kind"] != "peer"):
            sentence = f"No item of kind peer in grading.yaml has the key “{key}”: add one, or leave “item” out."
            faults.error(document.file, document.line("peer", "item"), sentence)


def _check_rubric_total(document: Document, maximum: Decimal, faults: FaultList) -> None:
    total = sum(Decimal(criterion["maximum"]) for criterion in document.value["rubric"])
    if total != maximum:
        sentence = f"The criteria earn {total} points together, but grading.yaml gives this item {maximum}: points are never rescaled."
        faults.error(document.file, document.line("rubric"), sentence)


def _check_question_keys(pack: PackDocuments, faults: FaultList) -> None:
    found: dict[str, str] = {}
    for document in pack.quizzes.values():
        for number, question in enumerate(document.value["questions"]):
            file = found.setdefault(question["key"], document.file)
            if file != document.file:
                sentence = f"The question “{question['key']}” exists in {file} already: choose another key."
                faults.error(document.file, document.line("questions", number, "key"), sentence)


def _check_draws(pack: PackDocuments, faults: FaultList) -> None:
    """Each category that is drawn from stands once and has enough questions in the whole course."""
    categories = Counter(
        question.get("category", "") for document in pack.quizzes.values() for question in document.value["questions"]
    )
    for document in pack.quizzes.values():
        seen: set[str] = set()
        for number, draw in enumerate(document.value.get("draws", ())):
            category, there = draw["category"], categories[draw["category"]]
            where = document.line("draws", number, "count")
            if draw["count"] > there:
                sentence = f"{draw['count']} questions are drawn from “{category}”, but the course has {there}: write more questions, or draw fewer."
                faults.error(document.file, where, sentence)
            if category in seen:
                faults.error(document.file, where, f"“{category}” is drawn from twice: write its number once.")
            seen.add(category)


def _check_what_comes_first(pack: PackDocuments, faults: FaultList) -> None:
    """A module waits only for modules before it, so that nobody waits for ever."""
    order: list[str] = pack.course.value["modules"]
    for key, document in pack.modules.items():
        earlier = order[: order.index(key)] if key in order else order
        for number, first in enumerate(document.value.get("after", ())):
            if first not in earlier:
                near = did_you_mean(first, earlier)
                sentence = (
                    f"“{first}” is no module that comes before this one in course.yaml: name one that does.{near}"
                )
                faults.error(document.file, document.line("after", number), sentence)


def _starts_and_ends(pack: PackDocuments) -> Iterator[tuple[Document, Path, bool]]:
    """Every moment of the course: its place, and whether something begins then."""
    for document in (*pack.modules.values(), *pack.quizzes.values(), *pack.assignments.values()):
        yield document, ("opens",), True
    for document in pack.quizzes.values():
        yield document, ("closes",), False
    for document in pack.assignments.values():
        yield document, ("due",), False
        if "peer" in document.value:
            yield document, ("peer", "opens"), False
            yield document, ("peer", "closes"), False
    if pack.evaluation:
        yield pack.evaluation, ("opens",), False
        yield pack.evaluation, ("closes",), False
    if pack.agenda:
        for number in range(len(pack.agenda.value["sessions"])):
            yield pack.agenda, ("sessions", number, "starts"), True


def _check_moments(pack: PackDocuments, faults: FaultList) -> None:
    last_day = pack.course.value["duration_days"]
    for document, path, begins in _starts_and_ends(pack):
        value = document.value
        for step in path:
            value = value[step]
        latest = last_day if begins else last_day + LATEST_DAYS_AFTER_THE_END
        if Moment.parse(value).day > latest:
            limit = (
                f"the last day, {last_day}"
                if begins
                else f"day {latest}, {LATEST_DAYS_AFTER_THE_END} days after the end"
            )
            sentence = (
                f"“{value}” is later than {limit}: choose an earlier day, or change duration_days in course.yaml."
            )
            faults.error(document.file, document.line(*path), sentence)
