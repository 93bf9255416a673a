"""The pages of the essay: read, write, check, hand in, and what comes back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.assignments.models import Submission
from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.grading.models import Extension, GradeItem
from tests.assignments.making import (
    ESSAY,
    ESSAY_LAST_INSTANT,
    ESSAY_OPEN,
    ESSAY_TOO_LATE,
    essay_of,
    finish,
    words,
    write,
)
from tests.assignments.pages import ESSAY_PAGE, PART, AsRole, SetNow, field, submit
from tests.factories import Cast


def test_a_participant_reads_brief_deadline_on_both_clocks_and_rubric(
    essay_open: None, cast: Cast, as_role: AsRole
) -> None:
    cast.person("participant").time_zone = "Africa/Nairobi"
    page = as_role("participant").get(ESSAY_PAGE)
    assert page.status_code == 200
    assert "Write an essay." in page.text
    assert "Friday 10 April, 23:59 in Turin" in page.text
    assert "Saturday 11 April, 00:59 in Nairobi" in page.text
    assert "Criterion e1" in page.text
    assert "1,500 to 2,500" in page.text
    assert "From 1,350 to 2,750 words is accepted." in page.text


def test_the_navigation_leads_to_the_only_individual_assignment(essay_open: None, as_role: AsRole) -> None:
    page = as_role("participant").get("/editions/R1/assignments")
    assert "<h1>Final assignment</h1>" in page.text
    assert 'name="body"' in page.text


def test_before_it_opens_the_task_can_be_read_and_not_written(now: Any, as_role: AsRole) -> None:
    page = as_role("participant").get(ESSAY_PAGE)
    assert "This work has not opened yet" in page.text
    assert 'name="body"' not in page.text
    assert as_role("participant").post(PART, {"body": "early", "revision": "0"}).status_code == 409


def test_saving_checking_and_handing_in_ends_on_a_receipt(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    saved = browser.post(PART, {"body": words(1600), "revision": "0", "then": "check"})
    assert saved.status_code == 303
    check = browser.get(saved.location)
    assert "1,600 words. That is the length asked for." in " ".join(check.text.split())
    assert "Ready" in check.text
    handed_in = submit(browser)
    assert handed_in.status_code == 303
    receipt = browser.get(handed_in.location)
    submission = db.session.scalars(select(Submission)).one()
    assert "<h1>Handed in</h1>" in receipt.text
    assert submission.digest in receipt.text.replace("<wbr>", "")
    assert "1,600" in receipt.text
    assert "word1599" in receipt.text
    assert "just now" in receipt.text


@pytest.mark.parametrize(("count", "said"), [(60, "Too short"), (4000, "Too long")])
def test_a_text_off_the_length_asked_for_is_not_called_ready(
    essay_open: None, as_role: AsRole, count: int, said: str
) -> None:
    browser = as_role("participant")
    check = browser.get(browser.post(PART, {"body": words(count), "revision": "0", "then": "check"}).location).text
    assert said in check
    assert "Ready" not in check


def test_saving_from_the_script_answers_with_the_words_that_the_server_counts(
    essay_open: None, as_role: AsRole
) -> None:
    answer = as_role("participant").post(
        PART, {"body": "l’essai d’Aminata", "revision": "0"}, headers={"Accept": "application/json"}
    )
    assert answer.json["words"] == 2
    assert answer.json["revision"] == 1
    assert answer.json["message"] == "Saved on the server at 11:00."


def test_two_tabs_keep_both_texts_and_show_the_other(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "from the first tab", "revision": "0"})
    second = browser.post(PART, {"body": "from the second tab", "revision": "0"})
    assert second.status_code == 409
    assert "from the first tab" in second.text
    assert "from the second tab</textarea>" in second.text.replace("\r\n", "")
    assert "data-status></span>" in second.text  # the text in the box is not the one that is saved
    assert field(second.text, "revision") == "1"
    history = browser.get(f"{PART}/history").text
    assert "from the second tab" in history
    again = browser.post(PART, {"body": "from the second tab", "revision": "1"})
    assert again.status_code == 303
    assert "from the first tab" in browser.get(f"{PART}/history").text


def test_the_script_is_told_of_a_conflict(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "one", "revision": "0"})
    answer = browser.post(PART, {"body": "two", "revision": "0"}, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "another window" in answer.json["error"]


def test_sending_the_same_text_twice_is_no_conflict(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    assert browser.post(PART, {"body": "once", "revision": "0"}).status_code == 303
    assert browser.post(PART, {"body": "once", "revision": "0"}).status_code == 303


def test_an_earlier_text_can_be_brought_back(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    write(cast, "participant", words(100), ESSAY_OPEN)
    write(cast, "participant", "gone", ESSAY_OPEN)
    browser = as_role("participant")
    page = browser.get(f"{PART}/history").text
    address = re.search(r'href="([^"]*/history/\d+)"', page)
    assert address is not None
    assert browser.post(address[1]).status_code == 303
    assert "word99" in browser.get(ESSAY_PAGE).text
    assert "gone" in browser.get(f"{PART}/history").text


def test_the_history_of_others_is_closed(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    write(cast, "participant", words(100), ESSAY_OPEN)
    write(cast, "participant", "gone", ESSAY_OPEN)
    page = as_role("participant").get(f"{PART}/history").text
    address = re.search(r'href="([^"]*/history/\d+)"', page)
    assert address is not None
    assert "word99" not in as_role("other_participant").get(f"{PART}/history").text
    assert as_role("other_participant").post(address[1]).status_code == 404


def test_a_double_click_hands_in_once_and_shows_the_same_receipt(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": words(1600), "revision": "0"})
    page = browser.get(f"{ESSAY_PAGE}/check").text
    sent = {"number": field(page, "number"), "digest": field(page, "digest")}
    first = browser.post(f"{ESSAY_PAGE}/submissions", sent)
    second = browser.post(f"{ESSAY_PAGE}/submissions", sent)
    assert first.location == second.location
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 1
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def test_a_text_changed_since_the_check_is_checked_again(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "as checked", "revision": "0"})
    page = browser.get(f"{ESSAY_PAGE}/check").text
    browser.post(PART, {"body": "changed since", "revision": "1"})
    answer = browser.post(
        f"{ESSAY_PAGE}/submissions", {"number": field(page, "number"), "digest": field(page, "digest")}
    )
    assert answer.location.endswith("/check")
    assert db.session.scalar(select(func.count()).select_from(Submission)) == 0
    assert "has changed since you checked it" in browser.get(answer.location).text


def test_nothing_written_cannot_be_handed_in(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    page = browser.get(f"{ESSAY_PAGE}/check").text
    assert "There is nothing to hand in yet" in page
    assert "Hand in my work" not in page
    assert browser.post(f"{ESSAY_PAGE}/submissions", {"number": "1", "digest": "x"}).status_code == 409


def test_a_form_without_its_seal_leads_back_to_the_check(essay_open: None, as_role: AsRole) -> None:
    answer = as_role("participant").post(f"{ESSAY_PAGE}/submissions", {})
    assert answer.location.endswith("/check")


def test_late_work_is_accepted_and_says_so_before_and_after(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    set_now(ESSAY_TOO_LATE + timedelta(minutes=10))
    browser = as_role("participant")
    assert "The deadline has passed" in browser.get(ESSAY_PAGE).text
    assert "This is late" in browser.get(f"{ESSAY_PAGE}/check").text
    receipt = browser.get(submit(browser).location).text
    assert "11 minutes late" in receipt


def test_the_last_instant_of_the_minute_is_on_time(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    write(cast, "participant", words(1600), ESSAY_OPEN)
    set_now(ESSAY_LAST_INSTANT)
    browser = as_role("participant")
    assert " late</dd>" not in browser.get(submit(browser).location).text
    assert db.session.scalars(select(Submission)).one().late_by_minutes == 0


def test_the_receipt_goes_out_by_mail_on_both_clocks(essay_open: None, cast: Cast, app: Any) -> None:
    from lms.core.mailer import compose

    submission = essay_of(cast, "participant", ESSAY_OPEN)
    message = db.session.scalars(select(OutboxMessage)).one()
    with app.test_request_context():
        letter = compose(message)
    text = letter.get_content()
    assert letter["Subject"] == "Handed in: Final assignment"
    assert "20 March 2026, 10:00 in Turin" in text
    assert "20 March 2026, 11:00 in Harare" in text
    assert "Words: 1,600" in text
    assert submission.digest in text
    assert f"/editions/R1/submissions/{submission.id}" in text


def test_what_was_handed_in_can_be_changed_until_the_deadline(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    essay_of(cast, "participant", ESSAY_OPEN)
    browser = as_role("participant")
    assert "Until the deadline you can still change the text" in browser.get(ESSAY_PAGE).text
    browser.post(PART, {"body": words(1700), "revision": "1"})
    submit(browser)
    numbers = db.session.scalars(select(Submission.number).order_by(Submission.number)).all()
    assert numbers == [1, 2]
    page = browser.get(ESSAY_PAGE).text
    assert "Version 1" in page
    assert "Version 2" in page


def test_after_the_deadline_what_was_handed_in_stays(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    essay_of(cast, "participant", ESSAY_OPEN)
    set_now(ESSAY_TOO_LATE)
    browser = as_role("participant")
    assert 'name="body"' not in browser.get(ESSAY_PAGE).text
    assert browser.post(PART, {"body": "more", "revision": "1"}).status_code == 409
    assert browser.get(f"{ESSAY_PAGE}/check").status_code == 303


def test_an_assignment_or_part_that_does_not_exist_is_missing(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    assert browser.get("/editions/R1/assignments/nothing").status_code == 404
    assert browser.get(f"{ESSAY_PAGE}/parts/nothing").status_code == 404
    assert browser.post(f"{ESSAY_PAGE}/parts/nothing", {"body": "x", "revision": "0"}).status_code == 404


def test_a_text_beyond_any_use_is_refused_with_what_was_typed(essay_open: None, as_role: AsRole) -> None:
    answer = as_role("participant").post(PART, {"body": "x" * 200_001, "revision": "0"})
    assert answer.status_code == 422
    assert "xxxxx</textarea>" in answer.text


def test_an_extension_moves_the_deadline_for_one_person_alone(cast: Cast, as_role: AsRole, set_now: SetNow) -> None:
    later = ESSAY_TOO_LATE + timedelta(days=3)
    _extend(cast, later, enrolment_id=cast.enrolments["participant"])
    set_now(ESSAY_TOO_LATE)
    assert "Extended for you" in as_role("participant").get(ESSAY_PAGE).text
    assert "The deadline has passed" not in as_role("participant").get(ESSAY_PAGE).text
    assert "The deadline has passed" in as_role("other_participant").get(ESSAY_PAGE).text


def _extend(cast: Cast, due_at: Any, key: str = ESSAY, **owner: Any) -> None:
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == key)
    ).one()
    db.session.add(Extension(item_id=item.id, due_at=due_at, reason="illness", granted_at=ESSAY_OPEN, **owner))
    db.session.flush()


def test_marks_and_comments_are_shown_only_once_released(essay_open: None, cast: Cast, as_role: AsRole) -> None:
    submission = essay_of(cast, "participant", ESSAY_OPEN)
    finish(cast, submission, ESSAY_OPEN)
    address = f"/editions/R1/submissions/{submission.id}"
    assert "Well argued" not in as_role("participant").get(address).text
    assert "Your mark is here" not in as_role("participant").get(ESSAY_PAGE).text
    item = db.session.scalars(
        select(GradeItem).where(GradeItem.edition_id == cast.edition.id, GradeItem.key == ESSAY)
    ).one()
    item.released_at = ESSAY_OPEN
    page = as_role("participant").get(address).text
    assert "Well argued" in page
    assert "7.50 / 10.00" in page
    assert "A good piece of work" in page
    assert "Your mark is here" in as_role("participant").get(ESSAY_PAGE).text


def test_teachers_read_the_task_as_it_was_set(essay_open: None, as_role: AsRole) -> None:
    page = as_role("tutor").get(ESSAY_PAGE)
    assert page.status_code == 200
    assert "Write an essay." in page.text
    assert 'name="body"' not in page.text


def test_what_somebody_typed_is_shown_as_text(essay_open: None, as_role: AsRole) -> None:
    browser = as_role("participant")
    browser.post(PART, {"body": "<script>alert(1)</script>", "revision": "0"})
    receipt = browser.get(submit(browser).location).text
    assert "<script>alert" not in receipt
    assert "&lt;script&gt;alert" in receipt
