"""What a list of people says, line by line, and what taking it in would change; nothing is looked up here."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lms.accounts.domain import OrganisationType, Sex, email_key, name_key, tidy_name
from lms.courses.domain.roles import Role

# In the order of the template that coordinators download.
COLUMNS = (
    "email", "name", "organisation", "organisation_type", "country", "sex", "language", "time_zone", "sponsor", "role",
)  # fmt: skip
PROFILE_COLUMNS = ("organisation", "organisation_type", "country", "sex", "language", "time_zone")

_HEADERS = {
    "email": ("email", "البريد الإلكتروني", "عنوان البريد الإلكتروني", "e mail", "mail", "email address", "e mail address", "courriel", "adresse e mail", "adresse email", "adresse mail", "adresse electronique", "correio eletronico", "correio electronico", "endereco de e mail", "endereco de email", "endereco eletronico", "endereco electronico"),
    "name": ("name", "الاسم", "الاسم الكامل", "اسم المشارك", "full name", "whole name", "participant", "name of the participant", "nom", "nom complet", "nom et prenom", "prenom et nom", "nom du participant", "nome", "nome completo", "nome e apelido", "nome do participante"),
    "given_name": ("given name", "الاسم الأول", "first name", "forename", "prenom", "primeiro nome", "nome proprio"),
    "family_name": ("family name", "اسم العائلة", "اللقب", "last name", "surname", "nom de famille", "apelido", "sobrenome", "ultimo nome", "nome de familia"),
    "organisation": ("organisation", "المؤسسة", "جهة العمل", "organization", "institution", "employer", "organisme", "employeur", "structure", "organizacao", "instituicao", "entidade", "empregador", "entidade empregadora"),
    "organisation_type": ("organisation type", "نوع المؤسسة", "organization type", "type of organisation", "type of organization", "kind of organisation", "type d organisation", "type d organisme", "tipo de organizacao", "tipo de instituicao", "tipo de entidade"),
    "country": ("country", "البلد", "الدولة", "pays", "pais"),
    "sex": ("sex", "الجنس", "النوع الاجتماعي", "gender", "sexe", "genre", "sexo", "genero"),
    "language": ("language", "اللغة", "langue", "lingua", "idioma"),
    "time_zone": ("time zone", "المنطقة الزمنية", "timezone", "fuseau", "fuseau horaire", "fuso", "fuso horario"),
    "sponsor": ("sponsor", "الجهة الراعية", "الجهة الممولة", "sponsors", "sponsored by", "financed by", "funder", "funded by", "bailleur", "financeur", "organisme financeur", "financement", "finance par", "parrain", "entidade patrocinadora", "patrocinador", "patrocinadora", "financiador", "financiamento", "financiado por"),
    "role": ("role", "الدور", "الصفة", "function", "fonction", "funcao", "papel"),
}  # fmt: skip

_ORGANISATION_TYPES = {
    OrganisationType.GOVERNMENT: ("government", "حكومة", "جهة حكومية", "ministry", "public", "gouvernement", "ministere", "governo", "ministerio", "publico"),
    OrganisationType.EMPLOYERS: ("employers", "منظمة اصحاب عمل", "employers organisation", "organisation d employeurs", "employeurs", "empregadores", "organizacao de empregadores"),
    OrganisationType.WORKERS: ("workers", "منظمة عمال", "نقابة", "workers organisation", "trade union", "union", "syndicat", "travailleurs", "organisation de travailleurs", "sindicato", "trabalhadores", "organizacao de trabalhadores"),
    OrganisationType.NGO: ("ngo", "منظمة غير حكومية", "non governmental organisation", "ong", "association", "organisation non gouvernementale", "associacao", "organizacao nao governamental"),
    OrganisationType.INTERNATIONAL: ("international", "منظمة دولية", "international organisation", "organisation internationale", "un", "onu", "internacional", "organizacao internacional"),
    OrganisationType.TRAINING: ("training", "موسسة تدريب او بحث", "جامعة", "training or research institution", "university", "research", "formation", "universite", "recherche", "centre de formation", "formacao", "universidade", "investigacao", "centro de formacao", "instituicao de formacao ou de investigacao"),
    OrganisationType.OTHER: ("other", "autre", "outra", "outro", "اخرى"),
}  # fmt: skip
_SEXES = {
    Sex.FEMALE: ("female", "انثى", "امراة", "f", "woman", "w", "femme", "feminin", "mulher", "feminino"),
    Sex.MALE: ("male", "ذكر", "رجل", "m", "man", "homme", "h", "masculin", "homem", "masculino"),
}
_ROLES = {
    Role.PARTICIPANT: (
        "participant",
        "مشارك",
        "مشاركة",
        "participante",
        "learner",
        "apprenant",
        "apprenante",
        "formando",
        "formanda",
    ),
    Role.TUTOR: (
        "tutor",
        "مدرب",
        "مدربة",
        "tuteur",
        "tutrice",
        "trainer",
        "formateur",
        "formatrice",
        "tutora",
        "formador",
        "formadora",
    ),
    Role.COORDINATOR: (
        "coordinator",
        "منسق",
        "منسقة",
        "coordinateur",
        "coordinatrice",
        "coordonnateur",
        "coordonnatrice",
        "coordenador",
        "coordenadora",
        "coordenacao",
    ),
    Role.SPONSOR_VIEWER: (
        "sponsor viewer",
        "ممثل الجهة الراعية",
        "observateur",
        "observatrice",
        "bailleur",
        "observador",
        "observadora",
    ),
}
_LANGUAGES = {
    "en": ("en", "english", "anglais", "ingles"),
    "fr": ("fr", "french", "francais", "frances"),
    "pt": ("pt", "portuguese", "portugais", "portugues"),
    "ar": ("ar", "arabic", "arabe", "عربي", "العربية"),
}
_LIMITS = {"email": 320, "name": 200, "organisation": 200}


def normal(text: str) -> str:
    """A word as it is compared: without case, accents and punctuation."""
    letters = "".join(character if character.isalnum() else " " for character in name_key(text))
    return " ".join(letters.split())


def _by_word(words: Mapping[Any, Sequence[str]]) -> dict[str, str]:
    return {word: str(value) for value, spellings in words.items() for word in (normal(value), *spellings)}


_SMALL_WORDS = frozenset(
    ("s", "e", "et", "and", "of", "the", "de", "du", "des", "d", "la", "le", "l", "do", "da", "dos", "das")
)


def _heading(text: str) -> str:
    """A column's name as it is compared: “Nom(s) & prénoms” is “nom prenom”."""
    words = (word for word in normal(text).split() if word not in _SMALL_WORDS)
    return " ".join(word.rstrip("s") for word in words)


_COLUMN_OF = {_heading(word): column for column, words in _HEADERS.items() for word in (column, *words)}
_ORGANISATION_TYPE_OF = _by_word(_ORGANISATION_TYPES)
_SEX_OF = _by_word(_SEXES)
_ROLE_OF = _by_word(_ROLES)


class FaultKind(enum.StrEnum):
    """What can be wrong with a line."""

    EMAIL_MISSING = "email-missing"
    EMAIL_INVALID = "email-invalid"
    EMAIL_REPEATED = "email-repeated"
    NAME_MISSING = "name-missing"
    TOO_LONG = "too-long"
    UNKNOWN_ORGANISATION_TYPE = "unknown-organisation-type"
    UNKNOWN_COUNTRY = "unknown-country"
    UNKNOWN_SEX = "unknown-sex"
    UNKNOWN_LANGUAGE = "unknown-language"
    UNKNOWN_TIME_ZONE = "unknown-time-zone"
    UNKNOWN_SPONSOR = "unknown-sponsor"
    UNKNOWN_ROLE = "unknown-role"
    COORDINATOR_ROLE = "coordinator-role"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a line. ``value`` is what was written there, or the line that repeats it."""

    kind: FaultKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a value may be, as far as it depends on the installation. Lookups return ``None`` for an unknown word.

    ``sponsors`` maps normalised codes and names to codes; ``languages`` are the codes that the interface speaks.
    """

    is_email: Callable[[str], bool]
    find_country: Callable[[str], str | None]
    is_time_zone: Callable[[str], bool]
    languages: Sequence[str]
    sponsors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, read. Empty strings say that the list does not tell; so do no role and no sponsors."""

    number: int
    email: str
    name: str = ""
    organisation: str = ""
    organisation_type: str = ""
    country: str = ""
    sex: str = ""
    language: str = ""
    time_zone: str = ""
    sponsors: tuple[str, ...] = ()
    role: str = ""
    faults: tuple[Fault, ...] = ()

    def profile(self) -> dict[str, str]:
        """What the line tells of the person beside name and address."""
        return {name: getattr(self, name) for name in PROFILE_COLUMNS if getattr(self, name)}


def columns_of(header: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Which header cell holds which column, in any language of the interface; and the cells that say nothing we know."""
    columns: dict[str, str] = {}
    unused = []
    for cell in header:
        column = _COLUMN_OF.get(_heading(cell))
        if column is None or column in columns:
            unused.append(cell)
        else:
            columns[column] = cell
    if "given_name" in columns and "name" in columns and "family_name" not in columns:
        # Two columns “nom” and “prénom” hold the parts of one name.
        columns["family_name"] = columns.pop("name")
    return columns, unused


def _choose(
    values: Mapping[str, str], column: str, words: Mapping[str, str], kind: FaultKind, faults: list[Fault]
) -> str:
    written = values.get(column, "")
    if not written:
        return ""
    chosen = words.get(normal(written), "")
    if not chosen:
        faults.append(Fault(kind, written))
    return chosen


def _sponsors(written: str, vocabulary: Vocabulary, faults: list[Fault]) -> tuple[str, ...]:
    codes = []
    for part in written.replace(",", ";").split(";"):
        if not part.strip():
            continue
        code = vocabulary.sponsors.get(normal(part))
        if code is None:
            faults.append(Fault(FaultKind.UNKNOWN_SPONSOR, part.strip()))
        else:
            codes.append(code)
    return tuple(sorted(set(codes)))


def _country(written: str, vocabulary: Vocabulary, faults: list[Fault]) -> str:
    code = vocabulary.find_country(written) if written else ""
    if code is None:
        faults.append(Fault(FaultKind.UNKNOWN_COUNTRY, written))
    return code or ""


def _time_zone(written: str, vocabulary: Vocabulary, faults: list[Fault]) -> str:
    if written and not vocabulary.is_time_zone(written):
        faults.append(Fault(FaultKind.UNKNOWN_TIME_ZONE, written))
    return written


def _email_faults(email: str, vocabulary: Vocabulary) -> list[Fault]:
    if not email:
        return [Fault(FaultKind.EMAIL_MISSING)]
    if not vocabulary.is_email(email):
        return [Fault(FaultKind.EMAIL_INVALID, email)]
    return []


def _whole_name(values: Mapping[str, str]) -> str:
    """The name of a line, put together where it stands in two columns: “nome” and “apelido”, “name” and “surname”."""
    name, family_name = values.get("name", ""), values.get("family_name", "")
    if not name:
        return f"{values.get('given_name', '')} {family_name}"
    is_whole = "given_name" in values or set(normal(family_name).split()) <= set(normal(name).split())
    return name if is_whole else f"{name} {family_name}"


def read_line(number: int, cells: Mapping[str, str], columns: Mapping[str, str], vocabulary: Vocabulary) -> Line:
    """A line of the list with all its faults.

    Args:
        number: the line as the person sees it in the file.
        cells: what is written, by header cell.
        columns: as ``columns_of`` found them.
    """
    values = {column: " ".join(cells.get(cell, "").split()) for column, cell in columns.items()}
    values["name"] = tidy_name(_whole_name(values))
    email = values.get("email", "")
    faults = _email_faults(email, vocabulary)
    faults += [
        Fault(FaultKind.TOO_LONG, column) for column, limit in _LIMITS.items() if len(values.get(column, "")) > limit
    ]
    languages = _by_word({code: words for code, words in _LANGUAGES.items() if code in vocabulary.languages})
    line = Line(
        number=number,
        email=email,
        name=values["name"],
        organisation=values.get("organisation", ""),
        organisation_type=_choose(
            values, "organisation_type", _ORGANISATION_TYPE_OF, FaultKind.UNKNOWN_ORGANISATION_TYPE, faults
        ),
        country=_country(values.get("country", ""), vocabulary, faults),
        sex=_choose(values, "sex", _SEX_OF, FaultKind.UNKNOWN_SEX, faults),
        language=_choose(values, "language", languages, FaultKind.UNKNOWN_LANGUAGE, faults),
        time_zone=_time_zone(values.get("time_zone", ""), vocabulary, faults),
        sponsors=_sponsors(values.get("sponsor", ""), vocabulary, faults),
        role=_choose(values, "role", _ROLE_OF, FaultKind.UNKNOWN_ROLE, faults),
    )
    return replace(line, faults=tuple(faults))


def mark_repeated(lines: Sequence[Line]) -> list[Line]:
    """The lines, with a fault on each that repeats the address of an earlier one."""
    first: dict[str, int] = {}
    marked = []
    for line in lines:
        key = email_key(line.email)
        earlier = first.setdefault(key, line.number) if key else line.number
        if earlier != line.number:
            line = replace(line, faults=(*line.faults, Fault(FaultKind.EMAIL_REPEATED, str(earlier))))
        marked.append(line)
    return marked


class Outcome(enum.StrEnum):
    """What taking a line in would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WITHDRAWN = "withdrawn"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a line's person before it is taken in.

    ``role`` is ``None`` where they are not in this edition. ``profile_is_ours``: they have not said themselves who
    they are yet and are in no other edition, so that this list may correct it.
    """

    name: str
    profile: Mapping[str, str]
    role: str | None = None
    sponsors: tuple[str, ...] = ()
    is_withdrawn: bool = False
    profile_is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change: its column, what it was, what it becomes."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a line in would do, and to what."""

    line: Line
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    faults: tuple[Fault, ...] = ()


def plan_for(line: Line, known: Known | None) -> Plan:
    """What taking a line in would do to what is known. Empty cells never change anything.

    Args:
        known: ``None`` where nobody has the line's address.
    """
    if line.faults:
        return Plan(line, Outcome.FAULTY, faults=line.faults)
    if known is None and not line.name:
        return Plan(line, Outcome.FAULTY, faults=(Fault(FaultKind.NAME_MISSING),))
    if known is None or known.role is None:
        return Plan(line, Outcome.NEW)
    if known.is_withdrawn:
        return Plan(line, Outcome.WITHDRAWN)
    if line.role and line.role != known.role and known.role == Role.COORDINATOR:
        return Plan(line, Outcome.FAULTY, faults=(Fault(FaultKind.COORDINATOR_ROLE),))
    changes = tuple(_changes(line, known))
    return Plan(line, Outcome.CHANGED if changes else Outcome.SAME, changes)


def _changes(line: Line, known: Known) -> list[Change]:
    pairs = [("role", known.role or "", line.role), ("sponsor", "; ".join(known.sponsors), "; ".join(line.sponsors))]
    if known.profile_is_ours:
        pairs.append(("name", known.name, line.name))
        pairs += [(column, known.profile.get(column, ""), value) for column, value in line.profile().items()]
    return [Change(column, before, after) for column, before, after in pairs if after and after != before]
