"""The letters of the demonstration, in the browser and only there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config import load_config
from lms.accounts.models import Person
from lms.core.db import db
from lms.core.mailer import send_due_mail
from lms.core.outbox import Letter, queue_letters
from lms.demo.mailbox import linked, mail_folder
from tests.factories import Cast


@pytest.fixture
def folder(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "MAIL_URL", f"folder://{tmp_path}")
    return tmp_path


def send(app: Any, person: Person, now: datetime) -> None:
    context = {"code": "R1", "edition": "<Course>", "items": ["Quiz 1"]}
    queue_letters(
        [Letter("marks_released", "a", person.email, person.full_name, "en", context, calendar="BEGIN:VCALENDAR")], now
    )
    db.session.commit()
    send_due_mail(app)


def test_a_letter_can_be_read_with_its_links_and_what_is_attached(
    app: Any, as_role: Any, cast: Cast, now: datetime, folder: Path
) -> None:
    browser = as_role("stranger")
    assert "No letters here" in browser.get("/demo/mail").text
    send(app, cast.person("participant"), now)
    page = browser.get("/demo/mail").text
    assert "New marks in “&lt;Course&gt;”" in page
    assert "No letters here" in browser.get("/demo/mail?to=nobody@example.org").text
    (file,) = folder.glob("*.eml")
    letter = browser.get(f"/demo/mail/{file.stem}").text
    assert '<a href="http://localhost/editions/R1/results">' in letter
    assert browser.get(f"/demo/mail/{file.stem}/attachment/0").text.startswith("BEGIN:VCALENDAR")
    assert browser.get(f"/demo/mail/{file.stem}/attachment/1").status_code == 404


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "....", "x" * 30, "0" * 20], ids=["up", "dots", "x", "none"]
)
def test_no_other_file_can_be_read(as_role: Any, folder: Path, name: str) -> None:
    assert as_role("stranger").get(f"/demo/mail/{name}").status_code == 404


def test_words_of_a_letter_are_escaped_and_addresses_are_links() -> None:
    text = linked('<b>x</b> http://localhost/a?b=1&c="2"')
    assert (
        str(text)
        == '&lt;b&gt;x&lt;/b&gt; <a href="http://localhost/a?b=1&amp;c=">http://localhost/a?b=1&amp;c=</a>&#34;2&#34;'
    )


def test_there_is_no_mailbox_in_production_nor_where_mail_is_really_sent(app: Any, tmp_path: Path) -> None:
    class Site:
        config = {
            **load_config(
                {
                    "LMS_ENV": "production",
                    "LMS_SECRET_KEY": "mango river lantern, of this test alone",
                    "LMS_DATABASE_URL": "sqlite://",
                    "LMS_PUBLIC_URL": "https://x.example",
                }
            )
        }

    assert mail_folder(Site()) is None  # type: ignore[arg-type]
    Site.config = {**app.config, "MAIL_URL": "smtp://localhost"}
    assert mail_folder(Site()) is None  # type: ignore[arg-type]
    Site.config = {**app.config, "MAIL_URL": f"folder://{tmp_path}"}
    assert mail_folder(Site()) == tmp_path  # type: ignore[arg-type]
