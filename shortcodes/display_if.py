"""[display-if role=…]…[/display-if]: a passage for some of the readers only."""

from dataclasses import dataclass
from typing import Annotated, Any

from markupsafe import Markup

from amapress_py.cms import Context, rules
from amapress_py.engine import NoAttributes, Notice, Param, Shortcode, shortcode
from amapress_py.i18n import _, _l


@dataclass(frozen=True)
class Attributes:
    role: Annotated[
        str,
        Param(
            _l(
                "Pour qui : un ou plusieurs de %(roles)s, séparés par des virgules",
                roles=", ".join(rules.ROLES),
            )
        ),
    ] = "logged"


def _shown(context: Context, *roles: str) -> Markup:
    return context.content() if rules.is_one_of(context.viewer, roles) else Markup()


def _short_form(tag: str, role: str, title: Any) -> Shortcode[NoAttributes]:
    def render(context: Context, attributes: NoAttributes) -> Markup:
        return _shown(context, role)

    return shortcode(
        tag,
        NoAttributes,
        title,
        audience="everybody",
        enclosing=True,
        public_cache=True,
        readers=lambda viewer, _attributes: rules.is_one_of(viewer, (role,)),
        example=f"[{tag}]Votre texte[/{tag}]",
    )(render)


def _words(attributes: Attributes) -> list[str]:
    return [word for word in rules.audience_words(attributes.role) if word in rules.ROLES]


@shortcode(
    "display-if",
    Attributes,
    _l("Un passage pour certains lecteurs seulement"),
    audience="everybody",
    enclosing=True,
    public_cache=True,
    readers=lambda viewer, attributes: rules.is_one_of(viewer, _words(attributes)),
    example='[display-if role="member,intermittent"]Votre texte[/display-if]',
)
def display_if(context: Context, attributes: Attributes) -> Markup:
    """Show the inside to whom one of the roles fits."""
    known = _words(attributes)
    for unknown in (w for w in rules.audience_words(attributes.role) if w not in known):
        sentence = _("[display-if] : « %(word)s » n’est pas un rôle connu.", word=unknown)
        context.notices.append(Notice(context.tag, "role", sentence))
    return _shown(context, *known)


if_logged = _short_form("display-if-logged", "logged", _l("Pour les personnes connectées"))
if_not_logged = _short_form("display-if-not-logged", "not_logged", _l("Pour les visiteurs"))
if_intermittent = _short_form(
    "display-if-intermittent", "intermittent", _l("Pour les intermittents")
)
if_on_duty = _short_form(
    "display-if-responsable-distrib", "on_duty", _l("Pour les personnes de permanence")
)
