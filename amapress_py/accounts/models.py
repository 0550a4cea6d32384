"""Persons, the households they share contracts in, and the roles they hold."""

import secrets
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from amapress_py import clock
from amapress_py.db import Base
from amapress_py.i18n import search_key

CURRENT = text("until IS NULL")


class Role(StrEnum):
    """What a person may do beyond his own affairs."""

    ADMIN = "admin"  # administrateur
    INTERMITTENT_MANAGER = "intermittent_manager"  # responsable des intermittents
    TREASURER = "treasurer"  # trésorier
    REFERENT = "referent"  # référent, of a producer
    COORDINATOR = "coordinator"  # coordinateur, of a contract
    PRODUCER = "producer"  # producteur, of his own contracts


class Scope(StrEnum):
    """What a role may be limited to."""

    PRODUCER = "producer"
    CONTRACT = "contract"
    PLACE = "place"


def new_stamp() -> str:
    """Return a token that sessions and mailed links are bound to; a new one revokes them."""
    return secrets.token_urlsafe(12)


class Household(Base):
    """Persons who share contracts (famille, co-adhérents)."""

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    persons: Mapped[list["Person"]] = relationship(
        back_populates="household", order_by="Person.sort_key"
    )


class Person(Base):
    """Somebody known to the AMAP; the e-mail is the log-in and may be missing."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # lower case
    first_name: Mapped[str] = mapped_column(String(100), default="")
    last_name: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    other_phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    password_hash: Mapped[str | None] = mapped_column(String(255))
    stamp: Mapped[str] = mapped_column(String(32), default=new_stamp)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sort_key: Mapped[str] = mapped_column(String(210), default="", index=True)  # "dupont anna"
    search_text: Mapped[str] = mapped_column(String(500), default="")

    household: Mapped[Household] = relationship(back_populates="persons")
    grants: Mapped[list["Grant"]] = relationship(
        back_populates="person", cascade="all, delete-orphan"
    )
    addresses: Mapped[list["PersonAddress"]] = relationship(
        back_populates="person", cascade="all, delete-orphan"
    )

    @validates("first_name", "last_name", "email", "phone")
    def _keep_keys(self, name: str, value: str | None) -> str | None:
        if name == "email" and value is not None:
            value = value.strip().lower() or None
        words = {
            key: (value if key == name else getattr(self, key)) or ""
            for key in ("last_name", "first_name", "email", "phone")
        }
        self.sort_key = search_key(f"{words['last_name']} {words['first_name']}")
        digits = "".join(filter(str.isdigit, words["phone"]))
        self.search_text = search_key(
            f"{words['first_name']} {words['last_name']} {words['first_name']}"
            f" {words['email']} {words['phone']} {digits}"
        )[:500]
        return value

    @property
    def name(self) -> str:
        """First and last name, or the address when neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or "?"

    @property
    def short_name(self) -> str:
        """First name and initial: all that others see before an agreement."""
        return short_name(self.first_name, self.last_name)


def short_name(first_name: str, last_name: str) -> str:
    """Return "Anna D."; never an address."""
    initial = f"{last_name[:1].upper()}." if last_name else ""
    return f"{first_name} {initial}".strip() or "?"


class PersonAddress(Base):
    """A further address to which a person's mail goes too."""

    __tablename__ = "person_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))

    person: Mapped[Person] = relationship(back_populates="addresses")


class HouseholdStay(Base):
    """Who belonged to which household, since and until when; the open one is the present."""

    __tablename__ = "household_stay"
    __table_args__ = (
        Index(
            "one_current_stay",
            "person_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
        CheckConstraint("until IS NULL OR until >= since", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class Grant(Base):
    """A role of a person, everywhere or for one producer, contract or place."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("person_id", "role", "scope", "scope_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(30))
    scope: Mapped[str] = mapped_column(String(20), default="")
    scope_id: Mapped[int] = mapped_column(default=0)

    person: Mapped[Person] = relationship(back_populates="grants")


class AccessRecord(Base):
    """A line of the journal of accesses: who of the office read which list of persons."""

    __tablename__ = "access_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    what: Mapped[str] = mapped_column(String(120))  # "Liste des familles"
    about: Mapped[str] = mapped_column(String(200), default="")  # contract, group, kind of file


class Throttle(Base):
    """How often something was tried lately (log-in, reset, enrolment), whoever asks."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    window_ends: Mapped[datetime]
