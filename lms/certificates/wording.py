"""The words of a certificate, in the edition's language, from facts of the edition and the person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from lms.certificates.domain import grouped
from lms.core.i18n import date_pattern, localise
from lms.courses.domain.content import CourseContent, TierPlan
from lms.courses.models import Edition


def dates_between(first: date, last: date, language: str) -> str:
    """Both days in words, what they share said once: “24 October – 2 December 2022”."""
    if (first.year, first.month) == (last.year, last.month):
        start = _dated(first, "d", language)
    elif first.year == last.year:
        start = _dated(first, "d MMMM", language)
    else:
        start = day_in_words(first, language)
    return f"{start} – {day_in_words(last, language)}"


def day_in_words(day: date, language: str) -> str:
    """A day as a certificate says it: “12 December 2022”."""
    return _dated(day, "d MMMM y", language)


def _dated(day: date, pattern: str, language: str) -> str:
    return format_date(day, date_pattern(pattern, language, day), locale=_dated_as(language))


def _dated_as(language: str) -> str:
    # Plain English means American dates to the locale data, and an international course is dated day first.
    return "en_GB" if language == "en" else language


def certificate_language(edition: Edition) -> str:
    """The language in which an edition's certificates are printed: its first."""
    return edition.languages[0]


def printed_facts(
    *,
    edition: Edition,
    content: CourseContent,
    tier: TierPlan,
    name: str,
    number: str,
    code: str,
    public_url: str,
    issued_at: datetime,
    reissued_at: datetime | None = None,
) -> dict[str, Any]:
    """Every string on the sheet, as JSON values; kept with the certificate, so that it can be shown as printed.

    Args:
        reissued_at: set where a corrected certificate replaces one; ``issued_at`` is then the first one's date.
    """
    language = certificate_language(edition)
    languages: Sequence[str] = (language, *edition.languages, *content.languages)
    modes = {
        "online": lambda: _("online"),
        "face_to_face": lambda: _("face to face"),
        "blended": lambda: _("online and face to face"),
    }
    statements = {
        "achievement": lambda: _("has successfully completed all the assessments of the course"),
        "participation": lambda: _("has taken part in the course"),
    }
    headings = {
        "achievement": lambda: _("Certificate of Achievement"),
        "participation": lambda: _("Certificate of Participation"),
    }
    title = localise(tier.title, languages)
    with force_locale(language):
        # Where the course has no title in this language, the sheet still speaks one language from its first line on.
        is_ours = title.language in ("", language) or tier.key not in headings
        heading = title.text if is_ours else headings[tier.key]()
        statement = statements.get(tier.key, lambda: _("has completed the course"))()
        hours = ngettext("%(num)s learning hour", "%(num)s learning hours", edition.learning_hours)
        issued = _("Issued on %(day)s", day=day_in_words(issued_at, language))
        if reissued_at is not None:
            issued += " · " + _("reissued on %(day)s", day=day_in_words(reissued_at, language))
        return {
            "language": language,
            "heading": heading,
            "awarded_to": _("This is to certify that"),
            "name": name,
            "statement": statement,
            "course": localise(edition.title, languages).text,
            "dates": dates_between(edition.starts_on, edition.ends_on, language),
            "details": " · ".join(
                (hours, modes.get(edition.mode, modes["online"])(), _("edition %(code)s", code=edition.code))
            ),
            "signatures": [[one.name, localise(one.title, languages).text] for one in content.signatories],
            "issued": issued,
            "number": number,
            "code": grouped(code),
            "verify_hint": _("Check it at %(address)s", address=f"{public_url.partition('://')[2]}/certificates"),
            "verify_url": f"{public_url}/certificates/{code}",
        }
