"""The outbox: every mail is a row before it is a message."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py import clock
from amapress_py.db import Base


class MailState(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"  # à envoyer, or being sent while leased
    SENT = "sent"  # envoyé
    FAILED = "failed"  # échec
    DROPPED = "dropped"  # abandonné: no longer wanted when its turn came


class OutboxMail(Base):
    """One message to one address; `topic` says what it is about ("alert:12")."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        UniqueConstraint("topic", "to_address", name="uq_outbox_mail_once"),
        Index("ix_outbox_mail_due", "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(80))  # template: "exchange/requested"
    topic: Mapped[str | None] = mapped_column(String(80))  # once per topic and address
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_address: Mapped[str] = mapped_column(String(254))
    to_name: Mapped[str] = mapped_column(String(210), default="")
    reply_to: Mapped[str] = mapped_column(String(500), default="")
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    calendar: Mapped[str] = mapped_column(Text, default="")  # an .ics, or nothing
    file_name: Mapped[str] = mapped_column(String(120), default="")  # of what is attached: a PDF
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    next_try_at: Mapped[datetime] = mapped_column(default=clock.now)
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str] = mapped_column(String(60), default="")
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")
    search_text: Mapped[str] = mapped_column(String(600), default="")


class MailTemplate(Base):
    """The AMAP's own words for a mail; no row: the words it comes with."""

    __tablename__ = "mail_template"

    event: Mapped[str] = mapped_column(String(80), primary_key=True)  # "exchange/requested_owner"
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
