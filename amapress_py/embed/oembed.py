"""oEmbed (oembed.com): from the address of a widget to the frame that shows it."""

from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from amapress_py import settings, web
from amapress_py.embed.widgets import Widget

WIDTH, HEIGHT = 600, 400  # pixels
LEAST = 100
CACHE_SECONDS = 3600
FRAME = Markup(
    '<iframe src="{src}" title="{title}" width="{width}" height="{height}" frameborder="0">'
    "</iframe>"
)


def size(asked: str, usual: int) -> int:
    """Return a width or height that fits `asked`, the usual one for what is no number."""
    is_number = asked.isascii() and asked.isdecimal() and len(asked) < 6
    return max(LEAST, min(usual, int(asked))) if is_number else usual


def answer(widget: Widget, most_width: str, most_height: str) -> dict[str, Any]:
    """Return what a consumer is told of a widget."""
    width, height = size(most_width, WIDTH), size(most_height, HEIGHT)
    frame = FRAME.format(src=widget.url, title=widget.title, width=width, height=height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": widget.title,
        "provider_name": settings.current().site_name,
        "provider_url": web.absolute("/"),
        "cache_age": CACHE_SECONDS,
        "width": width,
        "height": height,
        "html": str(frame),
    }


def as_xml(told: dict[str, Any]) -> bytes:
    """Write an answer as XML."""
    root = ElementTree.Element("oembed")
    for name, value in told.items():
        ElementTree.SubElement(root, name).text = str(value)
    found: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found
