"""The search of an edition: lessons and messages by their words, for those who may read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lms.assignments.services.discussion import add_post
from lms.core.db import db
from lms.core.errors import NotAllowed
from lms.forums.domain.searching import words_of
from lms.forums.queries.searching import search_edition
from lms.forums.services.moderating import hide_post
from tests.assignments.making import make_group
from tests.conftest import NOW
from tests.factories import Cast
from tests.forums.making import opening_of, reply_to, topic_of

SEARCH = "/editions/R1/search"
Browsers = Callable[[str], Any]


def found_by(cast: Cast, name: str, question: str) -> list[str]:
    """The messages that somebody finds, as their excerpts read."""
    found = search_edition(cast.member(name), words_of(question), languages=("en",), page=1, now=NOW)
    return ["".join(piece.text for piece in one.excerpt) for one in (*found.posts, *found.beside)]


def lessons_of(cast: Cast, name: str, question: str, languages: tuple[str, ...] = ("en",)) -> list[tuple[str, str]]:
    found = search_edition(cast.member(name), words_of(question), languages=languages, page=1, now=NOW)
    return [(one.lesson.title["en"], one.language) for one in found.lessons]


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ("La réintégration économique", "reintegration ECONOMIQUE"),
        ("The café in Kayes", "cafe kay"),
        ("إعادة الإدماج المهني للعائدين", "اعاده الادماج"),
        ("المُهَاجِر العائد", "المهاجر"),
        ("Ângelo at work", "angelo"),
    ],
)
def test_accents_vowel_signs_and_capitals_make_no_difference(cast: Cast, body: str, question: str) -> None:
    topic_of(cast, title="Title", body=body)
    assert found_by(cast, "other_participant", question) == [body]


@pytest.mark.parametrize("question", ["100%", "a_b", "%", "_", "\\", "100\\%"])
def test_signs_of_the_database_are_letters_like_others(cast: Cast, question: str) -> None:
    topic_of(cast, title="Plain", body="plain text without any")
    assert found_by(cast, "other_participant", question) == []


def test_a_topic_is_found_by_its_title(cast: Cast) -> None:
    topic_of(cast, title="Certificats perdus", body="What to do?")
    assert found_by(cast, "other_participant", "certificat") == ["What to do?"]


def test_nobody_finds_hidden_messages_not_even_those_who_hid_them(cast: Cast) -> None:
    topic = topic_of(cast, body="visible needle")
    secret = reply_to(cast, topic, body="secret needle")
    gone = topic_of(cast, title="Gone", body="gone needle")
    reply_to(cast, gone, body="below it a needle")
    for post in (secret, opening_of(gone)):
        hide_post(cast.member("tutor"), post_id=post.id, reason="x", now=NOW)
    db.session.commit()
    for name in ("participant", "other_participant", "tutor", "coordinator"):
        assert found_by(cast, name, "needle") == ["visible needle"], name


def test_nothing_of_another_edition_is_found(cast: Cast) -> None:
    topic_of(cast, body="needle of R1")
    topic_of(cast, "outsider", body="needle of R2")
    assert found_by(cast, "participant", "needle") == ["needle of R1"]
    assert found_by(cast, "administrator", "needle") == ["needle of R1"]
    assert found_by(cast, "outsider", "needle") == ["needle of R2"]
    with pytest.raises(NotAllowed):
        found_by(cast, "sponsor_viewer", "needle")


def test_the_discussion_of_a_group_is_found_by_the_group_and_those_who_teach_alone(
    cast: Cast, as_role: Browsers
) -> None:
    group = make_group(cast, "participant", name="Baobab", ambassador="participant")
    make_group(cast, "other_participant", name="Fleuve", ambassador="other_participant")
    post = add_post(cast.member("participant"), group_id=group.id, body="needle among us", now=NOW)
    db.session.commit()
    found = {
        name: found_by(cast, name, "needle")
        for name in ("participant", "other_participant", "third_participant", "tutor")
    }
    assert found == {
        "participant": ["needle among us"],
        "other_participant": [],
        "third_participant": [],
        "tutor": ["needle among us"],
    }
    assert (
        f"/editions/R1/groups/{group.id}/discussion#post-{post.id}"
        in as_role("participant").get(f"{SEARCH}?q=needle").text
    )
    assert "Baobab" not in as_role("other_participant").get(f"{SEARCH}?q=needle").text


def test_participants_find_lessons_of_open_modules_and_those_who_teach_all(cast: Cast) -> None:
    assert [title for title, _language in lessons_of(cast, "participant", "body lesson")] == [
        "Lesson 1.1", "Lesson 1.2", "Lesson 2.1", "Lesson 2.2"
    ]  # fmt: skip
    assert len(lessons_of(cast, "tutor", "body lesson")) == 12
    assert lessons_of(cast, "participant", "nowhere lesson") == []


def test_a_lesson_is_found_in_the_readers_language_first(cast: Cast) -> None:
    assert lessons_of(cast, "participant", "lesson 1.1", ("fr", "en"))[0] == ("Lesson 1.1", "fr")
    assert lessons_of(cast, "participant", "lesson 1.1", ("en", "fr"))[0] == ("Lesson 1.1", "en")


def test_the_page_groups_what_it_found_marks_it_and_leads_there(cast: Cast, as_role: Browsers) -> None:
    topic = topic_of(cast, title="Where", body="The **lesson** says so")
    page = as_role("participant").get(f"{SEARCH}?q=LESSON").text
    assert "<mark>lesson</mark>" in page
    assert f"/editions/R1/forums/posts/{opening_of(topic).id}" in page
    assert "/editions/R1/modules/m1/lessons/lesson-1" in page
    assert "1 message in the forums" in page


def test_the_search_says_what_it_looks_through_and_what_to_try(cast: Cast, as_role: Browsers) -> None:
    participant = as_role("participant")
    assert "Accents and capitals make no difference" in participant.get(SEARCH).text
    assert "Nothing has these words" in participant.get(f"{SEARCH}?q=zzzz").text
    assert "Accents and capitals make no difference" in participant.get(f"{SEARCH}?q=%20%25%20").text
    assert participant.get(f"{SEARCH}?q={'long ' * 200}").status_code == 200
    assert as_role("sponsor_viewer").get(SEARCH).status_code == 403
    assert as_role("outsider").get(SEARCH).status_code == 404


def test_many_messages_are_found_in_pages_at_the_price_of_few(
    cast: Cast, as_role: Browsers, count_queries: Any
) -> None:
    topic = topic_of(cast, body="needle")
    participant = as_role("participant")

    def statements() -> int:
        with count_queries() as counted:
            assert participant.get(f"{SEARCH}?q=needle").status_code == 200
        return len(counted)

    few = statements()
    for number in range(24):
        reply_to(cast, topic, ("other_participant", "third_participant")[number % 2], body=f"needle {number}")
    assert statements() == few
    assert few <= 8
    second = participant.get(f"{SEARCH}?q=needle&page=2").text
    assert "Page 2 of 2" in second
    assert second.count('class="excerpt"') == 5
