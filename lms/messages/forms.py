"""What people type: a message in a conversation, a letter to several people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from lms.forums.forms import TokenForm, message_field, title_field


class MessageForm(TokenForm):
    """A message in one conversation."""

    body = message_field(_l("Your message"))


class LetterForm(TokenForm):
    """A letter to several people."""

    title = title_field()
    body = message_field(_l("Your letter"))
    has_open_work = BooleanField(
        _l("Add to each letter what that person has not done yet, and until when it can be done")
    )
