"""Password hashes: scrypt, with the same work for an address that nobody has."""

import unicodedata

from werkzeug.security import check_password_hash, generate_password_hash

METHOD = "scrypt:32768:8:1"
NOBODY = f"{METHOD}$nobody${'0' * 128}"  # no password gives this
LEAST = 10
MOST = 200


def _same_spelling(password: str) -> str:
    """Return one form for what different keyboards write differently (é in one sign or two)."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """Return the hash to keep."""
    return generate_password_hash(_same_spelling(password), METHOD)


def is_right(kept: str | None, password: str) -> bool:
    """Compare with a kept hash; None takes as long and is never right."""
    return check_password_hash(kept or NOBODY, _same_spelling(password)[:MOST])
