"""What was printed for a day, and who fetched his basket."""

import secrets
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py import clock
from amapress_py.db import Base


class SheetPrint(Base):
    """One print of a sign-in sheet; the page behind its QR shows what changed since."""

    __tablename__ = "sheet_print"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]  # 1, 2, 3 … of that delivery
    token: Mapped[str] = mapped_column(
        String(64), unique=True, default=lambda: secrets.token_urlsafe(24)
    )
    lines: Mapped[list[dict[str, object]]] = mapped_column(JSON)  # as printed
    printed_at: Mapped[datetime] = mapped_column(default=clock.now)
    printed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Fetched(Base):
    """A tick on the sheet: a household's own basket (offer 0), or the one it handed on."""

    __tablename__ = "fetched"
    __table_args__ = (UniqueConstraint("delivery_id", "household_id", "offer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    offer_id: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class UnmailedProducer(Base):
    """A producer who gets no sheet by mail."""

    __tablename__ = "unmailed_producer"

    producer_id: Mapped[int] = mapped_column(ForeignKey("producer.id"), primary_key=True)
