"""Words for the forums of an edition and the people in them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from lms.core.i18n import Text
from lms.core.web import plain_filter, text_filter
from lms.forums.domain.places import ANNOUNCEMENTS, GENERAL


def forum_title(key: str, module_title: Text | None) -> Markup:
    """A forum as people read it; a module's goes by the module."""
    if key == ANNOUNCEMENTS:
        return escape(_("Announcements"))
    if key == GENERAL:
        return escape(_("About the whole course"))
    return text_filter(module_title) if module_title else escape(_("A module that is no longer in the course"))


def plain_forum_title(key: str, module_title: Text | None) -> str:
    """The same without marks, for titles of pages and for lists to choose from."""
    return plain_filter(module_title) if module_title else str(forum_title(key, None))


def author_name(author: Any, is_by_tutor: bool) -> str:
    """Who wrote something; whoever was erased keeps the role in which they wrote it."""
    if author is not None:
        return str(author.full_name)
    return str(_("Somebody who taught here") if is_by_tutor else _("Former participant"))
