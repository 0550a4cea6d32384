"""Colours as "#rrggbb", and how well one is read on another (WCAG 2.2, success criterion 1.4.3)."""

import re
from collections.abc import Callable, Iterator

COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
STEPS = 255
BLACK, WHITE = "#000000", "#ffffff"


def parsed(text: str) -> str | None:
    """Return "#rrggbb" for "#abc" or "#AABBCC", None for anything else."""
    wanted = text[:20].strip().lower()
    if len(text) > 20 or not COLOUR.fullmatch(wanted):
        return None
    return wanted if len(wanted) == 7 else "#" + "".join(sign * 2 for sign in wanted[1:])


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Return the relative luminance: 0 for black, 1 for white."""
    shares = (value / 255 for value in channels(colour))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours: 1 (the same) to 21 (black and white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def nearest(colour: str, passes: Callable[[str], bool]) -> str | None:
    """Return the colour nearest to this one, darker or lighter, that passes; None if none does."""
    found = (next(filter(passes, _towards(colour, end)), None) for end in (BLACK, WHITE))
    return min(filter(None, found), key=lambda one: _distance(colour, one), default=None)


def _towards(colour: str, end: str) -> Iterator[str]:
    pairs = list(zip(channels(colour), channels(end), strict=True))
    for step in range(STEPS + 1):
        mixed = [round(start + (stop - start) * step / STEPS) for start, stop in pairs]
        yield "#{:02x}{:02x}{:02x}".format(*mixed)


def _distance(one: str, other: str) -> int:
    return sum((a - b) ** 2 for a, b in zip(channels(one), channels(other), strict=True))
