"""What the buttons of “État du site” do to pages; each may be pressed twice."""

import re
from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from amapress_py import settings, web
from amapress_py.cms import proofreading, queries, render, seed, services
from amapress_py.cms.files import PageFile
from amapress_py.cms.models import Page, PageState, Redirect
from amapress_py.cms.queries import PageRow, SitePages
from amapress_py.cms.roads import End, Roads
from amapress_py.cms.rules import CONNECTED
from amapress_py.errors import NotFound

SPACE = "espace-intermittents/"  # files of the pages that the espace intermittents needs
HOME = "accueil.html"
LINK = re.compile(r'(<(?:a|img)\b[^<>]*?\s(?:href|src)=")([^"]*)(")')

Act = Callable[[Session, Page, int], None]


def needed() -> list[PageFile]:
    """Return the files of the pages that the espace intermittents needs, as installed."""
    return [one for one in seed.seeds(web.config().site_folder) if one.name.startswith(SPACE)]


def needed_tags(file: PageFile) -> list[str]:
    """Return the shortcodes that such a page cannot do without: those that enclose nothing."""
    registry = render.registered().registry
    tags = render.registered().tags_of(file.body)
    found = [registry.get(tag) for tag in dict.fromkeys(tags)]
    return [one.tag for one in found if one is not None and not one.enclosing]


def standing_for(pages: SitePages, file: PageFile) -> PageRow | None:
    """Return the page made from a file, or at its address, or that an editor called the same."""
    made = next((row for row in pages.rows if row.seed == file.name), None)
    title = file.title.casefold()
    return (
        made
        or pages.by_path.get(file.path)
        or next((row for row in pages.rows if row.title.casefold() == title), None)
    )


def calls(file: PageFile, tag: str) -> list[str]:
    """Return how a file calls a shortcode, as "[intermittents-inscription view=me]"."""
    return re.findall(rf"\[{re.escape(tag)}(?![\w-])[^\[\]]*\]", file.body)


def recreate(session: Session, name: str) -> None:
    """Make a page anew from its file, unless it is there; raise NotFound for no such file."""
    settings.touch(session)  # first: two administrators wait for each other
    file = next((one for one in seed.seeds(web.config().site_folder) if one.name == name), None)
    if file is None:
        raise NotFound
    is_there = (Page.trashed_at.is_(None), (Page.seed == name) | (Page.path == file.path))
    if session.scalar(select(Page.id).where(*is_there).limit(1)) is None:
        session.execute(delete(Redirect).where(Redirect.path == file.path))
        list(seed.new_pages(session, [file]))


def act(session: Session, page_id: int, wanted: Act, author_id: int) -> None:
    """Do something to a page; raise NotFound when it is gone."""
    settings.touch(session)
    page = services.locked_page(session, page_id, in_trash=True)
    wanted(session, page, author_id)


def take_back(session: Session, page: Page, author_id: int) -> None:
    """Take a page that the site needs out of the trash, for all its readers."""
    if page.trashed_at is not None:
        services.take_out_of_trash(session, page.id)
        page.state = PageState.PUBLISHED


def protect(session: Session, page: Page, author_id: int) -> None:
    """Keep a page for connected persons."""
    page.audience = page.audience or CONNECTED


def publish(session: Session, page: Page, author_id: int) -> None:
    """Let readers find a page."""
    page.state, page.publish_at = PageState.PUBLISHED, None


def add_to_menu(session: Session, page: Page, author_id: int) -> None:
    """Show a page in the menu."""
    page.in_menu = True


def redirect_to_log_in(session: Session, page: Page, author_id: int) -> None:
    """Send visitors to the log-in page."""
    page.redirect_page_id = None


def add_shortcodes(session: Session, page: Page, author_id: int) -> None:
    """Write the shortcodes that a page of the espace intermittents lacks at its end."""
    pages = queries.read_pages(session)
    stands = {row.id: one for one in needed() if (row := standing_for(pages, one)) is not None}
    file = stands.get(page.id)
    if file is None:
        return
    body = queries.body(session, page.revision_id)
    there = proofreading.read(body).tags
    missing = [tag for tag in needed_tags(file) if tag not in there]
    added = [line for tag in missing for line in calls(file, tag)]
    if added:
        services.revise(session, page, "\n".join([body, *added]).strip(), author_id)


def update_links(session: Session, page: Page, author_id: int) -> None:
    """Write the present addresses in the place of former ones."""
    pages = queries.read_pages(session)
    row = pages.by_id.get(page.id)
    if row is None:
        return
    roads = Roads(pages)

    def present(found: re.Match[str]) -> str:
        address = found[2].replace("&amp;", "&")
        road = roads.follow(row, address)
        if road.end is not End.MOVED or road.page is None:
            return found[0]
        rest = re.search(r"[?#].*", found[2])
        return f"{found[1]}{road.page.url}{rest[0] if rest else ''}{found[3]}"

    body = queries.body(session, page.revision_id)
    changed = LINK.sub(present, body)
    if changed != body:
        services.revise(session, page, changed, author_id)


ACTS: dict[str, Act] = {
    "remettre": take_back,
    "proteger": protect,
    "publier": publish,
    "menu": add_to_menu,
    "connexion": redirect_to_log_in,
    "shortcodes": add_shortcodes,
    "liens": update_links,
}
