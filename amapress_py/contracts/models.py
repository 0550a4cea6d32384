"""What producers offer for a season, and what households signed."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from amapress_py import clock
from amapress_py.db import Base
from amapress_py.deliveries.models import Place
from amapress_py.i18n import search_key

WHOLE = text("contract_product_id IS NULL")


class ContractKind(StrEnum):
    """How members choose their quantities."""

    SUBSCRIPTION = "subscription"  # abonnement
    PER_DATE = "per_date"  # choix pour chaque date
    PREPAID = "prepaid"  # carte prépayée
    PROVISION = "provision"  # compte de provision


class ContractState(StrEnum):
    """Where a producer's contract stands."""

    DRAFT = "draft"  # En création
    SUBMITTED = "submitted"  # À valider par le producteur
    OPEN = "open"  # Actif
    ARCHIVED = "archived"  # Archivé


class DateKind(StrEnum):
    """A delivery, or the producer's reserved holiday."""

    DELIVERY = "delivery"
    HOLIDAY = "holiday"


class Weeks(StrEnum):
    """In which ISO weeks a product is delivered."""

    EVEN = "even"  # semaine paire
    ODD = "odd"  # semaine impaire


class Billing(StrEnum):
    """What a product's price is for."""

    UNIT = "unit"
    WEIGHT = "weight"


class Producer(Base):
    """A farmer or a farm."""

    __tablename__ = "producer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    presentation: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sort_key: Mapped[str] = mapped_column(String(120), default="", index=True)

    @validates("name")
    def _keep_key(self, _name: str, value: str) -> str:
        self.sort_key = search_key(value)
        return value


class Product(Base):
    """Something of a producer's catalogue; a half basket is a product."""

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("producer_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    packaging: Mapped[str] = mapped_column(String(120), default="")
    billing: Mapped[Billing] = mapped_column(default=Billing.UNIT)

    producer: Mapped[Producer] = relationship()


contract_place = Table(
    "contract_place",
    Base.metadata,
    Column("contract_id", ForeignKey("contract.id"), primary_key=True),
    Column("place_id", ForeignKey("place.id"), primary_key=True),
)


class Contract(Base):
    """A producer's offer for a season (contrat vierge)."""

    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)  # "Légumes 2026"
    label: Mapped[str] = mapped_column(String(120))  # what members say: "Légumes"
    kind: Mapped[ContractKind] = mapped_column(default=ContractKind.SUBSCRIPTION)
    state: Mapped[ContractState] = mapped_column(default=ContractState.DRAFT)
    deadline: Mapped[dt.date | None]  # end of that day, Paris time
    joker_min: Mapped[int] = mapped_column(default=0)
    joker_max: Mapped[int] = mapped_column(default=0)
    joker_is_free: Mapped[bool] = mapped_column(default=False)
    joker_delay_days: Mapped[int] = mapped_column(default=0)
    members_swap: Mapped[bool] = mapped_column(default=False)  # they move a basket in its week
    lock_days: Mapped[int] = mapped_column(default=2)  # full days before a prepaid delivery
    most_signed: Mapped[int | None]  # households; the others wait
    has_payments: Mapped[bool] = mapped_column(default=True)  # cheques are followed here
    payee: Mapped[str] = mapped_column(String(120), default="")  # "à l'ordre de"
    most_cheques: Mapped[int] = mapped_column(default=1)
    payment_terms: Mapped[str] = mapped_column(Text, default="")
    validated_on: Mapped[dt.date | None]  # the producer agreed
    validated_by: Mapped[str] = mapped_column(String(200), default="")
    unvalidated_reason: Mapped[str] = mapped_column(Text, default="")  # why it was opened without
    presentation: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    version: Mapped[int] = mapped_column(default=1)
    sort_key: Mapped[str] = mapped_column(String(120), default="", index=True)

    __mapper_args__ = {"version_id_col": version}

    producer: Mapped[Producer] = relationship()
    places: Mapped[list[Place]] = relationship(secondary=contract_place, order_by=Place.sort_key)
    dates: Mapped[list["ContractDate"]] = relationship(
        back_populates="contract", order_by="ContractDate.date"
    )
    products: Mapped[list["ContractProduct"]] = relationship(
        back_populates="contract", order_by="ContractProduct.position"
    )

    @validates("name")
    def _keep_key(self, _name: str, value: str) -> str:
        self.sort_key = search_key(value)
        return value


class ContractDate(Base):
    """A date of a contract; its id is the L1, L2 … that survives a move."""

    __tablename__ = "contract_date"
    __table_args__ = (UniqueConstraint("contract_id", "date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    date: Mapped[dt.date] = mapped_column(index=True)
    kind: Mapped[DateKind] = mapped_column(default=DateKind.DELIVERY)

    contract: Mapped[Contract] = relationship(back_populates="dates")


class ContractProduct(Base):
    """A product in a contract, in the order of the member's screen."""

    __tablename__ = "contract_product"
    __table_args__ = (UniqueConstraint("contract_id", "product_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    position: Mapped[int] = mapped_column(default=0)
    # Rules that cross cells out; none: every day, every week.
    weekday: Mapped[int | None]  # Monday is 0
    weeks: Mapped[Weeks | None]
    most_a_date: Mapped[int | None]  # how many the producer can bring on one date

    contract: Mapped[Contract] = relationship(back_populates="products")
    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)
    prices: Mapped[list["ContractPrice"]] = relationship(
        order_by="ContractPrice.from_date", cascade="all, delete-orphan"
    )


class ContractPrice(Base):
    """What one of a product costs from a date on, in cents."""

    __tablename__ = "contract_price"
    __table_args__ = (CheckConstraint("cents >= 0", name="positive"),)

    contract_product_id: Mapped[int] = mapped_column(
        ForeignKey("contract_product.id"), primary_key=True
    )
    from_date: Mapped[dt.date] = mapped_column(primary_key=True)
    cents: Mapped[int]


class PaymentDate(Base):
    """A day on which cheques of a contract are handed to its producer."""

    __tablename__ = "payment_date"

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)


class Bar(Base):
    """A crossed-out cell: that product is not delivered on that date."""

    __tablename__ = "bar"

    contract_date_id: Mapped[int] = mapped_column(ForeignKey("contract_date.id"), primary_key=True)
    contract_product_id: Mapped[int] = mapped_column(
        ForeignKey("contract_product.id"), primary_key=True
    )


class Subscription(Base):
    """What a household signed (contrat signé), at one of the contract's places."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("household_id", "contract_id"),
        ForeignKeyConstraint(
            ["contract_id", "place_id"], ["contract_place.contract_id", "contract_place.place_id"]
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    starts_on: Mapped[dt.date]  # first day that counts (late joiners)
    ends_on: Mapped[dt.date]  # last day that counts
    signed_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    contract: Mapped[Contract] = relationship()
    place: Mapped[Place] = relationship(foreign_keys=[place_id], overlaps="contract")


class SubscriptionLine(Base):
    """How many of a product a household gets on a date; zeros have no row."""

    __tablename__ = "subscription_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="positive"),
        Index("ix_subscription_line_date", "contract_date_id"),
    )

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    contract_date_id: Mapped[int] = mapped_column(ForeignKey("contract_date.id"), primary_key=True)
    contract_product_id: Mapped[int] = mapped_column(
        ForeignKey("contract_product.id"), primary_key=True
    )
    quantity: Mapped[int]


class Joker(Base):
    """A delivery that a household skips; it subtracts in the basket query and deletes nothing."""

    __tablename__ = "joker"

    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    contract_date_id: Mapped[int] = mapped_column(ForeignKey("contract_date.id"), primary_key=True)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class Swap(Base):
    """A delivery that a household takes on another date of the same week (livraison décalée).

    `lines` are [contract product given up, contract product taken, quantity]; the lines of the
    signed contract have already moved.
    """

    __tablename__ = "swap"
    __table_args__ = (UniqueConstraint("subscription_id", "from_date_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    from_date_id: Mapped[int] = mapped_column(ForeignKey("contract_date.id"))
    to_date_id: Mapped[int] = mapped_column(ForeignKey("contract_date.id"))
    lines: Mapped[list[list[int]]] = mapped_column(JSON)
    set_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class WaitingEntry(Base):
    """A household that waits for a place in a contract, or for one product of it."""

    __tablename__ = "waiting_entry"
    __table_args__ = (
        Index(
            "one_waiting_for_contract",
            "contract_id",
            "household_id",
            unique=True,
            sqlite_where=WHOLE,
            postgresql_where=WHOLE,
        ),
        UniqueConstraint("contract_id", "household_id", "contract_product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    contract_product_id: Mapped[int | None] = mapped_column(ForeignKey("contract_product.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    told_at: Mapped[dt.datetime | None]  # that a place is free


class ContractMessage(Base):
    """What was written to the members of a contract; it stays on the contract's page."""

    __tablename__ = "contract_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    readers: Mapped[int]  # households written to
    sent_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Operation(Base):
    """A mass operation that was applied: who, when, and what it changed, so that it can be undone.

    `changes` are those of `contracts.changes`: [table, key, value before, value after].
    """

    __tablename__ = "operation"

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    said: Mapped[str] = mapped_column(Text)  # one sentence for the journal
    changes: Mapped[list[list[Any]]] = mapped_column(JSON)
    applied_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[dt.datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
