"""The real edition's rows give the printed figures; lenses show what one may see; the cost does not grow with people."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lms.certificates.models import Certificate
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound
from lms.courses.models import Edition, Enrolment, Sponsor
from lms.courses.permissions import Member
from lms.reports.lens import lens_for
from lms.reports.queries import activity_report
from tests.factories import Cast, enrol, make_person
from tests.reports.conftest import AFTERWARDS, THEN, certify, items_of, mark, take_part
from tests.surveys.evaluation_of_2022 import ROWS


def participant_number(edition: Edition, number: int) -> Enrolment:
    return db.session.scalars(
        select(Enrolment).where(Enrolment.edition_id == edition.id).order_by(Enrolment.id).offset(number).limit(1)
    ).one()


def test_the_real_edition_gives_every_printed_figure(edition_of_2022: Edition) -> None:
    report = activity_report(edition_of_2022, AFTERWARDS)
    figures = report.figures
    assert figures.participants == 22
    assert figures.quiz_average == Decimal("25.3")
    assert report.quiz_maximum == Decimal("30.00")
    assert figures.quiz_above_average == 9
    assert figures.group_active == 20
    assert figures.essays_submitted == 14
    assert figures.certificates == {"achievement": 14, "participation": 6, "none": 2}
    samm = report.by_sponsor["SAMM"]
    assert samm.participants == 9
    assert samm.certificates == {"achievement": 5, "participation": 4, "none": 0}
    assert report.without_sponsor == 13


def test_the_real_evaluation_stands_in_the_report(edition_of_2022: Edition) -> None:
    evaluation = activity_report(edition_of_2022, AFTERWARDS).evaluation
    assert (evaluation.answered, evaluation.asked, evaluation.response_rate) == (13, 22, Decimal("59.1"))
    figures = [(str(row.average), str(row.share_4_5)) for row in evaluation.summary.scales]
    assert figures == [(f"{Decimal(row.average):.2f}", row.share_4_5) for row in ROWS]


def test_who_withdrew_and_test_accounts_are_in_no_figure(edition_of_2022: Edition) -> None:
    participant_number(edition_of_2022, 0).withdrawn_at = AFTERWARDS
    participant_number(edition_of_2022, 1).person.is_test_account = True
    db.session.flush()
    figures = activity_report(edition_of_2022, AFTERWARDS).figures
    assert (figures.participants, figures.essays_submitted) == (20, 12)
    assert sum(figures.certificates.values()) == 20


def test_tutors_and_coordinators_are_no_participants(edition_of_2022: Edition) -> None:
    enrol(make_person("Tessa Tutor", THEN), edition_of_2022, "tutor", THEN)
    assert activity_report(edition_of_2022, AFTERWARDS).figures.participants == 22


def test_an_upgraded_certificate_counts_once_at_its_highest(edition_of_2022: Edition) -> None:
    lacking_the_essay = participant_number(edition_of_2022, 5)
    old = db.session.scalars(select(Certificate).where(Certificate.enrolment_id == lacking_the_essay.id)).one()
    old.replaced_at = AFTERWARDS
    db.session.flush()
    values = {column.key: getattr(old, column.key) for column in Certificate.__table__.columns}
    values |= {"id": None, "sequence": 2, "kind": "achievement", "number": "n2", "code": "c2", "replaced_at": None}
    db.session.add(Certificate(**values))
    db.session.flush()
    samm = activity_report(edition_of_2022, AFTERWARDS).by_sponsor["SAMM"]
    assert samm.certificates == {"achievement": 6, "participation": 3, "none": 0}


def test_a_revoked_certificate_does_not_count_though_the_results_stand(edition_of_2022: Edition) -> None:
    enrolment = participant_number(edition_of_2022, 0)
    db.session.scalars(
        select(Certificate).where(Certificate.enrolment_id == enrolment.id)
    ).one().revoked_at = AFTERWARDS
    db.session.flush()
    figures = activity_report(edition_of_2022, AFTERWARDS).figures
    assert figures.certificates == {"achievement": 13, "participation": 6, "none": 3}
    assert figures.decisions == {"achievement": 14, "participation": 6, "none": 2, "pending": 0}


def test_before_anything_is_issued_certificates_are_none_and_decisions_tell(cast: Cast, now) -> None:
    items = items_of(cast.edition)
    mark(cast.enrolment("participant"), items["final-assignment"], None)
    db.session.flush()
    figures = activity_report(cast.edition, now).figures
    assert figures.certificates == {"achievement": 0, "participation": 0, "none": 3}
    assert figures.decisions == {"achievement": 0, "participation": 0, "none": 2, "pending": 1}
    assert figures.essays_submitted == 1


def test_an_evaluation_that_is_open_or_thin_has_no_figures(cast: Cast, now) -> None:
    evaluation = activity_report(cast.edition, now).evaluation
    assert evaluation.summary is None
    assert activity_report(cast.edition, now + timedelta(days=90)).evaluation.summary is None


def test_coordinators_see_everybody_or_one_sponsor(edition_of_2022: Edition) -> None:
    report = activity_report(edition_of_2022, AFTERWARDS)
    coordinator = _member(edition_of_2022, "coordinator")
    assert lens_for(coordinator, report, None).figures.participants == 22
    lens = lens_for(coordinator, report, "SAMM")
    assert (lens.figures.participants, lens.hides_people) == (9, False)


def test_a_sponsor_viewer_sees_their_own_sponsor_and_no_other(edition_of_2022: Edition) -> None:
    samm = db.session.scalars(select(Sponsor)).one()
    other = Sponsor(code="EU", name="European Union")
    db.session.add(other)
    report = activity_report(edition_of_2022, AFTERWARDS)
    viewer = _member(edition_of_2022, "sponsor-viewer", samm)
    assert lens_for(viewer, report, None).figures.participants == 9
    assert lens_for(viewer, report, "SAMM").sponsor is samm
    for code in ("EU", "nobody"):
        with pytest.raises(NotFound):
            lens_for(viewer, report, code)
    stranger = _member(edition_of_2022, "sponsor-viewer", other)
    assert lens_for(stranger, report, None).figures.participants == 0
    with pytest.raises(NotFound):
        lens_for(stranger, report, "SAMM")


def test_a_sponsor_viewer_without_sponsors_sees_no_figures(edition_of_2022: Edition) -> None:
    report = activity_report(edition_of_2022, AFTERWARDS)
    assert lens_for(_member(edition_of_2022, "sponsor-viewer"), report, None).figures is None


@pytest.mark.parametrize("role", ["participant", "tutor"])
def test_nobody_else_reads_reports(edition_of_2022: Edition, role: str) -> None:
    report = activity_report(edition_of_2022, AFTERWARDS)
    with pytest.raises(NotAllowed):
        lens_for(_member(edition_of_2022, role), report, None)


def test_averages_of_fewer_than_five_people_are_hidden_from_their_sponsor_only(edition_of_2022: Edition) -> None:
    few = Sponsor(code="FEW", name="Small fund")
    db.session.add(few)
    for number in range(4):
        enrolment = participant_number(edition_of_2022, 15 + number)
        enrolment.sponsors.append(few)
    db.session.flush()
    viewer, coordinator = _member(edition_of_2022, "sponsor-viewer", few), _member(edition_of_2022, "coordinator")
    report = activity_report(edition_of_2022, AFTERWARDS)
    assert lens_for(viewer, report, None).hides_people
    assert not lens_for(coordinator, report, "FEW").hides_people
    enrolment = participant_number(edition_of_2022, 20)
    enrolment.sponsors.append(few)
    db.session.flush()
    assert not lens_for(viewer, activity_report(edition_of_2022, AFTERWARDS), None).hides_people


def _member(edition: Edition, role: str, *sponsors: Sponsor) -> Member:
    person = make_person(f"{role} {' '.join(sponsor.code for sponsor in sponsors)}", THEN)
    return Member(person, edition, enrol(person, edition, role, THEN, sponsors))


def test_the_report_takes_as_many_statements_for_many_people_as_for_few(
    edition_of_2022: Edition, count_queries
) -> None:
    def statements() -> int:
        db.session.commit()
        edition = db.session.get_one(Edition, edition_id)
        with count_queries() as made:
            activity_report(edition, AFTERWARDS)
        return len(made)

    edition_id = edition_of_2022.id
    few = statements()
    sponsor = db.session.scalars(select(Sponsor)).one()
    take_part(edition_of_2022, [(Decimal(20), True, True, True)] * 600, sponsor, name="Many")
    assert statements() == few <= 10


def test_certificates_follow_the_results_of_a_new_edition(cast: Cast, now) -> None:
    take_part(cast.other_edition, [(Decimal(30), True, True, False)])
    certify(cast.other_edition)
    assert activity_report(cast.other_edition, now).figures.certificates["achievement"] == 1
    assert activity_report(cast.edition, now).figures.certificates["achievement"] == 0
