"""What roles are called, and what each may be limited to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Role, Scope
from amapress_py.i18n import _, _l

SCOPES = "amapress_role_scopes"
LONGEST_ID = 9  # digits
Choices = Callable[[Session], Iterable[tuple[int, str]]]


@dataclass(frozen=True)
class RoleRule:
    """How a role is told in a sentence ("Jeanne est référente de : …"), and its scope."""

    label: Any
    sentence: Any
    scope: Scope | None = None
    may_be_everywhere: bool = True


ROLES = {
    Role.ADMIN: RoleRule(_l("Administrateur"), _l("administratrice ou administrateur")),
    Role.INTERMITTENT_MANAGER: RoleRule(
        _l("Responsable des intermittents"), _l("responsable des intermittents")
    ),
    Role.TREASURER: RoleRule(_l("Trésorier"), _l("trésorière ou trésorier")),
    Role.REFERENT: RoleRule(_l("Référent"), _l("référente ou référent de"), Scope.PRODUCER),
    Role.COORDINATOR: RoleRule(
        _l("Coordinateur"), _l("coordinatrice ou coordinateur de"), Scope.CONTRACT, False
    ),
    Role.PRODUCER: RoleRule(
        _l("Producteur"), _l("productrice ou producteur de"), Scope.PRODUCER, False
    ),
}


def plug_scopes(app: Flask, scope: Scope, choices: Choices) -> None:
    """Say what a role may be limited to: ids and names, in order (the things are not ours)."""
    app.extensions.setdefault(SCOPES, {})[scope] = choices


def scope_choices(session: Session) -> dict[Scope, dict[int, str]]:
    """Return the names of all that a role may be limited to."""
    plugged: dict[Scope, Choices] = current_app.extensions.get(SCOPES, {})
    return {scope: dict(choices(session)) for scope, choices in plugged.items()}


def told(role: Role, scope: str, scope_id: int, known: dict[Scope, dict[int, str]]) -> str:
    """Return "référente ou référent de : Ferme X"."""
    words = str(ROLES[role].sentence)
    if scope:
        name = known.get(Scope(scope), {}).get(scope_id, _("(disparu)"))
    elif ROLES[role].scope is Scope.PRODUCER:
        name = _("tous les producteurs")
    else:
        return words
    return _("%(role)s : %(name)s", role=words, name=name)


def choices(known: dict[Scope, dict[int, str]]) -> dict[str, list[tuple[str, str]]]:
    """Return what may be given, by role: the value of `read_choice` and the sentence."""
    return {
        str(rule.label): [
            (f"{role}:{scope}:{scope_id}", told(role, scope, scope_id, known))
            for scope, scope_id in _scopes(rule, known)
        ]
        for role, rule in ROLES.items()
    }


def _scopes(rule: RoleRule, known: dict[Scope, dict[int, str]]) -> list[tuple[str, int]]:
    if rule.scope is None:
        return [("", 0)]
    everywhere = [("", 0)] if rule.may_be_everywhere else []
    return everywhere + [(str(rule.scope), key) for key in known.get(rule.scope, {})]


def read_choice(text: str) -> tuple[Role, str, int] | None:
    """Return the role, scope and id of a chosen value, None if it is no such thing."""
    role, _colon, scope_and_id = text.partition(":")
    scope, _colon, scope_id = scope_and_id.partition(":")
    if role not in list(Role) or not scope_id.isdecimal() or len(scope_id) > LONGEST_ID:
        return None
    return Role(role), scope, int(scope_id)


def is_possible(role: Role, scope: str, scope_id: int, known: dict[Scope, dict[int, str]]) -> bool:
    """Tell whether a role may be given with that scope."""
    rule = ROLES[role]
    if not scope:
        return scope_id == 0 and (rule.scope is None or rule.may_be_everywhere)
    return rule.scope is not None and scope == rule.scope and scope_id in known.get(rule.scope, {})
