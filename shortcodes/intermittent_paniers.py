"""[intermittent-paniers]: the baskets that I asked for."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms.context import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange import queries
from amapress_py.exchange.queries import Period
from amapress_py.i18n import _, _l
from amapress_py.web import Listing, Paging, page_of_tag


@dataclass(frozen=True)
class Attributes:
    show_history: Annotated[bool, Param(_l("Montrer aussi les paniers passés"))] = False
    history_days: Annotated[int, Param(_l("Jusqu’à combien de jours en arrière"))] = 30
    show_futur: Annotated[bool, Param(_l("Montrer les paniers à venir"))] = True

    @property
    def period(self) -> Period:
        return Period.asked(self.show_history, self.history_days, self.show_futur)


@shortcode(
    "intermittent-paniers",
    Attributes,
    _l("Les paniers que j’ai réservés"),
    example="[intermittent-paniers]",
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return context.door(
            _("Vous avez demandé un panier ? Voyez s’il vous est réservé et où le chercher."),
            _("Mes paniers réservés"),
            page_of_tag("intermittent-paniers"),
        )
    listing = Listing.asked("reserves", queries.SORTS)
    rows, count = queries.booked_offers(
        context.session, context.viewer.person_id, context.now, attributes.period, listing
    )
    return context.template(
        "intermittent_paniers.html",
        rows=rows,
        listing=listing,
        paging=Paging(listing.page, count),
        book_url=page_of_tag("les-paniers-intermittents"),
    )
