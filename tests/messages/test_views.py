"""The pages of messages and letters, for each role, refused and empty; nothing that was written is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.db import db
from lms.messages import services
from lms.messages.models import Message, MessagePlace
from lms.notices.models import Notice
from tests.conftest import NOW
from tests.factories import Cast

MESSAGES = "/editions/R1/messages"
LETTER = {"title": "Week three", "body": "We **miss** you."}
Browsers = Callable[[str], Any]


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def ids(cast: Cast, *names: str) -> list[str]:
    return [str(cast.enrolments[name]) for name in names]


def test_a_question_goes_the_whole_way_from_a_participant_to_the_answer(cast: Cast, as_role: Browsers) -> None:
    participant, tutor = as_role("participant"), as_role("tutor")
    assert "Nobody has written yet" in participant.get(MESSAGES).text
    assert participant.post(MESSAGES, {"body": "May I be **late**?"}).status_code == 303
    assert "<strong>late</strong>" in participant.get(MESSAGES).text
    assert "1 participant waits for an answer" in tutor.get("/editions/R1").text
    listed = tutor.get(f"{MESSAGES}?show=waiting").text
    place = f"{MESSAGES}/{cast.enrolments['participant']}"
    assert place in listed
    assert "May I be" in listed
    assert "waits for an answer" in tutor.get(place).text
    assert tutor.post(place, {"body": "By two days."}).status_code == 303
    assert "waits for an answer" not in text_of(tutor.get(place).text)
    assert "Nobody waits for an answer" in tutor.get(f"{MESSAGES}?show=waiting").text
    assert "1 participant waits" not in tutor.get("/editions/R1").text
    assert "By two days." in participant.get(MESSAGES).text
    assert "By two days." not in as_role("other_participant").get(MESSAGES).text


def test_a_notice_leads_to_the_message(cast: Cast, as_role: Browsers) -> None:
    as_role("tutor").post(f"{MESSAGES}/{cast.enrolments['participant']}", {"body": "Well done."})
    notice = db.session.scalars(select(Notice).where(Notice.person_id == cast.people["participant"])).one()
    opened = as_role("participant").post(f"/notices/{notice.id}/open")
    assert opened.location.startswith(f"{MESSAGES}#message-")
    assert "Tutor has written to you (R1)" in as_role("participant").get("/notices").text


def test_people_are_chosen_looked_at_and_written_to(cast: Cast, as_role: Browsers, set_now: Any) -> None:
    set_now(NOW + timedelta(days=8))
    coordinator = as_role("coordinator")
    everybody = coordinator.get(f"{MESSAGES}/new").text
    assert "3 people" in everybody
    chosen = coordinator.get(f"{MESSAGES}/new?sponsor=SAMM&work=overdue").text
    assert "1 person of 3" in text_of(chosen)
    assert 'name="sponsor" value="SAMM"' in chosen
    assert "Nobody fits all of this" in coordinator.get(f"{MESSAGES}/new?work=group-work&outcome=achievement").text
    to = ids(cast, "participant", "other_participant")
    form = {**LETTER, "to": to, "sponsor": "SAMM", "has_open_work": "y"}
    preview = coordinator.post(f"{MESSAGES}/new", {**form, "then": "preview"})
    assert preview.status_code == 200
    words = text_of(preview.text)
    assert "Send to 2 people" in words
    assert "R1: Week three" in words
    assert "Quiz 1 was due:" in words
    assert db.session.scalar(select(func.count(Message.id))) == 0
    changed = coordinator.post(f"{MESSAGES}/new", {**form, "then": "change"}).text
    assert "We **miss** you." in changed
    assert changed.count(" checked") == 2, "the tick of one person, and that of the open work"
    key = re.search(r'name="key" value="([^"]+)"', preview.text)
    assert key is not None
    sent = [coordinator.post(f"{MESSAGES}/new", {**form, "then": "send", "key": key[1]}) for _time in range(2)]
    assert sent[0].location == sent[1].location
    page = text_of(coordinator.get(sent[0].location).text)
    assert "Your letter is sent to 2 people." in page
    assert "financed by SAMM" in page
    assert "2 people" in text_of(coordinator.get(f"{MESSAGES}/sent").text)
    assert "A letter to several people." in as_role("participant").get(MESSAGES).text
    assert db.session.scalar(select(func.count()).select_from(MessagePlace)) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body": " "}, "Write something first."),
        ({"title": ""}, "Say in a few words what it is about."),
        ({"to": []}, "Nobody is chosen."),
        ({"to": ["99999", "x", str(2**40)]}, "Nobody is chosen."),
        ({"body": "x" * 10_001}, "This is too long for one message."),
    ],
)
def test_a_refused_letter_keeps_what_was_typed_and_chosen(
    cast: Cast, as_role: Browsers, change: dict[str, Any], said: str
) -> None:
    form = {**LETTER, "to": ids(cast, "participant"), "language": "en", "then": "preview", **change}
    refused = as_role("tutor").post(f"{MESSAGES}/new", form)
    assert refused.status_code == 422
    assert said in refused.text
    for name in ("title", "body"):
        if form[name].strip() and len(form[name]) < 100:
            assert form[name] in refused.text
    assert 'name="language" value="en"' in refused.text


def test_an_old_token_costs_nobody_their_words(cast: Cast, as_role: Browsers, app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for name, address, form in (
            ("participant", MESSAGES, {"body": "Kept words"}),
            ("tutor", f"{MESSAGES}/{cast.enrolments['participant']}", {"body": "Kept words"}),
            ("tutor", f"{MESSAGES}/new", {**LETTER, "body": "Kept words", "to": ids(cast, "participant")}),
        ):
            refused = as_role(name).post(address, {**form, "csrf_token": "old"})
            assert refused.status_code == 422
            assert "Kept words" in refused.text
            assert "too old to be sent" in refused.text
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert db.session.scalar(select(func.count(Message.id))) == 0


def test_a_message_that_waited_on_a_device_is_taken_once_or_told_why_not(cast: Cast, as_role: Browsers) -> None:
    waited = {"body": "From the bus", "operation": "17-0.123456"}
    json = {"Accept": "application/json"}
    participant = as_role("participant")
    assert participant.post(MESSAGES, waited, headers=json).status_code == 303
    assert participant.post(MESSAGES, waited, headers=json).status_code == 200
    assert db.session.scalar(select(func.count(Message.id))) == 1
    refused = participant.post(MESSAGES, {"body": " ", "operation": "17-0.99"}, headers=json)
    assert (refused.status_code, refused.get_json()) == (422, {"error": "Write something first."})


def test_who_sends_very_many_is_asked_to_wait_and_loses_nothing(cast: Cast, as_role: Browsers) -> None:
    participant = as_role("participant")
    answers = [participant.post(MESSAGES, {"body": f"Message {number}"}) for number in range(41)]
    assert [one.status_code for one in answers] == [303] * 40 + [429]
    assert "Message 40" in answers[-1].text
    assert "wait a little" in answers[-1].text
    waiting = participant.post(MESSAGES, {"body": "More"}, headers={"Accept": "application/json"})
    assert waiting.status_code == 429  # by which the device keeps it: lms/static/offline.js


def test_a_page_that_was_opened_before_answers_only_what_it_showed(cast: Cast, as_role: Browsers) -> None:
    participant, tutor = as_role("participant"), as_role("tutor")
    place = f"{MESSAGES}/{cast.enrolments['participant']}"
    participant.post(MESSAGES, {"body": "May I be late?"})
    shown = re.findall(r'name="seen" value="(\d+)"', tutor.get(place).text)
    assert len(set(shown)) == 1
    assert len(shown) == 2
    participant.post(MESSAGES, {"body": "And the quiz?"})
    settled = tutor.post(f"{place}/settlement", {"seen": shown[0]})
    assert "There is a newer message" in tutor.get(settled.location).text
    tutor.post(place, {"body": "By two days.", "seen": shown[0]})
    assert "waits for an answer" in text_of(tutor.get(place).text)
    seen = re.search(r'name="seen" value="(\d+)"', tutor.get(place).text)
    assert seen is not None
    tutor.post(place, {"body": "It stays open.", "seen": seen[1]})
    assert "waits for an answer" not in text_of(tutor.get(place).text)


def test_the_record_of_a_letter_keeps_only_what_something_is_called(cast: Cast, as_role: Browsers) -> None:
    values = {**LETTER, "to": ids(cast, "participant"), "then": "send", "work": "z" * 5000, "language": "fr"}
    assert as_role("tutor").post(f"{MESSAGES}/new", values).status_code == 303
    assert db.session.scalars(select(Message.audience)).one() == {"language": "fr"}


def test_a_title_turns_no_direction(cast: Cast, as_role: Browsers) -> None:
    values = {"title": "Week \u202e3\u200b", "body": "Words", "to": ids(cast, "participant"), "then": "send"}
    as_role("tutor").post(f"{MESSAGES}/new", values)
    assert db.session.scalars(select(Message.subject)).one() == "Week 3"


def test_who_has_left_is_read_but_not_written_to(cast: Cast, as_role: Browsers) -> None:
    as_role("participant").post(MESSAGES, {"body": "I must stop."})
    cast.enrolment("participant").withdrawn_at = NOW
    db.session.commit()
    page = as_role("tutor").get(f"{MESSAGES}/{cast.enrolments['participant']}").text
    assert "I must stop." in page
    assert "would reach nobody" in page
    assert "<textarea" not in page
    assert as_role("participant").get(MESSAGES).status_code in (403, 404)


def test_only_those_who_may_reach_the_pages(cast: Cast, as_role: Browsers) -> None:
    place = f"{MESSAGES}/{cast.enrolments['participant']}"
    team = [MESSAGES, place, f"{MESSAGES}/new", f"{MESSAGES}/sent"]
    for name in ("tutor", "coordinator", "administrator"):
        assert [as_role(name).get(address).status_code for address in team] == [200] * 4
    assert as_role("participant").get(MESSAGES).status_code == 200
    assert [as_role("participant").get(address).status_code for address in team[1:]] == [403] * 3
    for name in ("sponsor_viewer", "outsider", "other_tutor"):
        assert {as_role(name).get(address).status_code for address in team} <= {403, 404}
    assert [as_role("stranger").get(address).status_code for address in team] == [303] * 4
    assert as_role("tutor").post(MESSAGES, {"body": "x"}).status_code == 403
    assert as_role("tutor").get(f"{MESSAGES}/{cast.enrolments['outsider']}").status_code == 404
    assert as_role("tutor").get(f"{MESSAGES}/{cast.enrolments['coordinator']}").status_code == 404


def test_long_lists_come_in_pages_with_the_same_statements(cast: Cast, as_role: Browsers, count_queries: Any) -> None:
    for number in range(31):
        services.write_to_team(cast.member("participant"), body=f"Number {number}", now=NOW + timedelta(minutes=number))
    db.session.commit()
    tutor, place = as_role("tutor"), f"{MESSAGES}/{cast.enrolments['participant']}"
    first, second = tutor.get(place).text, tutor.get(f"{place}?page=2").text
    assert "Number 30" in first
    assert "Number 0<" not in first
    assert "Earlier messages" in first
    assert "Number 0<" in second
    assert tutor.get(f"{place}?page=3").status_code == 404
    tutor.get(MESSAGES)
    with count_queries() as one:
        tutor.get(MESSAGES)
    services.write_to_team(cast.member("other_participant"), body="Me too", now=NOW)
    services.write_to_team(cast.member("third_participant"), body="And me", now=NOW)
    db.session.commit()
    with count_queries() as three:
        assert "And me" in tutor.get(MESSAGES).text
    assert len(three) == len(one)
    assert "Nobody found" in tutor.get(f"{MESSAGES}?q=nobody").text
    found = text_of(tutor.get(f"{MESSAGES}?q=third").text)
    assert "And me" in found
    assert "Me too" not in found
