"""What the pages say, searched without accents, case and ligatures; for who may see them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.viewer import VISITOR, Viewer
from amapress_py.cms import queries, render
from amapress_py.cms.models import PageRevision
from amapress_py.cms.plain import visible_text
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import may_see
from amapress_py.i18n import search_key

CACHE = "amapress_page_texts"
MOST_WORDS = 10  # of a search
WORDS_BEFORE, WORDS_AFTER = 8, 16  # of a word that was found
MOST_PASSAGES = 3  # in an excerpt
LONGEST_WORD = 60  # characters shown
AROUND = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)
OUTER = "\"'«»“”„()[]{}<>.,;:!?…*"

Key = tuple[int | None, datetime | None]
Part = tuple[str, bool]  # a text, and whether it was looked for


@dataclass(frozen=True)
class PageText:
    """What a revision says to everybody; the words of `folded` are those of `text`, one by one."""

    text: str
    folded: str


@dataclass(frozen=True)
class Hit:
    """A page that was found."""

    page: PageRow
    title: list[Part]
    excerpt: list[Part]


@dataclass(frozen=True)
class Found:
    """The pages that hold every word, best first."""

    words: Sequence[str]
    rows: Sequence[PageRow]

    def hits(self, session: Session, first: int, most: int) -> list[Hit]:
        """Return a slice of them, with the words marked."""
        shown = self.rows[first : first + most]
        known = texts(session, shown)
        return [
            Hit(
                row,
                list(_marked(row.title.split(" "), self.words)),
                _excerpt(known[row.id], self.words),
            )
            for row in shown
        ]


def folded(text: str) -> str:
    """Return the words of a text as they are searched: as many as there were."""
    words = text.split(" ")
    known = {word: search_key(word).replace(" ", "") or "_" for word in set(words)}
    return " ".join([known[word] for word in words])


def asked_words(wanted: str) -> list[str]:
    """Return the words that a visitor typed, without punctuation around them."""
    words = (word.strip(OUTER) for word in search_key(wanted).split())
    return list(dict.fromkeys(word for word in words if word))[:MOST_WORDS]


def texts(session: Session, rows: Iterable[PageRow]) -> dict[int, PageText]:
    """Return what pages say, by page; a revision is read once per process."""
    rows = list(rows)
    known: dict[Key, PageText] = current_app.extensions.setdefault(CACHE, {})
    missing = [row for row in rows if _key(row) not in known]
    if missing:
        present = {_key(row) for row in queries.site_pages(session).rows}
        for key in [key for key in known if key not in present]:
            known.pop(key, None)
        bodies = _bodies(session, missing)
        tags = tuple(render.registered().registry.tags)
        for row in missing:
            text = visible_text(bodies.get(row.revision_id or 0, ""), tags)
            known[_key(row)] = PageText(text, folded(text))
    return {row.id: known[_key(row)] for row in rows}


def _key(row: PageRow) -> Key:
    return row.revision_id, row.changed_at


def _bodies(session: Session, rows: Iterable[PageRow]) -> dict[int, str]:
    wanted = [row.revision_id for row in rows]
    read = select(PageRevision.id, PageRevision.body).where(PageRevision.id.in_(wanted))
    return {row.id: row.body for row in session.execute(read)}


def readable(session: Session, viewer: Viewer) -> list[PageRow]:
    """Return the published pages that somebody may see, a draft for nobody."""
    pages = queries.site_pages(session)
    return [row for row in pages.rows if row.is_published and may_see(viewer, row.audience)]


def public_pages(session: Session) -> list[PageRow]:
    """Return the published pages that everybody may see."""
    return readable(session, VISITOR)


def find(session: Session, viewer: Viewer, wanted: str) -> Found:
    """Return the viewer's pages that hold every word in title, menu label or text."""
    words = asked_words(wanted)
    if not words:
        return Found(words, [])
    rows = readable(session, viewer)
    known = texts(session, rows)
    ranked = []
    for row in rows:
        title = folded(f"{row.title} {_label(row)}")
        in_title = sum(word in title for word in words)
        if all(word in title or word in known[row.id].folded for word in words):
            ranked.append((-in_title, row.path, row))
    return Found(words, [row for *_order, row in sorted(ranked, key=lambda one: one[:2])])


def _label(row: PageRow) -> str:
    if "[" not in row.menu_label:
        return row.menu_label
    return visible_text(row.menu_label, tuple(render.registered().registry.tags))


def summary(session: Session, row: PageRow, most: int) -> str:
    """Return the beginning of what a page says to everybody, at most `most` characters."""
    return summaries(session, [row], most)[row.id]


def summaries(session: Session, rows: Iterable[PageRow], most: int) -> dict[int, str]:
    """Return the beginnings of pages by their ids, in one statement at most."""
    return {key: _shortened(one.text, most) for key, one in texts(session, rows).items()}


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    start = text[: most - 1]
    return f"{start.rpartition(' ')[0] or start}…"


def _excerpt(page: PageText, words: Sequence[str]) -> list[Part]:
    """Return the passages around the first place of each word; else the beginning."""
    every = page.text.split(" ")
    parts: list[Part] = []
    end = 0
    for first, last in _passages(page.folded, words) or [(0, WORDS_BEFORE + WORDS_AFTER)]:
        parts.append((" … " if first > end else " " if parts else "", False))
        parts += _marked(every[first:last], words)
        end = last
    if end < len(every):
        parts.append((" …", False))
    return [part for part in parts if part[0]]


def _passages(folded: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where to read, as numbers of words, in order and apart."""
    places = sorted(
        folded.count(" ", 0, start) for word in words if (start := folded.find(word)) >= 0
    )
    found: list[tuple[int, int]] = []
    for place in places:
        first, last = max(0, place - WORDS_BEFORE), place + WORDS_AFTER
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], last)
        elif len(found) < MOST_PASSAGES:
            found.append((first, last))
    return found


def _marked(every: Sequence[str], words: Sequence[str]) -> Iterator[Part]:
    """Yield words of a text; those that hold what was looked for on their own."""
    plain: list[str] = []
    for number, word in enumerate(every):
        if number:
            plain.append(" ")
        shown = word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}…"
        key = folded(word)
        if not any(one in key for one in words):
            plain.append(shown)
            continue
        around = AROUND.fullmatch(shown)
        before, core, after = around.groups() if around else ("", shown, "")
        yield "".join((*plain, before)), False
        yield core, True
        plain = [after]
    yield "".join(plain), False
