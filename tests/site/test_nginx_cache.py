"""What a shared cache before the site keeps: pages for everybody, and never one that is not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from urllib.request import urlopen

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from amapress_py import db
from amapress_py.app import create_app
from amapress_py.cms import services
from amapress_py.cms.models import Page, PageState
from amapress_py.config import Config
from amapress_py.media import services as media
from tests.site import nginx
from tests.site.reader import Page as Answer
from tests.site.reader import Reader
from tests.site.served import Installation, installed

pytestmark = pytest.mark.skipif(
    nginx.NGINX is None, reason="nginx is missing: run .ci/run, or apt-get install nginx-light"
)
SECRET = "Rendez-vous dans la cour du fond"
Save = Callable[..., None]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("site") / "data", "") as made:
        yield made


@pytest.fixture(scope="module")
def app(site: Installation) -> Flask:
    """Return the application on the same database, for what an editor does meanwhile."""
    return create_app(Config("a secret for tests", site.database_url, data_folder=site.folder))


@pytest.fixture
def save(app: Flask) -> Save:
    """`save(path, audience, state)` makes a page or changes whom it is for."""

    def act(path: str, audience: str = "", state: PageState = PageState.PUBLISHED) -> None:
        with app.app_context(), db.transaction() as session:
            page = session.scalars(select(Page).where(Page.path == path[1:])).first()
            draft = services.Draft(
                "Recettes", f"<p>{SECRET}</p>", path[1:], audience=audience, state=state
            )
            seen = (page.revision_id or 0) if page else 0
            services.save_page(session, page.id if page else None, draft, 0, seen)

    return act


@pytest.fixture(scope="module")
def address(site: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("proxy") / "nginx"
    with site.web(), nginx.nginx(folder, site.port) as found:
        yield found


def cached(answer: Answer) -> str:
    """Return what nginx says of its cache: MISS, HIT, REVALIDATED, BYPASS."""
    return str(answer.headers.get("X-Cache", ""))


def raw(url: str) -> str:
    """Return what a machine gets."""
    with urlopen(url, timeout=30) as answer:
        return str(answer.read(), "utf-8")


@pytest.mark.thorough
def test_files_of_the_theme_come_from_the_cache(address: str, save: Save) -> None:
    visitor = Reader(address)
    style = visitor.open("/").soup.select_one("link[rel=stylesheet]")
    assert style is not None

    kept = [cached(visitor.open(str(style["href"]))) for _ in range(3)]

    assert kept == ["MISS", "HIT", "HIT"]


def test_a_public_page_is_kept_and_asked_for_each_time(address: str, save: Save) -> None:
    save("/recettes")

    answers = [Reader(address).open("/recettes") for _ in range(3)]

    assert [cached(one) for one in answers] == ["MISS", "REVALIDATED", "REVALIDATED"]
    assert all(SECRET in one.text for one in answers)
    assert len({one.headers["ETag"] for one in answers}) == 1
    assert "X-Accel-Expires" not in answers[0].headers


def test_a_change_shows_at_once(address: str, save: Save) -> None:
    save("/nouvelles")
    Reader(address).open("/nouvelles")
    save("/nouvelles", state=PageState.DRAFT)

    assert Reader(address).open("/nouvelles").status == 404
    save("/nouvelles")
    assert SECRET in Reader(address).open("/nouvelles").text


def test_a_protected_page_is_never_kept(address: str, save: Save) -> None:
    save("/reservee", "connected")
    visitor, member = Reader(address), Reader(address)
    assert SECRET not in visitor.open("/reservee").text
    member.log_in("anna@demo.test")

    for _ in range(3):
        seen, refused = member.open("/reservee"), visitor.open("/reservee")
        assert SECRET in seen.text
        assert seen.headers["Cache-Control"] == "private, no-store"
        assert cached(seen) == "BYPASS"
        assert SECRET not in refused.text
        assert refused.path.startswith("/connexion")
        assert "HIT" not in cached(refused)
        assert SECRET not in Reader(address).open("/reservee").text


def test_a_page_protected_now_is_shown_to_no_visitor_any_more(address: str, save: Save) -> None:
    save("/bientot")
    before = Reader(address)
    for _ in range(2):
        assert SECRET in before.open("/bientot").text
    save("/bientot", "connected")

    for one in (before, Reader(address), Reader(address)):
        refused = one.open("/bientot")
        assert SECRET not in refused.text
        assert refused.path.startswith("/connexion")


def test_the_page_of_the_connected_is_not_that_of_visitors(address: str, save: Save) -> None:
    save("/commune")
    member = Reader(address)
    member.log_in("anna@demo.test")

    for _ in range(2):
        assert "Se déconnecter" in member.open("/commune").text
        shown = Reader(address).open("/commune")
        assert "Se déconnecter" not in shown.text
        assert "Anna" not in shown.text


def test_a_search_of_a_member_is_his_alone(address: str, save: Save) -> None:
    save("/cachette", "connected")
    member = Reader(address)
    member.log_in("anna@demo.test")

    for _ in range(2):
        assert "/cachette" in member.open("/recherche?q=fond").text
        assert "/cachette" not in Reader(address).open("/recherche?q=fond").text


def test_many_addresses_of_one_page_do_not_fill_the_cache(address: str, save: Save) -> None:
    save("/encore")

    kept = [cached(Reader(address).open("/encore?utm=1")) for _ in range(2)]

    assert kept == ["MISS", "MISS"]


def test_the_sitemap_and_the_feed_forget_a_page_at_once(address: str, save: Save) -> None:
    save("/a-oublier")
    for path in ("/sitemap.xml", "/flux.xml"):
        assert raw(address + path) == raw(address + path)
        assert "/a-oublier" in raw(address + path)
    save("/a-oublier", "member")

    for path in ("/sitemap.xml", "/flux.xml"):
        assert "/a-oublier" not in raw(address + path)


def test_an_image_is_shown_to_visitors_as_long_as_its_page_is(address: str, app: Flask) -> None:
    drawing = BytesIO()
    Image.new("RGB", (9, 9)).save(drawing, "PNG")
    with app.app_context(), db.transaction() as session:
        image = media.store(session, 0, drawing.getvalue(), "dessin.png", "Un dessin")
        url = f"/media/{image.key}/{image.name}"
        draft = services.Draft("Dessin", f'<p><img src="{url}" alt="Un dessin"></p>', "dessin")
        page_id = services.save_page(session, None, draft, 0).id

    kept = [Reader(address).open(url) for _ in range(2)]
    with app.app_context(), db.transaction() as session:
        page = session.get_one(Page, page_id)
        hidden = replace(draft, audience="connected")
        services.save_page(session, page_id, hidden, 0, page.revision_id or 0)

    assert [cached(one) for one in kept] == ["MISS", "REVALIDATED"]
    assert all(one.status == 200 for one in kept)
    assert [Reader(address).open(url).status for _ in range(2)] == [404, 404]
