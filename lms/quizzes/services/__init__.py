"""What changes the question bank, the quizzes of an edition, and attempts."""

from lms.quizzes.services.answers import Saved
from lms.quizzes.services.arrivals import sync_bank
from lms.quizzes.services.bank import create_quizzes
from lms.quizzes.services.sitting import close_expired_attempts, save_answers, start_attempt, submit_attempt

__all__ = [
    "Saved",
    "close_expired_attempts",
    "create_quizzes",
    "save_answers",
    "start_attempt",
    "submit_attempt",
    "sync_bank",
]
