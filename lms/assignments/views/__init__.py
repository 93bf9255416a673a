"""Pages of group work, assignments and marking."""

from lms.assignments.views import files, groups, marking, teams, work
from lms.assignments.views.blueprint import blueprint

__all__ = ["blueprint", "files", "groups", "marking", "teams", "work"]
