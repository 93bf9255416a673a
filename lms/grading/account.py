"""The whole account of a result in sentences: the same words for participant, tutor, coordinator and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import format_date, gettext

from lms.core.i18n import date_pattern
from lms.core.web import plain_filter, points_filter, written_language
from lms.grading.certificate_names import certificate_title
from lms.grading.domain.decision import Reason
from lms.grading.domain.prospects import ways_up
from lms.grading.domain.results import ItemResult
from lms.grading.explanation import explain
from lms.grading.queries import Standing
from lms.grading.wording import decision_label, sentence, state_label


def _(message: str, **values: str) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class ItemAccount:
    """One piece of work: what it earned or why it has no points, and every step from the raw marks to the points."""

    key: str
    title: str
    figure: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionAccount:
    """One thing that a certificate asks for, met or not."""

    is_met: bool
    words: str


@dataclass(frozen=True, slots=True)
class TierAccount:
    """A certificate with its conditions."""

    title: str
    conditions: tuple[ConditionAccount, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Why this result: from the raw marks to the certificate, and what would change it."""

    label: str
    reasons: tuple[str, ...]
    items: tuple[ItemAccount, ...]
    sum: str
    rule: str
    tiers: tuple[TierAccount, ...]
    ways: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The account as lines of text, in reading order."""
        yield self.label
        yield from self.reasons
        for item in self.items:
            yield f"{item.title}: {item.figure}"
            yield from (f"  {step}" for step in item.steps)
        yield self.sum
        yield self.rule
        for tier in self.tiers:
            yield tier.title
            yield from (f"  {mark(condition)} {condition.words}" for condition in tier.conditions)
        if self.ways:
            yield _("What would change it")
            yield from (f"  {way}" for way in self.ways)


def mark(condition: ConditionAccount) -> str:
    """The sign before a condition."""
    return "✓" if condition.is_met else "✗"


def account_of(standing: Standing) -> Account:
    """The account of where somebody stands, in the reader's language."""
    decision, decided_on = standing.decision, standing.version.created_at.date()
    ways = ways_up(standing.results, standing.scheme.tiers, standing.is_withdrawn)
    return Account(
        label=decision_label(decision, standing.scheme),
        reasons=tuple(sentence(reason) for reason in decision.reasons if not _is_told_below(reason, ways)),
        items=tuple(_item(standing, result) for result in standing.results),
        sum=_sum(standing),
        rule=_(
            "Decided by version %(number)s of the grading scheme, of %(day)s.",
            number=str(standing.version.number),
            day=format_date(decided_on, date_pattern("d MMMM y", written_language(), decided_on)),
        ),
        tiers=tuple(
            TierAccount(
                plain_filter(certificate_title(check.tier.title)),
                tuple(ConditionAccount(one.is_met, sentence(one.reason)) for one in check.conditions),
            )
            for check in decision.tiers
        ),
        ways=tuple(sentence(way) for way in ways),
    )


def _is_told_below(reason: Reason, ways: tuple[Reason, ...]) -> bool:
    """What a far certificate still needs is not told twice."""
    return bool(ways) and reason.code.startswith("both_short")


def _item(standing: Standing, result: ItemResult) -> ItemAccount:
    figure = state_label(result)
    if result.points is not None:
        figure = f"{points_filter(result.points)} / {points_filter(result.maximum)}"
    steps = explain(result, standing.entries.get(result.key))
    return ItemAccount(result.key, plain_filter(result.title), figure, tuple(steps))


def _sum(standing: Standing) -> str:
    parts = [result.points for result in standing.results if result.points is not None]
    total = points_filter(standing.decision.total)
    if len(parts) < 2:
        return _("Total: %(total)s points.", total=total)
    return _("Total: %(parts)s = %(total)s points.", parts=" + ".join(map(points_filter, parts)), total=total)
