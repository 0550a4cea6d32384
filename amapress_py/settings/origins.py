"""Other sites, as a browser compares them: protocol, name, port, and nothing behind."""

import re
from urllib.parse import SplitResult, urlsplit

MOST_SITES = 50
LONGEST_LINE = 300
USUAL_PORTS = {"http": 80, "https": 443}
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*")


def lines(text: str) -> list[str]:
    """Return the lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def origin(typed: str) -> str:
    """Return "https://www.mairie.fr" of a site's bare address; raise ValueError for anything else.

    What comes back is safe in a header: letters, digits, points, hyphens and one port.
    """
    parts = _split(typed)
    if parts.path not in ("", "/") or parts.query or parts.fragment or typed.endswith(("?", "#")):
        raise ValueError(typed)
    return _origin(parts)


def meant(typed: str) -> str:
    """Return the site's bare address that somebody meant, "" if that cannot be told."""
    try:
        return _origin(_split(typed if "://" in typed else f"https://{typed}"))
    except ValueError:
        return ""


def origins(text: str) -> list[str]:
    """Return the sites of a list, one a line, each once; a wrong line says nothing."""
    found: dict[str, None] = {}
    for line in lines(text)[:MOST_SITES]:
        try:
            found[origin(line)] = None
        except ValueError:
            continue
    return list(found)


def _split(address: str) -> SplitResult:
    if len(address) > LONGEST_LINE:
        raise ValueError(address[:LONGEST_LINE])
    return urlsplit(address)


def _origin(parts: SplitResult) -> str:
    usual_port = USUAL_PORTS.get(parts.scheme)
    host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    if usual_port is None or "@" in parts.netloc or not HOST.fullmatch(host):
        raise ValueError(parts.netloc)
    port = "" if parts.port in (None, usual_port) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
