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
    "connected": (_l("une personne connectée, sans contrat"), _person()),
    "member": (_l("un amapien"), _person(is_member=True)),
    "intermittent": (_l("un intermittent"), _person(is_intermittent=True)),
    "manager": (_l("un responsable des intermittents"), _person(Role.INTERMITTENT_MANAGER)),
    "referent": (_l("un référent"), _person(Role.REFERENT, is_member=True)),
    "coordinator": (_l("un coordinateur"), _person(Role.COORDINATOR, is_member=True)),
    "treasurer": (_l("un trésorier"), _person(Role.TREASURER, is_member=True)),
    "producer": (_l("un producteur"), _person(Role.PRODUCER)),
    "admin": (_l("un administrateur"), _person(Role.ADMIN)),
}
