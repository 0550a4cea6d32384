"""[echanger-paniers-list]: "Céder mon panier", for each coming delivery with a basket."""

from dataclasses import dataclass
from typing import Annotated

from flask import request
from markupsafe import Markup

from amapress_py.cms.context import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange import queries, rules
from amapress_py.i18n import _, _l
from amapress_py.web import Listing, Paging, page_of_tag

WEEKS_A_PAGE = 12  # a season


@dataclass(frozen=True)
class Attributes:
    user: Annotated[
        int, Param(_l("Pour un responsable : les paniers de cette personne (son numéro)"))
    ] = 0
    for_other_users: Annotated[
        bool, Param(_l("Pour un responsable : choisir d’abord un amapien"))
    ] = False
    nombre: Annotated[
        int, Param(_l("Montrer seulement les prochaines distributions : combien (0 : toutes)"))
    ] = 0


@shortcode(
    "echanger-paniers-list",
    Attributes,
    _l("Céder mon panier quand je suis absent"),
    example="[echanger-paniers-list]",
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return context.door(
            _("Absent à une distribution ? Proposez votre panier à quelqu’un d’autre."),
            _("Céder mon panier"),
            page_of_tag("echanger-paniers-list"),
        )
    is_manager = context.viewer.can_manage_exchange
    listing = Listing.asked("absence", ("date",))
    choice = queries.absent_member(
        context.session, context.viewer, asked=_asked(attributes.user), words=listing.words
    )
    baskets = queries.cedable_baskets(
        context.session,
        choice.household_id,
        choice.name,
        context.now,
        0 if is_manager else context.settings.cede_deadline_hours,
    )
    paging = Paging(listing.page, len(baskets), WEEKS_A_PAGE)
    is_short = 0 < attributes.nombre < len(baskets)
    shown = attributes.nombre if is_short else paging.size
    return context.template(
        "echanger_paniers_list.html",
        rows=baskets[:shown] if is_short else baskets[paging.offset : paging.offset + shown],
        more_url=page_of_tag("echanger-paniers-list") if is_short else None,
        listing=listing,
        paging=paging,
        choice=choice,
        offer_labels=rules.OFFER_LABELS,
        is_manager=is_manager,
        choose_first=is_manager and attributes.for_other_users and choice.is_me,
        manage_url=page_of_tag("amapien-paniers-intermittents"),
        book_url=page_of_tag("les-paniers-intermittents"),
    )


def _asked(user: int) -> int:
    """Return the person whom a manager chose on the page, else the one the page names."""
    chosen = request.args.get("amapien", "")
    return int(chosen) if chosen.isdecimal() and len(chosen) < 10 else user
