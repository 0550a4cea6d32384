"""[mes-contrats]: what one's household signed, what it may still sign, what is over."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.cms import Context
from amapress_py.contracts import own_queries, queries
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l


@dataclass(frozen=True)
class Attributes:
    montrer_ouverts: Annotated[bool, Param(_l("Montrer aussi les contrats à signer"))] = True
    montrer_passes: Annotated[bool, Param(_l("Montrer aussi les contrats terminés"))] = True


@shortcode(
    "mes-contrats",
    Attributes,
    _l("Mes contrats, et ceux que je peux signer"),
    example="[mes-contrats]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    """List the household's own contracts first."""
    cards = own_queries.cards(context.session, context.viewer.household_id)
    own = [one for one in cards if one.is_signed and not one.is_over]
    over = [one for one in cards if one.is_over] if attributes.montrer_passes else []
    keys = [one.signed_id for one in (*own, *over) if one.signed_id]
    return context.template(
        "mes_contrats.html",
        own=own,
        over=over,
        to_sign=[one for one in cards if not one.is_signed and one.is_open],
        shows_open=attributes.montrer_ouverts,
        totals=queries.signed_totals(context.session, keys) if keys else {},
    )
