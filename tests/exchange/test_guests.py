"""Who only has the mail: one button books a basket, two answer its owner."""

import datetime as dt
import re

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.models import Person
from amapress_py.exchange import alerts, enrolment, services, tokens
from amapress_py.exchange.models import Alert, BasketOffer, IntermittentEnrolment, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.exchange.steps import Actor
from amapress_py.mail import outbox
from tests.conftest import BrowserFactory
from tests.factories import Make

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def bruno(make: Make) -> Person:
    return make.intermittent("Bruno")


@pytest.fixture
def offer(make: Make, bruno: Person) -> BasketOffer:
    return make.offer(make.member("Anna"), message="Merci <b>à vous</b>")


def link(session: Session, event: str, label: str) -> str:
    """Return the path of a link of the one mail of that kind."""
    session.rollback()
    session.expire_all()
    mails = [one for one in outbox.pending(session) if one.event == f"exchange/{event}"]
    assert len(mails) == 1
    found = re.search(rf"^{label}\s: http://localhost(\S+)$", mails[0].text, re.MULTILINE)
    assert found is not None
    return found[1]


def alert_link(session: Session) -> str:
    with db.transaction() as current:
        alerts.write_alert(current, current.scalars(select(Alert.id)).one())
    return link(session, "alert", "Je suis intéressé")


def requests(session: Session) -> list[OfferRequest]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(OfferRequest).order_by(OfferRequest.id)))


def designate(session: Session, make: Make, bruno: Person) -> OfferRequest:
    anna = make.member("Anna")
    with db.transaction() as current:
        delivery = make.coming_delivery(anna)
        services.offer_basket(current, Actor.of(anna), delivery.id, taker_id=bruno.id)
    return requests(session)[0]


def test_the_link_of_an_alert_shows_the_basket_and_changes_nothing(
    session: Session, browse: BrowserFactory, offer: BasketOffer
) -> None:
    path = alert_link(session)

    page = browse(None).visit(path)
    browse(None).client.head(path)

    text = page.get_text(" ", strip=True)
    assert "1/2 Panier" in text
    assert "10,00" in text
    assert "Merci <b>à vous</b>" in text
    assert "Nom" not in text
    assert "@" not in text
    assert requests(session) == []


def test_one_click_books_without_a_password(
    session: Session, browse: BrowserFactory, offer: BasketOffer, bruno: Person
) -> None:
    path = alert_link(session)

    done = browse(None).client.post(path)
    again = browse(None).client.post(path)

    assert "Votre demande est envoyée" in done.text
    assert "Vous avez déjà demandé ce panier" in again.text
    assert again.status_code == 409
    assert [one.person_id for one in requests(session)] == [bruno.id]
    assert "Set-Cookie" not in done.headers


def test_a_link_is_for_seven_days_one_person_and_one_purpose(
    session: Session,
    browse: BrowserFactory,
    make: Make,
    offer: BasketOffer,
    bruno: Person,
    clock: time_machine.Traveller,
) -> None:
    path = alert_link(session)
    token = path.rpartition("/")[2]
    other = tokens.designation_token(make.request(offer, make.intermittent("Chloé")))
    forged = [
        token[:-3] + "abc", token[5:], "x" * 5000, "", "%00", other, token.replace(".", "", 1)
    ]  # fmt: skip

    for one in forged:
        assert browse(None).client.post(f"/paniers/interesse/{one}").status_code in {404, 405}
        assert browse(None).client.post(f"/paniers/reponse/{token}/oui").status_code == 404
    clock.shift(dt.timedelta(days=7))
    assert browse(None).client.post(path).status_code == 404
    assert [one.person.first_name for one in requests(session)] == ["Chloé"]


def test_the_link_dies_with_the_enrolment(
    session: Session, browse: BrowserFactory, offer: BasketOffer, bruno: Person
) -> None:
    path = alert_link(session)
    with db.transaction() as current:
        enrolment.end_enrolment(current, bruno.id)
        enrolment.confirm_enrolment(current, bruno.id, bruno.id)

    assert session.scalars(select(IntermittentEnrolment)).all()
    assert browse(None).client.post(path).status_code == 404
    assert requests(session) == []


def test_too_late_is_told(
    session: Session,
    browse: BrowserFactory,
    offer: BasketOffer,
    clock: time_machine.Traveller,
) -> None:
    path = alert_link(session)
    clock.move_to(offer.delivery.starts_at)

    late = browse(None).client.post(path)

    assert late.status_code == 409
    assert "Trop tard" in late.text
    assert requests(session) == []


def test_the_chosen_taker_confirms_by_link(
    session: Session, make: Make, browse: BrowserFactory, bruno: Person
) -> None:
    request = designate(session, make, bruno)
    path = link(session, "designated_taker", "Répondre")
    page = browse(None).visit(path)
    assert {one.get_text() for one in page.select("main button")} == {
        "Je prends ce panier", "Je ne peux pas",
    }  # fmt: skip
    assert requests(session)[0].state is RequestState.PENDING

    done = browse(None).client.post(f"{path}/oui")
    again = browse(None).client.post(f"{path}/non")

    assert "le panier est pour vous" in done.text
    assert "n’est plus" in again.text
    assert requests(session)[0].state is RequestState.ACCEPTED
    assert session.get_one(BasketOffer, request.offer_id).state is OfferState.EXCHANGED


def test_the_chosen_taker_declines_by_link_and_the_basket_is_announced(
    session: Session, make: Make, browse: BrowserFactory, bruno: Person
) -> None:
    request = designate(session, make, bruno)
    path = link(session, "designated_taker", "Répondre")

    done = browse(None).client.post(f"{path}/non")

    assert "proposé à tous" in done.text
    assert requests(session)[0].state is RequestState.WITHDRAWN
    assert session.get_one(BasketOffer, request.offer_id).state is OfferState.OPEN
    assert len(session.scalars(select(Alert)).all()) == 1


def told(browse: BrowserFactory, path: str) -> str:
    """Return the message of a page behind a link, which then has no button."""
    page = browse(None).visit(path)
    assert page.select("main button") == []
    return page.select_one("main p.message").get_text()  # type: ignore[union-attr]


def test_the_page_says_before_the_click_that_there_is_nothing_to_press(
    session: Session,
    browse: BrowserFactory,
    make: Make,
    offer: BasketOffer,
    bruno: Person,
    clock: time_machine.Traveller,
) -> None:
    path = alert_link(session)
    assert "Bruno N." in browse(None).visit(path).get_text()
    request = make.request(offer, bruno)
    assert "Vous avez déjà demandé" in told(browse, path)
    request.state, offer.state = RequestState.WITHDRAWN, OfferState.EXCHANGED
    session.commit()
    assert "réservé par quelqu’un d’autre" in told(browse, path)
    offer.state = OfferState.CANCELLED
    session.commit()
    assert "Cette offre a été annulée" in told(browse, path)
    offer.state = OfferState.OPEN
    session.commit()
    clock.move_to(offer.delivery.starts_at)
    assert "Trop tard" in told(browse, path)


def test_the_page_of_who_was_chosen_says_that_he_answered(
    session: Session, make: Make, browse: BrowserFactory, bruno: Person
) -> None:
    designate(session, make, bruno)
    path = link(session, "designated_taker", "Répondre")
    browse(None).client.post(f"{path}/oui")

    assert "Vous avez déjà répondu" in told(browse, path)


@pytest.mark.parametrize("word", ["gerer", "voir"])
def test_the_link_of_a_mail_leads_to_the_row(
    browse: BrowserFactory, bruno: Person, word: str
) -> None:
    to_log_in = browse(None).client.get(f"/paniers/7/{word}")
    to_the_row = browse(bruno).client.get(f"/paniers/7/{word}")

    assert to_log_in.location == f"/connexion?suite=/paniers/7/{word}"
    assert to_the_row.status_code == 303
    assert to_the_row.location.endswith("#offre-7")
