"""Migrations lead to exactly the tables that the models describe, up and down, on both databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from config import load_config
from lms import create_app
from lms.core.db import Base, db
from tests.conftest import make_database_url


@pytest.fixture
def empty_app(tmp_path: Path) -> Iterator[Flask]:
    """The app on a database of its own without tables."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    url = make_database_url(f"{worker}_migrations", tmp_path)
    app = create_app({**load_config({"LMS_INSTANCE": str(tmp_path)}), "SQLALCHEMY_DATABASE_URI": url, "TESTING": True})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_migrations_lead_to_the_models(empty_app: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_carry_every_check_of_the_models(empty_app: Flask) -> None:
    upgrade()
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {
            str(one.name)
            for one in table.constraints
            if one.__visit_name__ == "table_or_column_check_constraint" or one.__visit_name__ == "check_constraint"
        }
        wanted = {name for name in wanted if name != "None"}
        found = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert wanted <= found, table.name


def test_migrations_go_down_to_nothing_and_up_again(empty_app: Flask) -> None:
    upgrade()
    assert tables() == set(Base.metadata.tables)
    downgrade(revision="base")
    assert tables() == set()
    upgrade()
    assert tables() == set(Base.metadata.tables)


def test_migrations_import_no_application_code() -> None:
    for path in (Path(__file__).parent.parent / "migrations" / "versions").glob("*.py"):
        text = path.read_text()
        assert "import lms" not in text
        assert "from lms" not in text
