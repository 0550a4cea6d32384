"""oEmbed: what WordPress and others ask when an address is pasted."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from defusedxml import ElementTree
from flask.testing import FlaskClient

from tests.conftest import BrowserFactory

WIDGET = "http://localhost/embed/les-paniers-intermittents"


@pytest.fixture
def client(browse: BrowserFactory) -> FlaskClient:
    return browse().client


def ask(client: FlaskClient, status: int = 200, **query: str) -> Any:
    answer = client.get("/oembed", query_string=query)
    assert answer.status_code == status, answer.text[:300]
    return answer


def test_it_is_one_frame_and_nothing_else(client: FlaskClient) -> None:
    told = ask(client, url=f"{WIDGET}?lieu=Place%20%22A%22&offre=3#x").json

    assert (told["type"], told["version"]) == ("rich", "1.0")
    assert told["provider_name"] == "Mon AMAP"
    assert told["provider_url"] == "http://localhost/"
    assert told["cache_age"] > 0
    [frame] = BeautifulSoup(told["html"], "html.parser").select(":root")
    assert str(told["html"]).startswith("<iframe ")
    assert str(told["html"]).endswith("></iframe>")
    assert frame["src"] == f"{WIDGET}?lieu=Place+%22A%22"
    assert set(frame.attrs) <= {"src", "width", "height", "frameborder", "title"}
    assert (told["width"], told["height"]) == (600, 400)


def test_xml_says_the_same(client: FlaskClient) -> None:
    told = ask(client, url=WIDGET, format="xml")

    root = ElementTree.fromstring(told.data)

    as_json = ask(client, url=WIDGET, format="json").json
    assert root.tag == "oembed"
    assert {one.tag: one.text for one in root} == {
        key: str(value) for key, value in as_json.items()
    }


@pytest.mark.parametrize(
    ("asked", "width"),
    [("320", 320), ("4000", 600), ("0", 100), ("-1", 600), ("", 600), ("²", 600), ("9" * 500, 600)],
)
def test_the_size_fits_what_is_asked(client: FlaskClient, asked: str, width: int) -> None:
    told = ask(client, url=WIDGET, maxwidth=asked, maxheight=asked).json

    assert told["width"] == width
    assert f'width="{width}"' in told["html"]
    assert told["height"] == min(width, 400)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://localhost/",
        "http://localhost/espace-intermittents/reserver",
        "http://localhost/embed/",
        "http://localhost/embed/rien",
        "http://localhost/embed/display-if",
        "http://localhost/embed/les-paniers-intermittents/../../connexion",
        "https://localhost/embed/les-paniers-intermittents",
        "http://localhost.evil.test/embed/les-paniers-intermittents",
        "http://localhost@evil.test/embed/les-paniers-intermittents",
        "http://evil.test/embed/les-paniers-intermittents",
        "//localhost/embed/les-paniers-intermittents",
        "http://[::/embed/les-paniers-intermittents",
        "javascript:alert(1)",
        f"{WIDGET}?{'&'.join('a=1' for _ in range(1000))}",
    ],
)
def test_other_addresses_are_not_found(client: FlaskClient, address: str) -> None:
    assert "ne peut pas être montré" in ask(client, 404, url=address).text


def test_other_formats_are_not_known(client: FlaskClient) -> None:
    assert "format=json" in ask(client, 501, url=WIDGET, format="yaml").text
