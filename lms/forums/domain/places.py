"""The forums of an edition by their keys: they follow from the edition and its modules, and are stored nowhere."""

from __future__ import annotations

ANNOUNCEMENTS = "announcements"
GENERAL = "general"
_MODULE = "module-"


def forum_of_module(module_key: str) -> str:
    """The key of a module's forum."""
    return f"{_MODULE}{module_key}"


def module_of_forum(forum_key: str) -> str | None:
    """The key of the module to which a forum belongs; ``None`` for the forums of the whole edition."""
    return forum_key.removeprefix(_MODULE) if forum_key.startswith(_MODULE) else None
