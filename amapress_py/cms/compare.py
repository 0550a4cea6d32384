"""Two texts side by side, line by line."""

from difflib import SequenceMatcher
from typing import NamedTuple

MOST_LINES = 3000  # beyond, finding what is common would take too long
CONTEXT = 2  # common lines shown around what differs


class Line(NamedTuple):
    """A line of each text (None: it has none there); `kind`: same, changed or gap."""

    kind: str
    left: str | None
    right: str | None


def side_by_side(left: str, right: str) -> list[Line]:
    """Return the lines of both texts next to each other; long common passages become a gap."""
    one, other = left.splitlines(), right.splitlines()
    if len(one) + len(other) > MOST_LINES:
        return [Line("changed", left, right)]
    found: list[Line] = []
    for operation, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if operation == "equal":
            found += _common(one[a:b], is_first=a == 0, is_last=b == len(one))
            continue
        for index in range(max(b - a, d - c)):
            mine = one[a + index] if a + index < b else None
            his = other[c + index] if c + index < d else None
            found.append(Line("changed", mine, his))
    return found


def _common(lines: list[str], is_first: bool, is_last: bool) -> list[Line]:
    before = 0 if is_first else CONTEXT
    after = 0 if is_last else CONTEXT
    if len(lines) <= before + after + 1:
        return [Line("same", line, line) for line in lines]
    shown = [Line("same", line, line) for line in lines]
    return [*shown[:before], Line("gap", None, None), *shown[len(shown) - after :]]
