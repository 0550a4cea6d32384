"""[contrats-ouverts]: what can be signed now, for everybody; with the signing sessions."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.contracts import own_queries
from amapress_py.engine import Param, shortcode
from amapress_py.events import queries as events
from amapress_py.i18n import _l, search_key


@dataclass(frozen=True)
class Attributes:
    producteur: Annotated[str, Param(_l("Seulement les producteurs dont le nom contient ceci"))] = (
        ""
    )


@shortcode(
    "contrats-ouverts",
    Attributes,
    _l("Les contrats ouverts aux inscriptions : producteur, dates, permanences de signature"),
    audience="everybody",
    embeddable=True,
    example="[contrats-ouverts]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """List them; a visitor reads about public sessions alone."""
    is_visitor = context.embedded or not context.viewer.is_connected
    household_id = 0 if is_visitor else context.viewer.household_id
    wanted = search_key(attributes.producteur)
    cards = [
        one
        for one in own_queries.cards(context.session, household_id)
        if one.is_open and wanted in search_key(one.producer)
    ]
    keys = [one.id for one in cards]
    return context.template(
        "contrats_ouverts.html",
        cards=cards,
        sessions=events.sessions_of(context.session, keys, public_only=is_visitor) if keys else {},
    )
