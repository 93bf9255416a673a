"""Runs the benchmarks, one line a figure: all of them, or those that are named (``python -m bench killed rush``).

On PostgreSQL too where ``BENCH_POSTGRESQL_URL`` names a server.
"""

from __future__ import annotations

import sys

from bench import classes, exchange, killed, marking, quiz_flow, rush, similarity

BENCHMARKS = {
    "quiz_flow": quiz_flow.main,
    "rush": rush.main,
    "killed": killed.main,
    "classes": classes.main,
    "similarity": similarity.main,
    "marking": marking.main,
    "exchange": exchange.main,
}

if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.")
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
