"""The screen "Widgets": what it shows, what it gives to copy."""

import pytest
from sqlalchemy.orm import Session

from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role
from tests.conftest import BrowserFactory
from tests.embed.conftest import TOWN
from tests.factories import Make
from tests.site.reader import plain

PAGE = "/admin/widgets"
TAG = "les-paniers-intermittents"


@pytest.fixture
def admin(make: Make) -> Person:
    return make.person("Jeanne", roles=[Role.ADMIN])


def test_the_three_codes_are_ready_to_copy(admin: Person, browse: BrowserFactory) -> None:
    page = browse(admin).visit(f"{PAGE}?widget={TAG}&p-lieu=Place+%22A%22&p-show_waiting=oui")

    codes = [code.get_text() for code in page.select("pre code")]
    address = f"http://localhost/embed/{TAG}?lieu=Place+%22A%22&show_waiting=oui"
    title = "Paniers que l’on peut réserver – Mon AMAP"
    in_html = address.replace("&", "&amp;")
    assert codes == [
        address,
        f'<script src="http://localhost/embed.js" data-shortcode="{TAG}"'
        f' data-lieu="Place &#34;A&#34;" data-show_waiting="oui" data-frame-title="{title}"'
        " async></script>",
        f'<iframe src="{in_html}" title="{title}" width="100%" height="400" loading="lazy"'
        ' style="border: 0"></iframe>',
    ]
    frame = page.select_one("noscript iframe")
    assert frame is not None
    assert frame["src"] == address.removeprefix("http://localhost")


def test_a_wrong_value_is_told_and_not_in_the_codes(admin: Person, browse: BrowserFactory) -> None:
    page = browse(admin).visit(f"{PAGE}?widget=intermittents-inscription&p-view=<b>toi</b>")

    assert "La valeur « <b>toi</b> »" in plain(page.text)
    assert all("toi" not in code.text for code in page.select("pre"))


def test_it_tells_who_may_show_widgets_and_warns_when_nobody_may(
    admin: Person, session: Session, browse: BrowserFactory
) -> None:
    assert TOWN in browse(admin).visit(PAGE).text
    with db.transaction() as current:
        settings.save(current, {"embed_sites": ""})

    page = browse(admin).visit(PAGE)

    assert "Aucun autre site ne peut encore montrer vos widgets" in page.text
    link = page.select_one("main .message a")
    assert link is not None
    assert link["href"] == "/admin/reglages/#embed_sites"


@pytest.mark.parametrize("asked", ["widget=rien", "widget=display-if", "widget=" + "x" * 5000])
def test_what_is_no_widget_is_not_found(admin: Person, browse: BrowserFactory, asked: str) -> None:
    browse(admin).visit(f"{PAGE}?{asked}", status=404)
