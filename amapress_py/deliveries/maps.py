"""Ways to a place: links that the reader follows if he likes; nothing is fetched from a map."""

import re
from dataclasses import dataclass
from urllib.parse import quote

MAP = "https://www.openstreetmap.org"
NORTH, EAST = 90, 180  # the most that a latitude and a longitude can be
DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?")
DECIMALS = 6  # a tenth of a metre


@dataclass(frozen=True)
class Ways:
    """Addresses that open a map: in the browser, with a route, in the telephone's own program."""

    map_url: str
    route_url: str
    geo_url: str


def read_degrees(text: str, most: int) -> float:
    """Return "48,8534" (or "48.8534°") as a number; raise ValueError beyond `most` degrees."""
    plain = text.strip().removesuffix("°").strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")
    if not DEGREES.fullmatch(plain) or abs(float(plain)) > most:
        raise ValueError(text)
    return round(float(plain), DECIMALS)


def degrees(number: float) -> str:
    """Return "48.8534", never "1e-05"."""
    return f"{number:.{DECIMALS}f}".rstrip("0").removesuffix(".")


def ways(
    name: str, address: str, latitude: float | None = None, longitude: float | None = None
) -> Ways | None:
    """Return the ways to a pin, else to a postal address; None if neither is known."""
    if latitude is not None and longitude is not None:
        pin = f"{degrees(latitude)},{degrees(longitude)}"
        return Ways(
            f"{MAP}/?mlat={degrees(latitude)}&mlon={degrees(longitude)}#map=17/"
            + pin.replace(",", "/"),
            f"{MAP}/directions?to={quote(pin)}",
            f"geo:{pin}?q={pin}({quote(name, safe='')})",
        )
    words = quote(" ".join(address.split()), safe="")
    if not words:
        return None
    return Ways(f"{MAP}/search?query={words}", f"{MAP}/directions?to={words}", f"geo:0,0?q={words}")
