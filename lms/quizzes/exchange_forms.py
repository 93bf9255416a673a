"""The forms of taking questions in and of writing them to a file."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Length

from lms.core.forms import Form
from lms.core.i18n import LANGUAGE_NAMES
from lms.quizzes.exchange.formats import FORMATS
from lms.quizzes.permissions import Author

ALL_LANGUAGES = "all"


def _language_choices(author: Author) -> list[tuple[str, str]]:
    return [(code, LANGUAGE_NAMES.get(code, code)) for code in author.languages]


class ImportQuestionsForm(Form):
    """A file of questions."""

    file = FileField(
        lazy_gettext("The file"),
        [FileRequired(lazy_gettext("Choose a file."))],
        description=lazy_gettext("At most 10 MB and 10,000 questions."),
        render_kw={"accept": ".xml,.txt,.gift,.zip,.xlsx"},
    )
    format = SelectField(
        lazy_gettext("Its format"),
        description=lazy_gettext("Nearly always found out by itself; name it only where that went wrong."),
    )
    language = SelectField(
        lazy_gettext("Language of its texts"), description=lazy_gettext("For texts that do not name their language.")
    )

    def offer(self, author: Author) -> None:
        """Offer the formats, and the course's languages."""
        self.format.choices = [("", lazy_gettext("Find out")), *((form.key, form.name) for form in FORMATS.values())]
        self.language.choices = _language_choices(author)


class ConfirmImportForm(Form):
    """Where the questions go."""

    category = StringField(
        lazy_gettext("Category for the new questions"),
        [Length(max=150)],
        description=lazy_gettext("Empty for none. A slash parts a category from the one below it: rights/travel."),
    )
    keeps_categories = BooleanField(lazy_gettext("Keep the categories of the file, below that one"), default=True)


class ExportQuestionsForm(Form):
    """What is written, and how."""

    format = SelectField(lazy_gettext("Format"))
    language = SelectField(lazy_gettext("Language"))
    category = SelectField(lazy_gettext("Questions"))

    def offer(self, author: Author, categories: list[tuple[str, str]]) -> None:
        """Offer the formats that are written, the course's languages, and its categories."""
        self.format.choices = [(form.key, form.name) for form in FORMATS.values() if form.write]
        self.language.choices = [(ALL_LANGUAGES, lazy_gettext("All languages")), *_language_choices(author)]
        self.category.choices = [("", lazy_gettext("All questions")), *categories]
