"""The routes of the application, and what one needs to call them."""

from dataclasses import dataclass

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.site.answers import LOG_IN, Status
from tests.site.world import World


@dataclass(frozen=True)
class Route:
    """One method of one rule."""

    method: str
    rule: Rule

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"


def routes(world: World, *methods: str) -> list[Route]:
    """Return the routes of the application, those of some methods if asked."""
    found = [
        Route(method, rule)
        for rule in world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if not methods or method in methods
    ]
    return sorted(found, key=lambda route: route.name)


def token(client: FlaskClient) -> str:
    """Return the token of the forms that this browser sees."""
    for page in ("/mon-profil", "/connexion"):
        field = BeautifulSoup(client.get(page).data, "html.parser").find(
            "input", {"name": "csrf_token"}
        )
        if field is not None:
            return str(field["value"])
    raise LookupError("csrf_token")


def status_of(response: TestResponse) -> Status:
    if response.status_code == 303 and response.location.startswith("/connexion"):
        return LOG_IN
    return response.status_code
