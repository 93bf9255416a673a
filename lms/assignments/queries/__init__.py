"""Reads of groups, tasks, drafts, submissions and marking."""

from lms.assignments.queries.groups import group_of, people_without_group
from lms.assignments.queries.marking import waiting_counts
from lms.assignments.queries.work import task_states

__all__ = ["group_of", "people_without_group", "task_states", "waiting_counts"]
