"""What is written is read again as the same course, and the same course is always the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from lms.courses.documents import course_from_document, digest_of, to_document
from lms.courses.domain.content import CourseContent
from lms.courses.packs import read_pack, write_pack
from lms.courses.packs.writer import pack_files
from tests.courses.content_strategies import courses
from tests.factories import small_course

REAL_PACK = Path(__file__).parents[2] / "packs" / "reintegration"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(courses())
def test_any_course_that_is_written_passes_the_check_and_is_read_as_the_same_course(content: CourseContent) -> None:
    with TemporaryDirectory() as folder:
        write_pack(content, Path(folder))
        reading = read_pack(Path(folder))
    assert [str(fault) for fault in reading.faults if fault.severity == "error"] == []
    assert reading.content == content
    assert reading.content is not None
    assert dict(pack_files(reading.content)) == dict(pack_files(content))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(courses())
def test_any_course_survives_the_document_that_a_release_stores(content: CourseContent) -> None:
    assert course_from_document(to_document(content)) == content


def test_the_real_pack_has_no_faults_and_six_modules_in_two_languages() -> None:
    reading = read_pack(REAL_PACK)
    assert [str(fault) for fault in reading.faults] == []
    assert reading.content is not None
    assert len(reading.content.modules) == 6
    assert reading.content.languages == ("en", "fr")
    assert sum(len(quiz.questions) for _module, quiz in reading.content.quizzes()) == 60


def test_the_real_pack_is_exported_and_read_again_as_the_same_course(tmp_path: Path) -> None:
    content = read_pack(REAL_PACK).content
    assert content is not None
    write_pack(content, tmp_path / "one")
    again = read_pack(tmp_path / "one")
    assert again.faults == ()
    assert again.content == content
    assert digest_of(to_document(again.content)) == digest_of(to_document(content))


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_pack(small_course(), tmp_path / name)
    first, second = (
        {
            str(path.relative_to(tmp_path / name)): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    )
    assert first == second
    assert len(first) > 20


def test_the_order_in_which_languages_were_written_makes_no_difference() -> None:
    content = small_course()
    turned = course_from_document({**to_document(content), "title": {"fr": "Petit cours", "en": "Small course"}})
    assert dict(pack_files(turned)) == dict(pack_files(content))


def test_thirty_and_thirty_point_nought_are_the_same_course(tmp_path: Path) -> None:
    write_pack(small_course(), tmp_path)
    before = read_pack(tmp_path).content
    path = tmp_path / "grading.yaml"
    path.write_text(path.read_text("utf-8").replace("minimum: 30\n", "minimum: 30.00\n"), "utf-8")
    after = read_pack(tmp_path).content
    assert digest_of(to_document(after)) == digest_of(to_document(before))


def test_an_exported_pack_tells_editors_its_schemas_which_it_carries_along(tmp_path: Path) -> None:
    content = read_pack(REAL_PACK).content
    assert content is not None
    write_pack(content, tmp_path)
    documents = sorted(tmp_path.rglob("*.yaml"))
    assert len(documents) == 19
    for path in documents:
        first = path.read_text("utf-8").split("\n", 1)[0]
        schema = (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
        assert schema.is_file(), path
        assert schema.is_relative_to(tmp_path.resolve())
        registry = {one.name: json.loads(one.read_text("utf-8")) for one in schema.parent.iterdir()}
        resources = [(name, Resource(one, DRAFT202012)) for name, one in registry.items()]
        check = Draft202012Validator(registry[schema.name], registry=Registry().with_resources(resources))
        # An editor has the document as YAML gives it: whatever our own keywords say is nothing to it.
        assert list(check.iter_errors(yaml.safe_load(path.read_text("utf-8")))) == [], path
    assert read_pack(tmp_path).faults == ()
