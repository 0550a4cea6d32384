"""The pages that a new site starts with: pages/*.html into the database, once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, settings, web
from amapress_py.cms import origins
from amapress_py.cms.clean import clean
from amapress_py.cms.files import BadFile, PageFile
from amapress_py.cms.models import Page, PageRevision
from amapress_py.cms.origins import Origin
from amapress_py.settings.models import Setting
from amapress_py.site import site_folders

SEEDED = "cms.seeded"  # the Setting row that remembers which files became pages


def read(folder: Path, file: Path) -> PageFile:
    """Read a file of pages/; raise BadFile with its name when it is no such file."""
    name = file.relative_to(folder).as_posix()
    try:
        return PageFile.read(name, file.read_text("utf-8"))
    except (BadFile, UnicodeDecodeError) as error:
        raise BadFile(f"{name} : {error}") from error


def seeds(own: Path | None) -> list[PageFile]:
    """Return the files, parents first; the AMAP's own file replaces ours of the same name."""
    found: dict[str, PageFile] = {}
    for folder in site_folders("pages", own):
        for file in sorted(folder.rglob("*.html")):
            one = read(folder, file)
            found.setdefault(one.name, one)
    above = {one.path: one.above for one in found.values()}
    return sorted(found.values(), key=lambda one: (_depth(one.path, above), one.order, one.path))


def _depth(path: str, above: Mapping[str, str]) -> int:
    """Count the pages above a page; one that stands above itself is of a broken file."""
    seen: set[str] = set()
    while path and path not in seen:
        seen.add(path)
        path = above.get(path, path.rpartition("/")[0])
    return len(seen)


def seed(session: Session) -> list[str]:
    """Make the pages that were never made before; return their paths.

    A page that an admin changed or deleted stays as it is.
    """
    settings.touch(session)
    row = session.get(Setting, SEEDED)
    before: list[str] = json.loads(row.value) if row else []
    every = seeds(web.config().site_folder)
    made = list(new_pages(session, [one for one in every if one.name not in before]))
    names = json.dumps(sorted({*before, *(one.name for one in every)}))
    if row is None:
        session.add(Setting(key=SEEDED, value=names))
    else:
        row.value = names
    return made


def new_pages(session: Session, wanted: list[PageFile]) -> Iterator[str]:
    """Make pages whose address is free; yield their paths."""
    for one in wanted:
        taken = select(Page.id).where(Page.path == one.path, Page.trashed_at.is_(None))
        if session.scalar(taken) is not None:
            continue
        is_above = (Page.path == one.above, Page.trashed_at.is_(None))
        parent_id = session.scalar(select(Page.id).where(*is_above)) if one.above else None
        page = Page(
            path=one.path,
            parent_id=parent_id,
            title=one.title,
            menu_label=one.menu_label,
            in_menu=one.in_menu,
            position=one.order,
            state=one.state,
            publish_at=one.publish_at,
            audience=one.audience,
            seed=one.name,
        )
        session.add(page)
        session.flush()
        body = clean(one.body)
        revision = PageRevision(page_id=page.id, title=one.title, body=body, created_at=clock.now())
        session.add(revision)
        session.flush()
        page.revision_id = revision.id
        made = replace(one, body=body, parent=one.above if parent_id else "")
        origins.remember(session, {page.id: Origin(origins.fingerprint(made))})
        yield one.path
