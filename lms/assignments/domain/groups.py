"""Who works together: balanced groups, the ambassador that a group chooses, and who may act for it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

# Swapping is quadratic in the number of people; beyond this many a first distribution is even enough.
_SWAPPED_UP_TO = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person to place. ``traits`` (country, sex, type of organisation) are spread evenly; empty ones do not count."""

    key: int
    traits: tuple[str, ...]


def _lot(seed: int, key: int) -> str:
    # A drawn lot that anybody can draw again: the seed is shown beside the groups.
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def place_people(
    newcomers: Collection[Candidate], groups: Sequence[Sequence[Candidate]], seed: int
) -> list[list[Candidate]]:
    """The newcomers of each group, such that sizes are even and each trait is spread as evenly as can be.

    Nobody already in a group moves. The same people and seed give the same groups, in whatever order they come.

    Args:
        newcomers: people in no group.
        groups: those already in each group, at least one group.
        seed: any whole number; another one gives other groups.
    """
    if not groups:
        raise ValueError("there is no group to place anybody in")
    placed: list[list[Candidate]] = [[] for _group in groups]
    sizes = [len(group) for group in groups]
    counts = [_trait_counts(group) for group in groups]
    # The most common kinds first: what is rare fills the gaps that are left.
    for person in sorted(newcomers, key=lambda person: (person.traits, _lot(seed, person.key))):
        smallest = min(sizes)
        choice = min(
            (number for number, size in enumerate(sizes) if size == smallest),
            key=lambda number: (_crowding(counts[number], person), _lot(seed, -1 - number)),
        )
        placed[choice].append(person)
        sizes[choice] += 1
        counts[choice].update(_traits_of(person))
    if len(newcomers) <= _SWAPPED_UP_TO:
        _swap_until_even(placed, counts)
    return placed


def _traits_of(person: Candidate) -> list[tuple[int, str]]:
    return [(position, trait) for position, trait in enumerate(person.traits) if trait]


def _trait_counts(people: Collection[Candidate]) -> Counter[tuple[int, str]]:
    return Counter(trait for person in people for trait in _traits_of(person))


def _crowding(counts: Mapping[tuple[int, str], int], person: Candidate) -> int:
    return sum(counts.get(trait, 0) for trait in _traits_of(person))


def _swap_until_even(placed: list[list[Candidate]], counts: list[Counter[tuple[int, str]]]) -> None:
    """Exchange two people wherever that makes their groups more alike. Each exchange lowers the sum of squares of
    the trait counts, so this ends."""
    improved = True
    while improved:
        improved = False
        for a in range(len(placed)):
            for b in range(a + 1, len(placed)):
                improved |= _swap_pair(placed[a], placed[b], counts[a], counts[b])


def _swap_pair(
    left: list[Candidate],
    right: list[Candidate],
    left_counts: Counter[tuple[int, str]],
    right_counts: Counter[tuple[int, str]],
) -> bool:
    swapped = False
    for i in range(len(left)):
        for j in range(len(right)):
            going, coming = set(_traits_of(left[i])), set(_traits_of(right[j]))
            gain = sum(left_counts[trait] - right_counts[trait] - 1 for trait in going - coming)
            gain += sum(right_counts[trait] - left_counts[trait] - 1 for trait in coming - going)
            if gain <= 0:
                continue
            left[i], right[j] = right[j], left[i]
            left_counts.subtract(going - coming)
            left_counts.update(coming - going)
            right_counts.subtract(coming - going)
            right_counts.update(going - coming)
            swapped = True
    return swapped


def votes_for(nominations: Mapping[int, int], members: Collection[int]) -> Counter[int]:
    """How many members name each member. Votes of or for people who left do not count.

    Args:
        nominations: nominee by voter.
    """
    return Counter(nominee for voter, nominee in nominations.items() if voter in members and nominee in members)


def elected_ambassador(nominations: Mapping[int, int], members: Collection[int]) -> int | None:
    """The member whom more than half of the current members name, or ``None``."""
    for nominee, votes in votes_for(nominations, members).most_common(1):
        if votes * 2 > len(members):
            return nominee
    return None


def speakers(ambassador: int | None, deputy: int | None, members: Collection[int]) -> tuple[int, ...]:
    """Who may hand in for the group: ambassador and deputy, as far as they are still members.

    Empty when both are missing; then a tutor acts for the group.
    """
    return tuple(person for person in (ambassador, deputy) if person is not None and person in members)
