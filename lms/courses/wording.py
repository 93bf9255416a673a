"""Words for what an edition and the people in it are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.lists import format_list
from flask import current_app
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from lms.core.markdown import Words
from lms.courses.domain.editions import EditionState, state_of
from lms.courses.domain.roles import Role
from lms.courses.domain.roster import Fault, FaultKind, Outcome
from lms.courses.models import Edition

ROLE_NAMES: Mapping[str, Any] = {
    Role.PARTICIPANT: lazy_gettext("Participant"),
    Role.TUTOR: lazy_gettext("Tutor"),
    Role.COORDINATOR: lazy_gettext("Coordinator"),
    Role.SPONSOR_VIEWER: lazy_gettext("Sponsor viewer"),
}
# Each with the tone of its mark.
STATUS_NAMES: Mapping[str, tuple[Any, str]] = {
    "active": (lazy_gettext("Active"), "done"),
    "invited": (lazy_gettext("Invited"), "waiting"),
    "withdrawn": (lazy_gettext("Withdrawn"), "closed"),
}
STATE_NAMES: Mapping[str, tuple[Any, str]] = {
    EditionState.DRAFT: (lazy_gettext("Not open yet"), "attention"),
    EditionState.UPCOMING: (lazy_gettext("Starts soon"), "waiting"),
    EditionState.RUNNING: (lazy_gettext("Running"), "done"),
    EditionState.ENDED: (lazy_gettext("Ended, to be closed"), "attention"),
    EditionState.CLOSED: (lazy_gettext("Closed"), "closed"),
}
OUTCOME_NAMES: Mapping[str, tuple[Any, str]] = {
    Outcome.NEW: (lazy_gettext("New"), "done"),
    Outcome.CHANGED: (lazy_gettext("Changes"), "waiting"),
    Outcome.SAME: (lazy_gettext("Already here"), "neutral"),
    Outcome.WITHDRAWN: (lazy_gettext("Withdrawn"), "closed"),
    Outcome.FAULTY: (lazy_gettext("Left out"), "attention"),
}
COLUMN_NAMES: Mapping[str, Any] = {
    "email": lazy_gettext("E-mail address"),
    "name": lazy_gettext("Name"),
    "organisation": lazy_gettext("Organisation"),
    "organisation_type": lazy_gettext("Kind of organisation"),
    "country": lazy_gettext("Country"),
    "sex": lazy_gettext("Sex"),
    "language": lazy_gettext("Language"),
    "time_zone": lazy_gettext("Time zone"),
    "sponsor": lazy_gettext("Sponsor"),
    "role": lazy_gettext("Role"),
}
ACTION_NAMES: Mapping[str, Any] = {
    "enrolled": lazy_gettext("Enrolled"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "taken back": lazy_gettext("Taken back"),
    "role changed": lazy_gettext("Role changed"),
    "sponsors changed": lazy_gettext("Sponsors changed"),
    "invitation link shown": lazy_gettext("Invitation link made"),
    "full_name corrected": lazy_gettext("Name corrected"),
    "organisation corrected": lazy_gettext("Organisation corrected"),
    "organisation_type corrected": lazy_gettext("Kind of organisation corrected"),
    "country corrected": lazy_gettext("Country corrected"),
    "address corrected": lazy_gettext("E-mail address corrected"),
    "address asked": lazy_gettext("New e-mail address, to be confirmed"),
    "address withdrawn": lazy_gettext("New e-mail address withdrawn"),
}


def edition_state(edition: Edition, now: datetime) -> EditionState:
    """The state of an edition on the day that it is there."""
    return state_of(
        opened_at=edition.opened_at,
        closed_at=edition.closed_at,
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        today=now.astimezone(ZoneInfo(edition.time_zone)).date(),
    )


def fault_sentence(fault: Fault) -> str:
    """What is wrong with a line of a list, and how to mend it."""
    column = COLUMN_NAMES.get(fault.value, fault.value)
    sentences = {
        FaultKind.EMAIL_MISSING: _("There is no e-mail address."),
        FaultKind.EMAIL_INVALID: _("“%(value)s” is not an e-mail address.", value=fault.value),
        FaultKind.EMAIL_REPEATED: _("The same address stands in line %(value)s.", value=fault.value),
        FaultKind.NAME_MISSING: _("There is no name."),
        FaultKind.TOO_LONG: _("“%(column)s” is too long.", column=column),
        FaultKind.UNKNOWN_ORGANISATION_TYPE: _(
            "“%(value)s” is no kind of organisation. Write government, employers, workers, ngo, international, training or other.",
            value=fault.value,
        ),
        FaultKind.UNKNOWN_COUNTRY: _(
            "“%(value)s” is no country. Write its name or its code of two letters.", value=fault.value
        ),
        FaultKind.UNKNOWN_SEX: _("“%(value)s” is not understood. Write female or male, or leave it empty.", value=fault.value),
        FaultKind.UNKNOWN_LANGUAGE: _(
            "The pages do not exist in “%(value)s”. Write %(codes)s.", value=fault.value, codes=_codes_of_languages()
        ),
        FaultKind.UNKNOWN_TIME_ZONE: _(
            "“%(value)s” is no time zone. Write it like Africa/Dakar, or leave it empty.", value=fault.value
        ),
        FaultKind.UNKNOWN_SPONSOR: _(
            "There is no sponsor “%(value)s”. Add it under Settings first, or correct its code.", value=fault.value
        ),
        FaultKind.UNKNOWN_ROLE: _(
            "“%(value)s” is no role. Write participant, tutor, coordinator or sponsor-viewer.", value=fault.value
        ),
        FaultKind.COORDINATOR_ROLE: _("This person coordinates the edition. Change that on their own page."),
    }  # fmt: skip
    return str(sentences[fault.kind])


def _codes_of_languages() -> str:
    return format_list(current_app.config["INTERFACE_LANGUAGES"], style="or", locale=get_locale())


def renderer_words() -> Words:
    """What the renderer of lessons adds by itself, in the language of the page."""
    return Words(
        notes=_("Notes"),
        note=_("Note %(number)s", number="{}"),
        back=_("Back to note %(number)s in the text", number="{}"),
        boxes=(
            ("persona", _("A person")),
            ("example", _("An example")),
            ("key", _("What to remember")),
            ("practice", _("Try it")),
            ("note", _("Note")),
            ("video", _("A film")),
        ),
        transcript=_("What is said and shown"),
    )
