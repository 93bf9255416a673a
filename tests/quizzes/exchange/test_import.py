"""From a file into the bank and back: a look first, then once, and nothing twice."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.core.files import StoredFile
from lms.courses.models import Course
from lms.quizzes.exchange.formats import FORMATS, read_questions
from lms.quizzes.exchange_models import QuestionImport, QuestionImportLine, QuestionPicture
from lms.quizzes.models import Question, QuestionTag, QuestionVersion, Quiz
from lms.quizzes.permissions import Author
from lms.quizzes.queries.exchange import forget_pictures
from lms.quizzes.question_texts import PICTURES as PICTURE_FOLDER
from lms.quizzes.services import exchange
from tests.quizzes.exchange.test_moodle import PNG, answer, question

GIFT = """$CATEGORY: $course$/top/Law

// [id:own-1] [tag:travel]
::One::Where?{=here ~there}

::Two::True?{T}

::Three::Tell.{}

::Four::Open{=a ~b
"""
PICTURE = (
    "<quiz><question type='truefalse'><name><text>Sign</text></name><questiontext format='html'>"
    f"<text>See &lt;img src='@@PLUGINFILE@@/a.png' alt='A sign'&gt;</text><file name='a.png' encoding='base64'>{PNG}</file>"
    f"</questiontext>{answer('100', 'true')}</question></quiz>"
)
BANK = "/courses/small"
IMPORTS = f"{BANK}/question-imports"


@pytest.fixture(autouse=True)
def _forget() -> None:
    forget_pictures()


def author(cast: Any, name: str = "coordinator") -> Author:
    course = db.session.scalars(select(Course).where(Course.slug == "small")).one()
    return Author(cast.person(name), course, ("en", "fr"))


def preview(cast: Any, now: Any, text: str = GIFT, name: str = "f.txt") -> QuestionImport:
    return exchange.preview_questions(author(cast), text.encode(), name, language="en", chosen="", now=now)


def confirm(cast: Any, now: Any, kept: QuestionImport, category: str = "", keeps: bool = True) -> QuestionImport:
    return exchange.confirm_import(author(cast), kept.id, category=category, keeps_categories=keeps, now=now)


def in_bank() -> set[str]:
    return set(db.session.scalars(select(Question.key).where(Question.key.not_like("m%-q%"))))


def test_a_look_saves_nothing(cast: Any, now: Any) -> None:
    kept = preview(cast, now)
    assert kept.counts == {"accepted": 2, "skipped": 1, "faulty": 1, "new": 2}
    assert in_bank() == set()
    lines = db.session.scalars(select(QuestionImportLine).order_by(QuestionImportLine.position)).all()
    assert [(line.state, line.line) for line in lines] == [
        ("accepted", 4),
        ("accepted", 6),
        ("skipped", 8),
        ("faulty", 10),
    ]


def test_what_is_confirmed_is_in_the_bank_with_category_and_tags(cast: Any, now: Any) -> None:
    confirm(cast, now, preview(cast, now), category="New/Imported")
    one = db.session.scalars(select(Question).where(Question.key == "own-1")).one()
    assert (one.category, one.kind) == ("New/Imported/Law", "single_choice")
    assert db.session.scalars(select(QuestionTag.tag).where(QuestionTag.question_id == one.id)).all() == ["travel"]
    version = db.session.scalars(select(QuestionVersion).where(QuestionVersion.question_id == one.id)).one()
    assert (version.origin, version.number) == ("file", 1)


def test_the_same_file_again_changes_nothing(cast: Any, now: Any) -> None:
    confirm(cast, now, preview(cast, now))
    again = preview(cast, now)
    assert (again.counts["same"], again.counts.get("new")) == (2, None)
    confirm(cast, now, again)
    assert (
        db.session.scalar(select(func.count()).select_from(QuestionVersion).where(QuestionVersion.origin == "file"))
        == 2
    )


def test_confirming_twice_is_confirming_once(cast: Any, now: Any) -> None:
    kept = preview(cast, now)
    first = dict(confirm(cast, now, kept).counts)
    assert confirm(cast, now, kept).counts == first
    assert len(in_bank()) == 2


def test_a_question_of_the_same_key_gets_a_new_version_and_running_quizzes_keep_theirs(cast: Any, now: Any) -> None:
    confirm(cast, now, preview(cast, now))
    changed = preview(cast, now, GIFT.replace("Where?", "Where exactly?"))
    assert (changed.counts["changed"], changed.counts["same"]) == (1, 1)
    before = db.session.scalars(select(Quiz.question_version_ids)).all()
    confirm(cast, now, changed)
    versions = db.session.scalars(
        select(QuestionVersion.document).join(Question).where(Question.key == "own-1").order_by(QuestionVersion.number)
    ).all()
    assert [version["stem"]["en"] for version in versions] == ["Where?", "Where exactly?"]
    assert db.session.scalars(select(Quiz.question_version_ids)).all() == before


def test_a_question_without_a_key_of_its_own_never_replaces_another(cast: Any, now: Any) -> None:
    text = "::Same name::{}::{{T}}".replace("{}", "First?").replace("::{{T}}", "{T}")
    confirm(cast, now, preview(cast, now, text))
    other = preview(cast, now, text.replace("First", "Second"))
    assert other.counts["new"] == 1
    confirm(cast, now, other)
    assert len(in_bank()) == 2


def test_a_question_that_the_bank_has_under_another_key_does_not_come_twice(cast: Any, now: Any) -> None:
    confirm(cast, now, preview(cast, now))
    twin = preview(cast, now, "::Another name::Where?{=here ~there}")
    assert twin.counts["same"] == 1
    assert (
        db.session.scalars(select(QuestionImportLine.known_key).where(QuestionImportLine.import_id == twin.id)).one()
        == "own-1"
    )


def test_what_nobody_confirmed_is_forgotten_after_a_day_with_its_pictures(cast: Any, now: Any) -> None:
    preview(cast, now, PICTURE, "f.xml")
    preview(cast, now + timedelta(days=2))
    assert db.session.scalar(select(func.count()).select_from(QuestionImport)) == 1
    assert db.session.scalar(select(func.count()).select_from(QuestionPicture)) == 0
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_picture_of_two_files_that_wait_is_kept_once(cast: Any, now: Any) -> None:
    preview(cast, now, PICTURE, "f.xml")
    second = preview(cast, now, PICTURE, "f.xml")
    confirm(cast, now, second)
    (picture,) = db.session.scalars(select(QuestionPicture)).all()
    assert picture.import_id is None


@pytest.mark.parametrize("form", [key for key, one in FORMATS.items() if one.write])
def test_the_bank_of_the_course_exported_and_imported_is_the_same(cast: Any, now: Any, form: str) -> None:
    confirm(cast, now, preview(cast, now, PICTURE, "f.xml"))
    planned = exchange.plan_export(author(cast), form=form, languages=("en", "fr"))
    content = exchange.write_export(author(cast), planned)
    assert len(planned.questions) == 61
    again = exchange.preview_questions(
        author(cast), content, f"f.{planned.form.ending}", language="en", chosen="", now=now
    )
    assert again.counts == {"accepted": 61, "same": 61}


def test_an_export_holds_what_was_chosen(cast: Any, now: Any) -> None:
    confirm(cast, now, preview(cast, now), category="New")

    def keys(**wanted: Any) -> list[str]:
        planned = exchange.plan_export(author(cast), form="moodle", languages=("en",), **wanted)
        return [one.key for one in planned.questions]

    assert len(keys(category="New")) == 2
    assert keys(keys=["own-1"]) == ["own-1"]
    assert len(keys()) == 62
    db.session.execute(update(Question).where(Question.key == "own-1").values(archived_at=now))
    assert keys(keys=["own-1"]) == []


def test_services_refuse_who_does_not_keep_the_bank(cast: Any, now: Any) -> None:
    kept = preview(cast, now)
    for name in ("participant", "tutor", "sponsor_viewer"):
        stranger = author(cast, name)
        with pytest.raises(NotAllowed):
            exchange.preview_questions(stranger, b"x{T}", "f", language="en", chosen="", now=now)
        with pytest.raises(NotAllowed):
            exchange.confirm_import(stranger, kept.id, category="", keeps_categories=True, now=now)
        with pytest.raises(NotAllowed):
            exchange.plan_export(stranger, form="gift", languages=("en",))
    with pytest.raises(NotFound):
        exchange.confirm_import(author(cast), 10**6, category="", keeps_categories=True, now=now)


def upload(browser: Any, text: str = GIFT, name: str = "f.txt", **more: str) -> Any:
    data = {"file": (io.BytesIO(text.encode()), name), "language": "en", "format": "", **more}
    return browser.post(IMPORTS, data=data, content_type="multipart/form-data")


def test_the_journey_from_file_to_bank(as_role: Any, cast: Any) -> None:
    browser = as_role("coordinator")
    assert browser.get(IMPORTS).status_code == 200
    response = upload(browser)
    assert response.status_code == 303
    page = browser.get(response.location)
    body = page.get_data(as_text=True)
    for words in ("Nothing has been saved yet", "Line 4", "assignment", "not closed before the next empty line"):
        assert words in body
    only_faults = browser.get(f"{response.location}?state=faulty").get_data(as_text=True)
    assert "not closed" in only_faults
    assert "assignment" not in only_faults
    assert "Where?" in browser.get(f"{response.location}/1").get_data(as_text=True)
    assert browser.get(f"{response.location}/3").status_code == 404
    done = browser.post(response.location, data={"category": "New", "keeps_categories": "y"})
    assert done.status_code == 303
    result = browser.get(done.location).get_data(as_text=True)
    assert "2 questions came into the bank" in result
    assert "What was not taken in" in result
    assert "own-1" in in_bank()


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("<!DOCTYPE q [<!ENTITY x 'y'>]><quiz>&x;</quiz>", 422, "entities"),
        ("  ", 422, "empty"),
        (" " * 1001, 413, "larger than 10 MB"),
    ],
)
def test_a_refused_file_says_why_at_the_field(
    as_role: Any, cast: Any, monkeypatch: pytest.MonkeyPatch, text: str, status: int, words: str
) -> None:
    monkeypatch.setattr("lms.quizzes.exchange.formats.MAX_FILE_BYTES", 1000)
    response = upload(as_role("coordinator"), text)
    assert response.status_code == status
    assert words in response.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(QuestionImport)) == 0


def test_without_a_file_the_form_asks_for_one(as_role: Any, cast: Any) -> None:
    response = as_role("coordinator").post(IMPORTS, data={"language": "fr", "format": ""})
    assert response.status_code == 422
    assert "Choose a file" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "status"), [("participant", 403), ("tutor", 403), ("sponsor_viewer", 403), ("stranger", 303)]
)
def test_only_who_keeps_the_bank_opens_these_pages(as_role: Any, cast: Any, now: Any, name: str, status: int) -> None:
    kept = preview(cast, now)
    db.session.commit()
    for page in (
        IMPORTS,
        f"{IMPORTS}/{kept.id}",
        f"{IMPORTS}/{kept.id}/1",
        f"{IMPORTS}/table.xlsx",
        f"{BANK}/question-exports",
        f"{BANK}/question-exports/file?format=gift",
    ):
        assert as_role(name).get(page).status_code == status, page
    assert as_role(name).post(f"{IMPORTS}/{kept.id}").status_code == status


def test_a_coordinator_of_another_edition_of_the_course_keeps_the_same_bank(as_role: Any, cast: Any) -> None:
    assert as_role("other_coordinator").get(IMPORTS).status_code == 200
    assert as_role("coordinator").get(f"{IMPORTS}/999").status_code == 404
    assert as_role("coordinator").get("/courses/none/question-imports").status_code == 404


def test_long_files_come_page_by_page_with_a_constant_number_of_statements(
    as_role: Any, cast: Any, now: Any, count_queries: Any
) -> None:
    counted = []
    for size in (3, 130):
        text = "\n\n".join(f"::Q{n}::Is it {n}?{{T}}" for n in range(size))
        kept = preview(cast, now, text)
        db.session.commit()
        browser = as_role("coordinator")
        browser.get(f"{IMPORTS}/{kept.id}")
        with count_queries() as statements:
            body = browser.get(f"{IMPORTS}/{kept.id}").get_data(as_text=True)
        counted.append(len(statements))
        assert body.count("<tr>") == min(size, 50) + 1
    assert "Page 1 of 3" in body
    assert counted[0] == counted[1] <= 16


def test_what_an_export_loses_stands_there_before_the_file(as_role: Any, cast: Any) -> None:
    browser = as_role("coordinator")
    body = browser.get(f"{BANK}/question-exports?format=gift&language=fr").get_data(as_text=True)
    assert "Only the chosen language goes along" in body
    address = re.search(r'href="([^"]+/file[^"]*)"', body)
    assert address
    response = browser.get(address[1].replace("&amp;", "&"))
    assert response.headers["Content-Disposition"] == "attachment; filename=questions-small.txt"
    assert len(read_questions(response.data, "f.txt", "fr")[1].accepted) == 60
    assert browser.get(f"{BANK}/question-exports/file?format=aiken").status_code in (200, 404)
    assert browser.get(f"{BANK}/question-exports?category=nothing").status_code == 200


def test_a_picture_is_served_to_those_who_may_see_the_question_and_only_as_a_picture(
    as_role: Any, cast: Any, now: Any
) -> None:
    kept = preview(cast, now, PICTURE, "f.xml")
    db.session.commit()
    (digest,) = db.session.scalars(select(QuestionPicture.digest)).all()
    address = f"{PICTURE_FOLDER}{digest}"
    assert as_role("coordinator").get(address).status_code == 200
    assert as_role("tutor").get(address).status_code == 404
    confirm(cast, now, kept)
    db.session.commit()
    response = as_role("tutor").get(address)
    assert response.status_code == 200
    assert response.mimetype == "image/png"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert as_role("stranger").get(address).status_code == 303
    for name in ("participant", "sponsor_viewer", "outsider"):
        assert as_role(name).get(address).status_code == 404
    assert as_role("coordinator").get(f"{PICTURE_FOLDER}{'0' * 64}").status_code == 404


def test_a_participant_sees_a_picture_once_an_attempt_asks_it(as_role: Any, cast: Any, now: Any) -> None:
    confirm(cast, now, preview(cast, now, PICTURE, "f.xml"))
    version = db.session.scalars(select(QuestionVersion).where(QuestionVersion.origin == "file")).one()
    quiz = db.session.scalars(select(Quiz).where(Quiz.key == "quiz-2", Quiz.edition_id == cast.edition.id)).one()
    quiz.question_version_ids = [version.id]
    db.session.commit()
    (digest,) = db.session.scalars(select(QuestionPicture.digest)).all()
    address, browser = f"{PICTURE_FOLDER}{digest}", as_role("participant")
    assert browser.get(address).status_code == 404
    started = browser.post("/editions/R1/quizzes/quiz-2/attempts")
    body = browser.get(started.location).get_data(as_text=True)
    assert f'<img src="{address}" alt="A sign"' in body
    assert browser.get(address).status_code == 200
    assert as_role("other_participant").get(address).status_code == 404


def test_the_command_line_brings_in_and_takes_out(app: Any, cast: Any, tmp_path: Path) -> None:
    path, out = tmp_path / "f.gift", tmp_path / "out.xml"
    path.write_text(GIFT)
    by = ["--by", cast.person("coordinator").email]
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["questions", "import", "small", str(path), *by, "--dry-run"])
    assert dry.exit_code == 1
    assert "f.gift:10: faulty: Four" in dry.output
    assert "Nothing was saved. 2 new" in dry.output
    assert in_bank() == set()
    runner.invoke(args=["questions", "import", "small", str(path), *by])
    assert len(in_bank()) == 2
    wrote = runner.invoke(args=["questions", "export", "small", str(out), *by, "--format", "moodle"])
    assert "Wrote 62 questions" in wrote.output
    assert len(read_questions(out.read_bytes(), "out.xml", "en")[1].accepted) == 62
    refused = runner.invoke(args=["questions", "import", "small", str(path), "--by", cast.person("tutor").email])
    assert refused.exit_code == 1
    path.write_bytes(b"")
    assert runner.invoke(args=["questions", "import", "small", str(path), *by]).exit_code == 2


def test_a_question_of_the_file_that_moodle_writes_is_found_by_its_number(cast: Any, now: Any) -> None:
    text = f"<quiz>{question('truefalse', answer('100', 'true') + '<idnumber>RET 7</idnumber>')}</quiz>"
    confirm(cast, now, preview(cast, now, text, "f.xml"))
    assert in_bank() == {"ret-7"}


def test_ticked_questions_alone_go_into_the_file_and_none_ticked_is_said(as_role: Any) -> None:
    browser = as_role("coordinator")
    listed = browser.get(f"{BANK}/questions").get_data(as_text=True)
    keys = re.findall('type="checkbox"[^>]* name="key" value="([^"]+)"', listed)[:2]
    assert len(keys) == 2
    ticked = browser.get(f"{BANK}/question-exports", query_string={"key": keys, "chosen": "yes"}).get_data(as_text=True)
    assert "2 questions were chosen." in ticked
    assert "No question was ticked" not in ticked
    file = browser.get(f"{BANK}/question-exports/file", query_string={"key": keys, "format": "gift"}).get_data(
        as_text=True
    )
    assert file.count("// x-segin") == 2
    assert "No question was ticked" in browser.get(f"{BANK}/question-exports?chosen=yes").get_data(as_text=True)
