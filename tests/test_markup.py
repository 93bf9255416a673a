"""Every page of the demonstration, for each role, in English and from right to left, passes the W3C's own checker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config import load_config
from lms import create_app
from lms.accounts.models import Person
from lms.core.db import db, unit_of_work
from lms.courses.queries import forget_contents
from lms.quizzes.queries import forget_versions
from tests.walk import pages_of

CHECKER = Path(__file__).parent.parent / "build" / "checker" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
PEOPLE = {
    "stranger": "",
    "participant": "esenam.tetteh@tvetboard.example",
    "tutor": "r.adeyinka-walsh@centre-formation.example",
    "coordinator": "a.dembele@centre-formation.example",
    "coordinator of the closed edition": "j.tembe-ricci@trainingcentre.example",
    "sponsor viewer": "h.moloantoa@samm.example",
    "administrator": "admin@segin.example",
}
STARTS = {"stranger": ["/sign-in", "/certificates"], "administrator": ["/", "/administration", "/people", "/design"]}
# What nobody finds by links: what is not there, and a form that was refused.
ODD_PAGES = ("/nothing-here", "/editions/NOPE/modules")

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(
        not (CHECKER.exists() and shutil.which("java")) and not os.environ.get("CI"),
        reason="needs Java and `make build/checker`; where everything is checked it is there",
    ),
]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app on a demonstration of its own, whatever database the other tests use."""
    folder = tmp_path_factory.mktemp("markup")
    app = create_app(
        {
            **load_config({"LMS_INSTANCE": str(folder), "LMS_DATABASE_URL": f"sqlite:///{folder / 'pages.sqlite3'}"}),
            "PASSWORD_MEMORY_KIB": 8,
            "PASSWORD_PASSES": 1,
            "EMBEDDED_WORKER": False,
            "WTF_CSRF_ENABLED": False,
        }
    )
    forget_contents()
    forget_versions()
    with app.app_context():
        db.create_all()
    loaded = app.test_cli_runner().invoke(args=["demo", "load"])
    assert loaded.exit_code == 0, loaded.output
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    forget_contents()
    forget_versions()


def _client(app: Flask, email: str, language: str) -> FlaskClient:
    client = app.test_client()
    if not email:
        client.set_cookie("language", language)
        return client
    with app.app_context(), unit_of_work():
        person = db.session.scalars(select(Person).where(Person.email == email)).one()
        person.language = language
        identity = person.get_id()
    with app.app_context(), client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = identity, True
    return client


def _pages(app: Flask, name: str, language: str) -> dict[str, str]:
    client = _client(app, PEOPLE[name], language)
    found = {}

    def get(path: str) -> Any:
        response = client.get(path)
        if response.mimetype == "text/html" and response.status_code == 200:
            found[path] = response.text
        return response

    pages_of(app, get, STARTS.get(name, ["/"]))
    return found | {path: client.get(path).text for path in ODD_PAGES}


def test_the_checker_finds_no_error_on_any_page(demonstration: Flask, tmp_path: Path) -> None:
    known: dict[str, tuple[str, str, str]] = {}
    for name in PEOPLE:
        for language in ("en", "ar"):
            for path, html in _pages(demonstration, name, language).items():
                file = f"{len(known):04}.html"
                (tmp_path / file).write_text(html, encoding="utf-8")
                known[file] = (name, language, path)
    assert len(known) > 300
    checked = subprocess.run(
        ["java", "-jar", str(CHECKER), "--errors-only", "--format", "json", "--exit-zero-always", str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    faults = json.loads(checked.stderr)["messages"]
    assert [(known[fault["url"].rpartition("/")[2]], fault["message"], fault.get("extract")) for fault in faults] == []
