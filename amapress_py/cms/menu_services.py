"""What editors do to the menu; a page keeps its address wherever it stands there.

The menu is renumbered as a whole, so that its order is the one that was seen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sqlalchemy import update
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.cms import queries, services
from amapress_py.cms.models import Page
from amapress_py.cms.queries import MenuNode, SitePages
from amapress_py.errors import DomainError
from amapress_py.i18n import _l

STEP = 10  # between two positions: room for who types a number on a page's screen


class Move(StrEnum):
    """Where a line of the menu may go."""

    UP = "monter"
    DOWN = "descendre"
    UNDER = "sous"  # the line before becomes the one above
    OUT = "sortir"  # beside the line above


class NotInMenu(DomainError):
    """Somebody else took it out meanwhile."""

    message = _l("Cette page n’est plus dans le menu.")


@dataclass
class Branch:
    """A page of the menu with those below it; the root has no page."""

    page_id: int | None
    below: list[Self]

    @classmethod
    def of(cls, page_id: int | None, nodes: Iterable[MenuNode]) -> Self:
        """Copy a part of the menu, to change it."""
        return cls(page_id, [cls.of(node.page.id, node.children) for node in nodes])

    def in_order(self) -> Iterator[int]:
        """Yield the pages as they are read."""
        for branch in self.below:
            if branch.page_id is not None:
                yield branch.page_id
            yield from branch.in_order()

    def way_to(self, page_id: int) -> list[Self]:
        """Return the branches from this one down to a page; empty if it is not there."""
        if self.page_id == page_id:
            return [self]
        for branch in self.below:
            way = branch.way_to(page_id)
            if way:
                return [self, *way]
        return []


def move(session: Session, page_id: int, where: Move) -> None:
    """Move a line of the menu with what is below it; a move that leads nowhere changes nothing."""
    settings.touch(session)  # first: it makes editors wait for each other
    page = services.locked_page(session, page_id)
    pages = queries.present_pages(session)
    root = Branch.of(None, pages.menu)
    *above, parent, branch = root.way_to(page_id) or (root, None)
    if branch is None:
        raise NotInMenu
    place = parent.below.index(branch)
    if where is Move.UP and place:
        parent.below[place - 1 : place + 1] = [branch, parent.below[place - 1]]
    elif where is Move.DOWN:
        parent.below[place : place + 2] = parent.below[place : place + 2][::-1]
    elif where is Move.UNDER and place:
        before = parent.below[place - 1]
        before.below.append(parent.below.pop(place))
        page.parent_id = before.page_id
    elif where is Move.OUT and above:
        parent.below.pop(place)
        above[-1].below.insert(above[-1].below.index(parent) + 1, branch)
        page.parent_id = above[-1].page_id
    _renumber(session, pages, root)


def add(session: Session, page_id: int) -> None:
    """Put a page last into the menu, or below the page that it belongs to."""
    settings.touch(session)
    page = services.locked_page(session, page_id)
    if page.in_menu:
        return
    last = max((row.position for row in queries.present_pages(session).rows), default=0)
    page.in_menu = True
    page.position = last + STEP
    session.flush()
    pages = queries.present_pages(session)
    _renumber(session, pages, Branch.of(None, pages.menu))


def remove(session: Session, page_id: int) -> None:
    """Take a page out of the menu; those below it take its place."""
    settings.touch(session)
    page = services.locked_page(session, page_id)
    pages = queries.present_pages(session)
    root = Branch.of(None, pages.menu)
    *_above, parent, branch = root.way_to(page_id) or (root, None)
    if branch is None:
        return
    place = parent.below.index(branch)
    parent.below[place : place + 1] = branch.below
    page.in_menu = False
    _renumber(session, pages, root)


def rename(session: Session, page_id: int, label: str) -> None:
    """Give a page another name in the menu; empty: its title."""
    settings.touch(session)
    page = services.locked_page(session, page_id)
    page.menu_label = "" if label == page.title else label


def _renumber(session: Session, pages: SitePages, root: Branch) -> None:
    """Write down the order of the whole menu."""
    numbered = ((page_id, STEP * number) for number, page_id in enumerate(root.in_order(), 1))
    moved = [
        {"id": page_id, "position": position}
        for page_id, position in numbered
        if pages.by_id[page_id].position != position
    ]
    session.flush()
    if moved:
        session.execute(update(Page), moved)
