"""[mes-infos]: what the site knows of the connected person, and where to change it."""

from markupsafe import Markup

from amapress_py.accounts import own
from amapress_py.cms import Context
from amapress_py.engine import NoAttributes, shortcode
from amapress_py.i18n import _l
from amapress_py.membership import queries as memberships
from amapress_py.web import page_of_tag


@shortcode(
    "mes-infos",
    NoAttributes,
    _l("Mes coordonnées, mon foyer, mon adhésion, mes rôles"),
    example="[mes-infos]",
)
def render(context: Context, attributes: NoAttributes) -> Markup:
    return context.template(
        "mes_infos.html",
        card=own.card(context.session, context.viewer),
        roles=own.role_sentences(context.session, context.viewer),
        memberships=memberships.own(
            context.session, context.viewer.household_id, is_asked=_is_asked(context)
        ),
        enrolment_url=page_of_tag("intermittents-inscription"),
    )


def _is_asked(context: Context) -> bool:
    """Tell whether the AMAP asks for a membership before something."""
    now = context.settings
    return now.membership_to_ask or now.membership_to_join or now.membership_to_sign
