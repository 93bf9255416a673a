"""The question bank, quizzes, attempts and responses."""
