"""Pages of group work, assignments and marking."""

from lms.assignments.views import (
    allocating,
    bank,
    files,
    forming,
    groups,
    history,
    marking,
    peer,
    room,
    sheets,
    sign_up,
    similarity,
    tasks,
    teams,
    veiled_files,
    work,
    workspace,
)
from lms.assignments.views.blueprint import blueprint

__all__ = [
    "allocating",
    "bank",
    "blueprint",
    "files",
    "forming",
    "groups",
    "history",
    "marking",
    "peer",
    "room",
    "sheets",
    "sign_up",
    "similarity",
    "tasks",
    "teams",
    "veiled_files",
    "work",
    "workspace",
]
