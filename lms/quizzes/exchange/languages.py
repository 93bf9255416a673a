"""Texts in several languages inside one text of Moodle: the spans of its multi-language filter."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SPAN = re.compile(
    r"<(?:span\b(?=[^>]*\bmultilang\b)|lang\b)(?=[^>]*\blang\s*=\s*[\"']([A-Za-z]{2,3})[^\"']*[\"'])[^>]*>(.*?)</(?:span|lang)>",
    re.DOTALL | re.IGNORECASE,
)
_BRACES = re.compile(r"\{mlang\s+([A-Za-z]{2,3})\w*\}(.*?)\{mlang\}", re.DOTALL)


def parts_by_language(text: str) -> Mapping[str, str]:
    """The text by language where it holds several, otherwise nothing. What stands outside belongs to all of them."""
    if "multilang" not in text and "mlang" not in text and "<lang " not in text:
        return {}
    pattern = _BRACES if "{mlang" in text else _SPAN
    languages = list(dict.fromkeys(code.lower() for code, _inner in pattern.findall(text)))
    if len(languages) < 2:
        return {}
    return {
        language: pattern.sub(lambda found: found[2] if found[1].lower() == language else "", text)  # noqa: B023  used at once
        for language in languages
    }


def join_languages(texts: Mapping[str, str]) -> str:
    """One text of Moodle that shows each reader their language."""
    return "".join(
        f'<span lang="{language}" class="multilang">{text}</span>' for language, text in texts.items() if text
    )
