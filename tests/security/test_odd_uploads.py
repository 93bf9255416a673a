"""A file in pieces with what no page of ours sends: nobody reads, ends or takes another's, and no disk is filled."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.core.db import db
from lms.uploads import services
from lms.uploads.models import Upload, UploadPiece
from tests.factories import Cast


def begin(browser: Any, size: str = "10", name: str = "essay.docx") -> Any:
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    return browser.post("/uploads", headers={"Upload-Length": size, "Upload-Metadata": metadata})


def send(browser: Any, place: str, content: bytes, offset: str) -> int:
    headers = {"Upload-Offset": offset}
    kind = "application/offset+octet-stream"
    return int(browser.open(place, "PATCH", data=content, headers=headers, content_type=kind).status_code)


def test_a_file_does_not_become_thousands_in_the_store(
    cast: Cast, as_role: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_PIECES", 3)
    browser = as_role("participant")
    place = begin(browser).headers["Location"]
    assert [send(browser, place, b"x", str(n)) for n in range(5)] == [204, 204, 204, 409, 409]
    assert db.session.scalar(select(func.count()).select_from(UploadPiece)) == 3


@pytest.mark.parametrize("offset", ["", "-1", "1", "10", "9" * 11, "9" * 30, "²", "0x0", "0,0"])
def test_a_piece_at_an_odd_place_changes_nothing(cast: Cast, as_role: Any, offset: str) -> None:
    browser = as_role("participant")
    place = begin(browser).headers["Location"]
    assert send(browser, place, b"12345", offset) == 409
    assert db.session.scalars(select(Upload)).one().received_bytes == 0


def test_a_piece_beyond_the_announced_size_or_of_nothing_is_refused(cast: Cast, as_role: Any) -> None:
    browser = as_role("participant")
    place = begin(browser).headers["Location"]
    assert send(browser, place, b"x" * 11, "0") == 409
    assert send(browser, place, b"", "0") == 409
    assert send(browser, place, b"x" * 10, "0") == 204
    assert send(browser, place, b"x", "10") == 409


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\0b\r\nX: y", "..", "‮cod.exe"], ids=ascii
)
def test_a_name_leads_nowhere(cast: Cast, as_role: Any, name: str) -> None:
    assert begin(as_role("participant"), name=name).status_code == 201
    kept = db.session.scalars(select(Upload)).one()
    assert kept.name.isprintable()
    assert not set("/\\") & set(kept.name)
    assert kept.key not in name


@pytest.mark.parametrize("name", ["other_participant", "tutor", "coordinator", "administrator", "outsider"])
def test_nobody_continues_ends_or_hands_in_what_another_sends(cast: Cast, as_role: Any, name: str) -> None:
    place = begin(as_role("participant")).headers["Location"]
    other = as_role(name)
    assert other.get(place).status_code == 404
    assert send(other, place, b"12345", "0") == 404
    assert other.open(place, "DELETE").status_code == 404
    assert as_role("participant").get(place).headers["Upload-Offset"] == "0"
