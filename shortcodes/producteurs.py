"""[producteurs]: who grows and makes what we eat, and the contracts of the season."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.contracts import rules, showcase
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l
from amapress_py.web import page_of_tag

NO_PAGE = "/"  # what `page_of_tag` says then


@dataclass(frozen=True)
class Attributes:
    producteur: Annotated[
        str, Param(_l("Seulement ce producteur : numéro ou mots du nom (vide : tous)"))
    ] = ""
    tous: Annotated[bool, Param(_l("Aussi ceux qui n’ont pas de contrat en ce moment"))] = False


@shortcode(
    "producteurs",
    Attributes,
    _l("Les producteurs, leur présentation et leurs contrats"),
    audience="everybody",
    embeddable=True,
    example="[producteurs]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    pages = (page_of_tag(tag) for tag in ("inscription-en-ligne", "mes-contrats"))
    return context.template(
        "producteurs.html",
        farms=showcase.farms(context.session, attributes.producteur, also_idle=attributes.tous),
        kinds=rules.KINDS,
        sign_url=next((page for page in pages if page != NO_PAGE), ""),
        products_url=page_of_tag("produits"),
    )
