"""Where and when the baskets are handed out."""

import datetime as dt

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from amapress_py import clock
from amapress_py.db import Base
from amapress_py.deliveries.maps import Ways, ways
from amapress_py.i18n import search_key


class Place(Base):
    """A place of delivery (lieu) with its usual hours, wall clock of Paris."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    short_name: Mapped[str] = mapped_column(String(40), unique=True)
    address: Mapped[str] = mapped_column(String(500), default="")
    directions: Mapped[str] = mapped_column(Text, default="")
    latitude: Mapped[float | None]  # of the pin on a map, WGS 84 degrees
    longitude: Mapped[float | None]
    opens: Mapped[dt.time]
    closes: Mapped[dt.time]
    sort_key: Mapped[str] = mapped_column(String(120), default="", index=True)

    @validates("name")
    def _keep_key(self, _name: str, value: str) -> str:
        self.sort_key = search_key(value)
        return value

    @property
    def ways(self) -> Ways | None:
        """Links to maps."""
        return ways(self.name, self.address, self.latitude, self.longitude)


class Delivery(Base):
    """One distribution: a date at a place; hours override the place's when set."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("date", "place_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[dt.date] = mapped_column(index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    opens: Mapped[dt.time | None]
    closes: Mapped[dt.time | None]
    substitute_place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[dt.datetime] = mapped_column(index=True)  # renewed with date, place, hours
    ends_at: Mapped[dt.datetime]

    place: Mapped[Place] = relationship(foreign_keys=[place_id], lazy="joined", innerjoin=True)
    substitute_place: Mapped[Place | None] = relationship(
        foreign_keys=[substitute_place_id], lazy="joined"
    )

    @property
    def real_place(self) -> Place:
        """Where it takes place: the substitute when there is one."""
        return self.substitute_place or self.place

    @property
    def real_opens(self) -> dt.time:
        """Opening time on the wall."""
        return self.opens or self.real_place.opens

    @property
    def real_closes(self) -> dt.time:
        """Closing time on the wall."""
        return self.closes or self.real_place.closes

    def set_instants(self) -> None:
        """Renew start and end from date, place and hours."""
        self.starts_at = clock.at(self.date, self.real_opens)
        self.ends_at = clock.at(self.date, self.real_closes)
