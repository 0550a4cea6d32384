"""Events of the AMAP; a signing session (permanence de signature) belongs to a contract."""

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amapress_py import clock
from amapress_py.contracts.models import Contract
from amapress_py.db import Base


class EventKind(StrEnum):
    """What an event is."""

    SIGNING = "signing"  # permanence de signature, of a contract
    PARTY = "party"  # distribution festive
    COMMITTEE = "committee"  # réunion du collectif
    ASSEMBLY = "assembly"  # assemblée générale
    FEES = "fees"  # collecte des cotisations
    VISIT = "visit"  # visite à la ferme


class Event(Base):
    """A day and hours (wall clock, Europe/Paris), where, and what about."""

    __tablename__ = "event"
    __table_args__ = (CheckConstraint("closes > opens", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EventKind]
    title: Mapped[str] = mapped_column(String(120))
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), index=True)
    date: Mapped[dt.date] = mapped_column(index=True)
    opens: Mapped[dt.time]
    closes: Mapped[dt.time]
    place: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(Text, default="")
    is_public: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    announced_at: Mapped[dt.datetime | None]
    cancelled_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    contract: Mapped[Contract | None] = relationship()
