"""[inscription-en-ligne]: the contracts that one's household may sign now."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.contracts import own_queries
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l, search_key


@dataclass(frozen=True)
class Attributes:
    contrat_nom: Annotated[str, Param(_l("Seulement les contrats dont le nom contient ceci"))] = ""


@shortcode(
    "inscription-en-ligne",
    Attributes,
    _l("Les contrats à signer, avec le bouton"),
    aliases=("inscription-en-ligne-connecte",),
    example="[inscription-en-ligne]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """List what is open and not signed yet."""
    wanted = search_key(attributes.contrat_nom)
    cards = own_queries.cards(context.session, context.viewer.household_id)
    return context.template(
        "inscription_en_ligne.html",
        to_sign=[
            one
            for one in cards
            if not one.is_signed and one.is_open and wanted in search_key(one.name)
        ],
    )
