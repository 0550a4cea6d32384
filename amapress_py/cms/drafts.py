"""What editors typed and did not save: kept for them, and a sign to others that they are at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.cms.models import PageDraft, PageRevision
from amapress_py.cms.queries import PageRow
from amapress_py.i18n import _, hour

PRESENT = timedelta(minutes=10)  # who was seen since is still at it
KEPT = timedelta(days=30)
NEW_PAGE = 0  # instead of a page's id


@dataclass(frozen=True)
class Typed:
    """What an editor's screen holds; `revision_id` is the revision he started from."""

    title: str
    body: str
    revision_id: int = 0
    is_changed: bool = True


@dataclass(frozen=True)
class Draft:
    """Somebody's draft, with his name."""

    person_id: int
    name: str
    title: str
    body: str
    revision_id: int
    is_changed: bool
    saved_at: datetime


def of_page(session: Session, page_id: int, person_id: int) -> tuple[Draft | None, Sequence[str]]:
    """Return the person's own changed draft, and the names of others who are at the page now."""
    since = clock.now() - PRESENT
    mine = PageDraft.person_id == person_id
    columns = (
        PageDraft.person_id,
        PageDraft.title,
        PageDraft.body,
        PageDraft.revision_id,
        PageDraft.is_changed,
        PageDraft.saved_at,
        Person.first_name,
        Person.last_name,
        Person.email,
    )
    rows = session.execute(
        select(*columns)
        .join(Person, Person.id == PageDraft.person_id)
        .where(PageDraft.page_id == page_id, mine | (PageDraft.saved_at > since))
        .order_by(PageDraft.saved_at)
    )
    drafts = [
        Draft(
            row.person_id,
            _name(row),
            row.title,
            row.body,
            row.revision_id,
            row.is_changed,
            row.saved_at,
        )
        for row in rows
    ]
    own = next((one for one in drafts if one.person_id == person_id and one.is_changed), None)
    if page_id == NEW_PAGE:  # each writes a page of his own
        return own, ()
    return own, [one.name for one in drafts if one.person_id != person_id]


def keep(session: Session, page_id: int, person_id: int, typed: Typed) -> datetime | None:
    """Keep what was typed; return when, or None if a former draft is better.

    Who only looks is noted without a text, and never in the place of what he typed before.
    """
    draft = session.scalar(
        select(PageDraft)
        .where(PageDraft.page_id == page_id, PageDraft.person_id == person_id)
        .with_for_update()
    )
    if draft is None:
        draft = PageDraft(page_id=page_id, person_id=person_id)
        session.add(draft)
    elif draft.is_changed and not typed.is_changed:
        return None
    draft.title = typed.title if typed.is_changed else ""
    draft.body = typed.body if typed.is_changed else ""
    draft.revision_id = typed.revision_id
    draft.is_changed = typed.is_changed
    draft.saved_at = clock.now()
    return draft.saved_at


def leave(session: Session, page_id: int, person_id: int) -> None:
    """Note that who only looked is gone."""
    session.execute(
        delete(PageDraft).where(
            PageDraft.page_id == page_id,
            PageDraft.person_id == person_id,
            PageDraft.is_changed.is_(False),
        )
    )


def forget_old(session: Session) -> None:
    """Forget drafts that nobody came back to for thirty days."""
    session.execute(delete(PageDraft).where(PageDraft.saved_at < clock.now() - KEPT))


def wall_hour(instant: datetime) -> str:
    """Return "14 h 05", or "le 21/11/2026 à 14 h 05" of another day; in Paris."""
    wall = clock.paris(instant)
    if wall.date() == clock.today():
        return _("à %(hour)s", hour=hour(wall.time()))
    return _("le %(day)s à %(hour)s", day=f"{wall:%d/%m/%Y}", hour=hour(wall.time()))


@dataclass(frozen=True)
class Newer:
    """A revision that is newer than the one an editor started from."""

    author_id: int
    sentence: str


def newer(session: Session, row: PageRow, seen_revision: int) -> Newer | None:
    """Return who saved the page since a revision, or None."""
    if row.revision_id is None or row.revision_id == seen_revision:
        return None
    found = session.execute(
        select(
            PageRevision.author_id,
            PageRevision.created_at,
            Person.first_name,
            Person.last_name,
            Person.email,
        )
        .outerjoin(Person, Person.id == PageRevision.author_id)
        .where(PageRevision.id == row.revision_id)
    ).one()
    sentence = _(
        "%(who)s a enregistré cette page %(when)s. Votre texte n’est pas perdu : quand vous"
        " l’enregistrerez, les deux vous seront montrés.",
        who=_name(found) or _("Quelqu’un d’autre"),
        when=wall_hour(found.created_at),
    )
    return Newer(found.author_id or 0, sentence)


def _name(row: Any) -> str:
    return f"{row.first_name or ''} {row.last_name or ''}".strip() or row.email or ""
