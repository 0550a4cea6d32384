"""The screen that shows a widget and gives the codes for other sites; administrators only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from amapress_py import web
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.models import Role
from amapress_py.embed import oembed, policy
from amapress_py.embed.widgets import Widget, embeddable
from amapress_py.engine.extension import default_text
from amapress_py.engine.parameters import Parameter
from amapress_py.i18n import _, _l

MENU = (Entry(_l("Site"), _l("Widgets"), "embed_admin.widgets"),)
FIRST = "les-paniers-intermittents"
PREFIX = "p-"  # before a parameter's name in our own address

bp = Blueprint("embed_admin", __name__, url_prefix="/admin/widgets")


@dataclass(frozen=True)
class Option:
    """A parameter as the form asks for it; `choices` are (value, label)."""

    name: str
    help: str
    kind: str
    value: str
    choices: Sequence[tuple[str, str]] = ()

    @classmethod
    def of(cls, parameter: Parameter, typed: str) -> "Option":
        """Return a field; nothing chosen means the default."""
        usual = default_text(parameter.default) or _("rien")
        choices: list[tuple[str, str]] = []
        if parameter.type == "boolean":
            choices = [("oui", _("oui")), ("non", _("non"))]
        elif parameter.choices:
            choices = [(value, value) for value in parameter.choices]
        if choices:
            choices.insert(0, ("", _("d’office (%(usual)s)", usual=usual)))
        kinds = {"integer": "number", "date": "date"}
        kind = kinds.get(parameter.type, "text")
        return cls(f"{PREFIX}{parameter.name}", str(parameter.help), kind, typed, choices)


def script_code(widget: Widget) -> str:
    """Return the line that makes a frame as high as the widget."""
    given = Markup("").join(
        Markup(' data-{}="{}"').format(name, value) for name, value in widget.given.items()
    )
    code = Markup('<script src="{}" data-shortcode="{}"{} data-frame-title="{}" async></script>')
    address = web.absolute(url_for("embed.script"))
    return str(code.format(address, widget.shortcode.tag, given, widget.title))


def frame_code(widget: Widget) -> str:
    """Return the line for sites that take no script."""
    code = Markup(
        '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" style="border: 0">'
        "</iframe>"
    )
    return str(code.format(widget.url, widget.title, oembed.HEIGHT))


@bp.get("")
@requires(Role.ADMIN)
def widgets() -> ResponseReturnValue:
    """Choose a widget, see it, copy its codes."""
    tag = request.args.get("widget", FIRST)
    typed = dict(_typed())
    widget = Widget.asked(tag, typed)
    if widget is None:
        abort(404)
    return render_template(
        "admin/embed/widgets.html",
        widget=widget,
        choices=embeddable(),
        options=[Option.of(one, typed.get(one.name, "")) for one in widget.shortcode.parameters],
        notices=[notice.text for notice in widget.notices],
        script_code=script_code(widget),
        frame_code=frame_code(widget),
        sites=policy.allowed_sites(),
    )


def _typed() -> Iterator[tuple[str, str]]:
    """Yield what was filled in; an empty field asks for nothing."""
    for name, value in request.args.items():
        if name.startswith(PREFIX) and value.strip():
            yield name.removeprefix(PREFIX), value
