"""Runs every benchmark, one line a figure."""

from __future__ import annotations

from bench import classes, quiz_flow

if __name__ == "__main__":
    quiz_flow.main()
    classes.main()
