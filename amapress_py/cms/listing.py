"""The list of pages: by address, as a tree, narrowed by state and protection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.cms import queries
from amapress_py.cms.drafts import NEW_PAGE, PRESENT
from amapress_py.cms.models import PageDraft, PageState
from amapress_py.cms.queries import PageRow, SitePages, full_name
from amapress_py.i18n import _l

STATES: Mapping[str, tuple[Any, PageState]] = {
    "publiee": (_l("publiées"), PageState.PUBLISHED),
    "programmee": (_l("programmées"), PageState.SCHEDULED),
    "brouillon": (_l("brouillons"), PageState.DRAFT),
}
PROTECTIONS: Mapping[str, Any] = {
    "publique": _l("publiques"),
    "protegee": _l("protégées"),
}


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to; unknown words narrow nothing."""

    words: str = ""
    state: str = ""
    protection: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Tell whether some pages may be missing."""
        return bool(self.words or self.state in STATES or self.protection in PROTECTIONS)


@dataclass(frozen=True)
class Line:
    """A page in the list, with the number of listed pages above it."""

    page: PageRow
    depth: int

    @property
    def state(self) -> PageState:
        """What visitors find: a page whose hour has come is published."""
        return state_of(self.page)


def state_of(row: PageRow) -> PageState:
    """Return the state of a page now."""
    return PageState.PUBLISHED if row.is_published else row.state


def lines(pages: SitePages, asked: Asked) -> list[Line]:
    """Return the pages that fit, each below the one of whose address its own is a part."""
    found = [row for row in queries.search(pages, asked.words) if _fits(row, asked)]
    found.sort(key=lambda row: row.path.split("/"))
    paths = {row.path for row in found if row.path}
    return [Line(row, _depth(row.path, paths)) for row in found]


def _fits(row: PageRow, asked: Asked) -> bool:
    if asked.state in STATES and state_of(row) is not STATES[asked.state][1]:
        return False
    if asked.protection in PROTECTIONS:
        return bool(row.audience) == (asked.protection == "protegee")
    return True


def _depth(path: str, paths: set[str]) -> int:
    parts = path.split("/")
    return sum("/".join(parts[:length]) in paths for length in range(1, len(parts)))


def editing(session: Session) -> dict[int, list[str]]:
    """Return who is writing which page now: names or addresses, by page."""
    rows = session.execute(
        select(PageDraft.page_id, Person.first_name, Person.last_name, Person.email)
        .join(Person, Person.id == PageDraft.person_id)
        .where(PageDraft.page_id != NEW_PAGE, PageDraft.saved_at > clock.now() - PRESENT)
        .order_by(Person.sort_key)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        name = full_name(row.first_name, row.last_name, row.email)
        found.setdefault(row.page_id, []).append(name)
    return found


@dataclass(frozen=True)
class Needed:
    """Who would miss a page: it cannot go to the trash."""

    below: Sequence[PageRow]
    redirecting: Sequence[PageRow]
    is_home: bool

    def __bool__(self) -> bool:
        return bool(self.below or self.redirecting or self.is_home)


def needed(pages: SitePages, row: PageRow) -> Needed:
    """Return what keeps a page from the trash."""
    return Needed(
        below=[one for one in pages.rows if one.parent_id == row.id],
        redirecting=[one for one in pages.rows if one.redirect_page_id == row.id],
        is_home=row.path == "",
    )
