"""The pages: a participant's results; the gradebook, its cells, its persons and its releases."""

from lms.grading.views import cell, gradebook, releases, results
from lms.grading.views.blueprint import blueprint

__all__ = ["blueprint", "cell", "gradebook", "releases", "results"]
