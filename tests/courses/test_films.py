"""A film in a lesson: a link with what it costs, and its words in place."""

from __future__ import annotations

from lms.core.markdown import render_markdown
from lms.courses.packs.prose import remarks_on

FILM = """::: video At the counter · 4 minutes
[Watch (18 MB)](https://films.example.org/a.mp4) · [Listen only (1.4 MB)](https://films.example.org/a.mp3)
{}
:::

After it.
"""


def test_what_follows_the_links_of_a_film_is_its_transcript_folded_in_place() -> None:
    html = str(render_markdown(FILM.format("\nGood morning.\n\nCome in.")))
    before, folded = html.split('<details class="transcript">')
    assert "At the counter · 4 minutes" in before
    assert before.count("<a href=") == 2
    transcript, after = folded.split("</details>")
    assert "<p>Good morning.</p>" in transcript
    assert "<p>Come in.</p>" in transcript
    assert "After it." in after


def test_a_film_without_a_transcript_folds_nothing_and_is_told_to_its_author() -> None:
    assert "<details" not in str(render_markdown(FILM.format("")))
    assert [line for line, sentence, _severity in remarks_on(FILM.format(""), ()) if "transcript" in sentence] == [1]
    assert list(remarks_on(FILM.format("\nGood morning."), ())) == []


def test_no_other_box_is_folded() -> None:
    assert "<details" not in str(render_markdown("::: note\nOne.\n\nTwo.\n:::\n"))
