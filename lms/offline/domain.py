"""A book of chapters as one EPUB 3 file, alike byte for byte whenever it is written from the same content.

Format: https://www.w3.org/TR/epub-33/. Reading apps on phones open it without a network.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser

MEDIA_TYPE = "application/epub+zip"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_VOID = frozenset({"br", "hr", "img"})
_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
_STYLE = """\
body { line-height: 1.5; margin: 1em; }
h1, h2, h3, h4 { line-height: 1.25; break-after: avoid; }
aside { border-inline-start: 4px solid #8a6d3b; padding-inline-start: 1em; margin-block: 1em; break-inside: avoid; }
.box-title { font-weight: bold; margin: 0; }
table { border-collapse: collapse; }
th, td { border: 1px solid #888; padding: .25em .5em; text-align: start; vertical-align: top; }
.align-end { text-align: end; }
.align-centre { text-align: center; }
dt { font-weight: bold; margin-block-start: 1em; }
dd { margin-inline-start: 0; }
blockquote { margin-inline: 1em; font-style: italic; }
"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of the book. ``key`` is its name and unique in the book; ``html`` is safe HTML without a heading 1."""

    key: str
    title: str
    html: str
    language: str
    direction: str = "ltr"


@dataclass(frozen=True, slots=True)
class Book:
    """What a book holds. ``identifier`` is a URI that stays the same for the same text; ``contents`` titles the list."""

    identifier: str
    title: str
    publisher: str
    language: str
    direction: str
    changed_at: datetime
    contents: str
    chapters: Sequence[Chapter]


class _Xhtml(HTMLParser):
    """Writes HTML again as well-formed XML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs)
        self.parts.append(f"<{tag}{written}/>" if tag in _VOID else f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # XML has no place for most control characters, not even escaped.
        kept = "".join(letter for letter in data if letter >= " " or letter in "\n\t")
        self.parts.append(escape(kept, quote=False))


def as_xhtml(html: str) -> str:
    """Sanitised HTML, in which every element is closed, as well-formed XML."""
    parser = _Xhtml()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def _page(title: str, body: str, language: str, direction: str, style: str = "style.css") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{escape(language)}" xml:lang="{escape(language)}" dir="{direction}">\n'
        f'<head><meta charset="UTF-8"/><title>{escape(title)}</title><link rel="stylesheet" href="{style}"/></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _package(book: Book) -> str:
    changed = book.changed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    items = "".join(
        f'<item id="{escape(chapter.key)}" href="{escape(chapter.key)}.xhtml" media-type="application/xhtml+xml"/>\n'
        for chapter in book.chapters
    )
    order = "".join(f'<itemref idref="{escape(chapter.key)}"/>\n' for chapter in book.chapters)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="identifier"'
        f' xml:lang="{escape(book.language)}" dir="{book.direction}">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="identifier">{escape(book.identifier)}</dc:identifier>\n'
        f"<dc:title>{escape(book.title)}</dc:title>\n<dc:language>{escape(book.language)}</dc:language>\n"
        f"<dc:publisher>{escape(book.publisher)}</dc:publisher>\n"
        f'<meta property="dcterms:modified">{changed}</meta>\n</metadata>\n<manifest>\n'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>\n'
        '<item id="style" href="style.css" media-type="text/css"/>\n'
        f'{items}</manifest>\n<spine page-progression-direction="{book.direction}">\n{order}</spine>\n</package>\n'
    )


def _navigation(book: Book) -> str:
    rows = "".join(
        f'<li><a href="{escape(chapter.key)}.xhtml">{escape(chapter.title)}</a></li>\n' for chapter in book.chapters
    )
    body = f'<nav epub:type="toc" id="toc">\n<h1>{escape(book.contents)}</h1>\n<ol>\n{rows}</ol>\n</nav>'
    return _page(book.title, body, book.language, book.direction)


def _files(book: Book) -> Iterator[tuple[str, str]]:
    yield "META-INF/container.xml", _CONTAINER
    yield "book/package.opf", _package(book)
    yield "book/nav.xhtml", _navigation(book)
    yield "book/style.css", _STYLE
    for chapter in book.chapters:
        body = f"<h1>{escape(chapter.title)}</h1>\n{as_xhtml(chapter.html)}"
        yield f"book/{chapter.key}.xhtml", _page(chapter.title, body, chapter.language, chapter.direction)


def write_epub(book: Book) -> bytes:
    """The file. Its first entry is the media type, stored as it is, as the format demands."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", _FIRST_DAY), MEDIA_TYPE)
        for name, text in _files(book):
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED, 9)
    return target.getvalue()
