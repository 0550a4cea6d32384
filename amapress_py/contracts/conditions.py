"""How contracts ask whether a household may sign at all (it may have to belong to the AMAP)."""

from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy.orm import Session

from amapress_py.errors import DomainError

CONDITION = "amapress_condition_to_sign"
Condition = Callable[[Session, int], DomainError | None]  # session, household


def plug_condition(app: Flask, condition: Condition) -> None:
    """Say what a household needs to sign: the refusal that it deserves, or None."""
    app.extensions[CONDITION] = condition


def refusal(session: Session, household_id: int) -> DomainError | None:
    """Return why a household may not sign, or None."""
    condition: Condition | None = current_app.extensions.get(CONDITION)
    return condition(session, household_id) if condition else None
