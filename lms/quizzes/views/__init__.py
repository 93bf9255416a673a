"""The pages of quizzes: sitting one, and for those who teach its settings, accommodations and attempts."""

from lms.quizzes.views import accommodations as accommodations
from lms.quizzes.views import items as items
from lms.quizzes.views import regrading as regrading
from lms.quizzes.views import settings as settings
from lms.quizzes.views import sitting as sitting
from lms.quizzes.views import teaching as teaching
from lms.quizzes.views.blueprint import blueprint

__all__ = ["blueprint"]
