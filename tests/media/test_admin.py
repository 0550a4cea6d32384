"""The screens of images, and what the editor's dialog asks."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.media.checks import CHECKS
from amapress_py.media.models import Media
from amapress_py.media.rules import MOST_REQUEST_BYTES, address
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.media.conftest import SCREEN, MakePage, Uploader, drawn, encoded

Store = Callable[..., Media]


def test_the_editor_gets_what_it_inserts(uploader: Uploader, session: Session) -> None:
    answer = uploader.send(encoded(drawn()), "Fête de l’AMAP.jpg", alt="Une  fête ")

    assert answer.status_code == 201
    about = answer.get_json()
    assert re.fullmatch(r"/media/[0-9a-f]{32}/fete-de-l-amap\.jpg", about["src"])
    assert (about["alt"], about["width"], about["height"]) == ("Une fête", 60, 40)
    assert uploader.client.get(about["src"]).mimetype == "image/jpeg"


def test_the_screen_says_that_it_is_kept(uploader: Uploader) -> None:
    answer = uploader.send(encoded(drawn()), json=False)

    assert (answer.status_code, answer.location) == (303, SCREEN)
    page = uploader.browser.visit(SCREEN)
    assert "L’image est enregistrée" in page.text
    assert "Un dessin" in page.text
    assert "60 × 40 pixels" in page.text.replace("\u00a0", " ")
    assert "Aucune page ne l’utilise" in page.text


def test_an_image_needs_words_unless_it_decorates(
    uploader: Uploader, count: Callable[[], int]
) -> None:
    refused = uploader.send(encoded(drawn()), alt="  ")
    kept = uploader.send(encoded(drawn()), alt="inutile", decorative="y")

    assert refused.status_code == 422
    assert "Image décorative" in refused.get_json()["error"]
    assert (kept.status_code, kept.get_json()["alt"]) == (201, "")
    assert count() == 1


def test_a_refused_form_keeps_what_was_typed(uploader: Uploader) -> None:
    answer = uploader.send(b"<svg/>", json=False, alt="Nos paniers")

    assert answer.status_code == 422
    assert 'value="Nos paniers"' in answer.text
    assert "JPEG, PNG, WebP et GIF" in answer.text
    assert '<details class="panel" open>' in answer.text


def test_words_too_long_are_refused(uploader: Uploader, count: Callable[[], int]) -> None:
    assert uploader.send(encoded(drawn()), alt="x" * 301).status_code == 422
    assert count() == 0


@pytest.mark.parametrize("json", [True, False])
def test_an_upload_too_heavy_is_refused_in_french(
    uploader: Uploader, json: bool, count: Callable[[], int]
) -> None:
    whole = uploader.send(b"x" * (MOST_REQUEST_BYTES + 1), json=json)
    file = uploader.send(b"x" * 15_000_001, json=json)

    for answer in (whole, file):
        assert answer.status_code == 413
        assert "trop gros" in (answer.get_json()["error"] if json else answer.text)
    assert count() == 0


def test_other_forms_stay_small(uploader: Uploader) -> None:
    body = {"csrf_token": uploader.token, "alt": "x" * 1_500_000}

    assert uploader.client.post(f"{SCREEN}1", data=body).status_code == 413
    assert uploader.client.post(SCREEN, data=body).status_code == 413  # a form without a file
    assert uploader.submit(body).status_code == 413  # a field that is no file


def test_who_is_refused_for_size_sees_no_image(browse: BrowserFactory, store: Store) -> None:
    media = store()

    answer = browse().client.post(SCREEN, data={"alt": "x" * (MOST_REQUEST_BYTES + 1)})

    assert answer.status_code == 413
    assert media.key not in answer.text


def test_the_list_is_searched_without_accents(uploader: Uploader, store: Store) -> None:
    store(name="ete.jpg", alt="Été au jardin", shade=1)
    store(name="hiver.jpg", alt="Choux", shade=2)

    def found(words: str) -> list[str]:
        page = uploader.browser.visit(f"{SCREEN}?q={words}")
        return [one.text for one in page.select(".images strong")]

    assert found("ete jardin") == ["ete.jpg"]
    assert found("CHOUX") == ["hiver.jpg"]
    assert found("rien") == []
    assert found("") == ["hiver.jpg", "ete.jpg"]  # the newest first


def test_lists_are_paged_with_the_same_statements(
    uploader: Uploader, store: Store, make_page: MakePage, statements: list[str]
) -> None:
    counts = []
    for shades in (range(1), range(1, 25)):
        for shade in shades:
            media = store(shade=shade)
            make_page(f"Page {shade}", f'<img src="{address(media.key, media.name)}" alt="">')
        for path in (SCREEN, f"{SCREEN}choisir"):
            statements.clear()
            uploader.client.get(path)
            counts.append(len(statements))

    assert counts[:2] == counts[2:]
    assert max(counts) <= 6
    assert len(uploader.browser.visit(f"{SCREEN}?page=2").select(".images > li")) == 5
    assert len(uploader.browser.visit(f"{SCREEN}choisir?page=3").select(".images > li")) == 1


def test_the_list_names_the_pages(uploader: Uploader, store: Store, make_page: MakePage) -> None:
    media = store()
    make_page("Nos recettes", f'<img src="{address(media.key, media.name)}" alt="">')

    for path in (SCREEN, f"{SCREEN}{media.id}"):
        assert uploader.browser.visit(path).select_one('main a[href="/nos-recettes"]')


def test_the_choice_is_a_piece_or_a_page(uploader: Uploader, store: Store) -> None:
    media = store(alt='Un "dessin" & <b>')
    path = f"{SCREEN}choisir"

    piece = uploader.client.get(path)
    alone = uploader.client.get(path, headers={"Sec-Fetch-Dest": "document"})
    button = uploader.browser.visit(path).select_one("[data-src]")

    assert "<html" not in piece.text
    assert "<html" in alone.text
    assert button is not None
    assert button["data-src"] == address(media.key, media.name)
    assert button["data-alt"] == 'Un "dessin" & <b>'
    assert (button["data-width"], button["data-height"]) == ("60", "40")
    assert 'enctype="multipart/form-data"' in piece.text
    assert 'name="csrf_token"' in piece.text


def test_the_description_is_changed(uploader: Uploader, store: Store, session: Session) -> None:
    media = store()
    path = f"{SCREEN}{media.id}"

    refused = uploader.client.post(path, data={"csrf_token": uploader.token, "alt": ""})
    uploader.browser.post(path, {"alt": "Des choux"}, page=path)

    assert refused.status_code == 422
    assert uploader.browser.visit(path).select_one("#image-alt")["value"] == "Des choux"  # type: ignore[index]
    uploader.browser.post(path, {"decorative": "y"}, page=path)
    assert uploader.browser.visit(path).select_one("#image-decorative[checked]")


def test_deletion_is_asked_and_refused_while_a_page_shows_it(
    uploader: Uploader, store: Store, make_page: MakePage, count: Callable[[], int]
) -> None:
    shown, unused = store(shade=1), store(shade=2)
    make_page("Nos recettes", f'<img src="{address(shown.key, shown.name)}" alt="">')

    refused = uploader.browser.post(f"{SCREEN}{shown.id}/supprimer", page=SCREEN)
    assert "encore montrée par" in refused.text
    assert "Nos recettes" in refused.text
    assert uploader.browser.visit(f"{SCREEN}{unused.id}/supprimer").select_one("button.danger")
    assert count() == 2

    assert "supprimée" in uploader.browser.post(f"{SCREEN}{unused.id}/supprimer", page=SCREEN).text
    assert count() == 1


def test_what_is_gone_is_not_found(uploader: Uploader) -> None:
    for path in (f"{SCREEN}9", f"{SCREEN}9/supprimer"):
        assert uploader.client.get(path).status_code == 404
        answer = uploader.client.post(path, data={"csrf_token": uploader.token, "alt": "x"})
        assert answer.status_code == 404
        assert "n’existe plus" in answer.text


def test_only_administrators_come_here(browse: BrowserFactory, make: Make, store: Store) -> None:
    media = store()
    client: FlaskClient = browse(make.person()).client
    for path in (SCREEN, f"{SCREEN}choisir", f"{SCREEN}{media.id}"):
        assert client.get(path).status_code == 403
        assert browse().client.get(path).status_code == 303


def test_no_upload_without_a_token(uploader: Uploader, count: Callable[[], int]) -> None:
    uploader.token = "x"

    assert uploader.send(encoded(drawn())).status_code == 400
    assert count() == 0


def test_the_author_is_written_down(uploader: Uploader, session: Session, admin: Person) -> None:
    uploader.send(encoded(drawn()))

    assert session.query(Media).one().author_id == admin.id


def test_pages_with_lost_images_are_worth_a_remark(
    session: Session, store: Store, make_page: MakePage, app: Flask
) -> None:
    media = store()
    make_page("Entière", f'<img src="{address(media.key, media.name)}" alt="">')
    lost = [f'<img src="/media/{digit * 32}/rien.jpg" alt="">' for digit in "ab"]
    make_page("Une de perdue", lost[0])
    make_page("Deux de perdues", "".join(lost))

    with app.test_request_context():
        found = list(CHECKS[0].run(db.session()))

    texts = [one.text.replace("\u00a0", " ") for one in found]
    assert texts == [
        "La page « Une de perdue » montre une image qui n’existe plus.",
        "La page « Deux de perdues » montre 2 images qui n’existent plus.",
    ]
    assert found[0].mends[0].url.startswith("/admin/pages/")


@pytest.mark.parametrize(
    ("accept", "status"), [("text/html,*/*", 303), ("*/*", 303), ("application/json", 201)]
)
def test_json_is_only_for_who_asks(uploader: Uploader, accept: str, status: int) -> None:
    body = {
        "csrf_token": uploader.token,
        "alt": "Un dessin",
        "file": (BytesIO(encoded(drawn())), "a.jpg"),
    }

    answer = uploader.client.post(SCREEN, data=body, headers={"Accept": accept})

    assert answer.status_code == status
