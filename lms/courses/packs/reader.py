"""A folder of files to a course, with every fault named. Format: docs/course-packs.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lms.courses.domain.content import CourseContent
from lms.courses.domain.placeholders import known_placeholders, placeholders_in
from lms.courses.packs.codec import content_from_values
from lms.courses.packs.course_checks import PackDocuments, check_course
from lms.courses.packs.faults import Fault, FaultList, did_you_mean
from lms.courses.packs.file_checks import check_file
from lms.courses.packs.prose import remarks_on
from lms.courses.packs.shape import ShapeCheck, quoted, unknown_language
from lms.courses.packs.source import PackFolder
from lms.courses.packs.yaml_documents import Document, read_yaml

_VERSION = re.compile(r"(?P<key>[^/]+)\.(?P<language>[a-z]{2,3})\.md")
_NOT_FOR_US = re.compile(r"(README|LICEN[CS]E|CHANGELOG)(\..*)?", re.IGNORECASE)
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class PackReading:
    """What became of a pack: the course, unless there are errors, and all faults by file and line."""

    content: CourseContent | None
    faults: tuple[Fault, ...]


def read_pack(path: Path) -> PackReading:
    """Read and check a pack. Changes nothing; never raises for what is in the folder."""
    faults = FaultList()
    if not path.is_dir():
        faults.error(".", 1, f"{path} is not a folder: name the folder that holds course.yaml.")
        return PackReading(None, faults.sorted())
    return _PackReader(PackFolder(path, faults), faults, ShapeCheck(faults)).read()


@dataclass(frozen=True, slots=True)
class _MarkdownText:
    """A text that fills a file from a line on."""

    file: str
    first_line: int
    text: str
    front: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _PackReader:
    folder: PackFolder
    faults: FaultList
    shape: ShapeCheck
    # False once a file is missing or misshapen: what spans files cannot be checked then.
    is_whole: bool = True
    used: set[str] = field(default_factory=set)
    texts: list[_MarkdownText] = field(default_factory=list)
    lessons: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    briefs: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self) -> PackReading:
        """Read everything that there is, whatever is wrong with the rest."""
        course = self._yaml("course.yaml", "course", is_required=True)
        grading = self._yaml("grading.yaml", "grading", is_required=True)
        glossary = self._yaml("glossary.yaml", "glossary")
        agenda = self._yaml("agenda.yaml", "agenda")
        evaluation = self._yaml("evaluation.yaml", "evaluation")
        modules, quizzes = self._modules(course)
        assignments = self._assignments()
        self._check_leftovers(modules)
        self._check_prose(glossary)
        if course is None or grading is None or not self.is_whole:
            return PackReading(None, self.faults.sorted())
        pack = PackDocuments(course, grading, glossary, agenda, evaluation, modules, quizzes, assignments)
        check_course(pack, self.faults)
        self._check_placeholders(pack)
        content = None if self.faults.has_errors else content_from_values(self._values(pack))
        return PackReading(content, self.faults.sorted())

    # Files

    def _yaml(self, name: str, kind: str, is_required: bool = False) -> Document | None:
        if name not in self.folder.names:
            if is_required:
                self.faults.error(name, 1, "This file is missing: write it (docs/course-packs.md says what it holds).")
                self.is_whole = False
            return None
        self.used.add(name)
        text = self.folder.read(name)
        document = None if text is None else read_yaml(name, text, self.faults)
        if document is not None and kind == "course":
            self.shape.languages = _languages(document)
        return self._checked(document, kind)

    def _checked(self, document: Document | None, kind: str) -> Document | None:
        if document is None or not self.shape.check(document, kind):
            self.is_whole = False
            return None
        check_file(document, kind, self.faults)
        return document

    def _lesson_text(self, name: str) -> _MarkdownText | None:
        self.used.add(name)
        text = self.folder.read(name)
        if text is None:
            return None
        lines = text.split("\n")
        end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), 0)
        if lines[0].rstrip() != _FENCE or not end:
            sentence = "A lesson begins with its title and minutes between two lines of three hyphens: add them."
            self.faults.error(name, 1, sentence)
            return None
        front = read_yaml(name, "\n".join(lines[1:end]), self.faults, first_line=2)
        front = self._checked(front, "lesson")
        body = self._body(name, lines, end + 1)
        return None if front is None or body is None else _MarkdownText(name, body.first_line, body.text, front.value)

    def _brief_text(self, name: str) -> _MarkdownText | None:
        self.used.add(name)
        text = self.folder.read(name)
        return None if text is None else self._body(name, text.split("\n"), 0)

    def _body(self, name: str, lines: Sequence[str], start: int) -> _MarkdownText | None:
        while start < len(lines) and not lines[start].strip():
            start += 1
        text = "\n".join(lines[start:]).rstrip()
        if not text:
            self.faults.error(name, len(lines), "There is no text here: write it, or remove the file.")
            return None
        found = _MarkdownText(name, start + 1, text)
        self.texts.append(found)
        return found

    def _versions(self, folder: str, key: str) -> dict[str, str]:
        """The files of a Markdown text by language."""
        found = {}
        for name in self.folder.names:
            match = _VERSION.fullmatch(name.removeprefix(folder)) if name.startswith(folder) else None
            if match and match["key"] == key:
                found[match["language"]] = name
        return found

    def _check_versions(self, what: str, stem: str, found: Mapping[str, str], document: Document, line: int) -> None:
        languages = self.shape.languages
        if not languages:
            return
        for code, name in found.items():
            if code not in languages:
                self.faults.error(name, 1, unknown_language(code, languages))
        missing = [code for code in languages if code not in found]
        if missing and missing[0] == languages[0]:
            sentence = (
                f"{what} has no text in “{missing[0]}”, the course's first language: write {stem}.{missing[0]}.md."
            )
            self.faults.error(document.file, line, sentence)
        elif missing:
            sentence = f"{what} is missing in {quoted(missing)}: readers see it in “{languages[0]}”."
            self.faults.warn(document.file, line, sentence)

    # Modules and assignments

    def _modules(self, course: Document | None) -> tuple[dict[str, Document], dict[str, Document]]:
        modules, quizzes = {}, {}
        for number, key in enumerate(course.value["modules"] if course else self._module_folders()):
            folder = f"modules/{key}/"
            if not any(name.startswith(folder) for name in self.folder.names):
                line = course.line("modules", number) if course else 1
                sentence = f"There is no folder {folder}: make it and write {folder}module.yaml, or remove the name."
                self.faults.error("course.yaml", line, sentence)
                self.is_whole = False
                continue
            module = self._yaml(f"{folder}module.yaml", "module", is_required=True)
            quiz = self._yaml(f"{folder}quiz.yaml", "quiz")
            if module:
                modules[key] = module
                self.lessons[key] = [self._lesson(module, folder, n) for n in range(len(module.value["lessons"]))]
            if quiz:
                quizzes[key] = quiz
        return modules, quizzes

    def _module_folders(self) -> list[str]:
        parts = [name.split("/") for name in self.folder.names if name.startswith("modules/")]
        return sorted({part[1] for part in parts if len(part) > 2})

    def _lesson(self, module: Document, folder: str, number: int) -> dict[str, Any]:
        key = module.value["lessons"][number]
        found = self._versions(folder, key)
        line = module.line("lessons", number)
        self._check_versions(f"The lesson “{key}”", f"{folder}{key}", found, module, line)
        texts = {code: text for code, name in found.items() if (text := self._lesson_text(name))}
        texts = {code: texts[code] for code in self.shape.languages if code in texts}
        return {
            "key": key,
            "title": {code: text.front["title"] for code, text in texts.items()},
            "minutes": {code: text.front["minutes"] for code, text in texts.items()},
            "body": {code: text.text for code, text in texts.items()},
        }

    def _assignments(self) -> dict[str, Document]:
        assignments = {}
        for name in self.folder.names:
            if not re.fullmatch(r"assignments/[^/]+\.yaml", name):
                continue
            stem = name.removesuffix(".yaml")
            found = self._versions("assignments/", stem.removeprefix("assignments/"))
            texts = {code: text.text for code, file in found.items() if (text := self._brief_text(file))}
            document = self._yaml(name, "assignment")
            if document:
                self._check_versions("The brief", stem, found, document, document.line("key"))
                assignments[document.value["key"]] = document
                self.briefs[document.value["key"]] = {c: texts[c] for c in self.shape.languages if c in texts}
        return assignments

    # What is left

    def _check_leftovers(self, modules: Mapping[str, Document]) -> None:
        for name in self.folder.names:
            if name in self.used or _NOT_FOR_US.fullmatch(name):
                continue
            folder, _slash, file = name.rpartition("/")
            key = folder.removeprefix("modules/")
            if folder.startswith("modules/") and file == "module.yaml":
                sentence = f"course.yaml does not name this module: add “{key}” to its modules, or remove the folder."
                self.faults.error(name, 1, sentence)
            elif folder.startswith("modules/") and key in modules and file.endswith(".md"):
                self.faults.error(name, 1, self._stray_lesson(file))
            elif folder == "assignments" and file.endswith(".md"):
                stem = _VERSION.fullmatch(file)
                sentence = f"No assignment has this brief: write assignments/{stem['key'] if stem else '…'}.yaml, or remove it."
                self.faults.error(name, 1, sentence)
            elif not self._lies_in_unread_module(folder, modules):
                self.faults.warn(name, 1, "This file is no part of a course pack, so it is left out.")

    def _lies_in_unread_module(self, folder: str, modules: Mapping[str, Document]) -> bool:
        # The module itself is at fault, which is told already.
        return folder.startswith("modules/") and folder.removeprefix("modules/") not in modules

    def _stray_lesson(self, file: str) -> str:
        match = _VERSION.fullmatch(file)
        if match is None:
            return "The name must end in a language, such as .en.md: rename the file."
        return f"module.yaml does not name this lesson: add “{match['key']}” to its lessons, or remove the file."

    def _check_prose(self, glossary: Document | None) -> None:
        terms: list[str] | None = None
        if glossary:
            terms = [term["key"] for term in glossary.value["terms"]]
        elif "glossary.yaml" not in self.folder.names:
            terms = []
        for text in self.texts:
            for number, sentence, severity in remarks_on(text.text, terms):
                self.faults.note(Fault(text.file, text.first_line + number - 1, sentence, severity))
        for prose in self.shape.prose:
            for number, sentence, severity in remarks_on(prose.text, terms):
                line = prose.document.text_line(prose.path, number)
                self.faults.note(Fault(prose.document.file, line, sentence, severity))

    def _check_placeholders(self, pack: PackDocuments) -> None:
        """Each placeholder names something that every edition of this course has."""
        closing = [one.value["key"] for one in (*pack.quizzes.values(), *pack.assignments.values())]
        closing += [pack.evaluation.value["key"]] if pack.evaluation else []
        sessions = [one["key"] for one in pack.agenda.value["sessions"]] if pack.agenda else []
        known = known_placeholders([*pack.modules, *closing, *sessions], closing)
        for text in self.texts:
            for number, name in _unknown(text.text, known):
                self.faults.error(text.file, text.first_line + number - 1, _says_nothing(name, known))
        for prose in self.shape.prose:
            for number, name in _unknown(prose.text, known):
                line = prose.document.text_line(prose.path, number)
                self.faults.error(prose.document.file, line, _says_nothing(name, known))
        for quiz in pack.quizzes.values():
            for path, words in _texts_in(quiz.value["questions"], ("questions",)):
                for number, name in placeholders_in(words):
                    if name in known:
                        self.faults.error(quiz.file, quiz.text_line(path, number), _stays_as_typed(name))

    def _values(self, pack: PackDocuments) -> dict[str, Any]:
        """Everything in one place, as the dataclasses want it."""
        modules = []
        for key in pack.course.value["modules"]:
            quiz = pack.quizzes.get(key)
            module = {**pack.modules[key].value, "key": key, "lessons": self.lessons[key]}
            modules.append({**module, "quiz": quiz.value} if quiz else module)
        # Assignments have no order of their own: they stand in that of the grade items.
        order = [item["key"] for item in pack.grading.value["items"] if item["key"] in pack.assignments]
        values = {
            **pack.course.value,
            "modules": modules,
            "grading": pack.grading.value,
            "glossary": pack.glossary.value["terms"] if pack.glossary else [],
            "agenda": pack.agenda.value["sessions"] if pack.agenda else [],
            "assignments": [{**pack.assignments[key].value, "brief": self.briefs[key]} for key in order],
        }
        return {**values, "evaluation": pack.evaluation.value} if pack.evaluation else values


def _unknown(text: str, known: Sequence[str]) -> list[tuple[int, str]]:
    return [(number, name) for number, name in placeholders_in(text) if name not in known]


def _says_nothing(name: str, known: list[str]) -> str:
    return f"“{{{{{name}}}}}” stands for nothing: name a fact or a date of the edition.{did_you_mean(name, known)}"


def _texts_in(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts_in(part, (*path, key))


def _stays_as_typed(name: str) -> str:
    return f"A question is the same in every edition, so “{{{{{name}}}}}” would be read as it is typed: say it without a date."


def _languages(course: Document) -> Sequence[str]:
    value = course.value.get("languages") if isinstance(course.value, dict) else None
    return [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
