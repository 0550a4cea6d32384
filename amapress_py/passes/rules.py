"""How long a pass lives, and the code that is told at the table."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

KEPT = timedelta(days=7)  # after the delivery; then the friend's name and phone are forgotten
# Nothing that is read or heard as something else: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
SIGNS = "34679ACDEFGHJKMNPQRTWXY"
CODE_LENGTH = 4


def new_code(taken: Collection[str]) -> str:
    """Return a code that no other pass of that delivery has."""
    while True:
        code = "".join(secrets.choice(SIGNS) for _sign in range(CODE_LENGTH))
        if code not in taken:
            return code


def is_over(ends_at: datetime, now: datetime) -> bool:
    """Tell whether a pass of a delivery that ended then is gone."""
    return now >= ends_at + KEPT
