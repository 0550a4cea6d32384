"""The pages behind "Céder une partie", "Je serai absent" and "Réglé"."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py.accounts.models import Person, Role
from amapress_py.exchange import services
from amapress_py.exchange.models import BasketOffer, OfferRequest
from amapress_py.exchange.rules import OfferState
from amapress_py.exchange.steps import Actor
from amapress_py.mail.models import OutboxMail
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def anna(make: Make) -> Person:
    """Anna has two half baskets and bread on the next two Thursdays."""
    anna = make.person("Anna")
    place, days = make.place(), [make.thursday(), make.thursday(1)]
    make.subscription(anna.household, make.contract("Légumes", places=[place], dates=days), [2])
    bread = make.contract("Pain", products={"Pain complet": 450}, places=[place], dates=days)
    make.subscription(anna.household, bread)
    return anna


def offers(session: Session) -> list[BasketOffer]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(BasketOffer).order_by(BasketOffer.id)))


def path(make: Make, person: Person) -> str:
    return f"/paniers/ceder/{make.coming_delivery(person).id}"


def fields(browse: BrowserFactory, who: Person, url: str) -> dict[str, str]:
    """Return name of the select by what its label starts with."""
    page = browse(who).visit(url)
    return {
        str(label.get_text()).partition("\N{NO-BREAK SPACE}")[0].split(" ")[0]: str(label["for"])
        for label in page.select("fieldset label")
    }


def test_one_half_basket_is_ceded_and_the_bread_kept(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    url = path(make, anna)
    names = fields(browse, anna, url)

    done = browse(anna).post(url, {names["Légumes"]: "1", names["Pain"]: "0"}, page=url)

    assert "C’est proposé." in done.get_text()
    items = offers(session)[0].items
    assert [(one.contract_label, one.quantity) for one in items] == [("Légumes", 1)]
    again = browse(anna).visit(url)
    assert [len(one.select("option")) for one in again.select("fieldset select")] == [2, 2]


def test_what_is_chosen_badly_is_shown_again(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    url = path(make, anna)
    names = fields(browse, anna, url)
    browser = browse(anna)
    token = browser.token()

    for data, words in (
        ({names["Légumes"]: "0", names["Pain"]: "0"}, "Cochez ce que vous voulez céder"),
        ({names["Légumes"]: "3"}, "a changé entre-temps"),
        ({"partie-9-9": "1"}, "a changé entre-temps"),
        ({names["Pain"]: "1", "email": "nobody"}, "Rien n’est enregistré"),
    ):
        answer = browser.client.post(
            url, data={"csrf_token": token, "informations": "Merci !", **data}
        )
        assert answer.status_code in {409, 422}
        assert words in answer.text
        assert "Merci !" in answer.text
    assert offers(session) == []
    assert browse(make.person()).client.get(url).status_code == 409
    assert browse(make.person()).client.get(f"{url}?foyer={anna.household_id}").status_code == 403


def test_a_chosen_person_is_asked_whether_known_or_not(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    bruno = make.person("Bruno")
    url = path(make, anna)
    names = fields(browse, anna, url)
    said = set()

    for name, email in (("Légumes", bruno.email), ("Pain", "voisine@example.org")):
        page = browse(anna).post(
            url,
            {names[name]: "1", "email": email, "prenom": "Jeanne", "nom": "Petit"},
            page=url,
        )
        said.add(page.select_one(".message").get_text())  # type: ignore[union-attr]

    assert len(said) == 1
    assert [one.state for one in offers(session)] == [OfferState.REQUESTED] * 2
    asked = session.scalars(select(OfferRequest).order_by(OfferRequest.id)).all()
    assert [one.is_designated for one in asked] == [True, True]
    assert [one.person.first_name for one in asked] == ["Bruno", "Jeanne"]
    mails = session.scalars(
        select(OutboxMail).where(OutboxMail.event == "exchange/designated_taker")
    ).all()
    assert [one.to_address for one in mails] == [bruno.email, "voisine@example.org"]
    assert all("/paniers/reponse/" in one.text for one in mails)


def test_a_responsable_gives_a_part_for_somebody_at_once(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    manager, bruno = make.person(roles=[Role.INTERMITTENT_MANAGER]), make.person("Bruno")
    url = f"{path(make, anna)}?foyer={anna.household_id}"
    names = fields(browse, manager, url)

    browse(manager).post(
        url.partition("?")[0],
        {names["Pain"]: "1", "email": bruno.email, "foyer": str(anna.household_id)},
        page=url,
    )

    assert [one.state for one in offers(session)] == [OfferState.EXCHANGED]


def test_an_absence_is_told_basket_by_basket(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    first, last = make.thursday(), make.thursday(1) + dt.timedelta(days=3)

    page = browse(anna).post("/paniers/absence", {"du": first.isoformat(), "au": last.isoformat()})
    again = browse(anna).post("/paniers/absence", {"du": first.isoformat(), "au": last.isoformat()})

    assert "2 paniers sont proposés." in page.get_text()
    assert again.get_text().count("déjà proposé") == 2
    assert len(offers(session)) == 2
    wrong = browse(anna).post("/paniers/absence", {"du": last.isoformat(), "au": "demain"})
    assert "Rien n’est enregistré" in wrong.get_text()


def test_paid_is_ticked_and_unticked(
    session: Session, make: Make, browse: BrowserFactory, anna: Person
) -> None:
    offer = make.offer(anna)
    request = make.request(offer, make.intermittent("Bruno"))
    services.accept_request(session, Actor.of(anna), request.id)
    session.commit()
    url = f"/paniers/{offer.id}/regle"

    browse(anna).post(url, {"regle": "1"})
    assert offers(session)[0].paid_at is not None
    browse(anna).post(url)
    assert offers(session)[0].paid_at is None
    assert browse(make.person()).client.post(url).status_code in {400, 403}
