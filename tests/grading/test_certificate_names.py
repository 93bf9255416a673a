"""What certificates are called where the course does not speak the reader's language."""

from __future__ import annotations

import pytest
from flask import Flask, g
from flask_babel import force_locale

from lms.grading.certificate_names import certificate_title


@pytest.mark.parametrize(
    ("title", "kind", "language", "called"),
    [
        ({"en": "Certificate of Achievement"}, "", "pt", "Certificado de aproveitamento"),
        ({"en": "Certificate of Participation", "fr": "Attestation"}, "", "ar", "شهادة مشاركة"),
        ({"en": "Certificate of Participation", "fr": "Attestation"}, "", "fr", "Attestation"),
        ({"fr": "Certificat de réussite"}, "achievement", "en", "Certificate of Achievement"),
        ({"en": "Certificate of Honour"}, "", "pt", None),
        ({"und": "CAP"}, "achievement", "pt", None),
    ],
)
def test_a_usual_kind_has_a_name_in_every_language(
    app: Flask, title: dict[str, str], kind: str, language: str, called: str | None
) -> None:
    with app.test_request_context(), force_locale(language):
        g.language = language
        assert certificate_title(title, kind).get(language) == called
