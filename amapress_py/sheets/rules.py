"""Who may read the documents of a producer's contracts."""

from collections.abc import Collection

from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules

READERS = (*rules.SEES_CONTRACTS, Role.PRODUCER)


def is_producer(viewer: Viewer, producer_id: int) -> bool:
    """Tell the producer himself; that role is never held everywhere."""
    return (Role.PRODUCER, Scope.PRODUCER, producer_id) in viewer.grants


def may_read(viewer: Viewer, producer_id: int) -> bool:
    """Tell whether the viewer reads what is delivered: not whom to write to, nor phones."""
    return rules.may_read(viewer, producer_id) or is_producer(viewer, producer_id)


def producers_in_scope(viewer: Viewer) -> Collection[int] | None:
    """Return the producers whose deliveries the viewer reads; None: all of them."""
    scope = rules.producers_in_scope(viewer)
    if scope is None:
        return None
    own = (Role.PRODUCER, Scope.PRODUCER)
    return {*scope, *(key for role, kind, key in viewer.grants if (role, kind) == own)}
