"""Two editors at one page: what each set since both opened it; pure.

What an editor left as he found it keeps the value that it has by now, so that an old tab neither
moves a page back in the menu nor lifts a protection.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

SETTINGS = (
    *("title", "path", "parent_id", "in_menu", "menu_label", "position"),
    *("state", "publish_at", "audience", "redirect_page_id"),
)
MOST_SEEN = 4000  # characters of what a form carries

Seen = Mapping[str, Any]
Draft = TypeVar("Draft", bound=Any)


def seen_of(page: Any) -> dict[str, Any]:
    """Return what a page's screen shows beside its text, in values of JSON."""
    found = {name: _plain(getattr(page, name)) for name in SETTINGS}
    return found | {"position": page.position if page.in_menu else None}


def written(seen: Seen) -> str:
    """Return what a form carries along."""
    return json.dumps(seen)


def read(text: str) -> dict[str, Any]:
    """Return what a form carried along; empty for what is altered."""
    if len(text) > MOST_SEEN:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def merge(draft: Draft, seen: Seen, page: Any) -> tuple[Draft, list[str]]:
    """Return what was typed with the others as they are now, and what both editors set.

    Without `seen` all that was typed counts.
    """
    now = seen_of(page)
    kept: dict[str, Any] = {}
    disputed = []
    for name in SETTINGS:
        typed = _plain(getattr(draft, name))
        if name not in seen or typed == now[name] or now[name] == seen[name]:
            continue
        if is_left(draft, seen, name):
            kept[name] = None if name == "position" and now[name] is None else getattr(page, name)
        elif name != "position" or draft.in_menu:
            disputed.append(name)
    return replace(draft, **kept), disputed


def is_left(draft: Any, seen: Seen, name: str) -> bool:
    """Tell whether an editor left a setting as his screen showed it."""
    return name in seen and bool(_plain(getattr(draft, name)) == seen[name])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return value.strip("/ ") if isinstance(value, str) else value
