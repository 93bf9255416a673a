"""How an item is marked: the declared answers, and the rules that are understood. Any other rule is not guessed at."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from lms.quizzes.exchange.making import number_of
from lms.quizzes.exchange.report import N_, fault, skip
from lms.quizzes.exchange.xml import all_text, attribute, child, children, line_of, local


class Rule(enum.StrEnum):
    """``match`` the correct response and nothing else · ``map`` parts for what is chosen · ``equal`` a number within a
    tolerance · ``none`` the item does not say."""

    MATCH = "match"
    MAP = "map"
    EQUAL = "equal"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Response:
    """A declared response. ``parts`` maps what can be chosen to what it earns, ``default`` is for all else."""

    cardinality: str
    base_type: str
    correct: tuple[str, ...]
    parts: Mapping[str, Fraction]
    default: Fraction
    upper: Fraction | None
    minds_case: bool

    @property
    def whole(self) -> Fraction:
        """What all the right choices earn together, the upper bound where there is one."""
        positive = [part for part in self.parts.values() if part > 0]
        best = max(positive, default=Fraction(0)) if self.cardinality == "single" else sum(positive, Fraction(0))
        return min(best, self.upper) if self.upper is not None and self.upper > 0 else best


def read_response(item: Element, identifier: str) -> Response:
    """The declaration that an interaction names; raises CannotRead."""
    found = [one for one in children(item, "responseDeclaration") if attribute(one, "identifier") == identifier]
    if not found:
        raise fault(N_("The item does not declare the response “%(name)s”."), line_of(item), name=identifier[:60])
    declaration = found[0]
    mapping = child(declaration, "mapping")
    entries = children(mapping, "mapEntry")
    line = line_of(declaration)
    upper = "" if mapping is None else attribute(mapping, "upperBound")
    return Response(
        attribute(declaration, "cardinality", "single"),
        attribute(declaration, "baseType"),
        tuple(all_text(value) for value in children(child(declaration, "correctResponse"), "value")),
        {
            " ".join(attribute(entry, "mapKey").split()): Fraction(
                number_of(attribute(entry, "mappedValue", "0"), line)
            )
            for entry in entries
        },
        Fraction(0) if mapping is None else Fraction(number_of(attribute(mapping, "defaultValue", "0"), line)),
        Fraction(number_of(upper, line)) if upper else None,
        any(attribute(entry, "caseSensitive", "true") != "false" for entry in entries),
    )


_STEPS = frozenset(
    {"responseCondition", "responseIf", "responseElse", "setOutcomeValue", "variable", "baseValue", "isNull", "not"}
)


def rule_of(item: Element) -> Rule:
    """By which rule the item is marked; raises CannotRead for a rule of its own."""
    processing = child(item, "responseProcessing")
    if processing is None:
        return Rule.NONE
    template = (
        (attribute(processing, "template") or attribute(processing, "templateLocation")).rstrip("/").rpartition("/")[2]
    )
    template = template.removesuffix(".xml")
    if not len(processing) and template:
        known = {"match_correct": Rule.MATCH, "map_response": Rule.MAP}
        if template not in known:
            raise skip(
                N_("The item is marked by the rule “%(name)s”, for which there is nothing here."), name=template[:60]
            )
        return known[template]
    names = {local(one) for one in processing.iter()} - {"responseProcessing"}
    if not names:
        return Rule.NONE
    for mark, rule in (("match", Rule.MATCH), ("mapResponse", Rule.MAP), ("equal", Rule.EQUAL)):
        allowed = _STEPS | {mark} | ({"correct"} if rule is not Rule.MAP else set())
        if mark in names and names <= allowed and _is_plain(processing, mark):
            return rule
    raise skip(
        N_("The item is marked by a rule of its own. Here only the usual rules are known, and none is guessed at.")
    )


def _is_plain(processing: Element, mark: str) -> bool:
    """True where the score is all or nothing, or what is mapped, and nothing else is compared."""
    marks = [one for one in processing.iter() if local(one) == mark]
    if len(marks) != 1:
        return False
    if mark != "mapResponse" and sorted(local(one) for one in marks[0]) != ["correct", "variable"]:
        return False
    scores = [
        all_text(one)
        for one in processing.iter()
        if local(one) == "setOutcomeValue"
        and attribute(one, "identifier") == "SCORE"
        and child(one, "baseValue") is not None
    ]
    values = {Fraction(number_of(score)) for score in scores}
    return len(values - {Fraction(0)}) <= 1 and all(value >= 0 for value in values)


def tolerance_of(item: Element) -> str:
    """By how much a number may be off, where the rule is ``equal``."""
    found = next(one for one in item.iter() if local(one) == "equal")
    mode, reach = attribute(found, "toleranceMode", "exact"), attribute(found, "tolerance").split()
    if mode == "exact":
        return "0"
    if mode != "absolute" or len(set(reach)) != 1:
        raise skip(N_("The tolerance of the number is given in a way for which there is nothing here."))
    return reach[0]
