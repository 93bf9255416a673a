"""The twin of a letter in HTML: the same words, its address as a button that a thumb can hit, in the letter's direction.

Mail programmes on phones show plain text in Arabic from left to right, and break addresses that are longer than a line.
"""

from __future__ import annotations

import re
import unicodedata
from email.message import EmailMessage

from markupsafe import Markup, escape

from lms.core.i18n import direction_of

# Where a letter ends and its foot begins; see templates/emails/foot.txt.
_FOOT = "\n--\n"
_ADDRESS = re.compile(r"https?://\S+")
_STYLES = {
    "body": "margin:0;padding:16px;background:#faf7f0;color:#1d2433;font:16px/1.5 sans-serif",
    "button": "display:inline-block;padding:10px 18px;background:#2b3a67;color:#fff;border-radius:6px;text-decoration:none",
    "foot": "color:#5b6275;font-size:14px",
}
_WHOLE = Markup(
    '<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{subject}</title></head>\n'
    '<body style="{style}">\n<div dir="{direction}" lang="{language}" style="max-width:36em;margin:0 auto">\n{parts}\n</div>\n</body>\n</html>\n'
)


def add_twin(letter: EmailMessage, language: str, own_address: str) -> None:
    """Put the twin beside the text of a letter, which stays as it is.

    Args:
        own_address: with what our own addresses begin. Only they become links: what somebody wrote stays their words.
    """
    text = letter.get_body(("plain",))
    assert isinstance(text, EmailMessage)
    html = _html_of(str(letter["Subject"]), text.get_content(), language, f"{own_address}/")
    text.add_alternative(html, subtype="html")


def _html_of(subject: str, text: str, language: str, own: str) -> str:
    body, foot = _part_foot(text)
    paragraphs = [part.split("\n") for part in re.split(r"\n\s*\n", body.strip())]
    # The address to which the letter leads is the last; what somebody wrote stands before it.
    last = max((number for number, lines in enumerate(paragraphs) if _is_own(lines[-1], own)), default=-1)
    parts = [_paragraph(lines, language, own, has_button=number == last) for number, lines in enumerate(paragraphs)]
    if foot.strip():
        parts.append(_paragraph(foot.strip().split("\n"), language, own, style=_STYLES["foot"]))
    return _WHOLE.format(
        language=language, direction=direction_of(language), subject=subject, style=_STYLES["body"],
        parts=Markup("\n").join(parts),
    )  # fmt: skip


def _part_foot(text: str) -> tuple[str, str]:
    """The letter and its foot: the last paragraph, below the last line of hyphens; people put such lines into messages too."""
    body, _line, foot = f"\n{text.strip()}\n".rpartition(_FOOT)
    is_foot = bool(body) and "\n\n" not in foot.strip()
    return (body, foot) if is_foot else (text, "")


def _is_own(line: str, own: str) -> bool:
    return line.strip().startswith(own) and _ADDRESS.fullmatch(line.strip()) is not None


def _paragraph(lines: list[str], language: str, own: str, *, style: str = "", has_button: bool = False) -> Markup:
    direction = _direction("\n".join(lines), direction_of(language))
    marks = Markup(' dir="{}"').format(direction) if direction else Markup()
    marks += Markup(' style="{}"').format(style) if style else Markup()
    if not has_button:
        return Markup("<p{}>{}</p>").format(marks, Markup("<br>\n").join(_line(line, own) for line in lines))
    # “Read it there and answer:” is what the button says; alone, the address speaks for itself.
    label = lines[-2].strip().rstrip(":").rstrip() if len(lines) > 1 else lines[-1].strip()
    before = Markup("<br>\n").join(_line(line, own) for line in lines[:-2])
    return Markup('{}<p{}><a href="{}" style="{}">{}</a></p>').format(
        Markup("<p{}>{}</p>\n").format(marks, before) if before else Markup(),
        marks, lines[-1].strip(), _STYLES["button"], label,
    )  # fmt: skip


def _line(line: str, own: str) -> Markup:
    if not _is_own(line, own):
        return escape(line)
    return Markup('<a href="{0}" dir="ltr">{0}</a>').format(line.strip())


def _direction(text: str, usual: str) -> str:
    """The direction of a paragraph that holds no letter of the letter's own; empty for all others."""
    words = _ADDRESS.sub("", text)
    found = {
        "ltr" if kind == "L" else "rtl" for kind in map(unicodedata.bidirectional, words) if kind in ("L", "R", "AL")
    }
    return "" if usual in found or not found else found.pop()
