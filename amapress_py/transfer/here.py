"""The pages of this site as files: what an export writes and an import compares with."""

from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.cms import origins
from amapress_py.cms.files import PageFile, name_of_path
from amapress_py.cms.models import Page, PageRevision, PageState, Redirect
from amapress_py.cms.origins import Origin, fingerprint


@dataclass(frozen=True)
class Here:
    """Every page out of the trash, by id, and what leads to them."""

    pages: dict[int, PageFile]
    redirects: dict[str, int]  # former address: page
    origins: dict[int, Origin]

    @cached_property
    def by_path(self) -> dict[str, int]:
        """Return the page at each address."""
        return {page.path: page_id for page_id, page in self.pages.items()}

    def is_changed_since_import(self, page_id: int) -> bool:
        """Tell a page that somebody wrote or changed here from one that is as its file said."""
        origin = self.origins.get(page_id)
        return origin is None or origin.fingerprint != fingerprint(self.pages[page_id])


def read(session: Session) -> Here:
    """Read all pages with what they say: fresh, not from a cache."""
    rows = session.execute(
        select(Page, PageRevision.body)
        .outerjoin(PageRevision, PageRevision.id == Page.revision_id)
        .where(Page.trashed_at.is_(None))
        .order_by(Page.position, Page.id)
    ).all()
    paths = {page.id: page.path for page, _body in rows}
    redirects = {
        row.path: row.page_id
        for row in session.execute(select(Redirect.path, Redirect.page_id).order_by(Redirect.path))
        if row.page_id in paths
    }
    former: dict[int, list[str]] = {}
    for path, page_id in redirects.items():
        former.setdefault(page_id, []).append(path)
    pages = {
        page.id: PageFile(
            name=name_of_path(page.path),
            path=page.path,
            title=page.title,
            body=body or "",
            parent=paths.get(page.parent_id or 0, ""),
            in_menu=page.in_menu,
            menu_label=page.menu_label,
            order=page.position,
            state=page.state,
            publish_at=page.publish_at,
            audience=page.audience,
            redirect_to=paths.get(page.redirect_page_id or 0),
            former=tuple(former.get(page.id, ())),
        )
        for page, body in rows
    }
    return Here(pages, redirects, origins.read(session))


def settled(page: PageFile) -> PageFile:
    """Return a page as it is now: a scheduled one whose hour has come is published."""
    is_due = (
        page.state is PageState.SCHEDULED
        and page.publish_at is not None
        and page.publish_at <= clock.now()
    )
    if is_due:
        return replace(page, state=PageState.PUBLISHED, publish_at=None)
    if page.state is not PageState.SCHEDULED and page.publish_at is not None:
        return replace(page, publish_at=None)
    return page
