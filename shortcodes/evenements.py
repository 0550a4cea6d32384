"""[evenements]: the coming events; visitors see the public ones."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.accounts.viewer import VISITOR
from amapress_py.cms import Context
from amapress_py.engine import Param, shortcode
from amapress_py.events import queries
from amapress_py.i18n import _l

MOST = 60


@dataclass(frozen=True)
class Attributes:
    nombre: Annotated[int, Param(_l("Combien d’événements (60 au plus)"))] = 20


@shortcode(
    "evenements",
    Attributes,
    _l("Les événements à venir : permanences de signature, réunions, fêtes, visites"),
    audience="everybody",
    embeddable=True,
    example="[evenements]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """List what the reader may see; in a frame elsewhere, what is public."""
    who = VISITOR if context.embedded else context.viewer
    coming = [one for one in queries.coming(context.session, who) if not one.is_over]
    most = min(max(attributes.nombre, 1), MOST)
    return context.template("evenements.html", events=coming[:most], embedded=context.embedded)
