"""[page-liste]: the pages below this one, or below another, that the viewer may read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from markupsafe import Markup

from amapress_py.cms import Context, links, queries, search
from amapress_py.cms.queries import PageRow
from amapress_py.cms.rules import may_see
from amapress_py.engine import Notice, Param, shortcode
from amapress_py.i18n import _, _l, search_key

MOST = 100
LENGTH = 200  # characters of a beginning
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Attributes:
    sous: Annotated[
        str, Param(_l("Adresse de la page dont on veut les sous-pages (vide : cette page)"))
    ] = ""
    extrait: Annotated[bool, Param(_l("Montrer aussi le début de chaque page"))] = False
    ordre: Annotated[
        Literal["menu", "titre", "date"],
        Param(_l("menu : comme dans le menu ; titre ; date : les dernières modifiées d’abord")),
    ] = "menu"
    nombre: Annotated[int, Param(_l("Combien de pages au plus (0 : cent)"))] = 0


@shortcode(
    "page-liste",
    Attributes,
    _l("La liste des pages d’une rubrique"),
    audience="everybody",
    public_cache=True,
    example="[page-liste sous=espace-intermittents extrait=oui]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    above = links.page_at(context.session, attributes.sous or context.path)
    if above is None:
        if attributes.sous:
            text = _("[page-liste] : il n’y a pas de page « %(path)s ».", path=attributes.sous[:80])
            context.notices.append(Notice(context.tag, "sous", text))
        return Markup()
    rows = _sorted(_readable(context, above), attributes.ordre)
    most = attributes.nombre if 0 < attributes.nombre < MOST else MOST
    return context.template(
        "page_liste.html",
        rows=rows[:most],
        extracts=search.summaries(context.session, rows[:most], LENGTH)
        if attributes.extrait
        else {},
    )


def _readable(context: Context, above: PageRow) -> list[PageRow]:
    return [
        row
        for row in queries.site_pages(context.session).rows
        if row.parent_id == above.id and row.is_published and may_see(context.viewer, row.audience)
    ]


def _sorted(rows: list[PageRow], order: str) -> list[PageRow]:
    if order == "titre":
        return sorted(rows, key=lambda row: search_key(row.title))
    if order == "date":
        return sorted(rows, key=lambda row: row.changed_at or NEVER, reverse=True)
    return rows
