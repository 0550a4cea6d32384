"""One-day passes: who fetches a basket for a household, without an account."""

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amapress_py import clock
from amapress_py.accounts.models import Household
from amapress_py.db import Base
from amapress_py.deliveries.models import Delivery


class BasketPass(Base):
    """A friend may fetch this household's basket on that day; gone 7 days later."""

    __tablename__ = "basket_pass"
    __table_args__ = (Index("ix_basket_pass_household", "household_id", "delivery_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(100))  # of the friend
    phone: Mapped[str] = mapped_column(String(40), default="")
    code: Mapped[str] = mapped_column(String(8))  # told at the table: "K7P4"
    token: Mapped[str] = mapped_column(
        String(64), unique=True, default=lambda: secrets.token_urlsafe(24)
    )  # of the friend's page
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]

    household: Mapped[Household] = relationship()
    delivery: Mapped[Delivery] = relationship()
