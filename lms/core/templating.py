"""The template environment: every language has its own compiled templates, with their constant strings translated.

Measured: a page asks for some forty strings and twenty addresses, most of them the same on every page. Translated when
the template is compiled, a constant string costs nothing when the page is made.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import generate
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]

TRANSLATIONS = str(Path(__file__).parent.parent / "translations")


@lru_cache(maxsize=16)
def catalogue(language: str) -> NullTranslations:
    """The translations of a language, read once in a process."""
    return Translations.load(TRANSLATIONS, [language])


class _Translator(NodeTransformer):
    """Puts the translation in the place of each ``_("a constant")``, and leaves the values to be filled in."""

    def __init__(self, translations: NullTranslations, autoescape: bool) -> None:
        self.translations = translations
        self.autoescape = autoescape

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802  Jinja's own naming
        call = self.generic_visit(call)  # type: ignore[assignment]
        if not _is_constant_message(call):
            return call
        message = self.translations.gettext(call.args[0].as_const())
        line = call.lineno
        text: nodes.Expr = nodes.Const(message, lineno=line)
        if self.autoescape:  # what the catalogue says is ours; what is filled in is escaped
            text = nodes.MarkSafe(text, lineno=line)
        if not call.kwargs:
            return text
        pairs = [nodes.Pair(nodes.Const(one.key, lineno=line), one.value, lineno=line) for one in call.kwargs]
        return nodes.Mod(text, nodes.Dict(pairs, lineno=line), lineno=line)


def _is_constant_message(call: nodes.Call) -> bool:
    return (
        isinstance(call.node, nodes.Name)
        and call.node.name in ("_", "gettext")
        and len(call.args) == 1
        and isinstance(call.args[0], nodes.Const)
        and not call.dyn_args
        and not call.dyn_kwargs
    )


_FUNCTIONS = frozenset({FunctionType, MethodType, BuiltinMethodType})


class QuickContext(Context):
    """A template's context that asks of what it calls no more than ours can answer."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  as Jinja names them
        """Call a function or a macro. Jinja asks each time whether it is an object that wants the context."""
        kind = type(__obj)
        if kind is not Macro and (kind not in _FUNCTIONS or hasattr(__obj, "jinja_pass_arg")):
            return super().call(__obj, *args, **kwargs)
        if kwargs:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        if kind is not Macro:
            return __obj(*args, **kwargs)
        if kwargs or len(args) != __obj._argument_count or __obj.caller or __obj.catch_kwargs or __obj.catch_varargs:
            return __obj(__self.eval_ctx, *args, **kwargs)
        # All that it takes stands in its place: there is nothing to be sorted out.
        html = __obj._func(*args)
        return Markup(html) if __self.eval_ctx.autoescape else html  # noqa: S704  what a template makes is escaped


def put_out(value: Any) -> str:
    """A value as it stands in a page; what ``markupsafe.escape`` gives, without saying of it that it is safe.

    The parts of a page are joined as they are: to wrap each in an object costs twice what it costs to escape it.
    """
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    return value if kind is Markup else escape(value)


class SharedTemplate(Template):
    """A template that is imported alike everywhere: what it knows besides its arguments are the app's globals."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        # Jinja compares the globals of both templates at every import; ours are all the same.
        if self._module is None:
            self._module = self.make_module()
        return self._module


class TranslatedEnvironment(Environment):
    """A template environment that keeps each template once for every language."""

    template_class = SharedTemplate
    context_class = QuickContext

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self.language_of_page: Callable[[], str] = lambda: "en"
        self._compiling: ContextVar[str] = ContextVar("language of the template that is compiled", default="en")

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        assert self.loader is not None
        assert self.cache is not None
        language = self.language_of_page()
        key: Any = (weakref.ref(self.loader), name, language)
        template = self.cache.get(key)
        if template is not None and (not self.auto_reload or template.is_up_to_date):
            if globals:
                template.globals.update(globals)
            return template
        token = self._compiling.set(language)
        try:
            template = self.loader.load(self, name, self.make_globals(globals))
        finally:
            self._compiling.reset(token)
        template.globals = dict(template.globals)  # every page copies them, and a chain of maps is slow to copy
        self.cache[key] = template
        return template

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        translations = catalogue(self._compiling.get())
        autoescape = self.autoescape(name) if callable(self.autoescape) else self.autoescape
        source = _Translator(translations, autoescape).visit(source)
        code = generate(source, self, name, filename, defer_init=defer_init, optimized=self.optimized)
        assert code is not None
        # A template's code begins with what it imports.
        return code.replace("\nname = ", f"\nfrom {__name__} import {put_out.__name__} as escape\nname = ", 1)
