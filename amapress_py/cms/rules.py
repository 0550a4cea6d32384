"""Who a page, a shortcode or a passage is for, and what a page's address looks like."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import Viewer
from amapress_py.errors import DomainError
from amapress_py.i18n import _l, search_key

MOST_PATH = 200  # characters, as the column
PATH = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*")
CONNECTED = "connected"


def _holder(role: Role) -> Callable[[Viewer], bool]:
    return lambda viewer: viewer.has_role(role)


WHO: Mapping[str, Callable[[Viewer], bool]] = {
    "everybody": lambda viewer: True,
    CONNECTED: lambda viewer: viewer.is_connected,
    "logged": lambda viewer: viewer.is_connected,
    "not_logged": lambda viewer: not viewer.is_connected,
    "member": lambda viewer: viewer.is_member,
    "no_contract": lambda viewer: viewer.is_connected and not viewer.is_member,
    "intermittent": lambda viewer: viewer.is_intermittent,
    "not_intermittent": lambda viewer: viewer.is_connected and not viewer.is_intermittent,
    "on_duty": lambda viewer: viewer.is_on_duty,
    "exchange_manager": lambda viewer: viewer.can_manage_exchange,
    **{role.value: _holder(role) for role in Role},
}

# What [display-if role=…] takes: the words above without those of shortcodes' audiences.
ROLES = tuple(word for word in WHO if word not in {"everybody", CONNECTED, "exchange_manager"})

# What an editor may limit a page to, besides "Amapiens connectés"; any of the ticked ones.
PAGE_AUDIENCES: Mapping[str, Any] = {
    "member": _l("amapiens (un contrat en cours)"),
    "intermittent": _l("intermittents inscrits"),
    Role.INTERMITTENT_MANAGER.value: _l("responsables des intermittents"),
    Role.REFERENT.value: _l("référents"),
    Role.COORDINATOR.value: _l("coordinateurs d’un contrat"),
    Role.TREASURER.value: _l("trésoriers"),
    Role.PRODUCER.value: _l("producteurs"),
    Role.ADMIN.value: _l("administrateurs"),
}


class BadPath(DomainError):
    """An address that cannot be one of a page."""

    message = _l(
        "Une adresse de page s’écrit en minuscules sans accents, chiffres et tirets, par exemple"
        " « vie-de-l-amap/recettes »."
    )


def is_one_of(viewer: Viewer, words: Iterable[str]) -> bool:
    """Tell whether one of the words of WHO fits; an unknown word fits nobody."""
    return any(word in WHO and WHO[word](viewer) for word in words)


def audience_words(audience: str) -> list[str]:
    """Return the words of "member,intermittent"."""
    return [word for word in re.split(r"[\s,]+", audience) if word]


def may_see(viewer: Viewer, audience: str) -> bool:
    """Tell whether a page or a shortcode is for the viewer; "" is for everybody, an admin sees all.

    A protected page is never for a visitor, whatever its audience says.
    """
    words = audience_words(audience)
    if not words or "everybody" in words:
        return True
    return viewer.is_connected and (viewer.is_admin or is_one_of(viewer, words))


def audience_sentence(audience: str) -> str:
    """Return "amapiens (un contrat en cours), référents" of "member,referent"."""
    return ", ".join(str(PAGE_AUDIENCES.get(word, word)) for word in audience_words(audience))


def slug(text: str) -> str:
    """Return "vie-de-l-amap" of "Vie de l’AMAP"."""
    return re.sub(r"[^a-z0-9]+", "-", search_key(text)).strip("-")[:80].strip("-")


def checked_path(path: str) -> str:
    """Return a path that an editor typed, without outer slashes; raise BadPath."""
    bare = path.strip().strip("/")
    if len(bare) > MOST_PATH or not PATH.fullmatch(bare):
        raise BadPath
    return bare


def canonical(path: str) -> str:
    """Return the path that somebody meant who typed capitals or a slash too many."""
    return "/".join(filter(None, path.lower().split("/")))
