"""The public check, a participant's own certificate, and the closing pages."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from lms.certificates import services
from lms.certificates.models import Certificate
from lms.core.db import db, unit_of_work
from lms.core.mailer import compose
from lms.core.outbox import OutboxMessage
from lms.grading.services.ledger import post_entry
from tests.certificates.test_services import issue, mark, of
from tests.factories import Cast


@pytest.fixture
def issued(cast: Cast, now: datetime) -> Cast:
    mark(cast, "participant", now, essay="30")
    mark(cast, "other_participant", now, essay=None)
    with unit_of_work():
        services.close_edition(actor=cast.member("coordinator"), now=now)
    issue(cast, now)
    return cast


def certificate_of(cast: Cast, name: str) -> Certificate:
    return of(cast, name)[-1]


def test_anybody_can_check_a_code_without_signing_in(issued: Cast, as_role) -> None:
    certificate = certificate_of(issued, "participant")
    stranger = as_role("stranger")
    answer = stranger.get(f"/certificates?code={certificate.code.lower()}")
    assert answer.status_code == 303
    page = stranger.get(answer.location)
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex"
    for fact in ("Participant", "Small course", "60 learning hours", certificate.number, "genuine and stands"):
        assert fact in page.text


def test_the_public_page_shows_no_more_than_what_is_printed(issued: Cast, as_role) -> None:
    certificate = certificate_of(issued, "participant")
    page = as_role("stranger").get(f"/certificates/{certificate.code}").text
    assert issued.person("participant").email not in page
    assert "87.00" not in page


def test_an_unknown_or_malformed_code_is_told_plainly(issued: Cast, as_role) -> None:
    stranger = as_role("stranger")
    for code in ("0" * 26, "nonsense", "<script>"):
        page = stranger.get("/certificates", query_string={"code": code})
        assert page.status_code == 404
        assert "No certificate has this code" in page.text
        assert "<script>" not in page.text


def test_guessing_codes_is_throttled(issued: Cast, as_role) -> None:
    stranger = as_role("stranger")
    statuses = [stranger.get(f"/certificates/{n:026}").status_code for n in range(40)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_a_replaced_certificate_leads_to_its_successor(issued: Cast, as_role, now: datetime) -> None:
    mark(issued, "other_participant", now, essay="20")
    db.session.commit()
    issue(issued, now)
    old, new = of(issued, "other_participant")
    page = as_role("stranger").get(f"/certificates/{old.code}")
    assert "was replaced on" in page.text
    assert new.code in page.text


def test_a_revoked_certificate_says_so_and_not_why(issued: Cast, as_role) -> None:
    certificate = certificate_of(issued, "participant")
    coordinator = as_role("coordinator")
    refused = coordinator.post(f"/editions/R1/certificates/{certificate.number}/revoke", {"reason": ""})
    assert refused.status_code == 422
    done = coordinator.post(f"/editions/R1/certificates/{certificate.number}/revoke", {"reason": "Plagiarised"})
    assert done.status_code == 303
    page = as_role("stranger").get(f"/certificates/{certificate.code}").text
    assert "was revoked on" in page
    assert "Plagiarised" not in page


def test_programs_get_the_same_facts(issued: Cast, as_role) -> None:
    certificate = certificate_of(issued, "participant")
    facts = as_role("stranger").get(f"/certificates/{certificate.code}.json").json
    assert facts["state"] == "stands"
    assert facts["sha256"] == certificate.file.sha256
    assert as_role("stranger").get(f"/certificates/{'0' * 26}.json").status_code == 404


def test_a_participant_downloads_the_certificate_and_nobody_elses(issued: Cast, as_role) -> None:
    own = certificate_of(issued, "participant")
    answer = as_role("participant").get(f"/editions/R1/certificates/{own.number}.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert "attachment" in answer.headers["Content-Disposition"]
    for name in ("other_participant", "tutor", "sponsor_viewer"):
        assert as_role(name).get(f"/editions/R1/certificates/{own.number}.pdf").status_code == 404
    assert as_role("outsider").get(f"/editions/R1/certificates/{own.number}.pdf").status_code == 404
    assert as_role("other_coordinator").get(f"/editions/R2/certificates/{own.number}.pdf").status_code == 404


def test_my_certificate_page_before_and_after(cast: Cast, as_role, now: datetime) -> None:
    assert "No certificate yet" in as_role("participant").get("/editions/R1/certificate").text
    mark(cast, "participant", now, essay="30")
    with unit_of_work():
        services.close_edition(actor=cast.member("coordinator"), now=now)
    issue(cast, now)
    assert certificate_of(cast, "participant").number in as_role("participant").get("/editions/R1/certificate").text


def test_the_whole_closing_through_the_pages(cast: Cast, as_role, now: datetime) -> None:
    mark(cast, "participant", now, essay="30")
    mark(cast, "other_participant", now, essay=None)
    db.session.commit()
    coordinator = as_role("coordinator")
    page = coordinator.get("/editions/R1/closing").text
    assert "If it closed now" in page
    assert "then close the edition" in page
    check = coordinator.get("/editions/R1/closing/confirm").text
    assert "has not ended yet" in check
    assert "1 person can receive a Certificate of Achievement." in check
    assert "1 person gets no certificate." in check
    assert coordinator.post("/editions/R1/closing/close").status_code == 303
    page = coordinator.get("/editions/R1/closing").text
    assert "2 people will receive a certificate" in page
    assert coordinator.post("/editions/R1/closing/issue").status_code == 303
    assert coordinator.post("/editions/R1/closing/issue").status_code == 303
    page = coordinator.get("/editions/R1/closing").text
    assert "Everything that is due has been issued" in page
    assert db.session.query(Certificate).count() == 2
    assert coordinator.post("/editions/R1/closing/reopen", {"reason": ""}).status_code == 422
    assert coordinator.post("/editions/R1/closing/reopen", {"reason": "One more essay"}).status_code == 303


def test_the_name_is_corrected_through_the_pages(issued: Cast, as_role) -> None:
    number = certificate_of(issued, "participant").number
    coordinator = as_role("coordinator")
    assert coordinator.get(f"/editions/R1/certificates/{number}").status_code == 200
    assert coordinator.post(f"/editions/R1/certificates/{number}/correct", {"name": ""}).status_code == 422
    same = coordinator.post(f"/editions/R1/certificates/{number}/correct", {"name": "Participant"})
    assert same.status_code == 409
    done = coordinator.post(f"/editions/R1/certificates/{number}/correct", {"name": "Amina  N’Diaye"})
    assert done.status_code == 303
    assert "Amina N’Diaye" in coordinator.get(done.location).text


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer"])
def test_other_roles_do_not_close(issued: Cast, as_role, name: str) -> None:
    browser = as_role(name)
    assert browser.get("/editions/R1/closing").status_code == 403
    assert browser.post("/editions/R1/closing/close").status_code == 403
    assert browser.post("/editions/R1/closing/issue").status_code == 403


def test_the_closing_page_costs_the_same_for_three_and_for_thirty(
    issued: Cast, as_role, count_queries, now: datetime
) -> None:
    from tests.factories import enrol, make_person

    coordinator = as_role("coordinator")
    with count_queries() as few:
        coordinator.get("/editions/R1/closing")
    for n in range(27):
        enrol(make_person(f"Extra {n}", now), issued.edition, "participant", now)
    with count_queries() as many:
        assert coordinator.get("/editions/R1/closing").status_code == 200
    assert len(many) == len(few)


def test_a_participants_certificate_page_is_cheap(issued: Cast, as_role, count_queries) -> None:
    with count_queries() as statements:
        as_role("participant").get("/editions/R1/certificate")
    assert len(statements) <= 7


def test_a_closed_edition_with_work_unmarked_says_that_certificates_wait_for_it(
    cast: Cast, as_role, now: datetime
) -> None:
    mark(cast, "participant", now, essay=None)
    post_entry(
        edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key="final-assignment",
        state="submitted", is_complete=False, basis={}, source="test", actor_id=None, now=now,
    )  # fmt: skip
    with unit_of_work():
        services.close_edition(actor=cast.member("coordinator"), now=now)
    page = as_role("coordinator").get("/editions/R1/closing").text
    assert "1 person waits for a mark. Once it is given, the certificate can be issued here." in page
    assert "Everything that is due has been issued" not in page


@pytest.mark.parametrize(
    ("language", "kind"),
    [("fr", "Certificat de réussite"), ("pt", "Certificado de aproveitamento"), ("ar", "شهادة إنجاز")],
)
def test_a_holder_reads_the_kind_in_their_own_language(
    cast: Cast, app: Flask, as_role, now: datetime, language: str, kind: str
) -> None:
    cast.person("participant").language = language
    mark(cast, "participant", now, essay="30")
    with unit_of_work():
        services.close_edition(actor=cast.member("coordinator"), now=now)
    issue(cast, now)
    assert certificate_of(cast, "participant").printed["heading"] == "Certificate of Achievement"
    letter = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "certificate_issued")).one()
    with app.test_request_context(base_url=app.config["PUBLIC_URL"]):
        assert kind in compose(letter).get_body(("plain",)).get_content()
    for page in ("certificate", "results"):
        shown = as_role("participant").get(f"/editions/R1/{page}").text
        assert kind in shown, page
        assert "Certificate of Achievement" not in shown, page
