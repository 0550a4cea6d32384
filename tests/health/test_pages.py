"""What is found wrong with pages, and that its button mends it."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.cms import services
from amapress_py.cms.models import Page, PageRevision, PageState
from amapress_py.cms.services import Draft
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.health.conftest import SCREEN, Screen

SPACE = "espace-intermittents"
ABSENCE = f"{SPACE}/absence"
NAME = "La page « Absence – proposer son panier »"
Change = Callable[..., None]
Write = Callable[..., Page]


@pytest.fixture
def change(session: Session) -> Change:
    """`change("contact", audience="")` changes the row of a page."""

    def write(at: str, **values: object) -> None:
        session.execute(update(Page).where(Page.path == at).values(**values))
        settings.touch(session)
        session.commit()

    return write


@pytest.fixture
def write(session: Session, screen: Screen) -> Write:
    """`write("<p>…</p>")` saves a page called "Recettes" as an editor would."""

    def save(body: str, title: str = "Recettes", **more: object) -> Page:
        with db.transaction() as current:
            return services.save_page(current, None, Draft(title, body, **more), 0)  # type: ignore[arg-type]

    return save


def page_at(session: Session, path: str) -> Page:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Page).where(Page.path == path, Page.trashed_at.is_(None))).one()


def body_at(session: Session, path: str) -> str:
    return session.get_one(PageRevision, page_at(session, path).revision_id).body


def test_a_page_made_by_hand_stands_for_the_one_that_was_deleted(
    screen: Screen, write: Write, change: Change, session: Session
) -> None:
    """Another address, the same title: nothing is missing, and its shortcode is asked for."""
    title = page_at(session, ABSENCE).title
    change(ABSENCE, trashed_at=clock.now())
    screen.line(f"{NAME} est dans la corbeille")

    write("<p>Bientôt</p>", title, audience="connected", in_menu=True)
    sentence = f"{NAME} n’a pas son shortcode"
    screen.press(sentence, "Ajouter le shortcode")

    assert "[echanger-paniers-list]" in body_at(session, "absence-proposer-son-panier")
    assert not [one for one in screen.told() if one.startswith(NAME)]


def test_an_unprotected_page_is_protected(screen: Screen, change: Change, session: Session) -> None:
    change(ABSENCE, audience="")
    sentence = f"{NAME} n’est pas protégée"
    assert len(screen.required()) == 1

    assert screen.press(sentence, "Protéger") == "C’est réparé."

    assert screen.told() == []
    assert page_at(session, ABSENCE).audience == "connected"


def test_a_narrower_protection_is_kept(screen: Screen, change: Change) -> None:
    change(ABSENCE, audience="member")

    assert screen.required() == []


@pytest.mark.parametrize("state", [PageState.DRAFT, PageState.SCHEDULED])
def test_a_page_that_is_not_published_is_published(
    screen: Screen, change: Change, state: PageState
) -> None:
    change(ABSENCE, state=state)

    screen.press(f"{NAME} n’est pas publiée.", "Publier")

    assert screen.told() == []


def test_a_page_without_its_shortcode_gets_it_at_its_end(screen: Screen, session: Session) -> None:
    page = page_at(session, f"{SPACE}/inscription")
    with db.transaction() as current:
        seen = page.revision_id or 0
        draft = Draft(
            page.title, "<p>Bonjour</p>", page.path, page.parent_id, audience="connected",
            in_menu=True,
        )  # fmt: skip
        services.save_page(current, page.id, draft, 0, seen)
    sentence = (
        "La page « Intermittents – inscription » n’a pas son shortcode :"
        " [intermittents-inscription]."
    )
    form = screen.form(sentence, "Ajouter le shortcode")
    screen.send(form)
    screen.send(form)  # a second time, from a page that was left open

    assert screen.told() == []
    assert body_at(session, f"{SPACE}/inscription") == (
        "<p>Bonjour</p>\n[intermittents-inscription view=me]"
        "\n[intermittents-inscription view=other]"
    )
    counted = select(func.count()).where(PageRevision.page_id == page.id)
    assert session.scalar(counted) == 3


def test_an_alias_of_the_shortcode_will_do(screen: Screen, session: Session) -> None:
    with db.transaction() as current:
        page = page_at(session, f"{SPACE}/reserver")
        revision = current.get_one(PageRevision, page.revision_id)
        revision.body = "<p>[les-paniers-intermittents contrat=3]</p>"
        settings.touch(current)

    assert screen.required() == []


def test_a_page_in_the_trash_comes_back(screen: Screen, session: Session) -> None:
    with db.transaction() as current:
        services.trash_page(current, page_at(session, ABSENCE).id)
    sentence = f"{NAME} est dans la corbeille."
    form = screen.form(sentence, "La remettre")

    screen.send(form)
    screen.send(form)

    assert screen.told() == []
    assert page_at(session, ABSENCE).audience == "connected"


@pytest.mark.parametrize("in_trash", [True, False])
def test_a_missing_page_is_made_from_its_file(
    screen: Screen, session: Session, browse: BrowserFactory, make: Make, in_trash: bool
) -> None:
    page = page_at(session, ABSENCE)
    with db.transaction() as current:
        services.trash_page(current, page.id)
        if not in_trash:
            services.delete_page(current, page.id)
    state = "est dans la corbeille." if in_trash else "manque."
    form = screen.form(f"{NAME} {state}", "Recréer la page")

    screen.send(form)
    screen.send(form)

    assert screen.told() == []
    made = page_at(session, ABSENCE)
    assert made.audience == "connected"
    assert made.in_menu
    assert made.parent is not None
    assert made.parent.path == SPACE
    member = browse(make.member())
    assert "Absence – proposer son panier" in member.visit(f"/{ABSENCE}").get_text()


def test_a_page_that_moved_is_found_by_what_it_was_made_from(
    screen: Screen, session: Session, change: Change
) -> None:
    change(ABSENCE, path="ceder-un-panier")

    assert screen.required() == []


def test_a_page_goes_back_into_the_menu(screen: Screen, change: Change) -> None:
    change(ABSENCE, in_menu=False)
    assert screen.required() == []

    screen.press(f"{NAME} n’est pas dans le menu.", "Mettre dans le menu")

    assert screen.told() == []


def test_the_home_page_comes_back(screen: Screen, session: Session, change: Change) -> None:
    change("", path="ancien-accueil", seed="")

    screen.press("La page d’accueil manque.", "Recréer la page")

    assert "La page d’accueil manque." not in screen.told()
    assert page_at(session, "").state is PageState.PUBLISHED


def test_a_hidden_home_page_is_published(screen: Screen, change: Change) -> None:
    change("", state=PageState.DRAFT)

    screen.press("La page d’accueil n’est pas publiée.", "Publier")

    assert screen.required() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("[paniers-vides]", "[paniers-vides] n’est pas un shortcode du site"),
        ("[les-paniers-intermittents distri=3]", "« distri » n’est pas un paramètre"),
        ("[les-paniers-intermittents show_waiting=bleu]", "La valeur « bleu »"),
        ("[display-if role=admin]secret", "[display-if] n’est jamais fermé"),
        ("[menu]entre[/menu]", "[menu] n’entoure rien"),
        ("[display-if role=admin][menu x=1][/display-if]", "« x » n’est pas un paramètre"),
    ],
)
def test_wrong_shortcodes_are_named(screen: Screen, write: Write, body: str, told: str) -> None:
    page = write(f"<p>Un texte</p>{body}")

    sentence = f"Page « Recettes » : {told}"

    assert screen.link(sentence, "Modifier la page") == f"/admin/pages/{page.id}"
    assert len(screen.told()) == 1


@pytest.mark.parametrize(
    "body",
    [
        "[[paniers-vides]]",
        "[bouton vers=contact]",
        "[bouton vers=contact]Écrire[/bouton]",
        "[display-if role=admin]x[/display-if]",
        "[sic] [1]",
    ],
)
def test_right_shortcodes_are_left_alone(screen: Screen, write: Write, body: str) -> None:
    write(f"<p>Un texte</p>{body}")

    assert screen.told() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<a href="/rien">x</a>', "le lien « /rien » ne mène nulle part."),
        ('<a href="rien/du-tout?a=1#b">x</a>', "le lien « rien/du-tout?a=1#b » ne mène"),
        ('<a href="https://amap.example.org/rien">x</a>', "le lien « https://amap.example.org/rien"),
        ('<a href="/brouillon">x</a>', "un lien mène à la page « Brouillon », qui"),
        ('[display-if role=admin]<a href="/rien">x</a>[/display-if]', "le lien « /rien »"),
        ('<img src="/rien.png" alt="">', "l’image « /rien.png » n’existe pas."),
        ('<img src="/contact" alt="">', "l’image « /contact » n’existe pas."),
        ('<img src="https://a.example/x.png" alt="">', "l’image « https://a.example/x.png » est"),
        (f'<a href="/{"x" * 300}">x</a>', f"le lien « /{'x' * 59}… » ne mène"),
        ('<a href="/&lt;script&gt;alert(1)&lt;/script&gt;">x</a>', "le lien « /<script>alert(1)"),
        ('<a href="/admin/pages/999999999999999999/x">x</a>', "le lien « /admin/pages/9999"),
        ("<p></p>", "elle est vide."),
    ],
)  # fmt: skip
def test_dead_ends_are_named(screen: Screen, write: Write, body: str, told: str) -> None:
    write("<p>Bientôt</p>", "Brouillon", state=PageState.DRAFT)
    write(body if body == "<p></p>" else f"<p>Un texte</p>{body}")

    assert len(screen.told()) == 1
    screen.link(f"Page « Recettes » : {told}", "Modifier la page")


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/contact">x</a>',
        '<a href="/Contact/">x</a>',
        '<a href="contact#ici">x</a>',
        '<a href="/">x</a>',
        '<a href="#bas">x</a>',
        '<a href="?page=2">x</a>',
        '<a href="https://amap.example.org">x</a>',
        '<a href="https://ailleurs.example/rien">x</a>',
        '<a href="//ailleurs.example/rien">x</a>',
        '<a href="mailto:a@b.fr">x</a>',
        '<a href="tel:0600000000">x</a>',
        '<a href="/mon-profil">x</a>',
        '<a href="/admin">x</a>',
        '<a href="/espace-intermittents/absence">x</a>',
        '<a href="[intermittent-desinscription-href]">x</a>',
        '<a href="http://[">x</a>',
        '<a href="/theme/default/1/logo.svg">x</a>',
    ],
)
def test_what_leads_somewhere_is_left_alone(screen: Screen, write: Write, body: str) -> None:
    write(f"<p>Un texte</p>{body}")

    assert screen.told() == []


def test_drafts_are_left_alone(screen: Screen, write: Write) -> None:
    write('<a href="/rien">x</a> [rien-du-tout]', state=PageState.DRAFT)

    assert screen.told() == []


def test_links_through_a_former_address_are_brought_up_to_date(
    screen: Screen, write: Write, session: Session
) -> None:
    contact = page_at(session, "contact")
    with db.transaction() as current:
        draft = Draft(contact.title, body_at(session, "contact"), "nous-ecrire", in_menu=True)
        services.save_page(
            current, contact.id, draft, 0, page_at(session, "contact").revision_id or 0
        )
    page = write(
        '<p><a class="button" href="/contact?a=1&amp;b=2#bas">x</a> /contact'
        ' <a href="contact">y</a> <a href="/contact-2">z</a></p>'
    )
    sentence = "Page « Recettes » : 2 liens passent par une ancienne adresse."
    form = screen.form(sentence, "Mettre à jour")

    screen.send(form)
    screen.send(form)

    assert not [one for one in screen.told() if "Recettes" in one and "ancienne" in one]
    assert body_at(session, "recettes") == (
        '<p><a class="button" href="/nous-ecrire?a=1&amp;b=2#bas">x</a> /contact'
        ' <a href="/nous-ecrire">y</a> <a href="/contact-2">z</a></p>'
    )
    counted = select(func.count()).where(PageRevision.page_id == page.id)
    assert session.scalar(counted) == 2
    shown = screen.browser.visit("/recettes")
    assert shown.select_one('a.button[href="/nous-ecrire?a=1&b=2#bas"]') is not None


@pytest.mark.parametrize(
    ("readers", "target", "is_told"),
    [
        ("", "member", True),
        ("connected", "member", True),
        ("member", "member", False),
        ("treasurer", "member,treasurer", False),
        ("member,treasurer", "treasurer", True),
        ("", "connected", False),
        ("member", "", False),
    ],
)
def test_doors_that_stay_closed_are_named(
    screen: Screen, write: Write, readers: str, target: str, is_told: bool
) -> None:
    write("<p>Chiffres</p>", "Comptes", audience=target)
    write('<p><a href="/comptes">x</a></p>', audience=readers)

    told = "Page « Recettes » : un lien mène à la page « Comptes », que tous ses lecteurs"

    assert any(one.startswith(told) for one in screen.told()) is is_told


def test_a_passage_for_some_may_lead_where_they_may_go(screen: Screen, write: Write) -> None:
    write("<p>Chiffres</p>", "Comptes", audience="treasurer")
    write('<p>x</p>[display-if role=treasurer]<a href="/comptes">x</a>[/display-if]')

    assert screen.told() == []


def test_visitors_are_sent_where_they_may_go(
    screen: Screen, write: Write, change: Change, session: Session
) -> None:
    target = write("<p>Ouvert</p>", "Porte")
    change(ABSENCE, redirect_page_id=target.id)
    assert screen.told() == []
    change("porte", audience="connected")
    sentence = f"{NAME} envoie les visiteurs vers une page qu’ils ne peuvent pas lire"

    screen.press(sentence, "Envoyer à la connexion")

    assert screen.told() == []
    assert page_at(session, ABSENCE).redirect_page_id is None


def test_an_own_file_says_what_a_page_needs(screen: Screen, session: Session) -> None:
    """Nothing names the pages in the code: they are those of the folder of the space."""
    session.execute(delete(PageRevision))
    session.commit()

    lacking = [one for one in screen.required() if "shortcode" in one]

    assert len(lacking) == 4  # the presentation has but a passage for some


def test_strange_buttons_do_nothing(screen: Screen, session: Session) -> None:
    token = screen.browser.token(SCREEN)
    page = page_at(session, ABSENCE).id
    for path, values, status in (
        ("/admin/pages/recreer", {"fichier": "../../etc/passwd"}, 404),
        ("/admin/pages/recreer", {"fichier": "\0" * 10}, 404),
        ("/admin/pages/recreer", {}, 404),
        (f"/admin/pages/{page}/reparer", {"quoi": "tout"}, 400),
        (f"/admin/pages/{page}/reparer", {}, 400),
        ("/admin/pages/999999/reparer", {"quoi": "proteger"}, 404),
    ):
        answer = screen.browser.client.post(path, data={"csrf_token": token, **values})
        assert answer.status_code == status, (path, values)
    assert screen.told() == []


def test_what_a_page_is_called_is_shown_as_text(screen: Screen, write: Write) -> None:
    write("", "<img src=x onerror=alert(1)>")

    html = screen.browser.client.get(SCREEN).text

    assert "<img src=x" not in html
    assert BeautifulSoup(html, "html.parser").select_one("[onerror]") is None
