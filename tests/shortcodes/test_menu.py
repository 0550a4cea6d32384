from amapress_py.accounts.models import Role
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import notices, prose, write

SPACE = "espace-intermittents"


def links(browser: Browser, path: str = "/essai") -> list[str]:
    return [str(link["href"]) for link in prose(browser, path).select("a")]


def test_it_shows_the_menu_that_the_reader_has(browse: BrowserFactory, make: Make) -> None:
    write("[menu]")

    assert "/contact" in links(browse())
    assert f"/{SPACE}" not in links(browse())
    assert {f"/{SPACE}", f"/{SPACE}/reserver"} <= set(links(browse(make.person())))


def test_only_the_first_levels(browse: BrowserFactory, make: Make) -> None:
    write("[menu niveaux=1]")

    shown = links(browse(make.person()))

    assert f"/{SPACE}" in shown
    assert f"/{SPACE}/reserver" not in shown


def test_the_pages_of_a_section(browse: BrowserFactory, make: Make) -> None:
    write(f"[menu sous='/{SPACE}/']")

    shown = links(browse(make.person()))

    assert f"/{SPACE}/reserver" in shown
    assert "/contact" not in shown
    assert links(browse()) == []


def test_the_page_one_reads_is_marked(browse: BrowserFactory) -> None:
    write("[menu]", in_menu=True)

    here = prose(browse()).select("[aria-current=page]")

    assert [link["href"] for link in here] == ["/essai"]


def test_an_editor_is_told_of_a_section_that_is_none(browse: BrowserFactory, make: Make) -> None:
    write("[menu sous='nulle-part']")

    assert links(browse()) == []
    (told,) = notices(browse(make.person(roles=[Role.ADMIN])))
    assert "« nulle-part » n’est pas une page du menu" in " ".join(told.split())
