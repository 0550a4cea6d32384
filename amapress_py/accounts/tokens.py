"""Signed links in mails: one purpose each, for one person, until used, renewed or expired.

A link holds the person's stamp: a new stamp (new password, new address) ends every link.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person

MOST_LENGTH = 1000


class Purpose(StrEnum):
    """What a link allows."""

    ACTIVATE = "activate"  # choose a first password
    RESET = "reset"  # choose another password
    EMAIL = "email"  # confirm a new main address
    FURTHER = "further"  # confirm a further address


LIFETIMES = {
    Purpose.ACTIVATE: timedelta(days=7),
    Purpose.RESET: timedelta(hours=2),
    Purpose.EMAIL: timedelta(days=1),
    Purpose.FURTHER: timedelta(days=7),
}


@dataclass(frozen=True)
class Link:
    """What a good link says; `email` is the address to confirm."""

    purpose: Purpose
    person_id: int
    stamp: str
    email: str
    expires: int  # seconds since 1970

    def token(self) -> str:
        """Return the signed text for an address."""
        return _serializer().dumps(
            [self.purpose, self.person_id, self.stamp, self.email, self.expires]
        )

    @classmethod
    def read(cls, token: str) -> Self | None:
        """Return what a token says, None if it was altered or has expired."""
        try:
            kept: Any = _serializer().loads(token[:MOST_LENGTH])
        except BadSignature:
            return None
        purpose, *others = kept
        link = cls(Purpose(purpose), *others)
        return link if clock.now().timestamp() < link.expires else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="accounts.tokens")


def make(purpose: Purpose, person: Person, email: str = "") -> str:
    """Return a token for a person, valid from now for the purpose's lifetime."""
    expires = clock.now() + LIFETIMES[purpose]
    return Link(purpose, person.id, person.stamp, email, int(expires.timestamp())).token()


def person_of(
    session: Session, token: str, *purposes: Purpose, lock: bool = False
) -> tuple[Person, Link] | None:
    """Return the active person a token is for; None if it no longer holds."""
    link = Link.read(token)
    if link is None or link.purpose not in purposes:
        return None
    person = session.get(
        Person, link.person_id, with_for_update=lock or None, populate_existing=True
    )
    if person is None or not person.is_active or person.stamp != link.stamp:
        return None
    return person, link
