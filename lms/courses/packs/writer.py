"""A course to the folder of files that it came from, in one canonical form: the same course gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from lms.courses.domain.content import CourseContent
from lms.courses.packs.codec import values_of
from lms.courses.packs.shape import SCHEMAS

FORMAT = 1
LINE_WIDTH = 110
# Its name begins with a point, so it is no part of the course when the pack is read.
SCHEMA_FOLDER = ".schemas"
# What a block of text shows as it is; anything else (tabs, odd spaces, control characters) goes between quotes.
# Spaces where a block would lose them are the emitter's own care.
_FIT_FOR_BLOCK = re.compile(r"(?:[^\W_]|[!-~]|[ \n\u00a0\u202f‘’“”«»–—…°·])+")


def write_pack(content: CourseContent, folder: Path) -> None:
    """Write a course into a folder, which is made where it does not exist. Files of the same names are replaced."""
    for name, text in pack_files(content):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def pack_files(content: CourseContent) -> Iterator[tuple[str, str]]:
    """The files of a pack: relative name and text."""
    values = values_of(content)
    modules, grading = values.pop("modules"), values.pop("grading")
    parts = {name: values.pop(name, None) for name in ("glossary", "agenda", "evaluation", "assignments")}
    signatories = values.pop("signatories")
    keys = [module["key"] for module in modules]
    course = {"format": FORMAT, **values, "modules": keys, "signatories": signatories}
    yield _document("course.yaml", "course", course)
    yield _document("grading.yaml", "grading", grading)
    if parts["glossary"]:
        yield _document("glossary.yaml", "glossary", {"terms": parts["glossary"]})
    if parts["agenda"]:
        yield _document("agenda.yaml", "agenda", {"sessions": parts["agenda"]})
    if parts["evaluation"]:
        yield _document("evaluation.yaml", "evaluation", parts["evaluation"])
    for assignment in parts["assignments"] or ():
        brief = assignment.pop("brief")
        yield _document(f"assignments/{assignment['key']}.yaml", "assignment", assignment)
        for language, text in brief.items():
            yield f"assignments/{assignment['key']}.{language}.md", f"{text}\n"
    for module in modules:
        yield from _module_files(module)
    for path in sorted(SCHEMAS.glob("*.json")):
        yield f"{SCHEMA_FOLDER}/{path.name}", path.read_text(encoding="utf-8")


def _document(name: str, kind: str, value: Any) -> tuple[str, str]:
    """A YAML file whose first line tells editors its schema, which the pack carries along."""
    up = "../" * name.count("/")
    return name, f"# yaml-language-server: $schema={up}{SCHEMA_FOLDER}/{kind}.json\n{_yaml(value)}"


def _module_files(module: dict[str, Any]) -> Iterator[tuple[str, str]]:
    folder = f"modules/{module.pop('key')}"
    lessons, quiz = module.pop("lessons"), module.pop("quiz", None)
    reading = module.pop("reading", None)
    keys = {"lessons": [lesson["key"] for lesson in lessons]}
    document = {**module, **keys, **({"reading": reading} if reading else {})}
    yield _document(f"{folder}/module.yaml", "module", document)
    for lesson in lessons:
        for language, body in lesson["body"].items():
            front = _yaml({"title": lesson["title"][language], "minutes": lesson["minutes"][language]})
            yield f"{folder}/{lesson['key']}.{language}.md", f"---\n{front}---\n\n{body}\n"
    if quiz:
        yield _document(f"{folder}/quiz.yaml", "quiz", quiz)


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented, long texts folded, exact decimals."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None
    if not _FIT_FOR_BLOCK.fullmatch(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif len(text) > LINE_WIDTH - 20:
        style = ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_decimal(dumper: _Dumper, number: Decimal) -> yaml.Node:
    kind = "int" if number == number.to_integral_value() else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", f"{number:f}")


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(Decimal, _represent_decimal)


def _yaml(value: Any) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=LINE_WIDTH, default_flow_style=False
    )
    return text
