"""The web site and back office of an AMAP."""

from pathlib import Path

# A wheel carries shortcodes/, pages/ and themes/ inside this package; in a
# checkout they lie beside it.  Either way they import as amapress_py.<name>.
if not (Path(__file__).parent / "shortcodes").is_dir():
    __path__.append(str(Path(__file__).parent.parent))


def create_app(*args: object, **kwargs: object) -> object:
    """Build the application; see amapress_py.app (imported late: the engine alone stays light)."""
    from amapress_py import app

    return app.create_app(*args, **kwargs)  # type: ignore[arg-type]
