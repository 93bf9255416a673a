"""Reads of people and of their links."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from lms.accounts.domain import TokenPurpose, email_key, name_key, token_hash
from lms.accounts.models import AccessToken, Person
from lms.core.db import db
from lms.core.errors import NotAllowed, NotFound

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of accounts. ``page`` counts from 1; ``total`` is the number of people that the search finds."""

    people: list[Person]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


def find_person_by_email(email: str, *, is_held: bool = False) -> Person | None:
    """The account of an address however it was typed; ``is_held``: nobody moves its address before the transaction ends."""
    wanted = select(Person).where(Person.email_key == email_key(email))
    if is_held:
        wanted = wanted.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(wanted).one_or_none()


def find_people_by_email(emails: list[str]) -> dict[str, Person]:
    """The accounts of many addresses in one query, by email key."""
    keys = {email_key(email) for email in emails}
    people = db.session.scalars(select(Person).where(Person.email_key.in_(keys)))
    return {person.email_key: person for person in people}


def find_token(secret: str, purpose: TokenPurpose) -> AccessToken | None:
    """The link with a secret, with its person; ``None`` for an unknown secret or another purpose."""
    return db.session.scalars(
        select(AccessToken)
        .where(AccessToken.secret_hash == token_hash(secret), AccessToken.purpose == purpose)
        .options(joinedload(AccessToken.person))
    ).one_or_none()


def has_administrator() -> bool:
    """True where somebody can administer this installation."""
    return db.session.scalar(select(Person.id).where(Person.is_administrator).limit(1)) is not None


def matching_people(words: str) -> Select[Person]:
    """People whose name, address or organisation holds the words; everybody for no words."""
    statement = select(Person)
    if words.strip():
        statement = statement.where(
            or_(
                Person.name_key.contains(name_key(words), autoescape=True),
                Person.email_key.contains(email_key(words), autoescape=True),
                func.lower(Person.organisation).contains(words.strip().lower(), autoescape=True),
            )
        )
    return statement


def get_people_page(actor: Person, words: str, page: int) -> PeoplePage:
    """A page of all accounts in the order of their names; for administrators.

    Raises:
        NotAllowed: for anyone else.
    """
    if not actor.is_administrator:
        raise NotAllowed
    matching = matching_people(words)
    total = db.session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    last = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), last)
    people = db.session.scalars(
        matching.order_by(Person.name_key, Person.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    return PeoplePage(list(people), total, page)


def get_account(actor: Person, person_id: int) -> Person:
    """Somebody's account; for administrators.

    Raises:
        NotAllowed: for anyone else.
        NotFound: where there is none.
    """
    if not actor.is_administrator:
        raise NotAllowed
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person
