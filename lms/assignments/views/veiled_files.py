"""Uploaded documents for those who mark without names."""

from __future__ import annotations

import io

from flask import send_file
from sqlalchemy import true
from werkzeug.wrappers import Response

from lms.assignments.anonymising import without_author
from lms.assignments.queries.assessments import code_for, scheme_of
from lms.assignments.queries.submissions import get_submission
from lms.assignments.views.blueprint import blueprint
from lms.core.access import allow
from lms.core.errors import NotFound
from lms.core.files import read_file
from lms.courses.access import current_member, teachers


@blueprint.get("/editions/<code>/marking/<int:submission_id>/documents/<int:part>")
@allow(teachers)
def veiled_file(code: str, submission_id: int, part: int) -> Response:
    """The document of one part under the code of the work, without what its program noted of its author."""
    submission = get_submission(current_member().edition.id, submission_id, true())
    scheme = scheme_of(submission.assignment_id)
    chosen = next((one for one in submission.parts if one.position == part and one.file is not None), None)
    if chosen is None or chosen.file is None or not scheme.is_anonymous:
        raise NotFound
    kind = chosen.file.name.rpartition(".")[2].lower()
    content = without_author(read_file(chosen.file), kind)
    name = f"{code_for(scheme, submission)}-{part + 1}.{kind}"
    response = send_file(io.BytesIO(content), mimetype=chosen.file.media_type, as_attachment=True, download_name=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
