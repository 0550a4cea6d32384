"""Baskets on offer, who asks for them, what happened, and who wants to be told."""

import secrets
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amapress_py import clock
from amapress_py.accounts.models import Household, Person
from amapress_py.db import Base
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.rules import ALL_WEEKDAYS, OfferState, Pace, RequestState

LIVE = text("state IN ('pending', 'accepted')")
ACCEPTED = text("state = 'accepted'")
ENROLLED = text("ended_at IS NULL")


class BasketOffer(Base):
    """A basket, or a part of one, that a household gives to somebody else."""

    __tablename__ = "basket_offer"
    __table_args__ = (
        Index("ix_basket_offer_state_delivery", "state", "delivery_id"),
        Index("ix_basket_offer_household_delivery", "household_id", "delivery_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))  # whom mails go to
    state: Mapped[OfferState] = mapped_column(default=OfferState.OPEN)
    message: Mapped[str] = mapped_column(Text, default="")
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    offered_at: Mapped[datetime] = mapped_column(default=clock.now)
    paid_at: Mapped[datetime | None]  # "réglé", ticked by the household
    reminded_at: Mapped[datetime | None]  # when reminders about it were last worked out

    delivery: Mapped[Delivery] = relationship()
    household: Mapped[Household] = relationship()
    offered_by: Mapped[Person] = relationship()
    items: Mapped[list["OfferItem"]] = relationship(order_by="OfferItem.id")
    requests: Mapped[list["OfferRequest"]] = relationship(
        back_populates="offer", order_by="OfferRequest.id"
    )
    events: Mapped[list["OfferEvent"]] = relationship(order_by="OfferEvent.id")


class OfferItem(Base):
    """One ceded line, with contents and price as they were at offer time."""

    __tablename__ = "offer_item"
    __table_args__ = (
        UniqueConstraint("offer_id", "subscription_id", "contract_date_id", "contract_product_id"),
        CheckConstraint("quantity > 0", name="positive"),
        Index("ix_offer_item_line", "subscription_id", "contract_date_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("basket_offer.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    contract_date_id: Mapped[int] = mapped_column(ForeignKey("contract_date.id"))
    contract_product_id: Mapped[int] = mapped_column(ForeignKey("contract_product.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    quantity: Mapped[int]
    contract_label: Mapped[str] = mapped_column(String(120))
    product_label: Mapped[str] = mapped_column(String(120))
    price_cents: Mapped[int]  # of one


class OfferRequest(Base):
    """Somebody's "Je suis intéressé"; the queue is in order of `id`."""

    __tablename__ = "offer_request"
    __table_args__ = (
        Index(
            "one_live_request",
            "offer_id",
            "person_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "one_accepted_request",
            "offer_id",
            unique=True,
            sqlite_where=ACCEPTED,
            postgresql_where=ACCEPTED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("basket_offer.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[RequestState] = mapped_column(default=RequestState.PENDING)
    is_designated: Mapped[bool] = mapped_column(default=False)  # chosen by the owner, to confirm
    reason: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    settled_at: Mapped[datetime | None]

    offer: Mapped[BasketOffer] = relationship(back_populates="requests")
    person: Mapped[Person] = relationship()


class OfferEvent(Base):
    """A line of an offer's journal: who did what, about whom, and what became of the state."""

    __tablename__ = "offer_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("basket_offer.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    step: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str] = mapped_column(String(10), default="")
    to_state: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # none: a job
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # the candidate
    reason: Mapped[str] = mapped_column(Text, default="")

    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class IntermittentEnrolment(Base):
    """Who takes baskets now and then and wants to be told; ended, it stays as history."""

    __tablename__ = "intermittent_enrolment"
    __table_args__ = (
        Index(
            "one_live_enrolment",
            "person_id",
            unique=True,
            sqlite_where=ENROLLED,
            postgresql_where=ENROLLED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    enrolled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    enrolled_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(String(20), default="")  # waiting_list, discovery, …
    token: Mapped[str] = mapped_column(
        String(64), unique=True, default=lambda: secrets.token_urlsafe(32)
    )  # of the unsubscribe link; never expires

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    enrolled_by: Mapped[Person | None] = relationship(foreign_keys=[enrolled_by_id])


class Alert(Base):
    """A basket is free: one row by the click, one mail per recipient by the worker."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_due", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("basket_offer.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)

    offer: Mapped[BasketOffer] = relationship()


class AlertPreference(Base):
    """How a person wants to be told of free baskets; no row: at once, of all."""

    __tablename__ = "alert_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    pace: Mapped[Pace] = mapped_column(default=Pace.AT_ONCE)
    weekdays: Mapped[int] = mapped_column(default=ALL_WEEKDAYS)  # bit 0: Monday … 6: Sunday
    paused_until: Mapped[date | None]  # that day alerts come again
    digest_at: Mapped[datetime | None]  # of the last digest


class AlertWish(Base):
    """Only such contracts, or only such places; no wish of a kind: all."""

    __tablename__ = "alert_wish"
    __table_args__ = (UniqueConstraint("person_id", "kind", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # "contract" or "place"
    # The contract's label without accents and case (it outlives the season), or the place's id.
    value: Mapped[str] = mapped_column(String(120))


class Reminder(Base):
    """A reminder that was written: nobody gets two about one basket in a day."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("offer_id", "person_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("basket_offer.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    day: Mapped[date]  # in Paris
    kind: Mapped[str] = mapped_column(String(20))  # "available", "unanswered", "eve"


class Turn(Base):
    """A freed basket proposed to one intermittent before the others (the fair turn)."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("offer_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("basket_offer.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # asked, passed on, or the time was over
