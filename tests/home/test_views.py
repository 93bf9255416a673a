"""Each role's first screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lms.core.db import db
from tests.factories import Cast, enrol, make_person


def test_a_participant_sees_what_to_do_next_and_by_when_on_both_clocks(cast: Cast, as_role) -> None:
    page = as_role("participant").get("/editions/R1").text
    assert "Week 2 of 6" in page
    assert "Next:" in page
    assert "in Turin" in page
    assert "in Harare" in page
    assert "0.00 of" in page


def test_the_next_step_moves_on_when_a_lesson_is_done(cast: Cast, as_role, now: datetime) -> None:
    from lms.courses.models import LessonCompletion

    page = as_role("participant").get("/editions/R1").text
    assert "Lesson 2.1" in page.partition("This edition")[2].partition("</section>")[0]
    for lesson in ("lesson-1", "lesson-2"):
        db.session.add(
            LessonCompletion(
                enrolment_id=cast.enrolments["participant"], module_key="m2", lesson_key=lesson, completed_at=now
            )
        )
    db.session.commit()
    page = as_role("participant").get("/editions/R1").text
    assert "Quiz 2" in page.partition('id="next"')[2].partition("</section>")[0]


def test_the_page_stands_in_every_part_of_the_edition(cast: Cast, as_role, set_now) -> None:
    browser = as_role("participant")
    for instant in (
        datetime(2026, 2, 20, 9, tzinfo=UTC),
        datetime(2026, 3, 2, 6, tzinfo=UTC),
        datetime(2026, 3, 29, 3, tzinfo=UTC),
        datetime(2026, 4, 8, 9, tzinfo=UTC),
        datetime(2026, 6, 1, 9, tzinfo=UTC),
    ):
        set_now(instant)
        assert browser.get("/editions/R1").status_code == 200
    cast.edition.closed_at = datetime(2026, 5, 1, tzinfo=UTC)
    db.session.commit()
    assert "Your results are final" in browser.get("/editions/R1").text


def test_a_participants_first_screen_takes_few_statements(cast: Cast, as_role, count_queries) -> None:
    browser = as_role("participant")
    browser.get("/editions/R1")
    with count_queries() as statements:
        browser.get("/editions/R1")
    assert len(statements) <= 12


def test_tutors_see_what_waits_and_who_may_need_a_word(cast: Cast, as_role, set_now) -> None:
    set_now(datetime(2026, 3, 20, 9, tzinfo=UTC))
    page = as_role("tutor").get("/editions/R1").text
    assert "Nothing waits" in page
    assert "Missed:" in page
    assert "Other Participant" in page
    assert "If it closed today" not in page


def test_coordinators_see_the_pulse_and_what_needs_a_decision(cast: Cast, as_role) -> None:
    page = as_role("coordinator").get("/editions/R1").text
    assert "If it closed today" in page
    assert "3 people are in no group" in page
    assert "3 people have never signed in" in page


def test_the_teaching_page_costs_the_same_for_three_and_for_thirty(
    cast: Cast, as_role, count_queries, now: datetime
) -> None:
    browser = as_role("coordinator")
    browser.get("/editions/R1")
    with count_queries() as few:
        browser.get("/editions/R1")
    for n in range(27):
        enrol(make_person(f"Extra {n}", now), cast.edition, "participant", now)
    with count_queries() as many:
        browser.get("/editions/R1")
    assert len(many) == len(few)


def test_a_sponsor_viewer_goes_to_the_report(cast: Cast, as_role) -> None:
    answer = as_role("sponsor_viewer").get("/editions/R1")
    assert answer.status_code == 303
    assert answer.location.endswith("/report")


def test_somebody_with_one_course_goes_straight_to_it(cast: Cast, as_role) -> None:
    assert as_role("participant").get("/").location.endswith("/editions/R1")


def test_somebody_with_two_courses_chooses_and_sees_only_their_own(cast: Cast, as_role, now: datetime) -> None:
    enrol(cast.person("participant"), cast.other_edition, "tutor", now)
    page = as_role("participant").get("/")
    assert page.status_code == 200
    assert "R1" in page.text
    assert "R2" in page.text
    assert "R2" not in as_role("other_participant").get("/", follow_redirects=True).text


def test_somebody_in_no_course_is_told_what_to_do(app, now: datetime) -> None:
    from tests.conftest import Browser

    person = make_person("Nobody Yet", now)
    db.session.commit()
    assert "You are in no course yet" in Browser(app, person.get_id()).get("/").text


@pytest.mark.parametrize("name", ["outsider", "other_coordinator"])
def test_people_of_another_edition_learn_nothing(cast: Cast, as_role, name: str) -> None:
    assert as_role(name).get("/editions/R1").status_code == 404


def test_a_withdrawn_person_no_longer_sees_the_edition(cast: Cast, as_role, now: datetime) -> None:
    cast.enrolment("participant").withdrawn_at = now - timedelta(days=1)
    db.session.commit()
    assert as_role("participant").get("/editions/R1").status_code == 404
