"""The back office's menu and its index: each sees what he may do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py.accounts.access import requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import OFFICE_ROLES

ENTRIES = "amapress_backoffice"
ALARM = "amapress_backoffice_alarm"

bp = Blueprint("admin", __name__, url_prefix="/admin")


@dataclass(frozen=True)
class Entry:
    """A screen of the back office; an admin sees all, others what their roles open."""

    group: Any
    label: Any
    endpoint: str
    roles: frozenset[Role] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Group:
    """Entries under one title, as (label, address, is it the present screen)."""

    title: str
    entries: list[tuple[str, str, bool]]


@dataclass(frozen=True)
class Alarm:
    """What an administrator should not overlook, and where to read more."""

    text: str
    url: str


class Menu:
    """What the viewer may open, worked out only where a template walks through it."""

    def __iter__(self) -> Iterator[Group]:
        who = viewer()
        entries: list[Entry] = current_app.extensions[ENTRIES]
        allowed = [one for one in entries if who.is_admin or who.has_role(*one.roles)]
        addresses = {one.endpoint: url_for(one.endpoint) for one in allowed}
        here = max((a for a in addresses.values() if _is_under(a)), key=len, default="")
        for title, group in groupby(allowed, lambda one: str(one.group)):
            yield Group(
                title,
                [
                    (str(one.label), addresses[one.endpoint], addresses[one.endpoint] == here)
                    for one in group
                ],
            )


def _is_under(address: str) -> bool:
    return f"{request.path}/".startswith(f"{address.rstrip('/')}/")


@bp.get("/")
@requires(*OFFICE_ROLES)
def index() -> ResponseReturnValue:
    """Show cards of all that the viewer may do; to administrators also what is wrong."""
    ask: Callable[[], Alarm | None] | None = current_app.extensions.get(ALARM)
    alarm = ask() if ask is not None and viewer().is_admin else None
    return render_template("admin/index.html", alarm=alarm)


def plug_alarm(app: Flask, ask: Callable[[], Alarm | None]) -> None:
    """Let the index tell administrators what `ask` finds."""
    app.extensions[ALARM] = ask


def in_groups(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries with each group in one piece, in order of its first entry."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(str(entry.group), []).append(entry)
    return [entry for group in groups.values() for entry in group]


def init_app(app: Flask, entries: Iterable[Entry]) -> None:
    """Plug the domains' entries in."""
    app.extensions[ENTRIES] = in_groups(entries)
    app.jinja_env.globals["admin_menu"] = Menu()
    app.register_blueprint(bp)
