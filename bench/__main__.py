"""Runs every benchmark, one line a figure."""

from __future__ import annotations

from bench import classes, exchange, killed, marking, quiz_flow, rush, similarity

if __name__ == "__main__":
    quiz_flow.main()
    rush.main()
    killed.main()
    classes.main()
    similarity.main()
    marking.main()
    exchange.main()
