"""The part of an activity report that a reader asked for and may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lms.core.errors import NotFound
from lms.courses.models import Sponsor
from lms.courses.permissions import Member
from lms.reports.domain import MINIMUM_SLICE, Figures, figures_of
from lms.reports.permissions import readable_sponsors, reads_whole_edition
from lms.reports.queries import ActivityReport


@dataclass(frozen=True, slots=True)
class Lens:
    """The part of a report that a reader looks at.

    ``sponsor`` is ``None`` for everybody; ``choices`` are the sponsors to choose from. ``hides_people`` says that the
    part is so small that averages and profiles would describe single people to somebody who may not know them.
    """

    sponsor: Sponsor | None
    figures: Figures | None
    choices: Sequence[Sponsor]
    hides_people: bool = False


def lens_for(member: Member, report: ActivityReport, sponsor_code: str | None) -> Lens:
    """The part of a report that a member asked for, as far as they may see it.

    Without a code coordinators see everybody, sponsor viewers their first sponsor; a viewer without sponsors sees no
    figures.

    Raises:
        NotFound: for a sponsor that the edition does not have, or that the member may not know of.
        NotAllowed: if the member reads no reports.
    """
    choices = readable_sponsors(member, report.sponsors)
    whole = reads_whole_edition(member)
    if not sponsor_code and whole:
        return Lens(None, report.figures, choices)
    if not sponsor_code and not choices:
        return Lens(None, None, choices)
    sponsor = next((choice for choice in choices if choice.code == sponsor_code or not sponsor_code), None)
    if sponsor is None:
        raise NotFound
    figures = report.by_sponsor.get(sponsor.code) or figures_of([], [tier.key for tier in report.tiers])
    return Lens(sponsor, figures, choices, hides_people=not whole and figures.participants < MINIMUM_SLICE)
