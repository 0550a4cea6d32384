from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.cms import services
from amapress_py.cms.cache import KEPT_ELSEWHERE
from amapress_py.cms.models import PageState
from tests.cms.conftest import MakePage
from tests.conftest import BrowserFactory
from tests.factories import Make

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PUBLIC_FILES = ("/sitemap.xml", "/robots.txt", "/flux.xml")
HOSTILE = '</title><script>x</script> & "co" ]]> \U0001f955 œ'


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def parsed(client: FlaskClient, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(client.get(path).data)  # noqa: S314  we wrote it


def addresses(client: FlaskClient) -> list[str]:
    root = parsed(client, "/sitemap.xml")
    return [str(one.text) for one in root.iter(f"{MAP}loc")]


def entries(client: FlaskClient) -> list[ElementTree.Element]:
    return parsed(client, "/flux.xml").findall(f"{ATOM}entry")


def make_hidden(make_page: MakePage) -> None:
    make_page("Secret un", "<p>caché</p>", audience="connected")
    make_page("Secret deux", "<p>caché</p>", audience="member")
    make_page("Secret trois", "<p>caché</p>", state=PageState.DRAFT)
    make_page(
        "Secret quatre",
        "<p>caché</p>",
        state=PageState.SCHEDULED,
        publish_at=datetime(2050, 1, 1, tzinfo=UTC),
    )
    trashed = make_page("Secret cinq", "<p>caché</p>")
    with db.transaction() as current:
        services.trash_page(current, trashed.id)


def test_only_public_pages_are_told_to_machines_whoever_asks(
    visitor: FlaskClient, browse: BrowserFactory, admin: Person, make_page: MakePage
) -> None:
    make_hidden(make_page)
    make_page("Recettes")

    for client in (visitor, browse(admin).client):
        assert addresses(client) == ["http://localhost/recettes"]
        assert len(entries(client)) == 1
        for path in PUBLIC_FILES:
            text = client.get(path).text
            assert "ecret" not in text, path
            assert "caché" not in text, path


def test_a_scheduled_page_is_told_when_its_hour_has_come(
    visitor: FlaskClient, make_page: MakePage, clock: Traveller
) -> None:
    make_page(
        "Fête",
        state=PageState.SCHEDULED,
        publish_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
    )
    assert addresses(visitor) == []

    clock.move_to(datetime(2026, 12, 1, 8, 1, tzinfo=UTC))
    with db.transaction() as current:
        services.publish_due(current)

    assert addresses(visitor) == ["http://localhost/fete"]
    assert visitor.get("/fete").status_code == 200


def test_the_sitemap_tells_when_a_page_changed(
    visitor: FlaskClient, make_page: MakePage, clock: Traveller
) -> None:
    make_page("Recettes")

    root = parsed(visitor, "/sitemap.xml")

    assert [one.text for one in root.iter(f"{MAP}lastmod")] == ["2026-11-22T08:00:00Z"]


def test_the_feed_tells_the_latest_first_with_a_summary(
    visitor: FlaskClient, make_page: MakePage, clock: Traveller
) -> None:
    for number in range(25):
        clock.shift(60)
        make_page(
            f"Recette {number}",
            "<p>Soupe [display-if-logged]trésor[/display-if-logged] " + "longue " * 100 + "</p>",
        )

    found = entries(visitor)

    assert len(found) == 20
    assert found[0].findtext(f"{ATOM}title") == "Recette 24"
    link = found[0].find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://localhost/recette-24"
    summary = found[0].findtext(f"{ATOM}summary") or ""
    assert summary.startswith("Soupe longue")
    assert summary.endswith("longue…")
    assert len(summary) <= 300
    assert len({one.findtext(f"{ATOM}id") for one in found}) == 20
    assert visitor.get("/flux.xml").mimetype == "application/atom+xml"


def test_hostile_words_stay_words(visitor: FlaskClient, make_page: MakePage) -> None:
    make_page(HOSTILE, "<p>&lt;script&gt; \x0b ]]&gt; &amp;amp;</p>")

    entry = entries(visitor)[0]
    path = addresses(visitor)[0].removeprefix("http://localhost")
    page = BeautifulSoup(visitor.get(path).data, "html.parser")

    assert entry.findtext(f"{ATOM}title") == HOSTILE
    assert entry.findtext(f"{ATOM}summary") == "<script> ]]> &amp;"
    told = page.select_one('meta[property="og:title"]')
    assert told is not None
    assert told["content"] == HOSTILE
    described = page.select_one("meta[name=description]")
    assert described is not None
    assert described["content"] == "<script> ]]> &amp;"


def test_robots_are_shown_the_sitemap_and_kept_from_screens(visitor: FlaskClient) -> None:
    lines = visitor.get("/robots.txt").text.splitlines()

    assert "Sitemap: http://localhost/sitemap.xml" in lines
    for path in ("/admin/", "/connexion$", "/connexion?", "/recherche?"):
        assert f"Disallow: {path}" in lines


def test_public_files_may_be_kept_by_visitors(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, seeded: Session
) -> None:
    member = browse(make.person()).client
    for path in PUBLIC_FILES:
        assert visitor.get(path).headers["Cache-Control"] == KEPT_ELSEWHERE, path
        assert "Set-Cookie" not in visitor.get(path).headers
        assert member.get(path).headers["Cache-Control"] == "private, no-store", path


def test_only_a_public_page_has_words_for_previews(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, make_page: MakePage
) -> None:
    make_page("Ouverte", "<p>Soupe</p>")
    make_page("Réservée", "<p>Trésor</p>", audience="connected")

    public = BeautifulSoup(visitor.get("/ouverte?utm_source=x").data, "html.parser")
    canonical = public.select_one("link[rel=canonical]")
    assert canonical is not None
    assert canonical["href"] == "http://localhost/ouverte"
    assert public.select_one("link[rel=alternate]") is not None
    member = browse(make.person()).visit("/reservee")
    assert member.select("link[rel=canonical], link[rel=alternate], meta[property]") == []
    assert member.select("meta[name=description]") == []


def test_robots_keep_nothing_but_public_pages(
    visitor: FlaskClient, browse: BrowserFactory, make: Make, make_page: MakePage, seeded: Session
) -> None:
    make_page("Ouverte")
    make_page("Réservée", audience="connected")

    assert "X-Robots-Tag" not in visitor.get("/ouverte").headers
    assert "X-Robots-Tag" not in visitor.get("/").headers
    for path in ("/connexion", "/recherche", "/rien", "/reservee"):
        assert visitor.get(path).headers["X-Robots-Tag"] == "noindex", path
    assert browse(make.person()).client.get("/reservee").headers["X-Robots-Tag"] == "noindex"


def test_who_has_the_page_is_told_in_a_line(
    visitor: FlaskClient, make_page: MakePage, statements: list[str]
) -> None:
    make_page("Recettes", "<p>Soupe</p>")
    first = visitor.get("/recettes")
    tag = first.headers["ETag"]
    statements.clear()

    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = visitor.get("/recettes", headers={"If-None-Match": known})
        assert again.status_code == 304
        assert again.data == b""
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Control"] == KEPT_ELSEWHERE
        assert "Content-Type" not in again.headers
    assert statements == ["SELECT number FROM site_version"] * 3
    assert visitor.get("/recettes", headers={"If-None-Match": '"other"'}).status_code == 200
    make_page("Soupe")
    assert visitor.get("/recettes", headers={"If-None-Match": tag}).status_code == 304


def test_a_page_that_is_no_longer_public_is_told_so(
    visitor: FlaskClient, make_page: MakePage, session: Session
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    tag = visitor.get("/recettes").headers["ETag"]
    with db.transaction() as current:
        services.save_page(
            current, page.id,
            services.Draft("Recettes", "<p>Soupe</p>", "recettes", audience="connected"),
            0, page.revision_id or 0,
        )  # fmt: skip

    answer = visitor.get("/recettes", headers={"If-None-Match": tag})

    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
