"""Sample readers: a page can be seen as each of them would."""

from collections.abc import Mapping
from typing import Any

from amapress_py.accounts.models import Role
from amapress_py.accounts.viewer import VISITOR, Viewer
from amapress_py.i18n import _l

NOBODY = -1  # connected, and no row of any table is his


def _person(*roles: Role, **flags: bool) -> Viewer:
    return Viewer(
        person_id=NOBODY,
        household_id=NOBODY,
        first_name="Camille",
        last_name="Exemple",
        grants=frozenset((role, "", 0) for role in roles),
        flags=flags,
    )


READERS: Mapping[str, tuple[Any, Viewer]] = {
    "visitor": (_l("un visiteur"), VISITOR),
    "member": (_l("un amapien"), _person(is_member=True)),
    "intermittent": (_l("un intermittent"), _person(is_intermittent=True)),
    "admin": (_l("un administrateur"), _person(Role.ADMIN)),
}
