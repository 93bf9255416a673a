"""The gradebook's sums and rows as the database works them out: always what the ledger and the rules say."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from lms.core.db import db
from lms.courses.models import Enrolment
from lms.grading.models import GradeEntry, GradeItem, GradeSummary
from lms.grading.queries import class_results, get_scheme, name_order
from lms.grading.queries.gradebook import GradebookFilter, gradebook_page, gradebook_rows
from lms.grading.services import excuse, lift_decision, override_points, post_entry
from lms.grading.services.summaries import sum_up, wrong_summaries
from tests.factories import Cast, enrol, make_person

NAMES = ("participant", "other_participant", "third_participant")


def _do_something(cast: Cast, chance: random.Random, now: datetime) -> None:
    name, item = chance.choice(NAMES), chance.choice(get_scheme(cast.edition.id)[1].items)
    who: dict[str, Any] = {"enrolment_id": cast.enrolments[name], "item_key": item.key, "now": now}
    points = Decimal(chance.randint(0, int(item.maximum * 100))) / 100
    coordinator = cast.member("coordinator")
    action = chance.choice(["mark", "mark", "mark", "hand in", "clear", "override", "excuse", "lift"])
    if action == "override":
        override_points(coordinator, points=points, reason="By hand", is_complete=chance.random() < 0.7, **who)
    elif action == "excuse":
        excuse(coordinator, reason="Ill", **who)
    elif action == "lift":
        if any(line.source in ("override", "excuse") for line in db.session.scalars(_last_line(who))):
            lift_decision(coordinator, reason="A mistake", **who)
    else:
        state = {"mark": "marked", "hand in": "submitted", "clear": "cleared"}[action]
        post_entry(
            edition_id=cast.edition.id, state=state, points=points if state == "marked" else None,
            is_complete=state == "marked" and chance.random() < 0.8, basis={}, source="submission 1", actor_id=None, **who,
        )  # fmt: skip


def _last_line(who: dict[str, Any]) -> Any:
    return (
        select(GradeEntry)
        .join(GradeItem)
        .where(GradeEntry.enrolment_id == who["enrolment_id"], GradeItem.key == who["item_key"])
        .order_by(GradeEntry.sequence.desc())
        .limit(1)
    )


@pytest.mark.parametrize("seed", range(4))
def test_sums_kept_with_the_ledger_are_those_of_the_ledger_whatever_happens(
    cast: Cast, now: datetime, seed: int
) -> None:
    chance = random.Random(seed)
    for _step in range(60):
        _do_something(cast, chance, now)
        db.session.flush()
    assert wrong_summaries(cast.edition) == []
    cast.enrolment("third_participant").withdrawn_at = now
    db.session.flush()
    found = gradebook_page(cast.edition, GradebookFilter(), 1, now)
    by_rule = [standing.decision.status for standing in class_results(cast.edition)]
    assert found.statuses == {status: by_rule.count(status) for status in by_rule}
    for status in by_rule:
        chosen = gradebook_rows(cast.edition, GradebookFilter(status=status), now)
        assert {one.decision.status for one in chosen} == {status}
        assert len(chosen) == by_rule.count(status)


def test_what_was_written_past_the_services_is_found_and_mended(cast: Cast, now: datetime) -> None:
    chance = random.Random(7)
    for _step in range(30):
        _do_something(cast, chance, now)
    whole = db.session.scalar(select(func.sum(GradeSummary.total)))
    db.session.execute(delete(GradeSummary).where(GradeSummary.enrolment_id == cast.enrolments["participant"]))
    assert [one.name for one in wrong_summaries(cast.edition)] == ["Participant"]
    sum_up(cast.edition)
    assert wrong_summaries(cast.edition) == []
    assert db.session.scalar(select(func.sum(GradeSummary.total))) == whole


@pytest.fixture
def a_class(cast: Cast, now: datetime) -> Cast:
    """A dozen more with names that sort oddly and marks that repeat; the first of them has none."""
    chance = random.Random(3)
    for number, name in enumerate(
        (
            "Émile",
            "eve",
            "Zoë",
            "Ángel",
            "Žan",
            "bo",
            "Bo B",
            "O'Neil",
            "O’Neal",
            "De Souza",
            "al-Amin",
            "اميرة",
        )
    ):
        enrolment = enrol(
            make_person(name, now, email=f"person-{number}@example.org"),
            cast.edition,
            "participant",
            now,
        )
        for item in get_scheme(cast.edition.id)[1].items:
            if name != "Émile" and chance.random() < 0.6:
                post_entry(
                    edition_id=cast.edition.id, enrolment_id=enrolment.id, item_key=item.key, state="marked",
                    points=Decimal(chance.randint(0, 4)), is_complete=True, basis={}, source="test", actor_id=None, now=now,
                )  # fmt: skip
    return cast


def test_rows_come_by_name_without_regard_to_accents(a_class: Cast, now: datetime) -> None:
    shown = gradebook_page(a_class.edition, GradebookFilter(), 1, now).shown
    names = [one.name for one in shown]
    assert names == sorted(names, key=lambda name: name_order(name).replace("’", "'"))
    backwards = gradebook_page(a_class.edition, GradebookFilter(descending=True), 1, now).shown
    assert [one.name for one in backwards] == names[::-1]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["total", "quiz-2", "group-work"])
def test_rows_come_by_points_with_the_missing_last_in_either_direction(
    a_class: Cast, now: datetime, sort: str, descending: bool
) -> None:
    rows = gradebook_rows(a_class.edition, GradebookFilter(sort=sort, descending=descending), now)
    points = [one.decision.total if sort == "total" else one.result(sort).points for one in rows]
    given = [value for value in points if value is not None]
    assert given == sorted(given, reverse=descending)
    assert points == [*given, *[None] * (len(points) - len(given))]
    assert len(points) == 15


def test_rows_come_by_certificate_from_the_highest_down(a_class: Cast, now: datetime) -> None:
    for key, points in (("group-work", 30), ("final-assignment", 40)):
        post_entry(
            edition_id=a_class.edition.id, enrolment_id=a_class.enrolments["participant"], item_key=key, state="marked",
            points=Decimal(points), is_complete=True, basis={}, source="test", actor_id=None, now=now,
        )  # fmt: skip
    for n in range(1, 7):
        excuse(
            a_class.member("coordinator"),
            enrolment_id=a_class.enrolments["participant"],
            item_key=f"quiz-{n}",
            reason="Ill",
            now=now,
        )
    a_class.enrolment("other_participant").withdrawn_at = now
    db.session.flush()
    rows = gradebook_rows(a_class.edition, GradebookFilter(sort="decision"), now)
    ranks = ["achievement", "participation", "pending", "none", "withdrawn"]
    places = [ranks.index(one.decision.status) for one in rows]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 4)


def test_a_search_finds_names_without_accents_and_addresses(a_class: Cast, now: datetime) -> None:
    def found(words: str) -> list[str]:
        return [one.name for one in gradebook_rows(a_class.edition, GradebookFilter(words=words), now)]

    assert found("EMILE") == ["Émile"]
    assert found("o'ne") == ["O’Neal", "O'Neil"]
    assert found("other.participant@") == ["Other Participant"]
    assert found("100%") == []


def test_test_accounts_and_staff_have_no_row(a_class: Cast, now: datetime) -> None:
    a_class.person("participant").is_test_account = True
    db.session.flush()
    found = gradebook_page(a_class.edition, GradebookFilter(), 1, now)
    assert (found.everybody, found.chosen, len(found.shown)) == (14, 14, 14)


def test_a_page_beyond_the_last_is_the_last(a_class: Cast, now: datetime) -> None:
    assert gradebook_page(a_class.edition, GradebookFilter(), 99, now).page == 1
    nobody = gradebook_page(a_class.edition, GradebookFilter(words="nobody at all"), 5, now)
    assert (nobody.page, nobody.pages, nobody.chosen, list(nobody.shown)) == (1, 1, 0, [])


@pytest.mark.parametrize(
    "wanted",
    [GradebookFilter(), GradebookFilter(sort="total"), GradebookFilter(sort="quiz-1"), GradebookFilter(words="e")],
)
def test_a_page_takes_the_same_statements_for_three_people_and_for_two_hundred(
    cast: Cast, now: datetime, count_queries: Any, wanted: GradebookFilter
) -> None:
    counts = []
    for size in (0, 200):
        for n in range(size):
            enrol(make_person(f"Eve {n:03}", now), cast.edition, "participant", now)
        db.session.commit()
        with count_queries() as statements:
            gradebook_page(db.session.merge(cast.edition), wanted, 1, now)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


def test_a_persons_sums_leave_with_them(cast: Cast, now: datetime) -> None:
    _do_something(cast, random.Random(1), now)
    db.session.commit()
    for enrolment_id in [cast.enrolments[name] for name in NAMES]:
        db.session.execute(delete(Enrolment).where(Enrolment.id == enrolment_id))
    assert db.session.scalars(select(GradeSummary)).all() == []


def test_an_operator_checks_the_sums_and_mends_them(cast: Cast, now: datetime, app: Any) -> None:
    chance = random.Random(7)
    for _step in range(30):
        _do_something(cast, chance, now)
    db.session.commit()
    run = app.test_cli_runner().invoke
    fine = run(args=["editions", "sums", "R1"])
    assert (fine.exit_code, fine.stdout) == (0, "Every sum is that of the ledger.\n")
    db.session.execute(delete(GradeSummary).where(GradeSummary.enrolment_id == cast.enrolments["participant"]))
    db.session.commit()
    found = run(args=["editions", "sums", "R1"])
    assert (found.exit_code, found.stdout) == (1, "Not as in the ledger: Participant.\n")
    assert run(args=["editions", "sums", "R1", "--mend"]).stdout == "Mended: Participant.\n"
    assert run(args=["editions", "sums", "R1"]).exit_code == 0
    assert "There is no edition" in run(args=["editions", "sums", "NONE"]).output
