"""Hands work in, once however often it is asked for, and gives it back when a tutor says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, true
from sqlalchemy.exc import IntegrityError

from lms.assignments.domain.groups import speakers
from lms.assignments.domain.lateness import Penalty
from lms.assignments.domain.texts import WordVerdict, counted_words, digest_of_parts, word_verdict
from lms.assignments.models import Assignment, Draft, Owner, Submission, SubmissionMember, SubmissionPart
from lms.assignments.queries.groups import get_group, members_of
from lms.assignments.queries.lateness import lateness_now
from lms.assignments.queries.marking import marked_elsewhere
from lms.assignments.queries.submissions import drafts_of, get_submission, roster_of
from lms.assignments.queries.work import Standing, get_standing, is_graded
from lms.assignments.services.drafts import require_open
from lms.assignments.services.lateness import cost
from lms.core.audit import record_event
from lms.core.db import db
from lms.core.errors import NotAllowed, RuleViolation
from lms.core.markdown import count_words
from lms.courses.domain.content import Deliverable
from lms.courses.domain.schedule import minutes_late
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_participant, require_teaching
from lms.grading.services import post_entry
from lms.notices.domain import Category
from lms.notices.services import notify


class ChangedSinceCheck(RuleViolation):
    """The text is not the one that was checked: somebody saved in between."""


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """One part as it would be handed in."""

    deliverable: Deliverable
    draft: Draft | None
    words: int

    @property
    def is_missing(self) -> bool:
        """True where there is neither text nor file."""
        return self.draft is None or not (self.draft.body.strip() or self.draft.file_id)


@dataclass(frozen=True, slots=True)
class Check:
    """What would be handed in, before it is: parts in order, their words, what is missing, how late it is."""

    standing: Standing
    parts: tuple[CheckedPart, ...]
    words: int
    verdict: WordVerdict | None
    late_by_minutes: int
    penalty: Penalty | None
    digest: str

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to hand in."""
        return all(part.is_missing for part in self.parts)


def check_work(standing: Standing, now: datetime) -> Check:
    """What would be handed in now for the owner of a standing."""
    if standing.owner is None:
        raise NotAllowed
    drafts = drafts_of(standing.assignment.id, standing.owner)
    plan = standing.plan
    parts = tuple(_checked(deliverable, drafts.get(deliverable.key)) for deliverable in plan.deliverables)
    words = sum(part.words for part in parts)
    return Check(
        standing,
        parts,
        words,
        word_verdict(words, plan.words) if plan.words is not None else None,
        minutes_late(standing.due_at, now),
        lateness_now(standing, now).counted,
        digest_of_parts([_sealed(part) for part in parts if not part.is_missing]),
    )


def _checked(deliverable: Deliverable, draft: Draft | None) -> CheckedPart:
    words = 0 if draft is None else counted_words(count_words(draft.body), draft.file_words)
    return CheckedPart(deliverable, draft, words)


def _sealed(part: CheckedPart) -> tuple[str, str, str | None]:
    assert part.draft is not None
    return part.deliverable.key, part.draft.body, part.draft.file.sha256 if part.draft.file else None


def speakers_of(group_id: int, edition_id: int, members: Sequence[Enrolment]) -> tuple[int, ...]:
    """Who may hand in for a group now; empty when ambassador and deputy are both missing."""
    group = get_group(edition_id, group_id)
    return speakers(group.ambassador_id, group.deputy_id, {member.id for member in members})


def submit_work(
    actor: Member,
    *,
    assignment_key: str,
    number: int,
    digest: str,
    now: datetime,
    group_id: int | None = None,
) -> Submission:
    """Hand in the work as it stands, copy who was in the group, post it to the gradebook and mail the receipt.

    Asking twice hands in once: the second asking gets the first submission.

    Args:
        number: which submission of its owner this is to be, from the page that was checked.
        digest: the seal of what was checked.
        group_id: for a tutor who acts for a group without ambassador and deputy.

    Raises:
        NotAllowed: for another's work, or for a member who does not speak for the group.
        ChangedSinceCheck: if the text is not the one that was checked.
        RuleViolation: if the window is not open or nothing is written.
    """
    standing = _standing_to_submit(actor, assignment_key, group_id, now)
    owner = standing.owner
    assert owner is not None
    earlier = next((row.submission for row in standing.handed_in if row.submission.number == number), None)
    if earlier is not None:
        return earlier
    members = _members_to_submit_for(actor, owner)
    require_open(standing)
    check = check_work(standing, now)
    if check.is_empty:
        raise RuleViolation(_("There is nothing to hand in yet. Write your text or add your document first."))
    if check.digest != digest or number != standing.next_number:
        raise ChangedSinceCheck(_("The text has changed since you checked it. Look at it once more, then hand it in."))
    submission = _submission(check, owner, number, actor, now)
    try:
        with db.session.begin_nested():
            db.session.add(submission)
    except IntegrityError:  # the same click, twice at once
        return _submission_numbered(standing.assignment.id, owner, number)
    _fill(submission, check, members)
    _announce(actor, standing.assignment, submission, members, check.penalty, now)
    return submission


def _standing_to_submit(actor: Member, assignment_key: str, group_id: int | None, now: datetime) -> Standing:
    if group_id is not None:
        require_teaching(actor)
        get_group(actor.edition.id, group_id)
        return get_standing(actor.edition.id, assignment_key, group_id=group_id, now=now)
    enrolment = require_participant(actor)
    standing = get_standing(actor.edition.id, assignment_key, enrolment_id=enrolment.id, now=now)
    if standing.owner is None:
        raise NotAllowed(_("You are in no group yet. Write to your coordinator, who can add you to one."))
    return standing


def _members_to_submit_for(actor: Member, owner: Owner) -> list[Enrolment]:
    """Whose work it is; raises NotAllowed unless the actor speaks for them."""
    if owner.group_id is None:
        return [require_participant(actor)]
    members = list(members_of(owner.group_id))
    allowed = speakers_of(owner.group_id, actor.edition.id, members)
    if actor.enrolment is not None and actor.enrolment.id in allowed:
        return members
    if actor.is_teaching and not allowed:
        return members
    raise NotAllowed(_("Only the group's ambassador or deputy hands in. Your text is saved; ask them to send it."))


def _submission(check: Check, owner: Owner, number: int, actor: Member, now: datetime) -> Submission:
    return Submission(
        assignment_id=check.standing.assignment.id,
        enrolment_id=owner.enrolment_id,
        group_id=owner.group_id,
        number=number,
        submitted_at=now,
        submitted_by_id=None if actor.enrolment is None else actor.enrolment.id,
        late_by_minutes=check.late_by_minutes,
        word_count=check.words,
        digest=check.digest,
    )


def _submission_numbered(assignment_id: int, owner: Owner, number: int) -> Submission:
    return db.session.scalars(
        select(Submission).where(
            Submission.assignment_id == assignment_id, owner.owns(Submission), Submission.number == number
        )
    ).one()


def _fill(submission: Submission, check: Check, members: Sequence[Enrolment]) -> None:
    for position, part in enumerate(check.parts):
        if part.draft is not None and not part.is_missing:
            db.session.add(
                SubmissionPart(
                    submission_id=submission.id,
                    position=position,
                    deliverable_key=part.deliverable.key,
                    body=part.draft.body,
                    file_id=part.draft.file_id,
                    word_count=part.words,
                )
            )
    if submission.group_id is not None:
        for member in members:
            db.session.add(SubmissionMember(submission_id=submission.id, enrolment_id=member.id))
    db.session.flush()


def _announce(
    actor: Member,
    assignment: Assignment,
    submission: Submission,
    members: Sequence[Enrolment],
    penalty: Penalty | None,
    now: datetime,
) -> None:
    """Tell the gradebook, the record, and everybody whose work it is."""
    settled: dict[int, str] = {}
    if submission.group_id is not None:
        settled = marked_elsewhere(assignment.id, submission.group_id, [member.id for member in members])
    counts = is_graded(assignment)
    for member in members:
        if counts and member.id not in settled:
            post_entry(
                edition_id=actor.edition.id, enrolment_id=member.id, item_key=assignment.item_key, state="submitted",
                is_complete=False, basis={"late_by_minutes": submission.late_by_minutes},
                source=f"submission {submission.id}",
                reason_code="late_after_closing" if actor.edition.closed_at is not None else "",
                actor_id=actor.person.id, now=now,
            )  # fmt: skip
        _mail(
            actor,
            "submission_receipt",
            f"receipt:submission:{submission.id}:{member.id}",
            assignment,
            submission,
            member,
            now,
            penalty=None if penalty is None else cost(penalty),
        )
    record_event(
        "work handed in", now=now, actor_id=actor.person.id, subject_type="submission", subject_id=submission.id,
        edition_id=actor.edition.id, assignment=assignment.key, number=submission.number,
        late_by_minutes=submission.late_by_minutes, digest=submission.digest,
    )  # fmt: skip


def _mail(
    actor: Member, template: str, key: str, assignment: Assignment, submission: Submission, member: Enrolment,
    now: datetime, penalty: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    person, edition = member.person, actor.edition
    is_receipt = template == "submission_receipt"
    notify(
        person,
        category=Category.NECESSARY if is_receipt else Category.RESULTS,
        kind=template,
        thing=key,
        edition_id=edition.id,
        endpoint="assignments.receipt" if is_receipt else "assignments.show",
        place={"code": edition.code, **({"submission_id": submission.id} if is_receipt else {"key": assignment.key})},
        context={
            "title": dict(assignment.title),
            "edition_title": dict(edition.title),
            "code": edition.code,
            "submission_id": submission.id,
            "assignment_key": assignment.key,
            "kind": assignment.kind,
            "number": submission.number,
            "words": submission.word_count,
            "late_by_minutes": submission.late_by_minutes,
            "penalty": penalty,
            "digest": submission.digest,
            "submitted_at": submission.submitted_at.isoformat(),
            "edition_zone": edition.time_zone,
            "edition_place": edition.place,
            "person_zone": person.time_zone,
            "reason": submission.reopened_reason or "",
        },
        now=now,
    )


def reopen_submission(actor: Member, *, submission_id: int, reason: str, now: datetime) -> Submission:
    """Give a submission back, so that its owner may hand in once more. The submission itself stays.

    Raises:
        NotAllowed: unless the actor teaches in the edition.
        NotFound: for a submission of another edition.
        RuleViolation: without a reason, or if a newer submission exists.
    """
    require_teaching(actor)
    submission = get_submission(actor.edition.id, submission_id, true())
    if not reason.strip():
        raise RuleViolation(_("Say why you give the work back: the person reads it. Nothing was changed."))
    owner = Owner(submission.enrolment_id, submission.group_id)
    newer = db.session.scalar(
        select(Submission.id).where(
            Submission.assignment_id == submission.assignment_id,
            owner.owns(Submission),
            Submission.number > submission.number,
        )
    )
    if newer is not None:
        raise RuleViolation(_("A newer version has been handed in. Open that one. Nothing was changed."))
    if submission.reopened_at is not None:
        return submission
    submission.reopened_at, submission.reopened_reason = now, reason.strip()[:500]
    people = roster_of(submission.id) if submission.group_id is not None else _author(submission)
    for member in people:
        key = f"reopened:submission:{submission.id}:{member.id}"
        _mail(actor, "submission_reopened", key, submission.assignment, submission, member, now)
    record_event(
        "submission reopened", now=now, actor_id=actor.person.id, subject_type="submission",
        subject_id=submission.id, edition_id=actor.edition.id, reason=submission.reopened_reason,
    )  # fmt: skip
    return submission


def _author(submission: Submission) -> Sequence[Enrolment]:
    return db.session.scalars(select(Enrolment).where(Enrolment.id == submission.enrolment_id)).all()
