"""Words of notices as they come out of the letters' templates."""

from __future__ import annotations

import pytest

from lms.notices import wording


def test_french_signs_stay_with_their_words_in_a_title(monkeypatch: pytest.MonkeyPatch) -> None:
    letter = "Amina dans\n\nBonjour,\n\nUn texte."
    monkeypatch.setattr(
        wording, "render_template", lambda *_names, **_values: letter.replace("dans", "dans  «\u00a0Le réseau\u00a0» :")
    )
    words = wording.words("anything", {}, "Fanta")
    assert words.title == "Amina dans «\u00a0Le réseau\u00a0» :"
    assert words.paragraphs == ("Un texte.",)


def test_a_long_message_is_told_by_its_beginning_up_to_a_whole_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "render_template", lambda *_names, **_values: "Title\n\nDear,\n\nText.")
    told = wording.words("anything", {"body": "**Papers**, not skills. " * 9}, "Fanta")
    assert told.beginning == "Papers, not skills. Papers, not skills. Papers, not skills. Papers, not skills. Papers…"
    assert wording.words("anything", {"body": "x" * 99}, "Fanta").beginning == "x" * 90 + "…"
    assert wording.words("anything", {}, "Fanta").beginning == ""
