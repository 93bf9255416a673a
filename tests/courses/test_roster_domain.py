"""What a list of people says and what it would change: the pure rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.domain.roster import (
    Change,
    FaultKind,
    Known,
    Line,
    Outcome,
    Vocabulary,
    columns_of,
    mark_repeated,
    plan_for,
    read_line,
)

VOCABULARY = Vocabulary(
    is_email=lambda text: "@" in text and "." in text,
    find_country=lambda text: {"zimbabwe": "ZW", "zw": "ZW", "mali": "ML"}.get(text.casefold()),
    is_time_zone=lambda text: text in ("Africa/Harare", "Europe/Rome"),
    languages=("en", "fr"),
    sponsors={"samm": "SAMM", "samm project": "SAMM", "oif": "OIF"},
)


def read(**cells: str) -> Line:
    columns, _unused = columns_of(list(cells))
    return read_line(2, cells, columns, VOCABULARY)


def kinds(line: Line) -> list[str]:
    return [fault.kind for fault in line.faults]


@pytest.mark.parametrize(
    "header",
    [
        ["email", "name", "organisation", "organisation_type", "country", "sex", "language", "time_zone", "sponsor", "role"],
        ["E-mail", "Full name", "Organization", "Type of organisation", "Country", "Gender", "Language", "Time zone", "Financed by", "Role"],
        ["البريد الإلكتروني", "الاسم الكامل", "المؤسسة", "نوع المؤسسة", "البلد", "الجنس", "اللغة", "المنطقة الزمنية", "الجهة الراعية", "الدور"],
        ["Courriel", "Nom et prénom", "Organisme", "Type d’organisme", "Pays", "Sexe", "Langue", "Fuseau horaire", "Bailleur", "Rôle"],
        ["Adresse électronique", "NOM COMPLET", "Institution", "type d'organisation", "pays", "genre", "langue", "fuseau", "Financé par", "fonction"],
        ["Correio eletrónico", "Nome completo", "Organização", "Tipo de organização", "País", "Sexo", "Língua", "Fuso horário", "Entidade patrocinadora", "Função"],
        ["E-mail", "Nome e apelido", "Instituição", "Tipo de instituição", "PAÍS", "Género", "Idioma", "Fuso", "Financiado por", "Papel"],
    ],
)  # fmt: skip
def test_headers_are_understood_in_all_languages_of_the_interface(header) -> None:
    columns, unused = columns_of(header)
    assert len(columns) == 10
    assert unused == []


@pytest.mark.parametrize(
    "heading", ["Nom et prénoms", "Noms & Prénoms", "NOM(S) ET PRÉNOM(S)", "Prénoms, nom", "Nom du participant", "Participant(e)", "Nome da participante", "Nomes e apelidos"]
)  # fmt: skip
def test_a_heading_is_known_in_the_plural_and_with_small_words(heading) -> None:
    columns, unused = columns_of([heading, "Adresses e-mail"])
    assert columns == {"name": heading, "email": "Adresses e-mail"}
    assert unused == []


def test_columns_that_say_nothing_are_named_not_refused() -> None:
    columns, unused = columns_of(["email", "name", "phone", "T-shirt", "E-Mail"])
    assert set(columns) == {"email", "name"}
    assert unused == ["phone", "T-shirt", "E-Mail"]


@pytest.mark.parametrize(
    "cells",
    [
        {"first name": "Amina", "last name": "Diallo Bâ"},
        {"prénom": "Amina", "nom": "Diallo Bâ"},
        {"nom": "Diallo Bâ", "prénom": "Amina"},
        {"name": "  Amina   Diallo Bâ "},
        {"nome": "Amina", "apelido": "Diallo Bâ"},
        {"apelido": "Diallo Bâ", "nome próprio": "Amina"},
        {"name": "Amina", "surname": "Diallo Bâ"},
        {"full name": "Amina Diallo Bâ", "surname": "Bâ"},
        {"whole name": "Amina Diallo Bâ", "first name": "Amina", "surname": "Ba Diallo"},
    ],
)
def test_a_name_in_two_columns_is_put_together_and_one_in_one_is_never_split(cells) -> None:
    assert read(email="a@x.org", **cells).name == "Amina Diallo Bâ"


@pytest.mark.parametrize(
    "name", ["فاطمة بنت محمد", "Moyo", "N’Golo O'Brien", "María José de la Cruz Ñáñez", "Ⲙⲁⲣⲓⲁ", "x" * 200]
)
def test_names_of_every_kind_come_through_whole(name) -> None:
    line = read(email="a@x.org", name=name)
    assert (line.name, line.faults) == (name, ())


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"organisation_type": "Syndicat"}, "organisation_type", "workers"),
        ({"organisation_type": "Non-governmental organisation"}, "organisation_type", "ngo"),
        ({"organisation_type": "MINISTÈRE"}, "organisation_type", "government"),
        ({"sexe": "F"}, "sex", "female"),
        ({"sexe": "Homme"}, "sex", "male"),
        ({"langue": "Français"}, "language", "fr"),
        ({"rôle": "Tutrice"}, "role", "tutor"),
        ({"tipo de organização": "Sindicato"}, "organisation_type", "workers"),
        ({"tipo de organização": "Organização não governamental"}, "organisation_type", "ngo"),
        ({"sexo": "Mulher"}, "sex", "female"),
        ({"sexo": "Masculino"}, "sex", "male"),
        ({"língua": "Francês"}, "language", "fr"),
        ({"função": "Coordenadora"}, "role", "coordinator"),
        ({"função": "Observador"}, "role", "sponsor-viewer"),
        ({"role": "Sponsor-viewer"}, "role", "sponsor-viewer"),
        ({"pays": "Zimbabwe"}, "country", "ZW"),
        ({"sponsor": "oif ; SAMM project; SAMM"}, "sponsors", ("OIF", "SAMM")),
        ({"sponsor": ""}, "sponsors", ()),
    ],
)
def test_values_are_understood_as_people_write_them(cells, field, value) -> None:
    line = read(email="a@x.org", name="A", **cells)
    assert getattr(line, field) == value
    assert line.faults == ()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"email": ""}, FaultKind.EMAIL_MISSING),
        ({"email": "amina"}, FaultKind.EMAIL_INVALID),
        ({"name": "x" * 201}, FaultKind.TOO_LONG),
        ({"organisation": "x" * 201}, FaultKind.TOO_LONG),
        ({"organisation_type": "club"}, FaultKind.UNKNOWN_ORGANISATION_TYPE),
        ({"country": "Atlantis"}, FaultKind.UNKNOWN_COUNTRY),
        ({"sex": "x"}, FaultKind.UNKNOWN_SEX),
        ({"language": "Klingon"}, FaultKind.UNKNOWN_LANGUAGE),
        ({"language": "ar"}, FaultKind.UNKNOWN_LANGUAGE),
        ({"time_zone": "Harare"}, FaultKind.UNKNOWN_TIME_ZONE),
        ({"sponsor": "NOBODY; SAMM"}, FaultKind.UNKNOWN_SPONSOR),
        ({"role": "boss"}, FaultKind.UNKNOWN_ROLE),
    ],
)
def test_each_fault_is_told(cells, kind) -> None:
    assert kinds(read(**{"email": "a@x.org", "name": "A", **cells})) == [kind]


def test_all_faults_of_a_line_are_told_at_once() -> None:
    assert kinds(read(email="", name="A", country="Atlantis", role="boss")) == [
        FaultKind.EMAIL_MISSING,
        FaultKind.UNKNOWN_COUNTRY,
        FaultKind.UNKNOWN_ROLE,
    ]


def test_an_address_repeated_in_another_spelling_is_a_fault_of_the_later_line() -> None:
    lines = [Line(2, "José@X.org"), Line(3, "b@x.org"), Line(4, "jose\u0301@x.org "), Line(5, ""), Line(6, "")]
    marked = mark_repeated(lines)
    assert [kinds(line) for line in marked] == [[], [], [FaultKind.EMAIL_REPEATED], [], []]
    assert marked[2].faults[0].value == "2"


KNOWN = {"name": "Amina", "profile": {"organisation": "Ministry"}, "role": "participant", "sponsors": ("SAMM",)}


def plan(known: dict[str, Any] | None, **line: Any) -> Any:
    return plan_for(Line(2, "a@x.org", **line), None if known is None else Known(**known))


def test_somebody_unknown_is_new_and_needs_a_name() -> None:
    assert plan(None, name="Amina").outcome == Outcome.NEW
    assert plan(None).outcome == Outcome.FAULTY


def test_somebody_with_an_account_is_new_in_the_edition_without_a_name_in_the_list() -> None:
    assert plan({**KNOWN, "role": None}).outcome == Outcome.NEW


def test_the_same_list_again_changes_nothing() -> None:
    assert plan(KNOWN, name="Amina", organisation="Ministry", role="participant", sponsors=("SAMM",)).outcome == "same"
    assert plan(KNOWN, name="Amina").outcome == Outcome.SAME


def test_empty_cells_change_nothing() -> None:
    assert plan({**KNOWN, "profile_is_ours": True}, name="", sponsors=(), role="").outcome == Outcome.SAME


def test_a_new_role_or_sponsor_is_a_change() -> None:
    changed = plan(KNOWN, role="tutor", sponsors=("OIF", "SAMM"))
    assert changed.outcome == Outcome.CHANGED
    assert changed.changes == (
        Change("role", "participant", "tutor"),
        Change("sponsor", "SAMM", "OIF; SAMM"),
    )


def test_what_people_say_of_themselves_is_not_overwritten_by_a_list() -> None:
    assert plan(KNOWN, name="Another", organisation="Other", sex="male").outcome == Outcome.SAME


def test_before_they_came_in_a_list_may_correct_them() -> None:
    corrected = plan({**KNOWN, "profile_is_ours": True}, name="Amina Diallo", organisation="Ministry", sex="female")
    assert corrected.changes == (Change("name", "Amina", "Amina Diallo"), Change("sex", "", "female"))


def test_somebody_who_withdrew_stays_withdrawn() -> None:
    assert plan({**KNOWN, "is_withdrawn": True}, role="tutor").outcome == Outcome.WITHDRAWN


def test_a_list_never_takes_the_coordination_away() -> None:
    refused = plan({**KNOWN, "role": "coordinator"}, role="participant")
    assert (refused.outcome, refused.faults[0].kind) == (Outcome.FAULTY, FaultKind.COORDINATOR_ROLE)
    assert plan({**KNOWN, "role": "coordinator"}, role="coordinator").outcome == Outcome.SAME
    assert plan({**KNOWN, "role": "coordinator"}).outcome == Outcome.SAME


@given(
    st.dictionaries(
        st.sampled_from(
            ["email", "name", "country", "sex", "role", "sponsor", "language", "time_zone", "organisation"]
        ),
        st.text(max_size=30),
    )
)
def test_no_cell_can_break_the_reading(cells) -> None:
    columns, unused = columns_of(list(cells))
    line = read_line(7, cells, columns, VOCABULARY)
    assert unused == []
    assert plan_for(line, None).outcome in (Outcome.NEW, Outcome.FAULTY)
    assert (plan_for(line, None).outcome == Outcome.FAULTY) == bool(line.faults or not line.name)
