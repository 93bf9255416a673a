"""The texts of a question of Moodle: four ways of writing them, pictures in and beside them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from lms.core.pictures import smaller_picture
from lms.courses.domain.content import Text
from lms.quizzes.exchange.languages import parts_by_language
from lms.quizzes.exchange.pictures import MAX_PICTURE_BYTES, Picture, PictureFault, read_picture
from lms.quizzes.exchange.report import N_
from lms.quizzes.exchange.to_markdown import Notes, clean_text, html_to_markdown, plain_to_markdown
from lms.quizzes.exchange.xml import attribute, child, children, text_of

_FILES = "@@PLUGINFILE@@/"
_HAS_TAGS = re.compile(r"<\s*(p|br|div|ul|ol|table|h[1-6]|pre|blockquote)\b", re.IGNORECASE)
_MARKDOWN_PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
WHY_NO_PICTURE = {
    "size": N_("The picture “%(name)s” is larger than 2 MB. It is not taken in."),
    "pixels": N_("The picture “%(name)s” has too many dots. It is not taken in."),
    "svg": N_("The picture “%(name)s” is an SVG drawing, which can carry programs. Save it as PNG."),
    "kind": N_("The picture “%(name)s” is no PNG, JPEG, GIF or WebP. It is not taken in."),
}


class Texts:
    """Reads the texts of one question, in one language unless a text holds several.

    ``pictures`` collects those that the texts show, by digest.
    """

    def __init__(self, language: str, notes: Notes) -> None:
        self.language = language
        self.notes = notes
        self.pictures: dict[str, Picture] = {}

    def of(self, element: Element | None, default_format: str = "html") -> Text | None:
        """The Markdown of an element with a text in it, ``None`` where there is none."""
        if element is None:
            return None
        inner = child(element, "text")
        # Files of Moodle 1.9 have texts without an element of their own.
        source = (inner.text if inner is not None else element.text) or ""
        if not source.strip():
            return None
        files = {
            attribute(file, "path", "/").strip("/") + "/" + attribute(file, "name"): file
            for file in children(element, "file")
        }
        by_path = {path.lstrip("/"): file for path, file in files.items()}
        form = attribute(element, "format", default_format) or default_format
        parts = parts_by_language(source) or {self.language: source}
        written = {language: self._written(part, form, by_path) for language, part in parts.items()}
        return {language: text for language, text in written.items() if text.strip()} or None

    def _written(self, source: str, form: str, files: Mapping[str, Element]) -> str:
        def find(address: str, notes: Notes) -> str | None:
            return self.find_picture(address, files)

        if form == "plain_text":
            return plain_to_markdown(source)
        if form == "markdown":
            return self._markdown(source, files)
        if form == "moodle_auto_format" and not _HAS_TAGS.search(source):
            source = re.sub(r"\n[ \t]*\n\s*", "<p>", source.strip().replace("\r\n", "\n")).replace("\n", "<br>")
        return html_to_markdown(source, self.notes, find)

    def _markdown(self, source: str, files: Mapping[str, Element]) -> str:
        def replace(found: re.Match[str]) -> str:
            digest = self.find_picture(found[2], files)
            return f"![{found[1]}](picture:{digest})" if digest else found[1]

        return _MARKDOWN_PICTURE.sub(replace, clean_text(source)).strip()

    def of_words(self, words: str, form: str) -> Text | None:
        """The Markdown of a text of GIFT; the file's line ends are blanks, a break is written ``\\n``."""
        if not words.strip():
            return None
        form = {"moodle": "moodle_auto_format", "plain": "plain_text"}.get(form, form)
        written = {
            language: self._written(part, form, {})
            for language, part in (parts_by_language(words) or {self.language: words}).items()
        }
        return {language: text for language, text in written.items() if text.strip()} or None

    def find_picture(self, address: str, files: Mapping[str, Element]) -> str | None:
        """The digest of the picture that an address names, taken from the file."""
        if address.startswith("data:"):
            return self.keep_encoded(address.partition(",")[2], "data:")
        if not address.startswith(_FILES):
            self.notes.add(
                N_("A picture stands elsewhere and is not in the file: %(address)s. It is not taken in."),
                address=address[:200],
            )
            return None
        path = unquote(address.removeprefix(_FILES)).partition("?")[0].lstrip("/")
        if path not in files:
            self.notes.add(N_("The picture “%(name)s” is missing in the file."), name=path[:100])
            return None
        return self.keep_encoded(files[path].text or "", path)

    def keep_encoded(self, encoded: str, name: str) -> str | None:
        """Keep a picture that stands in the file in base 64; its digest, or ``None`` with a note."""
        try:
            if len(encoded) > MAX_PICTURE_BYTES * 3 // 2:
                raise PictureFault("size")
            return self.keep(base64.b64decode(encoded))
        except (PictureFault, binascii.Error, ValueError) as fault:
            why = str(fault) if isinstance(fault, PictureFault) else "kind"
            self.notes.add(WHY_NO_PICTURE[why], name=name[:100])
            return None

    def keep(self, content: bytes) -> str:
        """Keep a picture and return its digest; raises PictureFault."""
        read = read_picture(content)
        picture = Picture(*smaller_picture(read.content, read.media_type))
        digest = picture.digest
        self.pictures[digest] = picture
        return digest

    def of_old_image(self, question: Element) -> str:
        """Markdown of the one picture that a question of Moodle 1.9 has beside its text; empty without one."""
        encoded = text_of(child(question, "image_base64"))
        digest = self.keep_encoded(encoded, text_of(child(question, "image"))) if encoded else None
        if not encoded and text_of(child(question, "image")):
            self.notes.add(
                N_("The picture “%(name)s” is missing in the file."), name=text_of(child(question, "image"))[:100]
            )
        return f"\n\n![](picture:{digest})" if digest else ""
