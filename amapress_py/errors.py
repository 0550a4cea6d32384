"""Refusals that a user may read; anything else that is raised is a bug."""

from typing import Any


class DomainError(Exception):
    """A broken rule, told in a French sentence; subclasses set `message`."""

    message: Any = ""
    status = 409

    def __init__(self, message: Any = None) -> None:
        super().__init__()
        if message is not None:
            self.message = message

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The person may not do this; the default when nothing grants it."""

    status = 403

    def __init__(self, message: Any = None) -> None:
        from amapress_py.i18n import _

        super().__init__(message or _("Vous n’avez pas le droit de faire cela."))


class NotFound(DomainError):
    """The thing is gone, or never was, or is none of this person's business."""

    status = 404

    def __init__(self, message: Any = None) -> None:
        from amapress_py.i18n import _

        super().__init__(message or _("Cet élément n’existe plus."))
