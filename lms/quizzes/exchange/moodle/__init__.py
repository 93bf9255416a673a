"""Moodle XML, reading and writing. Source: the format as Moodle 1.9 to 4.x writes it, docs.moodle.org/en/Moodle_XML_format."""

from lms.quizzes.exchange.moodle.reader import read_moodle
from lms.quizzes.exchange.moodle.writer import losses_in_moodle, write_moodle

__all__ = ["losses_in_moodle", "read_moodle", "write_moodle"]
