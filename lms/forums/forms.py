"""What people type in forums: topics, replies, changes, reasons, and how mail reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from lms.accounts.models import Person
from lms.core.db import row_number
from lms.core.forms import Form
from lms.core.plain_text import visible_line
from lms.forums.models import Topic
from lms.forums.queries.forums import Forum
from lms.forums.wording import plain_forum_title
from lms.notices.domain import Delivery

LONGEST_POST = 10_000


def _stripped(value: str | None) -> str:
    return (value or "").strip()


def _tidied(value: str | None) -> str:
    # A title stands in subjects of letters and in lists, where signs that turn the direction would turn what follows.
    return visible_line(value or "")


def message_field(label: Any) -> TextAreaField:
    """A box for what somebody writes to others; it may not be empty."""
    return TextAreaField(
        label,
        filters=[_stripped],
        validators=[
            DataRequired(_l("Write something first.")),
            Length(max=LONGEST_POST, message=_l("This is too long for one message. Send it in two.")),
        ],
    )


def title_field() -> StringField:
    """A line that says what a message is about."""
    return StringField(
        _l("What it is about"),
        filters=[_tidied],
        validators=[
            DataRequired(_l("Say in a few words what it is about.")),
            Length(max=160, message=_l("Make it shorter: use at most 160 letters.")),
        ],
    )


def _reason(label: Any) -> StringField:
    return StringField(
        label,
        filters=[_stripped],
        validators=[
            DataRequired(_l("Write in a few words why.")),
            Length(max=500, message=_l("Make it shorter: use at most 500 letters.")),
        ],
    )


class TokenForm(Form):
    """A form whose text outlives the sign-in: an old token brings it back with a word on what to do."""

    def validate(self, *arguments: Any, **options: Any) -> bool:
        """Whether everything is in order; see ``first_errors``."""
        is_valid = bool(super().validate(*arguments, **options))
        if "csrf_token" in self and self["csrf_token"].errors:
            self["csrf_token"].errors = [
                _("This page was too old to be sent. What you wrote is still here: send it once more.")
            ]
        return is_valid


class _Addressing(TokenForm):
    addressed = SelectField(_l("Address to"), validate_choice=False)

    def offer(self, people: Sequence[Person]) -> None:
        """Let one of these people be chosen."""
        self.addressed.choices = [SelectChoice("", _("nobody in particular"))]
        self.addressed.choices += [SelectChoice(str(person.id), person.full_name) for person in people]

    @property
    def addressed_id(self) -> int | None:
        """The person who was chosen; whether they are in the edition is seen when the post is sent."""
        try:
            return row_number(self.addressed.data or "")
        except ValueError:
            return None


class TopicForm(_Addressing):
    """A new topic."""

    title = title_field()
    body = message_field(_l("Your message"))
    is_question = BooleanField(_l("It is a question: those who teach see that it waits for an answer"))


class AnnouncementForm(TokenForm):
    """What those who teach say to everybody."""

    title = title_field()
    body = message_field(_l("The announcement"))


class ReplyForm(_Addressing):
    """A reply in a topic. ``parent`` is the post that it answers."""

    parent = StringField()
    body = message_field(_l("Your reply"))
    is_answer = BooleanField(_l("This answers the question"))

    @property
    def parent_id(self) -> int | None:
        """The post that it answers; ``None`` for the topic as a whole."""
        try:
            return row_number(self.parent.data or "")
        except ValueError:
            return None


class ChangeForm(Form):
    """Another wording for a post."""

    body = message_field(_l("Your message"))


class ChangeTopicForm(Form):
    """Another wording for the post that opens a topic, and its title."""

    title = title_field()
    body = message_field(_l("Your message"))


class ReportForm(Form):
    """Why a post should not stand."""

    reason = _reason(_l("What is wrong with it?"))


class HidingForm(Form):
    """Why a post is hidden."""

    reason = _reason(_l("Why is it hidden?"))


class ArrangeForm(Form):
    """Where a topic stands, and who may write in it."""

    forum = SelectField(_l("Forum"))
    is_pinned = BooleanField(_l("Keep it at the top of the forum"))
    is_locked = BooleanField(_l("Lock it: everybody reads, only those who teach write"))
    is_question = BooleanField(_l("It is a question that waits for an answer"))

    @classmethod
    def for_topic(cls, topic: Topic, forums: Sequence[Forum]) -> ArrangeForm:
        """The form as the topic stands now."""
        form = cls(
            data={
                "forum": topic.forum_key, "is_pinned": topic.is_pinned, "is_locked": topic.is_locked,
                "is_question": topic.is_question,
            }
        )  # fmt: skip
        form.forum.choices = [
            SelectChoice(forum.key, plain_forum_title(forum.key, forum.module_title)) for forum in forums
        ]
        return form


class MailForm(Form):
    """How mail about the posts of one edition reaches somebody."""

    delivery = RadioField(
        _l("Messages that you follow"),
        choices=[
            SelectChoice(Delivery.DAILY.value, _l("in one letter a day, at seven in the morning on your clock")),
            SelectChoice(Delivery.AT_ONCE.value, _l("each by mail at once")),
            SelectChoice(Delivery.PAGE.value, _l("no mail; they stand here and on your page of notices")),
        ],
    )
