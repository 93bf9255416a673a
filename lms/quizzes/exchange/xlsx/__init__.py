"""Questions in a table: one line a question, languages in columns. Described in docs/question-formats.md."""

from lms.quizzes.exchange.xlsx.reader import read_xlsx
from lms.quizzes.exchange.xlsx.writer import losses_in_xlsx, template_xlsx, write_xlsx_questions

__all__ = ["losses_in_xlsx", "read_xlsx", "template_xlsx", "write_xlsx_questions"]
