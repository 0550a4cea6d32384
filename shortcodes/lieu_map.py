"""[lieu-map]: where a place of delivery is, how to come, links to maps."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.deliveries import queries
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l


@dataclass(frozen=True)
class Attributes:
    lieu: Annotated[
        str, Param(_l("Seulement ce lieu : numéro, nom court ou nom (vide : tous)"))
    ] = ""


@shortcode(
    "lieu-map",
    Attributes,
    _l("Les lieux de distribution : adresse, accès, itinéraire"),
    audience="everybody",
    public_cache=True,
    embeddable=True,
    example="[lieu-map]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    return context.template(
        "lieu_map.html", places=queries.places_called(context.session, attributes.lieu.strip())
    )
