"""Draws the icons of the installed app from the mark's own lines; run after the mark changes (``python -m lms.core.icons``).

The same figure as lms/static/mark.svg, smaller on its ground, so that a phone may cut the ground to its own shape.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).parents[1] / "static"
SIZES = (192, 512)
INDIGO, WHITE, OCHRE = "#2b3a67", "#ffffff", "#eab04a"
# On the mark's own 32 by 32 square: a path that returns.
OUTER = ((16, 26), (6, 16), (16, 6), (26, 16), (19.5, 22.5))
INNER = ((19.5, 22.5), (13, 16), (16, 13), (19, 16))
WIDTH = 2.6
# What every phone leaves of the square lies in its middle four fifths.
SHARE = 0.86
FINER = 4


def draw_icon(size: int) -> Image.Image:
    """The icon, ``size`` pixels wide and high."""
    image = Image.new("RGB", (size * FINER, size * FINER), INDIGO)
    pen = ImageDraw.Draw(image)
    scale = size * FINER / 32 * SHARE
    shift = size * FINER * (1 - SHARE) / 2
    for line, colour in ((OUTER, WHITE), (INNER, OCHRE)):
        points = [(x * scale + shift, y * scale + shift) for x, y in line]
        half = WIDTH * scale / 2
        pen.line(points, fill=colour, width=round(2 * half), joint="curve")
        for x, y in points:
            pen.ellipse((x - half, y - half, x + half, y + half), fill=colour)
    return image.resize((size, size), Image.Resampling.LANCZOS).quantize(16)


if __name__ == "__main__":
    for one in SIZES:
        draw_icon(one).save(STATIC / f"icon-{one}.png", optimize=True)
