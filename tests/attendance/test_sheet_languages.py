"""A meeting's list is read in the languages in which the tools write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lms.attendance.sheets import preview_sheet
from tests.factories import Cast

AFTER = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "header",
    [
        "Name,Email,Join time,Leave time,Duration (minutes)",
        "Nom,Adresse e-mail,Heure d’arrivée,Heure de départ,Durée (minutes)",
        "Nome,E-mail,Hora de entrada,Hora de saída,Duração (minutos)",
    ],
)
def test_the_columns_of_a_list_are_known_in_english_french_and_portuguese(cast: Cast, header: str) -> None:
    line = "Lurdes Cossane,lurdes@example.org,2026-03-03 14:05:00,2026-03-03 14:50:00,44"
    sheet = preview_sheet(cast.member("tutor"), "opening", f"{header}\n{line}\n".encode(), "list.csv", AFTER)
    assert sheet.visitors == [{"name": "Lurdes Cossane", "email": "lurdes@example.org", "minutes": 44, "lines": [2]}]


def test_minutes_follow_from_coming_and_going_in_portuguese(cast: Cast) -> None:
    content = "Nome,Hora de entrada,Hora de saída\nLurdes Cossane,2026-03-03 14:05:00,2026-03-03 14:50:00\n".encode()
    sheet = preview_sheet(cast.member("tutor"), "opening", content, "lista.csv", AFTER)
    assert [visitor["minutes"] for visitor in sheet.visitors] == [45]
