"""A file that comes in pieces: each once, in order, from its sender alone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.core.db import db, unit_of_work
from lms.core.errors import NotFound
from lms.uploads.models import Upload, UploadPiece
from lms.uploads.queries import KEPT, read_upload
from lms.uploads.services import MOST_AT_ONCE, forget_old_uploads
from tests.conftest import NOW, Browser
from tests.factories import Cast

NAME = "Mémoire أطروحة.pdf"


def announce(browser: Browser, size: int, name: str = NAME) -> str:
    """Begin a file; its address."""
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    response = browser.post("/uploads", headers={"Upload-Length": str(size), "Upload-Metadata": metadata})
    assert response.status_code == 201
    assert response.headers["Upload-Offset"] == "0"
    return str(response.headers["Location"])


def send(browser: Browser, address: str, offset: int, piece: bytes) -> int:
    """Send a piece; the status of the answer."""
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return int(browser.open(address, "PATCH", data=piece, headers=headers).status_code)


def offset_of(browser: Browser, address: str) -> int:
    return int(browser.open(address, "HEAD").headers["Upload-Offset"])


def test_a_file_goes_on_where_it_broke_off(as_role: Callable[[str], Browser], cast: Cast) -> None:
    browser = as_role("participant")
    address = announce(browser, 10)
    assert send(browser, address, 0, b"01234") == 204
    assert offset_of(browser, address) == 5
    assert send(browser, address, 5, b"56789") == 204
    person = db.session.get_one(Person, cast.people["participant"])
    assert read_upload(person, address.rsplit("/", 1)[1], NOW) == (NAME, b"0123456789")


@pytest.mark.parametrize(
    ("offset", "piece"),
    [(0, b"again"), (7, b"gap"), (5, b"longer than announced"), (5, b"")],
    ids=["a piece twice", "a gap", "too much", "nothing"],
)
def test_a_piece_that_does_not_follow_changes_nothing(
    as_role: Callable[[str], Browser], offset: int, piece: bytes
) -> None:
    browser = as_role("participant")
    address = announce(browser, 10)
    assert send(browser, address, 0, b"01234") == 204
    assert send(browser, address, offset, piece) == 409
    assert offset_of(browser, address) == 5
    assert db.session.scalar(select(func.count()).select_from(UploadPiece)) == 1


def test_a_file_on_its_way_is_its_senders_alone(as_role: Callable[[str], Browser], cast: Cast) -> None:
    address = announce(as_role("participant"), 4)
    for other in ("other_participant", "administrator"):
        assert as_role(other).open(address, "HEAD").status_code == 404
        assert send(as_role(other), address, 0, b"mine") == 404
        assert as_role(other).open(address, "DELETE").status_code == 404
    assert db.session.scalar(select(Upload.received_bytes)) == 0


def test_a_file_that_has_not_come_whole_cannot_be_taken(as_role: Callable[[str], Browser], cast: Cast) -> None:
    browser = as_role("participant")
    address = announce(browser, 10)
    assert send(browser, address, 0, b"01234") == 204
    person = db.session.get_one(Person, cast.people["participant"])
    with pytest.raises(NotFound):
        read_upload(person, address.rsplit("/", 1)[1], NOW)


@pytest.mark.parametrize("size", ["0", "-1", "999999999999", "", "ten"])
def test_a_size_that_cannot_be_is_refused_before_anything_is_sent(as_role: Callable[[str], Browser], size: str) -> None:
    assert as_role("participant").post("/uploads", headers={"Upload-Length": size}).status_code == 409
    assert db.session.scalar(select(func.count()).select_from(Upload)) == 0


def test_too_many_at_once_take_the_place_of_the_oldest(as_role: Callable[[str], Browser]) -> None:
    browser = as_role("participant")
    addresses = [announce(browser, 4) for _ in range(MOST_AT_ONCE + 1)]
    assert browser.open(addresses[0], "HEAD").status_code == 404
    assert [browser.open(address, "HEAD").status_code for address in addresses[1:]] == [200] * MOST_AT_ONCE


def test_what_nobody_goes_on_sending_is_forgotten_with_its_bytes(
    app: Flask, as_role: Callable[[str], Browser], set_now: Callable[[datetime], None]
) -> None:
    browser = as_role("participant")
    address = announce(browser, 10)
    assert send(browser, address, 0, b"01234") == 204
    place = db.session.scalars(select(UploadPiece.key)).one()
    later = NOW + KEPT + timedelta(minutes=1)
    set_now(later)
    assert browser.open(address, "HEAD").status_code == 404
    forget_old_uploads(later)
    db.session.rollback()  # what comes to nothing takes no bytes with it
    assert app.extensions["storage"].read(place) == b"01234"
    with unit_of_work():
        assert forget_old_uploads(later) == 1
    with pytest.raises(FileNotFoundError):
        app.extensions["storage"].read(place)
    assert forget_old_uploads(later) == 0


def test_a_stranger_is_told_to_sign_in(as_role: Callable[[str], Browser]) -> None:
    answer = as_role("stranger").post("/uploads", headers={"Upload-Length": "4", "Accept": "application/json"})
    assert answer.status_code == 401
