"""HTML becomes Markdown that shows the same, and nothing that runs comes along."""

from __future__ import annotations

import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lms.core.markdown import render_markdown
from lms.quizzes.exchange.to_html import html_of, plain_of
from lms.quizzes.exchange.to_markdown import Notes, html_to_markdown, plain_to_markdown
from tests.quizzes.exchange.strategies import LETTERS, SIGNS

CASES = [
    # HTML of a foreign tool, and our Markdown
    ("Hello <b>world</b>", "Hello **world**"),
    ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("One<br>Two<br><br>Three", "One\\\nTwo\n\nThree"),
    ("x<sup>2</sup> and H<sub>2</sub>O", "x² and H₂O"),
    ("5 * 3 * 2 = a_b_c", "5 \\* 3 \\* 2 = a\\_b\\_c"),
    ("1. is no list", "1\\. is no list"),
    ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n- b\n  1. c"),
    ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>x|y</td></tr></table>", "| A | B |\n| --- | --- |\n| 1 | x\\|y |"),
    ('<a href="https://example.org/?a=1&amp;b=2">there</a>', "[there](<https://example.org/?a=1&b=2>)"),
    ("a<b>(b)</b>c", "&#97;**(b)**&#99;"),
    ("<b>bold </b>word", "**bold** word"),
    ("<h1>Title</h1>text", "## Title\n\ntext"),
    ("a &lt; b &amp;amp; c", "a \\< b &amp;amp; c"),
    ("<code>a`b</code>", "``a`b``"),
    ("<pre>one\n  two</pre>", "```\none\n  two\n```"),
]  # fmt: skip


@pytest.mark.parametrize("words", ["Qui décide\u202f? Voici\u00a0: 1\u202f250\u00a0km", "`a\u00a0b`"])
def test_blanks_that_keep_words_together_come_back(words: str) -> None:
    """It was: after an import a colon stood alone at the beginning of a line."""
    for markdown in (
        html_to_markdown(html_of(words), Notes()),
        plain_to_markdown(words),
        html_to_markdown(words, Notes()),
    ):
        assert plain_of(markdown).replace("`", "") == words.replace("`", "")


@pytest.mark.parametrize(("html", "markdown"), CASES)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert html_to_markdown(html, Notes()) == markdown


def _inline() -> st.SearchStrategy[str]:
    plain = st.text(st.one_of(st.sampled_from(SIGNS.replace("\n", "")), LETTERS), max_size=12).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    )
    # Marks inside marks are tried in the cases above: around parts of words, Markdown cannot say all of their orders.
    marked = st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["strong", "em", "del"]), plain)
    return st.one_of(plain, marked)


def _blocks() -> st.SearchStrategy[str]:
    text = st.lists(_inline(), min_size=1, max_size=3).map("".join)
    return st.one_of(
        text.map(lambda inner: f"<p>{inner}</p>"),
        st.lists(text, min_size=1, max_size=3).map(
            lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
        ),
        st.lists(text, min_size=1, max_size=3).map(
            lambda items: "<ol>" + "".join(f"<li>{item}</li>" for item in items) + "</ol>"
        ),
        text.map(lambda inner: f"<blockquote><p>{inner}</p></blockquote>"),
        text.map(lambda inner: f"<h3>{inner}</h3>"),
    )


@settings(phases=[Phase.generate], max_examples=200)
@given(st.lists(_blocks(), min_size=1, max_size=3).map("".join))
def test_what_is_written_and_read_again_stays_the_same(html: str) -> None:
    """Whatever the HTML, from the first Markdown on nothing that is seen changes any more: not a sign, not a mark."""
    shown = str(render_markdown(html_to_markdown(html, Notes())))
    again = str(render_markdown(html_to_markdown(shown, Notes())))
    assert _seen(again) == _seen(shown)


def _seen(html: str) -> str:
    """What is seen of HTML: without joiners between the marks of neighbours, and marks around the same words in one order."""
    return _MARKS.sub(lambda run: "".join(sorted(_MARK.findall(run[0]))), html.replace("\u2060", ""))


_MARK = re.compile(r"</?(?:strong|em|del)>")
_MARKS = re.compile(r"(?:<(?:strong|em|del)>)+|(?:</(?:strong|em|del)>)+")


@given(st.text(st.one_of(st.sampled_from(SIGNS), LETTERS), max_size=40))
def test_plain_words_survive(text: str) -> None:
    assert plain_of(plain_to_markdown(text)).split() == text.split()


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>safe",
        '<img src="x" onerror="alert(1)">safe',
        '<a href="javascript:alert(1)">safe</a>',
        "<iframe src='https://example.org'></iframe>safe",
        "<svg><script>alert(1)</script></svg>safe",
        '<p style="color:red">safe</p>',
        "< " * 5000 + "safe",
        "<b>" * 5000 + "safe",
    ],
)
def test_nothing_that_runs_comes_along(html: str) -> None:
    notes = Notes()
    shown = html_of(html_to_markdown(html, notes))
    for danger in ("<script", "onerror", "javascript:", "<iframe", "style="):
        assert danger not in shown
    assert "safe" in shown


def test_what_was_taken_away_is_said() -> None:
    notes = Notes()
    html_to_markdown('<video src="a.mp4"></video>text <span style="color: red">red</span>', notes)
    said = " ".join(map(str, notes.sentences))
    assert "play" in said
    assert "Colours" in said
