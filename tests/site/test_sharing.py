"""Nothing that one person sees may be kept for others: what every answer says to caches."""

import pytest

from amapress_py.cms.cache import KEPT_ELSEWHERE
from tests.site.routes import routes
from tests.site.world import ROLES, World

FOR_NOBODY_ELSE = "private, no-store"
FILES = ("theme.", "media.", "embed.", "agenda.")  # each has tests of its own


@pytest.mark.parametrize("role", [role for role in ROLES if role != "visitor"])
def test_what_a_connected_person_sees_is_kept_by_no_cache(world: World, role: str) -> None:
    client = world.client(role)
    wrong = {}
    for route in routes(world, "GET"):
        if route.rule.endpoint.startswith(FILES):
            continue
        said = client.get(world.address(route.rule)).headers["Cache-Control"]
        if said != FOR_NOBODY_ELSE:
            wrong[route.name] = said
    assert not wrong


def test_only_pages_for_everybody_are_kept_for_visitors(world: World) -> None:
    kept = {
        route.name
        for route in routes(world, "GET")
        if not route.rule.endpoint.startswith(FILES)
        and world.client("visitor").get(world.address(route.rule)).headers["Cache-Control"]
        != FOR_NOBODY_ELSE
    }

    files = {"GET /flux.xml", "GET /robots.txt", "GET /sitemap.xml"}
    assert kept <= {"GET /", "GET /<path:path>", *files}
    answer = world.client("visitor").get("/glossaire")
    assert answer.headers["Cache-Control"] == KEPT_ELSEWHERE
    assert "Set-Cookie" not in answer.headers
