"""[les-paniers-intermittents]: the baskets that can be booked; …-count: how many there are."""

from dataclasses import dataclass
from typing import Annotated

from flask import request
from markupsafe import Markup, escape

from amapress_py.cms.context import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange import queries
from amapress_py.exchange.queries import BookableFilter
from amapress_py.i18n import _l
from amapress_py.web import Listing, Paging


@dataclass(frozen=True)
class Attributes:
    distribution: Annotated[
        str,
        Param(
            _l("Seulement cette distribution : numéro, ou date comme 2026-11-26"),
            aliases=("contrat",),
        ),
    ] = ""
    contrat_nom: Annotated[str, Param(_l("Seulement les contrats dont le nom contient ceci"))] = ""
    lieu: Annotated[str, Param(_l("Seulement ce lieu : numéro ou nom court"))] = ""
    allow_amapiens: Annotated[
        bool, Param(_l("Laisser demander aussi qui n’est pas inscrit comme intermittent"))
    ] = True
    show_waiting: Annotated[bool, Param(_l("Montrer aussi les paniers déjà réservés"))] = False


@dataclass(frozen=True)
class NoAttributes:
    pass


@shortcode(
    "les-paniers-intermittents",
    Attributes,
    _l("Paniers que l’on peut réserver"),
    example="[les-paniers-intermittents show_waiting=yes]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    pinned = request.args.get("offre", "")
    narrow = BookableFilter(
        delivery=attributes.distribution,
        contract=attributes.contrat_nom,
        place=attributes.lieu,
        show_waiting=attributes.show_waiting,
        pinned=int(pinned) if pinned.isdecimal() and len(pinned) < 10 else 0,
    )
    listing = Listing.asked("reserver", queries.SORTS)
    rows, count = queries.bookable_offers(
        context.session, context.viewer, context.now, narrow, listing
    )
    may_ask = context.viewer.is_intermittent or (
        attributes.allow_amapiens and context.settings.allow_amapiens
    )
    return context.template(
        "les_paniers_intermittents.html",
        rows=rows,
        listing=listing,
        paging=Paging(listing.page, count),
        pinned=narrow.pinned,
        may_ask=may_ask,
        viewer=context.viewer,
    )


@shortcode(
    "les-paniers-intermittents-count",
    NoAttributes,
    _l("Nombre de paniers que l’on peut réserver"),
    example="[les-paniers-intermittents-count]",
)
def render_count(context: Context, attributes: NoAttributes) -> Markup:
    return escape(queries.bookable_count(context.session, context.viewer, context.now))
