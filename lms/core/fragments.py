"""Pieces of pages that are alike for many people: rendered once in a process, with what differs put in afterwards.

Measured: the frame around a page cost as much as the page itself, and is the same for everybody in a role but for
their name and the token of their forms.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from lms.core.current import this_request
from lms.core.templating import put_out

if TYPE_CHECKING:
    from lms.core.templating import TranslatedEnvironment

# Stands for a value while a piece is rendered; drawn anew in each process, so that nothing people write can have it.
_SIGN = secrets.token_hex(8)
_PLACES = re.compile(rf"{_SIGN}\((\w+)\)")


def fragment_builder(environment: TranslatedEnvironment) -> Callable[..., Markup]:
    """The template function ``fragment(template, macro, *arguments, **values)``.

    The macro's HTML must depend on nothing but its arguments, the language and the address under which the site is
    mounted; it may print the values, each in text or in a quoted attribute, and do nothing else with them.
    """

    @lru_cache(maxsize=2048)
    def prepare(
        language: str, root: str, template: str, macro: str, arguments: tuple[object, ...], names: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...]]:
        places = {name: Markup(f"{_SIGN}({name})") for name in names}  # noqa: S704  these are our own signs
        html = str(getattr(environment.get_template(template).module, macro)(*arguments, **places))
        found = tuple(_PLACES.findall(html))
        return _PLACES.sub("%s", html.replace("%", "%%")) if found else html, found

    def fragment(template: str, macro: str, *arguments: object, **values: object) -> Markup:
        root = this_request().root_path  # past the proxy: six times a page
        html, names = prepare(environment.language_of_page(), root, template, macro, arguments, tuple(values))
        # All of it is escaped.
        return Markup(html % tuple([put_out(values[name]) for name in names]) if names else html)  # noqa: S704

    return fragment
