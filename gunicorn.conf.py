"""How the server runs: threads for people who wait on slow lines, and the jobs beside them where so configured."""

from __future__ import annotations

import gc
import multiprocessing
import os

bind = os.environ.get("LMS_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("LMS_WORKERS", min(4, multiprocessing.cpu_count())))
threads = int(os.environ.get("LMS_THREADS", "4"))
timeout = 60
graceful_timeout = 20
keepalive = 15
accesslog = os.environ.get("LMS_ACCESS_LOG") or None
errorlog = "-"
loglevel = "warning"


def settle_memory() -> None:
    """Take what a worker has imported out of the garbage collector's sight, and let it look less often.

    The app's modules and templates live as long as the worker; going through them again and again frees nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def post_worker_init(worker: object) -> None:
    """Start the jobs in a thread of this worker: claims are leased, so any number of them is safe."""
    settle_memory()
    from lms.core.jobs import start_embedded_worker
    from wsgi import app

    if app.config["EMBEDDED_WORKER"]:
        start_embedded_worker(app)
