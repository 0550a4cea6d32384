"""List, trash and history of pages in the back office."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person, Role
from amapress_py.clock import now
from amapress_py.cms import queries, services
from amapress_py.cms.models import Page, PageDraft, PageRevision, PageState
from amapress_py.cms.services import Draft
from tests.cms.conftest import MakePage
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

LIST = "/admin/pages/"
TRASH = "/admin/pages/corbeille"
LATER = datetime(2050, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def editor(browse: BrowserFactory, admin: Person) -> Browser:
    return browse(admin)


def save(page: Page, body: str, title: str = "", **more: object) -> Page:
    with db.transaction() as current:
        fresh = current.get_one(Page, page.id, populate_existing=True)
        draft = Draft(title or fresh.title, body, fresh.path, **more)  # type: ignore[arg-type]
        return services.save_page(current, page.id, draft, 0, fresh.revision_id or 0)


def plain(page: BeautifulSoup) -> str:
    return " ".join(page.text.replace("\u00a0", " ").split())


# ---------- List


def test_the_list_is_a_tree_by_address(editor: Browser, make_page: MakePage) -> None:
    above = make_page("Zoé")
    make_page("Ail", path="zoe/ail")
    make_page("Bette", path="zoe/ail/bette", parent_id=above.id)
    make_page("Zoé deux", path="zoe-2")
    make_page("Seule", path="ailleurs/seule")

    lines = editor.visit(LIST).select("tbody td:first-child")

    assert [(str(one.a and one.a.text), one["class"]) for one in lines] == [
        ("Seule", ["deep-0"]),
        ("Zoé", ["deep-0"]),
        ("Ail", ["deep-1"]),
        ("Bette", ["deep-2"]),
        ("Zoé deux", ["deep-0"]),
    ]


def test_the_list_is_narrowed_by_state_and_protection(editor: Browser, make_page: MakePage) -> None:
    make_page("Ouverte")
    make_page("Réservée", audience="member")
    make_page("Ébauche", state=PageState.DRAFT)
    make_page("Bientôt", state=PageState.SCHEDULED, publish_at=LATER)

    def titles(query: str) -> list[str]:
        return [one.text for one in editor.visit(f"{LIST}?{query}").select("td:first-child > a")]

    assert titles("etat=brouillon") == ["Ébauche"]
    assert titles("etat=programmee") == ["Bientôt"]
    assert titles("etat=publiee") == ["Ouverte", "Réservée"]
    assert titles("pour=protegee") == ["Réservée"]
    assert titles("pour=publique&etat=publiee&q=OUV") == ["Ouverte"]
    assert len(titles("etat=nonsense&pour=%FF")) == 4
    assert "Aucune page" in editor.visit(f"{LIST}?etat=brouillon&pour=protegee").text
    assert "le 01/01/2050 10:00" in plain(editor.visit(f"{LIST}?etat=programmee"))


def test_the_list_tells_who_is_writing_now(
    editor: Browser, make: Make, make_page: MakePage, session: Session
) -> None:
    page, other = make_page("Recettes"), make_page("Autres")
    camille = make.person("Camille", roles=[Role.ADMIN])
    for key, ago in ((page.id, 1), (other.id, 30)):
        session.add(
            PageDraft(
                page_id=key, person_id=camille.id, title="", body="",
                saved_at=now() - timedelta(minutes=ago),
            )
        )  # fmt: skip
    session.commit()

    told = editor.visit(LIST).select(".writing-now")

    assert [one.text for one in told] == [f"{camille.name} y travaille en ce moment"]


def test_the_list_takes_few_statements(
    editor: Browser, make_page: MakePage, statements: list[str]
) -> None:
    for number in range(30):
        make_page(f"Page {number}")
    editor.visit(LIST)
    statements.clear()

    editor.visit(LIST)

    assert len(statements) <= 3


# ---------- Trash


def test_a_page_goes_to_the_trash_and_comes_back_as_a_draft(
    editor: Browser, make_page: MakePage, session: Session
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    ask = f"/admin/pages/{page.id}/supprimer"
    assert "Mettre à la corbeille" in editor.visit(ask).text

    editor.post(ask, page=ask)

    editor.visit("/recettes", 404)
    assert "Corbeille (1)" in plain(editor.visit(LIST))
    assert "Recettes" in editor.visit(TRASH).text
    back = editor.post(f"/admin/pages/{page.id}/remettre", page=TRASH)
    assert "en brouillon" in back.text
    session.expire_all()
    assert session.get_one(Page, page.id).state is PageState.DRAFT
    assert "La corbeille est vide" in editor.visit(TRASH).text


def test_a_page_is_gone_for_good_after_a_second_question(
    editor: Browser, make_page: MakePage, session: Session
) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    erase = f"/admin/pages/{page.id}/effacer"
    assert editor.client.get(erase).status_code == 404
    token = editor.token(LIST)
    assert editor.client.post(erase, data={"csrf_token": token}).status_code == 404
    with db.transaction() as current:
        services.trash_page(current, page.id)

    assert "Personne ne pourra" in editor.visit(erase).text
    assert session.scalars(select(Page.id)).all() == [page.id]
    editor.post(erase, page=erase)

    session.rollback()
    assert session.scalars(select(Page.id)).all() == []
    assert session.scalars(select(PageRevision.id)).all() == []
    assert editor.client.get(erase).status_code == 404


def test_a_page_that_others_need_names_them_and_stays(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Accueil des nouveaux")
    make_page("Sous-page", parent_id=page.id)
    make_page("Réservée", audience="connected", redirect_page_id=page.id)
    ask = f"/admin/pages/{page.id}/supprimer"

    asked = editor.visit(ask)

    assert "Sous-page" in asked.text
    assert "Réservée" in asked.text
    assert asked.select("main form") == []
    told = editor.post(ask, page=LIST)
    assert "Sous-page" in told.text
    editor.visit("/accueil-des-nouveaux")


def test_home_stays(editor: Browser, seeded: Session) -> None:
    home = queries.site_pages(seeded).by_path[""]

    assert "page d’accueil" in editor.visit(f"/admin/pages/{home.id}/supprimer").text


# ---------- History


def test_two_revisions_stand_side_by_side(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes", "<h2>Menu</h2><p>Soupe de potiron</p>")
    first = page.revision_id
    second = save(page, "<h2>Menu</h2><p>Soupe de courge</p>", "Nos recettes").revision_id
    history = f"/admin/pages/{page.id}/historique"

    compared = editor.visit(f"{history}/{first}/{second}")

    block = compared.select_one(".compared")
    assert block is not None
    assert [one.text for one in block.select("del")] == ["potiron"]
    assert [one.text for one in block.select("ins")] == ["courge"]
    assert [one.text for one in compared.select(".heads del, .heads ins")] == [
        "Recettes",
        "Nos recettes",
    ]
    turned = editor.visit(f"{history}/{second}/{first}").select_one(".compared del")
    assert turned is not None
    assert turned.text == "potiron"
    links = {str(one["href"]) for one in editor.visit(history).select("main a")}
    assert f"{history}/{first}/{second}" in links


def test_any_two_revisions_are_chosen(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>un</p>")
    keys = [page.revision_id, *(save(page, f"<p>{n}</p>").revision_id for n in range(3))]
    choose = f"/admin/pages/{page.id}/historique/comparer"

    answer = editor.client.get(f"{choose}?avant={keys[3]}&apres={keys[1]}")

    assert answer.headers["Location"].endswith(f"/historique/{keys[1]}/{keys[3]}")
    for wrong in (
        "",
        "?avant=1",
        "?avant=x&apres=1",
        f"?avant=1&apres={'9' * 6000}",
        "?avant=²&apres=1",
    ):
        answer = editor.client.get(choose + wrong)
        assert answer.headers["Location"].endswith("/historique"), wrong
    assert (
        editor.client.get(f"{choose}?avant=0&apres=999", follow_redirects=True).status_code == 404
    )


def test_layout_alone_is_told(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>Soupe <b>chaude</b></p>")
    first = page.revision_id
    second = save(page, "<p>Soupe <em>chaude</em></p>").revision_id
    history = f"/admin/pages/{page.id}/historique"

    assert "seule la mise en forme" in editor.visit(f"{history}/{first}/{second}").text
    assert "est le même" in editor.visit(f"{history}/{first}/{first}").text


def test_an_old_version_is_seen_as_a_page_in_a_frame(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>Soupe [display-if-logged]chaude[/display-if-logged]</p>")
    first = page.revision_id
    save(page, "<p>Tarte</p>", "Desserts")
    own = f"/admin/pages/{page.id}/historique/{first}"

    frame = editor.visit(own).select_one("iframe")

    assert frame is not None
    assert frame.get("sandbox") in ("", [])
    answer = editor.client.get(str(frame["src"]))
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    shown = BeautifulSoup(answer.data, "html.parser")
    assert shown.select_one("h1") is not None
    assert "Soupe chaude" in shown.text
    assert "Tarte" not in shown.text


def test_a_restored_version_brings_its_title_back(editor: Browser, make_page: MakePage) -> None:
    page = make_page("Recettes", "<p>Soupe</p>")
    first = page.revision_id
    save(page, "<p>Tarte</p>", "Desserts")
    history = f"/admin/pages/{page.id}/historique"

    editor.post(f"{history}/{first}/restaurer", page=history)

    assert editor.visit("/recettes").select("h1")[0].text == "Recettes"
    assert len(editor.visit(history).select("tbody tr")) == 3


def test_revisions_of_other_pages_are_not_shown(editor: Browser, make_page: MakePage) -> None:
    page, other = make_page("Un"), make_page("Deux")
    history = f"/admin/pages/{page.id}/historique"

    for path in (
        f"{history}/{page.revision_id}/{other.revision_id}",
        f"{history}/{other.revision_id}/page",
        "/admin/pages/99/historique/comparer/x",
    ):
        assert editor.client.get(path).status_code == 404, path


def test_the_history_takes_few_statements(
    editor: Browser, make_page: MakePage, statements: list[str]
) -> None:
    page = make_page("Recettes", "<p>0</p>")
    first = page.revision_id
    for number in range(25):
        last = save(page, f"<p>{number}</p>").revision_id
    history = f"/admin/pages/{page.id}/historique"
    for path in (
        history,
        f"{history}/{first}/{last}",
        f"{history}/{last}",
        f"{history}/{last}/page",
    ):
        editor.visit(path)
        statements.clear()
        editor.visit(path)
        assert len(statements) <= 4, path
