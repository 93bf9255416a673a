"""The pages of forums: reading, writing, moderating, searching."""

from lms.forums.views import moderating as moderating
from lms.forums.views import reading as reading
from lms.forums.views import searching as searching
from lms.forums.views import writing as writing
from lms.forums.views.blueprint import blueprint

__all__ = ["blueprint"]
