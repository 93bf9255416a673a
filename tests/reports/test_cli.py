"""The commands that print an edition's figures and results, for programs and for people."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from lms.courses.models import Edition
from tests.factories import Cast
from tests.surveys.evaluation_of_2022 import ROWS


@pytest.fixture
def run(app):
    """``run("report", "R1")`` runs ``flask editions report R1``."""

    def command(*arguments: str):
        return app.test_cli_runner().invoke(args=["editions", *arguments])

    return command


def test_the_real_edition_s_figures_come_out_as_json(run, edition_of_2022: Edition) -> None:
    outcome = run("report", "A9714779", "--format", "json")
    assert outcome.exit_code == 0, outcome.output
    document = json.loads(outcome.stdout)
    assert document["code"] == "A9714779"
    assert document["participants"] == 22
    assert document["participants_by_sponsor"] == {"SAMM": 9}
    assert document["quiz_average"] == 25.3
    assert '"quiz_average": 25.3,' in outcome.stdout
    assert document["quiz_above_average"] == 9
    assert document["group_active"] == 20
    assert document["essays_submitted"] == 14
    assert document["certificates"] == {"achievement": 14, "participation": 6, "none": 2}
    assert document["certificates_by_sponsor"] == {"SAMM": {"achievement": 5, "participation": 4, "none": 0}}
    assert document["response_rate"] == 59.1
    assert document["participants_by_sex"] == {"not stated": 22}


def test_the_evaluation_comes_out_in_the_order_of_its_questions(run, edition_of_2022: Edition) -> None:
    evaluation = json.loads(run("report", "A9714779", "--format", "json").stdout)["evaluation"]
    assert [row["question"] for row in evaluation] == [row.question for row in ROWS]
    for row, expected in zip(evaluation, ROWS, strict=True):
        assert row["n"] == 13
        assert Decimal(str(row["average"])) == Decimal(expected.average)
        assert Decimal(str(row["share_4_5"])) == Decimal(expected.share_4_5)
        assert row["counts"] == list(expected.counts)
        assert len(row["shares"]) == 5
    assert evaluation[1]["shares"] == [0.0, 7.7, 7.7, 53.8, 30.8]


def test_the_report_can_be_read_by_people_too(run, edition_of_2022: Edition) -> None:
    outcome = run("report", "A9714779")
    assert "Quiz average                25.3 of 30" in outcome.stdout
    assert "SAMM: achievement 5, participation 4, none 0" in outcome.stdout
    assert "13 of 22 answered (59.1 %)" in outcome.stdout
    assert "  13  3.38    38.5  Before participating" in outcome.stdout


def test_an_evaluation_that_may_not_be_shown_is_an_empty_list_with_its_reason(run, cast: Cast) -> None:
    document = json.loads(run("report", "R1", "--format", "json").stdout)
    assert document["evaluation"] == []
    assert document["evaluation_visibility"] == "still-open"
    assert "Evaluation: still-open" in run("report", "R1").stdout


def test_results_print_one_row_a_participant_with_the_reason_in_words(run, edition_of_2022: Edition) -> None:
    outcome = run("results", "A9714779", "--format", "csv")
    assert outcome.exit_code == 0, outcome.output
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    assert len(rows) == 22
    assert list(rows[0])[:3] == ["name", "email", "sponsors"]
    first = next(row for row in rows if row["name"] == "Invented A9714779 1")
    items = [f"quiz-{n}" for n in range(1, 7)] + ["group-work", "final-assignment"]
    assert sum(Decimal(first[key]) for key in items) == Decimal(first["total"]) == Decimal("84.00")
    assert (first["decision"], first["sponsors"]) == ("achievement", "SAMM")
    lacking = next(row for row in rows if row["name"] == "Invented A9714779 6")
    assert lacking["final-assignment"] == ""
    assert lacking["decision"] == "participation"
    assert "Certificate of Participation: 47.50 points" in lacking["reason"]
    assert sum(row["decision"] == "none" for row in rows) == 2


def test_results_as_json_tell_missing_from_zero(run, edition_of_2022: Edition) -> None:
    people = json.loads(run("results", "A9714779", "--format", "json").stdout)
    lacking = next(person for person in people if person["name"] == "Invented A9714779 22")
    assert lacking["items"]["group-work"] == {"points": "0.00", "state": "marked"}
    assert lacking["items"]["final-assignment"] == {"points": None, "state": "missing"}


def test_names_that_begin_like_a_formula_are_made_harmless(run, cast: Cast) -> None:
    cast.person("participant").full_name = "=1+1"
    assert "'=1+1" in run("results", "R1").stdout


@pytest.mark.parametrize("command", ["report", "results"])
def test_an_unknown_edition_is_named_and_fails(run, app, command: str) -> None:
    outcome = run(command, "NOWHERE")
    assert outcome.exit_code == 1
    assert "There is no edition NOWHERE." in outcome.output
