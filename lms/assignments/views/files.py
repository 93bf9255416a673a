"""Uploaded documents, to those who may see the work they belong to."""

from __future__ import annotations

import io

from flask import send_file
from werkzeug.wrappers import Response

from lms.assignments.documents import document_html
from lms.assignments.permissions import visible_drafts, visible_submissions
from lms.assignments.queries.submissions import find_file
from lms.assignments.views.blueprint import blueprint
from lms.core.access import allow
from lms.core.errors import NotFound
from lms.core.files import read_file
from lms.courses.access import current_member, learners_and_teachers

blueprint.add_app_template_filter(document_html, "document")


@blueprint.get("/editions/<code>/files/<key>")
@allow(learners_and_teachers)
def file(code: str, key: str) -> Response:
    """A document as an attachment: a browser never opens it inside this site."""
    member = current_member()
    stored = find_file(member.edition.id, key, visible_submissions(member), visible_drafts(member))
    if stored is None:
        raise NotFound
    response = send_file(
        io.BytesIO(read_file(stored)), mimetype=stored.media_type, as_attachment=True, download_name=stored.name
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
