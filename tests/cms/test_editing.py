import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py.accounts.models import Person, Role
from amapress_py.cms import queries
from amapress_py.cms.models import Page
from amapress_py.web import PAGE_SIZE
from tests.cms.conftest import MakePage
from tests.cms.test_clean import HOSTILE
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

NEW = "/admin/pages/nouvelle"


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


def fields(page: BeautifulSoup) -> dict[str, object]:
    """Return what the screen's form would send as it stands."""
    form = page.select_one("#page-form")
    assert form is not None
    values: dict[str, object] = {}
    for item in form.select("input[name], textarea[name], select[name]"):
        name = str(item["name"])
        if item.name == "textarea":
            values[name] = item.text.removeprefix("\r\n").removeprefix("\n")
        elif item.name == "select":
            chosen = item.select_one("option[selected]") or item.select_one("option")
            values[name] = str(chosen["value"]) if chosen else ""
        elif item.get("type") != "checkbox" or item.has_attr("checked"):
            values[name] = str(item.get("value", "y"))
    return values


def send(client: FlaskClient, path: str, /, **values: object) -> TestResponse:
    page = BeautifulSoup(client.get(path).data, "html.parser")
    return client.post(path, data={**fields(page), **values})


def test_an_admin_writes_a_page(editor: Browser, session: Session) -> None:
    answer = send(editor.client, NEW, title="Recettes", body="<p>Soupe</p>")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/recettes"
    assert "Soupe" in editor.visit("/recettes").text
    page = session.scalars(select(Page)).one()
    assert (page.audience, page.in_menu) == ("", False)


def test_a_tick_protects_a_page(editor: Browser, session: Session) -> None:
    send(editor.client, NEW, title="Recettes", body="<p>Soupe</p>", is_protected="y")

    assert session.scalars(select(Page.audience)).one() == "connected"


def test_a_finer_audience_is_kept_and_shown_again(editor: Browser, session: Session) -> None:
    send(
        editor.client, NEW, title="Recettes", body="x", is_protected="y",
        audience=["member", "referent"],
    )  # fmt: skip

    assert session.scalars(select(Page.audience)).one() == "member,referent"
    page = editor.visit(f"/admin/pages/{session.scalars(select(Page.id)).one()}")
    ticked = page.select("input[name=audience][checked]")
    assert [box["value"] for box in ticked] == ["member", "referent"]


def test_everything_that_a_screen_shows_comes_back_unchanged(
    editor: Browser, session: Session, make_page: MakePage
) -> None:
    parent, target = make_page("Dessus"), make_page("Venez")
    page = make_page(
        "Recettes & co",
        "<p>Soupe &amp; pain : [echanger-paniers-list]</p>",
        parent_id=parent.id,
        in_menu=True,
        menu_label="À table",
        position=7,
        audience="member",
        redirect_page_id=target.id,
    )
    before = queries.site_pages(session).by_id[page.id]

    answer = send(editor.client, f"/admin/pages/{page.id}")

    assert answer.status_code == 303
    after = session.scalars(
        select(Page).where(Page.id == page.id).execution_options(populate_existing=True)
    ).one()
    for name in ("path", "title", "menu_label", "in_menu", "position", "state", "audience",
                 "parent_id", "redirect_page_id"):  # fmt: skip
        assert getattr(after, name) == getattr(before, name), name
    assert queries.body(session, after.revision_id) == queries.body(session, before.revision_id)


def test_a_page_ticked_for_the_menu_comes_last_unless_told_otherwise(
    editor: Browser, session: Session, make_page: MakePage
) -> None:
    make_page("Un", in_menu=True, position=10)
    old = make_page("Ancienne", position=3)
    send(editor.client, NEW, title="Neuve", in_menu="y")
    send(editor.client, f"/admin/pages/{old.id}", in_menu="y")
    send(editor.client, NEW, title="Première", in_menu="y", position="2")

    labels = [one.text for one in editor.visit("/admin/menu").select(".menu-tree > li strong")]

    assert labels == ["Première", "Un", "Neuve", "Ancienne"]


def test_the_second_editor_is_told_and_keeps_what_was_typed(
    browse: BrowserFactory, make: Make, admin: Person, make_page: MakePage, session: Session
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    path = f"/admin/pages/{page.id}"
    first, second = browse(admin).client, browse(make.person(roles=[Role.ADMIN])).client
    open_screen = fields(BeautifulSoup(second.get(path).data, "html.parser"))
    send(first, path, body="<p>Tarte</p>")

    answer = second.post(path, data={**open_screen, "body": "<p>Gratin</p>", "title": "À moi"})

    assert answer.status_code == 409
    shown = BeautifulSoup(answer.data, "html.parser")
    assert "modifiée par Agnès" in shown.text
    assert "<p>Tarte</p>" in shown.text
    assert fields(shown)["body"] == "<p>Gratin</p>"
    assert fields(shown)["title"] == "À moi"
    assert "Tarte" in browse(admin).visit("/recettes").text

    again = second.post(path, data=fields(shown))

    assert again.status_code == 303
    assert "Gratin" in browse(admin).visit("/recettes").text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": ""}, "Donnez un titre"),
        ({"title": " \u200b \u202e"}, "Donnez un titre"),
        ({"title": "x" * 201}, "trop long"),
        ({"body": "x" * 200_001}, "201 ko"),
        ({"body": "<div>" * 300}, "imbrication"),
        ({"path": "É l"}, "minuscules"),
        ({"path": "connexion"}, "déjà prise"),
        ({"path": "admin/pages"}, "déjà prise"),
        ({"path": "contact"}, "déjà cette adresse"),
        ({"parent": "9999"}, ""),
        ({"parent": "abc"}, ""),
        ({"position": "99999999999999999999"}, "Un nombre"),
        ({"position": "\x00"}, ""),
        ({"state": "shining"}, ""),
        ({"audience": "kings", "is_protected": "y"}, ""),
        ({"redirect_page": "9999", "is_protected": "y"}, ""),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    editor: Browser, seeded: Session, values: dict[str, object], sentence: str
) -> None:
    typed = {"title": "Recettes 👩‍🌾", "body": "<p>Ma soupe\u202e\x00</p>", **values}

    answer = send(editor.client, NEW, **typed)

    assert answer.status_code == 422
    shown = BeautifulSoup(answer.data, "html.parser")
    assert sentence in shown.text.replace("\u00a0", " ")
    if "body" not in values:
        assert fields(shown)["body"] == "<p>Ma soupe</p>"


def test_an_altered_revision_overwrites_nothing(editor: Browser, make_page: MakePage) -> None:
    page = make_page()

    for altered in ("abc", "-1", "", "9" * 30):
        answer = send(editor.client, f"/admin/pages/{page.id}", revision=altered)
        assert answer.status_code == 409, altered


def test_a_text_of_two_megabytes_is_refused(editor: Browser) -> None:
    answer = send(editor.client, NEW, title="x", body="x" * 2_000_000)

    assert answer.status_code == 413


def test_unknown_shortcodes_are_reported(editor: Browser, make_page: MakePage) -> None:
    page = make_page(
        "Recettes", "<p>[recette-du-jour] [display-if-logged]x[/display-if-logged]</p>"
    )

    told = editor.visit(f"/admin/pages/{page.id}").select_one(".notices")

    assert told is not None
    assert "[recette-du-jour]" in told.text
    assert "display-if" not in told.text


def test_the_screen_lists_every_shortcode_with_an_example(editor: Browser) -> None:
    page = editor.visit(NEW)

    for tag in ("display-if", "echanger-paniers-list", "les-paniers-intermittents"):
        assert page.find(id=f"exemple-{tag}") is not None, tag


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("visitor", "V"),
        ("member", "L M"),
        ("intermittent", "L I"),
        ("admin", "L A"),
        ("nobody", "V"),
    ],
)
def test_a_preview_shows_the_page_as_a_reader_sees_it(
    editor: Browser, reader: str, words: str
) -> None:
    body = " ".join(
        f"[display-if role={role}]@{letter}[/display-if]"
        for role, letter in (
            ("not_logged", "V"), ("logged", "L"), ("member", "M"), ("intermittent", "I"),
            ("admin", "A"),
        )
    )  # fmt: skip

    answer = editor.client.post(
        "/admin/pages/apercu",
        data={"csrf_token": editor.token(NEW), "title": "Essai", "body": body, "reader": reader},
    )

    assert answer.status_code == 200
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert [letter for letter in "VLMIA" if f"@{letter}" in answer.text] == sorted(
        words.split(), key="VLMIA".index
    )


def test_a_preview_is_cleaned_and_saves_nothing(editor: Browser, session: Session) -> None:
    token = editor.token(NEW)
    for text in (one for one in HOSTILE if "\ud800" not in one):  # no browser sends that
        answer = editor.client.post(
            "/admin/pages/apercu", data={"csrf_token": token, "body": text, "reader": "visitor"}
        )
        prose = BeautifulSoup(answer.data, "html.parser").select_one(".prose")
        assert answer.status_code == 200
        assert prose is not None
        assert prose.select("script, iframe, form, style, [onclick], [onerror], [style]") == []
    assert session.scalars(select(Page)).all() == []


def test_a_hostile_page_is_saved_harmless(editor: Browser) -> None:
    send(editor.client, NEW, title="Piège", body="".join(HOSTILE[:20]))

    page = editor.visit("/piege").select_one(".prose")

    assert page is not None
    assert page.select("script, [onerror], [onload]") == []
    assert all(
        not str(link.get("href", "")).lower().startswith("java") for link in page.select("a")
    )


def test_the_history_shows_and_restores(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    old = page.revision_id
    send(editor.client, f"/admin/pages/{page.id}", body="<p>Tarte</p>")
    history = f"/admin/pages/{page.id}/historique"

    assert len(editor.visit(history).select("tbody tr")) == 2
    assert "<p>Soupe</p>" in editor.visit(f"{history}/{old}").text
    editor.post(f"{history}/{old}/restaurer", page=history)

    assert "Soupe" in editor.visit("/recettes").text
    assert "Tarte" not in editor.visit("/recettes").text


def test_a_page_is_deleted_after_a_question(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes")
    ask = f"/admin/pages/{page.id}/supprimer"
    assert "Recettes" in editor.visit(ask).text
    assert "Recettes" in editor.visit("/recettes").text

    editor.post(ask, page=ask)

    editor.visit("/recettes", 404)


def test_a_page_made_in_the_place_of_a_deleted_one_says_its_own_words(
    editor: Browser, session: Session, make_page: MakePage
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    editor.visit("/recettes")
    ask = f"/admin/pages/{page.id}/supprimer"
    editor.post(ask, page=ask)
    session.expunge_all()
    make_page("Recettes", "<p>Tarte</p>")

    assert "Tarte" in editor.visit("/recettes").text


def test_the_list_searches_without_accents_and_pages(
    editor: Browser, make_page: MakePage, statements: list[str]
) -> None:
    for number in range(30):
        make_page(f"Été {number}")
    make_page("Œufs")

    assert len(editor.visit("/admin/pages/").select("tbody tr")) == PAGE_SIZE
    assert len(editor.visit("/admin/pages/?page=2").select("tbody tr")) == 31 - PAGE_SIZE
    assert len(editor.visit("/admin/pages/?page=999").select("tbody tr")) == 31 - PAGE_SIZE
    assert len(editor.visit("/admin/pages/?q=oeufs").select("tbody tr")) == 1
    assert len(editor.visit("/admin/pages/?q=ete+29").select("tbody tr")) == 1
    assert "Aucune page" in editor.visit("/admin/pages/?q=%25").text
    statements.clear()
    editor.visit("/admin/pages/")
    assert len(statements) <= 3


@pytest.mark.parametrize("role", [None, Role.REFERENT, Role.INTERMITTENT_MANAGER, Role.TREASURER])
def test_only_admins_edit(
    browse: BrowserFactory, make: Make, make_page: MakePage, role: Role | None
) -> None:
    page = make_page()
    browser = browse(make.person(roles=[role] if role else []))
    token = {"csrf_token": browser.token()}

    own = f"/admin/pages/{page.id}"
    for path in ("/admin/pages/", NEW, own, f"{own}/historique", f"{own}/supprimer"):
        assert browser.client.get(path).status_code == 403, path
    for path in (NEW, "/admin/pages/apercu", f"{own}/supprimer", f"{own}/historique/1/restaurer"):
        assert browser.client.post(path, data=token).status_code == 403, path
    assert "Modifier cette page" not in browser.visit("/recettes").text


def test_what_is_not_there_is_not_found(editor: Browser, make_page: MakePage) -> None:
    page, other = make_page("Un"), make_page("Deux")

    for path in ("/admin/pages/99", "/admin/pages/99/historique", "/admin/pages/99/supprimer",
                 f"/admin/pages/{page.id}/historique/{other.revision_id}",
                 "/admin/pages/99999999999999999999"):  # fmt: skip
        assert editor.client.get(path).status_code == 404, path


def in_old_tab(editor: Browser, page: Page) -> dict[str, object]:
    """Return what the screen of a page would send, opened now."""
    return fields(editor.visit(f"/admin/pages/{page.id}"))


def test_an_old_tab_neither_moves_a_page_in_the_menu_nor_lifts_its_protection(
    editor: Browser, session: Session, make_page: MakePage
) -> None:
    one, two = (make_page(title, in_menu=True, position=None) for title in ("Un", "Deux"))
    url = f"/admin/pages/{two.id}"
    old = in_old_tab(editor, two)
    editor.post(f"/admin/menu/{two.id}/deplacer", {"vers": "monter"}, "/admin/menu")
    editor.post(f"/admin/menu/{one.id}/retirer", {}, "/admin/menu")
    editor.post(f"/admin/menu/{two.id}/nom", {"nom": "Ici"}, "/admin/menu")

    assert editor.client.post(url, data=old | {"body": "<p>Autre</p>"}).status_code == 303

    session.rollback()
    page = session.get_one(Page, two.id, populate_existing=True)
    assert (page.position, page.menu_label, page.in_menu) == (10, "Ici", True)

    old = in_old_tab(editor, two)
    send(editor.client, url, is_protected="y", path="ici")
    told = editor.client.post(url, data=old | {"body": "<p>Encore</p>"})

    assert told.status_code == 409
    again = fields(BeautifulSoup(told.data, "html.parser"))
    assert (again["is_protected"], again["path"], again["body"]) == ("y", "ici", "<p>Encore</p>")
    assert editor.client.post(url, data=again).status_code == 303
    session.rollback()
    session.refresh(page)
    assert (page.audience, page.path) == ("connected", "ici")


def test_what_two_editors_set_at_once_is_asked_again(
    editor: Browser, session: Session, make_page: MakePage
) -> None:
    page = make_page("Un", in_menu=True, position=5)
    url = f"/admin/pages/{page.id}"
    old = in_old_tab(editor, page)
    editor.post(f"/admin/menu/{page.id}/nom", {"nom": "Le sien"}, "/admin/menu")

    answer = editor.client.post(url, data=old | {"menu_label": "Le mien"})

    assert answer.status_code == 409
    told = BeautifulSoup(answer.data, "html.parser")
    assert "Changé aussi par quelqu’un d’autre : « Le sien »." in told.text
    assert fields(told)["menu_label"] == "Le mien"
    assert editor.client.post(url, data=fields(told)).status_code == 303
    session.rollback()
    assert session.scalars(select(Page.menu_label)).one() == "Le mien"


@pytest.mark.parametrize("altered", ["", "[]", "{", "[" * 5000, '{"title": {"a": 1}, "path": 7}'])
def test_altered_settings_break_nothing(editor: Browser, make_page: MakePage, altered: str) -> None:
    page = make_page()

    answer = send(editor.client, f"/admin/pages/{page.id}", seen=altered, title="Tarte")

    assert answer.status_code in (303, 409)


def test_who_comes_back_to_the_form_of_a_new_page_makes_no_second_one(
    editor: Browser, session: Session
) -> None:
    typed = {**fields(editor.visit(NEW)), "title": "Recettes", "body": "<p>Soupe</p>"}
    editor.client.post(NEW, data=typed)

    again = editor.client.post(NEW, data=typed | {"body": "<p>Tarte</p>"})

    assert again.status_code == 409
    told = BeautifulSoup(again.data, "html.parser")
    assert "déjà enregistrée, à l’adresse /recettes" in told.text
    page = session.scalars(select(Page)).one()
    form = told.select_one("#page-form")
    assert form is not None
    assert form["action"] == f"/admin/pages/{page.id}"
    assert editor.client.post(str(form["action"]), data=fields(told)).status_code == 303
    assert "Tarte" in editor.visit("/recettes").text


def test_the_text_of_a_page_that_went_to_the_trash_meanwhile_is_kept(
    editor: Browser, make_page: MakePage
) -> None:
    page = make_page("Recettes")
    old = in_old_tab(editor, page)
    editor.post(f"/admin/pages/{page.id}/supprimer", {}, "/admin/pages/")

    answer = editor.client.post(f"/admin/pages/{page.id}", data=old | {"body": "<p>Tarte</p>"})

    assert answer.status_code == 409
    told = BeautifulSoup(answer.data, "html.parser")
    assert fields(told)["body"] == "<p>Tarte</p>"
    assert editor.client.post(NEW, data=fields(told)).headers["Location"] == "/recettes"
