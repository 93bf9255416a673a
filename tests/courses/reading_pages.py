"""What the tests of the reading pages share."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from lms.core.db import db
from lms.courses.domain.content import CourseContent
from lms.courses.services import import_release
from tests.factories import Cast


def release(cast: Cast, now: datetime, **changes: Any) -> CourseContent:
    """A new release of the small course, in both editions."""
    content = replace(cast.content, **changes)
    import_release(content, actor=None, now=now)
    db.session.commit()
    return content


def with_body(cast: Cast, now: datetime, body: dict[str, str]) -> None:
    """Lesson 1 of module 1 with these words."""
    module = cast.content.modules[0]
    title = dict.fromkeys(body, "Lesson 1.1")
    lesson = replace(module.lessons[0], body=body, title=title, minutes=dict.fromkeys(body, 7))
    release(cast, now, modules=(replace(module, lessons=(lesson, module.lessons[1])), *cast.content.modules[1:]))


def text_of(response: Any) -> str:
    """What one reads, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))
