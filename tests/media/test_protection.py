"""Who sees an image: who may see a published page that shows it; nobody else learns of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from amapress_py import clock as clocks
from amapress_py import db, settings
from amapress_py.accounts.models import Person, Role
from amapress_py.cms import services as pages
from amapress_py.cms.models import PageState
from amapress_py.media import services
from amapress_py.media.models import Media
from amapress_py.media.rules import VIGNETTE, address
from tests.conftest import BrowserFactory
from tests.factories import Make
from tests.media.conftest import MakePage, Uploader

Store = Callable[..., Media]
Clients = dict[str, FlaskClient]
READERS = ("visitor", "plain", "intermittent", "treasurer", "admin")
NOBODY: set[str] = set()
EVERYBODY = set(READERS)
CONNECTED = EVERYBODY - {"visitor"}
ADMIN = {"admin"}


@pytest.fixture
def clients(browse: BrowserFactory, make: Make, admin: Person) -> Clients:
    return {
        "visitor": browse().client,
        "plain": browse(make.person("Paula")).client,
        "intermittent": browse(make.intermittent("Inès")).client,
        "treasurer": browse(make.person("Théo", roles=[Role.TREASURER])).client,
        "admin": browse(admin).client,
    }


def url(media: Media) -> str:
    return address(media.key, media.name)


def tag(media: Media) -> str:
    return f'<p><img src="{url(media)}" alt=""></p>'


def seen_by(clients: Clients, media: Media) -> set[str]:
    """Return who gets the image in both sizes; the others get a 404 that tells nothing."""
    found = set()
    for name, client in clients.items():
        client.get("/rien")  # now a connected person's session has its token
        nothing = client.get(f"/media/{'0' * 32}/rien.jpg")
        answers = [
            client.get(address(media.key, media.name, variant)) for variant in ("page", VIGNETTE)
        ]
        codes = {answer.status_code for answer in answers}
        assert codes in ({200}, {404}), (name, codes)
        if codes == {200}:
            found.add(name)
        else:
            assert answers[0].text == nothing.text
            assert dict(answers[0].headers) == dict(nothing.headers)
            assert answers[0].headers["Cache-Control"] == "private, no-store"
    return found


@pytest.mark.parametrize(
    ("page", "readers"),
    [
        ({}, EVERYBODY),
        ({"audience": "everybody"}, EVERYBODY),
        ({"audience": "connected"}, CONNECTED),
        ({"audience": "intermittent"}, {"intermittent", "admin"}),
        ({"audience": "intermittent,treasurer"}, {"intermittent", "treasurer", "admin"}),
        ({"audience": "nonsense"}, ADMIN),
        ({"state": PageState.DRAFT}, ADMIN),
        ({"state": PageState.DRAFT, "audience": "connected"}, ADMIN),
    ],
)
def test_an_image_is_for_the_readers_of_its_page(
    clients: Clients, store: Store, make_page: MakePage, page: dict[str, Any], readers: set[str]
) -> None:
    media = store()
    make_page("Recette", tag(media), **page)

    assert seen_by(clients, media) == readers


def test_an_image_of_no_page_is_for_administrators(clients: Clients, store: Store) -> None:
    assert seen_by(clients, store()) == ADMIN


def test_the_most_open_page_counts(clients: Clients, store: Store, make_page: MakePage) -> None:
    media = store()
    make_page("Une", tag(media), audience="treasurer")
    make_page("Deux", tag(media), audience="intermittent")
    assert seen_by(clients, media) == {"treasurer", "intermittent", "admin"}

    make_page("Trois", tag(media))

    assert seen_by(clients, media) == EVERYBODY


def test_the_trash_shows_nothing(
    clients: Clients, session: Session, store: Store, make_page: MakePage
) -> None:
    media = store()
    page = make_page("Recette", tag(media))
    assert seen_by(clients, media) == EVERYBODY

    with db.transaction() as current:
        pages.trash_page(current, page.id)

    assert seen_by(clients, media) == ADMIN


def test_an_image_follows_its_page_at_once(
    clients: Clients, session: Session, store: Store, make_page: MakePage
) -> None:
    media = store()
    page = make_page("Recette", tag(media))
    assert seen_by(clients, media) == EVERYBODY

    for audience, readers in (("connected", CONNECTED), ("treasurer", {"treasurer", "admin"})):
        with db.transaction() as current:
            draft = pages.Draft("Recette", tag(media), audience=audience)
            pages.save_page(current, page.id, draft, 0, page.revision_id or 0)
            page = current.merge(page)
        assert seen_by(clients, media) == readers
    with db.transaction() as current:
        pages.save_page(current, page.id, pages.Draft("Recette", "<p>Sans</p>"), 0,
                        page.revision_id or 0)  # fmt: skip
    assert seen_by(clients, media) == ADMIN  # the history does not count


def test_a_scheduled_page_opens_its_images_with_itself(
    clock: time_machine.Traveller, clients: Clients, store: Store, make_page: MakePage
) -> None:
    media = store()
    later = clocks.now() + timedelta(hours=1)
    make_page("Demain", tag(media), state=PageState.SCHEDULED, publish_at=later)
    assert seen_by(clients, media) == ADMIN

    clock.shift(timedelta(hours=1))

    assert seen_by(clients, media) == EVERYBODY


def test_the_logo_is_for_everybody(clients: Clients, session: Session, store: Store) -> None:
    media = store()
    with db.transaction() as current:
        settings.save(current, {"logo_key": media.key})

    assert seen_by(clients, media) == EVERYBODY


@pytest.mark.parametrize("prefix", ["", "http://localhost", "//localhost"])
def test_a_whole_address_counts_too(
    clients: Clients, store: Store, make_page: MakePage, prefix: str
) -> None:
    media = store()
    make_page("Recette", f'<p><img src="{prefix}{url(media)}" alt=""></p>')

    assert seen_by(clients, media) == EVERYBODY


def answer_to(app: Flask, media: Media, **headers: str) -> TestResponse:
    return app.test_client().get(url(media), headers=headers)


def test_a_public_image_may_be_kept_for_a_while(
    app: Flask, store: Store, make_page: MakePage
) -> None:
    media = store()
    make_page("Recette", tag(media))

    headers = answer_to(app, media).headers

    assert headers["Cache-Control"] == "public, max-age=300, s-maxage=0"
    assert "Set-Cookie" not in headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Disposition"] == 'inline; filename="dessin.jpg"'


def test_a_public_image_is_one_answer_for_all(
    clients: Clients, store: Store, make_page: MakePage
) -> None:
    media = store()
    make_page("Recette", tag(media))

    answers = [client.get(url(media)).headers for client in clients.values()]

    told = [{name: value for name, value in one if name != "Date"} for one in answers]
    assert all(one == told[0] for one in told)


def test_a_protected_image_is_never_kept(
    clients: Clients, store: Store, make_page: MakePage
) -> None:
    media = store()
    make_page("Recette", tag(media), audience="connected")

    for name in CONNECTED:
        headers = clients[name].get(url(media)).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in headers["Vary"]


def test_who_has_it_is_not_sent_it_again(app: Flask, store: Store, make_page: MakePage) -> None:
    media = store()
    make_page("Recette", tag(media))
    tag_of_content = answer_to(app, media).headers["ETag"]

    again = answer_to(app, media, **{"If-None-Match": tag_of_content})
    small = app.test_client().get(
        address(media.key, media.name, VIGNETTE), headers={"If-None-Match": tag_of_content}
    )

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=300, s-maxage=0"
    assert small.status_code == 200


def test_a_304_is_no_way_around_the_protection(
    app: Flask, clients: Clients, store: Store, make_page: MakePage
) -> None:
    media = store()
    make_page("Recette", tag(media), audience="connected")
    known = clients["plain"].get(url(media)).headers["ETag"]

    for condition in (known, "*"):
        assert answer_to(app, media, **{"If-None-Match": condition}).status_code == 404


def test_head_gets_the_headers_alone(app: Flask, store: Store, make_page: MakePage) -> None:
    media = store()
    make_page("Recette", tag(media))
    whole = answer_to(app, media)

    answer = app.test_client().head(url(media))

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(whole.data))


def test_a_visitor_costs_few_statements(
    app: Flask, store: Store, make_page: MakePage, statements: list[str]
) -> None:
    media = store()
    make_page("Recette", tag(media))
    answer_to(app, media)
    statements.clear()

    answer_to(app, media)

    assert len(statements) == 2  # the version of the site, the bytes


def test_a_page_with_images_costs_no_more_statements(
    clients: Clients, store: Store, make_page: MakePage, statements: list[str]
) -> None:
    make_page("Vide", "<p>Rien</p>", audience="connected")
    make_page("Pleine", "".join(tag(store(shade=shade)) for shade in (1, 2, 3)),
              audience="connected")  # fmt: skip
    counts = []
    for path in ("/vide", "/pleine"):
        clients["plain"].get(path)
        statements.clear()
        clients["plain"].get(path)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_an_image_that_is_shown_is_not_deleted(
    session: Session, store: Store, make_page: MakePage, count: Callable[[], int]
) -> None:
    media = store()
    make_page("Recette", tag(media))
    make_page("Brouillon", tag(media), state=PageState.DRAFT)

    with pytest.raises(services.InUse) as refusal, db.transaction() as current:
        services.delete(current, media.id)

    assert "Recette" in str(refusal.value)
    assert "Brouillon" in str(refusal.value)
    assert count() == 1


def test_the_logo_is_not_deleted(session: Session, store: Store, count: Callable[[], int]) -> None:
    media = store()
    with db.transaction() as current:
        settings.save(current, {"logo_key": media.key})

    with pytest.raises(services.IsLogo), db.transaction() as current:
        services.delete(current, media.id)

    assert count() == 1


def test_an_image_of_the_trash_alone_is_deleted_with_its_bytes(
    app: Flask, session: Session, store: Store, make_page: MakePage, uploader: Uploader
) -> None:
    media = store()
    page = make_page("Recette", tag(media))
    with db.transaction() as current:
        pages.trash_page(current, page.id)

    with db.transaction() as current:
        services.delete(current, media.id)

    with db.engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM media_content").scalar() == 0
    assert uploader.client.get(url(media)).status_code == 404


def test_the_same_image_is_kept_once(store: Store, count: Callable[[], int]) -> None:
    first = store(alt="")
    again = store(name="autre.jpg", alt="Un dessin")

    assert again.id == first.id
    assert (again.name, again.alt) == ("dessin.jpg", "Un dessin")
    assert count() == 1
