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

FORMAT = 1
LINE_WIDTH = 110
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
    yield "course.yaml", _yaml({"format": FORMAT, **values, "modules": keys, "signatories": signatories})
    yield "grading.yaml", _yaml(grading)
    if parts["glossary"]:
        yield "glossary.yaml", _yaml({"terms": parts["glossary"]})
    if parts["agenda"]:
        yield "agenda.yaml", _yaml({"sessions": parts["agenda"]})
    if parts["evaluation"]:
        yield "evaluation.yaml", _yaml(parts["evaluation"])
    for assignment in parts["assignments"] or ():
        brief = assignment.pop("brief")
        yield f"assignments/{assignment['key']}.yaml", _yaml(assignment)
        for language, text in brief.items():
            yield f"assignments/{assignment['key']}.{language}.md", f"{text}\n"
    for module in modules:
        yield from _module_files(module)


def _module_files(module: dict[str, Any]) -> Iterator[tuple[str, str]]:
    folder = f"modules/{module.pop('key')}"
    lessons, quiz = module.pop("lessons"), module.pop("quiz", None)
    reading = module.pop("reading", None)
    keys = {"lessons": [lesson["key"] for lesson in lessons]}
    yield f"{folder}/module.yaml", _yaml({**module, **keys, **({"reading": reading} if reading else {})})
    for lesson in lessons:
        for language, body in lesson["body"].items():
            front = _yaml({"title": lesson["title"][language], "minutes": lesson["minutes"][language]})
            yield f"{folder}/{lesson['key']}.{language}.md", f"---\n{front}---\n\n{body}\n"
    if quiz:
        yield f"{folder}/quiz.yaml", _yaml(quiz)


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
