"""Who was there: by their own link, by hand, and from the list that a meeting tool makes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms.attendance.attending import join_session, join_token, read_join_token, set_attendance
from lms.attendance.domain import (
    How,
    Known,
    Record,
    SheetLine,
    folded_name,
    match_visitors,
    minutes_in,
    readings_of_moment,
    visitors_of,
    was_present,
)
from lms.attendance.models import Attendance, LiveSession
from lms.attendance.queries import attenders_of, get_session
from lms.attendance.services import Particulars, cancel_session, change_session, reinstate_session, write_dates
from lms.attendance.sheets import confirm_sheet, matches_of, preview_sheet
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.sheets import SheetFault
from lms.courses.hooks import Dated
from tests import factories
from tests.factories import Cast

START = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)  # 15:00 in Turin
AFTER = START + timedelta(hours=2)


def record_of(cast: Cast, name: str) -> Any:
    session = get_session(cast.edition, "opening")
    (one,) = [one for one in attenders_of(session) if one.enrolment.id == cast.enrolments[name]]
    return one


# Rules


@pytest.mark.parametrize(
    ("record", "present"),
    [
        (Record(), None),
        (Record(joined_at=START), True),
        (Record(minutes=30), True),
        (Record(minutes=29), False),
        (Record(joined_at=START, minutes=5), False),
        (Record(minutes=5, by_hand=True), True),
        (Record(joined_at=START, minutes=60, by_hand=False), False),
    ],
    ids=["nothing", "joined", "long-enough", "too-short", "joined-and-left", "hand-yes", "hand-no"],
)
def test_what_is_said_by_hand_holds_then_the_minutes_then_the_link(record: Record, present: bool | None) -> None:
    assert was_present(record, 30) is present


@given(st.integers(0, 600), st.integers(0, 600), st.integers(0, 300))
def test_more_minutes_never_make_anybody_absent(minutes: int, more: int, minimum: int) -> None:
    if was_present(Record(minutes=minutes), minimum):
        assert was_present(Record(minutes=minutes + more), minimum)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("47", 47), ("47.9", 47), ("1:02:30", 62), ("0:45", 45), ("1h 2m 30s", 62), ("47m 12s", 47), ("58s", 0),
     ("1 h 5 min", 65), ("", None), ("long", None)],
    ids=["plain", "decimals", "clock", "short-clock", "teams", "teams-minutes", "seconds", "french", "empty", "words"],
)  # fmt: skip
def test_durations_are_read_as_meeting_tools_write_them(text: str, minutes: int | None) -> None:
    assert minutes_in(text) == minutes


def test_a_date_is_read_in_both_orders_where_it_can_be() -> None:
    assert {one.date().isoformat() for one in readings_of_moment("03/04/2026 03:58:00 PM")} == {
        "2026-04-03",
        "2026-03-04",
    }
    assert readings_of_moment("2026-03-03T15:01:00")
    assert readings_of_moment("soon") == []


@pytest.mark.parametrize(
    "name",
    ["DIALLO Aminata", "aminata diallo", "Aminata  Diallo (iPhone)", "Amináta Diallo [Dakar]"],
    ids=["reversed", "small", "device", "accent"],
)
def test_a_name_is_the_same_in_any_order_and_with_what_tools_add(name: str) -> None:
    assert folded_name(name) == folded_name("Aminata Diallo")


PEOPLE = [
    Known(1, "Aminata Diallo", "aminata@example.org"),
    Known(2, "Moussa Traoré", "m.traore@example.org"),
    Known(3, "Moussa Traore", "moussa2@example.org"),
]


@pytest.mark.parametrize(
    ("name", "email", "how", "ids"),
    [
        ("Whoever", " Aminata@Example.org", How.ADDRESS, (1,)),
        ("Aminata Diallo", "", How.NAME, (1,)),
        ("Moussa Traoré", "", How.NAMESAKES, (2, 3)),
        ("Moussa Traoré", "m.traore@example.org", How.ADDRESS, (2,)),
        ("Galaxy A04", "", How.NOBODY, ()),
    ],
    ids=["address", "name", "namesakes", "namesake-with-address", "nobody"],
)
def test_a_line_means_somebody_by_address_and_never_by_a_name_that_two_have(
    name: str, email: str, how: How, ids: tuple[int, ...]
) -> None:
    (match,) = match_visitors(visitors_of([SheetLine(2, name, email, 30)]), PEOPLE)
    assert (match.how, match.enrolment_ids) == (how, ids)


def test_a_name_is_not_proposed_for_somebody_who_is_there_by_address() -> None:
    lines = [SheetLine(2, "Aminata Diallo", "aminata@example.org", 30), SheetLine(3, "Aminata Diallo", "", 10)]
    first, second = match_visitors(visitors_of(lines), PEOPLE)
    assert first.how is How.ADDRESS
    assert second.how is How.NOBODY


def test_several_joins_of_a_person_are_added_up() -> None:
    lines = [SheetLine(2, "A", "a@x.org", 10), SheetLine(3, "B", "", 5), SheetLine(4, "A (2)", "A@x.org", 20)]
    first, second = visitors_of(lines)
    assert (first.minutes, first.lines) == (30, (2, 4))
    assert second.minutes == 5


# By the personal link


def test_a_personal_link_marks_its_holder_within_the_window_and_only_them(cast: Cast) -> None:
    session = get_session(cast.edition, "opening")
    token = join_token(session.id, cast.enrolments["participant"])
    for moment in (START - timedelta(minutes=16), START + timedelta(minutes=60)):
        with pytest.raises(RuleViolation):
            join_session(token, moment)
    join_session(token, START - timedelta(minutes=15))
    join_session(token, START + timedelta(minutes=30))
    assert record_of(cast, "participant").record.joined_at == START - timedelta(minutes=15)
    assert record_of(cast, "other_participant").is_present is None


def test_a_link_that_was_changed_or_whose_holder_has_left_opens_nothing(cast: Cast) -> None:
    session = get_session(cast.edition, "opening")
    token = join_token(session.id, cast.enrolments["participant"])
    elsewhere = join_token(get_session(cast.other_edition, "opening").id, cast.enrolments["participant"])
    cast.enrolment("participant").withdrawn_at = START
    db.session.flush()
    for wrong in (token, token + "x", elsewhere, "x"):
        with pytest.raises(NotFound):
            read_join_token(wrong)


# By hand


def test_a_tutor_corrects_by_hand_and_takes_it_back(cast: Cast) -> None:
    tutor, enrolment_id = cast.member("tutor"), cast.enrolments["participant"]
    assert set_attendance(tutor, "opening", {enrolment_id: True}, AFTER) == 1
    assert set_attendance(tutor, "opening", {enrolment_id: True}, AFTER) == 0
    assert record_of(cast, "participant").is_present is True
    assert set_attendance(tutor, "opening", {enrolment_id: None}, AFTER) == 1
    assert record_of(cast, "participant").is_present is None


def test_edge_case_61_nobody_was_in_a_session_that_has_not_begun(cast: Cast) -> None:
    before = START - timedelta(hours=1)
    with pytest.raises(RuleViolation):
        set_attendance(cast.member("tutor"), "opening", {cast.enrolments["participant"]: True}, before)
    with pytest.raises(RuleViolation):
        preview_sheet(cast.member("tutor"), "opening", sheet(("A", "a@x.org", 30)), "a.csv", before)


@pytest.mark.parametrize("name", ["participant", "sponsor_viewer", "outsider"])
def test_only_those_who_teach_say_who_was_there(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        set_attendance(cast.member(name), "opening", {}, AFTER)
    with pytest.raises(NotAllowed):
        preview_sheet(cast.member(name), "opening", b"", "a.csv", AFTER)


def test_nobody_of_another_edition_can_be_marked(cast: Cast) -> None:
    stranger = factories.enrol(factories.make_person("Elsewhere", AFTER), cast.other_edition, "participant", AFTER)
    with pytest.raises(NotFound):
        set_attendance(cast.member("tutor"), "opening", {stranger.id: True}, AFTER)


# From a list


def sheet(*rows: tuple[str, str, int], day: str = "2026-03-03", separator: str = ",", encoding: str = "utf-8") -> bytes:
    lines = [separator.join(["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"])]
    lines += [
        separator.join([name, email, f"{day} 15:00:00", f"{day} 16:00:00", str(minutes)])
        for name, email, minutes in rows
    ]
    return "\r\n".join(lines).encode(encoding)


def take_in(cast: Cast, content: bytes, chosen: dict[int, int] | None = None) -> dict[str, int]:
    kept = preview_sheet(cast.member("tutor"), "opening", content, "list.csv", AFTER)
    return confirm_sheet(cast.member("tutor"), "opening", kept.id, chosen or {}, AFTER)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_list_is_read_however_it_was_saved(cast: Cast, separator: str, encoding: str) -> None:
    email = cast.person("participant").email
    counts = take_in(cast, sheet(("Élodie", email, 45), separator=separator, encoding=encoding))
    assert counts == {"people": 1, "present": 1, "left_out": 0}
    assert record_of(cast, "participant").record.minutes == 45


def test_the_list_of_teams_is_read_from_its_participants_and_not_twice_from_its_joins(cast: Cast) -> None:
    email = cast.person("participant").email
    text = "\n".join(
        [
            "1. Summary", "Meeting title\tOpening webinar", "Attended participants\t1", "",
            "2. Participants", "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole",
            f"Amina\t3/3/26, 3:00:12 PM\t3/3/26, 4:02:30 PM\t1h 2m 18s\t{email}\t{email}\tAttendee", "",
            "3. In-Meeting Activities", "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole",
            f"Amina\t3/3/26, 3:00:12 PM\t3/3/26, 4:02:30 PM\t1h 2m 18s\t{email}\tAttendee",
        ]
    )  # fmt: skip
    take_in(cast, text.encode("utf-16"))
    assert record_of(cast, "participant").record.minutes == 62


def test_the_list_of_zoom_is_read_below_its_summary(cast: Cast) -> None:
    email = cast.person("participant").email
    text = "\n".join(
        [
            "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants",
            "812 3344,Opening,03/03/2026 02:55:00 PM,03/03/2026 04:05:00 PM,host@example.org,70,9", "",
            "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest",
            f"Amina,{email},03/03/2026 02:58:00 PM,03/03/2026 03:30:00 PM,32,No",
            f"Amina,{email},03/03/2026 03:35:00 PM,03/03/2026 04:00:00 PM,25,No",
        ]
    )  # fmt: skip
    take_in(cast, text.encode())
    assert record_of(cast, "participant").record.minutes == 57


def test_a_name_counts_only_where_somebody_ticked_it(cast: Cast) -> None:
    name, enrolment_id = cast.person("participant").full_name, cast.enrolments["participant"]
    assert take_in(cast, sheet((name, "", 40))) == {"people": 0, "present": 0, "left_out": 1}
    assert take_in(cast, sheet((name, "", 41)), {0: enrolment_id})["people"] == 1
    assert record_of(cast, "participant").record.minutes == 41


def test_the_minutes_of_a_person_under_two_names_are_added_up(cast: Cast) -> None:
    email, enrolment_id = cast.person("participant").email, cast.enrolments["participant"]
    take_in(cast, sheet(("Amina", email, 20), ("Galaxy A04", "", 15)), {1: enrolment_id})
    assert record_of(cast, "participant").record.minutes == 35


def test_too_few_minutes_are_kept_and_count_as_absent(cast: Cast) -> None:
    get_session(cast.edition, "opening").minimum_minutes = 30
    db.session.flush()
    counts = take_in(cast, sheet(("Amina", cast.person("participant").email, 29)))
    assert counts == {"people": 1, "present": 0, "left_out": 0}
    assert record_of(cast, "participant").is_present is False


def test_edge_case_61_the_same_file_is_taken_in_once_and_for_one_session_alone(cast: Cast) -> None:
    content = sheet(("Amina", cast.person("participant").email, 30))
    kept = preview_sheet(cast.member("tutor"), "opening", content, "a.csv", AFTER)
    first = confirm_sheet(cast.member("tutor"), "opening", kept.id, {}, AFTER)
    assert confirm_sheet(cast.member("tutor"), "opening", kept.id, {}, AFTER) == first
    with pytest.raises(SheetFault, match="for this session already"):
        preview_sheet(cast.member("tutor"), "opening", content, "a.csv", AFTER)
    db.session.add(
        LiveSession(
            edition_id=cast.edition.id,
            key="second",
            title={"en": "Second"},
            description={},
            starts_at=START,
            minutes=60,
        )
    )
    db.session.flush()
    with pytest.raises(SheetFault, match="for another session already"):
        preview_sheet(cast.member("tutor"), "second", content, "a.csv", AFTER)
    assert record_of(cast, "participant").record.minutes == 30


def test_a_second_list_of_the_meeting_adds_people_and_never_shortens_a_stay(cast: Cast) -> None:
    one, other = cast.person("participant").email, cast.person("other_participant").email
    take_in(cast, sheet(("A", one, 50)))
    take_in(cast, sheet(("A", one, 20), ("B", other, 30)))
    assert record_of(cast, "participant").record.minutes == 50
    assert record_of(cast, "other_participant").record.minutes == 30


@pytest.mark.parametrize(
    ("day", "words"), [("2026-06-20", "has not come yet"), ("2026-02-20", "another day")], ids=["future", "other"]
)
def test_edge_case_61_a_list_of_another_day_is_refused(cast: Cast, day: str, words: str) -> None:
    with pytest.raises(SheetFault, match=words):
        preview_sheet(cast.member("tutor"), "opening", sheet(("A", "a@x.org", 30), day=day), "a.csv", AFTER)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "No line names the columns"),
        (b"Name,Colour\nA,blue", "No line names the columns"),
        (b"Name,Duration\n", "empty"),
        (b"Name,Duration\nA,long", "Line 2"),
        (b"\x00\x01\x02", "not a table"),
    ],
    ids=["nothing", "no-duration", "no-lines", "no-number", "binary"],
)
def test_what_is_no_list_is_refused_with_a_reason(cast: Cast, content: bytes, words: str) -> None:
    with pytest.raises(SheetFault, match=words):
        preview_sheet(cast.member("tutor"), "opening", content, "a.csv", AFTER)


def test_names_and_addresses_of_the_list_are_gone_once_it_is_taken_in(cast: Cast) -> None:
    kept = preview_sheet(cast.member("tutor"), "opening", sheet(("Stranger", "s@x.org", 30)), "a.csv", AFTER)
    session = get_session(cast.edition, "opening")
    matches, _people = matches_of(cast.member("tutor"), session, kept)
    assert [match.how for match in matches] == [How.NOBODY]
    confirm_sheet(cast.member("tutor"), "opening", kept.id, {}, AFTER)
    assert kept.visitors == []
    assert list(db.session.scalars(select(Attendance))) == []


# Calendars


def test_edge_case_49_the_sequence_grows_with_what_calendars_must_know(cast: Cast, now: datetime) -> None:
    actor = cast.member("coordinator")
    session = get_session(cast.edition, "opening")
    move = {"day": START.date(), "at": START.replace(hour=15).time(), "minutes": 60}
    change_session(actor, "opening", **move, particulars=Particulars(recording="https://x.org/r"), now=now)  # type: ignore[arg-type]
    assert session.sequence == 0
    change_session(actor, "opening", **move, particulars=Particulars(link="https://x.org/a"), now=now)  # type: ignore[arg-type]
    assert session.sequence == 1
    write_dates(cast.edition, Dated("opening", {}, START + timedelta(days=20)))
    assert session.sequence == 2
    cancel_session(actor, "opening", now)
    cancel_session(actor, "opening", now)
    assert session.sequence == 3
    reinstate_session(actor, "opening", now)
    assert session.sequence == 4


def test_a_minimum_longer_than_the_session_is_refused(cast: Cast, now: datetime) -> None:
    with pytest.raises(RuleViolation):
        change_session(
            cast.member("coordinator"), "opening", day=START.date(), at=START.time(), minutes=30,
            particulars=Particulars(minimum_minutes=31), now=now,
        )  # fmt: skip
