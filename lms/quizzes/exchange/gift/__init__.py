"""GIFT, reading and writing. Source: docs.moodle.org/en/GIFT_format, with what Moodle's own importer makes of it."""

from lms.quizzes.exchange.gift.reader import read_gift
from lms.quizzes.exchange.gift.writer import losses_in_gift, write_gift

__all__ = ["losses_in_gift", "read_gift", "write_gift"]
