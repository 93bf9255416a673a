"""The blueprint that the pages hang on."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("grading", __name__)
