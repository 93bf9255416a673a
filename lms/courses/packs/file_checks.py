"""Rules of the course that can be checked within one file whose shape is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

from lms.courses.domain.schedule import Moment
from lms.courses.packs.codec import question_from_value
from lms.courses.packs.faults import FaultList
from lms.courses.packs.yaml_documents import Document, Path
from lms.courses.questions import USUAL_KIND, question_kinds

LEVEL_STEP = Decimal("0.5")
HUNDRED = Decimal(100)


def check_file(document: Document, kind: str, faults: FaultList) -> None:
    """Note what the rules of this kind of file find wrong."""
    checker = _CHECKS.get(kind)
    if checker is not None:
        checker(document, faults)


def check_keys(document: Document, faults: FaultList, *path: str | int) -> None:
    """The keys of the list at a path must differ."""
    first: dict[str, int] = {}
    for number, entry in enumerate(_at(document.value, path)):
        line = document.line(*path, number, "key")
        if entry["key"] in first:
            sentence = (
                f"The key “{entry['key']}” is used twice here (first in line {first[entry['key']]}): choose another."
            )
            faults.error(document.file, line, sentence)
        first.setdefault(entry["key"], line)


def _at(value: Any, path: Path) -> Sequence[Any]:
    for step in path:
        value = value.get(step, ()) if isinstance(value, Mapping) else value[step]
    return value  # type: ignore[no-any-return]


def _check_order(document: Document, faults: FaultList, opens: str, closes: str) -> None:
    value = document.value
    if Moment.parse(value[closes]) <= Moment.parse(value[opens]):
        sentence = f"“{closes}” ({value[closes]}) is not after “{opens}” ({value[opens]}): move one of them."
        faults.error(document.file, document.line(closes), sentence)


def _check_points(document: Document, faults: FaultList, path: Path, value: Any) -> None:
    if Decimal(value) != round(Decimal(value), 2):
        faults.error(document.file, document.line(*path), f"Points have at most two decimals, not {value}: round them.")


def _course(document: Document, faults: FaultList) -> None:
    check_keys(document, faults, "signatories")


def _glossary(document: Document, faults: FaultList) -> None:
    check_keys(document, faults, "terms")


def _agenda(document: Document, faults: FaultList) -> None:
    check_keys(document, faults, "sessions")


def _evaluation(document: Document, faults: FaultList) -> None:
    check_keys(document, faults, "questions")
    _check_order(document, faults, "opens", "closes")


def _grading(document: Document, faults: FaultList) -> None:
    for name, points in (("categories", "weight"), ("items", "maximum"), ("tiers", "minimum")):
        check_keys(document, faults, name)
        for number, entry in enumerate(document.value[name]):
            _check_points(document, faults, (name, number, points), entry[points])
    _check_weights(document, faults)
    _check_tiers(document, faults)


def _check_weights(document: Document, faults: FaultList) -> None:
    categories, items = document.value["categories"], document.value["items"]
    total = sum(Decimal(category["weight"]) for category in categories)
    if total != HUNDRED:
        sentence = f"The weights of the categories add up to {total}; they must add up to 100."
        faults.error(document.file, document.line("categories"), sentence)
    known = [category["key"] for category in categories]
    for number, item in enumerate(items):
        if item["category"] not in known:
            sentence = f"There is no category “{item['category']}”; there are {', '.join(known)}."
            faults.error(document.file, document.line("items", number, "category"), sentence)
        if not item["maximum"]:
            sentence = "An item that earns nothing cannot be marked: give it a maximum, or remove it."
            faults.error(document.file, document.line("items", number, "maximum"), sentence)
    for number, category in enumerate(categories):
        maxima = sum(Decimal(item["maximum"]) for item in items if item["category"] == category["key"])
        if maxima != Decimal(category["weight"]):
            sentence = (
                f"The items of “{category['key']}” earn {maxima} points together, but its weight is "
                f"{category['weight']}: change the maxima or the weight."
            )
            faults.error(document.file, document.line("categories", number, "weight"), sentence)


def _check_tiers(document: Document, faults: FaultList) -> None:
    tiers = document.value["tiers"]
    for number, tier in enumerate(tiers):
        if number and Decimal(tier["minimum"]) >= Decimal(tiers[number - 1]["minimum"]):
            sentence = (
                f"Tiers stand highest first, but {tier['minimum']} is not below the {tiers[number - 1]['minimum']} "
                "above it: change their order or their minimum."
            )
            faults.error(document.file, document.line("tiers", number, "minimum"), sentence)
        where = document.line("tiers", number, "completeness")
        if tier["completeness"] == "number" and "number" not in tier:
            faults.error(document.file, where, "“completeness: number” needs a line that says how many: “number: 5”.")
        elif tier["completeness"] != "number" and "number" in tier:
            where = document.line("tiers", number, "number")
            faults.error(document.file, where, "“number” means nothing without “completeness: number”: remove it.")
        elif tier.get("number", 0) > len(document.value["items"]):
            where = document.line("tiers", number, "number")
            sentence = f"There are only {len(document.value['items'])} items, so {tier['number']} cannot be complete."
            faults.error(document.file, where, sentence)


def _quiz(document: Document, faults: FaultList) -> None:
    _check_order(document, faults, "opens", "closes")
    check_keys(document, faults, "questions")
    for number, question in enumerate(document.value["questions"]):
        for name, part in question.items():
            if isinstance(part, list) and all(isinstance(entry, dict) and "key" in entry for entry in part):
                check_keys(document, faults, "questions", number, name)
        kind = question_kinds()[question.get("type", USUAL_KIND)]
        for problem in kind.problems(question_from_value(question)):
            where = document.line("questions", number, *problem.path)
            faults.error(document.file, where, f"Question “{question['key']}”: {problem.sentence}")


def _assignment(document: Document, faults: FaultList) -> None:
    value = document.value
    name = PurePosixPath(document.file).stem
    if value["key"] != name:
        sentence = f"The key is “{value['key']}” but the file is called {name}.yaml: give both the same name."
        faults.error(document.file, document.line("key"), sentence)
    _check_order(document, faults, "opens", "due")
    _check_peer(document, faults)
    for part in ("deliverables", "profiles", "rubric"):
        check_keys(document, faults, part)
    words = value.get("words")
    if words and words["minimum"] > words["maximum"]:
        sentence = f"The minimum of {words['minimum']} words is above the maximum of {words['maximum']}."
        faults.error(document.file, document.line("words", "minimum"), sentence)
    _check_profiles(document, faults)
    _check_handing_in(document, faults)
    for number, criterion in enumerate(value["rubric"]):
        _check_points(document, faults, ("rubric", number, "maximum"), criterion["maximum"])
        _check_levels(document, faults, number, criterion)


def _check_handing_in(document: Document, faults: FaultList) -> None:
    value, late = document.value, document.value.get("late")
    if not value.get("texts", True) and not value.get("files", False):
        sentence = "Nothing could be handed in: write “files: true”, or leave “texts: false” out."
        faults.error(document.file, document.line("texts"), sentence)
    if not isinstance(late, dict):
        return
    if late.get("policy", "accept") == "penalty" and "per_day" not in late:
        faults.error(document.file, document.line("late"), "A penalty needs “per_day”: what each day late costs.")
    for name in ("per_day", "unit", "maximum"):
        if name in late and late.get("policy", "accept") != "penalty":
            sentence = f"“{name}” says what lateness costs: write “policy: penalty” beside it, or remove it."
            faults.error(document.file, document.line("late", name), sentence)


def _check_peer(document: Document, faults: FaultList) -> None:
    peer = document.value.get("peer")
    if peer is None:
        return
    check_keys(document, faults, "peer", "criteria")
    if document.value["kind"] != "group":
        sentence = "Only group work is reviewed by other groups: take “peer” out."
        faults.error(document.file, document.line("peer"), sentence)
    if Moment.parse(peer["opens"]) <= Moment.parse(document.value["due"]):
        sentence = "The reviews would open before the work is due: choose a later day."
        faults.error(document.file, document.line("peer", "opens"), sentence)
    if Moment.parse(peer["closes"]) <= Moment.parse(peer["opens"]):
        sentence = "The reviews would close before they open: choose a later day."
        faults.error(document.file, document.line("peer", "closes"), sentence)


def _check_profiles(document: Document, faults: FaultList) -> None:
    value = document.value
    profiles, wanted = len(value.get("profiles", ())), value.get("profiles_per_group", 0)
    if value["kind"] != "group" and (profiles or wanted):
        where = document.line("profiles" if profiles else "profiles_per_group")
        faults.error(document.file, where, "Only group work has profiles: remove this, or write “kind: group”.")
    elif wanted > profiles:
        sentence = f"Each group works on {wanted} profiles, but there are {profiles}: add some, or ask for fewer."
        faults.error(document.file, document.line("profiles_per_group"), sentence)
    elif profiles and not wanted:
        sentence = "There are profiles to choose from: say with “profiles_per_group: 2” how many each group works on."
        faults.error(document.file, document.line("profiles"), sentence)


def _check_levels(document: Document, faults: FaultList, number: int, criterion: Mapping[str, Any]) -> None:
    """Levels must cover every half point from the maximum down to 0, each exactly once."""
    expected = Decimal(criterion["maximum"])
    for place, level in enumerate(criterion["levels"]):
        lowest, highest = Decimal(level["from"]), Decimal(level["to"])
        path: Path = ("rubric", number, "levels", place)
        for name in ("from", "to"):
            if Decimal(level[name]) % LEVEL_STEP:
                sentence = f"Levels go in steps of half a point, so “{name}” cannot be {level[name]}."
                faults.error(document.file, document.line(*path, name), sentence)
                return
        if lowest > highest:
            sentence = f"“from” ({lowest}) is above “to” ({highest}): exchange them."
            faults.error(document.file, document.line(*path, "from"), sentence)
            return
        if highest != expected:
            why = "the criterion's maximum" if place == 0 else "half a point below the level above"
            sentence = f"This level must end at {expected} ({why}), not at {highest}: no points may be left out or named twice."
            faults.error(document.file, document.line(*path, "to"), sentence)
            return
        expected = lowest - LEVEL_STEP
    if expected >= 0:
        last = len(criterion["levels"]) - 1
        sentence = f"The last level must begin at 0, not at {expected + LEVEL_STEP}."
        faults.error(document.file, document.line("rubric", number, "levels", last, "from"), sentence)


_CHECKS: Mapping[str, Callable[[Document, FaultList], None]] = {
    "course": _course,
    "grading": _grading,
    "glossary": _glossary,
    "agenda": _agenda,
    "evaluation": _evaluation,
    "assignment": _assignment,
    "quiz": _quiz,
}
