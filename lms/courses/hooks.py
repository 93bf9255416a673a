"""What other features do when a release is imported, an edition created or its dates moved, in the order of their layers.

Features above ``courses`` add themselves when the app is built, so that ``courses`` need not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.core.i18n import Text
from lms.courses.domain.content import CourseContent
from lms.courses.models import CourseRelease, Edition, Enrolment


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence on a person's page that a coordinator should act on, with the page where that is done."""

    sentence: str
    label: str
    endpoint: str
    arguments: Mapping[str, str]


ReleaseHook = Callable[[CourseRelease, datetime], Sequence[str] | None]
EditionHook = Callable[[Edition, CourseRelease, datetime], None]
# Given a course's id and what its newest release says, returns what it says now, and what whoever exports must know.
ExportHook = Callable[[int, CourseContent], tuple[CourseContent, Sequence[str]]]
OpeningCheck = Callable[[Edition], Sequence[str]]
PersonCheck = Callable[[Enrolment], Sequence[Remark]]

# By feature name, so that building the app twice in a process registers nothing twice.
_on_release: dict[str, ReleaseHook] = {}
_on_edition: dict[str, EditionHook] = {}
_on_export: dict[str, ExportHook] = {}
_on_opening: dict[str, OpeningCheck] = {}
_on_person: dict[str, PersonCheck] = {}


def on_release_imported(feature: str, hook: ReleaseHook) -> None:
    """Call the hook, in the importing transaction, with each new release; it returns what the importer must know."""
    _on_release[feature] = hook


def on_edition_created(feature: str, hook: EditionHook) -> None:
    """Call the hook, in the creating transaction, with each new edition and its release."""
    _on_edition[feature] = hook


def on_course_exported(feature: str, hook: ExportHook) -> None:
    """Ask the hook, before a course is exported, for what was changed since its newest release."""
    _on_export[feature] = hook


def on_edition_opening(feature: str, check: OpeningCheck) -> None:
    """Ask the check, before an edition is opened, for sentences that say what is still missing."""
    _on_opening[feature] = check


def on_person_shown(feature: str, check: PersonCheck) -> None:
    """Ask the check, where a coordinator looks at somebody, for what no longer agrees with what is known of them."""
    _on_person[feature] = check


def remarks_on(enrolment: Enrolment) -> list[Remark]:
    """What the features say of somebody's place in an edition."""
    return [remark for check in _on_person.values() for remark in check(enrolment)]


def release_imported(release: CourseRelease, now: datetime) -> list[str]:
    """Tell the features; return what they have to say about it, in sentences."""
    return [sentence for hook in _on_release.values() for sentence in hook(release, now) or ()]


def content_to_export(course_id: int, content: CourseContent) -> tuple[CourseContent, list[str]]:
    """The course with what the features changed since its newest release, and their remarks in sentences."""
    remarks: list[str] = []
    for hook in _on_export.values():
        content, more = hook(course_id, content)
        remarks += more
    return content, remarks


def edition_created(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Tell the features."""
    for hook in _on_edition.values():
        hook(edition, release, now)


def missing_before_opening(edition: Edition) -> list[str]:
    """What the features say is still missing."""
    return [sentence for check in _on_opening.values() for sentence in check(edition)]


@dataclass(frozen=True, slots=True)
class Dated:
    """Something in an edition that has dates of its own. ``closes_at`` is ``None`` for what happens at one moment."""

    key: str
    title: Text
    opens_at: datetime
    closes_at: datetime | None = None


DatesReader = Callable[[Edition], Sequence[Dated]]
DatesWriter = Callable[[Edition, Dated], None]

_dates: dict[str, tuple[DatesReader, DatesWriter]] = {}


def keep_dates(feature: str, read: DatesReader, write: DatesWriter) -> None:
    """Let a feature's dates be changed with the edition's; ``write`` takes what ``read`` gave, with other instants."""
    _dates[feature] = (read, write)


def read_dates(edition: Edition) -> list[tuple[str, Dated]]:
    """All dates of the features, each with its feature, earliest first."""
    found = [(feature, one) for feature, (read, _write) in _dates.items() for one in read(edition)]
    return sorted(found, key=lambda pair: (pair[1].opens_at, pair[1].closes_at or pair[1].opens_at))


def write_dates(edition: Edition, feature: str, changed: Dated) -> None:
    """Give a feature one of its things with other dates."""
    _dates[feature][1](edition, changed)
