"""What other features do when a release is imported or an edition created, in the order of their layers.

Features above ``courses`` add themselves when the app is built, so that ``courses`` need not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from lms.courses.models import CourseRelease, Edition

ReleaseHook = Callable[[CourseRelease, datetime], None]
EditionHook = Callable[[Edition, CourseRelease, datetime], None]
OpeningCheck = Callable[[Edition], Sequence[str]]

# By feature name, so that building the app twice in a process registers nothing twice.
_on_release: dict[str, ReleaseHook] = {}
_on_edition: dict[str, EditionHook] = {}
_on_opening: dict[str, OpeningCheck] = {}


def on_release_imported(feature: str, hook: ReleaseHook) -> None:
    """Call the hook, in the importing transaction, with each new release."""
    _on_release[feature] = hook


def on_edition_created(feature: str, hook: EditionHook) -> None:
    """Call the hook, in the creating transaction, with each new edition and its release."""
    _on_edition[feature] = hook


def on_edition_opening(feature: str, check: OpeningCheck) -> None:
    """Ask the check, before an edition is opened, for sentences that say what is still missing."""
    _on_opening[feature] = check


def release_imported(release: CourseRelease, now: datetime) -> None:
    """Tell the features."""
    for hook in _on_release.values():
        hook(release, now)


def edition_created(edition: Edition, release: CourseRelease, now: datetime) -> None:
    """Tell the features."""
    for hook in _on_edition.values():
        hook(edition, release, now)


def missing_before_opening(edition: Edition) -> list[str]:
    """What the features say is still missing."""
    return [sentence for check in _on_opening.values() for sentence in check(edition)]
