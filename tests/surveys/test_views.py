"""The questionnaire on a phone, the results for those who may read them, files, reminders."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select

from lms.core.db import db
from lms.core.outbox import OutboxMessage
from lms.courses.navigation import links_for
from lms.surveys.models import Survey, SurveyReturn
from tests.factories import Cast
from tests.surveys.conftest import CLOSED, OPEN

PAGE = "/editions/R1/evaluation"
RESULTS = f"{PAGE}/results"
SENT = {"a-e01": "4", "a-e02": "na", "a-e03": "The personas"}


def count_returns() -> int:
    return len(db.session.scalars(select(SurveyReturn)).all())


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))


def test_the_questionnaire_says_what_is_kept_and_what_is_not(as_role, set_now) -> None:
    set_now(OPEN)
    page = as_role("participant").get(PAGE)
    assert page.status_code == 200
    assert "What is kept, and what is not" in page.text
    assert "not even you" in page.text
    assert page.text.count('type="radio"') == 6 + 7
    assert "Not applicable to me" in page.text
    assert "Friday 24 April, 23:59" in page.text
    assert "in Turin" in page.text
    assert "Harare" not in page.text  # both clocks show the same: Turin's summer time is Harare's


def test_answering_leads_to_the_thank_you_page(as_role, set_now) -> None:
    set_now(OPEN)
    browser = as_role("participant")
    response = browser.post(PAGE, SENT)
    assert response.status_code == 303
    assert response.location == f"{PAGE}/thanks"
    assert "have been received" in browser.get(response.location).text
    assert count_returns() == 1


def test_sending_twice_says_kindly_that_the_answers_are_there(as_role, set_now) -> None:
    set_now(OPEN)
    browser = as_role("participant")
    browser.post(PAGE, SENT)
    again = browser.post(PAGE, {"a-e01": "1"})
    assert (again.status_code, again.location) == (303, f"{PAGE}/thanks")
    assert "already been received" in browser.get(again.location).text
    assert count_returns() == 1


def test_a_second_visit_finds_the_answers_received(as_role, set_now) -> None:
    set_now(OPEN)
    browser = as_role("participant")
    browser.post(PAGE, SENT)
    page = browser.get(PAGE).text
    assert "Your answers have been received" in page
    assert 'type="radio"' not in page


def test_the_thank_you_page_is_for_those_who_answered(as_role, set_now) -> None:
    set_now(OPEN)
    response = as_role("participant").get(f"{PAGE}/thanks")
    assert (response.status_code, response.location) == (303, PAGE)


def test_an_empty_form_comes_back_with_what_to_do(as_role, set_now) -> None:
    set_now(OPEN)
    response = as_role("participant").post(PAGE, {"a-e03": "   "})
    assert response.status_code == 422
    assert "Answer at least one question" in response.text


def test_a_refused_form_keeps_what_was_typed(as_role, set_now) -> None:
    set_now(OPEN)
    typed = {"a-e01": "4", "a-e02": "7", "a-e03": "  <b>Personas</b>\nand more"}
    response = as_role("participant").post(PAGE, typed)
    assert response.status_code == 422
    assert "Choose one of the numbers shown." in response.text
    assert 'href="#a-e02"' in response.text
    assert 'id="a-e02"' in response.text
    assert 'name="a-e01" value="4" checked' in response.text
    assert "&lt;b&gt;Personas&lt;/b&gt;\nand more" in response.text
    assert count_returns() == 0


def test_an_answer_that_is_too_long_is_told_and_kept(as_role, set_now) -> None:
    set_now(OPEN)
    response = as_role("participant").post(PAGE, {"a-e03": "é" * 4001})
    assert response.status_code == 422
    assert "under 4000 characters" in response.text
    assert "é" * 4001 in response.text


def test_line_ends_as_a_browser_sends_them_count_once(as_role, set_now) -> None:
    set_now(OPEN)
    assert as_role("participant").post(PAGE, {"a-e03": "\r\n".join(["x"] * 2000)}).status_code == 303


def test_before_it_opens_the_page_says_when(as_role, now) -> None:
    page = as_role("participant").get(PAGE)
    assert page.status_code == 200
    assert "opens later" in page.text
    assert "Monday 6 April, 08:00" in page.text
    assert 'type="radio"' not in page.text


def test_once_closed_the_page_says_so(as_role, set_now) -> None:
    set_now(CLOSED)
    page = as_role("participant").get(PAGE).text
    assert "The evaluation has closed." in page
    assert 'type="radio"' not in page


def test_answers_that_arrive_too_late_are_not_lost_to_their_author(as_role, set_now, survey: Survey) -> None:
    set_now(survey.closes_at + timedelta(minutes=1))
    response = as_role("participant").post(PAGE, SENT)
    assert response.status_code == 409
    assert "closed before your answers arrived" in response.text
    assert "The personas" in response.text
    assert count_returns() == 0


def test_a_test_account_can_look_but_not_send(as_role, cast: Cast, set_now) -> None:
    set_now(OPEN)
    cast.person("participant").is_test_account = True
    browser = as_role("participant")
    page = browser.get(PAGE).text
    assert "its answers are not kept" in page
    assert "Send my answers" not in page
    assert browser.post(PAGE, SENT).status_code == 409


@pytest.mark.parametrize("name", ["tutor", "coordinator", "sponsor_viewer", "administrator"])
def test_staff_do_not_answer(as_role, set_now, name: str) -> None:
    set_now(OPEN)
    assert as_role(name).get(PAGE).status_code == 403
    assert as_role(name).post(PAGE, SENT).status_code == 403


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}/thanks", RESULTS, f"{RESULTS}.csv", f"{RESULTS}.xlsx", f"{PAGE}/reminder"]
)
def test_people_of_another_edition_know_of_none_of_it(as_role, set_now, path: str) -> None:
    set_now(OPEN)
    for name in ("outsider", "other_tutor", "other_coordinator"):
        assert as_role(name).get(path).status_code == 404


def test_an_edition_without_evaluation_has_no_such_pages(as_role, set_now, survey: Survey) -> None:
    set_now(OPEN)
    db.session.delete(survey)
    assert as_role("participant").get(PAGE).status_code == 404
    for path in (RESULTS, f"{RESULTS}.csv", f"{RESULTS}.xlsx", f"{PAGE}/reminder"):
        assert as_role("coordinator").get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("coordinator", 200), ("administrator", 200), ("sponsor_viewer", 200), ("tutor", 403), ("participant", 403)],
)
def test_results_are_for_coordinators_and_sponsor_viewers(as_role, set_now, have_answered, name, status) -> None:
    have_answered(5)
    set_now(CLOSED)
    for path in (RESULTS, f"{RESULTS}.csv", f"{RESULTS}.xlsx"):
        assert as_role(name).get(path).status_code == status


def test_results_show_the_table_and_the_words(as_role, set_now, have_answered) -> None:
    have_answered(5)
    set_now(CLOSED)
    page = as_role("coordinator").get(RESULTS).text
    assert "5 of 8 people have answered (62.5\N{NO-BREAK SPACE}%)" in page
    assert "3.00" in page
    assert "40.0\N{NO-BREAK SPACE}%" in page
    assert "Words 3" in page


def test_a_sponsor_viewer_reads_the_table_without_the_words(as_role, set_now, have_answered) -> None:
    have_answered(5)
    set_now(CLOSED)
    viewer = as_role("sponsor_viewer")
    page = viewer.get(RESULTS).text
    assert "3.00" in page
    assert "Words" not in page
    assert viewer.get(f"{RESULTS}.csv?part=raw").status_code == 403
    assert viewer.get(f"{RESULTS}.csv?part=open").status_code == 403
    workbook = openpyxl.load_workbook(io.BytesIO(viewer.get(f"{RESULTS}.xlsx").get_data()))
    assert workbook.sheetnames == ["Summary"]


def test_fewer_than_five_returns_show_nothing_but_their_number(as_role, set_now, have_answered) -> None:
    have_answered(4, {"e01": "4", "e03": "Recognisable words"})
    set_now(CLOSED)
    coordinator = as_role("coordinator")
    page = coordinator.get(RESULTS).text
    assert "4 of 7 people" in page
    assert "hidden to protect the people who answered" in page
    assert "Recognisable words" not in page
    assert "4.00" not in page
    for path in (f"{RESULTS}.csv", f"{RESULTS}.csv?part=raw", f"{RESULTS}.csv?part=open", f"{RESULTS}.xlsx"):
        assert coordinator.get(path).status_code == 409


def test_while_it_is_open_only_the_response_rate_is_shown(as_role, set_now, have_answered) -> None:
    have_answered(6, {"e01": "4", "e03": "Recognisable words"})
    set_now(OPEN)
    coordinator = as_role("coordinator")
    page = coordinator.get(RESULTS).text
    assert "6 of 9 people have answered (66.7\N{NO-BREAK SPACE}%)" in page
    assert "after the evaluation has closed" in page
    assert "Recognisable words" not in page
    assert "4.00" not in page
    assert coordinator.get(f"{RESULTS}.xlsx").status_code == 409


def test_the_summary_file_holds_the_figures_of_the_screen(as_role, set_now, have_answered) -> None:
    have_answered(5)
    set_now(CLOSED)
    response = as_role("coordinator").get(f"{RESULTS}.csv?part=summary")
    assert response.mimetype == "text/csv"
    assert "R1-evaluation-summary.csv" in response.headers["Content-Disposition"]
    header, first, second, *rest = rows_of(response)
    assert header[:5] == ["Question", "Answers (n)", "Not applicable", "Average", "Share of 4 and 5, in percent"]
    assert first == ["Enough information?", "5", "0", "3.00", "40.0", *["1"] * 5, *["20.0"] * 5]
    assert second[:5] == ["Employer benefits?", "5", "0", "5.00", "100.0"]
    assert ["Response rate, in percent", "62.5"] in rest


def test_raw_numbers_come_without_words_time_language_or_key(as_role, set_now, have_answered) -> None:
    have_answered(5)
    set_now(CLOSED)
    header, *rows = rows_of(as_role("coordinator").get(f"{RESULTS}.csv?part=raw"))
    assert header == ["Enough information?", "Employer benefits?"]
    assert sorted(rows) == [[str(number), "5"] for number in range(1, 6)]


def test_files_cannot_carry_formulas(as_role, set_now, have_answered) -> None:
    have_answered(5, {"e01": "3", "e03": "=HYPERLINK(1)"})
    set_now(CLOSED)
    coordinator = as_role("coordinator")
    _header, *rows = rows_of(coordinator.get(f"{RESULTS}.csv?part=open"))
    assert rows == [["What was most useful?", "'=HYPERLINK(1)"]] * 5
    workbook = openpyxl.load_workbook(io.BytesIO(coordinator.get(f"{RESULTS}.xlsx").get_data()))
    assert workbook.sheetnames == ["Summary", "Numbers", "Open answers"]
    assert workbook["Open answers"]["B2"].data_type == "s"
    assert workbook["Summary"]["D2"].value == 3


def test_not_applicable_is_told_apart_from_no_answer_in_the_file(as_role, set_now, have_answered) -> None:
    have_answered(4, {"e01": "3"})
    have_answered(1, {"e02": "na"})
    set_now(CLOSED)
    rows = rows_of(as_role("coordinator").get(f"{RESULTS}.csv?part=raw"))[1:]
    assert sorted(rows) == [["", "not applicable"], *[["3", ""]] * 4]
    page = as_role("coordinator").get(RESULTS).text
    assert "no answers" in page
    assert "1 not applicable" in page


def test_an_unknown_part_is_not_found(as_role, set_now, have_answered) -> None:
    have_answered(5)
    set_now(CLOSED)
    assert as_role("coordinator").get(f"{RESULTS}.csv?part=people").status_code == 404


def test_a_reminder_is_shown_in_numbers_before_it_is_sent(as_role, set_now, have_answered) -> None:
    have_answered(2)
    set_now(OPEN)
    coordinator = as_role("coordinator")
    assert "3 people have not answered yet" in coordinator.get(RESULTS).text
    page = coordinator.get(f"{PAGE}/reminder").text
    assert "3 people would get a message" in page
    assert "Other Participant" not in page
    response = coordinator.post(f"{PAGE}/reminder")
    assert (response.status_code, response.location) == (303, RESULTS)
    assert "on its way to 3 people" in coordinator.get(RESULTS).text
    assert len(db.session.scalars(select(OutboxMessage)).all()) == 3
    coordinator.post(f"{PAGE}/reminder")
    assert "Nobody was written to" in coordinator.get(RESULTS).text


@pytest.mark.parametrize("name", ["participant", "tutor", "sponsor_viewer"])
def test_others_may_not_remind(as_role, set_now, name: str) -> None:
    set_now(OPEN)
    assert as_role(name).get(f"{PAGE}/reminder").status_code == 403
    assert as_role(name).post(f"{PAGE}/reminder").status_code == 403


def test_with_nobody_to_remind_the_page_says_so(as_role, set_now) -> None:
    set_now(CLOSED)
    assert "nobody to remind" in as_role("coordinator").get(f"{PAGE}/reminder").text
    assert as_role("coordinator").post(f"{PAGE}/reminder").status_code == 409


@pytest.mark.parametrize(
    ("name", "endpoints"),
    [
        ("participant", ["surveys.answer"]),
        ("coordinator", ["surveys.results"]),
        ("sponsor_viewer", ["surveys.results"]),
        ("tutor", []),
    ],
)
def test_the_edition_links_to_the_evaluation_by_role(cast: Cast, name: str, endpoints: list[str]) -> None:
    links = [link.endpoint for link in links_for(cast.member(name)) if link.endpoint.startswith("surveys.")]
    assert links == endpoints


def test_the_questionnaire_costs_few_statements_however_many_take_part(
    as_role, set_now, have_answered, count_queries
) -> None:
    set_now(OPEN)
    browser = as_role("participant")
    browser.get(PAGE)
    with count_queries() as few:
        browser.get(PAGE)
    have_answered(20)
    with count_queries() as many:
        browser.get(PAGE)
    assert len(few) == len(many) <= 4


def test_the_results_cost_the_same_statements_however_many_answered(
    as_role, set_now, have_answered, count_queries
) -> None:
    set_now(CLOSED)
    browser = as_role("coordinator")
    have_answered(5)
    browser.get(RESULTS)
    with count_queries() as few:
        browser.get(RESULTS)
    have_answered(25)
    with count_queries() as many:
        browser.get(RESULTS)
    assert len(few) == len(many) <= 6
