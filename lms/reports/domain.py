"""The figures of the activity report: who took part, what they did, what they earned. Source: docs/rules.md#report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lms.grading.domain.results import ItemResult, State
from lms.surveys.domain import half_up

# A sponsor that finances fewer people than this sees how many they are and what they were awarded, but no points:
# the average of one person is that person's result.
MINIMUM_SLICE = 5
NONE = "none"
PENDING = "pending"
NOT_STATED = ""


@dataclass(frozen=True, slots=True)
class Participant:
    """What the figures need to know of one participant, without a name.

    ``decision`` is a tier's key, ``pending`` or ``none``, as the results stand; ``certificate`` is the kind that was
    issued and stands, or ``none``. ``sponsors`` holds codes; the other texts are empty where not stated.
    """

    sponsors: tuple[str, ...]
    organisation_type: str
    country: str
    sex: str
    results: tuple[ItemResult, ...]
    decision: str
    certificate: str

    @property
    def quiz_points(self) -> Decimal:
        """Points of all quizzes; one that was not taken counts 0."""
        return sum((result.points or Decimal(0) for result in self.results if result.kind == "quiz"), Decimal(0))

    @property
    def was_active_in_group(self) -> bool:
        """Took part in group work: a group's mark that counts as done."""
        return any(_is_done(result) for result in self.results if result.kind == "group")

    @property
    def has_submitted_essay(self) -> bool:
        """Handed in an individual assignment, marked or not."""
        return any(
            result.state is State.SUBMITTED or _is_done(result)
            for result in self.results
            if result.kind == "individual"
        )


def _is_done(result: ItemResult) -> bool:
    return result.state is State.MARKED and result.is_complete


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the participants of an edition, or of those of one sponsor.

    ``by_…`` are pairs of value and number of people, the most first, what was not stated last; each adds up to
    ``participants``. ``certificates`` and ``decisions`` have every tier, highest first, then ``none`` (and
    ``pending``).
    """

    participants: int
    quiz_average: Decimal | None
    quiz_above_average: int
    group_active: int
    essays_submitted: int
    certificates: Mapping[str, int]
    decisions: Mapping[str, int]
    by_organisation_type: tuple[tuple[str, int], ...]
    by_country: tuple[tuple[str, int], ...]
    by_sex: tuple[tuple[str, int], ...]


def figures_of(people: Sequence[Participant], tiers: Sequence[str]) -> Figures:
    """The figures of some participants.

    The quiz average is over all of them, a missing quiz counting 0, with one decimal, half up; above the average is
    who has strictly more than the mean before it was rounded.

    Args:
        people: everybody enrolled who has not withdrawn, test accounts left out.
        tiers: keys of the edition's certificates, highest first.
    """
    mean = _mean([person.quiz_points for person in people])
    return Figures(
        participants=len(people),
        quiz_average=None if mean is None else half_up(mean, 1),
        quiz_above_average=sum(mean is not None and Fraction(person.quiz_points) > mean for person in people),
        group_active=sum(person.was_active_in_group for person in people),
        essays_submitted=sum(person.has_submitted_essay for person in people),
        certificates=_tally((person.certificate for person in people), (*tiers, NONE)),
        decisions=_tally((person.decision for person in people), (*tiers, NONE, PENDING)),
        by_organisation_type=_ranked(person.organisation_type for person in people),
        by_country=_ranked(person.country for person in people),
        by_sex=_ranked(person.sex for person in people),
    )


def figures_by_sponsor(people: Sequence[Participant], tiers: Sequence[str]) -> dict[str, Figures]:
    """The figures of each sponsor's participants, by its code; somebody with two sponsors is counted in both."""
    codes = sorted({code for person in people for code in person.sponsors})
    return {code: figures_of([person for person in people if code in person.sponsors], tiers) for code in codes}


def _mean(values: Sequence[Decimal]) -> Fraction | None:
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values) if values else None


def _tally(values: Iterable[str], keys: Sequence[str]) -> dict[str, int]:
    counts = Counter(values)
    return {key: counts[key] for key in dict.fromkeys((*keys, *sorted(counts)))}


def _ranked(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(values)
    return tuple(sorted(counts.items(), key=lambda pair: (pair[0] == NOT_STATED, -pair[1], pair[0])))
