"""A friend fetches the basket: one page, one code, one day."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person, Role
from amapress_py.exchange import services as exchange
from amapress_py.exchange.steps import Actor
from amapress_py.passes import rules, services
from amapress_py.passes.models import BasketPass
from amapress_py.passes.refusals import DeliveryOver, NothingToFetch
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def anna(make: Make) -> Person:
    return make.member("Anna")


def path(make: Make, person: Person) -> str:
    return f"/a-ma-place/{make.coming_delivery(person).id}"


def passes(session: Session) -> list[BasketPass]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(BasketPass).order_by(BasketPass.id)))


def give(browse: BrowserFactory, make: Make, anna: Person, name: str = "Jeanne Petit") -> str:
    """Make a pass and return the friend's path."""
    url = path(make, anna)
    page = browse(anna).post(url, {"nom": name, "telephone": "06 11 22 33 44"}, page=url)
    link = page.select_one("#lien-passe")
    assert link is not None, page.get_text()
    return str(link["href"]).removeprefix("http://localhost")


def test_the_friend_sees_all_he_needs_without_an_account(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    link = give(browse, make, anna)

    page = browse(None).visit(link)

    made = passes(session)[0]
    text = page.get_text(" ", strip=True)
    for words in ("Bonjour Jeanne Petit", anna.short_name, "1/2 Panier", "1 rue du Marché",
                  "Venez avec vos propres sacs", made.code, "rien à payer"):  # fmt: skip
        assert words in text
    for secret in (anna.last_name, anna.email, anna.phone):
        assert str(secret) not in text
    image = page.select_one("img[src^='data:image/svg']")
    assert image is not None
    assert len(made.code) == rules.CODE_LENGTH
    assert "Set-Cookie" not in browse(None).client.get(link).headers


def test_a_new_pass_revokes_the_one_before_and_a_revoked_one_is_gone(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    first, second = give(browse, make, anna), give(browse, make, anna, "Paul")
    assert browse(None).client.get(first).status_code == 404
    live = passes(session)[1]

    page = browse(anna).post(f"{path(make, anna)}/annuler/{live.id}", page=path(make, anna))

    assert "est annulé" in page.get_text()
    assert browse(None).client.get(second).status_code == 404
    assert len({one.code for one in passes(session)}) == 2


def test_passes_belong_to_their_household(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    give(browse, make, anna)
    made = passes(session)[0]
    eve = browse(make.member("Eve"))

    answer = eve.client.post(
        f"{path(make, anna)}/annuler/{made.id}", data={"csrf_token": eve.token()}
    )

    assert answer.status_code == 403
    assert passes(session)[0].revoked_at is None
    assert made.code not in eve.visit(path(make, anna)).get_text()
    assert browse(None).client.get("/passe/forged").status_code == 404


def test_it_is_gone_seven_days_after_the_delivery(
    session: Session,
    make: Make,
    browse: BrowserFactory,
    anna: Person,
    clock: time_machine.Traveller,
) -> None:
    link = give(browse, make, anna)
    ends = passes(session)[0].delivery.ends_at
    clock.move_to(ends + dt.timedelta(days=7) - dt.timedelta(seconds=1))
    assert browse(None).client.get(link).status_code == 200
    assert services.forget_passes(session) == 0

    clock.move_to(ends + dt.timedelta(days=7))

    assert browse(None).client.get(link).status_code == 404
    assert services.forget_passes(session) == 1


def test_nothing_to_fetch_no_pass(
    session: Session, make: Make, anna: Person, clock: time_machine.Traveller
) -> None:
    bruno = make.intermittent("Bruno")
    offer = make.offer(anna)
    delivery_id = offer.delivery_id
    # Nobody has taken the basket yet.
    made = services.make_pass(session, anna.id, anna.household_id, delivery_id, name="Jeanne")
    request = make.request(offer, bruno)
    exchange.accept_request(session, Actor.of(anna), request.id)

    with pytest.raises(NothingToFetch):
        services.make_pass(session, anna.id, anna.household_id, delivery_id, name="Jeanne")
    with pytest.raises(NothingToFetch):
        services.make_pass(session, bruno.id, bruno.household_id, delivery_id, name="Jeanne")
    clock.move_to(offer.delivery.ends_at)
    with pytest.raises(DeliveryOver):
        services.make_pass(session, anna.id, anna.household_id, delivery_id, name="Jeanne")
    assert made.revoked_at is None


def test_an_exchanged_basket_is_no_longer_the_friends(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    link = give(browse, make, anna)
    session.rollback()
    offer = make.offer(anna)
    request = make.request(offer)
    exchange.accept_request(session, Actor.of(anna), request.id)
    session.commit()

    assert "plus rien à prendre" in browse(None).visit(link).get_text()
    page = browse(anna).visit(f"/a-ma-place/{offer.delivery_id}").get_text()
    assert "plus rien à prendre" in page
    assert "prévenez Jeanne Petit" in browse(anna).visit(path(make, anna)).get_text()


def test_the_sheet_names_the_friend(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    give(browse, make, anna)
    made = passes(session)[0]
    manager = make.person(roles=[Role.INTERMITTENT_MANAGER])

    sheet = browse(manager).visit(f"/admin/distributions/{made.delivery_id}/emargement")

    text = sheet.get_text(" ", strip=True)
    assert f"récupéré par Jeanne Petit pour {anna.name}" in text
    assert made.code in text


@pytest.mark.parametrize("name", ["", " ", "x" * 101])
def test_a_name_is_needed(
    session: Session, make: Make, browse: BrowserFactory, anna: Person, name: str
) -> None:
    browser = browse(anna)
    answer = browser.client.post(
        path(make, anna), data={"csrf_token": browser.token(), "nom": name, "telephone": "06"}
    )

    assert answer.status_code == 422
    assert 'value="06"' in answer.text
    assert passes(session) == []
