"""Makes the data that benchmarks run on: the real course, one edition, as many participants as needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine, insert, select, text

from config import load_config
from lms import create_app
from lms.accounts.domain import email_key, name_key
from lms.accounts.models import Person
from lms.core.db import db, unit_of_work
from lms.courses.domain.roles import Role
from lms.courses.editions import EditionPlan, create_edition, open_edition
from lms.courses.models import Edition, Enrolment
from lms.courses.packs import read_pack
from lms.courses.permissions import Member
from lms.courses.queries import find_latest_release
from lms.courses.services import import_release

PACK = Path(__file__).parent.parent / "packs" / "reintegration"
CODE = "BENCH"
CSRF = "0123456789abcdef0123456789abcdef01234567"


def environ_for(url: str, folder: Path) -> dict[str, str]:
    """The environment in which the product runs for a benchmark."""
    return {"LMS_DATABASE_URL": url, "LMS_INSTANCE": str(folder), "LMS_EMBEDDED_WORKER": "0"}


def fresh_database(server: str, name: str) -> str:
    """A new, empty PostgreSQL database beside the one named by the server's address; returns its address."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{server.rpartition('/')[0]}/{name}"


def make_scene(url: str, folder: Path, participants: int) -> Flask:
    """The app on a new database with an open edition in its second day and this many participants."""
    app = create_app(load_config(environ_for(url, folder)))
    now = datetime.now(UTC)
    with app.app_context():
        db.create_all()
        with unit_of_work():
            _fill(now, participants)
        db.engine.dispose()
    return app


def _fill(now: datetime, participants: int) -> None:
    content = read_pack(PACK).content
    assert content is not None
    administrator = Person(
        email="bench@segin.example", email_key="bench@segin.example", full_name="Bench", name_key="bench",
        is_administrator=True, created_at=now,
    )  # fmt: skip
    db.session.add(administrator)
    db.session.flush()
    import_release(content, actor=administrator, now=now)
    db.session.flush()
    release = find_latest_release(content.slug)
    assert release is not None
    plan = EditionPlan(code=CODE, starts_on=(now - timedelta(days=2)).date(), time_zone="Africa/Bamako")
    edition = create_edition(administrator, release.id, plan, now)
    db.session.flush()
    open_edition(Member(administrator, edition, None), now)
    db.session.flush()
    add_participants(edition, participants, now)


def add_participants(edition: Edition, count: int, now: datetime) -> None:
    """Insert people and their places in bulk."""
    people = []
    for number in range(count):
        email = f"p{number:05}@segin.example"
        name = f"Participant {number:05}"
        people.append(
            {
                "email": email, "email_key": email_key(email), "full_name": name, "name_key": name_key(name),
                "created_at": now, "language": ("en", "fr")[number % 2], "time_zone": "Africa/Bamako", "country": "ML",
            }
        )  # fmt: skip
    db.session.execute(insert(Person), people)
    ids = db.session.scalars(select(Person.id).where(Person.email_key.like("p%@segin.example"))).all()
    db.session.execute(
        insert(Enrolment),
        [
            {"edition_id": edition.id, "person_id": person_id, "role": Role.PARTICIPANT.value, "enrolled_at": now}
            for person_id in ids
        ],
    )


def sign_in_headers(app: Flask) -> tuple[list[str], str]:
    """A ``Cookie`` header for each participant, in order, and the CSRF token that goes with all of them."""
    with app.app_context():
        ids = db.session.scalars(
            select(Enrolment.person_id).where(Enrolment.role == Role.PARTICIPANT.value).order_by(Enrolment.person_id)
        ).all()
        db.engine.dispose()
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookies = [
        f"Cookie: session={serializer.dumps({'_user_id': f'{person_id}.0', '_fresh': True, 'csrf_token': CSRF})}\r\n"
        for person_id in ids
    ]
    token = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(CSRF)
    return cookies, str(token)
