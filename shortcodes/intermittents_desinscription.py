"""[intermittents-desinscription]: "Se désinscrire"."""

from dataclasses import dataclass

from markupsafe import Markup

from amapress_py.cms.context import Context
from amapress_py.engine import shortcode
from amapress_py.i18n import _l


@dataclass(frozen=True)
class Attributes:
    pass


@shortcode(
    "intermittents-desinscription",
    Attributes,
    _l("Quitter l’espace intermittents"),
    example="[intermittents-desinscription]",
)
def render(context: Context, attributes: Attributes) -> Markup:
    return context.template("intermittents_desinscription.html", viewer=context.viewer)
