from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.cms.cache import KEPT_ELSEWHERE
from amapress_py.cms.models import PageState
from amapress_py.cms.views import path_of_tag
from tests.cms.conftest import MakePage
from tests.conftest import BrowserFactory
from tests.factories import Make

SPACE = "/espace-intermittents"


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_public_page_is_shown_to_a_visitor(visitor: FlaskClient, make_page: MakePage) -> None:
    make_page("Recettes", "<p>Soupe</p>")

    answer = visitor.get("/recettes")

    assert answer.status_code == 200
    assert "<p>Soupe</p>" in answer.text
    assert "<h1>Recettes</h1>" in answer.text


def test_an_unknown_path_is_not_found(visitor: FlaskClient, seeded: Session) -> None:
    assert visitor.get("/rien-ici").status_code == 404
    assert visitor.get("/contact/rien").status_code == 404
    assert visitor.get("/\x00").status_code == 404
    assert visitor.get("/" + "a/" * 3000).status_code == 404


def test_the_address_of_an_action_is_not_a_page(visitor: FlaskClient, seeded: Session) -> None:
    answer = visitor.get("/deconnexion")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("typed", ["/Contact", "/contact/", "/CONTACT/?a=1"])
def test_capitals_and_slashes_lead_to_the_page(
    visitor: FlaskClient, seeded: Session, typed: str
) -> None:
    answer = visitor.get(typed)

    assert answer.status_code == 301
    assert answer.headers["Location"] == "/contact" + ("?a=1" if "?" in typed else "")


def test_a_disconnected_visitor_is_told_why_and_comes_back(
    app: Flask, visitor: FlaskClient, seeded: Session, make: Make
) -> None:
    answer = visitor.get(f"{SPACE}/reserver?lieu=Pernety")

    target = urlsplit(answer.headers["Location"])
    assert answer.status_code == 303
    assert target.path == "/connexion"
    assert parse_qs(target.query)["suite"] == [f"{SPACE}/reserver?lieu=Pernety"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    shown = visitor.get(answer.headers["Location"]).text
    assert "réservée aux amapiens connectés" in shown


def test_a_page_may_send_the_disconnected_to_another_with_the_reason(
    visitor: FlaskClient, make_page: MakePage
) -> None:
    welcome = make_page("Venez")
    make_page("Réservé", audience="connected", redirect_page_id=welcome.id)

    answer = visitor.get("/reserve")
    shown = visitor.get(answer.headers["Location"])

    assert urlsplit(answer.headers["Location"]).path == "/venez"
    assert "réservée aux amapiens connectés" in shown.text
    assert "suite=/reserve" in shown.text  # the log-in goes back to the page asked for
    assert shown.headers["Cache-Control"] == "private, no-store"


def test_a_redirect_to_a_page_protected_since_goes_to_the_log_in(
    visitor: FlaskClient, session: Session, make_page: MakePage
) -> None:
    welcome = make_page("Venez")
    make_page("Réservé", audience="connected", redirect_page_id=welcome.id)
    with db.transaction() as current:
        current.merge(welcome).audience = "connected"
        settings.touch(current)

    assert visitor.get("/reserve").headers["Location"].startswith("/connexion")


@pytest.mark.parametrize(
    ("audience", "status"),
    [("connected", 200), ("member", 403), ("intermittent", 200), ("member,intermittent", 200),
     ("treasurer", 403), ("nonsense", 403)],
)  # fmt: skip
def test_a_finer_audience_is_for_those_alone(
    app: Flask, browse: BrowserFactory, make: Make, make_page: MakePage, audience: str, status: int
) -> None:
    make_page("Réservé", "<p>Secret</p>", audience=audience)
    person = make.intermittent("David")

    page = browse(person).visit("/reserve", status)

    assert ("Secret" in page.text) == (status == 200)
    if status == 403:
        assert "Cette page est réservée à" in page.text


def test_an_admin_sees_every_page(
    browse: BrowserFactory, admin: Person, make_page: MakePage
) -> None:
    make_page("Réservé", audience="intermittent")
    make_page("Plus tard", state=PageState.DRAFT)

    assert browse(admin).visit("/reserve")
    assert "brouillon" in browse(admin).visit("/plus-tard").text


def test_a_draft_does_not_exist_for_others(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, make_page: MakePage
) -> None:
    make_page("Plus tard", state=PageState.DRAFT, in_menu=True)

    assert visitor.get("/plus-tard").status_code == 404
    assert visitor.get("/Plus-Tard/").status_code == 404
    browse(make.person()).visit("/plus-tard", 404)
    assert "Plus tard" not in visitor.get("/connexion").text


def test_protected_pages_leave_no_trace_in_the_menu(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, seeded: Session
) -> None:
    menu = browse(make.person()).visit("/contact").select(".site-nav a")

    addresses = [str(link["href"]) for link in menu]
    assert f"{SPACE}/reserver" in addresses
    assert f'"{SPACE}' not in visitor.get("/glossaire").text


def test_the_menu_of_a_new_site_fits_on_one_line(
    browse: BrowserFactory, make: Make, seeded: Session
) -> None:
    def top(page: BeautifulSoup) -> list[str]:
        items = page.select(".site-nav > ul > li")
        return [" ".join(next(item.stripped_strings).split()) for item in items]

    assert top(browse(make.member()).visit("/")) == [
        "Accueil", "Mes livraisons", "Espace intermittents", "Notre AMAP", "Aide", "Contact",
    ]  # fmt: skip
    assert top(browse().visit("/")) == ["Accueil", "Calendrier", "Notre AMAP", "Aide", "Contact"]


def test_the_five_pages_stand_in_the_menu_in_their_order(
    browse: BrowserFactory, make: Make, seeded: Session
) -> None:
    groups = browse(make.person()).visit("/").select(".site-nav details")

    named = {group.summary.text: group for group in groups if group.summary is not None}
    assert [link.text for link in named["Espace intermittents"].select("a")] == [
        "Espace intermittents",
        "Intermittents – (dés)inscription",
        "Absence – proposer son panier",
        "Intermittent – Réserver un panier",
        "Mes paniers échangés",
    ]


def test_the_menu_tells_where_one_is(browse: BrowserFactory, make: Make, seeded: Session) -> None:
    page = browse(make.person()).visit(f"{SPACE}/absence")

    current = page.select_one(".site-nav a[aria-current=page]")
    assert current is not None
    assert current["href"] == f"{SPACE}/absence"


def test_a_shortcode_works_in_a_menu_label(
    browse: BrowserFactory, make: Make, make_page: MakePage
) -> None:
    make_page(
        "Un", in_menu=True, menu_label="Un <b> [display-if-logged](pour vous)[/display-if-logged]"
    )

    page = browse(make.person()).visit("/un")

    assert page.select(".site-nav a")[0].text.strip() == "Un <b> (pour vous)"


def test_a_page_under_a_hidden_page_moves_up_in_the_menu(
    visitor: FlaskClient, make_page: MakePage
) -> None:
    above = make_page("Dessus", in_menu=True, audience="connected")
    make_page("Dessous", in_menu=True, parent_id=above.id)

    shown = visitor.get("/dessus/dessous").text

    assert 'href="/dessus/dessous"' in shown
    assert 'href="/dessus"' not in shown


def test_public_pages_may_be_kept_and_hold_no_token(visitor: FlaskClient, seeded: Session) -> None:
    for path in ("/", "/contact", "/glossaire", "/aide/connexion", "/mentions-legales"):
        answer = visitor.get(path)

        assert answer.headers["Cache-Control"] == KEPT_ELSEWHERE, path
        assert "Cookie" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
        assert "csrf" not in answer.text


def test_protected_and_personal_pages_are_not_kept(
    browse: BrowserFactory, make: Make, seeded: Session
) -> None:
    client = browse(make.person()).client

    for path in ("/", "/contact", SPACE, f"{SPACE}/reserver"):
        assert client.get(path).headers["Cache-Control"] == "private, no-store", path


def test_the_page_of_a_shortcode_is_found_and_is_not_home(app: Flask, seeded: Session) -> None:
    with app.test_request_context("/"):
        assert path_of_tag("echanger-paniers-list") == f"{SPACE}/absence"
        assert path_of_tag("les-paniers-intermittents") == f"{SPACE}/reserver"
        assert path_of_tag("les-paniers-intermittents-count") == "/"
        assert path_of_tag("intermittent-paniers") == f"{SPACE}/mes-paniers-echanges"
        assert path_of_tag("nobody-has-it") is None


def test_a_kept_page_costs_one_statement_and_follows_every_change(
    visitor: FlaskClient, make_page: MakePage, session: Session, statements: list[str]
) -> None:
    make_page("Recettes", "<p>Soupe</p>")
    first = visitor.get("/recettes")
    statements.clear()

    again = visitor.get("/recettes")

    assert again.data == first.data
    assert dict(again.headers) == dict(first.headers)
    assert statements == ["SELECT number FROM site_version"]
    with db.transaction() as current:
        settings.save(current, {"site_name": "AMAP du Pont"})
    assert "AMAP du Pont" in visitor.get("/recettes").text


def test_a_kept_page_is_not_for_the_connected(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, make_page: MakePage
) -> None:
    make_page("Recettes", "[display-if-logged]Bonjour[/display-if-logged]")
    visitor.get("/recettes")

    assert "Bonjour" in browse(make.person()).visit("/recettes").text
    assert "Bonjour" not in visitor.get("/recettes").text


def test_a_head_request_gets_the_headers_alone(visitor: FlaskClient, make_page: MakePage) -> None:
    make_page("Recettes")
    whole = visitor.get("/recettes")

    answer = visitor.head("/recettes")

    assert answer.data == b""
    assert answer.headers["Content-Length"] == whole.headers["Content-Length"]


def test_a_query_is_never_answered_from_what_was_kept(
    visitor: FlaskClient, make_page: MakePage, statements: list[str]
) -> None:
    make_page("Recettes")
    visitor.get("/recettes")

    assert visitor.get("/recettes?page=2").headers["Cache-Control"] == KEPT_ELSEWHERE


def test_a_connected_page_costs_no_statement_of_the_pages_own(
    browse: BrowserFactory, make: Make, make_page: MakePage, statements: list[str]
) -> None:
    make_page("Recettes", audience="connected", in_menu=True)
    client = browse(make.person()).client
    client.get("/recettes")
    statements.clear()

    client.get("/recettes")

    assert len(statements) == 1  # who looks, with the version of the site


def test_pages_answer_with_strict_headers(visitor: FlaskClient, seeded: Session) -> None:
    headers = visitor.get("/").headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_home_shows_each_reader_his_own(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, seeded: Session
) -> None:
    assert "Se connecter" in visitor.get("/").text
    assert "Céder mon panier" not in visitor.get("/").text
    assert "Céder mon panier" in browse(make.member("Anna")).visit("/").text
    assert "Voir les paniers à réserver" in browse(make.intermittent("David")).visit("/").text


def test_the_contact_page_shows_the_address_of_the_intermittents(
    visitor: FlaskClient, seeded: Session
) -> None:
    with db.transaction() as current:
        settings.save(current, {"exchange_email": "intermittents@amap.example"})

    assert 'href="mailto:intermittents@amap.example"' in visitor.get("/contact").text


def test_editors_alone_see_remarks(
    visitor: FlaskClient, browse: BrowserFactory, admin: Person, make_page: MakePage
) -> None:
    make_page("Recettes", "<p>[recette-du-jour] [display-if role=roi]x[/display-if]</p>")

    seen = browse(admin).visit("/recettes")

    notices = seen.select_one(".notices")
    assert notices is not None
    assert "[recette-du-jour]" in notices.text
    assert "« roi »" in notices.text.replace("\u00a0", " ")
    assert "notices" not in visitor.get("/recettes").text
    assert "[recette-du-jour]" in visitor.get("/recettes").text


def test_an_address_made_by_a_shortcode_must_be_harmless(
    visitor: FlaskClient, make_page: MakePage
) -> None:
    make_page(
        "Lien", '<a href="[display-if-not-logged]javascript:alert(1)[/display-if-not-logged]">x</a>'
    )

    assert "javascript" not in visitor.get("/lien").text


def test_a_role_that_was_lost_is_lost_at_once(
    browse: BrowserFactory, make: Make, make_page: MakePage, session: Session
) -> None:
    make_page("Réservé", audience="treasurer")
    person = make.person(roles=[Role.TREASURER])
    browser = browse(person)
    browser.visit("/reserve")

    session.delete(person.grants[0])
    session.commit()

    browser.visit("/reserve", 403)
