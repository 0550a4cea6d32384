"""[menu]: the pages of the menu that the viewer may read, as a list of links."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context, links, menu
from amapress_py.cms.menu import Entry
from amapress_py.engine import Notice, Param, shortcode
from amapress_py.i18n import _, _l


@dataclass(frozen=True)
class Attributes:
    sous: Annotated[
        str, Param(_l("Adresse de la page dont on veut les sous-pages (vide : tout le menu)"))
    ] = ""
    niveaux: Annotated[int, Param(_l("Combien de niveaux au plus (0 : tous)"))] = 0


@shortcode(
    "menu",
    Attributes,
    _l("Le menu du site, ou celui d’une rubrique"),
    audience="everybody",
    public_cache=True,
    example="[menu niveaux=1]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    entries = menu.entries(context.session, context.viewer, context.path)
    if attributes.sous.strip():
        entries = _below(context, attributes.sous, entries)
    return context.template("menu.html", entries=entries, levels=attributes.niveaux)


def _below(context: Context, typed: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return what stands under a page; tell editors of one that is not in the menu."""
    row = links.page_at(context.session, typed)
    if row is None or not row.in_menu:
        sentence = _("[menu] : « %(path)s » n’est pas une page du menu.", path=typed[:80])
        context.notices.append(Notice(context.tag, "sous", sentence))
        return []
    found = next((one for one in _all(entries) if one.url == row.url), None)
    return [] if found is None else found.children


def _all(entries: Iterable[Entry]) -> Iterator[Entry]:
    for one in entries:
        yield one
        yield from _all(one.children)
