"""What is asked about images: lists, bytes, and which pages hold which."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.cms import queries as pages_queries
from amapress_py.cms.queries import PageRow
from amapress_py.i18n import search_key
from amapress_py.media import rules
from amapress_py.media.models import Media, MediaContent
from amapress_py.web import Paging

CACHE = "amapress_image_holders"

Holders = dict[str, frozenset[int]]


@dataclass(frozen=True)
class ImageRow:
    """An image as lists show it."""

    id: int
    key: str
    name: str
    alt: str
    width: int
    height: int
    size: int
    created_at: datetime

    @property
    def url(self) -> str:
        """The path of the image as pages show it."""
        return rules.address(self.key, self.name)

    @property
    def vignette_url(self) -> str:
        """The path of the small image."""
        return rules.address(self.key, self.name, rules.VIGNETTE)

    @property
    def kilobytes(self) -> int:
        """Size as pages show it, in thousands of bytes, at least 1."""
        return max(1, round(self.size / 1000))

    @cached_property
    def words(self) -> str:
        """What the list of images searches."""
        return search_key(f"{self.name} {self.alt}")


@dataclass(frozen=True)
class Content:
    """The bytes of an image in one size, and what is said of them."""

    kind: str
    name: str
    digest: str
    content: bytes


def _rows(session: Session, *conditions: ColumnElement[bool]) -> list[ImageRow]:
    columns = (Media.id, Media.key, Media.name, Media.alt, Media.width, Media.height, Media.size)
    statement = select(*columns, Media.created_at).order_by(Media.id.desc())
    return [ImageRow(*row) for row in session.execute(statement.where(*conditions))]


def images(
    session: Session, wanted: str, page: int, size: int = 20
) -> tuple[list[ImageRow], Paging]:
    """Return the images whose name or alternative text holds every word, the newest first."""
    words = search_key(wanted).split()
    found = [row for row in _rows(session) if all(word in row.words for word in words)]
    paging = Paging(page, len(found), size)
    return found[paging.offset : paging.offset + paging.size], paging


def image(session: Session, media_id: int) -> ImageRow | None:
    """Return an image of the list, or None."""
    return next(iter(_rows(session, Media.id == media_id)), None)


def content(session: Session, key: str, variant: str) -> Content | None:
    """Return the bytes of an image in one size, or None."""
    row = session.execute(
        select(Media.kind, Media.name, Media.digest, MediaContent.content)
        .join(MediaContent, MediaContent.media_id == Media.id)
        .where(Media.key == key, MediaContent.variant == variant)
    ).first()
    return None if row is None else Content(*row)


def keys(session: Session) -> frozenset[str]:
    """Return the keys of all images that are there."""
    return frozenset(session.scalars(select(Media.key)))


def holders(session: Session) -> Holders:
    """Return which pages out of the trash hold which image, read once per version of the site."""
    version = settings.version(session)
    cached: tuple[int, Holders] | None = current_app.extensions.get(CACHE)
    if cached is None or cached[0] != version:
        cached = current_app.extensions[CACHE] = (version, _read_holders(session))
    return cached[1]


def _read_holders(session: Session) -> Holders:
    found: dict[str, set[int]] = {}
    for page_id, body in pages_queries.bodies_with(session, "/media/"):
        for key in rules.keys_in(body):
            found.setdefault(key, set()).add(page_id)
    return {key: frozenset(page_ids) for key, page_ids in found.items()}


def pages_with(session: Session, key: str) -> list[PageRow]:
    """Return the pages out of the trash that hold an image, by title."""
    by_id = pages_queries.site_pages(session).by_id
    held = holders(session).get(key, frozenset())
    return sorted((by_id[one] for one in held if one in by_id), key=lambda row: row.title)
