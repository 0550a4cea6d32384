"""Pages of the site, and their history."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amapress_py import clock
from amapress_py.db import Base


class PageState(StrEnum):
    """Whether visitors find a page."""

    DRAFT = "draft"  # brouillon
    PUBLISHED = "published"  # publiée


class Page(Base):
    """A page at a path; what it says now is its current revision."""

    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(200), unique=True)  # "espace-intermittents/reserver"
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    title: Mapped[str] = mapped_column(String(200))
    menu_label: Mapped[str] = mapped_column(String(200), default="")  # empty: the title
    in_menu: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[PageState] = mapped_column(default=PageState.DRAFT)
    audience: Mapped[str] = mapped_column(String(200), default="")  # "", "connected", "member,…"
    redirect_page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    revision_id: Mapped[int | None]  # of page_revision (no key: the two would need each other)
    seed: Mapped[str] = mapped_column(String(200), default="")  # the file that it was made from

    parent: Mapped["Page | None"] = relationship(foreign_keys=[parent_id], remote_side=[id])


class PageRevision(Base):
    """What a page said since an instant: cleaned HTML with shortcodes."""

    __tablename__ = "page_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
