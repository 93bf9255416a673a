"""Roles that a person can have in an edition."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What a person is in an edition. Coordinators may do all that tutors may."""

    PARTICIPANT = "participant"
    TUTOR = "tutor"
    COORDINATOR = "coordinator"
    SPONSOR_VIEWER = "sponsor-viewer"


TEACHING = frozenset({Role.TUTOR, Role.COORDINATOR})
EVERYONE = frozenset(Role)
