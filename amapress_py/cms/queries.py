"""The site's pages: one snapshot per process and version of the site; bodies on demand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from amapress_py import clock, settings
from amapress_py.accounts.models import Person
from amapress_py.cms.models import Page, PageRevision, PageState, Redirect
from amapress_py.errors import NotFound
from amapress_py.i18n import _, search_key
from amapress_py.web import Paging

CACHE = "amapress_pages"


@dataclass(frozen=True)
class PageRow:
    """A page as lists, menus and protection need it; its body is read when it is viewed."""

    id: int
    path: str
    parent_id: int | None
    title: str
    menu_label: str
    in_menu: bool
    position: int
    state: PageState
    audience: str
    redirect_page_id: int | None
    revision_id: int | None
    changed_at: datetime | None
    seed: str
    publish_at: datetime | None

    @property
    def url(self) -> str:
        """The path on the site."""
        return f"/{self.path}"

    @property
    def is_published(self) -> bool:
        """Tell a page that visitors find from a draft, or from one whose hour has not come."""
        if self.state is PageState.SCHEDULED:
            return self.publish_at is not None and self.publish_at <= clock.now()
        return self.state is PageState.PUBLISHED

    @cached_property
    def words(self) -> str:
        """What the list of pages searches."""
        return search_key(f"{self.title} {self.menu_label} {self.path}")


@dataclass(frozen=True)
class MenuNode:
    """A page of the menu with the pages below it."""

    page: PageRow
    label: str
    children: tuple["MenuNode", ...]


@dataclass
class SitePages:
    """Every page of the site at one version; `holders` remembers where a tag was found.

    `redirects` gives the id of the page that had an address before; `menu` holds drafts too.
    """

    rows: Sequence[PageRow]
    redirects: dict[str, int] = field(default_factory=dict)
    holders: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_path = {row.path: row for row in self.rows}
        self.by_id = {row.id: row for row in self.rows}
        self._in_menu: dict[int | None, list[PageRow]] = {}
        for row in self.rows:
            if row.in_menu:
                self._in_menu.setdefault(self.menu_parent(row), []).append(row)
        self.menu = tuple(self._nodes(None))

    def _nodes(self, parent_id: int | None) -> Iterator[MenuNode]:
        for row in self._in_menu.get(parent_id, ()):
            yield MenuNode(row, row.menu_label or row.title, tuple(self._nodes(row.id)))

    def menu_parent(self, row: PageRow) -> int | None:
        """Return the nearest page above that is in the menu too."""
        seen = {row.id}
        above = row.parent_id
        while above is not None and above not in seen:
            seen.add(above)
            parent = self.by_id.get(above)
            if parent is None:
                return None
            if parent.in_menu:
                return above
            above = parent.parent_id
        return None

    def below(self, page_id: int) -> set[int]:
        """Return a page and all pages under it."""
        found = {page_id}
        while more := {r.id for r in self.rows if r.parent_id in found} - found:
            found |= more
        return found


def site_pages(session: Session) -> SitePages:
    """Return the pages at the present version of the site, read at most once per process."""
    version = settings.version(session)
    cached: tuple[int, SitePages] | None = current_app.extensions.get(CACHE)
    if cached is None or cached[0] != version:
        cached = current_app.extensions[CACHE] = (version, read_pages(session))
    return cached[1]


def read_pages(session: Session) -> SitePages:
    """Return the pages as a transaction sees them that changes some: nothing of it is kept."""
    return SitePages(_read(session), _redirects(session))


def present_pages(session: Session) -> SitePages:
    """Return the pages as the running transaction sees them; kept nowhere."""
    return SitePages(_read(session))


def _read(session: Session) -> list[PageRow]:
    rows: Iterable[Any] = session.execute(
        select(
            Page.id,
            Page.path,
            Page.parent_id,
            Page.title,
            Page.menu_label,
            Page.in_menu,
            Page.position,
            Page.state,
            Page.audience,
            Page.redirect_page_id,
            Page.revision_id,
            PageRevision.created_at,
            Page.seed,
            Page.publish_at,
        )
        .outerjoin(PageRevision, PageRevision.id == Page.revision_id)
        .where(Page.trashed_at.is_(None))
        .order_by(Page.position, Page.id)
    )
    return [PageRow(*row) for row in rows]


def page(session: Session, page_id: int) -> PageRow:
    """Return a page out of the trash; raise NotFound."""
    row = site_pages(session).by_id.get(page_id)
    if row is None:
        raise NotFound(_("Cette page n’existe plus."))
    return row


def _redirects(session: Session) -> dict[str, int]:
    return {
        row.path: row.page_id for row in session.execute(select(Redirect.path, Redirect.page_id))
    }


def body(session: Session, revision_id: int | None) -> str:
    """Return what a revision says; empty for a page that never said anything."""
    found = session.scalar(select(PageRevision.body).where(PageRevision.id == revision_id))
    return found or ""


def bodies(session: Session) -> dict[int, str]:
    """Return what every page out of the trash says, by page."""
    rows = session.execute(
        select(Page.id, PageRevision.body)
        .join(PageRevision, PageRevision.id == Page.revision_id)
        .where(Page.trashed_at.is_(None))
    )
    return {row.id: row.body for row in rows}


def bodies_with(session: Session, text: str) -> list[tuple[int, str]]:
    """Return (page id, body) of the pages out of the trash whose body holds `text`."""
    rows = session.execute(
        select(Page.id, PageRevision.body)
        .join(PageRevision, PageRevision.id == Page.revision_id)
        .where(Page.trashed_at.is_(None), PageRevision.body.contains(text, autoescape=True))
    )
    return [(page_id, found) for page_id, found in rows]


def search(pages: SitePages, wanted: str) -> list[PageRow]:
    """Return the pages whose title, menu label or path holds every word, by path."""
    words = search_key(wanted).split()
    found = [row for row in pages.rows if all(word in row.words for word in words)]
    return sorted(found, key=lambda row: row.path)


def full_name(first: str | None, last: str | None, email: str | None) -> str:
    """Return what a person is called: the name, else the address."""
    return f"{first or ''} {last or ''}".strip() or email or ""


@dataclass(frozen=True)
class Trashed:
    """A page in the trash."""

    id: int
    title: str
    path: str
    trashed_at: datetime


def trash(session: Session) -> list[Trashed]:
    """Return the pages in the trash, the last one first."""
    rows: Iterable[Any] = session.execute(
        select(Page.id, Page.title, Page.path, Page.trashed_at)
        .where(Page.trashed_at.is_not(None))
        .order_by(Page.trashed_at.desc(), Page.id.desc())
    )
    return [Trashed(*row) for row in rows]


def trash_size(session: Session) -> int:
    """Return how many pages are in the trash."""
    statement = select(func.count()).select_from(Page).where(Page.trashed_at.is_not(None))
    return session.scalar(statement) or 0


@dataclass(frozen=True)
class RevisionRow:
    """A line of a page's history."""

    id: int
    title: str
    size: int  # characters
    created_at: datetime
    first_name: str | None
    last_name: str | None
    email: str | None
    before: int | None  # id of the revision before it

    @property
    def author(self) -> str:
        """Name or address of who saved it; empty for the installation."""
        return full_name(self.first_name, self.last_name, self.email)


def revisions(session: Session, page_id: int, page: int) -> tuple[list[RevisionRow], Paging]:
    """Return a page's history, newest first."""
    total = session.scalar(
        select(func.count()).select_from(PageRevision).where(PageRevision.page_id == page_id)
    )
    paging = Paging(page, total or 0)
    rows = session.execute(
        _revision_columns()
        .where(PageRevision.page_id == page_id)
        .order_by(PageRevision.id.desc())
        .limit(paging.size)
        .offset(paging.offset)
    )
    return [RevisionRow(*row) for row in rows], paging


def revision(session: Session, page_id: int, revision_id: int) -> tuple[RevisionRow, str] | None:
    """Return a revision of that page and what it said, or None."""
    row = session.execute(
        _revision_columns()
        .add_columns(PageRevision.body)
        .where(PageRevision.page_id == page_id, PageRevision.id == revision_id)
    ).first()
    return None if row is None else (RevisionRow(*row[:-1]), row[-1])


def _revision_columns() -> Select[Any]:
    older = aliased(PageRevision)
    before = select(func.max(older.id)).where(
        older.page_id == PageRevision.page_id, older.id < PageRevision.id
    )
    return select(
        PageRevision.id,
        PageRevision.title,
        func.length(PageRevision.body),
        PageRevision.created_at,
        Person.first_name,
        Person.last_name,
        Person.email,
        before.correlate(PageRevision).scalar_subquery(),
    ).outerjoin(Person, Person.id == PageRevision.author_id)
