"""The pages of little data and none."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from flask import Flask, make_response
from sqlalchemy import event

from lms.core.db import db
from lms.forums.queries.topics import POSTS_ON_A_PAGE
from lms.forums.services.moderating import hide_post
from lms.offline.access import hold_pictures
from lms.offline.models import TakenOperation
from lms.offline.queries import MOST_FORUM_BYTES, MOST_TOPICS
from lms.quizzes.models import Attempt
from tests.assignments.making import ESSAY_OPEN, make_group
from tests.conftest import Browser
from tests.factories import Cast
from tests.forums.making import later, opening_of, reply_to, topic_of

MODULE = "/editions/R1/modules/m1"
OPF = "{http://www.idpf.org/2007/opf}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def test_the_worker_is_never_kept_for_long_and_asked_again_costs_nothing(as_role: Callable[[str], Browser]) -> None:
    stranger = as_role("stranger")
    worker = stranger.get("/sw.js")
    assert worker.mimetype == "text/javascript"
    assert int(re.search(r"max-age=(\d+)", worker.headers["Cache-Control"])[1]) <= 3600  # type: ignore[index]
    again = stranger.get("/sw.js", headers={"If-None-Match": worker.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_site_can_be_installed_in_the_language_of_the_page(as_role: Callable[[str], Browser]) -> None:
    answer = as_role("stranger").get("/manifest.webmanifest", headers={"Accept-Language": "fr"})
    described = json.loads(answer.data)
    assert (described["lang"], described["dir"], described["display"]) == ("fr", "ltr", "standalone")
    for icon in described["icons"]:
        picture = as_role("stranger").get(icon["src"])
        assert picture.data.startswith(b"\x89PNG")
        picture.close()


def test_every_page_says_whose_it_is_without_saying_who(as_role: Callable[[str], Browser], cast: Cast) -> None:
    mine = as_role("participant").get("/editions/R1").headers["X-Person"]
    assert mine == as_role("participant").get("/offline").headers["X-Person"]
    assert mine != as_role("other_participant").get("/editions/R1").headers["X-Person"]
    assert re.fullmatch("[0-9a-f]{16}", mine)
    assert "X-Person" not in as_role("stranger").get("/sign-in").headers


def test_the_store_of_somebody_who_signed_out_everywhere_is_another(
    as_role: Callable[[str], Browser], cast: Cast
) -> None:
    before = as_role("participant").get("/offline").headers["X-Person"]
    cast.person("participant").session_epoch += 1
    db.session.commit()
    assert as_role("participant").get("/offline").headers["X-Person"] != before


def test_a_module_names_what_to_keep_of_it_and_every_page_of_it_opens(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    plan = browser.get(f"{MODULE}/offline").json
    assert {MODULE, f"{MODULE}/lessons/lesson-1", "/editions/R1/modules", "/editions/R1/glossary"} <= set(plan["files"])
    for address in plan["files"]:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        answer.close()


def test_an_attempt_that_is_open_is_kept_with_its_module(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    address = "/editions/R1/modules/m2/offline"
    before = browser.get(address).json
    started = browser.post("/editions/R1/quizzes/quiz-2/attempts").location
    plan = browser.get(address).json
    assert set(plan["files"]) - set(before["files"]) == {started}
    assert plan["bytes"] > before["bytes"]
    assert db.session.query(Attempt).count() == 1


def test_the_essay_is_kept_where_the_menu_of_the_course_leads_too(
    as_role: Callable[[str], Browser], set_now: Callable[[datetime], None]
) -> None:
    """It was not: the menu said that the essay was not on the device, and it was."""
    menu = "/editions/R1/assignments"
    assert menu not in as_role("participant").get(f"{MODULE}/offline").json["files"]
    set_now(ESSAY_OPEN)
    files = as_role("participant").get(f"{MODULE}/offline").json["files"]
    assert menu in files
    assert f"{menu}/final-assignment" in files


@pytest.mark.parametrize("page", ["offline", "book", "print"])
def test_a_module_that_is_not_open_cannot_be_taken_along(as_role: Callable[[str], Browser], page: str) -> None:
    assert as_role("participant").get(f"/editions/R1/modules/m3/{page}").status_code == 404
    assert as_role("tutor").get(f"/editions/R1/modules/m3/{page}").status_code == 200
    assert as_role("outsider").get(f"{MODULE}/{page}").status_code == 404


def test_the_book_is_whole_well_formed_and_alike_each_time(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    answer = browser.get(f"{MODULE}/book")
    assert answer.mimetype == "application/epub+zip"
    assert browser.get(f"{MODULE}/book").data == answer.data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", 0, b"application/epub+zip")
        package = fromstring(archive.read("book/package.opf"))
        listed = {item.attrib["href"] for item in package.iter(f"{OPF}item")}
        assert {name.removeprefix("book/") for name in archive.namelist() if name.startswith("book/")} == listed | {
            "package.opf"
        }
        known = {item.attrib["id"] for item in package.iter(f"{OPF}item")}
        assert {reference.attrib["idref"] for reference in package.iter(f"{OPF}itemref")} < known
        for name in listed:
            if name.endswith(".xhtml"):
                page = fromstring(archive.read(f"book/{name}"))
                assert page.tag == f"{XHTML}html"
                assert page.attrib["lang"]


def test_the_printable_page_holds_every_lesson_once(as_role: Callable[[str], Browser]) -> None:
    page = as_role("participant").get(f"{MODULE}/print").text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<article ") == 2


def test_data_is_saved_where_the_person_or_the_browser_says_so(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    assert "data-shell" in browser.get("/editions/R1").text
    assert "data-shell" not in browser.get("/editions/R1", headers={"Save-Data": "on"}).text
    assert browser.post("/offline/data-saver", {"saver": "on", "next": "/offline"}).location == "/offline"
    assert "data-shell" not in browser.get("/editions/R1").text
    browser.post("/offline/data-saver", {"saver": "off"})
    assert "data-shell" in browser.get("/editions/R1", headers={"Save-Data": "on"}).text


def test_a_picture_waits_to_be_tapped_where_data_is_saved(app: Flask) -> None:
    picture = '<img src="/question-pictures/1" alt="A &amp; B" loading="lazy">'
    with app.test_request_context("/", headers={"Save-Data": "on"}):
        held = hold_pictures(make_response(picture)).get_data(as_text=True)
    assert held == f'<details class="picture"><summary>Show the picture: A &amp; B</summary>{picture}</details>'
    with app.test_request_context("/"):
        assert hold_pictures(make_response(picture)).get_data(as_text=True) == picture


def test_the_newest_topics_of_a_modules_forum_are_kept_with_it_as_far_as_they_are_small(
    as_role: Callable[[str], Browser], cast: Cast
) -> None:
    browser = as_role("participant")
    before = browser.get(f"{MODULE}/offline").json
    assert "/editions/R1/forums/module-m1" in before["files"]
    topics = [
        topic_of(cast, forum="module-m1", title=str(number), body=f"{number} ", at=later(number))
        for number in range(MOST_TOPICS + 1)
    ]
    hide_post(cast.member("tutor"), post_id=opening_of(topics[-1]).id, reason="Names a person", now=later(99))
    db.session.commit()
    plan = as_role("other_participant").get(f"{MODULE}/offline").json
    kept = [address for address in plan["files"] if "/forums/topics/" in address]
    assert kept == [f"/editions/R1/forums/topics/{topic.id}" for topic in reversed(topics[:-1])]
    assert set(plan["files"][: plan["lasting"]]).isdisjoint(kept)
    assert MODULE in plan["files"][: plan["lasting"]]
    assert plan["bytes"] > before["bytes"]
    reply_to(cast, topics[2], body="x" * MOST_FORUM_BYTES * 3, at=later(60))
    full = as_role("other_participant").get(f"{MODULE}/offline").json
    assert [address for address in full["files"] if "/forums/topics/" in address] == []
    assert full["bytes"] < before["bytes"] + MOST_FORUM_BYTES


def test_a_long_topic_is_kept_with_its_beginning_and_its_end(as_role: Callable[[str], Browser], cast: Cast) -> None:
    topic = topic_of(cast, forum="module-m1")
    for number in range(2 * POSTS_ON_A_PAGE):
        reply_to(cast, topic, body=f"Reply {number}")
    plan = as_role("participant").get(f"{MODULE}/offline").json
    address = f"/editions/R1/forums/topics/{topic.id}"
    assert [one for one in plan["files"] if one.startswith(address)] == [address, f"{address}?page=3"]


def test_a_page_of_a_module_says_what_keeping_its_forum_costs(as_role: Callable[[str], Browser], cast: Cast) -> None:
    sizes = re.compile(r"about (\d+)")
    before = [int(size) for size in sizes.findall(as_role("participant").get(MODULE).text)]
    topic_of(cast, forum="module-m1", body="word " * 2000)
    after = [int(size) for size in sizes.findall(as_role("participant").get(MODULE).text)]
    assert [new - old > 4 for new, old in zip(after, before, strict=True)] == [True, True]
    plan = as_role("participant").get(f"{MODULE}/offline").json
    assert after[0] == round(plan["bytes"] / 1024)


def test_the_pages_of_ones_group_are_kept_to_be_read(as_role: Callable[[str], Browser], cast: Cast) -> None:
    alone = as_role("participant").get(f"{MODULE}/offline").json["files"]
    assert not [address for address in alone if address.endswith("/group")]
    make_group(cast, "participant", "other_participant")
    files = as_role("participant").get(f"{MODULE}/offline").json["files"]
    assert "/editions/R1/group" in files
    assert [address for address in files if address.endswith("/task")]
    assert not [address for address in files if "/assignments/group" in address and "/parts/" in address]
    for address in files:
        answer = as_role("participant").get(address)
        assert answer.status_code == 200, address
        answer.close()


@pytest.mark.parametrize(
    ("address", "values"),
    [
        (f"{MODULE}/lessons/lesson-1/done", {}),
        ("/editions/R1/forums/general", {"title": "A title", "body": "A text"}),
        ("/editions/R1/forums/topics/{topic}", {"body": "A reply"}),
        ("/editions/R1/messages", {"body": "A message"}),
        ("/editions/R1/groups/{group}/discussion", {"body": "A word to the group"}),
    ],
)
def test_a_form_that_waited_is_noted_and_done_in_one_transaction(
    as_role: Callable[[str], Browser], cast: Cast, address: str, values: dict[str, str]
) -> None:
    """Else a failure between the two would swallow what somebody wrote."""
    group = make_group(cast, "participant", "other_participant")
    address = address.format(topic=topic_of(cast).id, group=group.id)
    browser, commits = as_role("participant"), list[int]()
    db.session.commit()
    listen = (db.engine, "commit", lambda connection: commits.append(1))
    event.listen(*listen)
    try:
        assert browser.post(address, {**values, "operation": "1234567890-1"}).status_code == 303
    finally:
        event.remove(*listen)
    assert len(commits) == 1
    assert db.session.query(TakenOperation).count() == 1


def test_every_form_that_may_wait_is_among_those_that_were_looked_at() -> None:
    """Whoever lets another form wait adds its address above."""
    templates = Path("lms/templates")
    waiting = {path for path in templates.rglob("*.html") if "queue=" in path.read_text("utf-8")}
    assert {path.relative_to(templates).as_posix() for path in waiting} == {
        "assignments/discussion.html",
        "courses/lesson.html",
        "forums/new.html",
        "forums/topic.html",
        "macros/ui.html",
        "messages/macros.html",
    }
