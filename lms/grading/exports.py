"""The gradebook as a table for spreadsheets, from the same standings as the screen."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from lms.core.sheets import Cell, Sheet
from lms.core.web import plain_filter
from lms.grading.domain.results import ItemResult
from lms.grading.domain.scheme import GradingScheme
from lms.grading.queries import Standing
from lms.grading.wording import decision_label, sentences, state_label


def gradebook_sheet(scheme: GradingScheme, standings: Sequence[Standing]) -> Sheet:
    """One row a participant: each item's points, the total, the decision and its reason.

    Points are figures; what has none says in words whether it is missing, waiting or excused, and is never 0. The last
    column lets a sheet that comes back with marks be held against what was changed meanwhile.
    """
    header = [
        _("Name"), _("E-mail"), _("Sponsors"),
        *(plain_filter(item.title) for item in scheme.items),
        _("Total"), _("Possible so far"), _("Certificate"), _("Reason"), _("Revision"),
    ]  # fmt: skip
    return Sheet(_("Gradebook"), header, [_row(scheme, standing) for standing in standings])


def _row(scheme: GradingScheme, standing: Standing) -> list[Cell]:
    decision = standing.decision
    return [
        standing.name,
        standing.enrolment.person.email,
        ", ".join(standing.sponsors),
        *(_cell(result) for result in standing.results),
        decision.total,
        decision.possible_so_far,
        decision_label(decision, scheme),
        sentences(decision.reasons),
        standing.revision,
    ]


def _cell(result: ItemResult) -> Cell:
    return state_label(result) if result.points is None else result.points
