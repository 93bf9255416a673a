"""One line a figure: its name, the figure, the target, and whether it is met."""

from __future__ import annotations


def report(name: str, value: float, unit: str, target: str = "", met: bool | None = None) -> None:
    """Print a line; ``met`` is ``None`` where there is nothing to meet."""
    verdict = "" if met is None else ("  met" if met else "  MISSED")
    figure = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
    print(f"{name:<58} {figure:>12} {unit:<10} {target}{verdict}", flush=True)
