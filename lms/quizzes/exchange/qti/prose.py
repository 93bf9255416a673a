"""The texts of an item: XHTML in the item's own namespace, pictures in the package."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from lms.courses.domain.content import Text
from lms.quizzes.exchange.pictures import PictureFault
from lms.quizzes.exchange.report import N_
from lms.quizzes.exchange.texts import WHY_NO_PICTURE, Texts
from lms.quizzes.exchange.to_markdown import Notes, html_to_markdown
from lms.quizzes.exchange.xml import attribute, local

GAP = "_____"
# What belongs to an item without being part of what is asked.
_APART = frozenset(
    {"feedbackInline", "feedbackBlock", "modalFeedback", "stylesheet", "templateInline", "templateBlock"}
)
_INLINE = frozenset({"textEntryInteraction", "inlineChoiceInteraction"})
_VOID = frozenset({"br", "hr", "img"})


class Prose:
    """Reads the texts of one item.

    Args:
        path: of the item in the package.
        find: the bytes of another file of the package, ``None`` where there is none.
    """

    def __init__(self, texts: Texts, path: str, find: Callable[[str], bytes | None]) -> None:
        self.texts = texts
        self.path = path
        self.find = find

    def of(self, elements: Iterable[Element | str], gap: Element | None = None) -> Text | None:
        """The Markdown of elements and loose text; ``gap`` is the interaction that stands as a gap in a sentence."""
        html = "".join(escape(part) if isinstance(part, str) else self._html(part, gap) for part in elements)
        markdown = html_to_markdown(html, self.texts.notes, self._picture)
        return {self.texts.language: markdown} if markdown.strip() else None

    def inside(self, element: Element | None, gap: Element | None = None) -> Text | None:
        """The Markdown of what an element holds."""
        if element is None:
            return None
        return self.of([element.text or "", *(part for child in element for part in (child, child.tail or ""))], gap)

    def _html(self, element: Element, gap: Element | None) -> str:
        name = local(element)
        if element is gap and name in _INLINE:
            return GAP
        if name in _APART:
            return ""
        if name == "rubricBlock":
            self.texts.notes.add(N_("Instructions for tutors or for everybody before the question are not taken in."))
            return ""
        if name.endswith("Interaction"):
            # The question proper often stands in the interaction.
            return "".join(f"<p>{self._inner(part, gap)}</p>" for part in element if local(part) == "prompt")
        if name == "math":
            self.texts.notes.add(N_("A formula is taken in as plain signs. Check it."))
            return escape("".join(element.itertext()))
        if name == "object":
            return self._object(element)
        if name == "img":
            return f'<img src="{escape(attribute(element, "src"))}" alt="{escape(attribute(element, "alt"))}">'
        if name in _VOID:
            return f"<{name}>"
        link = f' href="{escape(attribute(element, "href"))}"' if name == "a" else ""
        return f"<{name}{link}>{self._inner(element, gap)}</{name}>"

    def _inner(self, element: Element, gap: Element | None) -> str:
        parts = (self._html(child, gap) + escape(child.tail or "") for child in element)
        return escape(element.text or "") + "".join(parts)

    def _object(self, element: Element) -> str:
        if attribute(element, "type").startswith("image/"):
            alternative = " ".join("".join(element.itertext()).split())
            return f'<img src="{escape(attribute(element, "data"))}" alt="{escape(alternative)}">'
        self.texts.notes.add(
            N_("Parts that run, play or are filled in were left out of the text: only text and pictures are taken in.")
        )
        return ""

    def _picture(self, address: str, notes: Notes) -> str | None:
        if address.startswith("data:"):
            return self.texts.find_picture(address, {})
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), unquote(address).partition("?")[0]))
        content = None if ":" in address.partition("/")[0] else self.find(path)
        if content is None:
            notes.add(
                N_("A picture stands elsewhere and is not in the file: %(address)s. It is not taken in."),
                address=address[:200],
            )
            return None
        try:
            return self.texts.keep(content)
        except PictureFault as fault:
            notes.add(WHY_NO_PICTURE[str(fault)], name=address[-100:])
            return None
