"""Grading in words: one place turns codes into sentences, so that everybody reads the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from flask_babel import gettext, ngettext

from lms.core.web import plain_filter, points_filter
from lms.courses.domain.content import Text
from lms.grading.certificate_names import certificate_title
from lms.grading.domain.decision import Decision, Reason
from lms.grading.domain.mark_sheet import CellPlan, Outcome
from lms.grading.domain.results import ItemResult, State
from lms.grading.domain.scheme import Fault, GradingScheme
from lms.grading.models import GradeEntry

# More titles than this in one sentence, and nobody reads them.
_NAMED = 3


def _(message: str, **values: Any) -> str:
    return str(gettext(message, **values))


def _points(value: Any) -> str:
    return points_filter(Decimal(str(value)))


def _named(title: Text) -> str:
    """A piece of work inside a sentence."""
    return _("“%(title)s”", title=plain_filter(title))


def _certificate(title: Text) -> str:
    return plain_filter(certificate_title(title))


def _list(titles: Sequence[Text]) -> str:
    """“A, B and C” in the reader's language; many are counted instead."""
    if len(titles) > _NAMED:
        return str(ngettext("%(num)d piece of work", "%(num)d pieces of work", len(titles)))
    words = [_named(title) for title in titles]
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s", first=_(", ").join(words[:-1]), last=words[-1])


def sentence(reason: Reason) -> str:
    """A reason, a condition or a way up as a sentence in the reader's language.

    Args:
        reason: from a decision just made, or one kept in a document, in which points have become strings.

    Raises:
        KeyError: for a code that has no words.
    """
    return _SENTENCES[reason.code](reason.params)


def sentences(reasons: Sequence[Reason]) -> str:
    """Several as one paragraph."""
    return " ".join(sentence(reason) for reason in reasons)


def _earned_all(p: Any) -> str:
    return _(
        "%(tier)s: %(total)s points, at least %(minimum)s are needed, and all required work is complete.",
        tier=_certificate(p["tier"]), total=_points(p["total"]), minimum=_points(p["minimum"]),
    )  # fmt: skip


def _earned_part(p: Any) -> str:
    return _(
        "%(tier)s: %(total)s points, at least %(minimum)s are needed, and %(done)s of %(count)s pieces of work are complete, at least %(needed)s are needed.",
        tier=_certificate(p["tier"]), total=_points(p["total"]), minimum=_points(p["minimum"]),
        done=p["done"], count=p["count"], needed=p["needed"],
    )  # fmt: skip


def _only_incomplete_all(p: Any) -> str:
    return _(
        "The points are enough for the %(tier)s, but it also needs all required work. Not complete: %(items)s.",
        tier=_certificate(p["tier"]), items=_list(p["items"]),
    )  # fmt: skip


def _only_incomplete_part(p: Any) -> str:
    return _(
        "The points are enough for the %(tier)s, but it also needs at least %(needed)s of %(count)s pieces of work complete, and there are %(done)s.",
        tier=_certificate(p["tier"]), done=p["done"], count=p["count"], needed=p["needed"],
    )  # fmt: skip


def _only_points_short(p: Any) -> str:
    return _(
        "The %(tier)s needs %(minimum)s points: %(short)s more.",
        tier=_certificate(p["tier"]), minimum=_points(p["minimum"]), short=_points(p["short"]),
    )  # fmt: skip


def _both_short_all(p: Any) -> str:
    return _(
        "The %(tier)s needs %(minimum)s points, %(short)s more, and all required work. Not complete: %(items)s.",
        tier=_certificate(p["tier"]), minimum=_points(p["minimum"]), short=_points(p["short"]), items=_list(p["items"]),
    )  # fmt: skip


def _both_short_part(p: Any) -> str:
    return _(
        "The %(tier)s needs %(minimum)s points, %(short)s more, and at least %(needed)s of %(count)s pieces of work complete: there are %(done)s.",
        tier=_certificate(p["tier"]), minimum=_points(p["minimum"]), short=_points(p["short"]),
        done=p["done"], count=p["count"], needed=p["needed"],
    )  # fmt: skip


def _complete_part(p: Any) -> str:
    return _(
        "At least %(needed)s of %(count)s pieces of work complete: %(done)s are",
        needed=p["needed"], count=p["count"], done=p["done"],
    )  # fmt: skip


def _complete_all(p: Any) -> str:
    if not p["items"]:
        return _("All required work complete")
    return _("All required work complete: not yet %(items)s", items=_list(p["items"]))


def _way_one_item(p: Any) -> str:
    values = {"tier": _certificate(p["tier"]), "item": _named(p["item"])}
    if Decimal(str(p["points"])) == 0:
        return _("With %(item)s handed in and marked, whatever its points: %(tier)s.", **values)
    return _(
        "With at least %(points)s of %(possible)s points for %(item)s: %(tier)s.",
        points=_points(p["points"]), possible=_points(p["possible"]), **values,
    )  # fmt: skip


def _way_all_items(p: Any) -> str:
    values = {"tier": _certificate(p["tier"]), "items": _list(p["items"])}
    if Decimal(str(p["points"])) == 0:
        return _("%(tier)s: the points are enough. Still to complete: %(items)s.", **values)
    return _(
        "%(tier)s: still needs %(points)s of the %(possible)s points that are open, and all of this complete: %(items)s.",
        points=_points(p["points"]), possible=_points(p["possible"]), **values,
    )  # fmt: skip


def _way_some_items(p: Any) -> str:
    tier, count = _certificate(p["tier"]), p["count"]
    points, possible = _points(p["points"]), _points(p["possible"])
    if Decimal(str(p["points"])) == 0:
        return str(ngettext(
            "%(tier)s: the points are enough. Still to complete: %(num)d more piece of work.",
            "%(tier)s: the points are enough. Still to complete: %(num)d more pieces of work.",
            count, tier=tier,
        ))  # fmt: skip
    if count == 0:
        return _(
            "%(tier)s: still needs %(points)s of the %(possible)s points that are open.",
            tier=tier, points=points, possible=possible,
        )  # fmt: skip
    return str(ngettext(
        "%(tier)s: still needs %(points)s of the %(possible)s points that are open, and %(num)d more piece of work complete.",
        "%(tier)s: still needs %(points)s of the %(possible)s points that are open, and %(num)d more pieces of work complete.",
        count, tier=tier, points=points, possible=possible,
    ))  # fmt: skip


def _way_closed_incomplete(p: Any) -> str:
    if not p["items"]:
        return _("The %(tier)s can no longer be reached: too little work is left.", tier=_certificate(p["tier"]))
    return _(
        "The %(tier)s can no longer be reached. Not done, and over: %(items)s. Only the coordinator can change that.",
        tier=_certificate(p["tier"]), items=_list(p["items"]),
    )  # fmt: skip


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "withdrawn": lambda p: _("Withdrawn from the edition: no certificate."),
    "waiting": lambda p: _(
        "Waiting for the mark of %(items)s. The result is final once it is released.", items=_list(p["items"])
    ),
    "secured": lambda p: _(
        "The %(tier)s is already earned with %(total)s points; the waiting marks can only add to that.",
        tier=_certificate(p["tier"]), total=_points(p["total"]),
    ),
    "nothing_earned": lambda p: _("%(total)s points: no certificate so far.", total=_points(p["total"])),
    "earned_all": _earned_all,
    "earned_more_than_half": _earned_part,
    "earned_number": _earned_part,
    "only_incomplete_all": _only_incomplete_all,
    "only_incomplete_more_than_half": _only_incomplete_part,
    "only_incomplete_number": _only_incomplete_part,
    "only_points_short": _only_points_short,
    "both_short_all": _both_short_all,
    "both_short_more_than_half": _both_short_part,
    "both_short_number": _both_short_part,
    "excused": lambda p: _(
        "%(item)s is excused: it counts as complete, with 0 of %(maximum)s points. The other work keeps its weight.",
        item=_named(p["item"]), maximum=_points(p["maximum"]),
    ),
    "points": lambda p: _(
        "At least %(minimum)s points: %(total)s so far", minimum=_points(p["minimum"]), total=_points(p["total"])
    ),
    "complete_all": _complete_all,
    "complete_more_than_half": _complete_part,
    "complete_number": _complete_part,
    "way_one_item": _way_one_item,
    "way_all_items": _way_all_items,
    "way_some_items": _way_some_items,
    "way_at_least": lambda p: _(
        "The %(tier)s needs at least %(points)s of %(possible)s points for %(item)s, even with full points for everything else that is open.",
        tier=_certificate(p["tier"]), points=_points(p["points"]), possible=_points(p["possible"]), item=_named(p["item"]),
    ),
    "way_closed_incomplete": _way_closed_incomplete,
    "way_closed_points": lambda p: _(
        "The %(tier)s can no longer be reached: it needs %(minimum)s points, and %(most)s is the most that is still possible.",
        tier=_certificate(p["tier"]), minimum=_points(p["minimum"]), most=_points(p["most"]),
    ),
    "most_without": lambda p: _(
        "Without %(item)s the most that can be reached is %(most)s points, and no number of points replaces it for the %(tier)s.",
        item=_named(p["item"]), most=_points(p["most"]), tier=_certificate(p["tier"]),
    ),
}  # fmt: skip


def decision_label(decision: Decision, scheme: GradingScheme) -> str:
    """The decision in a word or two: the certificate's title, or why there is none."""
    return status_label(decision.status, scheme)


def status_label(status: str, scheme: GradingScheme) -> str:
    """A decision's status in a word or two: the certificate's title, or why there is none."""
    tier = scheme.find_tier(status)
    if tier is not None:
        return _certificate(tier.title)
    return {"withdrawn": _("Withdrawn"), "pending": _("Waiting for marks")}.get(status, _("No certificate"))


def state_label(result: ItemResult) -> str:
    """Where an item stands, in a word or two; missing, zero, excused and waiting never look the same."""
    if result.state is State.MARKED:
        return _("Marked") if result.is_complete else _("Not done")
    if result.is_ruled_out:
        return _("Not done")
    return {
        State.MISSING: _("Missing") if result.is_due else _("Still to do"),
        State.SUBMITTED: _("Waiting for a mark"),
        State.EXCUSED: _("Excused"),
    }[result.state]


def entry_label(entry: GradeEntry | None) -> str:
    """A line of the ledger in a word or a figure; ``None`` is before the first."""
    if entry is None:
        return _("Nothing")
    if entry.points is not None:
        figure = points_filter(entry.points)
        return figure if entry.is_complete else _("%(points)s, not done", points=figure)
    if entry.basis.get("took_part") is False:
        return _("Not done")
    return {
        State.SUBMITTED: _("Handed in"),
        State.EXCUSED: _("Excused"),
    }.get(State(entry.state) if entry.state in set(State) else State.MISSING, _("Cleared"))


def source_label(entry: GradeEntry) -> str:
    """What wrote a line of the ledger, in the reader's language where it is one of the gradebook's own."""
    kind = entry.source.rstrip("0123456789").strip()
    return {
        "override": _("Set by hand"),
        "excuse": _("Excused"),
        "gradebook": _("Decision taken back"),
        "quiz attempt": _("Quiz"),
        "quiz regrade": _("Regrade"),
        "peer": _("Peer assessment"),
        "submission": _("Work handed in") if entry.state == State.SUBMITTED else _("Marked"),
    }.get(kind, entry.source)


class Reasoned(Protocol):
    """A line of the ledger, as stored or as read."""

    @property
    def reason_code(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def basis(self) -> Mapping[str, Any]: ...


# Why a line was written, where a rule and not a person says it. Callers post the code; each reader reads the sentence.
REASON_CODES: dict[str, Callable[[], str]] = {
    "after_closing": lambda: _("After the edition was closed"),
    "late_after_closing": lambda: _("Late work, handed in or marked after the edition was closed"),
    "quiz_after_closing": lambda: _("The quiz was finished after the edition was closed"),
    "penalty": lambda: _("Late, with the points that lateness costs"),
    "penalty_waived": lambda: _("The points that lateness cost are given back"),
    "deadline_extended": lambda: _("The deadline was extended"),
    "deadline_moved": lambda: _("The deadline was changed for everybody"),
    "peer_reviews": lambda: _("By the reviews of other groups"),
    "peer_reviews_missing": lambda: _("No group reviewed this work, so it has the full points"),
    "regraded": lambda: _("Marked again after a question was corrected"),
    "voided": lambda: _("Marked again after a question was taken out"),
    "scheme_changed": lambda: _("Its maximum was changed in the grading scheme"),
    "sheet": lambda: _("From a sheet of marks"),
    "taken_back": lambda: _("Decision made by hand taken back"),
}


def reason_label(entry: Reasoned) -> str:
    """Why a line was written: the rule in the reader's language, and what somebody wrote as they wrote it."""
    rule = REASON_CODES[entry.reason_code]() if entry.reason_code in REASON_CODES else ""
    own = entry.reason
    return _("%(rule)s: %(reason)s", rule=rule, reason=own) if rule and own else rule or own


def short_title(title: Text) -> str:
    """A title without what stands after its colon, for the head of a narrow column."""
    return plain_filter(title).partition(":")[0].strip().replace(" ", "\u00a0")


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return _certificate(value)
    return points_filter(value) if isinstance(value, Decimal) else str(value)


def fault_sentence(fault: Fault) -> str:
    """What is wrong with a scheme, as a sentence."""
    values = {name: _worded(value) for name, value in fault.params.items()}
    return {
        "key_twice": _("The key “%(key)s” is used twice."),
        "title_missing": _("Give it a name: participants read it."),
        "item_used": _("Somebody has a mark or an entry for “%(item)s”, so it stays. It may be worth 0 points."),
        "item_not_offered": _(
            "“%(item)s” cannot earn points any more: somebody has handed it in while it did not count."
        ),
        "item_handed_in": _("“%(item)s” is handed in and marked in this course, so it cannot be taken out."),
        "tier_issued": _("Certificates of the kind “%(tier)s” were issued, so it stays."),
        "weights_not_100": _("The weights of the categories add up to %(sum)s: they must add up to 100."),
        "weight_negative": _("The weight of “%(category)s” is below 0."),
        "maxima_not_weight": _(
            "The work in “%(category)s” earns %(sum)s points, its weight is %(weight)s: they must be equal."
        ),
        "nothing_required": _("No work is required: at least one piece must be."),
        "category_unknown": _("“%(item)s” belongs to the category “%(key)s”, which does not exist."),
        "maximum_not_points": _("The maximum of “%(item)s” must be 0 or more, with at most two decimals."),
        "no_tiers": _("There is no certificate to earn: describe at least one."),
        "minimum_out_of_range": _("“%(tier)s” needs %(minimum)s points: write a number from 0 to 100."),
        "completeness_unknown": _("“%(tier)s” has the completeness “%(value)s”: use all, more_than_half or number."),
        "number_out_of_range": _("“%(tier)s” needs a number of pieces of work from 1 to %(count)s."),
        "tiers_not_descending": _("“%(lower)s” must need fewer points than “%(higher)s”."),
        "maximum_of_rubric": _(
            "“%(item)s” is marked by a rubric of %(maximum)s points: its maximum follows the rubric, and stays."
        ),
        "marks_above_maximum": _(
            "“%(item)s” has a mark of %(points)s points, more than %(maximum)s. Points that were given are never cut off: choose a higher maximum, or change the mark first."
        ),
        "lower_tier_asks_more": _("“%(lower)s” asks for more complete work than “%(higher)s”: it should ask for less."),
    }[fault.code] % values


def cell_fault(cell: CellPlan) -> str:
    """Why a cell is left out, as a sentence."""
    work = plain_filter(cell.result.title)
    if cell.outcome is Outcome.CONFLICT:
        now = state_label(cell.result) if cell.result.points is None else points_filter(cell.result.points)
        return _(
            "%(work)s was changed after the sheet was made: the gradebook has %(now)s, the sheet %(typed)s.",
            work=work, now=now, typed=cell.typed,
        )  # fmt: skip
    if cell.fault == "range":
        return _(
            "%(work)s: %(typed)s is not between 0 and %(maximum)s.",
            work=work, typed=cell.typed, maximum=points_filter(cell.result.maximum),
        )  # fmt: skip
    return _("%(work)s: “%(typed)s” is not a number. Write it like 8.5.", work=work, typed=cell.typed)
