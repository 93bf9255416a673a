"""Taking a list of people in: looked at first, carried out once, repeatable."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.accounts.passwords import hash_password
from lms.accounts.queries import find_person_by_email
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound, RuleViolation
from lms.core.outbox import OutboxMessage
from lms.core.sheets import Sheet, SheetFault, read_rows, write_csv, write_xlsx
from lms.courses import enrolling
from lms.courses.domain.roster import COLUMNS, Outcome
from lms.courses.models import Enrolment, RosterPreview
from lms.courses.roster_import import confirm_list, plans_of, preview_list, template_sheet
from tests.factories import enrol as place
from tests.factories import make_person

LANGUAGES = ("en", "fr")
LIST = """email;nom;organisme;pays;sexe;langue;bailleur;rôle
amina@x.org;Amina Diallo;Ministère;Sénégal;F;français;SAMM;
Fatima@X.org;فاطمة بنت محمد;اتحاد;TN;femme;en;;participant
moyo@x.org;Moyo;;Zimbabwe;;;;tuteur
"""


def look(cast, now, text: str = LIST, who: str = "coordinator") -> RosterPreview:
    return preview_list(cast.member(who), text.encode(), "people.csv", LANGUAGES, now)


def outcomes(cast, preview: RosterPreview) -> list[str]:
    return [str(plan.outcome) for plan in plans_of(cast.member("coordinator"), preview)]


def carry_out(cast, now, text: str = LIST) -> dict[str, int]:
    preview = confirm_list(cast.member("coordinator"), look(cast, now, text).id, LANGUAGES, now)
    return {outcome: number for outcome, number in preview.result["counts"].items() if number}


def size() -> tuple[int, int, int]:
    counted = (Person.id, Enrolment.id, OutboxMessage.id)
    return tuple(db.session.scalar(select(func.count(column))) for column in counted)


def test_looking_at_a_list_changes_nothing(cast, now) -> None:
    before = size()
    assert outcomes(cast, look(cast, now)) == ["new", "new", "new"]
    assert size() == before


def test_a_list_enrols_and_invites_everybody_in_it(cast, now) -> None:
    assert carry_out(cast, now) == {"new": 3}
    fatima = find_person_by_email("fatima@x.org")
    assert (fatima.full_name, fatima.email, fatima.country, fatima.sex) == (
        "فاطمة بنت محمد",
        "Fatima@X.org",
        "TN",
        "female",
    )
    amina = find_person_by_email("amina@x.org")
    assert (amina.language, amina.time_zone, amina.country) == ("fr", "Africa/Dakar", "SN")
    roles = db.session.execute(
        select(Person.email_key, Enrolment.role).join(Enrolment, Enrolment.person_id == Person.id)
        .where(Person.email_key.endswith("@x.org")).order_by(Person.email_key)
    ).all()  # fmt: skip
    assert [tuple(row) for row in roles] == [
        ("amina@x.org", "participant"), ("fatima@x.org", "participant"), ("moyo@x.org", "tutor"),
    ]  # fmt: skip
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 3


def test_the_same_list_twice_makes_no_duplicates_and_no_second_letter(cast, now) -> None:
    carry_out(cast, now)
    before = size()
    assert carry_out(cast, now + timedelta(days=1)) == {"same": 3}
    assert size() == before


def test_the_same_people_in_other_spellings_are_the_same_people(cast, now) -> None:
    carry_out(cast, now)
    before = size()
    assert carry_out(cast, now, LIST.upper()) == {"changed": 2, "same": 1}
    assert size() == before


def test_confirming_twice_carries_out_once(cast, now) -> None:
    preview = look(cast, now)
    actor = cast.member("coordinator")
    confirm_list(actor, preview.id, LANGUAGES, now)
    first, before = preview.result, size()
    later = now + timedelta(minutes=1)
    assert confirm_list(actor, preview.id, LANGUAGES, later).result == first
    assert preview.confirmed_at == now
    assert size() == before


def test_a_confirmed_list_keeps_the_counts_and_forgets_the_people(cast, now) -> None:
    preview = look(cast, now)
    confirm_list(cast.member("coordinator"), preview.id, LANGUAGES, now)
    assert preview.lines == []
    assert preview.result["counts"]["new"] == 3


def test_a_faulty_line_does_not_stop_the_others_and_can_be_mended_later(cast, now) -> None:
    broken = LIST.replace("Sénégal", "Atlantis").replace("moyo@x.org", "moyo")
    assert carry_out(cast, now, broken) == {"new": 1, "faulty": 2}
    kept = db.session.scalars(select(RosterPreview)).one().result["refused"]
    assert [line for line, _sentence in kept] == [2, 4]
    assert "Atlantis" in kept[0][1]
    assert "moyo" in kept[1][1]
    assert carry_out(cast, now, LIST) == {"new": 2, "same": 1}
    assert db.session.scalar(select(func.count(OutboxMessage.id))) == 3


def test_faults_name_the_line_that_the_person_sees(cast, now) -> None:
    preview = look(cast, now, "email,name\n\namina@x.org,Amina\n\n,Nobody\namina@X.org,Again\n")
    plans = plans_of(cast.member("coordinator"), preview)
    assert [(plan.line.number, plan.outcome) for plan in plans] == [
        (3, Outcome.NEW),
        (5, Outcome.FAULTY),
        (6, Outcome.FAULTY),
    ]
    assert plans[2].faults[0].value == "3"


def test_a_list_changes_role_and_sponsors_of_those_who_are_here(cast, now) -> None:
    text = "email,sponsor,role\nparticipant@example.org,,tutor\nother.participant@example.org,SAMM,\n"
    assert carry_out(cast, now, text) == {"changed": 2}
    assert cast.enrolment("participant").role == "tutor"
    assert [sponsor.code for sponsor in cast.enrolment("participant").sponsors] == ["SAMM"]
    assert [sponsor.code for sponsor in cast.enrolment("other_participant").sponsors] == ["SAMM"]


def test_whoever_came_in_says_themselves_who_they_are(cast, now) -> None:
    cast.person("participant").password_hash = hash_password("mango river lantern")
    text = "email,name,organisation\nparticipant@example.org,Another Name,Other\n"
    assert carry_out(cast, now, text) == {"same": 1}
    assert cast.person("participant").full_name == "Participant"


def test_a_list_corrects_those_who_were_only_invited_and_are_nowhere_else(cast, now) -> None:
    place(cast.person("outsider"), cast.edition, "participant", now)
    text = "email,name\nparticipant@example.org,Participant Two\noutsider@example.org,Taken Over\n"
    assert carry_out(cast, now, text) == {"changed": 1, "same": 1}
    assert cast.person("participant").full_name == "Participant Two"
    assert cast.person("outsider").full_name == "Outsider"


def test_whoever_withdrew_stays_withdrawn(cast, now) -> None:
    enrolling.withdraw(cast.member("coordinator"), cast.enrolments["participant"], "x", now)
    assert carry_out(cast, now, "email,name\nparticipant@example.org,Participant\n") == {"withdrawn": 1}
    assert cast.enrolment("participant").withdrawn_at == now


def test_what_happened_since_the_look_is_taken_into_account(cast, now) -> None:
    preview = look(cast, now)
    person = make_person("Amina Diallo", now, email="amina@x.org")
    place(person, cast.edition, "participant", now)
    confirm_list(cast.member("coordinator"), preview.id, LANGUAGES, now)
    assert preview.result["counts"]["new"] == 2
    assert preview.result["counts"]["changed"] == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"email,name\n", "empty"),
        (b"name,country\nAmina,SN\n", "no column"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x81", "not a table"),
        (b"PK\x03\x04 broken", "cannot|not a spreadsheet"),
        (b"email\n" + b"a@x.org\n" * 1001, "1000 lines"),
        (b"x" * (1024 * 1024 + 1), "1 MB"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(cast, now, content, sentence) -> None:
    with pytest.raises(SheetFault, match=sentence):
        preview_list(cast.member("coordinator"), content, "people.csv", LANGUAGES, now)
    assert db.session.scalar(select(func.count(RosterPreview.id))) == 0


def test_the_first_line_may_be_shorter_than_the_header(cast, now) -> None:
    preview = look(cast, now, "name,role,email\nAmina\nMoyo,tutor,moyo@x.org\n")
    assert outcomes(cast, preview) == ["faulty", "new"]


def test_a_spreadsheet_is_read_like_a_csv_file(cast, now) -> None:
    rows = [["amina@x.org", "Amina Diallo", "SN"], ["fatima@x.org", "فاطمة", None]]
    content = write_xlsx([Sheet("people", ["E-mail", "Name", "Country"], rows)])
    preview = preview_list(cast.member("coordinator"), content, "people.xlsx", LANGUAGES, now)
    assert outcomes(cast, preview) == ["new", "new"]


def test_the_template_has_every_column_and_is_itself_a_list_without_faults(cast, now) -> None:
    sheet = template_sheet(cast.edition)
    for content in (write_csv(sheet), write_xlsx([sheet])):
        assert list(read_rows(content)[0].values) == list(COLUMNS)
        preview = preview_list(cast.member("coordinator"), content, "people", LANGUAGES, now)
        assert outcomes(cast, preview) == ["new"]


def test_lists_that_nobody_confirmed_are_forgotten_after_a_day(cast, now) -> None:
    old = look(cast, now).id
    look(cast, now + timedelta(hours=23))
    assert db.session.get(RosterPreview, old) is not None
    look(cast, now + timedelta(hours=25))
    db.session.expire_all()
    assert db.session.get(RosterPreview, old) is None


def test_looking_costs_the_same_for_three_lines_and_three_hundred(cast, now, count_queries) -> None:
    few = look(cast, now)
    many = look(cast, now, "email,name\n" + "".join(f"p{n}@x.org,Person {n}\n" for n in range(300)))
    actor = cast.member("coordinator")
    with count_queries() as small:
        plans_of(actor, few)
    with count_queries() as large:
        plans_of(actor, many)
    assert len(small) == len(large)


@pytest.mark.parametrize("who", ["participant", "tutor", "sponsor_viewer"])
def test_only_coordinators_take_lists_in(cast, now, who) -> None:
    preview = look(cast, now)
    with pytest.raises(NotAllowed):
        look(cast, now, who=who)
    with pytest.raises(NotAllowed):
        plans_of(cast.member(who), preview)
    with pytest.raises(NotAllowed):
        confirm_list(cast.member(who), preview.id, LANGUAGES, now)


def test_a_list_of_another_edition_is_not_found(cast, now) -> None:
    preview = look(cast, now)
    with pytest.raises(NotFound):
        confirm_list(cast.member("other_coordinator"), preview.id, LANGUAGES, now)


def test_a_closed_edition_takes_no_list(cast, now) -> None:
    preview = look(cast, now)
    cast.edition.closed_at = now
    with pytest.raises(RuleViolation):
        look(cast, now)
    with pytest.raises(RuleViolation):
        confirm_list(cast.member("coordinator"), preview.id, LANGUAGES, now)
