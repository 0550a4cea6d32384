"""[calendrier-contrats]: the deliveries of contracts, month by month; one's own are marked."""

from dataclasses import dataclass
from typing import Annotated

from flask import request
from markupsafe import Markup

from amapress_py.agenda import months
from amapress_py.agenda.months import Span, Wanted
from amapress_py.cms import Context
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import WEEKDAYS, _l


@dataclass(frozen=True)
class Attributes:
    mois: Annotated[int, Param(_l("Combien de mois à la fois (12 au plus)"))] = 2
    lieu: Annotated[
        str, Param(_l("Seulement ce lieu : numéro, nom court ou nom (vide : tous)"))
    ] = ""
    contrat_nom: Annotated[
        str, Param(_l("Seulement les contrats dont le nom contient ces mots (vide : tous)"))
    ] = ""
    miens: Annotated[bool, Param(_l("Seulement les jours où j’ai un panier ou une permanence"))] = (
        False
    )
    evenements: Annotated[bool, Param(_l("Montrer aussi les événements"))] = True


@shortcode(
    "calendrier-contrats",
    Attributes,
    _l("Le calendrier des livraisons, mois par mois"),
    audience="everybody",
    example="[calendrier-contrats mois=2]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """Show some months; `?mois=2026-12` in the address turns the leaves."""
    span = Span.asked(request.args.get("mois", ""), attributes.mois)
    wanted = Wanted(
        attributes.lieu.strip(),
        attributes.contrat_nom,
        attributes.miens and context.viewer.is_connected,
        attributes.evenements,
    )
    return context.template(
        "calendrier_contrats.html",
        months=months.months(context.session, context.viewer, span, wanted),
        span=span,
        weekdays=WEEKDAYS,
        is_linked=context.viewer.is_connected,
    )
