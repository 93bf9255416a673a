"""Makes the things tests stand on: a small course, two editions, and a fixed cast of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lms.accounts.domain import email_key
from lms.accounts.models import Person
from lms.core.db import db
from lms.courses.documents import digest_of, to_document
from lms.courses.domain.content import (
    AssignmentPlan,
    CategoryPlan,
    CourseContent,
    Criterion,
    Deliverable,
    GradingPlan,
    ItemPlan,
    Lesson,
    Level,
    Module,
    Profile,
    QuizPlan,
    SessionPlan,
    Signatory,
    SurveyPlan,
    SurveyQuestion,
    Term,
    TierPlan,
    WordRange,
)
from lms.courses.domain.schedule import Moment
from lms.courses.hooks import edition_created, release_imported
from lms.courses.models import Course, CourseRelease, Edition, EditionModule, Enrolment, Sponsor
from lms.quizzes.questions import ChoiceQuestion, Option


def both(english: str, french: str | None = None) -> dict[str, str]:
    """A text in the two languages of the small course."""
    return {"en": english, "fr": french or f"{english} (fr)"}


def question(key: str, options: int = 4) -> ChoiceQuestion:
    """A question whose option ``a`` is right."""
    letters = "abcdefgh"[:options]
    return ChoiceQuestion(
        key,
        both(f"Stem of {key}?"),
        tuple(
            Option(letter, both(f"Option {letter} of {key}"), both(f"Feedback {letter}"), letter == "a")
            for letter in letters
        ),
    )


def rubric(prefix: str, criteria: int) -> tuple[Criterion, ...]:
    """Criteria of ten points each."""
    levels = (
        Level(Decimal("5.5"), Decimal(10), both("Convincing")),
        Level(Decimal(0), Decimal(5), both("Not yet")),
    )
    return tuple(
        Criterion(f"{prefix}{n}", both(f"Criterion {prefix}{n}"), Decimal(10), levels) for n in range(1, criteria + 1)
    )


def small_course(slug: str = "small", modules: int = 6) -> CourseContent:
    """A course with the shape of the real one: six modules with a quiz of ten, group work 30, essay 40."""
    content = []
    for n in range(1, modules + 1):
        quiz = QuizPlan(
            f"quiz-{n}", both(f"Quiz {n}"), Moment(7 * n - 6, 8, 0), Moment(min(7 * n, 40), 23, 59),
            tuple(question(f"m{n}-q{i:02}") for i in range(1, 11)), attempts=2,
        )  # fmt: skip
        lessons = tuple(
            Lesson(
                f"lesson-{i}",
                both(f"Lesson {n}.{i}"),
                {"en": 5, "fr": 6},
                both(f"## Part\n\nBody of lesson {n}.{i}, see [return](glossary:return)."),
            )
            for i in (1, 2)
        )
        content.append(
            Module(
                f"m{n}",
                both(f"Module {n}"),
                both(f"About module {n}"),
                Moment(7 * n - 6, 8, 0),
                (both(f"Objective {n}"),),
                lessons,
                (),
                quiz,
            )
        )
    weight = Decimal(30) / modules
    items = [ItemPlan(f"quiz-{n}", "quizzes", "quiz", both(f"Quiz {n}"), weight) for n in range(1, modules + 1)]
    items.append(ItemPlan("group-work", "group-work", "group", both("Group work"), Decimal(30)))
    items.append(ItemPlan("final-assignment", "final-assignment", "individual", both("Final assignment"), Decimal(40)))
    return CourseContent(
        slug=slug,
        languages=("en", "fr"),
        title=both("Small course", "Petit cours"),
        summary=both("A summary"),
        audience=both("Officials"),
        methodology=both("Three phases"),
        learning_hours=60,
        duration_days=40,
        objectives=(both("First objective"),),
        signatories=(
            Signatory("director", "Ines Invented", both("Director", "Directrice")),
            Signatory("manager", "Omar Invented", both("Manager", "Responsable")),
        ),
        modules=tuple(content),
        grading=GradingPlan(
            (
                CategoryPlan("quizzes", both("Quizzes"), Decimal(30)),
                CategoryPlan("group-work", both("Group work"), Decimal(30)),
                CategoryPlan("final-assignment", both("Final assignment"), Decimal(40)),
            ),
            tuple(items),
            (
                TierPlan("achievement", both("Certificate of Achievement", "Certificat de réussite"), Decimal(60), "all"),
                TierPlan("participation", both("Certificate of Participation", "Certificat de participation"), Decimal(30), "more_than_half"),
            ),
        ),
        glossary=(Term("return", both("return"), both("Going back.")),),
        agenda=(SessionPlan("opening", both("Opening webinar"), Moment(2, 15, 0), 60, both("We meet")),),
        evaluation=SurveyPlan(
            "evaluation", both("Evaluation"), both("Please answer"), Moment(36, 8, 0), Moment(54, 23, 59),
            (
                SurveyQuestion("e01", "scale", both("Enough information?")),
                SurveyQuestion("e02", "scale", both("Employer benefits?"), not_applicable=True),
                SurveyQuestion("e03", "open", both("What was most useful?")),
            ),
        ),
        assignments=(
            AssignmentPlan(
                "group-work", "group", both("Group work"), both("Work on **two** profiles."), Moment(8, 8, 0), Moment(32, 23, 59),
                (Deliverable("profile-one", both("Profile one"), both("Helps and hinders")), Deliverable("proposal", both("Proposal"), both("What to do"))),
                rubric("g", 3), files=True, profiles=(Profile("amina", both("Amina"), both("Her story")), Profile("sekou", both("Sékou"), both("His story"))), profiles_per_group=2,
            ),
            AssignmentPlan(
                "final-assignment", "individual", both("Final assignment"), both("Write an essay."), Moment(15, 8, 0), Moment(40, 23, 59),
                (Deliverable("essay", both("Essay"), both("Your essay")),), rubric("e", 4), words=WordRange(1500, 2500, 10), files=True,
            ),
        ),
    )  # fmt: skip


def make_release(content: CourseContent, now: datetime) -> CourseRelease:
    """The course and its first release, as an import leaves them."""
    course = Course(slug=content.slug, created_at=now)
    document = to_document(content)
    release = CourseRelease(course=course, number=1, digest=digest_of(document), document=document, imported_at=now)
    db.session.add(release)
    db.session.flush()
    release_imported(release, now)
    db.session.flush()
    return release


def make_edition(
    code: str,
    release: CourseRelease,
    content: CourseContent,
    now: datetime,
    starts_on: date = date(2026, 3, 2),
    **values: Any,
) -> Edition:
    """An opened edition, Turin time, with everything that other features add when one is created."""
    edition = Edition(
        code=code,
        course_id=release.course_id,
        release_id=release.id,
        title=dict(content.title),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=content.duration_days - 1),
        time_zone="Europe/Rome",
        place="Turin",
        languages=list(content.languages),
        learning_hours=content.learning_hours,
        created_at=now,
        **{"opened_at": now, **values},
    )
    db.session.add(edition)
    db.session.flush()
    for position, module in enumerate(content.modules, start=1):
        opens_at = module.opens.on(starts_on, edition.time_zone)
        db.session.add(
            EditionModule(edition_id=edition.id, module_key=module.key, position=position, opens_at=opens_at)
        )
    edition_created(edition, release, now)
    db.session.flush()
    return edition


def make_person(name: str, now: datetime, **values: Any) -> Person:
    """A person with an account and no password."""
    email = values.pop("email", f"{name.lower().replace(' ', '.')}@example.org")
    person = Person(
        email=email,
        email_key=email_key(email),
        created_at=now,
        **{"full_name": name, "language": "en", "time_zone": "Africa/Harare", "country": "ZW", **values},
    )
    db.session.add(person)
    db.session.flush()
    return person


def enrol(person: Person, edition: Edition, role: str, now: datetime, sponsors: tuple[Sponsor, ...] = ()) -> Enrolment:
    """The person in the edition."""
    enrolment = Enrolment(
        edition_id=edition.id, person_id=person.id, role=role, enrolled_at=now, sponsors=list(sponsors)
    )
    db.session.add(enrolment)
    db.session.flush()
    return enrolment


@dataclass
class Cast:
    """Everybody by name. ``edition`` is R1, ``other_edition`` R2; ids are stable within a test."""

    edition: Edition
    other_edition: Edition
    content: CourseContent
    sponsor: Sponsor
    people: dict[str, int] = field(default_factory=dict)
    enrolments: dict[str, int] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        """The person, attached to the session."""
        person = db.session.get(Person, self.people[name])
        assert person is not None
        return person

    def enrolment(self, name: str) -> Enrolment:
        """Their enrolment."""
        enrolment = db.session.get(Enrolment, self.enrolments[name])
        assert enrolment is not None
        return enrolment

    def member(self, name: str) -> Any:
        """The actor to hand to a service, in the edition they are enrolled in (R1 for the administrator)."""
        from lms.courses.permissions import Member

        enrolment = self.enrolment(name) if name in self.enrolments else None
        edition = self.edition if enrolment is None else enrolment.edition
        return Member(self.person(name), edition, enrolment)


ROLES = {
    # name: (edition, role)
    "participant": ("R1", "participant"),
    "other_participant": ("R1", "participant"),
    "third_participant": ("R1", "participant"),
    "tutor": ("R1", "tutor"),
    "coordinator": ("R1", "coordinator"),
    "sponsor_viewer": ("R1", "sponsor-viewer"),
    "outsider": ("R2", "participant"),
    "other_tutor": ("R2", "tutor"),
    "other_coordinator": ("R2", "coordinator"),
}


def make_cast(now: datetime) -> Cast:
    """Two editions of the small course, committed, with everybody enrolled."""
    content = small_course()
    release = make_release(content, now)
    editions = {code: make_edition(code, release, content, now) for code in ("R1", "R2")}
    sponsor = Sponsor(code="SAMM", name="SAMM project")
    db.session.add(sponsor)
    db.session.flush()
    cast = Cast(editions["R1"], editions["R2"], content, sponsor)
    for name, (code, role) in ROLES.items():
        person = make_person(name.replace("_", " ").title(), now)
        cast.people[name] = person.id
        sponsors = (sponsor,) if name == "participant" else ()
        cast.enrolments[name] = enrol(person, editions[code], role, now, sponsors).id
    administrator = make_person("Administrator", now, is_administrator=True)
    cast.people["administrator"] = administrator.id
    db.session.commit()
    return cast
