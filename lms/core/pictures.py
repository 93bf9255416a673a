"""Pictures as they are sent to phones: no larger than a screen, and without what they tell of where they were taken."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS_A_SIDE = 1600
# A photograph of a screen's size needs no more.
HEAVY_BYTES = 300 * 1024
QUALITY = 80
# Where cameras and phones write the place, the time and their number.
_TELLING = ("exif", "xmp", "photoshop", "comment", "XML:com.adobe.xmp", "Raw profile type exif")


def smaller_picture(content: bytes, media_type: str) -> tuple[bytes, str]:
    """The picture and its media type as it is kept: made again as WebP where it is too wide, too heavy or tells too much.

    What comes out goes in again unchanged. Moving pictures and what cannot be read stay as they are.

    Args:
        content: a picture whose kind and size have been looked at before: it is unfolded here.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if getattr(picture, "is_animated", False) or not _needs_work(picture, content, media_type):
                return content, media_type
            return _written_again(picture, media_type), "image/webp"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return content, media_type


def _needs_work(picture: Image.Image, content: bytes, media_type: str) -> bool:
    tells = any(picture.info.get(name) for name in _TELLING) or bool(picture.getexif())
    is_heavy = media_type != "image/webp" and len(content) > HEAVY_BYTES
    return tells or is_heavy or max(picture.size) > MOST_PIXELS_A_SIDE


def _written_again(picture: Image.Image, media_type: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)  # the turn is told by what is taken away
    has_gaps = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    drawn = upright.convert("RGBA" if has_gaps else "RGB")
    drawn.thumbnail((MOST_PIXELS_A_SIDE, MOST_PIXELS_A_SIDE), Image.Resampling.LANCZOS)
    drawn.info.clear()  # a writer takes from here what it finds
    # Lines and letters of a drawing stay sharp where that costs nothing; a photograph loses what nobody sees.
    forms = [_webp(drawn, lossless=False)] + ([_webp(drawn, lossless=True)] if media_type != "image/jpeg" else [])
    exact = forms[-1]
    return exact if len(exact) <= HEAVY_BYTES // 2 else min(forms, key=len)


def _webp(picture: Image.Image, *, lossless: bool) -> bytes:
    target = io.BytesIO()
    picture.save(target, "WEBP", quality=QUALITY, lossless=lossless, method=4, exif=b"", xmp=b"")
    return target.getvalue()
