"""Membership periods and what each household promised or paid for one."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py import clock
from amapress_py.db import Base
from amapress_py.membership.rules import MembershipState


class MembershipPeriod(Base):
    """A year of membership, with what it costs at least and what is suggested."""

    __tablename__ = "membership_period"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)  # "2026-2027"
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    minimum_cents: Mapped[int] = mapped_column(default=0)
    suggested_cents: Mapped[int] = mapped_column(default=0)


class Membership(Base):
    """A household's membership of a period."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("period_id", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("membership_period.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    state: Mapped[MembershipState]
    cents: Mapped[int]
    means: Mapped[str] = mapped_column(String(40), default="")  # chèque, espèces, virement …
    received_on: Mapped[date | None]
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class MembershipEvent(Base):
    """What was noted of a household's membership, and by whom; undone, it stays as history.

    The number of a receipt is the id of the event that noted it.
    """

    __tablename__ = "membership_event"
    __table_args__ = (Index("ix_membership_event_of", "period_id", "household_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("membership_period.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    state: Mapped[MembershipState]
    cents: Mapped[int]
    means: Mapped[str] = mapped_column(String(40), default="")
    received_on: Mapped[date | None]
    noted_at: Mapped[datetime] = mapped_column(default=clock.now)
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
