"""The evaluation of edition A9714779 as its activity report prints it: 13 answers to each of 13 questions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report: what was asked, the printed figures, and how many chose 1, 2, 3, 4 and 5."""

    question: str
    average: str
    share_4_5: str
    counts: tuple[int, int, int, int, int]


ROWS = (
    Row(
        "Before participating in this activity, did you have enough information to understand whether it could meet your learning needs?",
        "3.38",
        "38.5",
        (0, 1, 7, 4, 1),
    ),
    Row(
        "To what extent were the activity's objectives achieved?",
        "4.08",
        "84.6",
        (0, 1, 1, 7, 4),
    ),
    Row(
        "Given the activity's objectives, how appropriate were the activity's contents?",
        "4.15",
        "92.3",
        (0, 1, 0, 8, 4),
    ),
    Row(
        "How well did the course address the specific needs of both women and men within the course's sector or theme?",
        "4.15",
        "92.3",
        (0, 1, 0, 8, 4),
    ),
    Row(
        "To what extent did this course/learning activity give you any tools, skills or knowledge to address gender equality in the sector in which you work?",
        "4",
        "76.9",
        (0, 1, 2, 6, 4),
    ),
    Row(
        "Were the learning methods used generally appropriate?",
        "4.15",
        "76.9",
        (0, 0, 3, 5, 5),
    ),
    Row(
        "How would you judge the tutors'/facilitators' overall contribution?",
        "4.46",
        "92.3",
        (0, 0, 1, 5, 7),
    ),
    Row(
        "Did the on-line interaction with other participants contribute to your learning?",
        "4.08",
        "69.2",
        (1, 0, 3, 2, 7),
    ),
    Row(
        "Were the materials used during the activity appropriate?",
        "4.23",
        "84.6",
        (0, 0, 2, 6, 5),
    ),
    Row(
        "Were the methods used for assessing your learning appropriate?",
        "4.08",
        "76.9",
        (0, 0, 3, 6, 4),
    ),
    Row(
        "How likely is it that you will apply some of what you have learned?",
        "4.15",
        "92.3",
        (0, 0, 1, 9, 3),
    ),
    Row(
        "How likely is it that your institution/employer will benefit from your participation in the activity? (If applicable)",
        "4.38",
        "92.3",
        (0, 0, 1, 6, 6),
    ),
    Row(
        "Are you satisfied with the overall quality of the activity?",
        "4",
        "76.9",
        (1, 0, 2, 5, 5),
    ),
)
