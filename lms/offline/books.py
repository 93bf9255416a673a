"""A module as one text: its terms, its chapters, its file."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from flask_babel import gettext as _
from markupsafe import Markup

from lms.core.i18n import direction_of, localise
from lms.core.markdown import filled, glossary_keys, render_markdown
from lms.core.web import plain_filter, reading_languages
from lms.courses.domain.content import CourseContent, Module, Term
from lms.courses.domain.glossary import alphabetical
from lms.courses.queries import get_content, release_date
from lms.courses.wording import renderer_words
from lms.offline.domain import Book, Chapter, write_epub

GLOSSARY = "glossary"


def terms_of(content: CourseContent, module: Module) -> list[Term]:
    """The terms that the lessons of a module refer to, in the order of the alphabet."""
    languages = reading_languages()
    named = {key for lesson in module.lessons for key in glossary_keys(localise(lesson.body, languages).text)}
    entries = [(localise(term.term, languages).text, term) for term in content.glossary if term.key in named]
    return [term for _word, term in alphabetical(entries)]


def lesson_html(body: str, glossary_url: str = "") -> Markup:
    """A text of the course as safe HTML, its terms leading to ``glossary_url``, the transcripts of its films open."""
    html = str(render_markdown(body, glossary_url, None, renderer_words()))
    return Markup(html.replace('<details class="transcript">', '<details class="transcript" open>'))  # noqa: S704


def book_of(release_id: int, module: Module) -> bytes:
    """The file of a module in the reader's language; written once in a process."""
    # Filled in, since two editions of a course have dates of their own.
    texts = "".join(filled(text) for lesson in module.lessons for text in lesson.body.values())
    texts += "".join(filled(text) for text in module.summary.values())
    return _write(release_id, module.key, reading_languages(), hashlib.sha256(texts.encode()).hexdigest())


@lru_cache(maxsize=64)
def _write(release_id: int, key: str, languages: tuple[str, ...], digest: str) -> bytes:
    # The languages are those of the request that asks, so what is written follows from the arguments.
    content, first = get_content(release_id), languages[0]
    module = next(one for one in content.modules if one.key == key)
    return write_epub(
        Book(
            identifier=f"urn:sha256:{hashlib.sha256(f'{content.slug} {key} {first} {digest}'.encode()).hexdigest()}",
            title=f"{plain_filter(content.title)}: {plain_filter(module.title)}",
            publisher="Segin",
            language=first,
            direction=direction_of(first),
            changed_at=release_date(release_id),
            contents=_("Contents"),
            chapters=[*_chapters(module, languages), *_glossary(content, module, first)],
        )
    )


def _chapters(module: Module, languages: tuple[str, ...]) -> list[Chapter]:
    first = languages[0]
    chapters = [Chapter("module", plain_filter(module.title), _opening(module), first, direction_of(first))]
    for number, lesson in enumerate(module.lessons, start=1):
        body = localise(lesson.body, languages)
        language = body.language or first
        title, html = f"{number}. {plain_filter(lesson.title)}", lesson_html(body.text, f"{GLOSSARY}.xhtml")
        chapters.append(Chapter(f"lesson-{number}", title, html, language, direction_of(language)))
    return chapters


def _glossary(content: CourseContent, module: Module, language: str) -> list[Chapter]:
    row = Markup('<dt id="{}">{}</dt><dd>{}</dd>')
    terms = terms_of(content, module)
    rows = [row.format(term.key, plain_filter(term.term), plain_filter(term.definition)) for term in terms]
    html = Markup("<dl>{}</dl>").format(Markup().join(rows))
    return [Chapter(GLOSSARY, _("Glossary"), html, language, direction_of(language))] if rows else []


def _opening(module: Module) -> str:
    summary = lesson_html(localise(module.summary, reading_languages()).text, f"{GLOSSARY}.xhtml")
    objectives = Markup().join(Markup("<li>{}</li>").format(plain_filter(one)) for one in module.objectives)
    return Markup("{}<h2>{}</h2><ul>{}</ul>").format(summary, _("After this module you can"), objectives)
