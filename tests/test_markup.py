"""Every page of the demonstration for each role, refused, bare and with long words too, passes the W3C's own checker."""

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
from lms.core import clock
from lms.core.db import db, unit_of_work
from lms.courses.models import CourseRelease
from lms.courses.queries import forget_contents, get_content
from lms.quizzes.queries import forget_versions
from tests.factories import enrol, make_edition
from tests.walk import forms_of, pages_of

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
# Who sends forms in which nothing is written; and the pages of an edition in which nobody is, and of one with long words.
SENDERS = ("stranger", "participant", "coordinator")
BARE = ("", "/people", "/groups", "/marking", "/gradebook", "/releases", "/closing", "/report", "/forums", "/messages",
        "/quizzes/quiz-1/attempts", "/quizzes/quiz-1/items", "/evaluation/results", "/search?q=nothing", "/comments")  # fmt: skip
CROWDED = ("", "/people", "/groups", "/marking", "/gradebook", "/releases", "/closing", "/report", "/agenda")
LONG = "Rakotoarimananjatovonirinafidelisoaharimalala & <andriamanantenaina> “of many words” " * 2

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


def _refused(app: Flask, name: str, language: str, pages: dict[str, str]) -> dict[str, str]:
    """What a form answers that was sent with nothing written in it: each address once."""
    client, found = _client(app, PEOPLE[name], language), {}
    for path, html in pages.items():
        for form in forms_of(path, html):
            if form.action not in found:
                answer = client.post(form.action, data=form.values, headers={"Referer": f"http://localhost{path}"})
                if answer.status_code == 422 and answer.mimetype == "text/html":
                    found[form.action] = answer.text
    return found


def _bare_edition(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        release = db.session.scalars(select(CourseRelease).order_by(CourseRelease.id.desc())).first()
        assert release is not None
        edition = make_edition("BARE", release, get_content(release.id), clock.now())
        person = db.session.scalars(select(Person).where(Person.email == PEOPLE["coordinator"])).one()
        enrol(person, edition, "coordinator", clock.now())


def _lengthen(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        for person in db.session.scalars(select(Person)):
            person.full_name = person.organisation = f"{LONG[:150]}{person.id}"


def _shown(app: Flask, language: str, paths: list[str]) -> dict[str, str]:
    """Pages as the coordinator has them; the course may lack one of them."""
    client = _client(app, PEOPLE["coordinator"], language)
    answers = {path: client.get(path) for path in paths}
    return {path: answer.text for path, answer in answers.items() if answer.status_code == 200}


def test_the_checker_finds_no_error_on_any_page(demonstration: Flask, tmp_path: Path) -> None:
    known: dict[str, tuple[str, str, str]] = {}

    def keep(name: str, language: str, pages: dict[str, str]) -> int:
        for path, html in pages.items():
            file = f"{len(known):04}.html"
            (tmp_path / file).write_text(html, encoding="utf-8")
            known[file] = (name, language, path)
        return len(pages)

    walked = {(name, language): _pages(demonstration, name, language) for name in PEOPLE for language in ("en", "ar")}
    for (name, language), pages in walked.items():
        keep(name, language, pages)
    assert len(known) > 300
    _bare_edition(demonstration)
    for language in ("en", "ar"):
        for name in SENDERS:
            refused = keep(
                f"{name}, refused", language, _refused(demonstration, name, language, walked[name, language])
            )
            assert refused >= {"stranger": 1, "participant": 5, "coordinator": 20}[name]
        bare = _shown(demonstration, language, [f"/editions/BARE{one}" for one in BARE])
        assert keep("nobody", language, bare) > 12
    _lengthen(demonstration)
    for language in ("en", "ar"):
        crowded = _shown(demonstration, language, [f"/editions/REINT-2{one}" for one in CROWDED])
        assert keep("long", language, crowded) > 7
    checked = subprocess.run(
        ["java", "-jar", str(CHECKER), "--errors-only", "--format", "json", "--exit-zero-always", str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    faults = json.loads(checked.stderr)["messages"]
    assert [(known[fault["url"].rpartition("/")[2]], fault["message"], fault.get("extract")) for fault in faults] == []
