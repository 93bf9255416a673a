"""Pictures in questions: known by the digest of their bytes, referred to from Markdown as ``picture:<digest>``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SCHEME = "picture:"
MAX_PICTURE_BYTES = 2 * 1024 * 1024
# What a browser would have to unfold in its memory: a small file can describe a wall.
MAX_PIXELS = 25_000_000

_REFERENCE = re.compile(r"picture:([0-9a-f]{64})")
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


class PictureFault(ValueError):
    """The bytes are no picture that is taken in; the argument is ``size``, ``pixels``, ``svg`` or ``kind``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a picture, of a kind that a browser only ever draws."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal: the picture's name everywhere."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def file_name(self) -> str:
        """A name for an exported file: the digest's beginning and the ending of its kind."""
        return f"{self.digest}.{_ENDINGS[self.media_type]}"


def read_picture(content: bytes) -> Picture:
    """The picture that the bytes are, whatever name they came under.

    Raises:
        PictureFault: for anything but PNG, JPEG, GIF and WebP, and for what is too large.
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise PictureFault("size")
    found = _kind_and_size(content)
    if found is None:
        raise PictureFault("svg" if b"<svg" in content[:2000].lower() else "kind")
    media_type, width, height = found
    if width * height > MAX_PIXELS:
        raise PictureFault("pixels")
    return Picture(content, media_type)


def _kind_and_size(content: bytes) -> tuple[str, int, int] | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png", int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) > 10:
        return "image/gif", int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp", *_webp_size(content)
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", *_jpeg_size(content)
    return None


def _webp_size(content: bytes) -> tuple[int, int]:
    # The three forms of the container: https://developers.google.com/speed/webp/docs/riff_container
    form = content[12:16]
    if form == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height from the frame header; nothing where there is none, which no browser draws."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return 0, 0


def digests_in(value: Any) -> Iterator[str]:
    """The digests of the pictures that a document refers to, wherever its texts stand."""
    if isinstance(value, str):
        if SCHEME in value:
            yield from _REFERENCE.findall(value)
    elif isinstance(value, dict):
        for part in value.values():
            yield from digests_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from digests_in(part)
