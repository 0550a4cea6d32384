"""[prochaines-distributions]: when and where the next ones are; with a member's basket."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.agenda import queries
from amapress_py.cms import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange.instructions import content
from amapress_py.i18n import _l
from amapress_py.web import page_of_tag

MOST = 52


@dataclass(frozen=True)
class Attributes:
    nombre: Annotated[int, Param(_l("Combien de distributions (52 au plus)"))] = 3
    lieu: Annotated[
        str, Param(_l("Seulement ce lieu : numéro, nom court ou nom (vide : tous)"))
    ] = ""


@shortcode(
    "prochaines-distributions",
    Attributes,
    _l("Les prochaines distributions : jour, heures et lieu"),
    aliases=("next-distrib-deliv",),
    audience="everybody",
    embeddable=True,
    example="[prochaines-distributions nombre=3]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """List them; a member also sees what he fetches (never in a frame elsewhere)."""
    is_member = context.viewer.is_member and not context.embedded
    days = queries.coming(
        context.session,
        context.now,
        min(max(attributes.nombre, 1), MOST),
        attributes.lieu.strip(),
        context.viewer.household_id if is_member else 0,
    )
    return context.template(
        "prochaines_distributions.html",
        days=days,
        content=content,
        is_member=is_member,
        is_linked=context.viewer.is_connected and not context.embedded,
        cede_url=page_of_tag("echanger-paniers-list") if is_member else None,
    )
