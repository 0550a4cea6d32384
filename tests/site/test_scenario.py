"""A basket changes hands: the whole story over HTTP, on an installed demo, with real mails."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Event
from sqlalchemy import select

from amapress_py import clock
from amapress_py.accounts.models import Person
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.models import BasketOffer, IntermittentEnrolment
from amapress_py.exchange.rules import OfferState
from tests.site import letters
from tests.site.reader import Form, Page, Reader, plain
from tests.site.served import Installation, free_port
from tests.smtp import Received

ABSENCE = "/espace-intermittents/absence"
MINE = "/espace-intermittents/mes-paniers-echanges"
MESSAGE = "À l’étage : « fragile » <merci> & à jeudi, œufs compris"
WHEN = re.compile(r"jeudi \d+(er)? \w+ \d{4}, de 18 h 30 à 20 h")
OFF_THE_LIST = "Vous êtes désinscrit de la liste des intermittents"


@dataclass
class Story:
    """Who takes part, and what is known of the basket."""

    site: Installation
    address: str
    persons: dict[str, tuple[str, str]]  # full name and phone, by what stands before demo.test
    exchange_email: str = "intermittents@amap-du-vallon.example"
    offer: int = 0
    starts_at: datetime = datetime.max  # noqa: DTZ901  until the basket is ceded
    ends_at: datetime = datetime.max  # noqa: DTZ901
    date: str = ""
    when: str = ""
    where: str = ""
    appointment: Event | None = None

    @property
    def row(self) -> str:
        """Selector of the offer's row, on any page."""
        return f"#offre-{self.offer}"

    def reader(self, name: str) -> Reader:
        """Return the browser of somebody who is connected."""
        reader = Reader(self.address)
        reader.log_in(f"{name}@demo.test")
        return reader

    def knows(self, mail: Received, name: str) -> bool:
        """Tell whether a mail shows somebody's phone or address."""
        said = letters.words(mail)
        return self.persons[name][1] in said or f"{name}@demo.test" in said

    def state(self) -> OfferState:
        """Return where the offer stands in the database."""
        with self.site.session() as session:
            return session.get_one(BasketOffer, self.offer).state


def begin(site: Installation, address: str) -> Story:
    """Read names and phones of the demo's persons."""
    with site.session() as session:
        everybody = session.scalars(select(Person).where(Person.email.is_not(None)))
        persons = {str(one.email).partition("@")[0]: (one.name, one.phone) for one in everybody}
    login = Reader(address).open(ABSENCE)
    story = Story(site, address, persons)
    story.exchange_email = login.link("intermittents", "main").removeprefix("mailto:")
    return story


def check_mails(story: Story, *names: str) -> list[Received]:
    """Wait for mails; they go to these persons, one each, and to nobody else."""
    mails = story.site.new_mails()
    assert letters.recipients(mails) == dict.fromkeys(names, 1)
    for mail in mails:
        check_ways_to_leave(story, mail)
    return mails


def check_ways_to_leave(story: Story, mail: Received) -> None:
    """Mails to an intermittent carry his own link, in the text and in the headers."""
    named = "Se désinscrire : " in letters.words(mail)
    assert named == (mail.to in ("bruno@demo.test", "chloe@demo.test", "david@demo.test"))
    if named:
        link = letters.link(mail, "Se désinscrire")
        assert re.fullmatch(re.escape(story.address) + r"/desinscription/[\w-]{30,}", link)
        header = mail.message["List-Unsubscribe"]
        assert header == f"<{link}>, <mailto:{story.exchange_email}?subject=unsubscribe>"
        assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def cede(story: Story, anna: Reader) -> list[Received]:
    """Anna cedes her next basket from the home page: one text, one click."""
    home = anna.open("/")
    first = home.soup.select_one("tr[id^=distribution-]")
    assert first is not None
    delivery = f"#{first['id']}"
    said = plain(first.get_text(" "))
    match = WHEN.search(said)
    assert match is not None, said
    story.when = match[0]
    story.where = said.partition("Lieu : ")[2].partition(". Venez")[0]
    story.date = plain(first.select("td")[1].get_text())
    assert "Légumes : 1/2 Panier 10,00 €" in said

    done = anna.press(home.form("Céder mon panier", delivery), informations=MESSAGE)

    assert done.path == "/"
    assert done.messages() == ["Votre panier est proposé."]
    assert not done.has_button("Céder mon panier", delivery)
    assert "À réserver" in plain(done.soup.select_one(delivery).get_text(" "))  # type: ignore[union-attr]
    manage = done.link("Gérer l’échange", delivery)
    story.offer = int(manage.rpartition("-")[2])
    with story.site.session() as session:
        offer = session.get_one(BasketOffer, story.offer)
        found = session.get_one(Delivery, offer.delivery_id)
        story.starts_at, story.ends_at = found.starts_at, found.ends_at
    mails = check_mails(story, "anna", "bruno", "chloe", "david")
    check_confirmation(story, letters.only(mails, "anna"), manage)
    alerts = [one for one in mails if one.to != "anna@demo.test"]
    for alert in alerts:
        check_alert(story, alert)
    assert len({letters.link(one, "Se désinscrire") for one in alerts}) == 3
    return alerts


def check_confirmation(story: Story, mail: Received, manage: str) -> None:
    """Anna reads what she offered, and what to say to whom replaces her."""
    said = letters.words(mail)
    assert letters.subject(mail) == f"Votre panier du {story.date} est proposé"
    offer = manage.rpartition("-")[2]
    assert letters.link(mail, "Gérer l’échange").endswith(f"/paniers/{offer}/gerer")
    assert f"Votre message : {MESSAGE}" in said
    assert "À dire à la personne qui vous remplace" in said
    check_instructions(story, said)


def check_instructions(story: Story, said: str) -> None:
    for sentence in (
        f"Distribution : {story.when}.",
        f"Lieu : {story.where}.",
        "Venez avec vos propres sacs.",
        "Signez la feuille d’émargement au nom de Anna Delorme.",
        "À prendre : Légumes : 1/2 Panier.",
        "À payer à Anna Delorme : 10,00 €.",
    ):
        assert sentence in said


def check_alert(story: Story, mail: Received) -> None:
    """Check that an alert says all that one needs to decide, and not how to reach Anna."""
    said = letters.words(mail)
    name = story.persons[mail.to.partition("@")[0]][0]
    assert letters.subject(mail) == f"Un panier est disponible le {story.date} : Légumes"
    assert said.startswith(f"Bonjour {name.split()[0]},")
    for part in (
        "Anna D. propose son panier",
        f"Distribution : {story.when}",
        f"Lieu : {story.where}",
        "Légumes : 1/2 Panier",
        "Prix : 10,00 €",
        f"Son message : {MESSAGE}",
        "venez avec vos sacs, émargez au nom de Anna D.",
    ):
        assert part in said
    assert "Delorme" not in said
    assert not story.knows(mail, "anna")
    html = mail.part("text/html")
    assert "<merci>" not in html
    assert "&lt;merci&gt; &amp; à jeudi" in html
    assert mail.message["Reply-To"] == story.exchange_email
    assert mail.message["To"].addresses[0].addr_spec == mail.to
    assert mail.message["Bcc"] is None
    link = letters.link(mail, "Voir ce panier sur le site")
    assert link.endswith(f"/espace-intermittents/reserver?offre={story.offer}{story.row}")


def ask(story: Story, alerts: list[Received]) -> tuple[Reader, Reader]:
    """Bruno and Chloé follow their alerts, log in on the way, and press the button."""
    bruno = interested(story, letters.only(alerts, "bruno"), "bruno")
    mails = check_mails(story, "anna", "bruno")
    to_anna, to_bruno = letters.only(mails, "anna"), letters.only(mails, "bruno")
    assert letters.subject(to_anna) == f"Bruno L. demande votre panier du {story.date}"
    assert to_anna.message["Reply-To"] == "bruno@demo.test"
    assert not story.knows(to_anna, "bruno")
    assert not story.knows(to_bruno, "anna")
    assert "position" not in letters.words(to_bruno)

    chloe = interested(story, letters.only(alerts, "chloe"), "chloe")
    mails = check_mails(story, "anna", "chloe")
    assert "2 personnes le demandent" in letters.words(letters.only(mails, "anna"))
    assert letters.only(mails, "anna").message["Reply-To"] == "chloe@demo.test"
    assert "Vous êtes en position 2" in letters.words(letters.only(mails, "chloe"))
    return bruno, chloe


def interested(story: Story, alert: Received, name: str) -> Reader:
    """Go from the mail to the row, and ask for the basket."""
    reader = Reader(story.address)
    asked = reader.open(letters.link(alert, "Voir ce panier sur le site").partition("#")[0])
    assert asked.path.startswith("/connexion")
    assert "Connectez-vous : vous y reviendrez" in asked.messages()[0]
    page = reader.log_in(f"{name}@demo.test", asked)
    assert page.path == f"/espace-intermittents/reserver?offre={story.offer}"
    assert page.soup.select(f"{story.row} details[open]")
    button = page.form("Je suis intéressé", story.row)

    done = reader.press(button)

    assert done.messages()[0].startswith("Votre demande est envoyée")
    assert not done.has_button("Je suis intéressé", story.row)
    again = reader.press(button)
    assert again.messages() == [
        "Vous avez déjà demandé ce panier : votre demande est bien enregistrée."
    ]
    return reader


def candidates(page: Page, story: Story) -> list[str]:
    """Return who asks, in the order in which the owner sees them."""
    rows = page.soup.select(f"{story.row} .candidates li strong")
    return [plain(one.get_text()) for one in rows]


def accept_bruno(story: Story, anna: Reader) -> None:
    """Anna sees both in order of arrival and chooses the first."""
    page = anna.open(MINE)
    assert candidates(page, story) == ["Bruno L.", "Chloé M."]
    assert page.soup.select(f"{story.row} details[open]")

    done = anna.press(page.form("Valider – Bruno L.", story.row))

    assert done.messages()[0].startswith("C’est entendu")
    mails = check_mails(story, "anna", "bruno", "chloe")
    story.appointment = check_agreement(story, mails, "bruno")
    to_chloe = letters.only(mails, "chloe")
    assert "Vous êtes la prochaine personne sur la liste d’attente" in letters.words(to_chloe)
    assert not letters.has_appointment(to_chloe)
    for name in ("anna", "bruno"):
        assert not story.knows(to_chloe, name)
    shown = plain(anna.open(MINE).soup.select_one(story.row).get_text(" "))  # type: ignore[union-attr]
    assert "Bruno Lefort (Amapien, Intermittent)" in shown
    assert story.persons["bruno"][1] in shown
    assert "bruno@demo.test" in shown


def check_agreement(story: Story, mails: list[Received], taker: str) -> Event:
    """Both sides get each other's contact, the appointment and what to say; return the taker's."""
    name, phone = story.persons[taker]
    to_anna, to_taker = letters.only(mails, "anna"), letters.only(mails, taker)
    assert letters.subject(to_anna) == f"Votre panier du {story.date} est réservé par {name}"
    assert letters.subject(to_taker) == f"Le panier du {story.date} est pour vous"
    for part in (name, f"Téléphone : {phone}", f"{taker}@demo.test", f"{name} vous doit 10,00 €"):
        assert part in letters.words(to_anna)
    anna, anna_phone = story.persons["anna"]
    for part in (f"Téléphone : {anna_phone}", "anna@demo.test", MESSAGE):
        assert part in letters.words(to_taker)
    assert f"Vous payez 10,00 € directement à {anna}" in letters.words(to_taker)
    assert to_anna.message["Reply-To"] == f"{taker}@demo.test"
    assert to_taker.message["Reply-To"] == "anna@demo.test"
    for mail in (to_anna, to_taker):
        check_instructions(story, letters.words(mail))
        check_appointment(story, mail)
    method, event = letters.appointment(to_taker)
    assert method == "REQUEST"
    return event


def check_appointment(story: Story, mail: Received) -> None:
    _method, event = letters.appointment(mail)
    assert event.start == story.starts_at
    assert event.end == story.ends_at
    assert plain(str(event["LOCATION"])) == story.where
    assert "Légumes : 1/2 Panier" in plain(str(event["SUMMARY"]))
    assert str(event["ATTENDEE"]) == f"mailto:{mail.to}"
    check_instructions(story, plain(str(event["DESCRIPTION"])))


def bruno_gives_back(story: Story, bruno: Reader) -> None:
    """Bruno withdraws; Anna and he are told, their appointments end, Chloé is next."""
    page = bruno.open(MINE)
    assert story.persons["anna"][1] in page.text

    done = bruno.press(page.form("Annuler", story.row))

    assert done.messages() == ["C’est annulé, les personnes concernées sont prévenues."]
    mails = check_mails(story, "anna", "bruno", "chloe")
    assert "Bruno Lefort ne prend plus" in letters.subject(letters.only(mails, "anna"))
    assert "1 en attente" in letters.words(letters.only(mails, "anna"))
    assert story.appointment is not None
    for name in ("anna", "bruno"):
        method, event = letters.appointment(letters.only(mails, name))
        assert method == "CANCEL"
        assert str(event["STATUS"]) == "CANCELLED"
        assert event.sequence > story.appointment.sequence
    _method, event = letters.appointment(letters.only(mails, "bruno"))
    assert event["UID"] == story.appointment["UID"]
    to_chloe = letters.only(mails, "chloe")
    assert "se libère, vous êtes la prochaine personne" in letters.subject(to_chloe)
    assert not letters.has_appointment(to_chloe)
    assert story.state() is OfferState.REQUESTED


def accept_chloe(story: Story, anna: Reader) -> None:
    """Anna gives the basket to the second."""
    page = anna.open(MINE)
    assert candidates(page, story) == ["Chloé M."]

    anna.press(page.form("Valider – Chloé M.", story.row))

    check_agreement(story, check_mails(story, "anna", "chloe"), "chloe")
    assert story.state() is OfferState.EXCHANGED


def check_sheet(story: Story) -> None:
    """Look at the sheet of the day: it says whose basket Chloé signs for."""
    manager = story.reader("intermittents")
    with story.site.session() as session:
        delivery_id = session.get_one(BasketOffer, story.offer).delivery_id
    page = manager.open(f"/admin/distributions/{delivery_id}")

    sheet = manager.open(page.link("Feuille d’émargement"))

    (line,) = (row for row in sheet.soup.select("tbody tr") if "Anna Delorme" in row.get_text(" "))
    said = plain(line.get_text(" "))
    assert "cédé à Chloé Marin" in said
    assert story.persons["chloe"][1] in said
    assert "Bruno" not in said
    offer = manager.open(f"/admin/paniers/{story.offer}")
    for step in ("Panier proposé", "Demande validée", "Le repreneur renonce"):
        assert step in offer.text


def is_enrolled(story: Story, name: str) -> bool:
    with story.site.session() as session:
        live = select(IntermittentEnrolment.id).join(
            Person, Person.id == IntermittentEnrolment.person_id
        )
        wanted = live.where(
            Person.email == f"{name}@demo.test", IntermittentEnrolment.ended_at.is_(None)
        )
        return session.scalar(wanted) is not None


def leave(story: Story, alert: Received) -> None:
    """David leaves by the link of his alert, in a browser that knows nothing of him."""
    link = letters.link(alert, "Se désinscrire")
    stranger = Reader(story.address)
    page = stranger.open(link)
    assert page.status == 200
    assert "David" not in page.text
    assert "demo.test" not in page.text
    assert stranger.open(link).has_button("Me désinscrire")
    assert is_enrolled(story, "david")

    done = stranger.press(page.form("Me désinscrire"))

    assert OFF_THE_LIST in done.text
    (mail,) = story.site.new_mails()
    assert (mail.to, letters.subject(mail)) == ("david@demo.test", OFF_THE_LIST)
    assert not is_enrolled(story, "david")
    for name in ("bruno", "chloe"):
        assert is_enrolled(story, name)
    assert OFF_THE_LIST in stranger.open(link).text
    button = Form(link, link, {"List-Unsubscribe": "One-Click"})
    assert Reader(story.address).status_of(button) == 200
    assert stranger.open(link[:-1]).status == 404
    assert story.site.new_mails() == []


def another_basket(story: Story) -> None:
    """Let somebody else cede: the others are told, David is not."""
    treasurer = story.reader("tresorier")
    page = treasurer.open(ABSENCE)
    treasurer.press(page.form("Céder mes 2 paniers"))

    mails = check_mails(story, "tresorier", "bruno", "chloe")

    said = letters.words(letters.only(mails, "bruno"))
    assert "Légumes : 1/2 Panier" in said
    assert "Pain : Pain de campagne" in said


def too_late(story: Story, anna: Reader) -> None:
    """After the start, an old page's « Annuler l’échange » is refused with the reason."""
    old = anna.open(MINE).form("Annuler l’échange", story.row)
    late = story.starts_at - clock.now() + timedelta(minutes=1)
    with story.site.web(free_port(), later=late) as address:
        afterwards = anna.open(f"{address}{MINE}")
        assert not afterwards.has_button("Annuler l’échange", story.row)

        refused = anna.press(old, at=address, motif="Je viens finalement")

        assert refused.status == 200
        assert refused.messages() == ["Trop tard : la distribution a commencé."]
        assert story.state() is OfferState.EXCHANGED
    assert story.site.new_mails() == []


def test_a_basket_changes_hands(site: Installation) -> None:
    with site.web() as address, site.process("worker"):
        story = begin(site, address)
        anna = story.reader("anna")
        assert site.new_mails() == []

        alerts = cede(story, anna)
        bruno, _chloe = ask(story, alerts)
        accept_bruno(story, anna)
        bruno_gives_back(story, bruno)
        accept_chloe(story, anna)
        check_sheet(story)
        leave(story, letters.only(alerts, "david"))
        another_basket(story)
        too_late(story, anna)
