"""Links of a widget: they lead to our site in a window of its own, wherever the frame stands."""

from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from markupsafe import Markup


def outward(html: Markup, page: str) -> Markup:
    """Make the links of what a shortcode made absolute, from the address `page`."""
    soup = BeautifulSoup(html, "html.parser")
    for link in soup.select("a[href]"):
        target = str(link["href"])
        if target.startswith("#"):
            continue
        link["href"] = address = urljoin(page, target)
        if urlsplit(address).scheme in {"http", "https"}:
            link["target"], link["rel"] = "_blank", "noopener"
    return Markup(str(soup))  # noqa: S704  what templates escaped, written again
