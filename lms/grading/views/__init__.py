"""The pages: a participant's results; the gradebook, its cells, its persons, its scheme and its releases."""

from lms.grading.views import amendments, cell, gradebook, releases, results, scheme, sheets
from lms.grading.views.blueprint import blueprint

__all__ = ["amendments", "blueprint", "cell", "gradebook", "releases", "results", "scheme", "sheets"]
