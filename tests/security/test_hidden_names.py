"""Names that are hidden stay hidden where work is read by peers, and where its group is talked about."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest

from lms.assignments.domain.agreement import SecondMarking
from lms.assignments.queries.peer import reviews_in
from lms.assignments.services.allocating import set_scheme
from lms.assignments.services.contributions import apply_suggestion
from lms.assignments.services.peer import rate_contributions
from lms.assignments.services.peer_rounds import ask_for_reviews
from lms.core.errors import NotFound
from tests.assignments.making import (
    GROUP_OPEN,
    TEAMWORK,
    archive,
    assignment,
    docx,
    finish,
    hand_in,
    make_group,
    teamwork_of,
    upload,
    write,
)
from tests.assignments.test_peer import AFTER, DURING, PEER, with_peer
from tests.factories import Cast

PROPERTIES = "<cp:coreProperties><dc:creator>Zuleika Marabou</dc:creator></cp:coreProperties>"


def _with_properties(document: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(document)) as source:
        files = {name: source.read(name) for name in source.namelist()}
    return archive({**files, "docProps/core.xml": PROPERTIES.encode()})


def test_who_reviews_a_work_learns_neither_from_its_words_nor_from_its_document_whose_it_is(
    cast: Cast, as_role: Any, set_now: Any
) -> None:
    one = with_peer(cast)
    make_group(cast, "participant", name="One", ambassador="participant")
    make_group(cast, "third_participant", name="Baobab Circle", ambassador="third_participant")
    cast.person("third_participant").full_name = "Zuleika Marabou"
    sent = upload(_with_properties(docx("Zuleika Marabou proposes")), "zuleika.docx")
    signed = "By Zuleika Marabou for Baobab Circle. " + "word " * 400
    write(cast, "third_participant", signed, GROUP_OPEN, key=TEAMWORK, part="proposal", upload=sent)
    write(cast, "third_participant", signed, GROUP_OPEN, key=TEAMWORK, part="profile-one")
    hand_in(cast, "third_participant", GROUP_OPEN, key=TEAMWORK)
    teamwork_of(cast, "participant", GROUP_OPEN)
    ask_for_reviews(one, DURING)
    set_now(DURING)
    review = next(review for review in reviews_in(one.assignment_id) if review.reviewer.name == "One")
    page = as_role("participant").get(f"{PEER}/reviews/{review.id}").text
    assert "proposes" in page
    assert "for […]. word" in page
    assert "Zuleika" not in page
    assert "Baobab" not in page
    link = page[page.index(f"{PEER}/reviews/{review.id}/files/") :].split('"')[0]
    answer = as_role("participant").get(link)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as document:
        assert b"Zuleika" not in document.read("docProps/core.xml")
        assert b"proposes" in document.read("word/document.xml")


def test_a_tutor_who_marks_without_names_is_not_led_from_a_group_to_its_work(
    cast: Cast, as_role: Any, set_now: Any
) -> None:
    with_peer(cast)
    group = make_group(cast, "participant", "other_participant", "third_participant", ambassador="participant")
    submission = teamwork_of(cast, "participant", GROUP_OPEN)
    third = cast.enrolments["third_participant"]
    for name in ("participant", "other_participant"):
        rate_contributions(cast.member(name), assignment_key=TEAMWORK, ratings={third: 2}, now=DURING)
    set_scheme(
        cast.member("coordinator"), assignment(cast, TEAMWORK), second=SecondMarking.NONE, third_from=Decimal(5),
        is_anonymous=True, now=DURING,
    )  # fmt: skip
    set_now(AFTER)
    finish(cast, submission, AFTER)
    address, link = f"{PEER}/groups/{group.id}", f"/editions/R1/marking/{submission.id}"
    tutor, sent = as_role("tutor"), {"member": str(third), "reason": "Agreed with the group"}
    assert tutor.get(address).status_code == 403
    assert tutor.post(f"{address}/adjustments", sent).status_code == 403
    overview = tutor.get(f"{PEER}/overview")
    assert overview.status_code == 200
    assert address not in overview.text
    assert link not in overview.text
    with pytest.raises(NotFound):
        apply_suggestion(
            cast.member("tutor"), submission_id=submission.id, enrolment_id=third, reason="Agreed", now=AFTER
        )
    page = as_role("coordinator").get(address)
    assert page.status_code == 200
    assert link in page.text
