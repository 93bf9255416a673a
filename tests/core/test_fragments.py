"""Pieces of pages are rendered once for each language, with what differs escaped and put in afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, g
from jinja2 import DictLoader

from lms.core.fragments import fragment_builder
from lms.core.templating import TranslatedEnvironment

PIECES = {
    "pieces.html": '{% macro greeting(kind) %}<p class="{{ kind }}" title="{{ kwargs.name }}">{{ _("Sign in") }} 100%, {{ kwargs.name }}: {{ kwargs.token }}</p>{% endmacro %}'
    "{% macro rule() %}{{ rendered() }}50% of 20%{% endmacro %}"
}


@pytest.fixture
def rendered() -> list[str]:
    return []


@pytest.fixture
def fragment(app: Flask, rendered: list[str]) -> Callable[..., str]:
    environment = TranslatedEnvironment(
        app, loader=DictLoader(PIECES), autoescape=app.select_jinja_autoescape, extensions=["jinja2.ext.i18n"]
    )
    environment.language_of_page = lambda: g.language
    environment.globals["rendered"] = lambda: rendered.append(g.language) or ""
    build = fragment_builder(environment)

    def made(language: str, *arguments: object, **values: object) -> str:
        with app.test_request_context("/"):
            g.language = language
            return build("pieces.html", *arguments, **values)

    return made


def test_each_person_sees_their_own_name_and_token(fragment) -> None:
    assert fragment("en", "greeting", "x", name="Awa", token=1) == '<p class="x" title="Awa">Sign in 100%, Awa: 1</p>'
    assert fragment("en", "greeting", "x", name="Bih", token=2) == '<p class="x" title="Bih">Sign in 100%, Bih: 2</p>'


def test_a_name_cannot_break_out_of_its_place(fragment) -> None:
    html = fragment("en", "greeting", "x", name='"><b>%s{name}\x02token\x03', token="secret")
    assert "<b>" not in html
    assert 'title="&#34;&gt;' in html
    assert html.count("secret") == 1


def test_arguments_are_escaped_too(fragment) -> None:
    assert 'class="&lt;b&gt;"' in fragment("en", "greeting", "<b>", name="Awa", token=1)


def test_a_piece_is_rendered_once_for_each_language_and_all_arguments(fragment, rendered) -> None:
    for language in ("en", "fr", "en", "fr"):
        assert fragment(language, "rule") == "50% of 20%"
    assert rendered == ["en", "fr"]
    assert "Se connecter" in fragment("fr", "greeting", "x", name="Awa", token=1)
    assert "Sign in" in fragment("en", "greeting", "x", name="Awa", token=1)
