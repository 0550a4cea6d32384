"""[liste-inscription-distrib]: who is on duty at the next distributions."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.duty import queries
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l

MOST = 60


@dataclass(frozen=True)
class Attributes:
    show_title: Annotated[bool, Param(_l("Mettre un titre au-dessus"))] = False
    max_dates: Annotated[int, Param(_l("Combien de dates (60 au plus)"))] = 4
    lieu: Annotated[
        str, Param(_l("Seulement ce lieu : numéro, nom court ou nom (vide : tous)"))
    ] = ""


@shortcode(
    "liste-inscription-distrib",
    Attributes,
    _l("Qui est de permanence aux prochaines distributions"),
    example="[liste-inscription-distrib max_dates=4]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    most = min(max(attributes.max_dates, 1), MOST)
    return context.template(
        "liste_inscription_distrib.html",
        days=queries.coming(context.session, most, attributes.lieu.strip()),
        show_title=attributes.show_title,
    )
