"""The secret addresses of personal calendars."""

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py import clock
from amapress_py.db import Base


def new_token() -> str:
    """Return what nobody guesses."""
    return secrets.token_urlsafe(32)


class CalendarKey(Base):
    """The address of a person's calendar; a new token ends the old one at once."""

    __tablename__ = "calendar_key"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True, default=new_token)
    renewed_at: Mapped[datetime] = mapped_column(default=clock.now)
