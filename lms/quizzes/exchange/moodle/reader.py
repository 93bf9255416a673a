"""Reads Moodle XML: each question of the file is accepted, skipped or faulty."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from lms.quizzes.exchange.making import (
    Head,
    UsedKeys,
    category_path,
    names_from,
    share_of,
    tags_of,
)
from lms.quizzes.exchange.moodle.kinds import KINDS, SKIPPED, Question
from lms.quizzes.exchange.report import (
    N_,
    Accepted,
    CannotRead,
    Faulty,
    Place,
    Reading,
    Skipped,
    each_once,
    fault,
    sentence,
    skip,
)
from lms.quizzes.exchange.seal import TAG, digest_of_element, open_seal
from lms.quizzes.exchange.texts import Texts
from lms.quizzes.exchange.to_markdown import Notes
from lms.quizzes.exchange.xml import Broken, attribute, child, children, descendants, line_of, local, parse_xml, text_of

# What Moodle itself puts there; the author wrote nothing.
_USUAL_FEEDBACK = re.compile(
    r"(<[^>]+>|\s)*(your answer is (partially )?(in)?correct\.?|that answer is (partially )?(in)?correct\.?"
    r"|votre réponse est (partiellement )?(in)?correcte\.?|votre réponse est correcte\.?)?(<[^>]+>|\s)*",
    re.IGNORECASE,
)


def read_moodle(content: bytes, file: str, language: str) -> Reading:
    """All questions of the file; texts that name no language are in ``language``.

    Raises:
        Refused: where the file is hostile.
    """
    reading, keys = Reading(), UsedKeys()
    broken_at = None
    try:
        root = parse_xml(content)
    except Broken as broken:
        if broken.root is None or local(broken.root) != "quiz":
            reading.outcomes.append(Faulty(sentence(N_("This is no well-formed XML.")), Place(file, broken.line)))
            return reading
        # What came before stands; of the last question nobody knows whether it is whole.
        root, broken_at = broken.root, broken.line
        if len(root):
            root.remove(root[-1])
    if local(root) != "quiz":
        reading.outcomes.append(
            Faulty(sentence(N_("This is no Moodle XML: it does not begin with “quiz”.")), Place(file, line_of(root)))
        )
        return reading
    category = ""
    for element in root:
        if local(element) != "question":
            continue
        if attribute(element, "type") == "category":
            category = category_of(
                text_of(child(child(element, "category"), "text")) or text_of(child(element, "category"))
            )
            _note_description(element, category, file, reading)
            continue
        _read_one(element, category, language, Place(file, line_of(element)), reading, keys)
    if broken_at is not None:
        reading.outcomes.append(
            Faulty(
                sentence(
                    N_(
                        "From here on the file is no well-formed XML. The questions before are read, the one that breaks off is not."
                    )
                ),
                Place(file, broken_at),
            )
        )
    elif not reading.outcomes:
        reading.outcomes.append(Faulty(sentence(N_("There are no questions in the file.")), Place(file, 1)))
    return reading


def _note_description(element: Element, category: str, file: str, reading: Reading) -> None:
    if text_of(child(child(element, "info"), "text")):
        reason = sentence(N_("The description of the category is not taken in. The category itself is."))
        reading.outcomes.append(Skipped(category, reason, Place(file, line_of(element))))


def category_of(path: str) -> str:
    """The category that a path of Moodle names, without the places of Moodle's own at its beginning."""
    # Two slashes stand for one in a name; $course$, $system$ and top are places of Moodle's own.
    parts = [part.replace("\0", "/").strip() for part in path.replace("//", "\0").split("/")]
    while parts and (re.fullmatch(r"\$\w+\$", parts[0]) or parts[0] in ("top", "")):
        parts.pop(0)
    return category_path(parts)


def _read_one(element: Element, category: str, language: str, place: Place, reading: Reading, keys: UsedKeys) -> None:
    notes = Notes()
    texts = Texts(language, notes)
    kind = attribute(element, "type")
    name = " ".join((text_of(child(child(element, "name"), "text")) or text_of(child(element, "name"))).split())
    try:
        sealed = _sealed(element, texts)
        question = sealed.question if sealed else None
        if sealed:
            texts.pictures.update(sealed.pictures)
        if question is None:
            notes.sentences.clear()
            texts.pictures.clear()
            head = _head(element, name, category, texts, sealed.key if sealed else "")
            question = _understood(Question(element, kind, head, texts, notes))
            _note_left_out(element, notes)
        name = name or names_from(question.stem)
        question, has_own_key = keys.with_key(question, name)
    except CannotRead as error:
        reading.leave_out(error, name or kind, place)
        return
    reading.pictures.update(texts.pictures)
    reading.outcomes.append(Accepted(name, question, place, each_once(notes.sentences), has_own_key))


def _understood(asked: Question) -> Any:
    if asked.kind in SKIPPED:
        raise skip(SKIPPED[asked.kind])
    if asked.kind not in KINDS:
        if not asked.kind:
            raise fault(N_("The question does not say of which type it is."))
        raise skip(N_("Questions of Moodle's type “%(kind)s” have no counterpart here."), kind=asked.kind[:40])
    return KINDS[asked.kind](asked)


def _sealed(element: Element, texts: Texts) -> Any:
    text = text_of(child(element, TAG))
    if not text:
        return None
    for file in descendants(element, "file"):
        texts.keep_encoded(file.text or "", attribute(file, "name"))
    return open_seal(text, digest_of_element(element), texts.pictures.__contains__)


def _head(element: Element, name: str, category: str, texts: Texts, key: str) -> Head:
    stem = dict(texts.of(child(element, "questiontext")) or {})
    old_image = texts.of_old_image(element)
    if old_image:
        stem = {language: text + old_image for language, text in (stem or {texts.language: ""}).items()}
    return Head(
        name,
        stem,
        texts.of(child(element, "generalfeedback")),
        category,
        tags_of(text_of(child(tag, "text")) or text_of(tag) for tag in children(child(element, "tags"), "tag")),
        text_of(child(element, "idnumber")) or key,
    )


def _note_left_out(element: Element, notes: Notes) -> None:
    hints = [hint for hint in children(element, "hint") if text_of(child(hint, "text"))]
    if hints:
        notes.add(N_("Hints for further tries are not taken in."))
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        if not _USUAL_FEEDBACK.fullmatch(text_of(child(child(element, name), "text"))):
            notes.add(
                N_(
                    "What is said to every right, partly right or wrong answer is not taken in; feedback to single answers and to everybody is."
                )
            )
    if text_of(child(element, "hidden")) == "1":
        notes.add(N_("The question is hidden in Moodle. Here it can be used like the others."))
    if _is_other_than_one(text_of(child(element, "defaultgrade"))):
        notes.add(
            N_("In the file the question is worth %(points)s points. Here each question of a quiz counts the same."),
            points=text_of(child(element, "defaultgrade")).rstrip("0").rstrip("."),
        )


def _is_other_than_one(points: str) -> bool:
    try:
        return bool(points) and share_of(points) * 100 != 1
    except CannotRead:
        return False
