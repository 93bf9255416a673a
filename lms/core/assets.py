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
ALREADY_SMALL = (".png",)
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


# A comment beside code; one with a quotation mark in it stays, since it might be part of a text.
_BESIDE = re.compile(r"(?<=[;{},)])\s+// [^\"'`]*$")
# The reason why nothing is done about a failure.
_ALONE = re.compile(r"(?<=catch \{) /\* [^*\"'`]* \*/ (?=\})")


# What stays as it is: texts in quotation marks, templates with all that stands in them, regular expressions.
_LITERAL = re.compile(
    r""" "(?:[^"\\]|\\.)*"
    | '(?:[^'\\]|\\.)*'
    | `(?:[^`\\$] | \\. | \$(?!\{) | \$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\})*`
    | (?<=[(,=:\[!&|?{};\n>])[ ]*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/[a-z]*
    """,
    re.VERBOSE,
)
# Beside these a space means nothing; beside + and - it may: “a + +b” is not “a++b”. Ends of lines stay: some end statements.
_SPACED = re.compile(r" *([{}()\[\];,:?=<>&|!*]) *")


def smaller_js(source: str) -> str:
    """A script without comments on lines of their own or beside code, and without spaces that mean nothing.

    No text in it may run over a line's end.
    """
    lines = (_ALONE.sub("", _BESIDE.sub("", line.strip())) for line in source.splitlines())
    script = "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
    pieces, end = [], 0
    for literal in _LITERAL.finditer(script):
        pieces += [_SPACED.sub(r"\1", script[end : literal.start()]), literal[0].lstrip(" ")]
        end = literal.end()
    return "".join([*pieces, _SPACED.sub(r"\1", script[end:])])


_SMALLER = {".css": smaller_css, ".js": smaller_js}


def content_to_send(path: Path) -> bytes:
    """What a browser gets of a static file, before compression."""
    smaller = _SMALLER.get(path.suffix)
    return path.read_bytes() if smaller is None else smaller(path.read_text(encoding="utf-8")).encode()


def compress_static(folder: Path) -> None:
    """Write the compressed forms of all files in a folder anew."""
    for path in sorted(folder.iterdir()):
        if path.suffix in COMPRESSED:
            path.unlink()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix not in ALREADY_SMALL:
            content = content_to_send(path)
            path.with_name(path.name + ".br").write_bytes(brotli.compress(content, quality=11))
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


if __name__ == "__main__":
    compress_static(STATIC)
