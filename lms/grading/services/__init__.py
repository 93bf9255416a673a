"""What changes grades: schemes, the ledger, decisions by hand, extensions, releases."""

from lms.grading.services.decisions import excuse, lift_decision, override_points
from lms.grading.services.extensions import grant_extension
from lms.grading.services.ledger import EXCUSE, OVERRIDE, post_entry
from lms.grading.services.notices import tell_of_marks
from lms.grading.services.releases import release_items
from lms.grading.services.schemes import create_scheme, post_deadline

__all__ = [
    "EXCUSE",
    "OVERRIDE",
    "create_scheme",
    "excuse",
    "grant_extension",
    "lift_decision",
    "override_points",
    "post_deadline",
    "post_entry",
    "release_items",
    "tell_of_marks",
]
