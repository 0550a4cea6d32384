"""Who answers for what: the persons with a role, and what each of them looks after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Grant, Person, Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import Contract, Producer
from amapress_py.deliveries.models import Place
from amapress_py.i18n import _l

TITLES: Mapping[Role, Any] = {  # in the order of the page
    Role.ADMIN: _l("Administration du site"),
    Role.INTERMITTENT_MANAGER: _l("Espace intermittents"),
    Role.TREASURER: _l("Trésorerie"),
    Role.REFERENT: _l("Référents"),
    Role.COORDINATOR: _l("Coordination des contrats"),
    Role.PRODUCER: _l("Producteurs"),
}


@dataclass
class Holder:
    """A person of a role; `scopes` name what the role is limited to."""

    name: str
    phones: tuple[str, ...]
    email: str
    scopes: list[str] = field(default_factory=list)


def may_call(viewer: Viewer, role: Role) -> bool:
    """Tell whether the viewer reads telephone and address of those who hold a role.

    Members need the collectif, and the collectif itself; intermittents need who manages them; a
    producer is called by the collectif alone.
    """
    if viewer.has_role(*Role):
        return True
    if role is Role.PRODUCER:
        return False
    return viewer.is_member or (viewer.is_intermittent and role is Role.INTERMITTENT_MANAGER)


def team(session: Session) -> dict[Role, list[Holder]]:
    """Return who holds each role, in the order of TITLES, sorted by name (one statement)."""
    found: dict[Role, dict[int, Holder]] = {role: {} for role in TITLES}
    named = func.coalesce(Producer.name, Contract.name, Place.name)

    def is_of(scope: Scope, key: Any) -> Any:
        return and_(Grant.scope == scope, Grant.scope_id == key)

    rows = session.execute(
        select(
            Grant.role,
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.phone,
            Person.other_phone,
            Person.email,
            named.label("scope"),
        )
        .join(Person, Person.id == Grant.person_id)
        .outerjoin(Producer, is_of(Scope.PRODUCER, Producer.id))
        .outerjoin(Contract, is_of(Scope.CONTRACT, Contract.id))
        .outerjoin(Place, is_of(Scope.PLACE, Place.id))
        .where(Person.is_active)
        .order_by(Person.sort_key, Person.id, named)
    )
    for role, key, first, last, phone, other_phone, email, scope in rows:
        name = f"{first} {last}".strip() or "?"
        phones = tuple(filter(None, (phone, other_phone)))
        holder = found[Role(role)].setdefault(key, Holder(name, phones, email or ""))
        if scope:
            holder.scopes.append(scope)
    return {role: list(holders.values()) for role, holders in found.items() if holders}
