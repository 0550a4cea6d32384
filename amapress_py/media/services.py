"""What editors do with images."""

import secrets

from sqlalchemy import delete as delete_from
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.cms import queries as pages_queries
from amapress_py.cms.models import Page
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import _, _l
from amapress_py.media import rules
from amapress_py.media.models import Media, MediaContent
from amapress_py.media.pictures import Picture, written_anew


class InUse(DomainError):
    """Pages would show a hole."""


class IsLogo(DomainError):
    """Every page shows it."""

    message = _l("Cette image est le logo du site : choisissez d’abord un autre logo.")


def store(session: Session, author_id: int, data: bytes, name: str, alt: str) -> Media:
    """Keep an upload; an empty `alt` is for what only decorates. Raise a BadImage."""
    return keep(session, author_id, written_anew(data), name, alt)


def keep(session: Session, author_id: int, picture: Picture, name: str, alt: str) -> Media:
    """Keep what was read before the transaction, which then is short.

    The same image again is the one that is there; it gets a description if it had none.
    """
    same = select(Media).where(Media.digest == picture.digest).order_by(Media.id).limit(1)
    found = session.scalar(same)
    if found is not None:
        found.alt = found.alt or alt[: rules.MOST_ALT]
        return found
    media = Media(
        key=secrets.token_hex(16),
        name=rules.file_name(name, picture.kind),
        alt=alt[: rules.MOST_ALT],
        kind=picture.kind,
        width=picture.width,
        height=picture.height,
        size=len(picture.contents[rules.PAGE]),
        digest=picture.digest,
        author_id=author_id or None,
        created_at=clock.now(),
    )
    session.add(media)
    session.flush()
    for variant, content in picture.contents.items():
        session.add(MediaContent(media_id=media.id, variant=variant, content=content))
    return media


def describe(session: Session, media_id: int, alt: str) -> Media:
    """Change the alternative text that the next insertions get."""
    media = _locked(session, media_id)
    media.alt = alt[: rules.MOST_ALT]
    return media


def delete(session: Session, media_id: int) -> None:
    """Delete an image that nothing shows; raise InUse or IsLogo."""
    settings.touch(session)  # first: editors of pages wait
    media = _locked(session, media_id)
    if settings.read(session).logo_key == media.key:
        raise IsLogo
    holding = [page_id for page_id, _body in pages_queries.bodies_with(session, _prefix(media))]
    if holding:
        titles = session.scalars(
            select(Page.title).where(Page.id.in_(holding)).order_by(Page.title)
        )
        raise InUse(
            _(
                "Cette image est encore montrée par : %(titles)s. Retirez-la d’abord de ces pages.",
                titles=", ".join(
                    f"«\N{NO-BREAK SPACE}{title}\N{NO-BREAK SPACE}»" for title in titles
                ),
            )
        )
    session.execute(delete_from(MediaContent).where(MediaContent.media_id == media.id))
    session.delete(media)


def _prefix(media: Media) -> str:
    return rules.address(media.key, "")


def _locked(session: Session, media_id: int) -> Media:
    media = db.locked(session, Media, media_id)
    if media is None:
        raise NotFound(_("Cette image n’existe plus."))
    return media
