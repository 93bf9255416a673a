"""Calendar files: UTC, folded, escaped, with an identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from icalendar import Calendar

from lms.core.calendars import Appointment, write_calendar

START = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2)))


def written(**values: object) -> bytes:
    one = Appointment(
        **{  # type: ignore[arg-type]
            "uid": "a@b", "summary": "S", "starts_at": START, "ends_at": START + timedelta(hours=1), "sequence": 3,
            **values,
        }
    )  # fmt: skip
    return write_calendar([one], name="Mine", stamped_at=datetime(2026, 3, 1, tzinfo=UTC))


def test_instants_are_written_in_utc() -> None:
    text = written().decode()
    assert "DTSTART:20260328T233000Z" in text
    assert "DTEND:20260329T003000Z" in text
    assert "SEQUENCE:3" in text
    assert "METHOD:PUBLISH" in text


def test_words_come_back_as_they_were_and_cannot_add_lines() -> None:
    words = "Été, “réunion”; ligne\nATTENDEE:mailto:x@y\r\nEND:VEVENT " + "ش" * 80
    content = written(summary=words, description=words)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["summary"]).replace("\r", "") == words.replace("\r", "")
    assert "attendee" not in event


def test_a_cancelled_event_is_still_there_and_takes_no_time() -> None:
    text = written(is_cancelled=True).decode()
    assert "STATUS:CANCELLED" in text
    assert "TRANSP:TRANSPARENT" in text
    assert "TRANSP:OPAQUE" in written().decode()
