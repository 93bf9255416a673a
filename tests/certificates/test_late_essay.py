"""The late essay that upgrades a certificate, from the extension to the second sheet; and essays that wait or earn nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from lms.certificates.domain import Action
from lms.certificates.queries import issue_plan
from lms.certificates.services import close_edition
from lms.core.db import db, unit_of_work
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.grading.domain.results import State
from lms.grading.queries import standing_of
from lms.grading.services import release_items
from tests.assignments.making import ESSAY, ESSAY_OPEN, ESSAY_TOO_LATE, essay_of, finish, hand_in, ledger, words, write
from tests.certificates.test_services import issue, mark, of
from tests.factories import Cast

CLOSED_AT = ESSAY_TOO_LATE + timedelta(days=10)
EXTENDED_TO = CLOSED_AT + timedelta(days=14)
HANDED_IN_AT = CLOSED_AT + timedelta(days=12)


def closed_without_essay(cast: Cast) -> None:
    """Sixty points and no essay: the edition is closed and the certificate of participation issued."""
    mark(cast, "participant", ESSAY_OPEN, essay=None, quiz="5", group="30")
    db.session.commit()
    with unit_of_work():
        close_edition(actor=cast.member("coordinator"), now=CLOSED_AT)
    issue(cast, CLOSED_AT)


def test_the_late_essay_upgrades_the_certificate_and_both_stay_on_record(
    cast: Cast, as_role: Any, set_now: Any, app: Any
) -> None:
    closed_without_essay(cast)
    assert [one.kind for one in of(cast, "participant")] == ["participation"]
    participant, coordinator = as_role("participant"), as_role("coordinator")
    set_now(CLOSED_AT + timedelta(days=1))
    assert "This work is closed" in participant.get(f"/editions/R1/assignments/{ESSAY}").text
    cell = f"/editions/R1/gradebook/{cast.enrolments['participant']}/{ESSAY}"
    granted = coordinator.post(
        f"{cell}/extension",
        {
            "extension-day": EXTENDED_TO.date().isoformat(),
            "extension-at": "23:59",
            "extension-reason": "Illness",
        },
    )
    assert granted.status_code == 303
    set_now(HANDED_IN_AT)
    assert "Extended for you" in participant.get(f"/editions/R1/assignments/{ESSAY}").text
    write(cast, "participant", words(1600), HANDED_IN_AT)
    submission = hand_in(cast, "participant", HANDED_IN_AT)
    db.session.commit()
    assert submission.late_by_minutes == 0
    plan = {line.standing.enrolment.id: line.action for line in issue_plan(cast.edition)}
    assert plan[cast.enrolments["participant"]] is not Action.UPGRADE  # waits for its mark
    closing = coordinator.get("/editions/R1/closing").text
    assert "1 person who has a certificate waits for a mark" in closing
    assert "Nobody waits for a mark" not in closing
    # The extension stays on record, its reason for those who coordinate.
    assert f"until {EXTENDED_TO.day} " in coordinator.get(cell).text
    assert "Illness" in coordinator.get(cell).text
    assert "Illness" not in as_role("tutor").get(cell).text
    marked_at = HANDED_IN_AT + timedelta(days=1)
    finish(cast, submission, marked_at, "5", reason="late essay")
    db.session.commit()
    with unit_of_work():
        release_items(cast.member("coordinator"), item_keys=[ESSAY], now=marked_at)
    issue(cast, marked_at)
    first, second = of(cast, "participant")
    assert (first.kind, first.state, first.replaced_by_id) == ("participation", "replaced", second.id)
    assert (second.kind, second.state) == ("achievement", "stands")
    letter = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert letter is not None
    with app.test_request_context():
        assert f"It takes the place of certificate {first.number}" in compose(letter).get_content()
    # What the certificate differed from on the way is no longer so.
    assert "Differs from the marks" not in coordinator.get("/editions/R1/gradebook/amendments").text
    assert "Nobody waits for a mark" in coordinator.get("/editions/R1/closing").text


def test_edge_case_5_an_essay_marked_zero_is_complete_and_counts_as_zero(cast: Cast) -> None:
    mark(cast, "participant", ESSAY_OPEN, essay=None, quiz="5", group="30")
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN, "0")
    line = ledger(cast, "participant")[-1]
    assert (line.state, line.points, line.is_complete) == ("marked", Decimal("0.00"), True)


def test_edge_case_5_an_essay_without_a_mark_leaves_the_decision_pending(cast: Cast) -> None:
    mark(cast, "participant", ESSAY_OPEN, essay=None, quiz="5", group="30")
    essay_of(cast, "participant", ESSAY_OPEN)
    standing = standing_of(cast.edition, cast.enrolment("participant"), released_only=False, now=CLOSED_AT)
    assert standing.decision.is_pending
    assert standing.result(ESSAY).state is State.SUBMITTED


@pytest.mark.parametrize(("handed_in", "state"), [(False, State.MISSING), (True, State.SUBMITTED)])
def test_edge_case_6_what_was_never_handed_in_is_missing_and_never_zero(
    cast: Cast, handed_in: bool, state: State
) -> None:
    if handed_in:
        essay_of(cast, "participant", ESSAY_OPEN)
    result = standing_of(cast.edition, cast.enrolment("participant"), released_only=True, now=CLOSED_AT).result(ESSAY)
    assert (result.state, result.points) == (state, None)
