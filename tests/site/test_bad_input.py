"""Nonsense in every field of every form: a French answer, never an error of ours."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.site.routes import routes, token
from tests.site.world import World

Fields = dict[str, list[str]]

ASKED = (  # what lists read of an address
    *("q", "page", "etat", "role", "lieu", "contrat", "du", "au", "personne", "offre"),
    *("amapien", "suite", "pour", "tri-offres", "page-offres", "q-offres", "q-reserver"),
    *("page-reserver", "tri-reserver", "page-absence", "q-absence", "page-signes"),
    *("le", "groupe", "quand", "voir", "q-familles", "page-familles", "q-foyers"),
)

FORM = "application/x-www-form-urlencoded"
FRENCH = {200, 303, 400, 403, 404, 409, 410, 413, 422, 429}
OURS = {"csrf_token", "suite"}
COUNTED = {"throttle"}  # how often a password was wrong is written down
PAGES = {
    f"/espace-intermittents/{name}"
    for name in ("absence", "inscription", "mes-paniers-echanges", "reserver")
}

NONSENSE = {
    "long": "x" * 5000,
    "many lines": "\r\n" * 3000,
    "signs": "🥕\u200d👧 \u202e\u0645\u0631\u062d abc \u2066 \x01\x1b[31m\x7f\u2028",
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "huge number": "9" * 400,
    "endless number": "9" * 5000,
    "number behind a small one": "000000001" + "9" * 20,
    "role of nothing": "referent:producer:" + "9" * 5000,
    "number of no key": str(2**31),
    "negative": "-1",
    "superscript": "²",
    "other digits": "١٢٣",
    "infinite": "1e999",
    "no day": "2026-02-30",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "no hour": "25:61",
    "markup": "//evil.example/<script>alert(1)</script>\"'{{ 7*7 }}[display-if role=x]%s\\",
    "header": "a@b.fr\r\nBcc: c@d.fr",
    "empty": "",
}
IN_ADDRESSES = (
    *("long", "signs", "NUL", "lone surrogate", "endless number", "number of no key"),
    *("number behind a small one", "superscript", "other digits", "last day", "markup"),
)
SHARES = 3  # a form gets a third of the kinds, its neighbours the others; --thorough: all
ONE_AT_A_TIME = ("NUL", "number of no key", "endless number", "last day")


@pytest.fixture(scope="module")
def forms(world: World) -> dict[str, Fields]:
    """Return, for each address that takes a form, its fields with what they hold.

    What no page shows just now gets some likely fields.
    """
    found: dict[str, Fields] = {}
    for role in ("visitor", "intermittent", "member", "admin"):
        client = world.client(role)
        for address in pages(world):
            answer = client.get(address)
            if answer.mimetype != "text/html":
                continue
            for form in BeautifulSoup(answer.data, "html.parser").select("form"):
                if form.get("method") == "post":
                    fields = found.setdefault(str(form.get("action") or address), {})
                    fields |= {str(one["name"]): [_value(one)] for one in form.select("[name]")}
    likely = ("version", "date", "name", "price", "product_id", "motif", "role", "etat")
    for route in routes(world, "POST"):
        found.setdefault(world.address(route.rule), {name: [""] for name in likely})
    del found["/deconnexion"]
    return {
        address: {name: fields[name] for name in fields.keys() - OURS}
        for address, fields in sorted(found.items())
    }


def pages(world: World) -> list[str]:
    """Return the addresses of all that can be read."""
    return sorted({world.address(route.rule) for route in routes(world, "GET")} | PAGES)


def _value(field: Tag) -> str:
    if field.name == "textarea":
        return field.get_text()
    if field.name == "select":
        chosen = field.select_one("option[selected]") or field.select_one("option")
        return str(chosen["value"]) if chosen is not None else ""
    return str(field.get("value", ""))


def bodies(fields: Fields, kind: str, *, every: bool) -> Iterator[Fields]:
    """Yield what is sent: nonsense in all fields, and for some kinds in one at a time.

    Unless `every` field shall get them alone, each other one does.
    """
    yield {name: [NONSENSE[kind]] for name in fields}
    if kind in ONE_AT_A_TIME:
        for name in sorted(fields)[:: 1 if every else 2]:
            yield {**fields, name: [NONSENSE[kind]]}


def send(client: FlaskClient, address: str, signed: str, fields: Fields) -> TestResponse:
    """Send a form, whatever its fields hold."""
    body = urlencode({"csrf_token": signed, **fields}, doseq=True, errors="surrogatepass")
    return client.post(address, data=body, content_type=FORM)


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_refused_in_french_and_changes_nothing(
    world: World, forms: dict[str, Fields], kind: str, pytestconfig: pytest.Config
) -> None:
    is_thorough = pytestconfig.getoption("--thorough")
    client = world.client("admin")
    signed = token(client)
    wrong: list[tuple[str, Fields, int | str]] = []
    turn, step = (0, 1) if is_thorough else (list(NONSENSE).index(kind) % SHARES, SHARES)
    for address, fields in list(forms.items())[turn::step]:
        for body in bodies(fields, kind, every=is_thorough):
            answer = send(client, address, signed, body)
            refused = answer.status_code >= 400
            if answer.status_code not in FRENCH or (refused and 'lang="fr"' not in answer.text):
                wrong.append((address, body, answer.status_code))
            changed = world.changes()
            if changed:
                if refused and changed - COUNTED:
                    wrong.append((address, body, answer.status_code))
                if not refused and client.get(answer.location or "/").status_code >= 500:
                    wrong.append((address, body, "shown"))
                world.restore()
    assert not wrong


CARRIES_A_LIST = {
    "POST /admin/intermittents/import/confirmer"
}  # of 2 000 persons, from its preview


@pytest.mark.parametrize("megabytes", [2, 10])
def test_a_form_too_large_is_refused(world: World, megabytes: int) -> None:
    client = world.client("admin")
    signed = token(client)
    for route in routes(world, "POST"):
        answer = send(
            client, world.address(route.rule), signed, {"body": ["x" * megabytes * 10**6]}
        )
        if route.name in CARRIES_A_LIST:
            assert 400 <= answer.status_code < 500
        elif answer.status_code != 404 or not route.rule.arguments & {"token", "key"}:
            assert answer.status_code == 413, route.name
            assert re.search("trop (gros|lourd|long|volumineux)", answer.text), route.name
        assert not world.is_changed(), route.name


@pytest.mark.parametrize("kind", IN_ADDRESSES)
def test_nonsense_in_an_address_is_no_error(world: World, kind: str) -> None:
    client = world.client("admin")
    nonsense = NONSENSE[kind][:2000]
    query = urlencode(dict.fromkeys(ASKED, nonsense), errors="surrogatepass")
    for address in pages(world):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code in FRENCH, (address, answer.status_code)
    assert not world.is_changed()
