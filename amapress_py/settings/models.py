"""Rows of what an admin sets, and the number that tells caches about a change."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from amapress_py.db import Base


class Setting(Base):
    """A value that differs from its default, as JSON."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class SiteVersion(Base):
    """One row; the number grows when a page, the menu, the theme or a setting changes."""

    __tablename__ = "site_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=1)


class Beat(Base):
    """When something that must go on by itself last worked: the worker, a backup."""

    __tablename__ = "beat"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
