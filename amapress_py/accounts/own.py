"""What a person sees of himself: names, addresses, household, roles in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from amapress_py.accounts import roles
from amapress_py.accounts.models import Person, PersonAddress, Role, Scope
from amapress_py.accounts.roles import Choices
from amapress_py.accounts.viewer import Viewer

ORDER = list(Role)


@dataclass
class Card:
    """A person's own file; `shares_with` are the names of the others of the household."""

    phones: list[str] = field(default_factory=list)
    address: str = ""
    further: list[str] = field(default_factory=list)
    shares_with: list[str] = field(default_factory=list)


def card(session: Session, who: Viewer) -> Card:
    """Return what is known of the viewer, in one statement."""
    further = and_(PersonAddress.person_id == Person.id, Person.id == who.person_id)
    rows = session.execute(
        select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.phone,
            Person.other_phone,
            Person.address,
            PersonAddress.email.label("further"),
        )
        .outerjoin(PersonAddress, further)
        .where(Person.household_id == who.household_id, Person.is_active)
        .order_by(Person.sort_key, Person.id, PersonAddress.id)
    )
    found = Card()
    for row in rows:
        if row.id != who.person_id:
            name = f"{row.first_name} {row.last_name}".strip()
            found.shares_with.append(name or row.email or "?")
            continue
        found.phones = [one for one in (row.phone, row.other_phone) if one]
        found.address = row.address
        found.further += [row.further] if row.further else []
    return found


def role_sentences(session: Session, who: Viewer) -> list[str]:
    """Return "référente ou référent de : Ferme X", asking only for names that are needed."""
    plugged: Mapping[Scope, Choices] = current_app.extensions.get(roles.SCOPES, {})
    scopes = {Scope(scope) for _role, scope, _id in who.grants if scope}
    known = {scope: dict(plugged[scope](session)) for scope in scopes if scope in plugged}
    held = sorted(who.grants, key=lambda one: (ORDER.index(Role(one[0])), one[1:]))
    return [roles.told(Role(role), scope, scope_id, known) for role, scope, scope_id in held]
