"""Proposes balanced groups from a number that anybody can draw again, and puts people where the coordinator agrees."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from lms.accounts.models import Person
from lms.assignments.domain.forming import TRAITS, BalanceRow, balance_rows
from lms.assignments.domain.groups import Candidate, place_people
from lms.assignments.queries.groups import Placed, groups_in, groups_with_submissions, placed_participants
from lms.assignments.services.groups import Move, create_group, move_people
from lms.core.audit import record_event
from lms.core.errors import RuleViolation
from lms.courses.permissions import Member, require_coordinating

LARGEST_NUMBER_OF_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Slot:
    """A group of a proposal. ``key`` is the group's number, or ``new-1`` for one that would be made."""

    key: str
    name: str
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who would be where. ``places`` has the key of a slot by enrolment; who is not in it stays in no group.

    ``movable`` are the people whom the proposal places; the others in ``people`` stay where they are.
    """

    slots: tuple[Slot, ...]
    people: tuple[Placed, ...]
    movable: frozenset[int]
    places: Mapping[int, str]
    traits: tuple[str, ...]
    seed: int

    def people_in(self, slot: Slot) -> list[Placed]:
        """Who would be in a group, by name."""
        return [placed for placed in self.people if self.places.get(placed.enrolment.id) == slot.key]

    @property
    def unplaced(self) -> list[Placed]:
        """People whom the proposal could place and somebody took out by hand."""
        return [
            placed
            for placed in self.people
            if placed.enrolment.id in self.movable and placed.enrolment.id not in self.places
        ]

    @property
    def moves(self) -> list[Placed]:
        """People who are in a group and would go to another."""
        return [
            placed
            for placed in self.people
            if placed.group_id is not None and self.places.get(placed.enrolment.id) != str(placed.group_id)
        ]

    @property
    def balance(self) -> list[BalanceRow]:
        """How even the groups would be."""
        return balance_rows(
            [[traits_of(placed.person) for placed in self.people_in(slot)] for slot in self.slots], self.traits
        )


def traits_of(person: Person) -> dict[str, str]:
    """What a person can be balanced by; organisations differ by more than capitals and spaces."""
    found = {trait: str(getattr(person, trait)) for trait in TRAITS}
    return found | {"organisation": " ".join(person.organisation.split())}


def propose_groups(
    actor: Member, *, count: int, traits: Sequence[str], seed: int, is_everybody: bool = False
) -> Proposal:
    """Who would be where if these people were spread evenly over so many groups. Nothing is changed.

    Groups that have handed in are left alone, and so are their people.

    Args:
        count: groups to spread people over; existing ones first, new ones for the rest.
        traits: what to mix by, out of ``TRAITS``.
        seed: the number of the draw; the same people and number give the same proposal.
        is_everybody: place those again who are in a group already; else only those in none, and nobody moves.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if there is nobody to place, or for a number of groups beyond any use.
    """
    require_coordinating(actor)
    if not 1 <= count <= LARGEST_NUMBER_OF_GROUPS:
        raise RuleViolation(_("Choose between 1 and %(most)s groups.", most=LARGEST_NUMBER_OF_GROUPS))
    slots, people = _slots(actor, count, is_everybody), _movable_people(actor)
    movable = [placed for placed in people if is_everybody or placed.group_id is None]
    if not movable:
        raise RuleViolation(_("Everybody is in a group already. Nothing was changed."))
    chosen = tuple(trait for trait in TRAITS if trait in traits)
    staying = {slot.key: [] for slot in slots} if is_everybody else _staying(slots, people)
    candidates = [_candidate(placed, chosen) for placed in movable]
    result = place_people(candidates, [[_candidate(one, chosen) for one in staying[slot.key]] for slot in slots], seed)
    places = {placed.enrolment.id: slot.key for slot in slots for placed in staying[slot.key]}
    places |= {candidate.key: slot.key for slot, group in zip(slots, result, strict=True) for candidate in group}
    return Proposal(slots, tuple(people), frozenset(placed.enrolment.id for placed in movable), places, chosen, seed)


def adjusted(proposal: Proposal, places: Mapping[int, str]) -> Proposal:
    """The proposal with some people elsewhere; an empty key is no group. What names nobody or nothing is left out."""
    keys = {slot.key for slot in proposal.slots}
    wanted = {
        enrolment_id: key
        for enrolment_id, key in places.items()
        if enrolment_id in proposal.movable and (key in keys or not key)
    }
    kept = {enrolment_id: key for enrolment_id, key in (dict(proposal.places) | wanted).items() if key}
    return Proposal(proposal.slots, proposal.people, proposal.movable, kept, proposal.traits, proposal.seed)


def save_proposal(
    actor: Member, proposal: Proposal, was: Mapping[int, int | None], *, is_move_agreed: bool, now: datetime
) -> tuple[int, list[str]]:
    """Make the groups that are missing and put people where the proposal says.

    Args:
        was: where the page showed each person; who has been moved since stays where they are.
        is_move_agreed: whether the coordinator agreed that people leave the group that they are in.

    Returns:
        How many people were placed, and the names of those who were elsewhere meanwhile.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: if people would leave a group and nobody agreed to that.
    """
    require_coordinating(actor)
    if proposal.moves and not is_move_agreed:
        raise RuleViolation(_("People would leave the group that they are in. Say that you want this, then save."))
    group_ids = _group_ids(actor, proposal, now)
    moves = []
    for placed in proposal.people:
        enrolment_id = placed.enrolment.id
        if enrolment_id not in proposal.movable:
            continue
        key = proposal.places.get(enrolment_id)
        to = None if key is None else group_ids[key]
        before = was.get(enrolment_id, placed.group_id)
        if to != before:
            moves.append(Move(enrolment_id, before, to))
    elsewhere = move_people(actor, moves, now=now)
    record_event(
        "people placed in groups", now=now, actor_id=actor.person.id, subject_type="edition",
        subject_id=actor.edition.id, edition_id=actor.edition.id, seed=proposal.seed, traits=list(proposal.traits),
        groups=len(proposal.slots), people=len(moves) - len(elsewhere),
    )  # fmt: skip
    return len(moves) - len(elsewhere), elsewhere


def _group_ids(actor: Member, proposal: Proposal, now: datetime) -> dict[str, int]:
    """The group of each slot, made where somebody would be in it and there is none yet."""
    used = set(proposal.places.values())
    taken = {group.name for group in groups_in(actor.edition.id)}
    found: dict[str, int] = {}
    for slot in proposal.slots:
        if slot.group_id is not None:
            found[slot.key] = slot.group_id
        elif slot.key in used:
            name = slot.name if slot.name not in taken else next(_free_names(taken))
            taken.add(name)
            found[slot.key] = create_group(actor, name=name, now=now).id
    return found


def _slots(actor: Member, count: int, is_everybody: bool) -> tuple[Slot, ...]:
    handed_in = groups_with_submissions(actor.edition.id)
    groups = groups_in(actor.edition.id)
    slots = [Slot(str(group.id), group.name, group.id) for group in groups if group.id not in handed_in]
    if is_everybody:
        slots = slots[:count]  # those that are left over become empty, and can be removed
    names = _free_names({group.name for group in groups})
    while len(slots) < count:
        slots.append(Slot(f"new-{len(slots) + 1}", next(names)))
    return tuple(slots)


def _free_names(taken: Collection[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        name = _("Group %(number)s", number=number)
        if name not in taken:
            yield name


def _movable_people(actor: Member) -> list[Placed]:
    """Everybody but the members of groups that have handed in."""
    handed_in = groups_with_submissions(actor.edition.id)
    return [placed for placed in placed_participants(actor.edition.id) if placed.group_id not in handed_in]


def _staying(slots: Sequence[Slot], people: Sequence[Placed]) -> dict[str, list[Placed]]:
    return {
        slot.key: [placed for placed in people if placed.group_id is not None and placed.group_id == slot.group_id]
        for slot in slots
    }


def _candidate(placed: Placed, traits: Sequence[str]) -> Candidate:
    found = traits_of(placed.person)
    return Candidate(placed.enrolment.id, tuple(found[trait].casefold() for trait in traits))


def make_groups(actor: Member, count: int, now: datetime) -> int:
    """Make empty groups until there are so many that have not handed in, and return how many were made.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: for a number beyond any use.
    """
    require_coordinating(actor)
    if not 0 <= count <= LARGEST_NUMBER_OF_GROUPS:
        raise RuleViolation(_("Choose between 1 and %(most)s groups.", most=LARGEST_NUMBER_OF_GROUPS))
    new = [slot for slot in _slots(actor, count, False) if slot.group_id is None]
    for slot in new:
        create_group(actor, name=slot.name, now=now)
    return len(new)
