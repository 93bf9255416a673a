"""Reads QTI packages and single items: each item is accepted, skipped or faulty."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from lms.quizzes.exchange.archives import Archive
from lms.quizzes.exchange.making import Head, UsedKeys, names_from
from lms.quizzes.exchange.pictures import PictureFault, digests_in
from lms.quizzes.exchange.qti.items import read_item
from lms.quizzes.exchange.qti.prose import Prose
from lms.quizzes.exchange.report import (
    N_,
    Accepted,
    CannotRead,
    Faulty,
    Place,
    Reading,
    Refused,
    Skipped,
    each_once,
    sentence,
)
from lms.quizzes.exchange.seal import Seal, open_seal
from lms.quizzes.exchange.texts import Texts
from lms.quizzes.exchange.to_markdown import Notes
from lms.quizzes.exchange.xml import Broken, attribute, descendants, line_of, local, parse_xml

MANIFEST = "imsmanifest.xml"
SEALS = "segin.json"
_OTHERS = {
    "questestinterop": N_("This is QTI 1.2, an older format. Save it as QTI 2.1, or as Moodle XML."),
    "qti-assessment-item": N_("This is QTI 3. Save it as QTI 2.1 or 2.2."),
}


def read_qti(content: bytes, file: str, language: str) -> Reading:
    """All items of a package, or the one of a single file; texts are in ``language``.

    Raises:
        Refused: where the file is hostile.
    """
    reading, keys = Reading(), UsedKeys()
    if content[:2] == b"PK":
        _Package(Archive(content), language, reading, keys).read()
    else:
        _Package(None, language, reading, keys).one(content, file)
    if not reading.outcomes:
        reading.outcomes.append(Faulty(sentence(N_("There are no questions in the file.")), Place(file)))
    return reading


class _Package:
    def __init__(self, archive: Archive | None, language: str, reading: Reading, keys: UsedKeys) -> None:
        self.archive = archive
        self.language = language
        self.reading = reading
        self.keys = keys
        self.seals: Mapping[str, str] = {}
        # Our own packages name a picture by its digest.
        paths = archive.paths if archive else []
        self.pictures = {posixpath.basename(path).partition(".")[0]: path for path in paths}

    def read(self) -> None:
        """Read every item that the package lists; without a list, every XML file."""
        assert self.archive is not None
        self.seals = self._read_seals(self.archive)
        manifests = sorted((path for path in self.archive.paths if posixpath.basename(path) == MANIFEST), key=len)
        listed = self._listed(self.archive, manifests[0]) if manifests else []
        for path in listed or [
            path for path in self.archive.paths if path.lower().endswith(".xml") and path not in manifests
        ]:
            if path not in self.archive:
                self.reading.outcomes.append(
                    Faulty(sentence(N_("The package lists a file that it does not hold.")), Place(path))
                )
                continue
            self.one(self.archive.read(path), path)

    def _read_seals(self, archive: Archive) -> Mapping[str, str]:
        if SEALS not in archive:
            return {}
        try:
            found = json.loads(archive.read(SEALS))
            return {str(path): str(text) for path, text in found.items()}
        except (ValueError, AttributeError, RecursionError):
            return {}

    def _listed(self, archive: Archive, manifest: str) -> list[str]:
        try:
            root = parse_xml(archive.read(manifest))
        except Broken as broken:
            self.reading.outcomes.append(
                Faulty(sentence(N_("This is no well-formed XML.")), Place(manifest, broken.line))
            )
            return []
        paths = []
        for resource in descendants(root, "resource"):
            kind = attribute(resource, "type")
            if "imsqti_item" in kind or "imsqti_test" in kind or "imsqti_assessment" in kind:
                folder = posixpath.join(posixpath.dirname(manifest), "")
                paths.append(posixpath.normpath(folder + unquote(attribute(resource, "href"))))
        return list(dict.fromkeys(paths))

    def one(self, content: bytes, path: str) -> None:
        """Read one file: an item, a test, or something else, about which something is said."""
        try:
            root = parse_xml(content)
        except Broken as broken:
            self.reading.outcomes.append(Faulty(sentence(N_("This is no well-formed XML.")), Place(path, broken.line)))
            return
        except Refused as refusal:
            if self.archive is None:
                raise
            self.reading.outcomes.append(Faulty(refusal.reason, Place(path)))
            return
        kind, place = local(root), Place(path, line_of(root))
        if kind == "assessmentItem":
            self._item(root, content, place)
        elif kind in ("assessmentTest", "assessmentSection"):
            reason = N_(
                "This is a test: which questions it asks in which order. Its questions are taken in, the test is put together here."
            )
            self.reading.outcomes.append(Skipped(attribute(root, "title") or kind, sentence(reason), place))
        elif kind in _OTHERS:
            self.reading.outcomes.append(Skipped(kind, sentence(_OTHERS[kind]), place))
        else:
            self.reading.outcomes.append(
                Faulty(sentence(N_("This is no QTI item: it begins with “%(name)s”."), name=kind[:60]), place)
            )

    def _item(self, item: Element, content: bytes, place: Place) -> None:
        notes = Notes()
        texts = Texts(self.language, notes)
        name = " ".join((attribute(item, "title") or attribute(item, "identifier")).split())
        try:
            sealed = self._sealed(content, place.file, texts)
            question = sealed.question if sealed else None
            if sealed:
                texts.pictures.update(sealed.pictures)
            if question is None:
                texts.pictures.clear()
                prose = Prose(texts, place.file, self._find)
                question = read_item(item, Head(name, {}, key=sealed.key if sealed else ""), prose)
                self._note_language(item, notes)
            question, has_own_key = self.keys.with_key(question, name or names_from(question.stem))
        except CannotRead as error:
            self.reading.leave_out(error, name, place)
            return
        self.reading.pictures.update(texts.pictures)
        accepted = Accepted(name or names_from(question.stem), question, place, each_once(notes.sentences), has_own_key)
        self.reading.outcomes.append(accepted)

    def _note_language(self, item: Element, notes: Notes) -> None:
        named = item.attrib.get("{http://www.w3.org/XML/1998/namespace}lang", "")[:2].lower()
        if named and named != self.language:
            notes.add(
                N_("The file says that its texts are in “%(named)s”. They are taken in as “%(taken)s”."),
                named=named,
                taken=self.language,
            )

    def _sealed(self, content: bytes, path: str, texts: Texts) -> Seal | None:
        text = self.seals.get(path, "")
        if not text:
            return None
        for digest in digests_in(text):
            if digest in self.pictures:
                self._keep(self.pictures[digest], texts)
        return open_seal(text, hashlib.sha256(content).hexdigest()[:32], texts.pictures.__contains__)

    def _keep(self, path: str, texts: Texts) -> None:
        try:
            texts.keep(self._find(path) or b"")
        except PictureFault:
            return

    def _find(self, path: str) -> bytes | None:
        if self.archive is None or path not in self.archive:
            return None
        return self.archive.read(path)
