"""Commands about accounts."""

from __future__ import annotations

from lms.accounts.queries import find_person_by_email
from tests.conftest import Browser


def test_the_first_administrator_is_made_with_a_link_that_opens(app, now) -> None:
    result = app.test_cli_runner().invoke(
        args=["accounts", "create-administrator", "op@example.org", "--name", "Op Erator"]
    )
    assert result.exit_code == 0
    path = result.output.strip().splitlines()[-1].removeprefix("http://localhost")
    person = find_person_by_email("op@example.org")
    assert person is not None
    assert person.is_administrator
    assert Browser(app, None).get(path).status_code == 200


def test_a_mistyped_address_or_language_makes_nobody(app, now) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["accounts", "create-administrator", "nonsense", "--name", "Op"]).exit_code == 2
    assert run(args=["accounts", "create-administrator", "a@b.org", "--name", "Op", "--language", "xx"]).exit_code == 2
    assert find_person_by_email("a@b.org") is None
