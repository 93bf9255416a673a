"""Every fault of a pack is named with its file, its line and how to mend it; a good pack has none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from lms.courses.packs import Severity, read_pack
from tests.courses.pack_folder import PackFolder


@pytest.fixture
def pack(tmp_path: Path) -> PackFolder:
    return PackFolder(tmp_path / "pack")


@dataclass(frozen=True)
class Case:
    """Replace ``old`` by ``new`` in ``file``; the fault stands on the line of ``marker`` in ``where`` (or ``file``)."""

    name: str
    file: str
    old: str
    new: str
    marker: str
    words: str
    where: str = ""
    severity: Severity = Severity.ERROR
    # Lines between the marker, which is easy to recognise, and the fault.
    offset: int = 0


LESSON = "modules/m1/lesson-1.en.md"
QUIZ = "modules/m1/quiz.yaml"
MODULE = "modules/m1/module.yaml"
GROUP = "assignments/group-work.yaml"
ESSAY = "assignments/final-assignment.yaml"
WARNING = Severity.WARNING

CASES = [
    # YAML
    Case("a colon in a plain text", "course.yaml", "en: Small course", "en: Small: course", "en: Small: course", "quotes"),
    Case("a text that begins with an at sign", QUIZ, "en: Quiz 1", "en: @quiz", "@quiz", "quotes"),
    Case("a quotation mark that is never closed", QUIZ, "closes: day 7 23:59", "closes: 'day 7 23:59", "closes: 'day", "never closed"),
    Case("an indentation that does not fit", "grading.yaml", "    weight: 30", "   weight: 30", "   weight: 30", "indentation"),
    Case("a bracket that is never closed", "course.yaml", "duration_days: 40", "duration_days: {a: 1", "objectives:", "brackets"),
    Case("a tab", "course.yaml", "  en: Small course", "\ten: Small course", "\ten: Small", "tab"),
    Case("a key that stands twice", "course.yaml", "learning_hours: 60", "learning_hours: 60\nslug: other", "slug: other", "a second time (first in line 3)"),
    Case("an anchor", "course.yaml", "en: Small course", "en: &a Small course", "&a", "aliases"),
    Case("a tag", "course.yaml", "learning_hours: 60", "learning_hours: !!python/name:os.system 60", "!!python", "tag"),
    Case("a second document", "glossary.yaml", "terms:", "---\nterms: []\n---\nterms:", "---", "second document", offset=2),
    # Shape
    Case("a missing key", "course.yaml", "learning_hours: 60\n", "", "format: 1", "“learning_hours” is missing"),
    Case("a missing key in a list", QUIZ, "      - key: b\n        text:", "      - text:", "Option b of m1-q01", "“key” is missing", where=QUIZ, offset=-1),
    Case("an unknown key", "course.yaml", "duration_days: 40", "duration_days: 40\nauthor: me", "author: me", "“author” is not a key"),
    Case("a key with a slip", QUIZ, "questions:", "atempts: 2\nquestions:", "atempts", "Did you mean “attempts”?"),
    Case("a text where a number belongs", "course.yaml", "learning_hours: 60", "learning_hours: sixty", "sixty", "should be a whole number"),
    Case("a number where a text belongs", "course.yaml", "name: Ines Invented", "name: 12", "name: 12", "between quotes"),
    Case("nothing where a text belongs", "course.yaml", "slug: small", "slug:", "slug:", "is empty"),
    Case("an empty translation", "course.yaml", "en: Small course", "en: ''", "en: ''", "is empty"),
    Case("a word that is no choice", QUIZ, "questions:", "counting: bst\nquestions:", "counting: bst", "Did you mean “best”?"),
    Case("a number that is too small", "course.yaml", "duration_days: 40", "duration_days: 0", "duration_days: 0", "at least 1"),
    Case("a number that is too large", "agenda.yaml", "minutes: 60", "minutes: 6000", "minutes: 6000", "at most 720"),
    Case("a key with a space", "glossary.yaml", "key: return", "key: the return", "the return", "joined by hyphens"),
    Case("too many signatories", "course.yaml", "signatories:\n", "signatories:\n" + "".join(f"  - {{key: s{n}, name: N, title: T}}\n" for n in range(2)), "signatories:", "at most 3"),
    Case("an empty list", "course.yaml", "objectives:\n  - en: First objective\n    fr: First objective (fr)", "objectives: []", "objectives", "at least 1 entry"),
    Case("an unknown format", "course.yaml", "format: 1", "format: 2", "format: 2", "must be 1"),
    Case("a module named twice", "course.yaml", "  - m2", "  - m2\n  - m2", "modules:", "twice"),
    Case("an address without https", MODULE, "lessons:", "reading:\n  - title: T\n    source: S\n    url: www.ilo.org\nlessons:", "www.ilo.org", "https://"),
    # Languages
    Case("an unknown language", "course.yaml", "en: Small course", "en: Small course\n  de: Kurs", "de: Kurs", "not a language of this course"),
    Case("a text without the first language", "course.yaml", "  en: Small course\n", "", "title:", "the course's first language"),
    Case("a text without another language", "course.yaml", "  fr: Petit cours\n", "", "title:", "missing in “fr”", severity=WARNING),
    # Moments
    Case("a moment that is none", QUIZ, "closes: day 7 23:59", "closes: Sunday", "Sunday", "day 7 23:59"),
    Case("a minute that does not exist", QUIZ, "closes: day 7 23:59", "closes: day 7 24:00", "24:00", "day 7 23:59"),
    Case("a quiz that closes before it opens", QUIZ, "closes: day 7 23:59", "closes: day 1 07:59", "closes:", "is not after"),
    Case("work that is due before it opens", ESSAY, "due: day 40 23:59", "due: day 15 08:00", "due:", "is not after"),
    Case("an evaluation that closes before it opens", "evaluation.yaml", "closes: day 54 23:59", "closes: day 3 10:00", "closes:", "is not after"),
    Case("a module that opens after the end", MODULE, "opens: day 1 08:00", "opens: day 41 08:00", "opens:", "later than the last day, 40"),
    Case("a session after the end", "agenda.yaml", "starts: day 2 15:00", "starts: day 400 15:00", "starts:", "later than the last day"),
    Case("a quiz that closes long after the end", QUIZ, "closes: day 7 23:59", "closes: day 101 23:59", "closes:", "60 days after the end"),
    # Quizzes
    Case("no correct option", QUIZ, "        correct: true\n", "", "    options:", "No option is correct"),
    Case("two correct options", QUIZ, "      - key: b\n", "      - key: b\n        correct: true\n", "    options:", "2 options (a, b)"),
    Case("a single option", QUIZ, "    options:\n", "    options:\n      - {key: z, text: Z, feedback: F, correct: true}\n  - key: m1-q99\n    stem: S\n    options:\n", "options:", "at least 2"),
    Case("two options with the same key", QUIZ, "      - key: c", "      - key: b", "Option c", "used twice", where=QUIZ, offset=-2),
    Case("two questions with the same key", QUIZ, "  - key: m1-q02", "  - key: m1-q01", "Stem of m1-q02", "used twice", offset=-2),
    Case("a question key of another quiz", "modules/m2/quiz.yaml", "key: m2-q03", "key: m1-q03", "key: m1-q03", "modules/m1/quiz.yaml already"),
    Case("two quizzes with the same key", "modules/m2/quiz.yaml", "key: quiz-2", "key: quiz-1", "key: quiz-1", "belongs to modules/m1/quiz.yaml"),
    # Grading
    Case("weights that do not add up", "grading.yaml", "    weight: 40", "    weight: 45", "categories:", "add up to 105"),
    Case("maxima that do not fill the weight", "grading.yaml", "    maximum: 15", "    maximum: 14", "weight: 30", "earn 29 points together"),
    Case("an unknown category", "grading.yaml", "    category: group-work", "    category: teamwork", "teamwork", "no category “teamwork”"),
    Case("points with three decimals", "grading.yaml", "    minimum: 30", "    minimum: 30.125", "30.125", "two decimals"),
    Case("tiers out of order", "grading.yaml", "    minimum: 60", "    minimum: 30", "Certificate of Participation", "highest first", offset=2),
    Case("a number that is not said", "grading.yaml", "completeness: more_than_half", "completeness: number", "completeness: number", "number: 5"),
    Case("a number that means nothing", "grading.yaml", "completeness: all", "completeness: all\n    number: 5", "number: 5", "means nothing"),
    Case("more items than there are", "grading.yaml", "completeness: all", "completeness: number\n    number: 9", "number: 9", "only 4 items"),
    Case("an item without a quiz", "grading.yaml", "  - key: quiz-2", "  - key: quiz-9", "quiz-9", "No quiz or assignment"),
    Case("a quiz without an item", "grading.yaml", "  - key: quiz-2", "  - key: quiz-9", "key: quiz-2", "earns nothing", where="modules/m2/quiz.yaml"),
    Case("an item of the wrong kind", "grading.yaml", "    kind: group", "    kind: individual", "kind: individual", "but assignments/group-work.yaml is “group”"),
    # Assignments
    Case("a file with another name than its key", ESSAY, "key: final-assignment", "key: essay", "key: essay", "the file is called final-assignment.yaml"),
    Case("words upside down", ESSAY, "  minimum: 1500", "  minimum: 3000", "minimum: 3000", "above the maximum"),
    Case("more profiles than there are", GROUP, "profiles_per_group: 2", "profiles_per_group: 3", "profiles_per_group", "there are 2"),
    Case("profiles that nobody works on", GROUP, "profiles_per_group: 2\n", "", "profiles:", "how many"),
    Case("profiles of an essay", ESSAY, "files: true", "files: true\nprofiles_per_group: 1", "profiles_per_group", "Only group work"),
    Case("levels with a gap", GROUP, "        to: 5\n", "        to: 4.5\n", "to: 4.5", "must end at 5"),
    Case("levels that overlap", GROUP, "        to: 5\n", "        to: 5.5\n", "to: 5.5", "must end at 5"),
    Case("a level beyond the maximum", GROUP, "        to: 10\n", "        to: 11\n", "to: 11", "the criterion's maximum"),
    Case("a level that begins above 0", GROUP, "      - from: 0\n", "      - from: 1\n", "from: 1", "must begin at 0"),
    Case("a level between the half points", GROUP, "        to: 5\n", "        to: 5.25\n", "5.25", "half a point"),
    Case("a level upside down", GROUP, "      - from: 5.5\n        to: 10", "      - from: 10\n        to: 5.5", "from: 10", "exchange"),
    Case("criteria that do not fill the item", GROUP, "    maximum: 10\n    levels:\n      - from: 5.5\n        to: 10", "    maximum: 9\n    levels:\n      - from: 5.5\n        to: 9", "rubric:", "earn 29 points together"),
    # Lessons
    Case("a lesson without a file", MODULE, "  - lesson-2", "  - lesson-2\n  - lesson-3", "lesson-3", "write modules/m1/lesson-3.en.md"),
    Case("a file that module.yaml does not name", MODULE, "  - lesson-2\n", "", "title", "does not name this lesson", where="modules/m1/lesson-2.en.md", offset=-1),
    Case("a folder that is not there", "course.yaml", "  - m2", "  - m2\n  - m3", "m3", "no folder modules/m3/"),
    Case("a module that course.yaml does not name", "course.yaml", "  - m2\n", "", "yaml-language-server", "does not name this module", where="modules/m2/module.yaml"),
    Case("a lesson without front matter", LESSON, "---\n", "", "title:", "two lines of three hyphens"),
    Case("a lesson without minutes", LESSON, "minutes: 5\n", "", "title:", "“minutes” is missing"),
    Case("front matter with an unknown key", LESSON, "minutes: 5", "minutes: 5\nauthor: me", "author", "“author”"),
    Case("a heading of the first level", LESSON, "## Part", "# Part", "# Part", "use ##"),
    Case("an underlined heading of the first level", LESSON, "## Part", "Part\n====", "Part", "use ##"),
    Case("a heading too deep", LESSON, "## Part", "##### Part", "##### Part", "use ##"),
    Case("a box that is never closed", LESSON, "Body", "::: key\nBody", "::: key", "never closed"),
    Case("a box inside a box", LESSON, "Body", "::: key\n::: note\n:::\nBody", "::: note", "inside the box “key”"),
    Case("a box that is closed twice", LESSON, "Body", "::: key\nx\n:::\n\n:::\n\nBody", ":::", "none is open", offset=4),
    Case("a box of no kind", LESSON, "Body", "::: persna Ada\nx\n:::\n\nBody", "::: persna", "Did you mean “persona”?"),
    Case("a footnote that is not defined", LESSON, "Body", "First.\nBody[^1]", "Body[^1]", "[^1] is not defined"),
    Case("a footnote that nobody refers to", LESSON, "Body", "[^1]: Source.\n\nBody", "[^1]:", "not shown", severity=WARNING),
    Case("a footnote that is defined twice", LESSON, "Body", "x[^1]\n\n[^1]: A.\n\n[^1]: B.\n\nBody", "[^1]: B", "a second time"),
    Case("a term that the glossary has not", LESSON, "glossary:return", "glossary:retun", "glossary:retun", "Did you mean “return”?"),
    Case("a link that leads nowhere", LESSON, "glossary:return", "../m2/lesson-1.en.md", "../m2", "leads nowhere"),
    Case("a picture", LESSON, "Body", "![A map](https://example.org/map.png)\nBody", "![A map]", "Pictures are not shown"),
    Case("HTML in a lesson", LESSON, "Body", "A <b>bold</b> word.\nBody", "<b>", "as it is typed", severity=WARNING),
    Case("a tab in a lesson", LESSON, "Body", "A\ttab.\nBody", "A\ttab", "tab", severity=WARNING),
    Case("a heading of the first level in a brief", "assignments/final-assignment.en.md", "Write", "# Task\n\nWrite", "# Task", "use ##"),
    Case("a term that the glossary has not, in a block", "course.yaml", "  en: A summary", "  en: |-\n    A summary.\n\n    About [aid](glossary:aid).", "glossary:aid", "no term “aid”"),
]  # fmt: skip


def test_a_good_pack_has_no_faults(pack: PackFolder) -> None:
    assert pack.faults() == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_named_with_its_file_its_line_and_how_to_mend_it(pack: PackFolder, case: Case) -> None:
    pack.edit(case.file, case.old, case.new)
    where = case.where or case.file
    expected = pack.line_of(where, case.marker)
    reading = pack.read()
    found = [fault for fault in reading.faults if case.words in fault.message]
    assert found, [str(fault) for fault in reading.faults]
    assert (found[0].file, found[0].line, found[0].severity) == (where, expected + case.offset, case.severity)
    assert (reading.content is None) == (case.severity is Severity.ERROR)


def test_several_faults_are_all_told_in_the_order_of_files_and_lines(pack: PackFolder) -> None:
    pack.edit(LESSON, "## Part", "# Part")
    pack.edit(QUIZ, "        correct: true\n", "")
    pack.edit("course.yaml", "  fr: Petit cours\n", "")
    faults = pack.faults()
    assert [fault.file for fault in faults] == ["course.yaml", LESSON, QUIZ]
    assert str(faults[1]).startswith(f"{LESSON}:6: A heading")
    assert str(faults[0]).startswith("course.yaml:7: warning: ")


def test_a_lesson_in_a_language_that_the_course_does_not_have_is_an_error(pack: PackFolder) -> None:
    pack.add("modules/m1/lesson-1.de.md", "---\ntitle: Lektion\nminutes: 3\n---\n\nText\n")
    (fault,) = pack.faults()
    assert (fault.file, fault.severity) == ("modules/m1/lesson-1.de.md", Severity.ERROR)
    assert "“de” is not a language of this course" in fault.message


def test_a_lesson_that_is_missing_in_another_language_is_a_warning_and_is_left_out(pack: PackFolder) -> None:
    pack.path("modules/m1/lesson-1.fr.md").unlink()
    reading = pack.read()
    (fault,) = reading.faults
    assert fault.severity is Severity.WARNING
    assert (fault.file, fault.line) == (MODULE, pack.line_of(MODULE, "- lesson-1"))
    assert reading.content is not None
    lesson = reading.content.modules[0].lesson("lesson-1")
    assert lesson is not None
    assert set(lesson.body) == set(lesson.title) == set(lesson.minutes) == {"en"}


@pytest.mark.parametrize("name", ["course.yaml", "grading.yaml", "modules/m1/module.yaml"])
def test_a_file_that_every_pack_needs_is_missed(pack: PackFolder, name: str) -> None:
    pack.path(name).unlink()
    assert [fault.file for fault in pack.faults() if "This file is missing" in fault.message] == [name]


@pytest.mark.parametrize("name", ["glossary.yaml", "agenda.yaml", "evaluation.yaml"])
def test_a_file_that_a_pack_may_leave_out_is_not_missed(pack: PackFolder, name: str) -> None:
    pack.path(name).unlink()
    reading = pack.read()
    assert not [fault for fault in reading.faults if fault.file == name]
    # Without a glossary the links to its terms are wrong, and nothing else is.
    assert (reading.content is None) == (name == "glossary.yaml")


def test_faults_of_modules_are_told_even_when_course_yaml_cannot_be_read(pack: PackFolder) -> None:
    pack.add("course.yaml", "format: [")
    pack.edit(LESSON, "## Part", "# Part")
    assert {fault.file for fault in pack.faults()} == {"course.yaml", LESSON}


def test_a_file_that_is_not_utf_8_is_told_with_the_line_of_the_first_odd_byte(pack: PackFolder) -> None:
    path = pack.path(LESSON)
    path.write_bytes(path.read_bytes().replace(b"Body of", "Leçon".encode("latin-1")))
    (fault,) = pack.faults()
    assert (fault.file, fault.line) == (LESSON, 8)
    assert "not UTF-8" in fault.message


def test_a_byte_order_mark_is_told_and_read_over(pack: PackFolder) -> None:
    good = pack.read().content
    path = pack.path("course.yaml")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    reading = pack.read()
    assert [(fault.file, fault.severity) for fault in reading.faults] == [("course.yaml", Severity.WARNING)]
    assert reading.content == good


def test_line_ends_of_windows_make_no_difference(pack: PackFolder) -> None:
    good = pack.read().content
    for path in [*pack.folder.rglob("*.yaml"), *pack.folder.rglob("*.md")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert pack.read() == type(pack.read())(good, ())


def test_a_control_character_is_told(pack: PackFolder) -> None:
    pack.edit("course.yaml", "Small course", "Small\x07 course")
    (fault,) = pack.faults()
    assert (fault.file, fault.line) == ("course.yaml", pack.line_of("course.yaml", "\x07"))


def test_a_link_that_leads_out_of_the_pack_is_refused_and_not_read(pack: PackFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\ntitle: Secret\nminutes: 1\n---\n\nSecret\n", "utf-8")
    pack.path(LESSON).unlink()
    pack.path(LESSON).symlink_to(secret)
    faults = [fault for fault in pack.faults() if fault.file == LESSON]
    assert "leads out of the pack" in faults[0].message


def test_a_folder_that_is_a_link_out_of_the_pack_is_refused(pack: PackFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "module.yaml").write_text("title: x", "utf-8")
    pack.path("modules/m3").symlink_to(outside, target_is_directory=True)
    assert [fault.file for fault in pack.faults()] == ["modules/m3"]


def test_a_pipe_is_not_waited_for(pack: PackFolder) -> None:
    pack.path(LESSON).unlink()
    os.mkfifo(pack.path(LESSON))
    assert any(fault.file == LESSON and "not a file" in fault.message for fault in pack.faults())


def test_an_absurdly_large_file_is_not_read(pack: PackFolder) -> None:
    pack.path("glossary.yaml").write_text("terms: []\n" + "# filler\n" * 150_000, "utf-8")
    assert any("1024 kB are allowed" in fault.message for fault in pack.faults())


def test_a_file_that_grows_without_bound_through_aliases_is_refused_at_once(pack: PackFolder) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    pack.add("glossary.yaml", "\n".join(lines))
    (fault,) = [fault for fault in pack.faults() if fault.file == "glossary.yaml"]
    assert (fault.line, "not allowed" in fault.message) == (1, True)


def test_very_deep_nesting_is_refused_and_does_not_exhaust_the_stack(pack: PackFolder) -> None:
    pack.add("glossary.yaml", "terms: " + "[" * 100_000)
    (fault,) = [fault for fault in pack.faults() if fault.file == "glossary.yaml"]
    assert "nested too deeply" in fault.message


def test_words_that_older_yaml_takes_for_something_else_stay_what_the_author_wrote(pack: PackFolder) -> None:
    pack.edit("course.yaml", "name: Ines Invented", "name: no")
    pack.edit("course.yaml", "en: Small course", "en: 2026-03-02")
    content = pack.read().content
    assert content is not None
    assert content.signatories[0].name == "no"
    assert content.title["en"] == "2026-03-02"


@pytest.mark.parametrize("name", ["notes.txt", "modules/m1/draft.yaml", "assignments/spare/x.yaml"])
def test_a_file_that_belongs_to_no_pack_is_told_and_left_out(pack: PackFolder, name: str) -> None:
    pack.add(name, "hello")
    reading = pack.read()
    assert [(fault.file, fault.severity) for fault in reading.faults] == [(name, Severity.WARNING)]
    assert reading.content is not None


@pytest.mark.parametrize("name", ["README.md", "LICENSE", ".git/config", ".gitignore", "course.yaml~"])
def test_files_about_the_pack_are_no_faults(pack: PackFolder, name: str) -> None:
    pack.add(name, "hello")
    assert pack.faults() == ()


def test_a_brief_without_an_assignment_is_told(pack: PackFolder) -> None:
    pack.add("assignments/portfolio.en.md", "Collect.")
    (fault,) = pack.faults()
    assert "write assignments/portfolio.yaml" in fault.message


def test_a_lesson_file_without_a_language_is_told(pack: PackFolder) -> None:
    pack.add("modules/m1/lesson-9.md", "Text")
    (fault,) = pack.faults()
    assert "must end in a language" in fault.message


def test_a_lesson_without_words_is_told(pack: PackFolder) -> None:
    pack.add(LESSON, "---\ntitle: Empty\nminutes: 1\n---\n\n\n")
    assert any(fault.file == LESSON and "no text" in fault.message for fault in pack.faults())


def test_an_address_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (fault,) = read_pack(tmp_path / "nowhere").faults
    assert "is not a folder" in fault.message
