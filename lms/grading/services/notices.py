"""Mail about results: whom it goes to, in whose language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lms.accounts.models import Person
from lms.core.i18n import localise
from lms.core.outbox import queue_mail
from lms.courses.domain.content import Text
from lms.courses.models import Edition
from lms.grading.queries import get_scheme


def item_titles(edition_id: int) -> dict[str, Text]:
    return {item.key: item.title for item in get_scheme(edition_id)[1].items}


def read_by(person: Person, edition: Edition, text: Text) -> str:
    return localise(text, (person.language, *edition.languages)).text


def notify(template: str, person: Person, edition: Edition, now: datetime, *, key: str, **context: Any) -> bool:
    return queue_mail(
        template, key=key, recipient=person.email, recipient_name=person.full_name, language=person.language, now=now,
        context={
            "code": edition.code, "edition": read_by(person, edition, edition.title),
            "edition_zone": edition.time_zone, "place": edition.place, "person_zone": person.time_zone, **context,
        },
    )  # fmt: skip
