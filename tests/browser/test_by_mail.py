"""What somebody does who only has the mail: on a phone, with links from real mails, no log-in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, jobs, settings
from amapress_py.accounts.models import Person
from amapress_py.app import create_app
from amapress_py.config import Config
from amapress_py.contracts import queries as contracts
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange import enrolment, services
from amapress_py.exchange import jobs as exchange_jobs
from amapress_py.exchange.models import BasketOffer, IntermittentEnrolment
from amapress_py.exchange.rules import OfferState
from amapress_py.exchange.steps import Actor
from amapress_py.i18n import short_date
from amapress_py.mail import jobs as mail_jobs
from amapress_py.passes import services as passes
from amapress_py.sheets import services as sheets
from tests.browser.conftest import People, Site
from tests.browser.hands import Finger
from tests.browser.test_pages import AXE, CUT_OFF, FAULTS, RULES
from tests.browser.test_scenario import ALL_FOUR, MINE, OFF_THE_LIST, PHONE
from tests.site import letters
from tests.site.served import free_port
from tests.smtp import Received

BARE: dict[str, Any] = {**PHONE, "java_script_enabled": False}
TWICE = Finger(twice=True)
BOOK = "Je suis intéressé"
SENT = "Votre demande est envoyée"
DEAD = "Ce lien n’est plus valable"


@dataclass
class Office:
    """The application beside the server; what is done in it leaves by the worker's mails."""

    site: Site
    app: Flask

    @contextmanager
    def act(self) -> Iterator[Session]:
        with self.app.app_context(), db.transaction() as session:
            yield session

    def set(self, **values: Any) -> None:
        with self.act() as session:
            settings.save(session, values)

    def mails(self, **expected: int) -> list[Received]:
        """Wait for the mails; nobody gets more than expected."""
        mails = self.site.installation.new_mails()
        assert letters.recipients(mails) == expected
        return mails

    def offer(self, **how: Any) -> int:
        """Let Anna give away her last basket that nobody heard of; return the offer."""
        with self.act() as session:
            delivery = free_delivery(session)
            offer = services.offer_basket(session, Actor.of(person(session)), delivery.id, **how)
            session.flush()
            return offer.id

    def end(self, *offers: int) -> None:
        """Let Anna keep her baskets after all; nobody reads the mails of that."""
        with self.act() as session:
            for offer in offers:
                services.cancel_offer(session, Actor.of(person(session)), offer)
        self.site.installation.new_mails()

    def state(self, offer: int) -> OfferState:
        with self.site.installation.session() as session:
            return session.get_one(BasketOffer, offer).state


def person(session: Session, name: str = "anna") -> Person:
    return session.scalars(select(Person).where(Person.email == f"{name}@demo.test")).one()


def free_delivery(session: Session) -> Delivery:
    """Return the last delivery at which Anna still has her whole basket."""
    anna = person(session)
    offered = select(BasketOffer.delivery_id).where(BasketOffer.household_id == anna.household_id)
    later = session.scalars(
        select(Delivery)
        .where(Delivery.starts_at > clock.now(), Delivery.id.not_in(offered))
        .order_by(Delivery.starts_at.desc())
    ).all()
    lines = contracts.basket_lines(session, [one.id for one in later], [anna.household_id])
    wanted = {line.delivery_id for line in lines}
    return next(one for one in later if one.id in wanted)


@pytest.fixture(scope="module")
def app(site: Site) -> Flask:
    """Open the application that is served, in this process."""
    return create_app(Config.from_env(site.installation.environment))


@pytest.fixture
def office(site: Site, app: Flask) -> Office:
    site.installation.new_mails()
    return Office(site, app)


def look(page: Page, heading: str) -> None:
    """Check a page that a link leads to: its title, no fault of axe, nothing cut off, no cookie."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    page.evaluate(AXE)
    assert [*page.evaluate(CUT_OFF), *page.evaluate(FAULTS, RULES)] == []
    assert page.context.cookies() == []


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name)


def told(page: Page, words: str) -> None:
    """Check the message of the page."""
    expect(page.locator("p.message")).to_contain_text(words)


def refused(page: Page, address: str, words: str) -> None:
    """Follow a link that is dead; it says so, in French."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("main")).to_contain_text(words)


def test_an_alert_books_after_one_click(office: Office, people: People) -> None:
    """Pressed twice, in an old tab, after going back: one request; then it is too late."""
    offer = office.offer(message="Sonnez chez le voisin")
    alert = letters.only(office.mails(**ALL_FOUR), "david")
    link = letters.link(alert, BOOK)
    page = people.window(**PHONE)
    page.goto(link)
    look(page, "Ce panier vous intéresse ?")
    expect(page.get_by_role("main")).to_contain_text("Ce lien est celui de David R.")
    old_tab = page.context.new_page()
    old_tab.goto(link)

    TWICE.press(button(page, BOOK))

    told(page, SENT)
    look(page, "Espace intermittents")
    mails = office.mails(anna=1, david=1)
    assert letters.subject(letters.only(mails, "anna")).startswith("David R. demande votre panier")
    button(old_tab, BOOK).click()
    told(old_tab, "Vous avez déjà demandé ce panier")
    page.go_back()
    if button(page, BOOK).count():  # the page may be shown as it was
        button(page, BOOK).click()
    told(page, "Vous avez déjà demandé ce panier")
    office.end(offer)
    page.goto(link)
    look(page, "Ce panier vous intéresse ?")
    told(page, "Cette offre a été annulée")


def test_without_scripts_and_when_the_delivery_has_begun(office: Office, people: People) -> None:
    offer = office.offer()
    mails = office.mails(**ALL_FOUR)
    early, late = (people.window(**BARE) for _window in range(2))
    early.goto(letters.link(letters.only(mails, "bruno"), BOOK))
    late.goto(letters.link(letters.only(mails, "chloe"), BOOK))

    button(early, BOOK).click()

    told(early, SENT)
    office.mails(anna=1, bruno=1)
    with begun(office, offer):
        button(late, BOOK).click()
        told(late, "Trop tard : la distribution a commencé.")
        late.goto(letters.link(letters.only(mails, "david"), BOOK))
        told(late, "Trop tard : la distribution a commencé.")
        expect(button(late, BOOK)).to_have_count(0)
    office.mails()
    office.end(offer)


@contextmanager
def begun(office: Office, offer: int) -> Iterator[None]:
    """Let the delivery of an offer have begun a minute ago, meanwhile."""
    with office.act() as session:
        delivery = session.get_one(BasketOffer, offer).delivery
        key, starts_at = delivery.id, delivery.starts_at
        delivery.starts_at = clock.now() - timedelta(minutes=1)
    try:
        yield
    finally:
        with office.act() as session:
            session.get_one(Delivery, key).starts_at = starts_at


def test_wishes_are_set_by_the_link_and_a_digest_books(office: Office, people: People) -> None:
    """A digest instead of alerts, a pause, only Thursdays; and all as before."""
    first = office.offer()
    alert = letters.only(office.mails(**ALL_FOUR), "david")
    page = people.window(**PHONE)
    page.goto(letters.link(alert, "Se désinscrire"))
    page.get_by_role("link", name="Choisir mes alertes").click()
    look(page, "Mes alertes")

    page.get_by_label("une fois par jour").check()
    keep(page)

    office.set(digest_hour=0)
    second = office.offer()
    office.mails(anna=1, bruno=1, chloe=1)
    with office.app.app_context():
        jobs.ring("digests")
    (digest,) = office.site.installation.new_mails()
    with office.site.installation.session() as session:
        day = session.get_one(BasketOffer, second).delivery.date
    label = f"{BOOK} par celui du {short_date(day)}"
    reader = people.window(**BARE)
    reader.goto(letters.link(digest, label))
    button(reader, BOOK).click()
    told(reader, SENT)
    office.mails(anna=1, david=1)

    page.get_by_label("tout de suite").check()
    page.get_by_label("Pause").fill((clock.today() + timedelta(days=9)).isoformat())
    keep(page)
    third = office.offer()
    office.mails(anna=1, bruno=1, chloe=1)

    page.get_by_label("Pause").fill("")
    page.get_by_text("Seulement certains jours").click()
    for day_name in ("lundi", "mardi", "mercredi", "vendredi", "samedi", "dimanche"):
        page.get_by_label(day_name).uncheck()
    keep(page)
    fourth = office.offer()
    office.mails(**ALL_FOUR)

    page.get_by_text("Seulement certains jours").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    keep(page)
    office.set(digest_hour=18)
    office.end(first, second, third, fourth)


def keep(page: Page) -> None:
    """Save « Mes alertes »."""
    TWICE.press(button(page, "Enregistrer"))
    told(page, "Vos choix sont enregistrés.")


def test_a_fair_turn_books_and_the_others_hear_nothing(office: Office, people: People) -> None:
    office.set(fair_turn=True)
    offer = office.offer()
    (mail,) = [one for one in office.site.installation.new_mails() if "anna" not in one.to]
    assert letters.subject(mail).startswith("C’est votre tour")
    page = people.window(**PHONE)
    page.goto(letters.link(mail, BOOK))
    look(page, "Ce panier vous intéresse ?")

    TWICE.press(button(page, BOOK))

    told(page, SENT)
    office.mails(**{"anna": 1, mail.to.partition("@")[0]: 1})
    office.set(fair_turn=False)
    office.end(offer)


def test_whom_the_owner_chose_says_yes_and_the_sheet_follows(
    office: Office, people: People
) -> None:
    """Eva, whom nobody knew, answers; the printed sheet's own page shows it, a friend's is dead."""
    with office.act() as session:
        anna, delivery = person(session), free_delivery(session)
        helper = person(session, "intermittents").id
        friend = passes.make_pass(
            session, anna.id, anna.household_id, delivery.id, name="Jeanne Petit"
        )
        token = friend.token
        printed = sheets.print_sheet(session, helper, delivery.id).token
        eva = services.taker_by_address(session, email="eva@demo.test", first_name="Eva")
    check_friend_and_sheet(people, token, printed)
    offer = office.offer(taker_id=eva)
    mail = letters.only(office.mails(anna=1, eva=1), "eva")
    link = letters.link(mail, "Répondre")
    page = people.window(**PHONE)
    page.goto(link)
    look(page, "Anna D. vous propose son panier")

    TWICE.press(button(page, "Je prends ce panier"))

    told(page, "C’est entendu")
    told_eva = letters.only(office.mails(anna=1, eva=1), "eva")
    assert "anna@demo.test" in letters.words(told_eva)
    page.goto(link)
    look(page, "Anna D. vous propose son panier")
    told(page, "Vous avez déjà répondu.")
    page.goto(f"/feuille/{printed}")
    look(page, "Feuille d’émargement")
    expect(page.get_by_role("main")).to_contain_text("cédé à Eva")
    page.goto(f"/passe/{token}")
    told(page, "Il n’y a plus rien à prendre")
    office.end(offer)


def check_friend_and_sheet(people: People, token: str, printed: str) -> None:
    """Look at the pages of a pass and of a printed sheet, while nothing has changed."""
    for options in (PHONE, BARE):
        page = people.window(**options)
        page.goto(f"/passe/{token}")
        expect(page.get_by_role("main")).to_contain_text("Vous prenez le panier de Anna D.")
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        if options is PHONE:
            look(page, "Bonjour Jeanne Petit")
        page.goto(f"/feuille/{printed}")
        told(page, "Rien : la feuille est à jour.")


def test_whom_the_owner_chose_says_no_and_a_pass_is_revoked(office: Office, people: People) -> None:
    with office.act() as session:
        anna, delivery = person(session), free_delivery(session)
        friend = passes.make_pass(session, anna.id, anna.household_id, delivery.id, name="Jeanne")
        token, key, household = friend.token, friend.id, anna.household_id
        eva = services.taker_by_address(session, email="eve@demo.test", first_name="Ève")
    offer = office.offer(taker_id=eva)
    mail = letters.only(office.mails(anna=1, eve=1), "eve")
    page = people.window(**BARE)
    page.goto(letters.link(mail, "Répondre"))

    button(page, "Je ne peux pas").click()

    told(page, "C’est noté, le panier est proposé à tous.")
    office.mails(**ALL_FOUR, eve=1)
    page.goto(letters.link(mail, "Répondre"))
    told(page, "Vous avez déjà répondu.")
    with office.act() as session:
        passes.revoke_pass(session, household, key)
    refused(page, f"/passe/{token}", "Ce laissez-passer n’est plus valable.")
    refused(page, "/feuille/nowhere", "Cette feuille n’est plus suivie.")
    office.end(offer)


def test_leaving_by_the_link_stops_what_older_mails_open(office: Office, people: People) -> None:
    offer = office.offer()
    alert = letters.only(office.mails(**ALL_FOUR), "david")
    page = people.window(**PHONE)
    page.goto(letters.link(alert, "Se désinscrire"))
    look(page, "Ne plus recevoir les annonces de paniers ?")

    TWICE.press(button(page, "Me désinscrire"))

    look(page, OFF_THE_LIST)
    office.mails(david=1)
    refused(page, letters.link(alert, BOOK), DEAD)
    page.goto(letters.link(alert, "Se désinscrire"))
    TWICE.press(button(page, "Me réinscrire"))
    look(page, "Vous êtes inscrit dans l’espace intermittents")
    office.mails(david=1)
    refused(page, letters.link(alert, BOOK), DEAD)  # he gets new ones with the next basket
    office.end(offer)


def test_who_is_enrolled_by_somebody_else_confirms(office: Office, people: People) -> None:
    with office.act() as session:
        anna = Actor.of(person(session))
        enrolment.enrol_other(session, anna, email="tresorier@demo.test")
    (mail,) = office.mails(tresorier=1)
    join_and_leave(office, people, mail, {"tresorier": 1})


def test_a_stranger_joins_by_the_secret_address(office: Office, people: People) -> None:
    office.set(joining_key="une-adresse-secrete")
    address = "/intermittents/rejoindre/une-adresse-secrete"
    page = people.window(**PHONE)
    page.goto(address)
    look(page, "Rejoindre l’espace intermittents")
    bare = people.window(**BARE)
    bare.goto(address)
    bare.get_by_label("Votre adresse e-mail").fill("zoe@demo.test")
    button(bare, "Demander mon inscription").click()
    expect(bare.get_by_role("main")).to_contain_text("Indiquez votre prénom.")
    bare.get_by_label("Prénom").fill("Zoé")
    bare.locator("[name=nom]").fill("Petit")

    button(bare, "Demander mon inscription").click()

    expect(bare.get_by_role("heading", level=1)).to_have_text("Il reste à confirmer")
    (mail,) = office.mails(zoe=1)
    join_and_leave(office, people, mail, {"zoe": 2})  # the welcome, and how to choose a password
    office.set(joining_key="")
    refused(page, address, "Cette page n’existe pas, ou n’existe plus.")
    refused(page, letters.link(mail, "Oui, m’inscrire"), DEAD)


def join_and_leave(
    office: Office, people: People, mail: Received, expected: dict[str, int]
) -> None:
    """Confirm by the link of a mail, twice; leave again by the welcome's."""
    page = people.window(**PHONE)
    for mails in (expected, {}):
        page.goto(letters.link(mail, "Oui, m’inscrire"))
        look(page, "Rejoindre l’espace intermittents ?")
        TWICE.press(button(page, "Oui, m’inscrire"))
        look(page, "Vous êtes inscrit dans l’espace intermittents")
        written = office.mails(**mails)
        if written:
            (welcome,) = [one for one in written if "Bienvenue" in letters.subject(one)]
    page.goto(letters.link(welcome, "Se désinscrire"))
    TWICE.press(button(page, "Me désinscrire"))
    look(page, OFF_THE_LIST)
    office.mails(**dict.fromkeys(expected, 1))


def test_a_reminder_leads_the_owner_to_the_row_after_the_log_in(
    office: Office, people: People
) -> None:
    offer = office.offer()
    office.mails(**ALL_FOUR)
    with office.act() as session:
        david = Actor.of(person(session, "david"))
        services.request_basket(session, david, offer)
        soon = session.get_one(BasketOffer, offer).delivery.starts_at - timedelta(hours=47)
    office.mails(anna=1, david=1)
    with clock.imagined(soon), office.app.app_context():
        exchange_jobs.remind(office.app)
        mail_jobs.send(office.app)
    (mail,) = (one for one in office.site.installation.new_mails() if one.to == "anna@demo.test")
    page = people.window(**PHONE)

    page.goto(letters.link(mail, "Choisir qui prend mon panier"))
    page.get_by_label("Adresse").first.fill("anna@demo.test")
    page.locator("input[type=password]").fill("demo-panier")
    button(page, "Se connecter").click()

    expect(page).to_have_url(re.compile(rf"{MINE}#offre-{offer}$"))
    row = page.locator(f"#offre-{offer}")
    expect(row.get_by_role("button", name="Valider")).to_be_in_viewport()
    TWICE.press(row.get_by_role("button", name="Valider"))
    told(page, "C’est entendu")
    assert office.state(offer) is OfferState.EXCHANGED
    office.mails(anna=1, david=1)
    office.end(offer)


def test_a_week_later_links_are_old_but_leaving_works(office: Office, people: People) -> None:
    offer = office.offer()
    alert = letters.only(office.mails(**ALL_FOUR), "david")
    with office.act() as session:
        eva = services.taker_by_address(session, email="eva@demo.test", first_name="Eva")
    kept = office.offer(taker_id=eva)
    chosen = letters.only(office.mails(anna=1, eva=1), "eva")
    page = people.window(**PHONE)
    with office.site.installation.web(free_port(), later=timedelta(days=7, minutes=1)) as later:

        def then(address: str) -> str:
            return address.replace(office.site.address, later)

        people.address = later  # where this window may go
        refused(page, then(letters.link(alert, BOOK)), DEAD)
        refused(page, then(letters.link(chosen, "Répondre")), DEAD)
        page.goto(then(letters.link(alert, "Se désinscrire")))
        expect(button(page, "Me désinscrire")).to_be_visible()
    office.end(offer, kept)
    with office.site.installation.session() as session:
        ended = IntermittentEnrolment.ended_at.is_(None)
        assert len(session.scalars(select(IntermittentEnrolment).where(ended)).all()) == 3
