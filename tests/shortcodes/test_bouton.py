import pytest

from amapress_py.accounts.models import Role
from amapress_py.cms.models import PageState
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make
from tests.shortcodes.pages import notices, prose, write


def button(browser: Browser) -> tuple[str, str]:
    (found,) = prose(browser).select("a.button")
    return str(found["href"]), found.text


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[bouton vers=contact texte='Nous écrire']", ("/contact", "Nous écrire")),
        ("[bouton vers='/contact#ici']Par <em>ici</em>[/bouton]", ("/contact#ici", "Par ici")),
        ("[bouton vers=contact]", ("/contact", "Contact")),
        ("[bouton vers='Contact/']", ("/contact", "Contact")),
        ("[bouton vers='amap@test.example']", ("mailto:amap@test.example", "amap@test.example")),
        ("[bouton vers='https://amap.example/a?b=1' texte=A]", ("https://amap.example/a?b=1", "A")),
        ("[bouton vers='tel:+33600000000' texte=Appeler]", ("tel:+33600000000", "Appeler")),
        ("[bouton vers='mon-profil' texte='&lt;b&gt;']", ("/mon-profil", "<b>")),
    ],
)
def test_where_it_leads(browse: BrowserFactory, written: str, expected: tuple[str, str]) -> None:
    write(written)

    assert button(browse()) == expected


def test_its_style(browse: BrowserFactory) -> None:
    write("[bouton vers=contact][bouton vers=glossaire style=secondary]")

    assert [link["class"] for link in prose(browse()).select("a")] == [
        ["button", "primary"],
        ["button", "secondary"],
    ]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JavaScript&#58;alert(1)", "data:text/html,x", "vbscript:x", "", " ",
     "java&#9;script:alert(1)", "file:///etc/passwd"],
)  # fmt: skip
def test_other_addresses_are_refused_and_told(
    browse: BrowserFactory, make: Make, address: str
) -> None:
    write(f"[bouton vers='{address}' texte='Ici']")

    assert prose(browse()).select("a") == []
    assert "n’est pas une adresse où aller" in notices(browse(make.person(roles=[Role.ADMIN])))[0]


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "\\\\evil.example"])
def test_nothing_leads_elsewhere_in_disguise(browse: BrowserFactory, address: str) -> None:
    write(f"[bouton vers='{address}' texte='Ici']")

    for link in prose(browse()).select("a"):
        assert link["href"] == "/evil.example"


def test_it_hides_from_whom_the_page_is_hidden(browse: BrowserFactory, make: Make) -> None:
    write("<p>Chut</p>", "Secret", audience="member")
    write("<p>À finir</p>", "Plus tard", state=PageState.DRAFT)
    write("[bouton vers=secret][bouton vers=plus-tard]")

    assert prose(browse()).select("a") == []
    assert button(browse(make.member())) == ("/secret", "Secret")


def test_an_editor_is_told_of_a_page_that_is_none(browse: BrowserFactory, make: Make) -> None:
    write("[bouton vers=nulle-part texte='Ici']")

    assert button(browse())[0] == "/nulle-part"
    (told,) = notices(browse(make.person(roles=[Role.ADMIN])))
    assert "il n’y a pas de page « nulle-part »" in " ".join(told.split())


def test_what_a_button_with_its_text_encloses_stays(browse: BrowserFactory) -> None:
    write("[bouton vers=contact texte=Un] milieu [bouton vers=glossaire]Deux[/bouton]")

    shown = prose(browse())

    assert "milieu" in shown.text
    assert "Un" in shown.text
