"""Closing an edition and issuing, upgrading, correcting and revoking certificates."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lms.certificates import services
from lms.certificates.domain import Action
from lms.certificates.models import Certificate
from lms.certificates.pdf import Sheet, draw_certificate, visual_line
from lms.certificates.queries import find_by_code, issue_plan
from lms.core.audit import AuditEvent
from lms.core.db import db, unit_of_work
from lms.core.errors import NotAllowed, RuleViolation
from lms.core.files import read_file
from lms.core.outbox import OutboxMessage
from lms.grading.services import post_entry
from tests.factories import Cast

URL = "https://segin.example"


def mark(cast: Cast, name: str, now: datetime, *, essay: str | None, quiz: str = "4.50", group: str = "25") -> None:
    """Marks for one participant: six quizzes, group work, and the essay where there is one."""
    points = {f"quiz-{n}": quiz for n in range(1, 7)} | {"group-work": group}
    if essay is not None:
        points["final-assignment"] = essay
    for key, value in points.items():
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments[name], item_key=key, state="marked",
            points=Decimal(value), is_complete=True, basis={}, source="test", reason="test", actor_id=None, now=now,
        )  # fmt: skip


@pytest.fixture
def marked(cast: Cast, now: datetime) -> Cast:
    """One earns Achievement, one Participation (no essay), one nothing."""
    mark(cast, "participant", now, essay="30")
    mark(cast, "other_participant", now, essay=None)
    db.session.commit()
    return cast


@pytest.fixture
def closed(marked: Cast, now: datetime) -> Cast:
    with unit_of_work():
        services.close_edition(actor=marked.member("coordinator"), now=now)
    return marked


def issue(cast: Cast, now: datetime, most: int = 100) -> int:
    with unit_of_work():
        return services.issue_certificates(actor=cast.member("coordinator"), public_url=URL, now=now, most=most)


def of(cast: Cast, name: str) -> list[Certificate]:
    rows = db.session.scalars(
        select(Certificate).where(Certificate.enrolment_id == cast.enrolments[name]).order_by(Certificate.sequence)
    )
    return list(rows)


def test_the_plan_says_who_gets_what(marked: Cast) -> None:
    plan = {line.standing.enrolment.id: line.action for line in issue_plan(marked.edition)}
    assert plan == {
        marked.enrolments["participant"]: Action.ISSUE,
        marked.enrolments["other_participant"]: Action.ISSUE,
        marked.enrolments["third_participant"]: Action.NONE,
    }


def test_nothing_is_issued_before_the_edition_is_closed(marked: Cast, now: datetime) -> None:
    with pytest.raises(RuleViolation, match="Close the edition first"):
        issue(marked, now)


def test_issuing_gives_everybody_what_they_earned_and_one_mail_each(closed: Cast, now: datetime) -> None:
    assert issue(closed, now) == 0
    assert [certificate.kind for certificate in of(closed, "participant")] == ["achievement"]
    assert [certificate.kind for certificate in of(closed, "other_participant")] == ["participation"]
    assert of(closed, "third_participant") == []
    mails = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "certificate_issued")).all()
    assert len(mails) == 2


def test_issuing_twice_issues_nothing_twice(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    issue(closed, now + timedelta(hours=1))
    assert db.session.scalar(select(func.count(Certificate.id))) == 2
    assert (
        db.session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.template == "certificate_issued"))
        == 2
    )


def test_an_interrupted_issue_goes_on_where_it_stopped(closed: Cast, now: datetime) -> None:
    assert issue(closed, now, most=1) == 1
    assert issue(closed, now, most=1) == 0
    assert db.session.scalar(select(func.count(Certificate.id))) == 2


def test_a_late_essay_upgrades_and_both_certificates_stay_on_record(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    later = now + timedelta(days=30)
    mark(closed, "other_participant", later, essay="20")
    db.session.commit()
    issue(closed, later)
    first, second = of(closed, "other_participant")
    assert (first.kind, first.state, first.replaced_by_id) == ("participation", "replaced", second.id)
    assert (second.kind, second.state, second.sequence) == ("achievement", "stands", 2)


def test_a_mark_lowered_after_issue_takes_nothing_away_by_itself(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    mark(closed, "participant", now + timedelta(days=1), essay="0", quiz="3.00", group="10")
    db.session.commit()
    issue(closed, now + timedelta(days=1))
    assert [certificate.state for certificate in of(closed, "participant")] == ["stands"]
    plan = {line.standing.enrolment.id: line.action for line in issue_plan(closed.edition)}
    assert plan[closed.enrolments["participant"]] is Action.REVIEW


def test_test_accounts_never_get_certificates(closed: Cast, now: datetime) -> None:
    closed.person("participant").is_test_account = True
    db.session.commit()
    issue(closed, now)
    assert of(closed, "participant") == []


def test_the_stored_file_is_what_was_drawn_and_matches_its_hash(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    (certificate,) = of(closed, "participant")
    content = read_file(certificate.file)
    assert hashlib.sha256(content).hexdigest() == certificate.file.sha256
    assert content == draw_certificate(Sheet.from_printed(certificate.printed))


def test_a_corrected_name_replaces_the_sheet_and_keeps_kind_and_date(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    (old,) = of(closed, "participant")
    later = now + timedelta(days=3)
    with unit_of_work():
        services.correct_name(
            actor=closed.member("coordinator"), certificate=old, name="Amina N’Diaye", public_url=URL, now=later
        )
    old, new = of(closed, "participant")
    assert (old.state, new.state) == ("replaced", "stands")
    assert (new.kind, new.issued_at, new.decision) == (old.kind, old.issued_at, old.decision)
    assert new.printed["name"] == "Amina N’Diaye"
    assert "reissued on" in new.printed["issued"]
    found = find_by_code(old.code)
    assert found is not None
    assert found.replaced_by == new


def test_a_corrected_certificate_is_not_replaced_again_at_the_next_issue(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    (old,) = of(closed, "participant")
    with unit_of_work():
        services.correct_name(
            actor=closed.member("coordinator"), certificate=old, name="Amina", public_url=URL, now=now
        )
    issue(closed, now)
    assert len(of(closed, "participant")) == 2


def test_revoking_needs_a_reason_and_stays_on_record(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    (certificate,) = of(closed, "participant")
    coordinator = closed.member("coordinator")
    with pytest.raises(RuleViolation):
        services.revoke_certificate(actor=coordinator, certificate=certificate, reason=" ", now=now)
    with unit_of_work():
        services.revoke_certificate(actor=coordinator, certificate=certificate, reason="Not the author", now=now)
    assert certificate.state == "revoked"
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "certificate revoked")).one()
    assert event.details["reason"] == "Not the author"
    issue(closed, now)
    assert len(of(closed, "participant")) == 1


def test_the_database_refuses_two_certificates_that_stand(closed: Cast, now: datetime) -> None:
    issue(closed, now)
    (certificate,) = of(closed, "participant")
    values: dict[str, Any] = {
        column.name: getattr(certificate, column.name)
        for column in Certificate.__table__.columns
        if column.name != "id"
    }
    db.session.add(Certificate(**{**values, "sequence": 2, "number": "X-1", "code": "0" * 26}))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_close_and_issue(closed: Cast, now: datetime, name: str) -> None:
    actor = closed.member(name)
    with pytest.raises(NotAllowed):
        services.close_edition(actor=actor, now=now)
    with pytest.raises(NotAllowed):
        services.issue_certificates(actor=actor, public_url=URL, now=now, most=1)


def test_closing_releases_every_mark_and_twice_is_once(marked: Cast, now: datetime) -> None:
    coordinator = marked.member("coordinator")
    with unit_of_work():
        services.close_edition(actor=coordinator, now=now)
    with unit_of_work():
        services.close_edition(actor=coordinator, now=now + timedelta(days=1))
    assert marked.edition.closed_at == now


SHEET = {
    "language": "en",
    "heading": "Certificate of Achievement",
    "awarded_to": "This is to certify that",
    "name": "Amina N’Diaye",
    "statement": "has successfully completed",
    "course": "Reintegration",
    "dates": "24 October – 2 December 2022",
    "details": "60 learning hours",
    "signatures": [["Ines", "Director"]],
    "issued": "Issued on 12 December 2022",
    "number": "R1-A-0001",
    "code": "00000-00000-00000-00000-00000-0",
    "verify_hint": "Check it",
    "verify_url": "https://segin.example/certificates/0",
}


def text_of(content: bytes, tmp_path: Any) -> str:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(content)
    return unicodedata.normalize("NFKC", PdfReader(path).pages[0].extract_text())


def test_the_sheet_says_everything_that_is_printed(tmp_path: Any) -> None:
    text = text_of(draw_certificate(Sheet.from_printed(SHEET)), tmp_path)
    for key in ("heading", "name", "course", "dates", "number", "code"):
        assert SHEET[key] in text


def test_the_same_facts_always_give_the_same_bytes() -> None:
    assert draw_certificate(Sheet.from_printed(SHEET)) == draw_certificate(Sheet.from_printed(SHEET))


def test_an_arabic_name_is_joined_and_ordered(tmp_path: Any) -> None:
    text = text_of(draw_certificate(Sheet.from_printed({**SHEET, "name": "عبد الرحمن (Abdou)"})), tmp_path)
    assert "عبد الرحمن" in text
    # Drawn from right to left: what is said last stands leftmost, Latin letters and brackets in their own order.
    drawn = unicodedata.normalize("NFKC", visual_line("عبد الرحمن (Abdou)"))
    assert drawn == "(Abdou) " + "عبد الرحمن"[::-1]


def test_marks_of_direction_order_a_line_and_are_not_drawn() -> None:
    assert visual_line("Edition \u2068REINT-2\u2069") == "Edition REINT-2"
    drawn = unicodedata.normalize("NFKC", visual_line("الدورة \u2068REINT-2\u2069"))
    assert drawn == "REINT-2 " + "الدورة"[::-1]


def test_a_very_long_name_stays_on_the_sheet(tmp_path: Any) -> None:
    name = "Marie-Noëlle N’Guessan épouse Houphouët-Ouédraogo de la Côte d’Ivoire et du Burkina Faso"
    text = text_of(draw_certificate(Sheet.from_printed({**SHEET, "name": name})), tmp_path)
    assert " ".join(text.split()).find(name) >= 0
