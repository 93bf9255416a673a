"""Nobody's words in a letter take its button away."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from lms.core.letter_twins import add_twin

OWN = "https://segin.example"
FOOT = f"\n\n--\nStop these letters:\n{OWN}/unsubscribe/x"


@pytest.mark.parametrize("foot", ["", FOOT])
def test_a_line_of_hyphens_in_a_message_ends_no_letter(foot: str) -> None:
    letter = EmailMessage()
    letter["Subject"] = "News"
    letter.set_content(f"Amina wrote:\n\nHello\n--\nAmina\n\nMore below.\n\nRead it there:\n{OWN}/topics/1{foot}\n")
    add_twin(letter, "en", OWN)
    twin = letter.get_body(("html",))
    assert twin is not None
    html = twin.get_content()
    assert "background:#2b3a67" in html[html.index("More below.") : html.index(">Read it there</a>")]
    assert html.count("font-size:14px") == (1 if foot else 0)
    assert "Amina</p>" in html
