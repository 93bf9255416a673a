"""Where groups review each other's work, rate contributions and read what was said; and what tutors see of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.assignments.anonymising import without_author
from lms.assignments.domain.anonymity import veiled
from lms.assignments.domain.peer import FACTORS, in_lots, mean_step, stepping_in_from
from lms.assignments.group_models import PeerReview, PeerRound
from lms.assignments.permissions import unseen_assignments
from lms.assignments.queries.groups import get_group, group_of
from lms.assignments.queries.peer import (
    confirmed_reviews_of,
    file_of,
    get_round,
    groups_present,
    latest_submissions,
    own_ratings,
    peer_plan,
    raters_in,
    ratings_in,
    reviews_by,
    reviews_in,
    roster_for,
    roster_sizes,
    round_state,
)
from lms.assignments.queries.people import names_of
from lms.assignments.queries.submissions import texts_of_files
from lms.assignments.queries.work import plan_of
from lms.assignments.services.contributions import apply_suggestion, suggestions_for
from lms.assignments.services.peer import (
    Answer,
    Incomplete,
    answers_of,
    contribution_roster,
    criteria_of,
    get_own_review,
    may_confirm,
    rate_contributions,
    save_review,
)
from lms.assignments.services.peer_rounds import top_up
from lms.assignments.views.blueprint import blueprint
from lms.assignments.views.groups import number_in
from lms.core import clock
from lms.core.access import allow
from lms.core.db import row_number, unit_of_work
from lms.core.errors import NotAllowed, NotFound
from lms.core.files import read_file
from lms.courses.access import current_member, participants, teachers

LONGEST_COMMENT = 5_000


@blueprint.get("/editions/<code>/assignments/<key>/peer")
@allow(participants)
def peer(code: str, key: str) -> str:
    """What my group reviews, my word on contributions, and what was said of our work."""
    member, now = current_member(), clock.now()
    one = get_round(member.edition.id, key)
    group = group_of(member.own_enrolment.id)
    state = round_state(one, now)
    reviews = reviews_by(one.assignment_id, group.id) if group is not None else []
    return render_template(
        "assignments/peer/index.html",
        one=one,
        plan=peer_plan(one.assignment),
        group=group,
        state=state,
        reviews=reviews,
        ratings=own_ratings(one.assignment_id, member.own_enrolment.id),
        others=_others(one),
        results=_results(one, confirmed_reviews_of(one.assignment_id, group.id))
        if group is not None and state == "closed"
        else None,
    )


def _others(one: PeerRound) -> set[int]:
    try:
        return contribution_roster(current_member(), one)[1]
    except NotFound:
        return set()


def _results(one: PeerRound, confirmed: Sequence[PeerReview]) -> dict[str, Any]:
    """What other groups said of a group's work, in an order that names none of them."""
    found = {review.id: review for review in confirmed}
    reviews = [found[review_id] for review_id in in_lots(one.seed, found)]
    keys = [criterion.key for criterion in peer_plan(one.assignment).criteria]
    answers = [answers_of(review) for review in reviews]
    steps = {key: [step for said in answers if (step := said.get(key, Answer(None)).step) is not None] for key in keys}
    means = {key: mean_step(steps[key]) for key in keys}
    return {"reviews": list(zip(reviews, answers, strict=True)), "means": means}


@blueprint.get("/editions/<code>/assignments/<key>/peer/reviews/<int:review_id>")
@allow(participants)
def review(code: str, key: str, review_id: int) -> str:
    """Another group's work, and my group's review of it."""
    return _review_page(key, get_own_review(current_member(), review_id))


def _review_page(
    key: str,
    found: PeerReview,
    typed: dict[str, Answer] | None = None,
    comment: str | None = None,
    fault: str = "",
    theirs: bool = False,
) -> str:
    if found.assignment.key != key:
        raise NotFound
    member = current_member()
    one = get_round(member.edition.id, key)
    plan, names = plan_of(found.assignment), names_of(found.submission)
    return render_template(
        "assignments/peer/review.html",
        one=one,
        state=round_state(one, clock.now()),
        review=found,
        number=[each.id for each in reviews_by(found.assignment_id, found.reviewer_id)].index(found.id) + 1,
        criteria=criteria_of(found),
        scale=peer_plan(found.assignment).scale,
        answers=answers_of(found) if typed is None else typed,
        comment=found.comment if comment is None else comment,
        titles={deliverable.key: deliverable.title for deliverable in plan.deliverables},
        texts=texts_of_files([part.file_id for part in found.submission.parts if part.file_id is not None]),
        without_names=lambda text: veiled(text, names),
        may_confirm=may_confirm(member, found.reviewer_id),
        fault=fault,
        theirs=found if theirs else None,
        their_answers=answers_of(found),
    )


@blueprint.post("/editions/<code>/assignments/<key>/peer/reviews/<int:review_id>")
@allow(participants)
def save_peer_review(code: str, key: str, review_id: int) -> Response | tuple[str, int]:
    """Save the review, or confirm it so that it counts."""
    member = current_member()
    found = get_own_review(member, review_id)
    typed = {
        criterion.key: Answer(
            number_in(request.form.get(f"step-{criterion.key}", "")),
            request.form.get(f"comment-{criterion.key}", "")[:LONGEST_COMMENT],
        )
        for criterion in criteria_of(found)
    }
    comment = request.form.get("comment", "")[:LONGEST_COMMENT]
    is_confirmed = request.form.get("then") == "confirm"
    try:
        with unit_of_work():
            saved = save_review(
                member, review_id=review_id, answers=typed, comment=comment,
                revision=request.form.get("revision", 0, type=row_number), now=clock.now(), is_confirmed=is_confirmed,
            )  # fmt: skip
    except Incomplete as fault:
        return _review_page(key, get_own_review(member, review_id), typed, comment, fault.message), 422
    if saved.is_conflict:
        return _review_page(key, get_own_review(member, review_id), typed, comment, theirs=True), 409
    flash(_("The review is confirmed and counts.") if is_confirmed else _("The review is saved for your group."))
    return redirect(url_for("assignments.peer", code=code, key=key, posted=1), 303)


@blueprint.get("/editions/<code>/assignments/<key>/peer/reviews/<int:review_id>/files/<file_key>")
@allow(participants)
def peer_file(code: str, key: str, review_id: int, file_key: str) -> Response:
    """A document of the work under review, without its name and without what programs noted of its authors."""
    found = get_own_review(current_member(), review_id)
    stored = file_of(found.submission, file_key)
    ending = stored.name.rpartition(".")[2].lower()
    response = send_file(
        io.BytesIO(without_author(read_file(stored), ending)), mimetype=stored.media_type, as_attachment=True,
        download_name=f"work-{found.id}.{ending}",
    )  # fmt: skip
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/editions/<code>/assignments/<key>/peer/contributions")
@allow(participants)
def contributions(code: str, key: str) -> str:
    """My word, in confidence, on what each other member contributed."""
    return _contributions_page(key)


def _contributions_page(key: str, typed: dict[int, int] | None = None) -> str:
    member = current_member()
    one = get_round(member.edition.id, key)
    group_id, others = contribution_roster(member, one)
    return render_template(
        "assignments/peer/contributions.html",
        one=one,
        state=round_state(one, clock.now()),
        people=[person for person in roster_for(one.assignment_id, group_id) if person.id in others],
        ratings=own_ratings(one.assignment_id, member.own_enrolment.id) if typed is None else typed,
    )


@blueprint.post("/editions/<code>/assignments/<key>/peer/contributions")
@allow(participants)
def save_contributions(code: str, key: str) -> Response:
    """Save my word."""
    ratings = {}
    for name, value in request.form.items():
        rated_id = number_in(name.removeprefix("rating-")) if name.startswith("rating-") else None
        rating = number_in(value)
        if rated_id is not None and rating is not None:
            ratings[rated_id] = rating
    with unit_of_work():
        rate_contributions(current_member(), assignment_key=key, ratings=ratings, now=clock.now())
    flash(_("Your word is saved. Only tutors and coordinators read it."))
    return redirect(url_for("assignments.peer", code=code, key=key), 303)


@blueprint.get("/editions/<code>/assignments/<key>/peer/overview")
@allow(teachers)
def peer_overview(code: str, key: str) -> str:
    """Who reviews whom, how far that is, and what was said; with names."""
    member = current_member()
    one = get_round(member.edition.id, key)
    reviews = reviews_in(one.assignment_id)
    plan = peer_plan(one.assignment)
    handed_in = latest_submissions(one.assignment_id)
    groups = groups_present(one.assignment_id)
    received = {group.id: [each for each in reviews if each.reviewed_id == group.id] for group in groups}
    return render_template(
        "assignments/peer/overview.html",
        one=one,
        now=clock.now(),
        steps_in=stepping_in_from(one.opens_at, one.closes_at),
        plan=plan,
        state=round_state(one, clock.now()),
        groups=[group for group in groups if group.id in handed_in],
        absent=[group for group in groups if group.id not in handed_in],
        given={group.id: [each for each in reviews if each.reviewer_id == group.id] for group in groups},
        received=received,
        results={
            group.id: _results(one, [each for each in received[group.id] if each.confirmed_at is not None])
            for group in groups
        },
        answers_of=answers_of,
        raters=raters_in(one.assignment_id),
        roster_sizes=roster_sizes([submission.id for submission in handed_in.values()]),
        is_unseen=one.assignment_id in unseen_assignments(member),
    )


@blueprint.post("/editions/<code>/assignments/<key>/peer/reviews")
@allow(teachers)
def ask_more(code: str, key: str) -> Response:
    """Ask other groups for the reviews that do not come."""
    with unit_of_work():
        count = top_up(current_member(), key, clock.now())
    if count:
        flash(ngettext("%(num)d more review is asked for.", "%(num)d more reviews are asked for.", count))
    else:
        flash(_("No group that has finished its own reviews is left to ask. Nothing was changed."), "warning")
    return redirect(url_for("assignments.peer_overview", code=code, key=key), 303)


def _seen_round(key: str) -> PeerRound:
    """The round, for those who may see a group beside its work: what they mark under its code they may not."""
    member = current_member()
    one = get_round(member.edition.id, key)
    if one.assignment_id in unseen_assignments(member):
        raise NotAllowed(
            _("This work is marked without names. Until the marks are released only coordinators see this.")
        )
    return one


@blueprint.get("/editions/<code>/assignments/<key>/peer/groups/<int:group_id>")
@allow(teachers)
def group_contributions(code: str, key: str, group_id: int) -> str:
    """What the members of a group say of each other, and the factor that this suggests."""
    member = current_member()
    one = _seen_round(key)
    group = get_group(member.edition.id, group_id)
    ratings = ratings_in(one.assignment_id, group_id)
    roster = roster_for(one.assignment_id, group_id)
    submission = latest_submissions(one.assignment_id).get(group_id)
    suggestions = suggestions_for(submission) if submission is not None else {}
    return render_template(
        "assignments/peer/group.html",
        one=one,
        group=group,
        roster=roster,
        given={(rating.rater_id, rating.rated_id): rating.rating for rating in ratings},
        raters={rating.rater_id for rating in ratings},
        suggestions=suggestions,
        changing=[person for person in roster if person.id in suggestions and suggestions[person.id].factor != 1],
        scale=FACTORS,
        submission=submission,
    )


@blueprint.post("/editions/<code>/assignments/<key>/peer/groups/<int:group_id>/adjustments")
@allow(teachers)
def adjust_contribution(code: str, key: str, group_id: int) -> Response:
    """Make what the group suggests of a member the tutor's adjustment, with the tutor's reason."""
    member = current_member()
    one = _seen_round(key)
    submission = latest_submissions(one.assignment_id).get(get_group(member.edition.id, group_id).id)
    enrolment_id = number_in(request.form.get("member", ""))
    if submission is None or enrolment_id is None:
        raise NotFound
    back = url_for("assignments.group_contributions", code=code, key=key, group_id=group_id)
    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        flash(_("Say why: the reason stays in the history. Nothing was changed."), "warning")
        return redirect(back, 303)
    with unit_of_work():
        points = apply_suggestion(
            member, submission_id=submission.id, enrolment_id=enrolment_id, reason=reason, now=clock.now()
        )
    flash(_("The adjustment of %(points)s points is set.", points=format_decimal(points)))
    return redirect(back, 303)
