"""[trombinoscope]: the collectif, who looks after what, and who is on duty next."""

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from amapress_py.accounts.models import Role
from amapress_py.cms import Context
from amapress_py.contracts import team
from amapress_py.duty import queries as duty
from amapress_py.engine import Param, shortcode
from amapress_py.i18n import _l

MOST = 20


@dataclass(frozen=True)
class Attributes:
    role: Annotated[
        str,
        Param(
            _l(
                "Seulement ces rôles, séparés par des virgules : admin, intermittent_manager,"
                " treasurer, referent, coordinator, producer (vide : tous)"
            )
        ),
    ] = ""
    permanences: Annotated[
        int, Param(_l("Qui est de permanence aux prochaines distributions : combien (0 : aucune)"))
    ] = 2


@shortcode(
    "trombinoscope",
    Attributes,
    _l("Le collectif : qui s’occupe de quoi, et qui appeler"),
    example="[trombinoscope]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    wanted = set(attributes.role.replace(" ", "").split(",")) - {""} or set(Role)
    days = min(max(attributes.permanences, 0), MOST)
    return context.template(
        "trombinoscope.html",
        groups=[
            (team.TITLES[role], holders, team.may_call(context.viewer, role))
            for role, holders in team.team(context.session).items()
            if role in wanted
        ],
        days=duty.coming(context.session, days) if days else [],
    )
