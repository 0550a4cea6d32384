"""Periods of duty, the seats of each delivery, who sits there, who is asked to."""

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.db import Base
from amapress_py.deliveries.models import Delivery
from amapress_py.duty.rules import MOST_ROLE, Act, SwapState

PENDING = text("state = 'pending'")


class DutyPeriod(Base):
    """A season of duty and its rules; its row is locked for every change of a seat."""

    __tablename__ = "duty_period"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    roles: Mapped[str] = mapped_column(Text)  # the seats of a new date, one a line
    owed: Mapped[int] = mapped_column(default=1)  # by each household
    lock_days: Mapped[int] = mapped_column(default=2)
    is_open: Mapped[bool] = mapped_column(default=False)  # members enrol themselves


class DutySeat(Base):
    """One seat at a delivery; the seats of a delivery make it a date of the period."""

    __tablename__ = "duty_seat"
    __table_args__ = (
        UniqueConstraint("delivery_id", "person_id"),
        Index("ix_duty_seat_period", "period_id", "delivery_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("duty_period.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(MOST_ROLE))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[dt.datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reminded_at: Mapped[dt.datetime | None]

    period: Mapped[DutyPeriod] = relationship()
    delivery: Mapped[Delivery] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class DutyShare(Base):
    """What one household owes in a period, unless it is as all others; 0: nothing."""

    __tablename__ = "duty_share"

    period_id: Mapped[int] = mapped_column(ForeignKey("duty_period.id"), primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), primary_key=True)
    owed: Mapped[int]


class DutyAbsence(Base):
    """A day on which somebody cannot come; the automatic planning leaves him alone."""

    __tablename__ = "duty_absence"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True
    )


class DutySwap(Base):
    """Somebody is asked to take a seat, or to give his own (`wanted`) for it."""

    __tablename__ = "duty_swap"
    __table_args__ = (
        Index(
            "one_pending_swap",
            "seat_id",
            unique=True,
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("duty_seat.id"))
    wanted_id: Mapped[int | None] = mapped_column(ForeignKey("duty_seat.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[SwapState] = mapped_column(default=SwapState.PENDING)
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[dt.datetime | None]

    seat: Mapped[DutySeat] = relationship(foreign_keys=[seat_id])
    wanted: Mapped[DutySeat | None] = relationship(foreign_keys=[wanted_id])
    asker: Mapped[Person] = relationship(foreign_keys=[from_id])
    asked: Mapped[Person] = relationship(foreign_keys=[to_id])


class DutyEvent(Base):
    """A line of a period's journal: who did what, about whom, at which date."""

    __tablename__ = "duty_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("duty_period.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    act: Mapped[Act]
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(MOST_ROLE), default="")
