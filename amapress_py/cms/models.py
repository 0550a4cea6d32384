"""Pages of the site, and their history."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from amapress_py import clock
from amapress_py.db import Base


class PageState(StrEnum):
    """Whether visitors find a page."""

    DRAFT = "draft"  # brouillon
    SCHEDULED = "scheduled"  # programmée: published from an instant on
    PUBLISHED = "published"  # publiée


NOT_IN_TRASH = text("trashed_at IS NULL")


class Page(Base):
    """A page at a path; what it says now is its current revision."""

    __tablename__ = "page"
    __table_args__ = (
        # A page in the trash leaves its address to others.
        Index(
            "one_page_per_path",
            "path",
            unique=True,
            sqlite_where=NOT_IN_TRASH,
            postgresql_where=NOT_IN_TRASH,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(200))  # "espace-intermittents/reserver"
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
    publish_at: Mapped[datetime | None]  # of a scheduled page
    trashed_at: Mapped[datetime | None]  # in the trash since

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


class PageDraft(Base):
    """What an editor typed and did not save yet; it also tells others that he is at it."""

    __tablename__ = "page_draft"
    __table_args__ = (UniqueConstraint("page_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(default=0, index=True)  # 0: a page that is not there yet
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    revision_id: Mapped[int] = mapped_column(default=0)  # that the editor started from
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)  # as typed: cleaned when it is saved or shown
    is_changed: Mapped[bool] = mapped_column(default=False)  # False: open, nothing typed
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


class Redirect(Base):
    """An address that a page had before."""

    __tablename__ = "redirect"

    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
