"""[produits]: what the producers offer this season, with packaging and prices."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.contracts import showcase
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l


@dataclass(frozen=True)
class Attributes:
    producteur: Annotated[
        str, Param(_l("Seulement ce producteur : numéro ou mots du nom (vide : tous)"))
    ] = ""
    contrat_nom: Annotated[
        str, Param(_l("Seulement les contrats dont le nom contient ces mots (vide : tous)"))
    ] = ""


@shortcode(
    "produits",
    Attributes,
    _l("Les produits de la saison et leurs prix"),
    audience="everybody",
    embeddable=True,
    example="[produits]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    return context.template(
        "produits.html",
        farms=showcase.farms(context.session, attributes.producteur, attributes.contrat_nom),
    )
