"""Templates are compiled once for each language, with their strings translated and what is filled in escaped."""

from __future__ import annotations

import pytest
from flask import Flask, g, render_template_string, url_for
from jinja2 import DictLoader
from markupsafe import Markup, escape

from lms.core.templating import put_out

PAGES = {
    "page.html": '{% extends "frame.html" %}{% block main %}{{ _("Sign in") }} {{ _("Week %(week)s of %(weeks)s", week=page, weeks="<9>") }}{% endblock %}',
    "frame.html": "<p>{% block main %}{% endblock %}</p>",
    "letter.txt": '{{ _("Week %(week)s of %(weeks)s", week="<1>", weeks=2) }}',
}


@pytest.fixture
def environment(app: Flask):
    from lms.core.templating import TranslatedEnvironment

    own = TranslatedEnvironment(
        app, loader=DictLoader(PAGES), autoescape=app.select_jinja_autoescape, extensions=["jinja2.ext.i18n"]
    )
    own.language_of_page = lambda: g.language
    return own


def render(app: Flask, environment, name: str, language: str, **values: object) -> str:
    with app.test_request_context("/"):
        g.language = language
        return environment.get_template(name).render(**values)


def test_each_language_has_its_own_page_and_frame(app: Flask, environment) -> None:
    assert "Sign in Week 1 of" in render(app, environment, "page.html", "en", page=1)
    french = render(app, environment, "page.html", "fr", page=1)
    assert "Se connecter Semaine 1 sur" in french
    assert "Sign in Week 1 of" in render(app, environment, "page.html", "en", page=1)


def test_what_is_filled_into_a_string_is_escaped_on_a_page_and_not_in_a_letter(app: Flask, environment) -> None:
    assert "&lt;9&gt;" in render(app, environment, "page.html", "en", page="<1>")
    assert render(app, environment, "letter.txt", "en") == "Week <1> of 2"


def test_a_string_made_at_run_time_is_still_translated(app: Flask) -> None:
    with app.test_request_context("/"):
        g.language = "fr"
        assert render_template_string('{{ _("Sign" ~ " in") }}') == "Se connecter"


def test_addresses_in_templates_are_those_of_the_app(app: Flask) -> None:
    built = app.jinja_env.globals["url_for"]
    with app.test_request_context("/"):
        assert built("home.edition", code="R 1") == url_for("home.edition", code="R 1")
        assert built("home.edition", code="R1", page=[1, 2]) == url_for("home.edition", code="R1", page=[1, 2])
        assert built("home.index", _external=True).startswith("http://")
        assert built("home.edition", code="1") != built("home.edition", code="2")


class _Text(str):
    """A text of a kind of its own, as lazy translations and enumerations are."""


class _Element:
    def __html__(self) -> str:
        return "<b>ours</b>"


@pytest.mark.parametrize(
    "value", ["<i>", Markup("<i>"), _Text("<i>"), _Element(), 3, None, "", "&amp;", "a\"b'c", ["<i>"], b"<i>"]
)
def test_a_value_is_put_out_as_markupsafe_escapes_it(value: object) -> None:
    assert str(put_out(value)) == str(escape(value))
