"""The beginning of what a page says, as text: nothing of what shortcodes show or protect."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import unescape

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.cms.models import PageRevision
from amapress_py.cms.queries import PageRow
from amapress_py.engine.parser import strip_shortcodes

LENGTH = 200
KEPT = 500
TAG = re.compile(r"<[^>]*+>")


def extracts(
    session: Session, rows: Iterable[PageRow], tags: tuple[str, ...], length: int = LENGTH
) -> Mapping[int, str]:
    """Return the beginnings of pages by their ids, in one statement."""
    by_revision = {row.revision_id: row.id for row in rows if row.revision_id is not None}
    if not by_revision:
        return {}
    found = session.execute(
        select(PageRevision.id, PageRevision.body).where(PageRevision.id.in_(list(by_revision)))
    )
    return {by_revision[key]: beginning(body, tags, length) for key, body in found}


@lru_cache(maxsize=KEPT)
def beginning(body: str, tags: tuple[str, ...], length: int = LENGTH) -> str:
    """Return the first words of a cleaned text, without its shortcodes and what they enclose."""
    text = " ".join(unescape(TAG.sub(" ", strip_shortcodes(body, tags))).split())
    if len(text) <= length:
        return text
    return f"{text[:length].rsplit(' ', 1)[0].rstrip(',;:.!? ')}…"
