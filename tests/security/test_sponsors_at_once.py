"""Whoever joins or deletes a sponsor changes nothing in an edition that named it in the same instant."""

from __future__ import annotations

from datetime import datetime
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lms.core.audit import AuditEvent
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses import sponsoring
from lms.courses.domain.roles import Role
from lms.courses.enrolling import change_place
from lms.courses.models import Sponsor
from tests.assignments.test_at_once import at_once, member
from tests.factories import Cast


@pytest.mark.parametrize("is_joined", [True, False])
def test_a_sponsor_named_elsewhere_while_it_goes_is_refused_there_and_nothing_is_changed_unseen(
    app: Flask, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch, is_joined: bool
) -> None:
    old, other = Sponsor(code="OLD", name="Old fund"), Sponsor(code="NEW", name="New fund")
    db.session.add_all([old, other])
    db.session.flush()
    old_id, other_id = old.id, other.id
    looked, named = Event(), Event()
    record = sponsoring._record if not is_joined else sponsoring._require_change

    def look_slowly(*arguments: Any, **values: Any) -> None:
        record(*arguments, **values)
        looked.set()
        named.wait(1)  # without a lock the other has finished by then

    monkeypatch.setattr(sponsoring, "_require_change" if is_joined else "_record", look_slowly)

    def go() -> str:
        actor = member(cast, "coordinator")
        if is_joined:
            sponsoring.join_sponsors(actor, old_id, other_id, now)
        else:
            sponsoring.delete_sponsor(actor, old_id, now)
        return "gone"

    def name_elsewhere() -> str:
        looked.wait(10)
        actor = member(cast, "other_coordinator")
        change_place(actor, cast.enrolments["outsider"], role=Role.PARTICIPANT, sponsors=["OLD"], now=now)
        db.session.commit()
        named.set()
        return "named"

    results: list[Any] = at_once(app, go, name_elsewhere)
    assert results[0] == "gone"
    assert isinstance(results[1], NotFound)
    assert db.session.get(Sponsor, old_id) is None
    assert cast.enrolment("outsider").sponsors == []
    lines = select(AuditEvent.id).where(
        AuditEvent.subject_type == "enrolment", AuditEvent.subject_id == cast.enrolments["outsider"]
    )
    assert db.session.scalars(lines).all() == []
