"""Who may read the documents of a producer's contracts."""

import datetime as dt
from collections.abc import Collection

from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules

MORNING = dt.time(7)  # in Paris, when mails about a day leave: nobody's telephone rings at midnight
READERS = (*rules.SEES_CONTRACTS, Role.PRODUCER)


def may_read(viewer: Viewer, producer_id: int) -> bool:
    """Tell whether the viewer reads what is delivered: not whom to write to, nor phones."""
    return rules.may_read(viewer, producer_id) or producer_id in own_producers(viewer)


def producers_in_scope(viewer: Viewer) -> Collection[int] | None:
    """Return the producers whose deliveries the viewer reads; None: all of them."""
    scope = rules.producers_in_scope(viewer)
    return None if scope is None else {*scope, *own_producers(viewer)}


def own_producers(viewer: Viewer) -> set[int]:
    """Return the producers that the viewer is himself."""
    own = (Role.PRODUCER, Scope.PRODUCER)
    return {key for role, kind, key in viewer.grants if (role, kind) == own}
