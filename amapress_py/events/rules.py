"""What events are called, who creates, announces and holds them; pure."""

from collections.abc import Collection
from dataclasses import dataclass

from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.models import ContractState
from amapress_py.contracts.rules import may_edit
from amapress_py.errors import DomainError
from amapress_py.events.models import EventKind
from amapress_py.i18n import _l

KINDS = {
    EventKind.SIGNING: _l("Permanence de signature"),
    EventKind.PARTY: _l("Distribution festive"),
    EventKind.COMMITTEE: _l("Réunion du collectif"),
    EventKind.ASSEMBLY: _l("Assemblée générale"),
    EventKind.FEES: _l("Collecte des cotisations"),
    EventKind.VISIT: _l("Visite à la ferme"),
}
MANAGERS = (Role.REFERENT, Role.COORDINATOR, Role.TREASURER)
SHOWN = (ContractState.OPEN, ContractState.ARCHIVED)  # what a draft promises is not told yet


class Cancelled(DomainError):
    """A cancelled event is neither changed nor announced."""

    message = _l("Cet événement est annulé : rien n’est changé.")


class Over(DomainError):
    """What is over is not announced, nor cancelled."""

    message = _l("Cet événement est passé : rien n’est envoyé.")


class NotOpen(DomainError):
    """People are called to sign what can be signed."""

    message = _l(
        "Ce contrat n’est pas actif : on ne peut pas encore le signer. Activez-le, puis annoncez."
    )


class AlreadyAnnounced(DomainError):
    """A double click, or somebody else announced it."""

    message = _l("Cet événement est déjà annoncé : personne ne reçoit un deuxième courriel.")


class WrongContract(DomainError):
    """A signing session is a contract's, other events are not."""

    status = 422
    message = _l("Choisissez le contrat que l’on vient signer ; pour un autre genre, aucun.")


class NobodyToTell(DomainError):
    """Nobody would read the mail."""

    message = _l("Personne n’a d’adresse mail à qui l’annoncer.")


@dataclass(frozen=True)
class Owner:
    """To what an event belongs: a contract and its producer, or (0) the AMAP."""

    contract_id: int = 0
    producer_id: int = 0


AMAP = Owner()


def may_manage(viewer: Viewer, kind: EventKind, owner: Owner) -> bool:
    """Tell whether the viewer creates, announces, cancels and holds an event."""
    if viewer.is_admin:
        return True
    if kind is EventKind.FEES:
        return viewer.has_role(Role.TREASURER)
    if kind is not EventKind.SIGNING or not owner.contract_id:
        return False
    return may_edit(viewer, owner.producer_id) or viewer.is_in_scope(
        Role.COORDINATOR, Scope.CONTRACT, owner.contract_id
    )


def kinds_of(viewer: Viewer) -> list[EventKind]:
    """Return the kinds of which the viewer may create at least one."""
    if viewer.is_admin:
        return list(EventKind)
    found = []
    if viewer.has_role(Role.REFERENT, Role.COORDINATOR):
        found.append(EventKind.SIGNING)
    if viewer.has_role(Role.TREASURER):
        found.append(EventKind.FEES)
    return found


def holds_all(viewer: Viewer) -> bool:
    """Tell whether the viewer holds the signing sessions of every contract."""
    return viewer.is_admin or (Role.REFERENT, "", 0) in viewer.grants


def own_producers(viewer: Viewer) -> Collection[int]:
    """Return the producers of whom the viewer is a référent."""
    own = (Role.REFERENT, Scope.PRODUCER)
    return {key for role, scope, key in viewer.grants if (role, scope) == own}


def own_contracts(viewer: Viewer) -> Collection[int]:
    """Return the contracts that the viewer coordinates."""
    own = (Role.COORDINATOR, Scope.CONTRACT)
    return {key for role, scope, key in viewer.grants if (role, scope) == own}
