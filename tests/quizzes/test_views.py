"""The pages of a quiz as people meet them, with and without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core.db import db
from lms.quizzes.models import Attempt, LatePacket, Response
from tests.factories import Cast
from tests.quizzes.conftest import QUIZ, Desk

HOME = f"/editions/R1/quizzes/{QUIZ}"
FIRST = f"{HOME}/attempts/1"
MINUTE = timedelta(minutes=1)
As = Callable[[str], Any]
SetNow = Callable[[datetime], None]


def words(response: Any) -> str:
    """The page as read: without marks, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def fields(response: Any, **answers: str) -> dict[str, str]:
    """What the page's form sends: its hidden fields, what is chosen, and the answers given now."""
    hidden = dict(re.findall(r'<input type="hidden" name="(attempt|seen|csrf_token)" value="([^"]*)"', response.text))
    chosen = dict(re.findall(r'type="radio" name="(q\d+)" value="(\w)" checked', response.text))
    return {name: html.unescape(value) for name, value in hidden.items()} | chosen | answers


def packet(attempt: Attempt, answers: dict[str, list[str]], number: int = 1) -> dict[str, Any]:
    return {"operation": f"deviceaa-{number:010}", "attempt": attempt.id, "answers": answers}


JSON = {"Accept": "application/json"}


class TestRules:
    def test_the_rules_are_said_before_one_starts(self, as_role: As, cast: Cast, desk: Desk) -> None:
        """Edge cases 17 and 23: limit, window and which attempt counts are said before the start."""
        desk.quiz(time_limit_minutes=30)
        page = as_role("participant").get(HOME)
        said = words(page)
        assert page.status_code == 200
        assert "10 questions." in said
        assert "2 attempts. The best one counts" in said
        assert "Sunday 15 March, 23:59 in Turin · Monday 16 March, 00:59 in Harare · in 5 days" in said
        assert "30 minutes from the moment you start" in said
        assert "If the quiz closes sooner, the attempt ends when it closes." in said
        assert "As soon as you submit" in said
        assert "Start the quiz" in said

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ({"attempts_allowed": 1}, "One attempt."),
            ({"counting": "last"}, "The last one that you submit counts."),
            ({"counting": "first"}, "The first one that you submit counts."),
            ({"review": "after_close"}, "Once the quiz is closed"),
            ({"review": "never"}, "The right answers are not shown."),
            ({}, "Take the time you need until the quiz closes; an attempt that is open then ends with it."),
        ],
    )
    def test_each_rule_has_its_sentence(self, as_role: As, desk: Desk, settings: dict[str, Any], sentence: str) -> None:
        desk.quiz(**settings)
        assert sentence in words(as_role("participant").get(HOME))

    def test_before_it_opens_there_is_no_button_but_the_date(self, as_role: As, cast: Cast) -> None:
        said = words(as_role("participant").get("/editions/R1/quizzes/quiz-3"))
        assert "Opens Monday 16 March, 08:00 in Turin" in said
        assert "Start the quiz" not in said

    def test_who_missed_it_reads_what_to_do(self, as_role: As, cast: Cast) -> None:
        said = words(as_role("participant").get("/editions/R1/quizzes/quiz-1"))
        assert "closed before you started it" in said
        assert "ask your coordinator" in said

    def test_earlier_attempts_stand_with_their_scores_and_the_one_that_counts(self, as_role: As, desk: Desk) -> None:
        desk.sit(9)
        desk.sit(4)
        said = words(as_role("participant").get(HOME))
        assert "Attempt 1: 9 of 10 right" in said
        assert "Attempt 2: 4 of 10 right" in said
        assert said.count("Counts") == 1
        assert "Try again" not in said

    def test_an_open_attempt_is_gone_on_with(self, as_role: As, desk: Desk) -> None:
        desk.start()
        page = as_role("participant").get(HOME)
        assert f'href="{FIRST}"' in page.text
        assert "Continue" in words(page)

    def test_an_attempt_whose_time_is_over_leads_to_what_arrived(
        self, as_role: As, desk: Desk, now: datetime, set_now: SetNow
    ) -> None:
        desk.quiz(time_limit_minutes=30)
        desk.start()
        set_now(now + timedelta(hours=1))
        page = as_role("participant").get(HOME)
        assert "The time of your open attempt is over" in words(page)
        assert f'href="{FIRST}/check"' in page.text

    def test_those_who_teach_find_the_preview_and_the_attempts(self, as_role: As, cast: Cast) -> None:
        page = as_role("tutor").get(HOME)
        assert f'href="{HOME}/preview"' in page.text
        assert f'href="{HOME}/attempts"' in page.text
        assert "Start the quiz" not in words(page)


class TestSitting:
    def test_the_whole_way_without_scripts(self, as_role: As, desk: Desk) -> None:
        browser = as_role("participant")
        started = browser.post(f"{HOME}/attempts")
        assert (started.status_code, started.location) == (303, FIRST)
        page = browser.get(FIRST)
        assert page.text.count("<fieldset") == 10
        saved = browser.post(f"{FIRST}/answers", fields(page, q1="a", q2="b"))
        assert (saved.status_code, saved.location) == (303, FIRST)
        page = browser.get(FIRST)
        assert "Your answers are saved." in words(page)
        assert "2 of 10 on the server." in words(page)
        checked = browser.post(f"{FIRST}/answers", fields(page, q3="a", check="1"))
        assert checked.location == f"{FIRST}/check"
        page = browser.get(checked.location)
        assert "7 questions have no answer yet." in words(page)
        assert f'href="{FIRST}#q4"' in page.text
        assert "Submitting ends this attempt. You can try once more afterwards." in words(page)
        done = browser.post(f"{FIRST}/submit", fields(page))
        assert (done.status_code, done.location) == (303, f"{FIRST}/result")
        said = words(browser.get(done.location))
        assert "2 of 10 right" in said
        assert "1.00 of 5.00 points." in said
        assert said.count("The right answer:") == 0
        assert "The right answers are shown after your last attempt" in said
        assert said.count("Not answered.") == 7
        assert "Not right. You chose: Option b of m2-q02 Feedback b" in said

    def test_a_second_start_leads_to_the_same_attempt(self, as_role: As, cast: Cast) -> None:
        browser = as_role("participant")
        assert browser.post(f"{HOME}/attempts").location == browser.post(f"{HOME}/attempts").location == FIRST

    def test_a_second_click_on_submit_leads_to_the_same_result(self, as_role: As, desk: Desk) -> None:
        browser = as_role("participant")
        form = {"attempt": str(desk.start().id)}
        first, second = (browser.post(f"{FIRST}/submit", form) for _ in range(2))
        assert (first.status_code, first.location) == (second.status_code, second.location) == (303, f"{FIRST}/result")

    def test_a_refused_start_says_why(self, as_role: As, cast: Cast) -> None:
        page = as_role("participant").post("/editions/R1/quizzes/quiz-1/attempts")
        assert page.status_code == 409
        assert "This quiz is closed." in words(page)

    def test_a_second_tab_does_not_undo_what_the_first_one_saved(self, as_role: As, desk: Desk) -> None:
        browser = as_role("participant")
        attempt = desk.start()
        desk.save(attempt, {1: "a"})
        stale = fields(browser.get(FIRST), q2="c")
        desk.save(attempt, {1: "b"})
        browser.post(f"{FIRST}/answers", stale)
        assert desk.answers(attempt) == {1: "b", 2: "c"}

    def test_an_answer_that_is_none_of_the_question_is_refused(self, as_role: As, desk: Desk) -> None:
        attempt = desk.start()
        page = as_role("participant").post(f"{FIRST}/answers", {"attempt": attempt.id, "seen": "", "q1": "z"})
        assert page.status_code == 409
        assert "Nothing was saved" in words(page)

    def test_a_form_that_names_no_attempt_finds_none(self, as_role: As, desk: Desk) -> None:
        desk.start()
        for action in ("answers", "submit"):
            assert as_role("participant").post(f"{FIRST}/{action}", {"q1": "a"}).status_code == 404

    def test_content_says_its_language_and_falls_back_marked(self, as_role: As, cast: Cast, desk: Desk) -> None:
        cast.person("participant").language = "fr"
        attempt = desk.start()
        page = as_role("participant").get(FIRST)
        assert '<div lang="fr" dir="ltr">' in page.text
        assert "Stem of m2-q01? (fr)" in page.text
        attempt.language = "pt"
        assert '<span lang="en" dir="ltr">Stem of m2-q01?</span>' in as_role("participant").get(FIRST).text

    def test_an_attempt_keeps_the_language_seen(self, as_role: As, cast: Cast, desk: Desk) -> None:
        desk.start()
        cast.person("participant").language = "fr"
        assert "Stem of m2-q01?</legend>" in as_role("participant").get(FIRST).text

    @pytest.mark.parametrize(("page", "leads_to"), [("", "/result"), ("/check", "/result")])
    def test_the_pages_of_a_finished_attempt_lead_to_its_result(
        self, as_role: As, desk: Desk, page: str, leads_to: str
    ) -> None:
        desk.sit(5)
        assert as_role("participant").get(FIRST + page).location == FIRST + leads_to

    def test_the_result_of_an_open_attempt_leads_back_to_it(self, as_role: As, desk: Desk) -> None:
        desk.start()
        assert as_role("participant").get(f"{FIRST}/result").location == FIRST

    @pytest.mark.parametrize("page", ["", "/check", "/result"])
    def test_an_attempt_that_one_does_not_have_is_404(self, as_role: As, desk: Desk, page: str) -> None:
        desk.sit(5)
        assert as_role("other_participant").get(FIRST + page).status_code == 404

    def test_an_unknown_quiz_is_404(self, as_role: As, cast: Cast) -> None:
        assert as_role("participant").get("/editions/R1/quizzes/quiz-9").status_code == 404
        assert as_role("participant").post("/editions/R1/quizzes/quiz-9/attempts").status_code == 404


class TestPackets:
    def test_a_packet_is_saved_and_answered_with_what_arrived(self, as_role: As, desk: Desk, now: datetime) -> None:
        attempt = desk.start()
        browser = as_role("participant")
        answer = browser.post(f"{FIRST}/answers", json=packet(attempt, {"3": ["b"]}), headers=JSON)
        assert answer.status_code == 200
        ends = (desk.quiz().closes_at + timedelta(minutes=1)).isoformat()  # the end of its minute
        assert answer.json == {"saved": [3], "late": [], "closed": False, "server_time": now.isoformat(), "ends": ends}
        assert desk.answers(attempt) == {3: "b"}

    def test_a_packet_sent_again_is_answered_the_same(self, as_role: As, desk: Desk) -> None:
        """Edge case 16: a replay by a proxy or a retry is answered as the first time."""
        attempt = desk.start()
        browser = as_role("participant")
        sent = packet(attempt, {"3": ["b"]})
        first, second = (browser.post(f"{FIRST}/answers", json=sent, headers=JSON).json for _ in range(2))
        assert first == second
        assert len(db.session.scalars(select(Response)).all()) == 1

    def test_a_packet_too_late_is_told_and_kept(self, as_role: As, desk: Desk, now: datetime, set_now: SetNow) -> None:
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        set_now(now + 31 * MINUTE)
        answer = as_role("participant").post(
            f"{FIRST}/answers", json=packet(attempt, {"3": ["b"], "4": ["a"]}), headers=JSON
        )
        assert (answer.json["late"], answer.json["closed"]) == ([3, 4], True)
        assert "questions 3, 4 arrived after this attempt had ended" in answer.json["message"]
        assert len(db.session.scalars(select(LatePacket)).all()) == 1
        said = words(as_role("participant").get(f"{FIRST}/result"))
        assert "Too late were the answers to questions 3, 4." in said

    def test_whatever_a_wrong_clock_of_the_client_says_the_server_decides(
        self, as_role: As, desk: Desk, now: datetime
    ) -> None:
        """Edge case 18: every decision is by the time of the server."""
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        sent = packet(attempt, {"3": ["b"]}) | {"time": "1999-01-01T00:00:00Z", "server_time": "2099-01-01T00:00:00Z"}
        headers = {**JSON, "Date": "Fri, 01 Jan 2099 00:00:00 GMT"}
        answer = as_role("participant").post(f"{FIRST}/answers", json=sent, headers=headers)
        assert answer.json["saved"] == [3]
        assert db.session.scalars(select(Response.saved_at)).one() == now

    def test_a_packet_for_the_attempt_of_somebody_else_saves_nothing(self, as_role: As, desk: Desk) -> None:
        mine, theirs = desk.start(), desk.start("other_participant")
        answer = as_role("other_participant").post(f"{FIRST}/answers", json=packet(mine, {"3": ["b"]}), headers=JSON)
        assert answer.status_code == 404
        assert "somebody else" in answer.json["error"]
        assert desk.answers(mine) == desk.answers(theirs) == {}

    def test_without_a_session_the_script_is_told_to_wait_for_a_sign_in(self, as_role: As, desk: Desk) -> None:
        attempt = desk.start()
        answer = as_role("stranger").post(f"{FIRST}/answers", json=packet(attempt, {"3": ["b"]}), headers=JSON)
        assert (answer.status_code, answer.json) == (401, {"error": "sign-in"})

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"answers": {"1": "a"}}'])
    def test_what_is_no_packet_is_refused_in_words(self, as_role: As, desk: Desk, body: bytes) -> None:
        desk.start()
        answer = as_role("participant").post(
            f"{FIRST}/answers", data=body, content_type="application/json", headers=JSON
        )
        assert answer.status_code == 409
        assert "Reload it" in answer.json["error"]


class TestTokens:
    """A page older than its token gives back what was chosen in it."""

    @pytest.fixture(autouse=True)
    def with_tokens(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    def test_a_form_without_a_valid_token_saves_nothing_and_comes_back_filled_in(self, as_role: As, desk: Desk) -> None:
        browser = as_role("participant")
        attempt = desk.start()
        page = browser.get(FIRST)
        refused = browser.post(f"{FIRST}/answers", fields(page, q1="c", csrf_token="old"))
        assert refused.status_code == 400
        assert "Your answers are still chosen below" in words(refused)
        assert fields(refused)["q1"] == "c"
        assert desk.answers(attempt) == {}
        again = browser.post(f"{FIRST}/answers", fields(refused))
        assert again.status_code == 303
        assert desk.answers(attempt) == {1: "c"}

    def test_a_packet_without_a_valid_token_is_told_so_and_saves_nothing(self, as_role: As, desk: Desk) -> None:
        attempt = desk.start()
        answer = as_role("participant").post(f"{FIRST}/answers", json=packet(attempt, {"3": ["b"]}), headers=JSON)
        assert (answer.status_code, answer.json) == (400, {"error": "token"})
        assert desk.answers(attempt) == {}

    def test_an_old_form_for_a_finished_attempt_leads_to_its_result(self, as_role: As, desk: Desk) -> None:
        form = {"attempt": desk.sit(5).id, "q1": "a"}
        assert as_role("participant").post(f"{FIRST}/answers", form).location == f"{FIRST}/result"

    @pytest.mark.parametrize("action", ["/attempts", "/attempts/1/submit"])
    def test_the_other_forms_need_a_token_too(self, as_role: As, desk: Desk, action: str) -> None:
        attempt = desk.start()
        assert as_role("participant").post(HOME + action, {"attempt": attempt.id}).status_code == 400
        assert attempt.submitted_at is None


class TestTimeOver:
    def test_the_page_says_what_had_arrived_and_submitting_shows_the_result(
        self, as_role: As, desk: Desk, now: datetime, set_now: SetNow
    ) -> None:
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start()
        desk.save(attempt, {1: "a", 2: "a"})
        set_now(now + timedelta(hours=1))
        browser = as_role("participant")
        assert browser.get(FIRST).location == f"{FIRST}/check"
        page = browser.get(f"{FIRST}/check")
        assert "The time of this attempt is over" in words(page)
        assert "2 answers had arrived and count." in words(page)
        done = browser.post(f"{FIRST}/submit", fields(page))
        said = words(browser.get(done.location))
        assert "2 of 10 right" in said
        assert "This attempt was ended Tuesday 10 March, 10:30 in Turin" in said

    def test_a_form_that_comes_too_late_is_told_on_the_result(
        self, as_role: As, desk: Desk, now: datetime, set_now: SetNow
    ) -> None:
        desk.quiz(time_limit_minutes=30)
        desk.start()
        browser = as_role("participant")
        form = fields(browser.get(FIRST), q5="a")
        set_now(now + timedelta(hours=1))
        late = browser.post(f"{FIRST}/answers", form)
        assert late.location == f"{FIRST}/result"
        said = words(browser.get(late.location))
        assert "The answer to question 5 arrived after this attempt had ended" in said
        assert "0 of 10 right" in said

    def test_only_a_limit_counts_down_and_by_the_servers_time(self, as_role: As, desk: Desk, now: datetime) -> None:
        desk.start("other_participant")
        assert 'role="timer"' not in as_role("other_participant").get(FIRST).text
        desk.quiz(time_limit_minutes=30)
        desk.start()
        page = as_role("participant").get(FIRST).text
        assert 'role="timer"' in page
        assert f'data-ends="{(now + 30 * MINUTE).isoformat()}" data-now="{now.isoformat()}"' in page


class TestResult:
    def test_the_attempt_that_counts_is_named(self, as_role: As, desk: Desk) -> None:
        desk.sit(9)
        desk.sit(4)
        browser = as_role("participant")
        assert "This attempt counts." in words(browser.get(f"{FIRST}/result"))
        assert "Your attempt 1 counts: 9 of 10 right." in words(browser.get(f"{HOME}/attempts/2/result"))

    def test_answers_are_shown_after_the_closing_where_the_rule_says_so(
        self, as_role: As, desk: Desk, closes: datetime, set_now: SetNow
    ) -> None:
        desk.quiz(review="after_close")
        desk.sit(9)
        browser = as_role("participant")
        before = words(browser.get(f"{FIRST}/result"))
        assert "9 of 10 right" in before
        assert "You chose: Option a of m2-q01" in before
        assert "Feedback" not in before
        assert "The right answers are shown here once the quiz is closed" in before
        set_now(closes + MINUTE)
        assert "The right answer: Option a of m2-q10 Feedback a" in words(browser.get(f"{FIRST}/result"))

    def test_the_last_attempt_shows_the_right_answers_of_both(self, as_role: As, desk: Desk) -> None:
        desk.sit(9)
        browser = as_role("participant")
        assert "The right answer:" not in words(browser.get(f"{FIRST}/result"))
        desk.sit(8)
        assert "The right answer: Option a of m2-q10 Feedback a" in words(browser.get(f"{FIRST}/result"))
        assert "The right answer:" in words(browser.get(f"{HOME}/attempts/2/result"))

    def test_answers_are_never_shown_where_the_rule_says_so(
        self, as_role: As, desk: Desk, closes: datetime, set_now: SetNow
    ) -> None:
        desk.quiz(review="never")
        desk.sit(9)
        set_now(closes + timedelta(days=1))
        said = words(as_role("participant").get(f"{FIRST}/result"))
        assert "The right answers of this quiz are not shown." in said
        assert "Feedback" not in said

    def test_right_and_wrong_are_said_in_words_and_not_by_colour_alone(self, as_role: As, desk: Desk) -> None:
        desk.sit(9)
        said = words(as_role("participant").get(f"{FIRST}/result"))
        assert said.count("Right. You chose:") == 9
        assert said.count("Not right. You chose:") == 1


class TestTeachers:
    def test_the_list_shows_scores_open_attempts_and_what_came_too_late(
        self, as_role: As, desk: Desk, now: datetime
    ) -> None:
        desk.quiz(time_limit_minutes=30)
        attempt = desk.start(at=now - timedelta(hours=1))
        desk.save(attempt, {1: "a"}, at=now - timedelta(hours=1))
        desk.save(attempt, {2: "a", 3: "b"}, at=now)
        desk.save(desk.start("other_participant"), {1: "a"}, name="other_participant")
        said = words(as_role("tutor").get(f"{HOME}/attempts"))
        assert "2 attempts." in said
        assert "1 of 10 right" in said
        assert "By time" in said
        assert "30 minutes late: questions 2, 3" in said
        assert "1 of 10 answered" in said

    def test_an_empty_list_says_what_will_come(self, as_role: As, cast: Cast) -> None:
        assert "Nobody has started this quiz yet" in words(as_role("tutor").get(f"{HOME}/attempts"))

    def test_the_preview_marks_the_right_answer_of_each_question(self, as_role: As, cast: Cast) -> None:
        said = words(as_role("coordinator").get(f"{HOME}/preview"))
        assert said.count("Right: Option a of") == 10
        assert said.count("Not right: Option") == 30

    def test_what_teachers_see_of_an_unknown_quiz_is_404(self, as_role: As, cast: Cast) -> None:
        for page in ("attempts", "preview"):
            assert as_role("tutor").get(f"/editions/R1/quizzes/quiz-9/{page}").status_code == 404


class TestSignedOutMeanwhile:
    """Edge case 25: a form sent after the sign-in ended gives everything back, to the same person only."""

    PAGE = "/editions/R1/quizzes/quiz-2/attempts/1/answers"

    def test_the_form_comes_back_with_everything_that_was_chosen(self, as_role: As, desk: Desk) -> None:
        attempt = desk.start()
        form = {"q1": ["a"], "q4": ["c", "d"], "attempt": str(attempt.id), "csrf_token": "t", "unasked": "x"}
        reply = as_role("stranger").post(self.PAGE, form)
        page = reply.get_data(as_text=True)
        assert reply.status_code == 401
        for field in (
            'name="q1" value="a"',
            'name="q4" value="c"',
            'name="q4" value="d"',
            'name="csrf_token" value="t"',
        ):
            assert field in page
        assert "unasked" not in page
        assert desk.answers(attempt) == {}
        # A link in the same tab, and a change of language, would leave the answers behind.
        assert page.count('href="/sign-in"') == page.count('href="/sign-in" target="_blank"') == 1
        assert 'action="/language"' not in page

    def test_sent_again_after_the_sign_in_it_is_saved_and_by_somebody_else_it_is_not(
        self, as_role: As, desk: Desk
    ) -> None:
        attempt = desk.start()
        desk.start("other_participant")
        form = {"q1": "a", "attempt": str(attempt.id)}
        assert as_role("other_participant").post(self.PAGE, form).status_code == 404
        assert as_role("participant").post(self.PAGE, form).status_code == 303
        assert desk.answers(attempt) == {1: "a"}


def test_every_step_takes_few_statements(as_role: As, desk: Desk, count_queries: Callable[[], Any]) -> None:
    browser = as_role("participant")
    attempt_id = str(desk.start("other_participant").id)
    as_role("other_participant").get(FIRST)  # what a process reads once is read
    taken = {}

    def step(name: str, request: Callable[[], Any]) -> Any:
        with count_queries() as statements:
            response = request()
        assert response.status_code < 400, response.text
        taken[name] = len(statements)
        return response

    step("rules", lambda: browser.get(HOME))
    step("start", lambda: browser.post(f"{HOME}/attempts"))
    page = step("questions", lambda: browser.get(FIRST))
    form = fields(page, check="1", **{f"q{n}": "a" for n in range(1, 11)})
    assert form["attempt"] != attempt_id
    step("save ten", lambda: browser.post(f"{FIRST}/answers", form))
    step("check", lambda: browser.get(f"{FIRST}/check"))
    step("submit", lambda: browser.post(f"{FIRST}/submit", form))
    as_role("participant").get(f"{FIRST}/result")
    step("result", lambda: browser.get(f"{FIRST}/result"))
    # Signing in and the edition's rule take one together; submitting also writes the ledger.
    assert taken == {
        "rules": 2, "start": 3, "questions": 2, "save ten": 3, "check": 2, "submit": taken["submit"], "result": 2,
    }  # fmt: skip
    assert taken["submit"] <= 8


def test_pages_are_light(app: Flask, as_role: As, desk: Desk) -> None:
    desk.start()
    page = as_role("participant").get(FIRST, headers={"Accept-Encoding": "gzip"})
    assert len(page.data) < 6000
