"""Our texts as other tools read them: HTML, or plain words where a format has no more."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from lms.core.i18n import EVERY_LANGUAGE, localise
from lms.core.plain_text import on_one_line
from lms.courses.domain.content import Text
from lms.quizzes.exchange.pictures import SCHEME, Picture
from lms.quizzes.exchange.xml import allowed_in_xml
from lms.quizzes.question_texts import PICTURES, question_html

# Finds a kept picture by its digest; ``None`` where it is gone.
KeptPicture = Callable[[str], Picture | None]

_SOURCE = re.compile(r'src="picture:([0-9a-f]{64})"')
_ALT = re.compile(r'<img\b[^>]*\balt="([^"]*)"[^>]*>')
# What needs the styles of this site, or a place on its pages.
_OWN_CLASSES = re.compile(r' (?:class|id|tabindex|role|loading|scope|aria-label)="[^"]*"')


def html_of(markdown: str) -> str:
    """HTML of a text in its plainest form, as participants see it, pictures as ``picture:<digest>``."""
    html = str(question_html(allowed_in_xml(markdown))).replace(f'src="{PICTURES}', f'src="{SCHEME}')
    return _OWN_CLASSES.sub("", html).strip()


def with_files(html: str, kept: KeptPicture, folder: str, used: dict[str, Picture]) -> str:
    """The HTML with each picture's file in place of its digest; those found are added to ``used``."""

    def replace(found: re.Match[str]) -> str:
        picture = kept(found[1])
        if picture is None:
            return 'src=""'
        used[found[1]] = picture
        return f'src="{folder}{picture.file_name}"'

    return _SOURCE.sub(replace, html)


def with_pictures_inside(html: str, kept: KeptPicture, used: set[str]) -> str:
    """The HTML with each picture's bytes in place of its digest; the digests of those found are added to ``used``."""

    def replace(found: re.Match[str]) -> str:
        picture = kept(found[1])
        if picture is None:
            return 'src=""'
        used.add(found[1])
        return f'src="data:{picture.media_type};base64,{base64.b64encode(picture.content).decode()}"'

    return _SOURCE.sub(replace, html)


def plain_of(markdown: str) -> str:
    """The words alone, pictures by what they show."""
    html = _ALT.sub(r"\1", html_of(markdown))
    return on_one_line(unescape(re.sub(r"<[^>]+>", " " if "\n" in html else "", html)))


def languages_of(question: Any) -> list[str]:
    """The languages in which the question says anything, in the order of its stem."""
    return list(dict.fromkeys(code for text in texts_of(question) for code in text if code != EVERY_LANGUAGE))


def texts_of(question: Any) -> Iterator[Text]:
    """Every text of the question: stem and feedback, options, pairs, items, answers."""
    for name in ("stem", "feedback", "feedback_true", "feedback_false"):
        text = getattr(question, name, None)
        if text:
            yield text
    for part in parts_of(question):
        for name in ("text", "left", "right", "feedback"):
            text = getattr(part, name, None)
            if text:
                yield text


def parts_of(question: Any) -> Iterator[Any]:
    """Options, pairs, distractors, items and answers, whatever the question has."""
    for name in ("options", "pairs", "distractors", "items", "answers"):
        yield from getattr(question, name, ())


def in_languages(text: Text | None, languages: Sequence[str]) -> Mapping[str, str]:
    """The text in the languages that are written; where none of them has it, in any it has."""
    if not text:
        return {}
    found = {language: text[language] for language in languages if text.get(language)}
    if found and EVERY_LANGUAGE not in text:
        return found
    spoken = localise(text, languages)
    return {spoken.language or languages[0]: spoken.text} if spoken.text else {}


def first_of(text: Text | None, languages: Sequence[str]) -> str:
    """The text in the first language that is written and has it, else in any."""
    return next(iter(in_languages(text, languages).values()), "")


def name_of(question: Any, languages: Sequence[str]) -> str:
    """A name for lists: the beginning of what is asked."""
    words = plain_of(first_of(question.stem, languages))
    return words if len(words) <= 80 else words[:77].rsplit(" ", 1)[0] + "…"
