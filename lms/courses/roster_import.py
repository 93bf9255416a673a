"""Taking a list of people in: read and kept for a look first, then carried out once, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, update

from lms.accounts.addresses import is_email_address
from lms.accounts.domain import email_key
from lms.accounts.models import Person
from lms.accounts.places import find_country, is_time_zone
from lms.accounts.queries import find_people_by_email
from lms.core.db import db
from lms.core.errors import RuleViolation
from lms.core.files import label_of
from lms.core.sheets import Sheet, SheetFault, read_rows
from lms.courses.documents import from_document, to_document
from lms.courses.domain.roles import Role
from lms.courses.domain.roster import (
    COLUMNS,
    PROFILE_COLUMNS,
    Known,
    Line,
    Outcome,
    Plan,
    Vocabulary,
    columns_of,
    mark_repeated,
    normal,
    plan_for,
    read_line,
)
from lms.courses.enrolling import change_place, enrol_by_address
from lms.courses.models import Edition, RosterPreview
from lms.courses.permissions import Member, require_coordinating, require_running
from lms.courses.roster import enrolments_of, get_preview, list_sponsors, people_elsewhere
from lms.courses.wording import fault_sentence

MAX_LINES = 1000
MAX_BYTES = 1024 * 1024
# Names and addresses wait here unconfirmed no longer than somebody might come back to them.
KEPT_UNCONFIRMED = timedelta(days=1)


def template_sheet(edition: Edition) -> Sheet:
    """The table to fill in: the columns that are understood and one invented person."""
    example = [
        "amina.diallo@example.org", "Amina Diallo", "Ministry of Labour", "government", "SN", "female",
        edition.languages[0], "Africa/Dakar", "", "participant",
    ]  # fmt: skip
    return Sheet(f"{edition.code} people", list(COLUMNS), [example])


def _vocabulary(languages: Sequence[str]) -> Vocabulary:
    sponsors = {}
    for sponsor in list_sponsors():
        sponsors[normal(sponsor.name)] = sponsor.code
        sponsors[normal(sponsor.code)] = sponsor.code
    return Vocabulary(is_email_address, find_country, is_time_zone, languages, sponsors)


def preview_list(
    actor: Member, content: bytes, file_name: str, languages: Sequence[str], now: datetime
) -> RosterPreview:
    """Read a CSV or XLSX file and keep its lines for a look; nobody is enrolled or written to.

    Args:
        languages: those that the interface speaks.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
        RuleViolation: where the edition is closed.
        SheetFault: where the file is no table, is too large, or has no column of addresses.
    """
    require_coordinating(actor)
    require_running(actor.edition)
    if len(content) > MAX_BYTES:
        raise SheetFault(_("The file is larger than 1 MB. Save the list alone, without pictures, and try again."))
    rows = read_rows(content, max_rows=MAX_LINES)
    if not rows:
        raise SheetFault(_("The list is empty: nothing stands under the names of the columns."))
    columns, unused = columns_of(list(rows[0].values))
    if "email" not in columns:
        raise SheetFault(_("There is no column “email”. Put the names of the columns in the first line."))
    vocabulary = _vocabulary(languages)
    lines = mark_repeated([read_line(row.line, row.values, columns, vocabulary) for row in rows])
    db.session.execute(
        delete(RosterPreview).where(
            RosterPreview.confirmed_at.is_(None), RosterPreview.created_at < now - KEPT_UNCONFIRMED
        )
    )
    preview = RosterPreview(
        edition_id=actor.edition.id,
        created_by_id=actor.person.id,
        created_at=now,
        file_name=label_of(file_name),
        lines=[to_document(line) for line in lines],
        unused=unused,
        result={},
    )
    db.session.add(preview)
    db.session.flush()
    return preview


def plans_of(actor: Member, preview: RosterPreview) -> list[Plan]:
    """What taking the list in would do now, line by line; a constant number of statements.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
    """
    require_coordinating(actor)
    lines = [from_document(Line, document) for document in preview.lines]
    people = find_people_by_email([line.email for line in lines if line.email])
    ids = [person.id for person in people.values()]
    places = enrolments_of(actor.edition, ids)
    elsewhere = people_elsewhere(actor.edition, ids)
    plans = []
    for line in lines:
        person = people.get(email_key(line.email))
        place = None if person is None else places.get(person.id)
        known = None
        if person is not None:
            known = Known(
                name=person.full_name,
                profile={name: getattr(person, name) for name in PROFILE_COLUMNS},
                role=None if place is None else place.role,
                sponsors=() if place is None else tuple(sponsor.code for sponsor in place.sponsors),
                is_withdrawn=place is not None and place.withdrawn_at is not None,
                profile_is_ours=not person.has_accepted and not person.is_administrator and person.id not in elsewhere,
            )
        plans.append(plan_for(line, known))
    return plans


def confirm_list(actor: Member, preview_id: int, languages: Sequence[str], now: datetime) -> RosterPreview:
    """Carry a list out: enrol who is new, change what differs, leave the rest. A second time changes nothing.

    Lines with faults are left out and do not stop the others; what kept them out stays with the list, in sentences.

    Raises:
        NotAllowed, NotFound: unless the actor coordinates the edition and it has this list.
        RuleViolation: where the edition is closed.
    """
    preview = get_preview(actor, preview_id)
    require_running(actor.edition)
    taken = db.session.scalar(
        update(RosterPreview)
        .where(RosterPreview.id == preview.id, RosterPreview.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(RosterPreview.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(preview)
    if taken is None:
        return preview
    done: Counter[str] = Counter()
    refused: list[list[Any]] = []
    for plan in plans_of(actor, preview):
        try:
            outcome = _carry_out(actor, plan, languages, now)
            sentences = [fault_sentence(fault) for fault in plan.faults]
        except RuleViolation as refusal:
            outcome, sentences = Outcome.FAULTY, [refusal.message]
        if sentences:
            refused.append([plan.line.number, " ".join(sentences)])
        done[outcome] += 1
    preview.result = {"counts": {str(outcome): done[outcome] for outcome in Outcome}, "refused": refused}
    preview.lines = []
    return preview


def _carry_out(actor: Member, plan: Plan, languages: Sequence[str], now: datetime) -> Outcome:
    line = plan.line
    if plan.outcome == Outcome.NEW:
        _enrolment, is_new = enrol_by_address(
            actor,
            line.email,
            line.name,
            role=Role(line.role or Role.PARTICIPANT),
            sponsors=line.sponsors,
            profile=line.profile(),
            languages=languages,
            now=now,
        )
        return Outcome.NEW if is_new else Outcome.SAME
    if plan.outcome == Outcome.CHANGED:
        _change(actor, plan, now)
    return plan.outcome


def _change(actor: Member, plan: Plan, now: datetime) -> None:
    line = plan.line
    person = find_people_by_email([line.email])[email_key(line.email)]
    place = enrolments_of(actor.edition, [person.id])[person.id]
    changed = {change.column: change.after for change in plan.changes}
    change_place(
        actor,
        place.id,
        role=Role(changed.get("role", place.role)),
        sponsors=line.sponsors if "sponsor" in changed else [sponsor.code for sponsor in place.sponsors],
        now=now,
    )
    _correct(person, changed)


def _correct(person: Person, changed: dict[str, str]) -> None:
    if "name" in changed:
        person.full_name = changed["name"]
    for column in PROFILE_COLUMNS:
        if column in changed:
            setattr(person, column, changed[column])
