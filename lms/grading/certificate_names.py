"""What certificates are called, in the reader's language where the kind is a usual one."""

from __future__ import annotations

from flask_babel import gettext as _

from lms.core.i18n import EVERY_LANGUAGE
from lms.core.web import interface_language
from lms.courses.domain.content import Text

# The kinds that every course has, by what they are called in English.
_STANDARD = {
    "Certificate of Achievement": lambda: _("Certificate of Achievement"),
    "Certificate of Participation": lambda: _("Certificate of Participation"),
}
_ENGLISH = {"achievement": "Certificate of Achievement", "participation": "Certificate of Participation"}


def certificate_title(title: Text, kind: str = "") -> Text:
    """What a certificate is called; in the reader's language too where the course does not say it, if the kind is a usual one.

    Args:
        kind: the certificate's key, where its title in English is not at hand.
    """
    language = interface_language()
    standard = _STANDARD.get(_ENGLISH.get(kind, title.get("en", "")))
    if standard is None or language in title or EVERY_LANGUAGE in title:
        return title
    return {**title, language: str(standard())}
