"""What the product's server and the limit's have alike: how a worker keeps its memory. No jobs run beside a benchmark."""

from __future__ import annotations

import runpy
from pathlib import Path

_PRODUCT = runpy.run_path(str(Path(__file__).parent.parent / "gunicorn.conf.py"))


def post_worker_init(worker: object) -> None:
    """Settle the worker's memory as the product's server does; the limit's worker is treated the same."""
    _PRODUCT["settle_memory"]()
