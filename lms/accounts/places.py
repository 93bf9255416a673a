"""Countries and time zones as people choose them, named in the language of the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import get_timezone_location

from lms.accounts.domain import name_key
from lms.core.i18n import LANGUAGE_NAMES, locale_of

# Codes of two letters in the locale data that are no country: unions, test codes, parts of another country.
_NO_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])

# Where the courses' participants and their tutors mostly live.
COMMON_ZONES = (
    "Africa/Abidjan", "Africa/Addis_Ababa", "Africa/Algiers", "Africa/Cairo", "Africa/Casablanca", "Africa/Dakar",
    "Africa/Harare", "Africa/Johannesburg", "Africa/Kinshasa", "Africa/Lagos", "Africa/Lusaka", "Africa/Maputo",
    "Africa/Nairobi", "Africa/Tunis", "Europe/Brussels", "Europe/Lisbon", "Europe/London", "Europe/Paris",
    "Europe/Rome",
)  # fmt: skip

# Regions where hardly anybody who uses this lives: a clock is listed once there, whatever the country.
_FAR_AWAY = {"Pacific": "Pacific", "Arctic": "Pacific", "Antarctica": "Pacific"}


def sort_key(name: str) -> str:
    """By what names are sorted: accents and capitals count for nothing."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign)).casefold()


@lru_cache(maxsize=8)
def country_choices(language: str) -> tuple[tuple[str, str], ...]:
    """Country codes (ISO 3166-1, two letters) with their names in a language, in the order of the names."""
    names = Locale.parse(locale_of(language)).territories
    countries = [(code, name) for code, name in names.items() if _is_country(code)]
    return tuple(sorted(countries, key=lambda pair: sort_key(pair[1])))


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES


def country_name(code: str, language: str) -> str:
    """A country's name in a language; empty for no country, the code itself where it is unknown."""
    return str(Locale.parse(locale_of(language)).territories.get(code, code)) if code else ""


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in LANGUAGE_NAMES:
        # Beside the names that are shown, those of the plain language: lists from elsewhere write “Quênia” or “Costa do Marfim”.
        for code, name in (*Locale.parse(language).territories.items(), *country_choices(language)):
            if _is_country(code):
                codes[name_key(name)] = code
                codes[code.casefold()] = code
    return codes


def find_country(text: str) -> str | None:
    """The code of a country written as a code or as its name in any language of the interface; ``None`` if unknown."""
    return _country_codes().get(name_key(text))


@lru_cache(maxsize=1)
def _zone_table() -> tuple[tuple[str, str], ...]:
    """Country codes with their time zones under the names of today. Source: ``zone.tab`` of the IANA database."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple((row[0], row[2]) for row in rows)


def only_zone_of(country: str) -> str | None:
    """The time zone of a country that has just one."""
    zones = [zone for code, zone in _zone_table() if code == country]
    return zones[0] if len(zones) == 1 else None


def zones_of(country: str) -> tuple[str, ...]:
    """The time zones of a country, those only whose clocks differ; the one of the largest place first."""
    zones = [zone for code, zone in _zone_table() if code == country]
    return tuple({_offsets_through_the_year(zone): zone for zone in reversed(zones)}.values())[::-1]


@lru_cache(maxsize=8)
def zone_choices(language: str) -> dict[str, Sequence[tuple[str, str]]]:
    """Time zones by part of the world, each as its name and its city in a language, in the order of the cities.

    Of zones in one country whose clocks agree the whole year, the first stands for all: that is the largest place,
    and the list stays short enough for a slow line. In the Pacific one stands for all countries of its clock.
    Antarctica is left out.
    """
    regions: dict[str, list[tuple[str, str]]] = {}
    clocks_seen = set()
    for country, name in _zone_table():
        region = name.partition("/")[0]
        clock = (_FAR_AWAY.get(region, country), _offsets_through_the_year(name))
        if country != "AQ" and clock not in clocks_seen:
            clocks_seen.add(clock)
            regions.setdefault(region, []).append((name, city_of(name, language)))
    return {
        region: tuple(sorted(zones, key=lambda pair: sort_key(pair[1]))) for region, zones in sorted(regions.items())
    }


def _offsets_through_the_year(zone: str) -> tuple[timedelta | None, ...]:
    """A zone's distance from UTC in the middle of each month, by the rules of 2026."""
    return tuple(ZoneInfo(zone).utcoffset(datetime(2026, month, 15)) for month in range(1, 13))


@lru_cache(maxsize=2048)
def city_of(zone: str, language: str) -> str:
    """The city by which people know a zone: ``Africa/Addis_Ababa`` is Addis Ababa, Addis-Abeba, أديس أبابا."""
    # UTC is a zone without a city, and some zones of old are unknown to the locale data.
    city = get_timezone_location(zone, locale=locale_of(language), return_city=True) if "/" in zone else ""
    return city or zone.rpartition("/")[2].replace("_", " ")


def is_time_zone(name: str) -> bool:
    """True for a name of the time zone database."""
    return name in available_timezones()
