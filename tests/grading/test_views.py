"""The pages: a participant's results, the gradebook, a cell, releases, and who may open them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from html import unescape
from typing import Any

import openpyxl
import pytest

from lms.assignments.models import Group, GroupMember
from lms.core.db import db
from lms.grading.queries import extended_deadline, get_item, history
from lms.grading.services import excuse, override_points, post_entry
from tests.factories import Cast, enrol, make_person

AsRole = Callable[[str], Any]


@pytest.fixture
def post(cast: Cast, now: datetime) -> Any:
    """Post for somebody in R1."""

    def posting(name: str, item_key: str, points: Fraction | None, **more: Any) -> None:
        values: dict[str, Any] = {
            "is_complete": points is not None, "basis": {}, "source": "submission 1", "actor_id": None, "now": now,
        }  # fmt: skip
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments[name], item_key=item_key,
            state="submitted" if points is None else "marked", points=points, **{**values, **more},
        )  # fmt: skip

    return posting


@pytest.fixture
def nearly_there(cast: Cast, post: Any, now: datetime) -> None:
    """The participant has 51.30 of 60, with the group work released; the essay is missing."""
    for n, tenths in enumerate((42, 42, 42, 42, 42, 43), start=1):
        post(
            "participant", f"quiz-{n}", Fraction(tenths, 10),
            basis={"right": str(Fraction(tenths, 5)), "questions": 10}, source=f"quiz attempt {n}",
        )  # fmt: skip
    rubric = [{"title": {"en": "Clarity"}, "points": "9.00", "maximum": "10.00"}]
    post(
        "participant",
        "group-work",
        Fraction(26),
        basis={"rubric": rubric, "adjustment": "-1.50", "adjustment_reason": "Joined late"},
    )
    get_item(cast.edition.id, "group-work").released_at = now
    db.session.commit()


def cell(cast: Cast, item_key: str = "quiz-1", name: str = "participant") -> str:
    return f"/editions/R1/gradebook/{cast.enrolments[name]}/{item_key}"


def words_of(response: Any) -> str:
    """A page as it is read: without marks, blanks as one."""
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))).split())


# My results


def test_results_say_the_total_the_reason_and_what_would_change_it(as_role: AsRole, nearly_there: None) -> None:
    page = as_role("participant").get("/editions/R1/results").text
    assert "<strong>51.30</strong> of 60.00 points possible so far" in page
    assert "Certificate of Participation: 51.30 points, at least 30.00 are needed" in page
    assert "With at least 8.70 of 40.00 points for “Final assignment”: Certificate of Achievement." in page
    assert "Still to do" in page
    assert "Friday 10 April, 23:59 in Turin" in page


def test_each_point_is_explained_from_the_raw_marks(as_role: AsRole, nearly_there: None) -> None:
    page = as_role("participant").get("/editions/R1/results").text
    assert "8.40 of 10 questions right: 8.40/10 × 5.00 = 4.20 points." in page
    assert "Clarity: 9.00 of 10.00" in page
    assert "Own adjustment: −1.50: Joined late" in page


def test_an_unreleased_mark_is_not_shown_to_its_participant(as_role: AsRole, post: Any) -> None:
    post("participant", "group-work", Fraction(2613, 100), reason="secret reason")
    page = as_role("participant").get("/editions/R1/results").text
    assert "26.13" not in page
    assert "secret reason" not in page
    assert "Waiting for a mark" in page


def test_trying_points_for_the_essay_shows_what_they_would_give(
    as_role: AsRole, nearly_there: None, cast: Cast
) -> None:
    page = as_role("participant").get("/editions/R1/results?try-final-assignment=8,70").text
    assert "With these points: 60.00, Certificate of Achievement" in page
    assert history(cast.enrolments["participant"], "final-assignment") == []


def test_what_can_be_tried_names_the_two_biggest_and_then_the_quizzes_as_they_come(as_role: AsRole) -> None:
    page = as_role("participant").get("/editions/R1/results").text
    tried = re.findall(r'name="try-([^"]+)"', page)
    assert tried == ["final-assignment", "group-work", *(f"quiz-{n}" for n in range(2, 7))]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [("forty", "is not a number"), ("40.01", "Write a number from 0 to 40.00."), ("1.234", "two decimals")],
)
def test_points_that_cannot_be_tried_are_said_and_kept(
    as_role: AsRole, nearly_there: None, typed: str, fault: str
) -> None:
    response = as_role("participant").get(f"/editions/R1/results?try-final-assignment={typed}")
    assert response.status_code == 422
    assert fault in response.text
    assert f'value="{typed}"' in response.text


def test_what_is_already_marked_cannot_be_tried(as_role: AsRole, nearly_there: None) -> None:
    page = as_role("participant").get("/editions/R1/results?try-quiz-1=5").text
    assert "With these points" not in page


def test_participant_tutor_coordinator_and_command_line_read_the_same_words(
    as_role: AsRole, cast: Cast, nearly_there: None, app: Any
) -> None:
    who = cast.person("participant")
    printed = app.test_cli_runner().invoke(args=["editions", "explain", "R1", "--person", f" {who.email.upper()}"])
    assert printed.exit_code == 0, printed.output
    lines = printed.stdout.splitlines()
    address = f"/editions/R1/gradebook/{cast.enrolments['participant']}"
    for role, path in (("participant", "/editions/R1/results"), ("tutor", address), ("coordinator", address)):
        words = words_of(as_role(role).get(path))
        for line in lines[1:]:
            is_work = line.startswith(("Quiz", "Group work:", "Final assignment:"))
            for piece in line.split(": ", 1) if is_work else [line.strip(" ✓✗")]:
                assert piece in words, (role, piece)
    said = "\n".join(lines)
    assert "4.20 + 4.20 + 4.20 + 4.20 + 4.20 + 4.30 + 26.00 = 51.30" in said
    assert "With at least 8.70 of 40.00 points for “Final assignment”: Certificate of Achievement." in said
    assert "  ✓ At least 30.00 points: 51.30 so far" in said
    assert "  ✗ All required work complete: not yet “Final assignment”" in said
    assert "version 1 of the grading scheme, of 10 March 2026" in said


def test_the_command_line_explains_in_a_chosen_language_and_as_the_participant_sees_it(
    cast: Cast, post: Any, app: Any
) -> None:
    post("participant", "group-work", Fraction(26))
    db.session.commit()
    run = app.test_cli_runner().invoke
    common = ["editions", "explain", "R1", "--person", cast.person("participant").email]
    assert "26.00 / 30.00" in run(args=common).stdout
    hidden = run(args=[*common, "--as-participant", "--language", "fr"]).stdout
    assert "En attente" in hidden
    assert "26,00 /" not in hidden
    assert "choose one of en, fr" in run(args=[*common, "--language", "xx"]).output
    assert "Nobody with the address" in run(args=["editions", "explain", "R2", *common[3:]]).output


def test_results_of_nothing_yet_teach_what_is_ahead(as_role: AsRole, set_now: Callable[[datetime], None]) -> None:
    set_now(datetime.fromisoformat("2026-03-03T09:00:00+00:00"))
    page = as_role("other_participant").get("/editions/R1/results").text
    assert "0.00 points: no certificate so far." in page
    assert "Without “Final assignment” the most that can be reached is 60.00 points" in page


def test_a_missed_quiz_closes_the_highest_certificate_and_says_so(as_role: AsRole) -> None:
    page = as_role("other_participant").get("/editions/R1/results").text
    assert "The Certificate of Achievement can no longer be reached. Not done, and over: “Quiz 1”." in page
    assert 'name="try-quiz-1"' not in page


def test_results_take_few_statements(as_role: AsRole, nearly_there: None, count_queries: Callable[[], Any]) -> None:
    browser = as_role("participant")
    with count_queries() as statements:
        assert browser.get("/editions/R1/results").status_code == 200
    assert len(statements) <= 7, statements


@pytest.mark.parametrize(
    ("role", "status"),
    [("tutor", 403), ("coordinator", 403), ("sponsor_viewer", 403), ("outsider", 404), ("stranger", 303)],
)
def test_results_are_for_participants_of_the_edition(as_role: AsRole, role: str, status: int) -> None:
    assert as_role(role).get("/editions/R1/results").status_code == status


# The gradebook


def test_missing_zero_excused_and_waiting_never_look_the_same(
    as_role: AsRole, cast: Cast, post: Any, now: datetime
) -> None:
    post("participant", "quiz-2", Fraction(0))
    post("participant", "group-work", None)
    excuse(
        cast.member("coordinator"),
        enrolment_id=cast.enrolments["participant"],
        item_key="quiz-3",
        reason="Ill",
        now=now,
    )
    page = as_role("tutor").get("/editions/R1/gradebook").text
    row = page[page.index(">Participant<") : page.index(">Third Participant<")]
    words = [part.partition("<")[0] for part in row.split('">') if part[:1].isalnum()]
    assert words[:8] == ["Missing", "0.00", "Excused", "to do", "to do", "to do", "waiting", "to do"]


def test_the_gradebook_is_sorted_by_links_with_the_missing_last(as_role: AsRole, post: Any) -> None:
    post("other_participant", "quiz-1", Fraction(1))
    post("third_participant", "quiz-1", Fraction(4))
    browser = as_role("coordinator")

    def order(query: str) -> list[str]:
        page = browser.get(f"/editions/R1/gradebook?{query}").text
        names = ["Other Participant", "Third Participant", "Participant"]
        return sorted(names, key=lambda name: page.index(f">{name}<"))

    assert order("sort=quiz-1") == ["Other Participant", "Third Participant", "Participant"]
    assert order("sort=quiz-1&direction=descending") == ["Third Participant", "Other Participant", "Participant"]
    assert order("sort=total&direction=descending")[0] == "Third Participant"
    assert order("sort=decision")
    assert order("sort=nonsense&direction=nonsense&page=99")[0] == "Other Participant"
    assert 'aria-sort="descending"' in browser.get("/editions/R1/gradebook?sort=total&direction=descending").text


def test_the_gradebook_is_filtered_by_sponsor_and_by_result(as_role: AsRole, nearly_there: None) -> None:
    browser = as_role("coordinator")
    for query in ("sponsor=SAMM", "status=participation"):
        page = browser.get(f"/editions/R1/gradebook?{query}").text
        assert ">Participant<" in page
        assert ">Other Participant<" not in page
    assert "Nobody fits this choice" in browser.get("/editions/R1/gradebook?status=achievement").text


def test_the_gradebook_is_narrowed_by_group_and_by_words(as_role: AsRole, cast: Cast, now: datetime) -> None:
    group = Group(edition_id=cast.edition.id, name="Lomé")
    db.session.add(group)
    db.session.flush()
    db.session.add(GroupMember(group_id=group.id, enrolment_id=cast.enrolments["participant"], joined_at=now))
    db.session.commit()
    browser = as_role("tutor")
    one = browser.get(f"/editions/R1/gradebook?group={group.id}").text
    assert one.count('scope="row"') == 1
    assert "1 person of 3." in one
    assert f'<option value="{group.id}" selected>Lomé</option>' in one
    assert browser.get("/editions/R1/gradebook?q=third").text.count('scope="row"') == 1
    nobody = browser.get("/editions/R1/gradebook?q=third&group=999").text
    assert "Nobody fits this choice" in nobody
    exported = browser.get("/editions/R1/gradebook/export.csv?q=third").get_data(as_text=True)
    assert len(exported.splitlines()) == 2


def test_fifty_people_stand_on_a_page(as_role: AsRole, cast: Cast, now: datetime) -> None:
    for n in range(50):
        enrol(make_person(f"Zz {n:03}", now), cast.edition, "participant", now)
    browser = as_role("tutor")
    first, second = (browser.get(f"/editions/R1/gradebook?page={page}").text for page in (1, 2))
    assert (first.count('scope="row"'), second.count('scope="row"')) == (50, 3)
    assert "Page 1 of 2" in first
    assert ">Zz 049<" in second


def test_the_gradebook_takes_the_same_statements_whatever_the_class(
    as_role: AsRole, cast: Cast, now: datetime, count_queries: Callable[[], Any]
) -> None:
    def statements() -> int:
        browser = as_role("tutor")
        with count_queries() as counted:
            assert browser.get("/editions/R1/gradebook").status_code == 200
        return len(counted)

    few = statements()
    for n in range(60):
        enrol(make_person(f"More {n}", now), cast.edition, "participant", now, (cast.sponsor,))
    assert statements() == few <= 12


def test_an_empty_gradebook_says_what_comes_first(as_role: AsRole, cast: Cast, now: datetime) -> None:
    for name in ("participant", "other_participant", "third_participant"):
        cast.person(name).is_test_account = True
    assert "Nobody takes part yet" in as_role("tutor").get("/editions/R1/gradebook").text


def test_one_persons_page_shows_teachers_what_is_not_released(as_role: AsRole, cast: Cast, post: Any) -> None:
    post("participant", "group-work", Fraction(2613, 100))
    page = as_role("tutor").get(f"/editions/R1/gradebook/{cast.enrolments['participant']}").text
    assert "26.13" in page
    assert "Not released yet" in page
    assert as_role("tutor").get(f"/editions/R1/gradebook/{cast.enrolments['outsider']}").status_code == 404


# Exports


def test_the_export_has_figures_as_figures_and_states_as_words(as_role: AsRole, nearly_there: None) -> None:
    response = as_role("tutor").get("/editions/R1/gradebook/export.csv?status=participation")
    assert response.headers["Content-Disposition"] == "attachment; filename=gradebook-R1.csv"
    rows = list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == ["Participant"]
    assert (rows[0]["Quiz 1"], rows[0]["Final assignment"], rows[0]["Total"]) == ("4.20", "Still to do", "51.30")
    assert rows[0]["Certificate"] == "Certificate of Participation"
    book = openpyxl.load_workbook(io.BytesIO(as_role("tutor").get("/editions/R1/gradebook/export.xlsx").data))
    values = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in values] == ["Name", "Other Participant", "Participant", "Third Participant"]
    assert values[2][3] == 4.2
    assert values[1][9] == "Still to do"


def test_a_name_cannot_become_a_formula(as_role: AsRole, cast: Cast) -> None:
    cast.person("participant").full_name = "=1+1"
    assert "'=1+1" in as_role("tutor").get("/editions/R1/gradebook/export.csv").get_data(as_text=True)


# A cell and its decisions


def test_a_cell_tells_who_changed_what_from_what_and_why(
    as_role: AsRole, cast: Cast, nearly_there: None, now: datetime
) -> None:
    override_points(
        cast.member("coordinator"), enrolment_id=cast.enrolments["participant"], item_key="quiz-1", points=Fraction(5),
        reason="Power cut", now=now,
    )  # fmt: skip
    page = as_role("tutor").get(cell(cast)).text
    for part in (
        "10 March 2026, 10:00",
        ">4.20<",
        "<strong>5.00</strong>",
        "<bdi>Coordinator</bdi>",
        "Set by hand · Power cut",
        "The system",
    ):
        assert part in page
    assert "Decide by hand" not in page


def test_a_cell_of_other_editions_or_unknown_work_is_not_found(as_role: AsRole, cast: Cast) -> None:
    assert as_role("tutor").get(cell(cast, name="outsider")).status_code == 404
    assert as_role("tutor").get(cell(cast, "quiz-99")).status_code == 404
    assert as_role("coordinator").post(cell(cast, "quiz-99") + "/excuse", {"excuse-reason": "x"}).status_code == 404


def test_a_coordinator_sets_points_with_a_comma(as_role: AsRole, cast: Cast) -> None:
    browser = as_role("coordinator")
    response = browser.post(
        cell(cast) + "/points", {"points-points": "4,25", "points-is_complete": "y", "points-reason": "Power cut"}
    )
    assert response.status_code == 303
    entry, name = history(cast.enrolments["participant"], "quiz-1")[0]
    assert (str(entry.points), entry.reason, name) == ("4.25", "Power cut", "Coordinator")


@pytest.mark.parametrize(
    ("data", "status", "fault"),
    [
        ({"points-points": "", "points-reason": "x"}, 422, "Write the points"),
        ({"points-points": " ", "points-reason": "x"}, 422, "Write the points"),
        ({"points-points": "four", "points-reason": "x"}, 422, "is not a number"),
        ({"points-points": "4", "points-reason": ""}, 422, "Give a reason"),
        ({"points-points": "4", "points-reason": "  "}, 409, "Give a reason"),
        ({"points-points": "5.01", "points-reason": "x"}, 409, "from 0 to 5"),
    ],
)
def test_points_that_cannot_be_set_come_back_as_typed(
    as_role: AsRole, cast: Cast, data: dict[str, str], status: int, fault: str
) -> None:
    response = as_role("coordinator").post(cell(cast) + "/points", data)
    assert response.status_code == status
    assert fault in response.text
    assert 'role="alert"' in response.text
    assert f'value="{data["points-points"]}"' in response.text
    assert history(cast.enrolments["participant"], "quiz-1") == []


def test_a_coordinator_excuses_and_takes_it_back(as_role: AsRole, cast: Cast) -> None:
    browser = as_role("coordinator")
    assert browser.post(cell(cast) + "/excuse", {"excuse-reason": "Ill"}).status_code == 303
    assert "Excused by the coordinator: Ill" in browser.get(cell(cast)).text
    assert browser.post(cell(cast) + "/decision", {"lift-reason": "Sat it"}).status_code == 303
    assert [entry.state for entry, _name in history(cast.enrolments["participant"], "quiz-1")] == ["cleared", "excused"]
    assert browser.post(cell(cast) + "/decision", {"lift-reason": "Again"}).status_code == 409


def test_more_time_is_typed_on_the_editions_clock(as_role: AsRole, cast: Cast) -> None:
    form = {"extension-day": "2026-04-20", "extension-at": "23:59", "extension-reason": "Ill"}
    assert as_role("coordinator").post(cell(cast, "final-assignment") + "/extension", form).status_code == 303
    due = extended_deadline(cast.edition.id, "final-assignment", enrolment_id=cast.enrolments["participant"])
    assert due is not None
    assert due.isoformat() == "2026-04-20T21:59:00+00:00"
    past = {**form, "extension-day": "2026-03-01"}
    response = as_role("coordinator").post(cell(cast, "final-assignment") + "/extension", past)
    assert response.status_code == 409
    assert "already over" in response.text
    assert as_role("coordinator").post(cell(cast) + "/extension", {"extension-day": "soon"}).status_code == 422


@pytest.mark.parametrize("action", ["points", "excuse", "decision", "extension"])
def test_only_coordinators_of_the_edition_decide(as_role: AsRole, cast: Cast, action: str) -> None:
    for role, status in (("tutor", 403), ("participant", 403), ("other_coordinator", 404), ("stranger", 303)):
        assert as_role(role).post(f"{cell(cast)}/{action}").status_code == status
    assert as_role("administrator").post(f"{cell(cast)}/{action}").status_code == 422


# Releases


def test_releasing_shows_its_effect_first_then_the_receipt(
    as_role: AsRole, cast: Cast, post: Any, now: datetime
) -> None:
    post("participant", "group-work", Fraction(26))
    post("other_participant", "group-work", None)
    browser = as_role("tutor")
    assert "See what releasing does" in browser.get("/editions/R1/releases").text
    preview = browser.get("/editions/R1/releases?item=group-work").text
    assert "1 person will see new marks and be told by mail." in preview
    assert "1 mark; 1 person still waits for a mark" in preview
    assert get_item(cast.edition.id, "group-work").released_at is None
    response = browser.post("/editions/R1/releases", {"item": "group-work"})
    assert response.status_code == 303
    assert "1 person is told by mail." in browser.get("/editions/R1/releases").text
    assert get_item(cast.edition.id, "group-work").released_at == now
    assert browser.post("/editions/R1/releases", {"item": "nothing"}).status_code == 404
    assert browser.post("/editions/R1/releases", {"item": "group-work"}).status_code == 303
    again = browser.get("/editions/R1/releases").text
    assert "Nobody is told again" in again
    assert "are told by mail" not in again


def test_what_can_be_released_stands_first_and_says_that_it_is_still_open(
    as_role: AsRole, cast: Cast, post: Any, now: datetime
) -> None:
    post("participant", "group-work", Fraction(26))
    page = as_role("tutor").get("/editions/R1/releases").text
    assert page.index("Group work") < page.index("Quiz 1")
    assert "It can be handed in until" in as_role("tutor").get("/editions/R1/releases?item=group-work").text
    get_item(cast.edition.id, "group-work").due_at = now
    db.session.commit()
    assert "It can be handed in until" not in as_role("tutor").get("/editions/R1/releases?item=group-work").text


# Who may open the teachers' pages


@pytest.mark.parametrize("address", ["gradebook", "gradebook/export.csv", "releases"])
def test_the_gradebook_is_for_teachers_of_the_edition(as_role: AsRole, address: str) -> None:
    expected = {
        "tutor": 200, "coordinator": 200, "administrator": 200, "participant": 403, "sponsor_viewer": 403,
        "outsider": 404, "other_tutor": 404, "stranger": 303,
    }  # fmt: skip
    found = {role: as_role(role).get(f"/editions/R1/{address}").status_code for role in expected}
    assert found == expected


def test_a_participant_opens_no_cell_and_no_persons_page(as_role: AsRole, cast: Cast) -> None:
    for address in (cell(cast), f"/editions/R1/gradebook/{cast.enrolments['participant']}"):
        assert as_role("participant").get(address).status_code == 403
        assert as_role("outsider").get(address).status_code == 404


def test_the_links_stand_for_whom_they_are(as_role: AsRole) -> None:
    assert "/editions/R1/results" in as_role("participant").get("/editions/R1/results").text
    assert "/editions/R1/gradebook" not in as_role("participant").get("/editions/R1/results").text
    assert "/editions/R1/gradebook" in as_role("tutor").get("/editions/R1/gradebook").text


def test_the_results_page_is_small(as_role: AsRole, nearly_there: None) -> None:
    response = as_role("participant").get("/editions/R1/results", headers={"Accept-Encoding": "br"})
    assert len(response.data) < 6000
    assert response.headers["Content-Encoding"] == "br"


def test_a_quiz_is_missing_only_after_the_last_instant_of_its_minute(as_role: AsRole, cast: Cast, set_now: Any) -> None:
    set_now(datetime.fromisoformat("2026-03-08T22:59:30+00:00"))
    assert "Missing" not in as_role("participant").get("/editions/R1/results").text
    set_now(datetime.fromisoformat("2026-03-08T22:59:30+00:00") + timedelta(seconds=30))
    assert "Missing" in as_role("participant").get("/editions/R1/results").text
