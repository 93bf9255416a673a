"""The words of audiences, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core.i18n import LANGUAGE_NAMES, Text
from lms.core.web import plain_filter
from lms.grading.domain.scheme import GradingScheme
from lms.grading.wording import status_label
from lms.messages.domain import NO_GROUP, OVERDUE, Audience, Presence

PRESENCES = {
    Presence.BEHIND: _l("May need a word: missed something that is closed, or quiet"),
    Presence.QUIET: _l("Quiet for a week: no lesson done and no sign-in"),
    Presence.NEVER: _l("Never signed in"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the things of an edition are called by which people are chosen; ``work`` and ``groups`` by key and number."""

    scheme: GradingScheme
    work: Mapping[str, Text]
    groups: Mapping[str, str]

    def of_work(self, key: str) -> str:
        """Work that is not done."""
        if key == OVERDUE:
            return str(_("Anything whose time is over"))
        return plain_filter(self.work[key]) if key in self.work else key

    def of_outcome(self, status: str) -> str:
        """What an edition that closed today would give."""
        return status_label(status, self.scheme)

    def of_group(self, group: str) -> str:
        """A group, or being in none."""
        return str(_("in no group")) if group == NO_GROUP else self.groups.get(group, group)

    def of_audience(self, audience: Audience) -> str:
        """Whom a letter is for, a phrase for each thing that was asked."""
        parts = []
        if audience.work:
            parts.append(_("not done: %(work)s", work=self.of_work(audience.work)))
        if audience.presence in PRESENCES:
            parts.append(str(PRESENCES[Presence(audience.presence)]))
        if audience.outcome:
            parts.append(_("if it closed today: %(result)s", result=self.of_outcome(audience.outcome)))
        if audience.sponsor:
            parts.append(_("financed by %(sponsor)s", sponsor=audience.sponsor))
        if audience.group:
            parts.append(self.of_group(audience.group))
        if audience.language:
            parts.append(of_language(audience.language))
        return " · ".join(parts) or str(_("all participants"))


def of_language(code: str) -> str:
    """A language, in itself."""
    return LANGUAGE_NAMES.get(code, code)
