"""The evaluation's results as tables for files: the figures, the numbers of each return, and the words apart from them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from lms.core.i18n import localise
from lms.core.sheets import Cell, Sheet
from lms.surveys.domain import NOT_APPLICABLE, SCALE, Answer, Returns, Summary
from lms.surveys.queries import SurveyResults


def summary_sheet(results: SurveyResults, summary: Summary, languages: Sequence[str]) -> Sheet:
    """The table of the activity report: one row a scale question, the response rate under it."""
    header = [
        _("Question"),
        _("Answers (n)"),
        _("Not applicable"),
        _("Average"),
        _("Share of 4 and 5, in percent"),
        *(_("Chose %(number)s", number=number) for number in SCALE),
        *(_("Chose %(number)s, in percent", number=number) for number in SCALE),
    ]
    rows: list[list[Cell]] = [
        [
            localise(question.text, languages).text,
            question.n,
            question.not_applicable,
            question.average,
            question.share_4_5,
            *question.counts,
            *question.shares,
        ]
        for question in summary.scales
    ]
    rows.append([])
    rows.append([_("People who answered"), results.answered])
    rows.append([_("People who were asked"), results.asked])
    rows.append([_("Response rate, in percent"), results.response_rate])
    return Sheet(_("Summary"), header, rows)


def numbers_sheet(results: SurveyResults, returns: Returns, languages: Sequence[str]) -> Sheet:
    """One row a return, in the order of the random keys, which are left out; scale questions only."""
    questions = [question for question in results.plan.questions if question.kind != "open"]
    rows = [[_number(answers.get(question.key)) for question in questions] for answers in returns.values()]
    return Sheet(_("Numbers"), [localise(question.text, languages).text for question in questions], rows)


def _number(answer: Answer | None) -> Cell:
    return _("not applicable") if answer == NOT_APPLICABLE else answer


def words_sheet(summary: Summary, languages: Sequence[str]) -> Sheet:
    """One row an open answer, each question's in an order of its own."""
    rows = [
        [localise(question.text, languages).text, words] for question in summary.texts for words in question.answers
    ]
    return Sheet(_("Open answers"), [_("Question"), _("Answer")], rows)
