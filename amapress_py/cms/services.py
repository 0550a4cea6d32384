"""What editors do to pages; each act renews the version of the site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.cms import links, meanwhile, queries
from amapress_py.cms.clean import clean
from amapress_py.cms.models import Page, PageDraft, PageRevision, PageState, Redirect
from amapress_py.cms.rules import checked_path, slug
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l, instant

MOST_TRIES = 20  # more addresses than the application itself has beside one of a page


@dataclass(frozen=True)
class Draft:
    """What an editor's screen says about a page; an empty path is made from parent and title."""

    title: str
    body: str
    path: str = ""
    parent_id: int | None = None
    in_menu: bool = False
    menu_label: str = ""
    position: int | None = 0  # None: as it is, or the last of the menu
    state: PageState = PageState.PUBLISHED
    audience: str = ""
    redirect_page_id: int | None = None
    publish_at: datetime | None = None  # of a scheduled page
    seen: Mapping[str, Any] = field(default_factory=dict)  # what the screen showed; see meanwhile


class SetMeanwhile(DomainError):
    """Somebody else set the same things of the page; `disputed` names them (see meanwhile)."""

    message = _l(
        "Rien n’est enregistré : pendant que vous écriviez, quelqu’un d’autre a changé les mêmes"
        " réglages que vous. Vérifiez-les ; si vous enregistrez à nouveau, les vôtres l’emportent."
    )

    def __init__(self, disputed: list[str], message: Any = None) -> None:
        super().__init__(message)
        self.disputed = disputed


class EditedMeanwhile(SetMeanwhile):
    """Somebody else saved the page while this editor was writing."""

    def __init__(self, disputed: list[str], revision: PageRevision, author: str) -> None:
        super().__init__(
            disputed,
            _(
                "Rien n’est enregistré : cette page a été modifiée par %(author)s"
                " le %(when)s, pendant que vous l’écriviez. Votre texte est ci-dessous, intact."
                " Comparez-le avec le sien ; si vous enregistrez à nouveau, le vôtre le remplace"
                " (le sien reste dans l’historique).",
                author=author or _("quelqu’un d’autre"),
                when=instant(revision.created_at),
            ),
        )
        self.revision_id = revision.id
        self.body = revision.body


class PathTaken(DomainError):
    """Two pages can't have one address."""

    message = _l("Une autre page a déjà cette adresse.")


class BadParent(DomainError):
    """A page can't stand below itself."""

    message = _l("Une page ne peut pas se trouver sous elle-même.")


class BadRedirect(DomainError):
    """Visitors would be sent to a page that they can't read."""

    message = _l("La page vers laquelle rediriger doit être publiée, et lisible par tous.")


class NoInstant(DomainError):
    """A scheduled page needs the instant from which it is published."""

    message = _l("Dites à partir de quel jour et de quelle heure la page est publiée.")


class HomeIsNeeded(DomainError):
    """Every site has a home page."""

    message = _l("La page d’accueil ne peut pas être mise à la corbeille.")


class InUse(DomainError):
    """Other pages need this one."""


def save_page(
    session: Session, page_id: int | None, draft: Draft, author_id: int, seen_revision: int = 0
) -> Page:
    """Create or change a page; its former address leads to it from now on.

    `seen_revision` is the revision that the editor started from. Raise EditedMeanwhile,
    SetMeanwhile, PathTaken, BadPath, BadParent, BadRedirect, NoInstant or TooBig.
    """
    settings.touch(session)  # first: it makes editors wait for each other
    page = Page(revision_id=None) if page_id is None else locked_page(session, page_id)
    if page_id is not None:
        draft, disputed = meanwhile.merge(draft, draft.seen, page)
        if (page.revision_id or 0) != seen_revision:
            raise _edited(session, page, disputed)
        if disputed:
            raise SetMeanwhile(disputed)
    body = clean(draft.body)
    _place(session, page, draft)
    page.title = draft.title
    page.menu_label = draft.menu_label
    _put_into_menu(session, page, draft)
    page.state = draft.state
    page.publish_at = draft.publish_at if draft.state is PageState.SCHEDULED else None
    if draft.state is PageState.SCHEDULED and page.publish_at is None:
        raise NoInstant
    page.audience = draft.audience
    page.redirect_page_id = _redirect(session, page, draft.redirect_page_id)
    session.add(page)
    session.flush()
    revise(session, page, body, author_id)
    forget_draft(session, page_id or 0, author_id)
    return page


def forget_draft(session: Session, page_id: int, person_id: int) -> None:
    """Forget what a person typed on a page (0: a new one) and did not save."""
    session.execute(
        delete(PageDraft).where(PageDraft.page_id == page_id, PageDraft.person_id == person_id)
    )


def restore(session: Session, page_id: int, revision_id: int, author_id: int) -> Page:
    """Let a page say again what it said; what it says now stays in its history."""
    settings.touch(session)
    page = locked_page(session, page_id)
    old = session.get(PageRevision, revision_id)
    if old is None or old.page_id != page.id:
        raise NotFound
    page.title = old.title
    revise(session, page, clean(old.body), author_id)
    return page


def trash_page(session: Session, page_id: int) -> None:
    """Put a page into the trash, with all it says; raise HomeIsNeeded or InUse."""
    settings.touch(session)
    page = locked_page(session, page_id, in_trash=True)
    if page.trashed_at is not None:
        return
    if page.path == "":
        raise HomeIsNeeded
    below = _titles(session, Page.parent_id == page.id, Page.trashed_at.is_(None))
    if below:
        raise InUse(_("Des pages se trouvent sous celle-ci : %(titles)s.", titles=", ".join(below)))
    redirected = _titles(session, Page.redirect_page_id == page.id, Page.trashed_at.is_(None))
    if redirected:
        titles = ", ".join(redirected)
        raise InUse(_("Des pages redirigent vers celle-ci : %(titles)s.", titles=titles))
    page.trashed_at = clock.now()


def take_out_of_trash(session: Session, page_id: int) -> Page:
    """Put a page back as a draft, at its address or, if another has it now, at one beside it."""
    settings.touch(session)
    page = locked_page(session, page_id, in_trash=True)
    if page.trashed_at is None:
        return page
    page.path = _free_path(session, page, page.path, is_given=False)
    page.trashed_at = None
    page.state = PageState.DRAFT
    page.publish_at = None
    if page.parent is not None and page.parent.trashed_at is not None:
        page.parent_id = None
    target = page.redirect_page_id and session.get(Page, page.redirect_page_id)
    if not target or target.trashed_at is not None:
        page.redirect_page_id = None
    session.execute(delete(Redirect).where(Redirect.path == page.path))
    return page


def delete_page(session: Session, page_id: int) -> None:
    """Delete a page of the trash with its history; raise NotFound for one that is not there."""
    settings.touch(session)
    page = locked_page(session, page_id, in_trash=True)
    if page.trashed_at is None:
        raise NotFound
    for column in (Page.parent_id, Page.redirect_page_id):  # only others of the trash point here
        session.execute(update(Page).where(column == page.id).values({column: None}))
    session.execute(delete(Redirect).where(Redirect.page_id == page.id))
    session.execute(delete(PageDraft).where(PageDraft.page_id == page.id))
    session.execute(delete(PageRevision).where(PageRevision.page_id == page.id))
    session.delete(page)


def publish_due(session: Session) -> int:
    """Publish the scheduled pages whose instant has come, for every cache; return how many."""
    due = (Page.state == PageState.SCHEDULED, Page.publish_at <= clock.now())
    if session.scalar(select(Page.id).where(*due).limit(1)) is None:
        return 0
    settings.touch(session)
    changed = session.execute(update(Page).where(*due).values(state=PageState.PUBLISHED))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def locked_page(session: Session, page_id: int, *, in_trash: bool = False) -> Page:
    """Load a page for a change, perhaps one of the trash; raise NotFound."""
    page = db.locked(session, Page, page_id)
    if page is None or (page.trashed_at is not None and not in_trash):
        raise NotFound(_("Cette page n’existe plus."))
    return page


def _titles(session: Session, *conditions: Any) -> list[str]:
    return list(session.scalars(select(Page.title).where(*conditions).order_by(Page.title)))


def _edited(session: Session, page: Page, disputed: list[str]) -> EditedMeanwhile:
    found = session.get_one(PageRevision, page.revision_id)
    about = queries.revision(session, page.id, found.id)
    return EditedMeanwhile(disputed, found, about[0].author if about else "")


def _place(session: Session, page: Page, draft: Draft) -> None:
    """Set parent and path."""
    parent = None if draft.parent_id is None else session.get(Page, draft.parent_id)
    if parent is not None and parent.trashed_at is not None:
        parent = None
    above = parent
    while above is not None:
        if above.id == page.id:
            raise BadParent
        above = above.parent
    page.parent_id = None if parent is None else parent.id
    is_home = page.id is not None and page.path == ""
    if not is_home:
        asked = draft.path or f"{parent.path if parent else ''}/{slug(draft.title) or 'page'}"
        _move(
            session, page, _free_path(session, page, checked_path(asked), is_given=bool(draft.path))
        )


def _put_into_menu(session: Session, page: Page, draft: Draft) -> None:
    if draft.position is not None:
        page.position = draft.position
    elif draft.in_menu:
        last = select(func.max(Page.position)).where(Page.trashed_at.is_(None), Page.in_menu)
        page.position = (session.scalar(last) or 0) + 1
    page.in_menu = draft.in_menu


def _move(session: Session, page: Page, path: str) -> None:
    """Give a page its address; the one before leads to it."""
    before = page.path
    if before == path:
        return
    session.execute(delete(Redirect).where(Redirect.path == path))
    if page.id is not None and before:
        session.add(Redirect(path=before, page_id=page.id))
    page.path = path


def _free_path(session: Session, page: Page, path: str, *, is_given: bool) -> str:
    taken = set(
        session.scalars(
            select(Page.path).where(
                Page.path.startswith(path, autoescape=True),
                Page.id != (page.id or 0),
                Page.trashed_at.is_(None),
            )
        )
    )
    if is_given:
        if path in taken:
            raise PathTaken
        return path
    numbered = (path, *(f"{path}-{number}" for number in range(2, len(taken) + MOST_TRIES)))
    return next(one for one in numbered if one not in taken and links.is_left_to_pages(one))


def _redirect(session: Session, page: Page, target_id: int | None) -> int | None:
    if target_id is None:
        return None
    target = session.get(Page, target_id)
    if (
        target is None
        or target is page
        or target.audience
        or target.state != PageState.PUBLISHED
        or target.trashed_at is not None
    ):
        raise BadRedirect
    return target.id


def revise(session: Session, page: Page, body: str, author_id: int | None) -> None:
    """Let a page say a cleaned text from now on; what it said stays in its history."""
    revision = PageRevision(
        page_id=page.id,
        title=page.title,
        body=body,
        author_id=author_id or None,
        created_at=clock.now(),
    )
    session.add(revision)
    session.flush()
    page.revision_id = revision.id
