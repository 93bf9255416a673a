"""Whether a document has the shape that its JSON Schema asks for, in sentences, each with its line.

The schemas are those that editors use. Two keywords of our own: ``x-text`` marks the texts that may stand in several
languages and says whether they are Markdown; ``patternErrorMessage`` (which editors show) says how to mend a string.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from lms.courses.packs.faults import FaultList, did_you_mean
from lms.courses.packs.question_schema import question_schema
from lms.courses.packs.yaml_documents import Document, Path

SCHEMAS = FilePath(__file__).parent.parent / "schemas"


@dataclass(frozen=True, slots=True)
class ProseText:
    """A Markdown text found in a document, in one language."""

    document: Document
    path: Path
    text: str


@dataclass(slots=True)
class ShapeCheck:
    """Checks documents against their schemas and their texts against the course's languages."""

    faults: FaultList
    languages: Sequence[str] = ()
    prose: list[ProseText] = field(default_factory=list)

    def check(self, document: Document, kind: str) -> bool:
        """Note what is wrong with a document; True where its shape is right.

        Args:
            kind: the schema's name: course, grading, glossary, agenda, evaluation, assignment, module, quiz or lesson.
        """
        is_right = True
        for error in _validator(kind).iter_errors(document.value):
            path = tuple(error.absolute_path)
            if error.validator == "x-text":
                self._check_text(document, path, error.instance, str(error.validator_value))
                continue
            is_right = False
            for where, sentence in _sentences(error, path):
                self.faults.error(document.file, document.line(*where), sentence)
        return is_right

    def _check_text(self, document: Document, path: Path, text: Any, mode: str) -> None:
        if isinstance(text, Mapping):
            self._check_languages(document, path, text, must_begin=mode != "wordings")
        if mode == "markdown":
            versions = [((*path, code), value) for code, value in text.items()] if isinstance(text, Mapping) else []
            for where, value in versions or [(path, text)]:
                if isinstance(value, str):
                    self.prose.append(ProseText(document, where, value))

    def _check_languages(self, document: Document, path: Path, text: Mapping[str, Any], must_begin: bool) -> None:
        if not self.languages:
            return
        for code in text:
            if code not in self.languages:
                self.faults.error(document.file, document.line(*path, code), unknown_language(code, self.languages))
        missing = [code for code in self.languages if code not in text]
        if missing and not must_begin:
            sentence = f"No wording is accepted in {quoted(missing)}: its readers must write another language's."
            self.faults.warn(document.file, document.line(*path), sentence)
        elif missing and missing[0] == self.languages[0]:
            sentence = f"The text is missing in “{missing[0]}”, the course's first language: add it."
            self.faults.error(document.file, document.line(*path), sentence)
        elif missing:
            sentence = f"The text is missing in {quoted(missing)}: readers see it in “{self.languages[0]}”."
            self.faults.warn(document.file, document.line(*path), sentence)


def unknown_language(code: str, languages: Sequence[str]) -> str:
    """What to say about a language that the course does not have."""
    return f"“{code}” is not a language of this course ({', '.join(languages)}): add it to course.yaml, or remove this."


def quoted(words: Sequence[Any]) -> str:
    """“a”, “b”, “c”."""
    return ", ".join(f"“{word}”" for word in words)


def _note_text(validator: Any, mode: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # No error: a way to hear from the validator where the texts stand.
    if isinstance(instance, (str, dict)):
        yield ValidationError("a text")


_Validator: Any = extend(Draft202012Validator, {"x-text": _note_text})  # type: ignore[no-untyped-call]


@lru_cache(maxsize=16)
def _validator(kind: str) -> Any:
    shared = Resource.from_contents(_schema("definitions"), default_specification=DRAFT202012)
    question = Resource.from_contents(question_schema(), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resources([("definitions.json", shared), ("question.json", question)])
    return _Validator(_schema(kind), registry=registry)


def _schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))


_TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping of keys and values",
}  # fmt: skip


def _sentences(error: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Where and what: a schema's complaint as sentences that say how to mend it."""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "required":
            # The validator reports each missing key on its own, and names it only in its message.
            name = next(key for key in error.validator_value if repr(key) in error.message)
            yield path, f"“{name}” is missing here: add it.{_meaning(schema, name)}"
        case "additionalProperties" if isinstance(error.validator_value, bool):
            known = list(schema["properties"])
            for name in error.instance:
                if name not in known:
                    hint = did_you_mean(name, known) or f" Known are: {', '.join(known)}."
                    yield (*path, name), f"“{name}” is not a key that belongs here.{hint}"
        case "type":
            yield path, _type_sentence(error, path)
        case "pattern":
            # A wrong key is reported without its place: it stands in the mapping at the path.
            inside = (*path, error.instance) if "propertyNames" in error.schema_path else path
            advice = schema.get("patternErrorMessage", f"it must look like {error.validator_value}")
            if str(error.instance).strip():
                yield inside, f"“{_short(error.instance)}” will not do: {advice}."
            else:
                yield path, f"{_capital(_name_of(path))} is empty: {advice}."
        case _:
            yield path, _capital(_limit_sentence(error, path))


def _meaning(schema: Mapping[str, Any], name: str) -> str:
    description = schema.get("properties", {}).get(name, {}).get("description", "")
    return f" ({description})" if description else ""


def _name_of(path: Path) -> str:
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return "the file"
    return f"an entry of “{names[-1]}”" if isinstance(path[-1], int) else f"“{names[-1]}”"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _type_sentence(error: Any, path: Path) -> str:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    expected = "a text" if wanted == ["string", "object"] else " or ".join(_TYPES[name] for name in wanted)
    name = _capital(_name_of(path))
    if error.instance is None:
        return f"{name} is empty: write {expected}, or leave the key out where it is not needed."
    if "string" in wanted and isinstance(error.instance, (bool, int, Decimal)):
        return f"{name} should be a text: put {str(error.instance).lower()} between quotes."
    return f"{name} should be {expected}, but “{_short(error.instance)}” stands here."


def _limit_sentence(error: Any, path: Path) -> str:
    name, limit = _name_of(path), error.validator_value
    match error.validator:
        case "const":
            return f"{name} must be {limit}."
        case "enum":
            near = did_you_mean(str(error.instance), [str(word) for word in limit])
            return f"{name} must be one of {quoted(limit)}, not “{_short(error.instance)}”.{near}"
        case "minimum":
            return f"{name} must be at least {limit}, not {error.instance}."
        case "maximum":
            return f"{name} must be at most {limit}, not {error.instance}."
        case "minItems":
            return f"{name} needs at least {limit} {'entry' if limit == 1 else 'entries'}."
        case "maxItems":
            return f"{name} may have at most {limit} entries; there are {len(error.instance)}."
        case "uniqueItems":
            twice = next(word for number, word in enumerate(error.instance) if word in error.instance[:number])
            return f"{name} names “{_short(twice)}” twice: keep one."
        case "minLength" | "minProperties":
            return f"{name} is empty: write the text, or leave the key out."
        case "maxLength":
            return f"{name} has more than {limit} characters: make it shorter."
        case _:
            return f"{name}: {error.message}"
