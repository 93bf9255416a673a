"""Our own question carried along in a foreign file, so that what we wrote is read back exactly.

Other tools pass over the seal. It names a digest of the question as other tools see it: where somebody changed that, the
change counts and the seal does not, except for the key, by which the question is still known.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from lms.quizzes.exchange.pictures import Picture, digests_in, read_picture
from lms.quizzes.exchange.to_html import KeptPicture
from lms.quizzes.exchange.xml import is_line_mark
from lms.quizzes.questions import from_document, to_document

TAG = "x-segin"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal says: the question if it still holds, with pictures that only it brings; and the key in any case."""

    key: str
    question: Any | None
    pictures: Mapping[str, Picture]


def seal(question: Any, seen: str, kept: KeptPicture, used: Container[str] = ()) -> str:
    """One line that holds the question.

    Args:
        seen: the digest of what other tools read of it.
        used: the pictures that stand in the file already; the others, such as those of languages that are not written,
            come along in the seal.
    """
    document = to_document(question)
    others = {digest: found for digest in digests_in(document) if digest not in used and (found := kept(digest))}
    pictures = {digest: base64.b64encode(found.content).decode() for digest, found in others.items()}
    made = {"seen": seen, "question": document, **({"pictures": pictures} if pictures else {})}
    return json.dumps(made, ensure_ascii=False, sort_keys=True)


def open_seal(text: str, seen: str, has_picture: Callable[[str], bool]) -> Seal | None:
    """What the seal says, ``None`` where it is none.

    Args:
        seen: the digest of what was read beside the seal.
        has_picture: whether the file itself brings the picture of a digest along.
    """
    try:
        document = json.loads(text)
        question = from_document(document["question"])[1]
        key = str(question.key)
        # A seal is a file's word like any other: pictures are looked at, and without all of them it does not hold.
        found = [read_picture(base64.b64decode(part)) for part in document.get("pictures", {}).values()]
        pictures = {picture.digest: picture for picture in found}
        wanted = digests_in(document["question"])
        holds = document["seen"] == seen and all(digest in pictures or has_picture(digest) for digest in wanted)
        holds = holds and to_document(question) == document["question"]
    except Exception:  # whatever somebody made of it by hand
        return None
    return Seal(key, question if holds else None, pictures if holds else {})


def digest_of_text(text: str) -> str:
    """A digest of what other tools see, blanks and line ends left aside."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:32]


def digest_of_element(element: Element) -> str:
    """The same for an element, its seal and the order of its attributes left aside."""
    found = hashlib.sha256()

    def add(part: Element) -> None:
        if part.tag == TAG:
            return
        attributes = sorted(item for item in part.attrib.items() if not is_line_mark(item[0]))
        found.update(repr((part.tag, attributes, " ".join((part.text or "").split()))).encode())
        for inner in part:
            add(inner)
        found.update(" ".join((part.tail or "").split()).encode() + b"/")

    add(element)
    return found.hexdigest()[:32]
