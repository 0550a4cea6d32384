"""[amapien-details-livraisons]: the household's coming deliveries, with contents and prices."""

from dataclasses import dataclass
from typing import Annotated, Literal

from markupsafe import Markup

from amapress_py.agenda import own_days
from amapress_py.cms import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange.instructions import content, total
from amapress_py.i18n import _l
from amapress_py.web import Listing, Paging, page_of_tag

DATES_A_PAGE = 12  # a season


@dataclass(frozen=True)
class Attributes:
    by: Annotated[
        Literal["date", "producteur"],
        Param(_l("Une ligne par date, ou une liste par producteur : date, producteur")),
    ] = "date"
    nombre: Annotated[
        int, Param(_l("Seulement les prochaines livraisons : combien (0 : toutes)"))
    ] = 0


@shortcode(
    "amapien-details-livraisons",
    Attributes,
    _l("Mes prochaines livraisons : contenu, jokers, échanges, prix"),
    example="[amapien-details-livraisons]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    listing = Listing.asked("livraisons", ("date",))
    days = own_days.coming(context.session, context.viewer.household_id)
    size = attributes.nombre if attributes.nombre > 0 else DATES_A_PAGE
    paging = Paging(1 if attributes.nombre > 0 else listing.page, len(days), size)
    shown = days[paging.offset : paging.offset + size]
    return context.template(
        "amapien_details_livraisons.html",
        days=shown,
        farms=own_days.by_producer(shown) if attributes.by == "producteur" else None,
        paging=paging,
        listing=listing,
        is_short=attributes.nombre > 0,
        content=content,
        total=total,
        manage_url=page_of_tag("amapien-paniers-intermittents"),
        taken_url=page_of_tag("intermittent-paniers"),
        book_url=page_of_tag("les-paniers-intermittents"),
    )
