"""Who looks: the person, his roles and flags, read in one statement with the site's version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, g
from sqlalchemy import ColumnElement, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Grant, Person, Role, Scope, short_name
from amapress_py.errors import NotAllowed
from amapress_py.settings.models import SiteVersion

FLAGS = "amapress_viewer_flags"
STATEMENT = "amapress_viewer_statement"
OFFICE_ROLES = (
    Role.ADMIN,
    Role.INTERMITTENT_MANAGER,
    Role.REFERENT,
    Role.COORDINATOR,
    Role.TREASURER,
    Role.PRODUCER,
)


@dataclass(frozen=True)
class Viewer:
    """The person behind a request; `person_id` 0 is a visitor.

    `flags` are facts of other domains (is_member, is_intermittent …), plugged in by app.py.
    """

    person_id: int = 0
    household_id: int = 0
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    stamp: str = ""
    grants: frozenset[tuple[str, str, int]] = frozenset()
    flags: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_connected(self) -> bool:
        """Tell a person from a visitor."""
        return self.person_id != 0

    @property
    def name(self) -> str:
        """First and last name, or the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def short_name(self) -> str:
        """First name and initial."""
        return short_name(self.first_name, self.last_name)

    def has_role(self, *roles: Role) -> bool:
        """Tell whether one of the roles is held, whatever its scope."""
        return any(role in roles for role, _scope, _id in self.grants)

    def is_in_scope(self, role: Role, scope: Scope, key: int) -> bool:
        """Tell whether a role is held everywhere or for that very thing."""
        return (role, "", 0) in self.grants or (role, scope, key) in self.grants

    @property
    def is_admin(self) -> bool:
        """Tell whether everything is allowed."""
        return self.has_role(Role.ADMIN)

    @property
    def can_manage_exchange(self) -> bool:
        """Tell whether the person acts on behalf in the espace intermittents."""
        return self.has_role(Role.ADMIN, Role.INTERMITTENT_MANAGER)

    @property
    def has_back_office(self) -> bool:
        """Tell whether "Administration" shows in the header."""
        return self.has_role(*OFFICE_ROLES)

    @property
    def is_member(self) -> bool:
        """Tell whether the household has a live contract."""
        return bool(self.flags.get("is_member"))

    @property
    def is_intermittent(self) -> bool:
        """Tell whether the person has a live enrolment."""
        return bool(self.flags.get("is_intermittent"))

    @property
    def is_on_duty(self) -> bool:
        """Tell whether the person has a seat at a delivery of today or of the week to come."""
        return bool(self.flags.get("is_on_duty"))

    # What Flask-Login asks of a user.
    @property
    def is_authenticated(self) -> bool:
        """Flask-Login's word for connected."""
        return self.is_connected

    @property
    def is_active(self) -> bool:
        """An inactive person is never loaded."""
        return self.is_connected

    @property
    def is_anonymous(self) -> bool:
        """Flask-Login's word for a visitor."""
        return not self.is_connected

    def get_id(self) -> str:
        """Return what the session keeps: a new stamp (new password) ends the session."""
        return session_id(self.person_id, self.stamp)


VISITOR = Viewer()


def session_id(person_id: int, stamp: str) -> str:
    """Return what the session keeps of a person."""
    return f"{person_id}:{stamp}"


def plug_flags(app: Flask, flags: Mapping[str, ColumnElement[Any]]) -> None:
    """Add facts to the viewer's statement: expressions that refer to `Person`."""
    app.extensions.setdefault(FLAGS, {}).update(flags)
    app.extensions.pop(STATEMENT, None)


def _statement() -> Select[*tuple[Any, ...]]:
    if STATEMENT not in current_app.extensions:
        flags: Mapping[str, ColumnElement[Any]] = current_app.extensions.get(FLAGS, {})
        held = Grant.role + "|" + Grant.scope + "|" + cast(Grant.scope_id, String)
        current_app.extensions[STATEMENT] = select(
            Person.id,
            Person.household_id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.stamp,
            select(func.aggregate_strings(held, ","))
            .where(Grant.person_id == Person.id)
            .scalar_subquery(),
            select(SiteVersion.number).scalar_subquery(),
            *flags.values(),
        ).where(Person.id == bindparam("person_id"), Person.is_active)
    found: Select[*tuple[Any, ...]] = current_app.extensions[STATEMENT]
    return found


def check_role(session: Session, person_id: int, *roles: Role) -> None:
    """Raise NotAllowed unless that active person holds one of the roles."""
    found = load(session, person_id)
    if found is None or not found.has_role(*roles):
        raise NotAllowed


def load(session: Session, person_id: int) -> Viewer | None:
    """Read a person as a viewer, or None if unknown or inactive."""
    row = db.read(session, _statement(), {"person_id": person_id}).first()
    if row is None:
        return None
    key, household_id, first_name, last_name, email, stamp, held, version, *facts = row
    g.site_version = version or 0
    return Viewer(
        person_id=key,
        household_id=household_id,
        first_name=first_name,
        last_name=last_name,
        email=email or "",
        stamp=stamp,
        grants=frozenset(
            (role, scope, int(scope_id))
            for role, scope, scope_id in (one.split("|") for one in (held or "").split(",") if one)
        ),
        flags=dict(zip(current_app.extensions.get(FLAGS, {}), facts, strict=True)),
    )
