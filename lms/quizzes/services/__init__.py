"""What changes the question bank, the quizzes of an edition, and attempts."""

from lms.quizzes.services.bank import create_quizzes, sync_bank
from lms.quizzes.services.sitting import Saved, close_expired_attempts, save_answers, start_attempt, submit_attempt

__all__ = [
    "Saved",
    "close_expired_attempts",
    "create_quizzes",
    "save_answers",
    "start_attempt",
    "submit_attempt",
    "sync_bank",
]
