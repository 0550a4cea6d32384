"""Where the site's folders (shortcodes/, pages/, themes/) are."""

from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent


def site_root() -> Path:
    """Return the folder that holds shortcodes/, pages/ and themes/."""
    return PACKAGE if (PACKAGE / "shortcodes").is_dir() else PACKAGE.parent


def site_folders(name: str, own: Path | None) -> Iterator[Path]:
    """Yield the existing folders called `name`, the AMAP's own first."""
    for root in filter(None, (own, site_root())):
        if (root / name).is_dir():
            yield root / name
