"""A shortcode alone in a frame: the same for everybody, nothing personal, links to our pages."""

import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py import db, settings
from amapress_py.accounts.models import Role
from amapress_py.deliveries.maps import MAP
from amapress_py.embed.widgets import embeddable
from amapress_py.exchange import services
from amapress_py.exchange.steps import Actor
from tests.back_office import MOST_STATEMENTS, counted
from tests.conftest import BrowserFactory
from tests.embed.conftest import TOWN
from tests.factories import Make

SITE = "http://localhost"
SPACE = f"{SITE}/espace-intermittents"
BASKETS = "/embed/les-paniers-intermittents"
NONSENSE = {
    "long": "x" * 10_000,
    "markup": "\"'><script>alert(1)</script>{{ 7*7 }}[display-if role=x]%s",
    "NUL": "a\0b",
    "lone surrogate": b"\xed\xa0\x80",
    "signs": "🥕\u202e\x01\x1b",
    "number": "9" * 500,
    "address": "https://evil.test/",
}
DOORS = {
    "echanger-paniers-list": ("Céder mon panier", f"{SPACE}/absence"),
    "intermittents-inscription": ("Devenir intermittent", f"{SPACE}/inscription"),
    "intermittents-inscription?view=other": ("Inscrire un intermittent", f"{SPACE}/inscription"),
    "intermittents-desinscription": ("Se désinscrire", f"{SITE}/intermittents/desinscription"),
    "intermittent-desinscription-href": ("Se désinscrire", f"{SITE}/intermittents/desinscription"),
    "amapien-paniers-intermittents": ("Mes paniers proposés", f"{SPACE}/mes-paniers-echanges"),
    "amapien-paniers-intermittents-count": (
        "Mes paniers proposés",
        f"{SPACE}/mes-paniers-echanges",
    ),
    "intermittent-paniers": ("Mes paniers réservés", f"{SPACE}/mes-paniers-echanges"),
}


def soup(answer: TestResponse) -> BeautifulSoup:
    assert answer.status_code == 200, answer.text[:500]
    return BeautifulSoup(answer.data, "html.parser")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_baskets_show_date_basket_place_quantity_price_and_a_link(
    make: Make, client: FlaskClient
) -> None:
    offer = make.offer(make.member("Anna"), message="Code du portail 4712")
    make.request(offer, make.intermittent("Bruno"))

    page = soup(client.get(BASKETS))

    cells = [cell.get_text(" ", strip=True) for cell in page.select("tbody td")]
    place = offer.delivery.place.short_name
    assert cells[:5] == ["26/11/2026", "Légumes", place, "1/2 Panier", "10,00\xa0€"]
    link = page.select_one("tbody a")
    assert link is not None
    assert link.get_text(" ", strip=True) == "Je suis intéressé – 26/11/2026"
    assert link["href"] == f"{SPACE}/reserver?offre={offer.id}"
    assert (link["target"], link["rel"]) == ("_blank", ["noopener"])
    for person in (offer.offered_by, *(one.person for one in offer.requests)):
        for secret in (person.first_name, person.last_name, person.phone, "4712"):
            assert secret not in page.get_text()


def test_no_name_and_no_message_is_even_read(app: Flask, make: Make, client: FlaskClient) -> None:
    make.offer(message="Code du portail 4712")
    client.get(BASKETS)

    with counted(app) as said:
        soup(client.get(BASKETS))

    assert len(said) <= MOST_STATEMENTS
    assert not re.search(r"message|first_name|last_name|email|phone|FROM person", " ".join(said))


def test_ten_times_the_baskets_take_no_more_statements(
    app: Flask, make: Make, client: FlaskClient
) -> None:
    counts = []
    for more in (1, 21):
        for _ in range(more):
            make.offer()
        client.get(BASKETS)
        with counted(app) as said:
            page = soup(client.get(BASKETS))
        counts.append(len(said))

    assert counts[0] == counts[1]
    assert len(page.select("tbody tr")) == 20
    assert "Voir encore 2 paniers" in page.get_text()


def test_parameters_narrow_as_on_a_page_and_strange_ones_do_nothing(
    make: Make, client: FlaskClient
) -> None:
    bread = make.contract("Pain", products={"Boule": 450}, places=[make.place("Pernety")])
    make.offer(make.member(contract=bread))
    make.offer()

    def baskets(query: str) -> list[str]:
        found = soup(client.get(f"{BASKETS}?{query}"))
        return [cell.get_text() for cell in found.select("td[data-label=Panier]")]

    assert sorted(baskets("")) == ["Légumes", "Pain"]
    assert baskets("lieu=pernety") == ["Pain"]
    assert baskets("contrat_nom=legumes&lieu=") == ["Légumes"]
    assert baskets("lieu=ailleurs") == []
    assert len(baskets("show_waiting=peut-être&page-reserver=7&offre=1&zzz=1&tri-reserver=x")) == 2


def test_what_is_taken_or_promised_has_no_button_of_its_own(
    session: Session, make: Make, client: FlaskClient
) -> None:
    taken = make.offer()
    request = make.request(taken)
    services.accept_request(session, Actor.of(taken.offered_by), request.id)
    owner = make.member("Olga")
    services.offer_basket(
        session, Actor.of(owner), make.coming_delivery(owner).id, taker_id=make.intermittent().id
    )
    session.commit()

    states = soup(client.get(f"{BASKETS}?show_waiting=oui")).select("td.actions")
    texts = [state.get_text(" ", strip=True) for state in states]

    assert texts == [
        "Réservé Me mettre en liste d’attente – 26/11/2026",
        "En attente de validation",
    ]
    assert len(soup(client.get(BASKETS)).select("tbody tr")) == 1


def test_without_a_basket_it_says_what_to_do(client: FlaskClient) -> None:
    page = soup(client.get(BASKETS))

    assert "Aucun panier n’est à réserver" in page.get_text()
    link = page.select_one(".empty a")
    assert link is not None
    assert link["href"] == f"{SPACE}/inscription"


def test_the_count_is_that_of_everybody(make: Make, client: FlaskClient) -> None:
    make.offer()
    make.offer()

    page = soup(client.get("/embed/les-paniers-intermittents-count"))

    assert page.select("main p")[0].get_text(strip=True) == "2 paniers à réserver"


@pytest.mark.parametrize("asked", DOORS)
def test_what_needs_a_log_in_is_one_sentence_and_a_button(client: FlaskClient, asked: str) -> None:
    label, address = DOORS[asked]

    page = soup(client.get(f"/embed/{asked}"))

    assert page.select("main p")[0].get_text(strip=True)
    [button] = page.select("main a.button")
    assert (button.get_text(strip=True), button["href"]) == (label, address)


def test_every_embeddable_shortcode_shows_only_what_is_public(
    app: Flask, make: Make, client: FlaskClient
) -> None:
    offer = make.offer(make.member("Anna"), message="Code du portail 4712")
    make.request(offer, make.intermittent("Bruno"))
    with app.test_request_context():
        tags = [one.tag for one in embeddable()]
    assert set(DOORS) - {"intermittents-inscription?view=other"} <= set(tags)

    for tag in tags:
        answer = client.get(f"/embed/{tag}")
        page = soup(answer)
        assert not page.select("form, input, button, header, nav, style, [style]"), tag
        assert not page.select(".shortcode-error"), tag
        assert "csrf" not in answer.text, tag
        for secret in (
            "Anna",
            "Bruno",
            "4712",
            offer.offered_by.email or "@",
            offer.offered_by.phone,
        ):
            assert secret not in answer.text, tag
        for link in page.select("main a[href]"):
            href = str(link["href"])
            if href.startswith(("mailto:", "tel:", "geo:", "#")):
                continue
            assert href.startswith((SITE, f"{MAP}/")), (tag, href)
            assert (link["target"], link["rel"]) == ("_blank", ["noopener"]), tag


def test_the_page_around_it_is_bare(client: FlaskClient) -> None:
    page = soup(client.get(BASKETS))

    assert page.select_one("meta[name=robots]")["content"] == "noindex"  # type: ignore[index]
    [foot] = page.select("body > p a")
    assert foot["href"] == f"{SITE}/"
    assert foot.parent is not None
    assert foot.parent.get_text() == "— Mon AMAP"
    assert all(script.get("src") and not script.string for script in page.select("script"))


def test_only_the_sites_of_the_list_may_frame_it(session: Session, client: FlaskClient) -> None:
    headers = client.get(BASKETS).headers

    assert f"frame-ancestors 'self' {TOWN}" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    with db.transaction() as current:
        settings.save(current, {"embed_sites": ""})
    policy = client.get(BASKETS).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("path", ["/", "/contact", "/espace-intermittents/reserver", "/connexion"])
def test_no_page_can_be_framed(make: Make, browse: BrowserFactory, path: str) -> None:
    for browser in (browse(), browse(make.person())):
        policy = browser.client.get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "tag", ["rien", "display-if", "adresse-contact", "x" * 3000, "<script>", "%FF"]
)
def test_what_is_not_for_other_sites_is_not_found(client: FlaskClient, tag: str) -> None:
    answer = client.get(f"/embed/{tag}")

    assert answer.status_code == 404
    assert "ne peut pas être montré sur un autre site" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text


@pytest.mark.parametrize("role", [None, *Role])
def test_who_is_logged_in_gets_what_a_visitor_gets(
    app: Flask, make: Make, browse: BrowserFactory, role: Role | None
) -> None:
    anna = make.member("Anna")
    make.offer(anna)  # which she would not be shown on our page
    reader = anna if role is None else make.person(roles=[role])
    member, visitor = browse(reader), browse()
    with app.test_request_context():
        tags = [one.tag for one in embeddable()]

    for path in (*(f"/embed/{tag}" for tag in tags), f"/oembed?url={SITE}{BASKETS}"):
        mine, theirs = member.client.get(path), visitor.client.get(path)
        assert mine.data == theirs.data, path
        assert mine.headers == theirs.headers, path


def test_no_cookie_is_set_and_anybody_may_keep_it_for_a_minute(
    make: Make, browse: BrowserFactory
) -> None:
    for path in (BASKETS, f"/oembed?url={SITE}{BASKETS}", "/embed.js"):
        for browser in (browse(), browse(make.person())):
            headers = browser.client.get(path).headers
            assert "Set-Cookie" not in headers
            assert "Cookie" not in headers.get("Vary", "")
            assert headers["Cache-Control"].startswith("public, max-age=")
    assert browse().client.get(BASKETS).headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_in_the_query_is_harmless(app: Flask, client: FlaskClient, kind: str) -> None:
    value = NONSENSE[kind]
    with app.test_request_context():
        every = embeddable()
    for one in every:
        names = [name.name for name in one.parameters] + ["zzz", "lieu[]"]
        query = {name: [value, value] for name in names}
        answer = client.get(f"/embed/{one.tag}", query_string=query)

        assert answer.status_code == (404 if kind == "NUL" else 200), one.tag
        assert "<script>" not in answer.text
        assert 'evil.test/"' not in answer.text
        assert "49" not in re.sub(r"[0-9a-f]{12}", "", answer.text), one.tag
        assert "x" * 2000 not in answer.text
    asked = client.get("/oembed", query_string={"url": value, "maxwidth": value})
    assert asked.status_code == 404


def test_the_widget_knows_its_oembed_address(client: FlaskClient) -> None:
    page = soup(client.get(f"{BASKETS}?lieu=a%26b&zzz=1&show_waiting=peut-être"))

    for kind, mime in (("json", "application/json"), ("xml", "text/xml")):
        link = page.select_one(f"link[type='{mime}+oembed']")
        assert link is not None
        told = client.get(str(link["href"]).removeprefix(SITE))
        assert told.mimetype == mime, told.text
        assert "lieu=a%26b" in told.text
        assert "zzz" not in told.text
        assert "show_waiting" not in told.text
        assert kind in str(link["href"])
