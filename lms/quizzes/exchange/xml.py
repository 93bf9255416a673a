"""XML from outside: no entities, nothing loaded from elsewhere, not too deep, and every element knows its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from lms.quizzes.exchange.report import N_, Refused, sentence

MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
_LINE = "{line}"  # no attribute of a real document can be called so


class _Parser(DefusedXMLParser):
    """Defused, counting depth and elements, and noting the line on which each element begins."""

    def __init__(self) -> None:
        super().__init__(forbid_dtd=False, forbid_entities=True, forbid_external=True)
        self.root: Element | None = None
        self._depth = self._count = 0

    def _start(self, *args: Any) -> Element:
        element: Element = super()._start(*args)  # type: ignore[misc]  # its base is found at run time
        element.attrib[_LINE] = str(self.parser.CurrentLineNumber)
        if self.root is None:
            self.root = element
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Refused(sentence(N_("The file is built far deeper or larger than questions are. It was not read.")))
        return element

    def _end(self, tag: str) -> Element:
        self._depth -= 1
        element: Element = super()._end(tag)  # type: ignore[misc]
        return element


class Broken(Exception):
    """The file stops being XML at ``line``; ``root`` holds what came before, or ``None``."""

    def __init__(self, root: Element | None, line: int) -> None:
        super().__init__(line)
        self.root = root
        self.line = line


def parse_xml(content: bytes) -> Element:
    """The root element.

    Raises:
        Refused: for entities, things to be loaded from elsewhere, and documents built to exhaust the reader.
        Broken: where it is no well-formed XML.
    """
    parser = _Parser()
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise Refused(
            sentence(
                N_("The file defines entities or asks to load others. Such files are not read, to keep this site safe.")
            )
        ) from error
    except ElementTree.ParseError as error:
        raise Broken(parser.root, error.position[0]) from error
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        raise Broken(parser.root, 1) from error
    if parser.root is None:
        raise Broken(None, 1)
    return parser.root


def line_of(element: Element) -> int:
    """The line on which the element begins."""
    return int(element.attrib.get(_LINE, "1"))


def local(element: Element) -> str:
    """The element's name without its namespace, which changes from version to version."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute's value without blanks around it."""
    return element.attrib.get(name, default).strip()


def children(element: Element | None, name: str) -> list[Element]:
    """The children of a local name."""
    return [] if element is None else [child for child in element if local(child) == name]


def child(element: Element | None, name: str) -> Element | None:
    """The first child of a local name."""
    return next(iter(children(element, name)), None)


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """The element and all below it that have one of the local names, in the document's order."""
    return (found for found in element.iter() if local(found) in names)


def text_of(element: Element | None) -> str:
    """The text directly in the element, without blanks around it."""
    return "" if element is None else (element.text or "").strip()


def all_text(element: Element | None) -> str:
    """All text in and below the element, blanks run together."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def is_line_mark(name: str) -> bool:
    """True for the attribute in which the line is kept, which stands in no file."""
    return name == _LINE


_BAD = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(55296, 57344), 65534, 65535))


def allowed_in_xml(text: str) -> str:
    """The text without the control characters that no XML file can hold; line ends as one character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_BAD)
