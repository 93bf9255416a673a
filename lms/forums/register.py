"""Wires the feature into the app."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms.core.current import this_page
from lms.core.markdown import render_typed
from lms.core.outbox import renew_letters
from lms.courses.navigation import add_link
from lms.courses.permissions import Member
from lms.forums import models as models  # the tables
from lms.forums.domain.searching import shortened
from lms.forums.permissions import is_speaker
from lms.forums.queries.forums import News, news_for
from lms.forums.queries.topics import waiting_in
from lms.forums.services.marks import KINDS
from lms.forums.services.telling import said_now
from lms.forums.views import blueprint
from lms.forums.wording import author_name, forum_title, plain_forum_title


def register(app: Flask) -> None:
    """Add the feature's routes, commands, hooks and jobs."""
    app.register_blueprint(blueprint)
    for kind in KINDS:
        renew_letters(app, kind, said_now)
    add_link(22, _l("Forums"), "forums.index", is_speaker)
    add_link(29, _l("Search"), "forums.search", is_speaker)
    app.jinja_env.filters.update(typed=render_typed, shortened=shortened)
    app.jinja_env.globals.update(
        forum_title=forum_title, plain_forum_title=plain_forum_title, post_author=author_name, forum_news=_news,
        forum_waiting=waiting_in,
    )  # fmt: skip


def _news(member: Member) -> News:
    """What is new for somebody, asked once a page."""
    page = vars(this_page())
    if "forum_news" not in page:
        page["forum_news"] = news_for(member)
    news: News = page["forum_news"]
    return news
