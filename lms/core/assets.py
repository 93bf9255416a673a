"""Makes the static files small for slow lines: beside each stands its compressed form, which browsers get.

Run by ``make`` (``python -m lms.core.assets``). What browsers get differs from the source in white space and comments
only, so that the stylesheet can be read by people and still weigh little.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli

STATIC = Path(__file__).parents[1] / "static"
COMPRESSED = (".br", ".gz")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# White space beside these means nothing in a stylesheet. Before a colon it may: “.a :is(b)” is not “.a:is(b)”.
_AROUND = re.compile(r"\s*([{};,>])\s*")


def smaller_css(source: str) -> str:
    """A stylesheet without comments and the white space that means nothing.

    Strings and addresses in it must not hold two spaces in a row, nor a space beside ``{ } ; , >``.
    """
    css = _COMMENT.sub("", source)
    css = _AROUND.sub(r"\1", css)
    css = re.sub(r"\s+", " ", css).replace(": ", ":").replace(";}", "}")
    return css.strip()


def content_to_send(path: Path) -> bytes:
    """What a browser gets of a static file, before compression."""
    return smaller_css(path.read_text(encoding="utf-8")).encode() if path.suffix == ".css" else path.read_bytes()


def compress_static(folder: Path) -> None:
    """Write the compressed forms of all files in a folder anew."""
    for path in sorted(folder.iterdir()):
        if path.suffix in COMPRESSED:
            path.unlink()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            content = content_to_send(path)
            path.with_name(path.name + ".br").write_bytes(brotli.compress(content, quality=11))
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


if __name__ == "__main__":
    compress_static(STATIC)
