"""Takes questions in from a file: read and kept for a look first, then carried out once. And writes them to a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from lms.core.audit import record_event
from lms.core.db import db
from lms.core.files import StoredFile, forget_bytes, label_of, read_file, store_file
from lms.quizzes.domain.bank import tidy_tags
from lms.quizzes.exchange.formats import FORMATS, Format, read_questions
from lms.quizzes.exchange.making import category_path
from lms.quizzes.exchange.pictures import Picture, digests_in
from lms.quizzes.exchange.report import N_, Accepted, Outcome, Reading, Sentence, Skipped
from lms.quizzes.exchange_models import QuestionImport, QuestionImportLine, QuestionPicture
from lms.quizzes.models import Question, QuestionTag
from lms.quizzes.permissions import Author, require_keeping
from lms.quizzes.queries.exchange import Bank, content_digest, find_pictures, get_import, questions_to_export, read_bank
from lms.quizzes.questions import to_document
from lms.quizzes.services.versions import add_version, digest_of_question, set_category

# What nobody came back to is not kept for longer.
KEPT_UNCONFIRMED = timedelta(days=1)
NEW, CHANGED, SAME = "new", "changed", "same"
_BATCH = 500
MISSING_PICTURE = N_("A picture of the question is neither in the file nor in the course. It stays empty.")


def preview_questions(
    actor: Author, content: bytes, file_name: str, *, language: str, chosen: str, now: datetime
) -> QuestionImport:
    """Read a file and keep what it holds for a look; nothing is added to the bank.

    Args:
        language: of texts that name none.
        chosen: the key of a format; empty to find it out.

    Raises:
        NotAllowed: unless the actor keeps the bank.
        Refused: where the file is too large, hostile, or in no format that is read here.
    """
    require_keeping(actor)
    _forget_old(now)
    form, reading = read_questions(content, label_of(file_name), language, chosen)
    bank = read_bank(actor.course.id)
    kept = QuestionImport(
        course_id=actor.course.id,
        created_by_id=actor.person.id,
        created_at=now,
        file_name=label_of(file_name),
        format=form.key,
        language=language,
        counts={},
    )
    db.session.add(kept)
    db.session.flush()
    rows = [_row(kept.id, place, outcome, bank) for place, outcome in enumerate(reading.outcomes, start=1)]
    _note_missing_pictures(rows, reading, actor)
    for start in range(0, len(rows), _BATCH):
        db.session.execute(insert(QuestionImportLine), rows[start : start + _BATCH])
    kept.counts = dict(Counter([row["state"] for row in rows]) + Counter([row["plan"] for row in rows if row["plan"]]))
    _keep_pictures(kept, reading.pictures.values(), actor, now)
    return kept


def _row(import_id: int, position: int, outcome: Outcome, bank: Bank) -> dict[str, Any]:
    plan = known = ""
    document, has_own_key = None, False
    if isinstance(outcome, Accepted):
        document, has_own_key = to_document(outcome.question), outcome.has_own_key
        plan, known = plan_of(document, has_own_key, bank)
        notes = outcome.notes
    else:
        notes = (outcome.reason,)
    return {
        "import_id": import_id,
        "position": position,
        "state": "accepted" if document else "skipped" if isinstance(outcome, Skipped) else "faulty",
        "plan": plan,
        "name": outcome.name[:255],
        "file": outcome.place.file[-255:],
        "line": outcome.place.line,
        "notes": [[note.message, dict(note.values)] for note in notes],
        "document": document,
        "has_own_key": has_own_key,
        "known_key": known,
    }


def _note_missing_pictures(rows: Sequence[dict[str, Any]], reading: Reading, actor: Author) -> None:
    named = {row["position"]: set(digests_in(row["document"])) - reading.pictures.keys() for row in rows}
    wanted = set[str]().union(*named.values()) if named else set()
    missing = wanted - find_pictures(actor.course.id, list(wanted)).keys() if wanted else wanted
    for row in rows:
        if named[row["position"]] & missing:
            row["notes"].append([MISSING_PICTURE, {}])


def plan_of(document: Mapping[str, Any], has_own_key: bool, bank: Bank) -> tuple[str, str]:
    """What taking a question in would do, and the key of the question in the bank that it is.

    A key that the file itself names makes a new version of the question of that key. A key made from the content finds
    the question even where it was changed in the bank since; the bank's words stay.
    """
    known = bank.by_key.get(document["key"])
    if known is not None:
        is_same = not has_own_key or known.digest == digest_of_question(document)
        return (SAME if is_same else CHANGED), known.key
    twin = bank.by_content.get(content_digest(document))
    return (SAME, twin.key) if twin is not None else (NEW, "")


def _keep_pictures(kept: QuestionImport, pictures: Iterable[Picture], actor: Author, now: datetime) -> None:
    wanted = {picture.digest: picture for picture in pictures}
    known = find_pictures(actor.course.id, list(wanted))
    for picture_row in known.values():
        if picture_row.import_id is not None:
            picture_row.import_id = kept.id  # brought by a file that may be forgotten before this one
    for digest in wanted.keys() - known.keys():
        picture = wanted[digest]
        stored = store_file(
            picture.content, name=picture.file_name, media_type=picture.media_type, now=now, actor_id=actor.person.id
        )
        db.session.add(QuestionPicture(course_id=actor.course.id, digest=digest, file_id=stored.id, import_id=kept.id))
    db.session.flush()


def forget_import(actor: Author, import_id: int) -> None:
    """Forget a file that waits, with the pictures that only it brought; raises NotAllowed, NotFound."""
    kept = get_import(actor, import_id)
    if kept.confirmed_at is None:
        _forget([kept.id])


def _forget_old(now: datetime) -> None:
    """Forget the files that nobody confirmed, with pictures that no question shows."""
    old = select(QuestionImport.id).where(
        QuestionImport.confirmed_at.is_(None), QuestionImport.created_at < now - KEPT_UNCONFIRMED
    )
    _forget(list(db.session.scalars(old)))


def _forget(ids: Sequence[int]) -> None:
    rows = db.session.execute(
        select(QuestionPicture.id, StoredFile.id, StoredFile.key)
        .join(StoredFile, StoredFile.id == QuestionPicture.file_id)
        .where(QuestionPicture.import_id.in_(ids))
    ).all()
    db.session.execute(delete(QuestionPicture).where(QuestionPicture.id.in_([row[0] for row in rows])))
    db.session.execute(delete(StoredFile).where(StoredFile.id.in_([row[1] for row in rows])))
    db.session.execute(delete(QuestionImportLine).where(QuestionImportLine.import_id.in_(ids)))
    db.session.execute(delete(QuestionImport).where(QuestionImport.id.in_(ids)))
    forget_bytes(key for _picture_id, _file_id, key in rows)


def confirm_import(
    actor: Author, import_id: int, *, category: str, keeps_categories: bool, now: datetime
) -> QuestionImport:
    """Add the accepted questions to the bank: new ones, and new versions of those that differ. Again, it changes nothing.

    Args:
        category: where new questions go; empty for none.
        keeps_categories: whether the categories of the file are kept, below that one.

    Raises:
        NotAllowed, NotFound: unless the actor keeps the bank and it has this import.
    """
    kept = get_import(actor, import_id)
    taken = db.session.scalar(
        update(QuestionImport)
        .where(QuestionImport.id == kept.id, QuestionImport.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(QuestionImport.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(kept)
    if taken is None:
        return kept
    bank, done = read_bank(actor.course.id), Counter[str]()
    found = db.session.execute(
        select(QuestionImportLine.document, QuestionImportLine.has_own_key)
        .where(QuestionImportLine.import_id == kept.id, QuestionImportLine.state == "accepted")
        .order_by(QuestionImportLine.position)
    ).all()
    taking = _Taking(actor, bank, category, keeps_categories, now)
    for start in range(0, len(found), _BATCH):
        for document, has_own_key in found[start : start + _BATCH]:
            done[taking.take(document, has_own_key)] += 1
        taking.flush()
    left_out = {name: kept.counts.get(name, 0) for name in ("skipped", "faulty")}
    kept.counts = {**done, **left_out, "accepted": sum(done.values())}
    _show_pictures(kept, [document for document, _own in found])
    db.session.execute(
        delete(QuestionImportLine).where(
            QuestionImportLine.import_id == kept.id, QuestionImportLine.state == "accepted"
        )
    )
    record_event(
        "questions imported", now=now, actor_id=actor.person.id, subject_type="question_import", subject_id=kept.id,
        course=actor.course.slug, file=kept.file_name, format=kept.format, **{name: done[name] for name in (NEW, CHANGED, SAME)},
    )  # fmt: skip
    return kept


def _show_pictures(kept: QuestionImport, documents: Sequence[Any]) -> None:
    digests = list(dict.fromkeys(digests_in(list(documents))))
    for start in range(0, len(digests), _BATCH):
        db.session.execute(
            update(QuestionPicture)
            .where(
                QuestionPicture.course_id == kept.course_id, QuestionPicture.digest.in_(digests[start : start + _BATCH])
            )
            .values(import_id=None)
        )


class _Taking:
    """Takes the questions of one import in, one after the other."""

    def __init__(self, actor: Author, bank: Bank, category: str, keeps_categories: bool, now: datetime) -> None:
        self.actor = actor
        self.bank = bank
        self.category = category
        self.keeps_categories = keeps_categories
        self.now = now
        self.tags: list[tuple[Question, list[str]]] = []

    def take(self, document: dict[str, Any], has_own_key: bool) -> str:
        """Add one question, or a version of it; returns what was done."""
        plan, key = plan_of(document, has_own_key, self.bank)
        if plan == NEW:
            self._add(document)
        elif plan == CHANGED:
            self._change(document, key)
        return plan

    def _add(self, document: dict[str, Any]) -> None:
        question = Question(course_id=self.actor.course.id, key=document["key"], kind=document["kind"])
        own = document.get("category", "") if self.keeps_categories else ""
        set_category(question, category_path([*self.category.split("/"), *own.split("/")]))
        db.session.add(question)
        self._version(question, 1, document)
        self.tags.append((question, tidy_tags(document.get("tags", ()))))

    def _change(self, document: dict[str, Any], key: str) -> None:
        known = self.bank.by_key[key]
        question = db.session.get_one(Question, known.question_id)
        question.kind = document["kind"]
        question.revision += 1
        # Whoever brings a question in wants to use it.
        question.archived_at, question.is_archived_by_hand = None, False
        self._version(question, known.number + 1, document)

    def _version(self, question: Question, number: int, document: dict[str, Any]) -> None:
        add_version(question, number, document, origin="file", actor_id=self.actor.person.id, now=self.now)

    def flush(self) -> None:
        """Write what was added so far, and forget it."""
        db.session.flush()
        db.session.add_all(
            QuestionTag(question_id=question.id, tag=tag) for question, tags in self.tags for tag in tags
        )
        self.tags.clear()
        db.session.flush()


@dataclass(frozen=True, slots=True)
class Export:
    """A file of questions. ``losses`` say what the format cannot carry, each with the keys of the questions."""

    form: Format
    questions: Sequence[Any]
    languages: Sequence[str]
    losses: Mapping[Sentence, Sequence[str]]


def plan_export(
    actor: Author, *, form: str, languages: Sequence[str], category: str = "", keys: Sequence[str] = ()
) -> Export:
    """What a file of these questions would hold and lose.

    Args:
        form: the key of a format that is written.
        languages: those to write; a format that carries only one takes the first.

    Raises:
        NotAllowed: unless the actor keeps the bank.
        KeyError: if there is no such format.
    """
    chosen = FORMATS[form]
    if chosen.losses is None:
        raise KeyError(form)
    spoken = tuple(languages) if chosen.carries_all_languages else tuple(languages[:1])
    questions = list(questions_to_export(actor, category, keys))
    losses: dict[Sentence, list[str]] = {}
    for question in questions:
        for loss in chosen.losses(question, spoken):
            losses.setdefault(loss, []).append(question.key)
    return Export(chosen, questions, spoken, losses)


def write_export(actor: Author, export: Export) -> bytes:
    """The file."""
    require_keeping(actor)
    digests = list(dict.fromkeys(digests_in([to_document(question) for question in export.questions])))
    pictures = find_pictures(actor.course.id, digests)

    def kept(digest: str) -> Picture | None:
        found = pictures.get(digest)
        return None if found is None else Picture(read_file(found.file), found.file.media_type)

    assert export.form.write is not None
    return export.form.write(export.questions, kept, export.languages)
