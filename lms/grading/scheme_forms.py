"""The form of a grading scheme: its figures, and what comes into it or goes, kept as typed until it is saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from lms.core.forms import parse_points
from lms.courses.documents import digest_of, to_document
from lms.courses.domain.content import CategoryPlan, GradingPlan, ItemPlan, Text, TierPlan
from lms.grading.domain.points import NOTHING
from lms.grading.domain.scheme import BY_HAND, Fault, GradingScheme
from lms.grading.forms import ReasonForm
from lms.grading.hooks import Work
from lms.grading.wording import fault_sentence

# More than anybody teaches, and little enough for one page.
MOST_OF_A_KIND = 40
_LONGEST_TITLE = 120
_PARTS = ("categories", "items", "tiers")
# The keys of what is new: which version brings it, so that no key ever means two things.
_NEW_KEY = re.compile(r"(?:category|work|certificate)-[0-9]{1,4}-[0-9]{1,2}")


class SchemeForm(ReasonForm):
    """Why the scheme changes, the version that was looked at, and what was simulated last. The figures are a draft's."""

    based_on = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    simulated = StringField(widget=HiddenInput())


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What a draft stands on: the scheme in force with its number, the edition's languages, and work that may be added."""

    scheme: GradingScheme
    number: int = 1
    languages: Sequence[str] = ("en",)
    offered: Sequence[Work] = ()

    def added(self, scheme: GradingScheme) -> frozenset[str]:
        """The keys of what a scheme has and the one in force has not."""
        return _all_keys(scheme) - _all_keys(self.scheme)

    def find_offered(self, key: str) -> Work | None:
        """The work that may be added under a key."""
        return next((work for work in self.offered if work.key == key), None)

    def still_offered(self, scheme: GradingScheme) -> list[Work]:
        """Work that may be added and is not there yet."""
        return [work for work in self.offered if scheme.find_item(work.key) is None]


def _all_keys(scheme: GradingScheme) -> frozenset[str]:
    parts: tuple[Sequence[_Keyed], ...] = (scheme.categories, scheme.items, scheme.tiers)
    return frozenset(one.key for part in parts for one in part)


def changed_by(form: Mapping[str, str], do: str, ground: Ground) -> tuple[dict[str, str], str]:
    """The form after a button that adds or takes out, and the field to go on with.

    Args:
        do: ``add-category``, ``add-tier``, ``add-item.`` with ``hand`` or the key of offered work, or ``remove-`` and
            the kind, with a key behind a point.
    """
    fields = dict(form)
    verb, _point, key = do.partition(".")
    name = {"category": "categories", "item": "items", "tier": "tiers"}.get(verb.partition("-")[2])
    if name is None:
        return fields, ""
    keys = _wanted(fields, name, getattr(ground.scheme, name))
    if verb.startswith("remove-"):
        fields[name] = " ".join(one for one in keys if one != key)
        return fields, ""
    if len(keys) >= MOST_OF_A_KIND:
        return fields, ""
    if name != "items" or key == BY_HAND:
        word = {"categories": "category", "items": "work", "tiers": "certificate"}[name]
        key = next(new for n in range(1, 100) if (new := f"{word}-{ground.number + 1}-{n}") not in keys)
    fields[name] = " ".join([*keys, key])
    if _NEW_KEY.fullmatch(key) is not None:
        return fields, f"title-{key}-{ground.languages[0]}"
    work = ground.find_offered(key)
    return fields, f"maximum-{key}" if work is None or work.maximum is None else f"category-{key}"


def _wanted(form: Mapping[str, str], name: str, known: Sequence[_Keyed]) -> list[str]:
    """The keys of one list in the order of the scheme in force, what is new behind; all in force where none is sent."""
    in_force = [one.key for one in known]
    sent = form.get(name)
    if sent is None:
        return in_force
    keys = sent.split()
    return [key for key in in_force if key in keys] + list(dict.fromkeys(key for key in keys if key not in in_force))


@dataclass(frozen=True, slots=True)
class SchemeDraft:
    """A scheme as somebody types it. ``typed`` keeps every field as it was, ``faults`` a sentence by field."""

    typed: Mapping[str, str]
    faults: Mapping[str, str]
    scheme: GradingScheme

    @classmethod
    def of(cls, scheme: GradingScheme) -> SchemeDraft:
        """The scheme in force, ready to be changed."""
        typed = {name: " ".join(one.key for one in getattr(scheme, name)) for name in _PARTS}
        typed |= {f"weight-{one.key}": str(one.weight) for one in scheme.categories}
        for item in scheme.items:
            typed |= {f"maximum-{item.key}": str(item.maximum), f"required-{item.key}": "y" if item.required else ""}
        for tier in scheme.tiers:
            typed |= {
                f"minimum-{tier.key}": str(tier.minimum), f"completeness-{tier.key}": tier.completeness,
                f"number-{tier.key}": "" if tier.number is None else str(tier.number),
            }  # fmt: skip
        return cls(typed, {}, scheme)

    @classmethod
    def read(cls, ground: Ground, form: Mapping[str, str]) -> SchemeDraft:
        """What was typed, on the ground of the scheme in force; keys and titles of what is known are those of it."""
        reader = _Reader(ground, form)
        scheme = reader.scheme()
        draft = cls(reader.typed, reader.faults, scheme)
        return draft.with_faults(() if reader.faults else scheme.faults())

    def with_faults(self, faults: Iterable[Fault]) -> SchemeDraft:
        """The draft with these faults said at the fields that they are about."""
        found = dict(self.faults)
        for fault in faults:
            found.setdefault(fault.at, fault_sentence(fault))
        return replace(self, faults=found)

    def without_faults(self) -> SchemeDraft:
        """The draft while somebody still puts it together."""
        return replace(self, faults={})

    @property
    def digest(self) -> str:
        """What a saved scheme is held against, so that nothing is saved that was not simulated."""
        return digest_of(to_document(GradingPlan(self.scheme.categories, self.scheme.items, self.scheme.tiers)))


class _Reader:
    """Reads the fields of a scheme one after the other, and remembers what was typed and what is no number."""

    def __init__(self, ground: Ground, form: Mapping[str, str]) -> None:
        self.ground = ground
        self.form = form
        self.typed: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def scheme(self) -> GradingScheme:
        """The scheme that the fields describe, as far as they can be read."""
        before = self.ground.scheme
        categories = tuple(self._category(key, before) for key in self._keys("categories", before.categories))
        first = categories[0].key if categories else ""
        items = tuple(
            self._item(key, before, categories, first)
            for key in self._keys("items", before.items, {work.key for work in self.ground.offered})
        )
        tiers = [self._tier(key, before) for key in self._keys("tiers", before.tiers)]
        return GradingScheme(categories, items, _placed(tiers, before))

    def _keys(self, name: str, known: Sequence[_Keyed], offered: Iterable[str] = ()) -> list[str]:
        allowed = {*offered, *(one.key for one in known)}
        keys = [
            key for key in _wanted(self.form, name, known) if key in allowed or _NEW_KEY.fullmatch(key) is not None
        ][:MOST_OF_A_KIND]
        self.typed[name] = " ".join(keys)
        return keys

    def _text(self, name: str) -> str:
        self.typed[name] = self.form.get(name, "").strip()
        return self.typed[name]

    def _points(self, name: str, before: Decimal) -> Decimal:
        try:
            return parse_points(self._text(name))
        except ValueError as fault:
            self.faults[name] = str(fault)
            return before

    def _title(self, key: str) -> Text:
        texts = {code: self._text(f"title-{key}-{code}")[:_LONGEST_TITLE] for code in self.ground.languages}
        return {code: text for code, text in texts.items() if text}

    def _category(self, key: str, before: GradingScheme) -> CategoryPlan:
        known = next((one for one in before.categories if one.key == key), None)
        plan = known or CategoryPlan(key, self._title(key), NOTHING)
        return replace(plan, weight=self._points(f"weight-{key}", plan.weight))

    def _item(self, key: str, before: GradingScheme, categories: Sequence[CategoryPlan], first: str) -> ItemPlan:
        plan = before.find_item(key)
        fixed: Decimal | None = None
        if plan is None:
            work = self.ground.find_offered(key)
            fixed = work.maximum if work else None
            chosen = self._text(f"category-{key}")
            category = chosen if chosen in {one.key for one in categories} else first
            kind, title = (work.kind, work.title) if work else (BY_HAND, self._title(key))
            plan = ItemPlan(key, category, kind, title, NOTHING, False)
        if fixed is not None:
            self.typed[f"maximum-{key}"] = str(fixed)
        return replace(
            plan,
            maximum=self._points(f"maximum-{key}", plan.maximum) if fixed is None else fixed,
            required=bool(self._text(f"required-{key}")),
        )

    def _tier(self, key: str, before: GradingScheme) -> TierPlan:
        plan = before.find_tier(key) or TierPlan(key, self._title(key), NOTHING, "all")
        completeness = self._text(f"completeness-{key}")
        number = self._text(f"number-{key}")
        is_number = completeness == "number" and number.isdecimal() and len(number) < 4
        return replace(
            plan,
            minimum=self._points(f"minimum-{key}", plan.minimum),
            completeness=completeness,
            number=int(number) if is_number else None,
        )


def _placed(tiers: Sequence[TierPlan], before: GradingScheme) -> tuple[TierPlan, ...]:
    """The tiers of the scheme in force in their order, and each new one above the first that needs no more points."""
    placed = [tier for tier in tiers if before.find_tier(tier.key) is not None]
    for tier in tiers:
        if before.find_tier(tier.key) is None:
            place = next((n for n, one in enumerate(placed) if one.minimum <= tier.minimum), len(placed))
            placed.insert(place, tier)
    return tuple(placed)
