"""Reads of schemes, deadlines and standings."""

from lms.grading.queries.deadlines import Extensions, enrolments_of_group, extended_deadline, get_extensions
from lms.grading.queries.schemes import (
    forget_schemes,
    get_item,
    get_items,
    get_participant,
    get_scheme,
    scheme_of,
    scheme_of_version,
)
from lms.grading.queries.standings import (
    CLEARED,
    TAKEN_BACK,
    Latest,
    Standing,
    class_results,
    history,
    name_order,
    standing_of,
)

__all__ = [
    "CLEARED",
    "TAKEN_BACK",
    "Extensions",
    "Latest",
    "Standing",
    "class_results",
    "enrolments_of_group",
    "extended_deadline",
    "forget_schemes",
    "get_extensions",
    "get_item",
    "get_items",
    "get_participant",
    "get_scheme",
    "history",
    "name_order",
    "scheme_of",
    "scheme_of_version",
    "standing_of",
]
