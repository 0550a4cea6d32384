"""[inscription-distrib]: the next dates of duty, where members enrol themselves."""

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
    max_dates: Annotated[int, Param(_l("Combien de dates (60 au plus)"))] = 20
    lieu: Annotated[
        str, Param(_l("Seulement ce lieu : numéro, nom court ou nom (vide : tous)"))
    ] = ""


@shortcode(
    "inscription-distrib",
    Attributes,
    _l("S’inscrire aux permanences"),
    example="[inscription-distrib]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """Show the dates with their seats, what one's household owes, what one is asked."""
    who, session = context.viewer, context.session
    most = min(max(attributes.max_dates, 1), MOST)
    return context.template(
        "inscription_distrib.html",
        days=queries.coming(session, most, attributes.lieu.strip(), who.person_id),
        shares=queries.shares(session, who.household_id) if who.is_member else [],
        requests=queries.requests_of(session, who.person_id),
        me=who.person_id,
        is_member=who.is_member,
    )
