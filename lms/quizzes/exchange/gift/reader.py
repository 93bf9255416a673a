"""Reads GIFT: each question of the file is accepted, skipped or faulty."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from lms.courses.domain.content import Text
from lms.quizzes.exchange.gift.answers import understand
from lms.quizzes.exchange.gift.syntax import hide, reveal, show, split_format
from lms.quizzes.exchange.lines import Block, blocks, decode
from lms.quizzes.exchange.making import Head, UsedKeys, category_path, names_from, tags_of
from lms.quizzes.exchange.moodle.reader import category_of
from lms.quizzes.exchange.report import N_, Accepted, CannotRead, Faulty, Place, Reading, each_once, fault, sentence
from lms.quizzes.exchange.seal import TAG, Seal, digest_of_text, open_seal
from lms.quizzes.exchange.texts import Texts
from lms.quizzes.exchange.to_markdown import Notes

_ID = re.compile(r"(?<!\\)\[id:(.+?)(?<!\\)\]")
_TAG = re.compile(r"(?<!\\)\[tag:(.+?)(?<!\\)\]")
_SEAL = re.compile(rf"//\s*{TAG} ([A-Za-z0-9+/=]+)\s*$")
GAP = "_____"


@dataclass(frozen=True, slots=True)
class _Source:
    """A question's block: comments apart, the rest as one text. ``line`` is that of the question's first words."""

    comments: str
    text: str
    line: int
    seal: str


def read_gift(content: bytes, file: str, language: str) -> Reading:
    """All questions of the file, in ``language``.

    Raises:
        Refused: where it is no text.
    """
    reading, keys, category = Reading(), UsedKeys(), ""
    for block in blocks(decode(content)):
        lines = list(block.lines)
        first = block.first
        while lines and (lines[0].lstrip().startswith("$CATEGORY:") or _is_comment_before_category(lines)):
            line = lines.pop(0).strip()
            first += 1
            if line.startswith("$CATEGORY:"):
                category = category_of(line.removeprefix("$CATEGORY:").strip())
        source = _source(Block(first, tuple(lines)))
        if source.text:
            _read_one(source, category_path(category.split("/")), language, file, reading, keys)
    if not reading.outcomes:
        reading.outcomes.append(Faulty(sentence(N_("There are no questions in the file.")), Place(file, 1)))
    return reading


def _is_comment_before_category(lines: list[str]) -> bool:
    rest = [line.lstrip() for line in lines]
    following = next((line for line in rest if not line.startswith("//")), "")
    return rest[0].startswith("//") and following.startswith("$CATEGORY:")


def _source(block: Block) -> _Source:
    comments: list[str] = []
    kept: list[str] = []
    line, sealed = block.first, ""
    for number, text in enumerate(block.lines, start=block.first):
        if text.lstrip().startswith("//"):
            found = _SEAL.match(text.strip())
            sealed = found[1] if found else sealed
            comments.append("" if found else text)
            continue
        if not kept:
            line = number
        kept.append(text)
    return _Source("\n".join(comments), "\n".join(kept).strip(), line, sealed)


def _read_one(source: _Source, category: str, language: str, file: str, reading: Reading, keys: UsedKeys) -> None:
    place, notes = Place(file, source.line), Notes()
    texts = Texts(language, notes)
    text = hide(source.text)
    name, text = _name_of(text)
    try:
        sealed = _sealed(source, texts)
        question = sealed.question if sealed else None
        if sealed:
            texts.pictures.update(sealed.pictures)
        if question is None:
            texts.pictures.clear()
            notes.sentences.clear()
            question = _question(source, text, name, category, texts, sealed.key if sealed else "")
        name = name or names_from(question.stem)
        question, has_own_key = keys.with_key(question, name)
    except CannotRead as error:
        reading.leave_out(error, name or show(text)[:60], place)
        return
    reading.pictures.update(texts.pictures)
    reading.outcomes.append(Accepted(name, question, place, each_once(notes.sentences), has_own_key))


def _sealed(source: _Source, texts: Texts) -> Seal | None:
    if not source.seal:
        return None
    for found in re.finditer(r"data:image/\w+;base64,[A-Za-z0-9+/]+=*", show(hide(source.text))):
        texts.find_picture(found[0], {})
    try:
        text = base64.b64decode(source.seal).decode()
    except ValueError:
        return None
    return open_seal(text, digest_of_text(f"{source.comments}\n{source.text}"), texts.pictures.__contains__)


def _name_of(text: str) -> tuple[str, str]:
    if not text.startswith("::"):
        return "", text
    name, sign, rest = text[2:].partition("::")
    return (" ".join(show(name).split()), rest.strip()) if sign else ("", text)


def _question(source: _Source, text: str, name: str, category: str, texts: Texts, key: str) -> Any:
    stem, answers, rest = _parts(text, source.line)
    form, stem = split_format(stem, "moodle")
    if rest:
        # A word is missing in the sentence; what only follows the braces as a sign belongs to it as well.
        gap = GAP.replace("_", "\\_") if form == "markdown" else GAP
        stem = f"{stem.rstrip()} {gap}{rest if rest[:1] in '.,;:!?…' else ' ' + rest}" if stem else f"{gap} {rest}"
    answers, overall = _overall(answers)
    found_id = _ID.search(source.comments)
    head = Head(
        name,
        texts.of_words(reveal(stem, form), form) or {},
        _feedback(overall, form, texts),
        category,
        tags_of(tag.replace("\\]", "]") for tag in _TAG.findall(source.comments)),
        found_id[1].replace("\\]", "]") if found_id else key,
    )
    return understand(head, answers, form, texts, source.line)


def _parts(text: str, line: int) -> tuple[str, str | None, str]:
    """Stem, what stands between the braces (``None`` without any), and what follows them."""
    begin, end = text.find("{"), text.find("}")
    if begin < 0 and end < 0:
        return text, None, ""
    if begin < 0:
        raise fault(
            N_("A brace is closed that was never opened. Write \\} for a brace in the text."), _line(text, end, line)
        )
    if end < begin:
        raise fault(N_("A brace is opened and not closed before the next empty line."), _line(text, begin, line))
    inner, rest = text[begin + 1 : end], text[end + 1 :]
    for sign in "{}":
        if sign in inner or sign in rest:
            at = begin + 1 + (inner + "}" + rest).find(sign)
            raise fault(
                N_(
                    "The question has more than one pair of braces. Write \\{ and \\} for braces in the text, or ask each gap on its own."
                ),
                _line(text, at, line),
            )
    return text[:begin], inner.strip(), rest.strip()


def _line(text: str, at: int, first: int) -> int:
    return first + text[:at].count("\n")


def _overall(answers: str | None) -> tuple[str | None, str]:
    if answers is None or "####" not in answers:
        return answers, ""
    answers, _sign, feedback = answers.rpartition("####")
    return answers.strip(), feedback


def _feedback(text: str, default: str, texts: Texts) -> Text | None:
    form, words = split_format(text, default)
    return texts.of_words(reveal(words, form), form)
