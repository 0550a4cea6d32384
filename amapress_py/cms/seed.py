"""The pages that a new site starts with: pages/*.html into the database, once."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.cms.clean import clean
from amapress_py.cms.models import Page, PageRevision, PageState
from amapress_py.cms.rules import CONNECTED
from amapress_py.settings.models import Setting
from amapress_py.site import site_folders

MARK = "+++"
SEEDED = "cms.seeded"  # the Setting row that remembers which files became pages
INDEX = "index"


@dataclass(frozen=True)
class Seed:
    """A file of pages/: TOML between two lines of +++, then HTML with shortcodes.

    Keys: title, and if wanted menu (bool), menu_label, order, protected (bool: "Amapiens
    connectés"), audience ("member,…") and path (default: the file's, without index and .html).
    """

    name: str
    path: str
    title: str
    menu_label: str
    in_menu: bool
    order: int
    audience: str
    body: str

    @classmethod
    def read(cls, folder: Path, file: Path) -> "Seed":
        """Read a file; raise ValueError with its name when it is no such file."""
        name = file.relative_to(folder).as_posix()
        start, mark, rest = file.read_text("utf-8").partition(f"{MARK}\n")
        front, end, body = rest.partition(f"\n{MARK}\n")
        if start or not mark or not end:
            raise ValueError(f"{name}: front matter between two lines of {MARK} expected")
        about = tomllib.loads(front)
        own_path = name.removesuffix(".html").removesuffix(INDEX).rstrip("/")
        return cls(
            name=name,
            path=about.get("path", own_path),
            title=about["title"],
            menu_label=about.get("menu_label", ""),
            in_menu=about.get("menu", False),
            order=about.get("order", 0),
            audience=about.get("audience", CONNECTED if about.get("protected") else ""),
            body=body,
        )


def seeds(own: Path | None) -> list[Seed]:
    """Return the files, parents first; the AMAP's own file replaces ours of the same name."""
    found: dict[str, Seed] = {}
    for folder in site_folders("pages", own):
        for file in sorted(folder.rglob("*.html")):
            one = Seed.read(folder, file)
            found.setdefault(one.name, one)
    return sorted(found.values(), key=lambda one: (one.path.count("/"), one.order, one.path))


def seed(session: Session) -> list[str]:
    """Make the pages that were never made before; return their paths.

    A page that an admin changed or deleted stays as it is.
    """
    settings.touch(session)
    row = session.get(Setting, SEEDED)
    before: list[str] = json.loads(row.value) if row else []
    every = seeds(web.config().site_folder)
    made = list(_new_pages(session, [one for one in every if one.name not in before]))
    names = json.dumps(sorted({*before, *(one.name for one in every)}))
    if row is None:
        session.add(Setting(key=SEEDED, value=names))
    else:
        row.value = names
    return made


def _new_pages(session: Session, wanted: list[Seed]) -> Iterator[str]:
    for one in wanted:
        if session.scalar(select(Page.id).where(Page.path == one.path)) is not None:
            continue
        above = one.path.rpartition("/")[0]
        parent_id = session.scalar(select(Page.id).where(Page.path == above)) if above else None
        page = Page(
            path=one.path,
            parent_id=parent_id,
            title=one.title,
            menu_label=one.menu_label,
            in_menu=one.in_menu,
            position=one.order,
            state=PageState.PUBLISHED,
            audience=one.audience,
            seed=one.name,
        )
        session.add(page)
        session.flush()
        revision = PageRevision(
            page_id=page.id, title=one.title, body=clean(one.body), created_at=clock.now()
        )
        session.add(revision)
        session.flush()
        page.revision_id = revision.id
        yield one.path
