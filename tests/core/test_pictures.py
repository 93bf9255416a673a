"""Pictures become small and discreet, once."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from lms.core.pictures import HEAVY_BYTES, MOST_PIXELS_A_SIDE, smaller_picture

GPS = 0x8825
ORIENTATION = 0x0112


def picture(
    kind: str, size: tuple[int, int] = (40, 30), *, exif: Image.Exif | None = None, noisy: bool = False
) -> bytes:
    """A picture of one colour, or of noise, which nothing makes small."""
    image = Image.new("RGB", size, "#2b3a67")
    if noisy:
        image = Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))
    target = io.BytesIO()
    image.save(
        target, kind, **({"exif": exif} if exif is not None else {}), **({"quality": 95} if kind == "JPEG" else {})
    )
    return target.getvalue()


def taken_in_bamako() -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    exif[0x010F] = "A phone"
    exif[ORIENTATION] = 6
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_small_picture_without_a_story_stays_as_it_is(kind: str) -> None:
    content = picture(kind)
    assert smaller_picture(content, f"image/{kind.lower()}") == (content, f"image/{kind.lower()}")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_place_goes_and_the_picture_stands_upright(kind: str) -> None:
    small, media_type = smaller_picture(picture(kind, exif=taken_in_bamako()), f"image/{kind.lower()}")
    assert media_type == "image/webp"
    with Image.open(io.BytesIO(small)) as again:
        assert not again.getexif()
        assert again.size == (30, 40)
    assert b"A phone" not in small


def test_a_wide_picture_becomes_as_wide_as_a_screen() -> None:
    small, _kind = smaller_picture(picture("PNG", (4000, 1000)), "image/png")
    with Image.open(io.BytesIO(small)) as again:
        assert again.size == (MOST_PIXELS_A_SIDE, 400)


def test_a_heavy_picture_becomes_lighter() -> None:
    content = picture("JPEG", (700, 700), noisy=True)
    assert len(content) > HEAVY_BYTES
    assert len(smaller_picture(content, "image/jpeg")[0]) < len(content)


@pytest.mark.parametrize(
    "content",
    [picture("PNG", (4000, 100)), picture("JPEG", (700, 700), noisy=True), picture("JPEG", exif=taken_in_bamako())],
    ids=["wide", "heavy", "telling"],
)
def test_what_was_made_small_is_not_made_again(content: bytes) -> None:
    once = smaller_picture(content, "image/png")
    assert smaller_picture(*once) == once


def test_what_gaps_a_picture_has_stay_gaps() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (2000, 10), (0, 0, 0, 0)).save(target, "PNG")
    small, _kind = smaller_picture(target.getvalue(), "image/png")
    with Image.open(io.BytesIO(small)) as again:
        assert again.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 40], ids=["empty", "begun", "broken"]
)
def test_what_cannot_be_read_stays_as_it_is(content: bytes) -> None:
    assert smaller_picture(content, "image/png") == (content, "image/png")
