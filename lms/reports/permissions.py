"""Whose figures somebody may see: coordinators everybody's, sponsor viewers those of their own sponsors."""

from __future__ import annotations

from collections.abc import Sequence

from lms.core.errors import NotAllowed
from lms.courses.domain.roles import Role
from lms.courses.models import Sponsor
from lms.courses.permissions import Member


def reads_reports(member: Member) -> bool:
    """Coordinators, administrators and sponsor viewers."""
    return member.is_coordinating or member.role == Role.SPONSOR_VIEWER


def reads_whole_edition(member: Member) -> bool:
    """Whether the member sees everybody's figures, whoever pays for them."""
    return member.is_coordinating


def readable_sponsors(member: Member, sponsors: Sequence[Sponsor]) -> Sequence[Sponsor]:
    """The sponsors by which a member may look at an edition: all of its own for coordinators; raises NotAllowed.

    Args:
        sponsors: those of the edition's participants.
    """
    if reads_whole_edition(member):
        return sponsors
    if member.enrolment is None or not reads_reports(member):
        raise NotAllowed
    return member.enrolment.sponsors
