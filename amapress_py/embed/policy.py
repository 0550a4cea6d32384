"""What a browser may do with a widget: who may frame it, what it may load."""

from urllib.parse import urlsplit

from amapress_py import settings, web
from amapress_py.settings.origins import origins

SECONDS = 60  # how long browsers and proxies keep a widget


def own_origin() -> str:
    """Return protocol and name of this site."""
    parts = urlsplit(web.config().base_url)
    return f"{parts.scheme}://{parts.netloc}"


def allowed_sites() -> list[str]:
    """Return the sites on which an administrator lets our widgets show."""
    return origins(settings.current().embed_sites)


def content_policy() -> str:
    """Return the policy of a widget.

    Our own name stands beside 'self', which means nothing in a sandboxed frame of some browsers.
    """
    own = f"'self' {own_origin()}"
    ancestors = " ".join(("'self'", *allowed_sites()))
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; font-src {own};"
        f" img-src {own} data:; base-uri 'none'; form-action 'none';"
        f" frame-ancestors {ancestors}"
    )


def headers() -> dict[str, str]:
    """Return the headers of a widget: everybody gets the same, so that anyone may keep it."""
    return {
        "Content-Security-Policy": content_policy(),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": f"public, max-age={SECONDS}",
        "X-Robots-Tag": "noindex",
    }
