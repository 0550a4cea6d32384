"""Uploaded images, as they are served: decoded and written anew, never as they came."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py import clock
from amapress_py.db import Base


class Media(Base):
    """An image that pages may show at /media/<key>/<name>."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)  # random: tells nothing
    name: Mapped[str] = mapped_column(String(120))  # "marche-de-noel.jpg"
    alt: Mapped[str] = mapped_column(String(300))  # empty: only decoration
    kind: Mapped[str] = mapped_column(String(40))  # "image/jpeg"
    width: Mapped[int]  # pixels
    height: Mapped[int]
    size: Mapped[int]  # bytes
    digest: Mapped[str] = mapped_column(String(64), index=True)  # sha256 of what is served
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class MediaContent(Base):
    """The bytes of an image in one size; apart, so that lists don't read them."""

    __tablename__ = "media_content"
    __table_args__ = (UniqueConstraint("media_id", "variant"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    variant: Mapped[str] = mapped_column(String(20))  # "page" or "vignette"
    content: Mapped[bytes] = mapped_column(LargeBinary)
