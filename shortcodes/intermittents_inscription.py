"""[intermittents-inscription]: "Devenir intermittent", or enrol somebody else."""

from dataclasses import dataclass
from typing import Annotated, Literal

from markupsafe import Markup

from amapress_py.cms.context import Context
from amapress_py.engine import Param, shortcode
from amapress_py.exchange.forms import EnrolOtherForm
from amapress_py.i18n import _, _l
from amapress_py.web import page_of_tag


@dataclass(frozen=True)
class Attributes:
    view: Annotated[
        Literal["me", "other"], Param(_l("me : m’inscrire ; other : inscrire quelqu’un d’autre"))
    ] = "me"
    show_info: Annotated[bool, Param(_l("Dire aussi que l’on est déjà inscrit"))] = True
    force_upper: Annotated[bool, Param(_l("Écrire les noms tapés en majuscules"))] = False


@shortcode(
    "intermittents-inscription",
    Attributes,
    _l("S’inscrire, ou inscrire quelqu’un, comme intermittent"),
    example="[intermittents-inscription view=other]",
    embeddable=True,
)
def render(context: Context, attributes: Attributes) -> Markup:
    if context.embedded:
        return _elsewhere(context, attributes)
    if attributes.view == "me":
        return context.template(
            "intermittents_inscription.html",
            viewer=context.viewer,
            show_info=attributes.show_info,
        )
    viewer = context.viewer
    may_enrol = viewer.can_manage_exchange or (
        viewer.is_member
        and context.settings.members_may_enrol_others
        and not context.settings.membership_to_join
    )
    return context.template(
        "intermittents_inscription_other.html",
        form=EnrolOtherForm(formdata=None) if may_enrol else None,
        force_upper=attributes.force_upper,
        contact=context.settings.exchange_email,
    )


def _elsewhere(context: Context, attributes: Attributes) -> Markup:
    path = page_of_tag("intermittents-inscription")
    if attributes.view == "other":
        sentence = _("Quelqu’un de votre entourage voudrait un panier de temps en temps ?")
        return context.door(sentence, _("Inscrire un intermittent"), path)
    return context.door(
        _(
            "Prenez un panier de temps en temps : un courriel vous avertit quand il s’en libère un,"
            " et vous vous désinscrivez d’un clic."
        ),
        _("Devenir intermittent"),
        path,
    )
