"""Evaluation questionnaires, anonymous by construction, with their summary and export."""
