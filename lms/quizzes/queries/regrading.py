"""Reads for regrading a quiz: what can be regraded, what it would do to whom, and what was done before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.accounts.models import Person
from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import Enrolment
from lms.courses.permissions import Member, require_coordinating
from lms.grading.domain.decision import Decision, certificate_for
from lms.grading.domain.points import round_points
from lms.grading.domain.results import State
from lms.grading.queries import Standing, class_results
from lms.grading.queries.simulation import standing_certificates
from lms.grading.services.ledger import BY_HAND
from lms.quizzes.domain import Result, counted, points_of
from lms.quizzes.domain.regrading import Regrade, Ruling, Score, Treatment, in_force, seal_of, settled
from lms.quizzes.models import Attempt, Question, QuestionVersion, Quiz
from lms.quizzes.queries.regrade_scores import asked_in, history_of, stored_score
from lms.quizzes.regrade_models import QuizRegrade, QuizRuling, RegradedAttempt

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that the quiz asked or asks: how many attempts were asked it, and what was ruled about it.

    ``places`` are its numbers in the quiz as new attempts see it, none where it is drawn or no longer asked.
    """

    version: QuestionVersion
    question: Question
    newest: QuestionVersion
    asked: int
    places: Sequence[int]
    ruling: Ruling | None

    @property
    def is_newest(self) -> bool:
        """True where there is no newer version to mark under."""
        return self.version.id == self.newest.id

    def ruling_for(self, treatment: Treatment) -> Ruling:
        """The ruling that a treatment stands for here."""
        return Ruling(treatment, self.newest.id if treatment is Treatment.NEWEST else None)

    @property
    def treatments(self) -> list[Treatment]:
        """What can be decided about it: what would change nothing is left out."""
        possible = [Treatment.FULL, Treatment.EXCLUDED]
        if not self.is_newest:
            possible.insert(0, Treatment.NEWEST)
        if self.ruling is not None:
            possible.append(Treatment.AS_ASKED)
        return [treatment for treatment in possible if self.ruling_for(treatment) != self.ruling]


def candidates_of(quiz: Quiz) -> list[Candidate]:
    """Every version that the quiz asked in an attempt, or asks now, in the order of its questions; three statements."""
    layouts = db.session.scalars(select(Attempt.layout).where(Attempt.quiz_id == quiz.id))
    asked = Counter(version_id for layout in layouts for version_id, _order in layout)
    newest = aliased(QuestionVersion)
    newest_number = (
        select(func.max(newest.number)).where(newest.question_id == Question.id).correlate(Question).scalar_subquery()
    )
    last = aliased(QuestionVersion)
    rows = db.session.execute(
        select(QuestionVersion, Question, last)
        .join(Question, Question.id == QuestionVersion.question_id)
        .join(last, (last.question_id == Question.id) & (last.number == newest_number))
        .where(QuestionVersion.id.in_({*asked, *quiz.question_version_ids}))
    )
    rulings = in_force(history_of(quiz.id))
    places = {version_id: place for place, version_id in enumerate(quiz.question_version_ids, start=1)}
    found = [
        Candidate(
            version, question, last_version, asked[version.id],
            [places[version.id]] if version.id in places else [], rulings.get(version.id),
        )
        for version, question, last_version in rows
    ]  # fmt: skip
    # A version that was asked stands below the one that took its place, where whoever corrected a key looks for it.
    first = {one.question.id: one.places[0] for one in found if one.places}
    return sorted(
        found,
        key=lambda one: (
            first.get(one.question.id, len(places) + 1),
            one.question.key,
            -one.version.number,
        ),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One person whose counted result would change: before and after, in the quiz, in total, in certificates.

    ``points`` are ``None`` for a quiz that earns none. ``is_by_hand``: a coordinator's decision holds, so that the
    total stays. ``certificate`` is kind and number of the one that stands.
    """

    standing: Standing
    before: Result
    after: Result
    points_before: Decimal | None
    points_after: Decimal | None
    decision_before: Decision
    decision_after: Decision
    is_by_hand: bool
    certificate: tuple[str, str] | None

    @property
    def change(self) -> int:
        """1 for who gains, -1 for who loses, 0 where only the count of questions changes."""
        return (self.after.share > self.before.share) - (self.after.share < self.before.share)

    @property
    def crosses(self) -> bool:
        """Whether another certificate, or none, would be earned."""
        return self.decision_before.status != self.decision_after.status

    @property
    def is_told(self) -> bool:
        """Whether the person hears of it: their points in the gradebook change, and they have not left."""
        return not self.is_by_hand and self.points_before != self.points_after and not self.standing.is_withdrawn

    @property
    def differs_from_certificate(self) -> bool:
        """Whether the certificate that was issued would no longer be what the marks give."""
        return self.certificate is not None and self.decision_after.status not in (self.certificate[0], "pending")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a regrade would do. ``number`` is the one it would have, ``moved`` each attempt with its two scores."""

    number: int
    wanted: Regrade
    lines: Sequence[Line]
    moved: Sequence[tuple[Attempt, Score, Score]]
    people: int
    maximum: Decimal | None
    running: int

    @property
    def counts(self) -> dict[str, int]:
        """How many gain, lose, cross a threshold, hold a certificate that would differ, and stay as they are."""
        return {
            "people": self.people,
            "gain": sum(line.change > 0 for line in self.lines),
            "lose": sum(line.change < 0 for line in self.lines),
            "cross": sum(line.crosses for line in self.lines),
            "certificates": sum(line.differs_from_certificate for line in self.lines),
            "attempts": len(self.moved),
        }

    @property
    def seal(self) -> str:
        """Stands for all that is shown; a later trial with another outcome has another."""
        rulings = sorted((key, ruling.treatment, ruling.version_id) for key, ruling in self.wanted.rulings.items())
        people = sorted(
            (
                line.standing.enrolment.id, line.before.number, line.before.right, line.before.questions,
                line.after.number, line.after.right, line.after.questions, line.decision_before.total,
                line.decision_after.total, line.decision_before.status, line.decision_after.status,
                line.certificate or "",
            )
            for line in self.lines
        )  # fmt: skip
        moved = sorted(
            (attempt.id, before.right, after.right, after.questions) for attempt, before, after in self.moved
        )
        return seal_of([self.number, self.wanted.nobody_loses, rulings, people, moved])


def try_regrade(actor: Member, quiz: Quiz, wanted: Regrade, *, attempts: Iterable[Attempt] | None = None) -> Trial:
    """What a regrade would do to everybody; nothing is written. The same statements for 20 attempts or 2,000.

    Args:
        attempts: all of the quiz, where the caller holds them; read here otherwise.

    Raises:
        NotAllowed: unless the actor coordinates the edition.
    """
    require_coordinating(actor)
    if attempts is None:
        attempts = db.session.scalars(select(Attempt).where(Attempt.quiz_id == quiz.id))
    every = list(attempts)
    finished = [attempt for attempt in every if attempt.submitted_at is not None]
    history = [*history_of(quiz.id), wanted]
    asked = asked_in(finished, history)
    scores = {attempt.id: (stored_score(attempt), settled(asked[attempt.id], history)) for attempt in finished}
    moved = [(attempt, *scores[attempt.id]) for attempt in finished if scores[attempt.id][0] != scores[attempt.id][1]]
    standings = class_results(actor.edition, include_test_accounts=True)
    maximum = _maximum(standings, quiz.item_key)
    issued = standing_certificates(actor.edition.id)
    by_person = {
        enrolment_id: list(own)
        for enrolment_id, own in groupby(
            sorted(finished, key=lambda one: one.enrolment_id), lambda one: one.enrolment_id
        )
    }
    lines = []
    for standing in standings:
        own = by_person.get(standing.enrolment.id, [])
        before = counted((_result(one, scores[one.id][0]) for one in own), quiz.counting)
        after = counted((_result(one, scores[one.id][1]) for one in own), quiz.counting)
        if before is not None and after is not None and before != after:
            certificate = issued.get(standing.enrolment.id)
            lines.append(_line(standing, quiz.item_key, before, after, maximum, certificate))
    lines.sort(key=lambda line: (not line.crosses, line.change))
    number = 1 + (db.session.scalar(select(func.max(QuizRegrade.number)).where(QuizRegrade.quiz_id == quiz.id)) or 0)
    return Trial(number, wanted, lines, moved, len(by_person), maximum, len(every) - len(finished))


def _result(attempt: Attempt, score: Score) -> Result:
    return Result(attempt.number, score.right, score.questions)


def _maximum(standings: Sequence[Standing], item_key: str) -> Decimal | None:
    item = standings[0].scheme.find_item(item_key) if standings else None
    return None if item is None else item.maximum


def _line(
    standing: Standing, item_key: str, before: Result, after: Result, maximum: Decimal | None,
    certificate: tuple[str, str] | None,
) -> Line:  # fmt: skip
    if maximum is None:
        return Line(standing, before, after, None, None, standing.decision, standing.decision, False, certificate)
    entry = standing.entries.get(item_key)
    is_by_hand = entry is not None and entry.source in BY_HAND
    points = round_points(points_of(after, maximum))
    decision = standing.decision
    if not is_by_hand:
        results = tuple(
            replace(result, state=State.MARKED, points=points, is_complete=True) if result.key == item_key else result
            for result in standing.results
        )
        decision = certificate_for(results, standing.scheme.tiers, standing.is_withdrawn)
    return Line(
        standing, before, after, round_points(points_of(before, maximum)), points, standing.decision, decision,
        is_by_hand, certificate,
    )  # fmt: skip


def regrades_of(quiz: Quiz) -> Sequence[QuizRegrade]:
    """The regrades of a quiz, the newest first; two statements."""
    return db.session.scalars(
        select(QuizRegrade)
        .options(joinedload(QuizRegrade.applied_by), selectinload(QuizRegrade.rulings))
        .where(QuizRegrade.quiz_id == quiz.id)
        .order_by(QuizRegrade.number.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class RecordedRuling:
    """A ruling as it is shown; ``under`` is the number of the version that was marked under, if any."""

    version: QuestionVersion
    treatment: str
    under: int | None


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """An attempt that a regrade changed, and whose it is."""

    change: RegradedAttempt
    attempt: Attempt
    name: str


@dataclass(frozen=True, slots=True)
class Record:
    """A regrade that was applied, with a page of the attempts that it changed; ``pages`` is at least 1."""

    regrade: QuizRegrade
    rulings: Sequence[RecordedRuling]
    lines: Sequence[RecordedChange]
    page: int
    pages: int


def get_record(quiz: Quiz, number: int, page: int) -> Record:
    """A regrade of the quiz by its number; four statements. Raises NotFound."""
    regrade = db.session.scalars(
        select(QuizRegrade)
        .options(joinedload(QuizRegrade.applied_by))
        .where(QuizRegrade.quiz_id == quiz.id, QuizRegrade.number == number)
    ).one_or_none()
    if regrade is None:
        raise NotFound
    under = aliased(QuestionVersion)
    rulings = db.session.execute(
        select(QuestionVersion, QuizRuling.treatment, under.number)
        .join(QuizRuling, QuizRuling.question_version_id == QuestionVersion.id)
        .outerjoin(under, under.id == QuizRuling.marked_under_id)
        .where(QuizRuling.regrade_id == regrade.id)
        .order_by(QuestionVersion.id)
    )
    changed = select(RegradedAttempt).where(RegradedAttempt.regrade_id == regrade.id)
    total = db.session.scalar(changed.with_only_columns(func.count())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    lines = db.session.execute(
        select(RegradedAttempt, Attempt, Person.full_name)
        .join(Attempt, Attempt.id == RegradedAttempt.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(RegradedAttempt.regrade_id == regrade.id)
        .order_by(Person.full_name, Attempt.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Record(
        regrade, [RecordedRuling(*row) for row in rulings], [RecordedChange(*row) for row in lines], page, pages
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What a participant is told of one regrade: the numbers of the questions in their attempt, by treatment."""

    regrade: QuizRegrade
    positions: dict[Treatment, list[int]]
    was_changed: bool


def notes_on(attempt: Attempt) -> list[Note]:
    """What the regrades of its quiz did to the questions of an attempt, the first one first; three statements."""
    regrades = db.session.scalars(
        select(QuizRegrade)
        .options(selectinload(QuizRegrade.rulings))
        .where(QuizRegrade.quiz_id == attempt.quiz_id)
        .order_by(QuizRegrade.number)
    ).all()
    changed = set(
        db.session.scalars(select(RegradedAttempt.regrade_id).where(RegradedAttempt.attempt_id == attempt.id))
    )
    notes = []
    for regrade in regrades:
        positions: dict[Treatment, list[int]] = {}
        treatments = {line.question_version_id: Treatment(line.treatment) for line in regrade.rulings}
        for position, (version_id, _order) in enumerate(attempt.layout, start=1):
            if version_id in treatments:
                positions.setdefault(treatments[version_id], []).append(position)
        if positions:
            notes.append(Note(regrade, positions, regrade.id in changed))
    return notes
