"""Marks from a sheet: what is exported comes back unchanged, what is wrong is named by line, nothing is overwritten unseen."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotAllowed
from lms.core.sheets import Sheet, write_csv
from lms.grading.domain.mark_sheet import Outcome, lines_at
from lms.grading.models import GradeEntry, MarkSheet
from lms.grading.queries import history, standing_of
from lms.grading.services import excuse, override_points, post_entry
from lms.grading.services.mark_sheets import plans_of, preview_marks, set_marks
from lms.grading.services.summaries import wrong_summaries
from tests.factories import Cast, enrol, make_person

AsRole = Callable[[str], Any]
PATH = "/editions/R1/gradebook/sheets"
LANGUAGES = ("en", "fr")


@pytest.fixture
def marks(cast: Cast, now: datetime) -> Cast:
    """A mark, a wait and an excuse."""
    for key, points in (("quiz-1", Fraction(4)), ("group-work", None)):
        post_entry(
            edition_id=cast.edition.id, enrolment_id=cast.enrolments["participant"], item_key=key,
            state="submitted" if points is None else "marked", points=points, is_complete=points is not None, basis={},
            source="submission 1", actor_id=None, now=now,
        )  # fmt: skip
    excuse(
        cast.member("coordinator"),
        enrolment_id=cast.enrolments["participant"],
        item_key="quiz-2",
        reason="Ill",
        now=now,
    )
    db.session.commit()
    return cast


def address(cast: Cast, name: str = "participant") -> str:
    return cast.person(name).email


def look(cast: Cast, now: datetime, header: list[str], *rows: list[Any]) -> tuple[MarkSheet, list[Any]]:
    content = write_csv(Sheet("marks", header, rows))
    sheet = preview_marks(cast.member("coordinator"), content, "marks.csv", "Oral exam", LANGUAGES, now)
    return sheet, plans_of(cast.member("coordinator"), sheet, LANGUAGES)


def lines_in_ledger() -> int:
    return db.session.scalar(select(func.count(GradeEntry.id))) or 0


def test_the_line_of_who_has_left_counts_only_where_somebody_wrote_in_it(
    marks: Cast, now: datetime, as_role: AsRole
) -> None:
    marks.enrolment("participant").withdrawn_at = now
    db.session.commit()
    exported = as_role("coordinator").get("/editions/R1/gradebook/export.csv").data
    for was, becomes, outcome in (("4.00", "4.00", Outcome.SAME), ("4.00", "5.00", Outcome.FAULTY)):
        content = exported.replace(f",{was},".encode(), f",{becomes},".encode(), 1)
        sheet = preview_marks(marks.member("coordinator"), content, "marks.csv", "Oral exam", LANGUAGES, now)
        plans = plans_of(marks.member("coordinator"), sheet, LANGUAGES)
        (line,) = [plan for plan in plans if plan.email == address(marks)]
        assert line.outcome is outcome
        assert set_marks(marks.member("coordinator"), sheet.id, LANGUAGES, now).result["left_out"] == (
            [[line.number, "This person has left the edition."]] if outcome is Outcome.FAULTY else []
        )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_exported_and_left_alone_changes_nothing(
    as_role: AsRole, marks: Cast, now: datetime, kind: str, language: str
) -> None:
    marks.person("coordinator").language = language
    exported = as_role("coordinator").get(f"/editions/R1/gradebook/export.{kind}").data
    sheet = preview_marks(marks.member("coordinator"), exported, f"x.{kind}", "Same", LANGUAGES, now)
    plans = plans_of(marks.member("coordinator"), sheet, LANGUAGES)
    assert {plan.outcome for plan in plans} == {Outcome.SAME}
    assert [len(plan.cells) for plan in plans] == [8, 8, 8]
    assert sheet.unused == []
    before = lines_in_ledger()
    set_marks(marks.member("coordinator"), sheet.id, LANGUAGES, now)
    assert lines_in_ledger() == before


@pytest.mark.parametrize(
    ("typed", "outcome", "fault"),
    [
        ("4,5", Outcome.CHANGED, ""), ("4.50", Outcome.CHANGED, ""), ("٤٫٥", Outcome.CHANGED, ""), ("0", Outcome.CHANGED, ""),
        ("4", Outcome.SAME, ""), ("5.01", Outcome.FAULTY, "range"), ("-1", Outcome.FAULTY, "range"),
        ("five", Outcome.FAULTY, "number"), ("4.555", Outcome.FAULTY, "number"), ("Excused", Outcome.FAULTY, "number"),
        ("nan", Outcome.FAULTY, "number"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_people_type_it_or_refused(
    marks: Cast, now: datetime, typed: str, outcome: Outcome, fault: str
) -> None:
    _sheet, (plan,) = look(marks, now, ["E-mail", "Quiz 1"], [address(marks), typed])
    (cell,) = plan.cells
    assert (cell.outcome, cell.fault) == (outcome, fault)


def test_an_empty_cell_changes_nothing_and_an_unknown_column_is_named(marks: Cast, now: datetime) -> None:
    sheet, (plan,) = look(marks, now, ["email", "quiz-1", "Remarks"], [address(marks), "", "shy"])
    assert (plan.outcome, plan.cells, sheet.unused) == (Outcome.SAME, [], ["remarks"])


def test_lines_that_cannot_be_anybodys_are_named_and_do_not_stop_the_others(marks: Cast, now: datetime) -> None:
    marks.enrolment("third_participant").withdrawn_at = now
    db.session.flush()
    sheet, plans = look(
        marks, now, ["Name", "E-mail", "Quiz 3"],
        ["Participant", address(marks).upper(), 3],
        ["Participant", address(marks), 2],
        ["Nobody", "nobody@example.org", 3],
        ["", "", 3],
        ["Third Participant", address(marks, "third_participant"), 3],
        ["Somebody Else", address(marks, "other_participant"), 3],
        ["Tutor", address(marks, "tutor"), 3],
        ["Outsider", address(marks, "outsider"), 3],
    )  # fmt: skip
    assert [plan.outcome for plan in plans] == [Outcome.CHANGED] + [Outcome.FAULTY] * 7
    assert [plan.number for plan in plans] == list(range(2, 10))
    said = [plan.fault for plan in plans[1:]]
    for words, fault in zip(
        ["twice", "Nobody with", "no address", "has left", "names somebody else", "Nobody with", "Nobody with"],
        said,
        strict=True,
    ):
        assert words in fault
    set_marks(marks.member("coordinator"), sheet.id, LANGUAGES, now)
    assert sheet.result["counts"] == {"changed": 1, "faulty": 7}
    assert [line for line, _words in sheet.result["left_out"]] == list(range(3, 10))


def test_marks_are_set_by_hand_once_with_their_reason_and_line(marks: Cast, now: datetime) -> None:
    sheet, _plans = look(marks, now, ["E-mail", "Quiz 1", "Final assignment"], [address(marks), "4.5", "31.25"])
    coordinator = marks.member("coordinator")
    set_marks(coordinator, sheet.id, LANGUAGES, now)
    before = lines_in_ledger()
    set_marks(coordinator, sheet.id, LANGUAGES, now)
    assert lines_in_ledger() == before
    newest, oldest = history(marks.enrolments["participant"], "quiz-1")
    assert (newest[0].points, newest[0].reason, newest[0].reason_code) == (Decimal("4.50"), "Oral exam", "sheet")
    assert (newest[0].basis, newest[1], oldest[0].points) == (
        {"sheet": sheet.id, "line": 2},
        "Coordinator",
        Decimal("4.00"),
    )
    standing = standing_of(marks.edition, marks.enrolment("participant"), released_only=False)
    assert standing.result("final-assignment").points == Decimal("31.25")
    assert standing.result("group-work").state == "submitted"
    assert wrong_summaries(marks.edition) == []
    assert sheet.lines == []
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "marks set from a sheet")).one()
    assert event.details["counts"] == {"changed": 2}


def test_what_changed_since_the_sheet_was_made_is_a_conflict_and_is_not_overwritten(marks: Cast, now: datetime) -> None:
    coordinator, who = marks.member("coordinator"), marks.enrolments["participant"]
    standing = standing_of(marks.edition, marks.enrolment("participant"), released_only=False)
    revision = standing.revision
    assert revision == "r1.1.0.0.0.0.1.0"
    override_points(coordinator, enrolment_id=who, item_key="quiz-1", points=Decimal(3), reason="Seen again", now=now)
    sheet, (plan,) = look(
        marks, now, ["E-mail", "Quiz 1", "Quiz 2", "Quiz 3", "Revision"], [address(marks), "4", "2", "1", revision]
    )
    assert {cell.result.key: cell.outcome for cell in plan.cells} == {
        "quiz-1": Outcome.CONFLICT, "quiz-2": Outcome.CHANGED, "quiz-3": Outcome.CHANGED,
    }  # fmt: skip
    # Between the look and the confirmation somebody else is faster once more.
    override_points(coordinator, enrolment_id=who, item_key="quiz-3", points=Decimal(5), reason="Retaken", now=now)
    set_marks(coordinator, sheet.id, LANGUAGES, now)
    standing = standing_of(marks.edition, marks.enrolment("participant"), released_only=False)
    assert [standing.result(f"quiz-{n}").points for n in (1, 2, 3)] == [Decimal(3), Decimal(2), Decimal(5)]
    assert [words for _line, words in sheet.result["left_out"]] == [
        "Quiz 1 was changed after the sheet was made: the gradebook has 3.00, the sheet 4.",
        "Quiz 3 was changed after the sheet was made: the gradebook has 5.00, the sheet 1.",
    ]


def test_a_revision_of_other_items_trusts_nothing(marks: Cast, now: datetime) -> None:
    assert lines_at("r1.2", ["a", "b"]) == {"a": 1, "b": 2}
    for revision in ("", "1.2", "r1", "r1.x", "r1.2.3"):
        assert lines_at(revision, ["a", "b"]) is None
    _sheet, (plan,) = look(marks, now, ["E-mail", "Quiz 3", "Revision"], [address(marks), "1", "r1.2"])
    assert plan.outcome is Outcome.CONFLICT


def test_looking_at_a_sheet_takes_the_same_statements_whatever_its_length(
    marks: Cast, now: datetime, count_queries: Any
) -> None:
    counts = []
    for size in (1, 60):
        people = [make_person(f"Zz {size} {n}", now) for n in range(size)]
        for person in people:
            enrol(person, marks.edition, "participant", now)
        sheet, _plans = look(marks, now, ["E-mail", "Quiz 1"], *[[person.email, 3] for person in people])
        db.session.commit()
        member = marks.member("coordinator")
        with count_queries() as statements:
            plans_of(member, db.session.merge(sheet), LANGUAGES)
        counts.append(len(statements))
    assert abs(counts[0] - counts[1]) <= 1


@pytest.mark.parametrize("role", ["tutor", "participant", "sponsor_viewer"])
def test_only_coordinators_bring_sheets_in(marks: Cast, now: datetime, as_role: AsRole, role: str) -> None:
    with pytest.raises(NotAllowed):
        preview_marks(marks.member(role), b"email,quiz-1\n", "x.csv", "Why", LANGUAGES, now)
    sheet, _plans = look(marks, now, ["E-mail", "Quiz 1"], [address(marks), "3"])
    db.session.commit()
    browser = as_role(role)
    assert [browser.get(PATH).status_code, browser.get(f"{PATH}/{sheet.id}").status_code] == [403, 403]
    assert browser.post(f"{PATH}/{sheet.id}").status_code == 403
    assert as_role("other_coordinator").get(f"/editions/R2/gradebook/sheets/{sheet.id}").status_code == 404


def test_a_coordinator_brings_the_excel_sheet_back_filled_in(as_role: AsRole, marks: Cast) -> None:
    browser = as_role("coordinator")
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/editions/R1/gradebook/export.xlsx").data))
    table = book.active
    header = [cell.value for cell in table[1]]
    rows = {row[0].value: row for row in table.iter_rows(min_row=2)}
    rows["Participant"][header.index("Quiz 3")].value = 3.5
    rows["Third Participant"][header.index("Quiz 3")].value = 17
    filled = io.BytesIO()
    book.save(filled)

    def upload(reason: str, content: bytes) -> Any:
        return browser.post(PATH, {"file": (io.BytesIO(content), "marks.xlsx"), "reason": reason})

    unsaid = upload("", filled.getvalue())
    assert (unsaid.status_code, "Give a reason" in unsaid.text) == (422, True)
    broken = upload("Oral exam", b"PK nothing")
    assert (broken.status_code, "not a spreadsheet" in broken.text) == (422, True)
    without = upload("Oral exam", b"name,quiz-1\nx,3\n")
    assert "There is no column “E-mail”" in without.text
    seen = upload("Oral exam", filled.getvalue())
    assert seen.status_code == 303
    page = browser.get(seen.location).text
    assert "If you confirm, 1 mark is set." in page
    assert "Still to do → <strong>3.50</strong>" in page
    assert "Quiz 3: 17 is not between 0 and 5.00." in page
    assert browser.post(seen.location).status_code == 303
    done = browser.get(seen.location).text
    assert "1 mark was set." in done
    assert "Line 4" in done
    cell = browser.get(f"/editions/R1/gradebook/{marks.enrolments['participant']}/quiz-3").text
    assert "From a sheet of marks: Oral exam" in cell


def test_the_export_is_typed_and_without_formulas(as_role: AsRole, marks: Cast) -> None:
    browser = as_role("tutor")
    table = openpyxl.load_workbook(io.BytesIO(browser.get("/editions/R1/gradebook/export.xlsx").data)).active
    rows = {row[0].value: row for row in table.iter_rows()}
    header = [cell.value for cell in rows["Name"]]
    own = dict(zip(header, rows["Participant"], strict=True))
    assert (own["Quiz 1"].data_type, own["Quiz 1"].value, own["Total"].data_type) == ("n", 4, "n")
    assert (own["Quiz 2"].value, own["Quiz 3"].value, own["Group work"].value) == (
        "Excused",
        "Still to do",
        "Waiting for a mark",
    )
    assert {cell.data_type for row in rows.values() for cell in row} <= {"n", "s"}
    as_csv = list(
        csv.DictReader(io.StringIO(browser.get("/editions/R1/gradebook/export.csv").data.decode("utf-8-sig")))
    )
    page = browser.get("/editions/R1/gradebook").text
    for row in as_csv:
        assert f"<strong>{row['Total']}</strong>" in page
        assert Decimal(str(rows[row["Name"]][header.index("Total")].value)) == Decimal(row["Total"])
