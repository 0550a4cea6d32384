"""[amapien-paniers-intermittents]: the baskets that my household offered; …-count: how many."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup, escape

from amapress_py.cms.context import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange import queries
from amapress_py.exchange.queries import Period
from amapress_py.i18n import _, _l
from amapress_py.web import Listing, Paging, page_of_tag


@dataclass(frozen=True)
class Attributes:
    show_history: Annotated[bool, Param(_l("Montrer aussi les paniers passés"))] = False
    history_days: Annotated[int, Param(_l("Jusqu’à combien de jours en arrière"))] = 180
    show_futur: Annotated[bool, Param(_l("Montrer les paniers à venir"))] = True

    @property
    def period(self) -> Period:
        return Period.asked(self.show_history, self.history_days, self.show_futur)


@shortcode(
    "amapien-paniers-intermittents",
    Attributes,
    _l("Les paniers que j’ai proposés"),
    example="[amapien-paniers-intermittents show_history=yes history_days=60]",
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return _elsewhere(context)
    listing = Listing.asked("proposes", queries.SORTS)
    rows, count = queries.own_offers(
        context.session, context.viewer.household_id, context.now, attributes.period, listing
    )
    return context.template(
        "amapien_paniers_intermittents.html",
        rows=rows,
        listing=listing,
        paging=Paging(listing.page, count),
        cede_url=page_of_tag("echanger-paniers-list"),
    )


@shortcode(
    "amapien-paniers-intermittents-count",
    Attributes,
    _l("Nombre de paniers que j’ai proposés"),
    example="[amapien-paniers-intermittents-count]",
    embeddable=True,
)
def render_count(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return _elsewhere(context)
    household_id = context.viewer.household_id
    return escape(queries.own_count(context.session, household_id, attributes.period))


def _elsewhere(context: Context) -> Markup:
    return context.door(
        _("Vous avez proposé un panier ? Voyez qui est intéressé et répondez-lui."),
        _("Mes paniers proposés"),
        page_of_tag("amapien-paniers-intermittents"),
    )
