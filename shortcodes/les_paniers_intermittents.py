"""[les-paniers-intermittents]: the baskets that can be booked; …-count: how many there are."""

from dataclasses import dataclass
from typing import Annotated

from flask import request
from markupsafe import Markup, escape

from amapress_py.cms.context import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange import queries
from amapress_py.exchange.queries import BookableFilter
from amapress_py.exchange.refusals import MembershipNeeded
from amapress_py.i18n import _l
from amapress_py.membership import queries as memberships
from amapress_py.web import Listing, Paging, page_of_tag


@dataclass(frozen=True)
class Attributes:
    distribution: Annotated[
        str,
        Param(
            _l("Seulement cette distribution : numéro, ou date comme 2026-11-26"),
            aliases=("contrat",),
        ),
    ] = ""
    contrat_nom: Annotated[str, Param(_l("Seulement les contrats dont le nom contient ceci"))] = ""
    lieu: Annotated[str, Param(_l("Seulement ce lieu : numéro ou nom court"))] = ""
    allow_amapiens: Annotated[
        bool, Param(_l("Laisser demander aussi qui n’est pas inscrit comme intermittent"))
    ] = True
    check_adhesion: Annotated[
        bool, Param(_l("Ne laisser demander que les foyers qui ont adhéré à l’association"))
    ] = False
    show_waiting: Annotated[bool, Param(_l("Montrer aussi les paniers déjà réservés"))] = False

    def narrow(self, fair_turn: bool, pinned: int = 0) -> BookableFilter:
        return BookableFilter(
            delivery=self.distribution,
            contract=self.contrat_nom,
            place=self.lieu,
            show_waiting=self.show_waiting,
            fair_turn=fair_turn,
            pinned=pinned,
        )


@dataclass(frozen=True)
class NoAttributes:
    pass


@shortcode(
    "les-paniers-intermittents",
    Attributes,
    _l("Paniers que l’on peut réserver"),
    example="[les-paniers-intermittents show_waiting=yes]",
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return _elsewhere(context, attributes)
    asked = request.args.get("offre", "")
    pinned = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    narrow = attributes.narrow(context.settings.fair_turn, pinned)
    listing = Listing.asked("reserver", queries.SORTS)
    rows, count = queries.bookable_offers(
        context.session, context.viewer, context.now, narrow, listing
    )
    may_ask = context.viewer.is_intermittent or (
        attributes.allow_amapiens and context.settings.allow_amapiens
    )
    lacking = None
    if attributes.check_adhesion or context.settings.membership_to_ask:
        standing = memberships.standing(context.session, context.viewer.household_id)
        lacking = MembershipNeeded.of(standing)
    return context.template(
        "les_paniers_intermittents.html",
        rows=rows,
        listing=listing,
        paging=Paging(listing.page, count),
        pinned=narrow.pinned,
        may_ask=may_ask,
        lacking=lacking,
        viewer=context.viewer,
    )


def _elsewhere(context: Context, attributes: Attributes) -> Markup:
    narrow = attributes.narrow(context.settings.fair_turn)
    rows, count = queries.public_offers(context.session, context.now, narrow)
    return context.template(
        "les_paniers_intermittents_embed.html",
        rows=rows,
        others=count - len(rows),
        book_url=page_of_tag("les-paniers-intermittents"),
        enrol_url=page_of_tag("intermittents-inscription"),
    )


@shortcode(
    "les-paniers-intermittents-count",
    NoAttributes,
    _l("Nombre de paniers que l’on peut réserver"),
    example="[les-paniers-intermittents-count]",
    embeddable=True,
)
def render_count(context: Context, attributes: NoAttributes) -> Markup:
    count = queries.bookable_count(
        context.session, context.viewer, context.now, context.settings.fair_turn
    )
    if context.embedded:
        return context.template("les_paniers_intermittents_count_embed.html", count=count)
    return escape(count)
