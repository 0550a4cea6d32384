"""Two hundred hostile inputs in every place where an editor, a member or a visitor can type.

Each is sent by who may; then every page, mail and export that shows it is read as a browser, a mail
program or a spreadsheet reads it.  tests/browser/test_hostile.py lets a browser try the same.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO, StringIO
from itertools import count, islice
from urllib.parse import quote
from zipfile import ZipFile

import openpyxl
import pytest
from bs4 import BeautifulSoup, Tag
from defusedxml import ElementTree
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from amapress_py import db, settings
from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.jobs import send_alerts
from amapress_py.mail.admin import FRAME
from amapress_py.mail.messages import WIRE, mime
from amapress_py.mail.models import OutboxMail
from tests.site.hostile import (
    HOSTILE,
    INPUTS,
    PRESSED,
    calendar_faults,
    cell_faults,
    faults,
    mail_faults,
    mail_html_faults,
)
from tests.site.reader import plain
from tests.site.routes import token
from tests.site.test_bad_input import FRENCH, send
from tests.site.world import World

SPACE = "/espace-intermittents"
NEW = "/admin/pages/nouvelle"
ROUNDS = 4
JOINING_KEY = "une-cle-secrete-assez-longue-pour-les-essais"
MOST = {"short_name": 40, "phone": 40, "telephone": 40, "path": 200, "texte": 2000, "message": 2000}
USUAL = 90  # characters that nearly every field takes


@dataclass(frozen=True)
class Place:
    """A form of which `fields` take whatever one types; `fixed` are what else it needs."""

    role: str
    page: str
    fields: tuple[str, ...]
    fixed: dict[str, str] = field(default_factory=dict)
    action: str = ""  # of a form that stands on no page just now


def at(role: str, page: str, *fields: str, action: str = "", **fixed: str) -> Place:
    return Place(role, page, fields, fixed, action)


PLACES = {
    "page": at("admin", "/admin/pages/{page_id}", "title", "menu_label", in_menu="y"),
    "its address": at("admin", "/admin/pages/{page_id}", "path"),
    "label in the menu": at("admin", "/admin/menu", "nom", action="/admin/menu/{page_id}/nom"),
    "draft": at("admin", NEW, "title", "body", action="/admin/pages/0/brouillon"),
    "name of the site": at("admin", "/admin/apparence", "site_name", "tagline", action="#"),
    "colours": at("admin", "/admin/apparence", "default.brand", "contraste.paper", action="#"),
    "settings": at("admin", "/admin/reglages/", "mail_sender_name"),
    "addresses": at("admin", "/admin/reglages/", "exchange_email", "contact_email", "embed_sites"),
    "texts of mails": at(
        "admin", "/admin/textes-des-courriels/exchange/requested_owner", "objet", "texte"
    ),
    "their preview": at(
        "admin", "/admin/textes-des-courriels/exchange/alert", "objet", "texte", action="apercu"
    ),
    "person": at(
        "admin", "/admin/personnes/{person_id}", "first_name", "last_name", "phone", "other_phone",
        "address",
    ),
    "new person": at(
        "admin", "/admin/personnes/nouvelle", "first_name", "last_name", "phone", "address",
        email="neuve@test.example", invite="y",
    ),
    "address of mail": at("admin", "/admin/personnes/nouvelle", "email", first_name="Neuve"),
    "own profile": at("member", "/mon-profil", "first_name", "last_name", "phone", "address"),
    "place": at(
        "admin", "/admin/lieux/{place_id}", "name", "short_name", "address", "directions"
    ),
    "producer": at("admin", "/admin/producteurs/{producer_id}", "name", "presentation"),
    "product": at("admin", "/admin/produits/{product_id}", "name", "packaging"),
    "contract": at(
        "admin", "/admin/contrats/{contract_id}/modifier", "name", "label", "presentation"
    ),
    "terms of payment": at(
        "admin", "/admin/contrats/{contract_id}/paiements", "payee", "payment_terms",
    ),
    "word of the producer": at(
        "admin", "/admin/contrats/{contract_id}", "by",
        action="/admin/contrats/{contract_id}/valide", day="2026-01-05",
    ),
    "delivery": at("admin", "/admin/distributions/{delivery_id}", "note"),
    "event": at("admin", "/admin/evenements/{event_id}/modifier", "titre", "lieu", "note"),
    "message to members": Place(
        "coordinator", "/admin/messages/{contract_id}", ("objet", "texte"), {"action": "envoyer"}
    ),
    "words of an image": at("admin", "/admin/images/{media_id}", "alt"),
    "pass": at("member", "/a-ma-place/{delivery_id}", "nom", "telephone"),
    "offer": at(
        "member", "/mon-profil", "informations", action="/paniers/ceder", livraison="{later_id}"
    ),
    "designated": at(
        "member", "/paniers/ceder/{later_id}", "prenom", "nom", "informations",
        email="choisie@test.example",
    ),
    "request": at("intermittent", "/mon-profil", action="/paniers/{offer_id}/demander"),
    "reason to refuse": at(
        "manager", "/mon-profil", "motif", action="/paniers/demandes/{request_id}/refuser"
    ),
    "reason to cancel": at(
        "manager", "/mon-profil", "motif", action="/paniers/{offer_id}/annuler"
    ),
    "enrolled by a member": at(
        "member", f"{SPACE}/inscription", "prenom", "nom", "telephone", "adresse",
        email="inscrite@test.example",
    ),
    "enrolled by a manager": at(
        "manager", "/admin/intermittents", "prenom", "nom", "telephone", "adresse",
        email="autre@test.example",
    ),
    "list of persons": at("manager", "/admin/intermittents/import", "liste"),
    "who joins": at(
        "visitor", f"/intermittents/rejoindre/{JOINING_KEY}", "prenom", "nom", "adresse",
        email="jointe@test.example",
    ),
    "contact": at(
        "visitor", "/ecrire-a-l-amap", "nom", "sujet", "message", email="un@test.example"
    ),
    "answer to": at(
        "visitor", "/ecrire-a-l-amap", "email", nom="Un", sujet="Bonjour", message="Bonjour"
    ),
    "contact of a member": at("intermittent", "/ecrire-a-l-amap", "sujet", "message"),
    "log-in": at("visitor", "/connexion", "email", password="x"),
    "forgotten password": at("visitor", "/mot-de-passe-oublie", "email"),
}  # fmt: skip
REFUSED = {"its address", "colours", "addresses", "address of mail", "answer to", "log-in",
           "forgotten password"}  # fmt: skip  # perhaps all of them

QUERIES = (  # of addresses that visitors and others ask for
    ("visitor", "/recherche?q={}"),
    ("visitor", "/{}"),
    ("visitor", "/agenda/{}.ics"),
    ("visitor", "/oembed?url={}&format=json&maxwidth={}"),
    ("visitor", "/oembed?url=http://localhost/embed/bouton?texte={}&format=xml"),
    ("visitor", "/embed/{}"),
    ("visitor", "/embed/les-paniers-intermittents?contrat_nom={0}&lieu={0}&distribution={0}"),
    ("visitor", "/embed/intermittents-inscription?view={0}&{0}=1"),
    ("visitor", "/embed/prochaines-distributions?lieu={0}&nombre={0}"),
    ("visitor", "/connexion?suite={}"),
    ("visitor", "/media/{}/{}"),
    ("visitor", "/theme/{}/couleurs-{}.css"),
    ("member", f"{SPACE}/reserver?offre={{0}}&q-reserver={{0}}&tri-reserver={{0}}"),
    ("member", f"{SPACE}/absence?amapien={{0}}&q-absence={{0}}"),
    ("member", "/recherche?q={}"),
    ("admin", "/admin/pages/?q={0}&etat={0}&pour={0}"),
    ("admin", "/admin/personnes/?q={0}&role={0}&etat={0}"),
    ("admin", "/admin/paniers?personne={0}&contrat={0}&lieu={0}&du={0}"),
    ("admin", "/admin/courriels?q={0}&etat={0}"),
    ("admin", "/admin/familles?le={0}&contrat={0}&q-familles={0}"),
    ("admin", "/admin/adresses?groupe={0}"),
    ("admin", "/admin/evenements/nouveau?contrat={0}&quand={0}"),
    ("admin", "/admin/images/?q={}"),
    ("admin", "/admin/shortcodes?q={}"),
    ("admin", "/admin/widgets?widget=les-paniers-intermittents&p-contrat_nom={0}&p-lieu={0}"),
    ("admin", "/admin/pages/shortcode/bouton?composer=1&p-texte={0}&p-vers={0}&p-style={0}"),
    ("admin", "/admin/pages/shortcode/bouton?code={}"),
)

SEEN = (  # who looks where, after everything was typed
    *(("visitor", path) for path in (
        "/", "/{path}", "/contact", "/recherche?q=tripwire", "/embed/les-paniers-intermittents",
        "/embed/prochaines-distributions", "/connexion")),
    *(("member", path) for path in (
        "/", f"{SPACE}/absence", f"{SPACE}/mes-paniers-echanges", "/mon-profil",
        "/a-ma-place/{delivery_id}", "/mes-infos", "/paniers/ceder/{delivery_id}")),
    *(("intermittent", path) for path in (
        "/", f"{SPACE}/reserver", f"{SPACE}/mes-paniers-echanges", "/intermittents/mes-alertes")),
    *(("admin", path) for path in (
        "/admin/etat", "/admin/pages/", "/admin/pages/{page_id}", NEW + "?brouillon=1",
        "/admin/pages/{page_id}/historique", "/admin/pages/{page_id}/supprimer", "/admin/menu",
        "/admin/apparence", "/admin/apparence/apercu", "/admin/reglages/", "/admin/courriels",
        "/admin/textes-des-courriels/exchange/requested_owner", "/admin/personnes/",
        "/admin/personnes/{person_id}", "/admin/personnes/{person_id}/foyer?q=Nom",
        "/admin/lieux", "/admin/lieux/{place_id}", "/admin/producteurs", "/admin/contrats",
        "/admin/contrats/{contract_id}", "/admin/contrats/{contract_id}/produits",
        "/admin/contrats-signes", "/admin/contrats-signes/{subscription_id}",
        "/admin/distributions", "/admin/distributions/{delivery_id}",
        "/admin/distributions/{delivery_id}/emargement", "/admin/paniers",
        "/admin/paniers/{offer_id}", "/admin/intermittents", "/admin/images/",
        "/admin/images/choisir", "/admin/paniers/statistiques", "/admin/evenements",
        "/admin/evenements/{event_id}/annoncer", "/admin/evenements/{event_id}/tenir",
        "/evenement/{event_id}", "/admin/messages/{contract_id}", "/admin/familles",
        "/admin/adresses?groupe=membres")),
)  # fmt: skip
CALENDARS = ("/agenda.ics",)
FEEDS = ("/flux.xml", "/sitemap.xml")
WORKBOOKS = (
    "/admin/distributions/{delivery_id}/emargement.xlsx",
    "/admin/paniers/statistiques/tableur",
    "/admin/intermittents/export.xlsx",
    "/admin/familles/liste.xlsx",
)
EITHER = ("designated", "offer")  # of one basket
KINDS = tuple(HOSTILE)
MARK = re.compile("tripwire|wire'|evil.example|82646281")  # what may have come from an input
numbers = count(1)


class Siege:
    """Somebody of every role, each with the token of his forms."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients: dict[str, FlaskClient] = {}
        self.tokens: dict[str, str] = {}
        self.wrong: list[object] = []
        self.taken: Counter[str] = Counter()

    def client(self, role: str) -> FlaskClient:
        if role not in self.clients:
            self.clients[role] = self.world.client(role)
            self.tokens[role] = token(self.clients[role])
        return self.clients[role]

    def path(self, template: str) -> str:
        return template.format(**self.world.values)

    def look(self, role: str, path: str, *, of_editors: bool = False) -> TestResponse:
        """Open a page; note what would act in it."""
        answer = self.client(role).get(path, follow_redirects=True)
        self.check(path, answer, of_editors=of_editors)
        return answer

    def check(self, what: object, answer: TestResponse, *, of_editors: bool = False) -> None:
        """Note an answer that is an error of ours, or in which something would act."""
        if answer.status_code not in FRENCH | {308, 501}:
            self.wrong.append((what, answer.status_code))
        if any("tripwire" in name.lower() for name, _value in answer.headers):
            self.wrong.append((what, str(answer.headers)))
        if answer.mimetype == "text/html" and MARK.search(answer.text):
            is_mail = answer.headers["Content-Security-Policy"].startswith(FRAME)
            found = (
                mail_html_faults(answer.text)
                if is_mail
                else faults(answer.text, of_editors=of_editors)
            )
            self.wrong += [(what, one) for one in found]

    def type(self, name: str, texts: Iterator[str]) -> None:
        """Fill in the fields of a place, and send its form."""
        place = PLACES[name]
        client = self.client(place.role)
        typed = {one: cut(next(texts), MOST.get(one, USUAL)) for one in place.fields}
        fixed = {key: self.path(value) for key, value in place.fixed.items()}
        action, values = self.form(place)
        answer = send(client, action, self.tokens[place.role], listed({**values, **fixed, **typed}))
        self.check((name, typed), answer)
        self.taken[name] += answer.status_code in (200, 303)

    def form(self, place: Place) -> tuple[str, dict[str, str]]:
        """Return where a form goes, and what its fields hold."""
        page = self.path(place.page)
        values = {"action": place.action} if place.action == "apercu" else {}
        if place.action.startswith("/"):
            return self.path(place.action), values
        soup = BeautifulSoup(self.client(place.role).get(page).data, "html.parser")
        for form in soup.select("form[method=post]"):
            if all(form.select_one(f"[name='{one}']") for one in place.fields):
                action = str(form.get("action") or page)
                return page if action.startswith("#") else action, shown(form) | values
        raise AssertionError((page, place.fields))

    def mails(self) -> list[tuple[int, EmailMessage]]:
        """Return all mails that wait, each as it would be sent, and its number."""
        with self.world.app.test_request_context():
            send_alerts(self.world.app)
            found = [
                (row.id, message_from_bytes(mime(row).as_bytes(policy=WIRE), policy=policy.default))
                for row in db.session().scalars(select(OutboxMail).order_by(OutboxMail.id))
                if (row.to_address + row.reply_to).isascii()  # no form takes others
            ]
            db.session().rollback()
        return found


def cut(text: str, most: int) -> str:
    return text[:most]


def listed(values: dict[str, str]) -> dict[str, list[str]]:
    return {key: [value] for key, value in values.items() if key != "csrf_token"}


def shown(form: Tag) -> dict[str, str]:
    """Return what a form would send if nothing were typed."""
    found = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        if one.get("type") in ("checkbox", "radio") and not one.has_attr("checked"):
            continue
        if one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            found[str(one["name"])] = str(chosen["value"]) if chosen else ""
        else:
            found[str(one["name"])] = str(one.get("value", "") if one.name == "input" else one.text)
    return found


def drawn(round_number: int) -> Iterator[str]:
    """Yield inputs of all kinds in turn; another round begins elsewhere."""
    for number in count(round_number * 37):
        texts = HOSTILE[KINDS[number % len(KINDS)]]
        yield texts[(number // len(KINDS) + round_number * 3) % len(texts)]


@pytest.fixture(scope="module")
def siege(world: World) -> Siege:
    return besieged(world)


def besieged(world: World) -> Siege:
    """Make an AMAP to which one can write."""
    with world.app.test_request_context():
        with db.transaction() as session:
            settings.save(
                session,
                {
                    "contact_email": "contact@test.example",
                    "exchange_email": "intermittents@test.example",
                    "joining_key": JOINING_KEY,
                },
            )
            first = session.get_one(Delivery, world.delivery)
            later = session.scalars(
                select(Delivery.id).where(
                    Delivery.place_id == first.place_id,
                    Delivery.date == first.date + timedelta(days=7),
                )
            ).one()
        db.session().rollback()
    world.values["later_id"] = str(later)
    world.remember()
    return Siege(world)


@pytest.fixture(autouse=True)
def whole(siege: Siege) -> Iterator[None]:
    """Leave the AMAP as it was."""
    siege.wrong.clear()
    yield
    siege.world.restore()


def test_the_table_is_long_and_the_eye_sharp() -> None:
    """What is dangerous as it stands is seen to be."""
    assert len(set(INPUTS)) >= 150
    assert all(MARK.search(text) for text in INPUTS)
    dangerous = [text for kind in ("handler", "frame", "foreign") for text in HOSTILE[kind]]
    seen = [text for text in dangerous if faults(text)]
    assert len(seen) >= len(dangerous) * 0.75
    for text in ("<a href='java\tscript:x'>x</a>", "<a href='&#106;avascript:x'>x</a>",
                 "<img src=//evil.example/x>", "<p style=x>", "82646281"):  # fmt: skip
        assert faults(text)
    assert not faults("<p>&lt;script&gt;tripwire()&lt;/script&gt; <a href='/contact'>x</a></p>")


def test_a_page_says_nothing_that_acts(siege: Siege) -> None:
    """Each input is the text of a page (the rich editor sends the same form), its title too."""
    client = siege.client("admin")
    for number, text in enumerate(INPUTS):
        path = f"essai-{number}"
        values = {"title": cut(f"Essai {text}", 200), "body": text, "path": path, "revision": "0",
                  "parent": "0", "state": "published", "redirect_page": "0"}  # fmt: skip
        saved = send(client, NEW, siege.tokens["admin"], listed(values))
        assert saved.status_code == 303, text
        siege.look("visitor", f"/{path}", of_editors=True)
        if number % 6 == 0:
            looked = send(client, "/admin/pages/apercu", siege.tokens["admin"], listed(values))
            siege.check(("preview", text), looked, of_editors=True)
    for path in ("/recherche?q=tripwire", "/admin/pages/?q=Essai", "/admin/etat", "/admin/menu"):
        siege.look("admin", path, of_editors=True)
    for path in FEEDS:
        check_feed(siege, path)
    check_export(siege)
    assert not siege.wrong


def check_feed(siege: Siege, path: str) -> None:
    """Read a feed: it is XML, whatever it tells of; its HTML acts as little as a page's."""
    answer = siege.client("visitor").get(path)
    for one in ElementTree.fromstring(answer.data).iter():
        if one.get("type") == "html" and one.text:
            siege.wrong += [(path, fault) for fault in faults(one.text, of_editors=True)]


def check_export(siege: Siege) -> None:
    """Pages go out as files whose names lead nowhere else."""
    with ZipFile(BytesIO(siege.client("admin").get("/admin/pages/echange/exporter").data)) as out:
        names = out.namelist()
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9/.-]*", name) and ".." not in name for name in names)


def test_shortcodes_take_any_parameter(siege: Siege) -> None:
    """In a page, several to a text: in quotes of both kinds, and in a link."""
    client = siege.client("admin")
    tags = ("bouton vers", "bouton texte", "les-paniers-intermittents contrat_nom", "menu sous",
            "les-paniers-intermittents distribution", "page-liste sous", "display-if role",
            "prochaines-distributions lieu", "intermittents-inscription view")  # fmt: skip
    inputs = iter(INPUTS)
    while some := list(islice(inputs, 24)):
        lines = [
            f"[{tags[number % len(tags)]}={mark}{text}{mark}]"
            for number, text in enumerate(some)
            for mark in "\"'"
        ]
        links = [f"<p><a href=\"[bouton vers='{text}']\">x</a></p>" for text in some]
        body = "\n".join([*lines, *links])
        values = {"title": "Essai", "body": body, "path": f"essai-{next(numbers)}", "revision": "0",
                  "parent": "0", "state": "published", "redirect_page": "0"}  # fmt: skip
        saved = send(client, NEW, siege.tokens["admin"], listed(values))
        if saved.status_code == 303:
            for role in ("visitor", "admin"):
                siege.look(role, f"/{values['path']}", of_editors=True)
        else:
            siege.check(body, saved, of_editors=True)
    assert not siege.wrong


def test_addresses_may_hold_anything(siege: Siege) -> None:
    """Each input in two of the addresses that read one."""
    for number, text in enumerate(INPUTS):
        asked = quote(text[:900].encode("utf-8", "surrogatepass"), safe="")
        for role, address in (QUERIES[number % len(QUERIES)], QUERIES[-number % len(QUERIES) - 1]):
            siege.look(role, address.format(asked, asked))
    assert not siege.wrong


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_what_people_type_is_shown_as_words(siege: Siege, round_number: int) -> None:
    """Every field of every form gets an input; then all is read that shows any of them."""
    texts = drawn(round_number)
    for name in PLACES:
        if name != EITHER[round_number % 2]:
            siege.type(name, texts)
    for role, path in SEEN:
        siege.look(role, siege.path(path), of_editors=path == "/admin/pages/{page_id}")
    check_mails(siege)
    check_papers(siege)
    assert not siege.wrong


def check_mails(siege: Siege) -> None:
    """Read every mail as a mail program would, and as it is shown in the back office."""
    mails = siege.mails()
    assert len(mails) > 3
    for _number, message in mails:
        siege.wrong += [(message["Subject"], one) for one in mail_faults(message)]
    for number, _message in mails[-3:]:
        siege.look("admin", f"/admin/courriels/{number}")


def check_papers(siege: Siege) -> None:
    """Read calendars and exports."""
    send(siege.client("member"), "/agenda/adresse", siege.tokens["member"], {})
    shown = siege.client("member").get("/mon-profil").text + siege.client("member").get("/").text
    own = re.findall(r"/agenda/[\w-]+\.ics", shown)[:1]
    for path in (*CALENDARS, *own):
        data = siege.client("visitor").get(path).data
        siege.wrong += [(path, fault) for fault in calendar_faults(data)]
    for template in WORKBOOKS:
        answer = siege.client("admin").get(siege.path(template))
        assert answer.status_code == 200, template
        for sheet in openpyxl.load_workbook(BytesIO(answer.data)):
            cells = [cell for row in sheet.iter_rows() for cell in row]
            computed = [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
            siege.wrong += [(template, one) for one in computed if "tripwire" in str(one)]
    table = siege.client("admin").get("/admin/intermittents/export.csv").data.decode("utf-8-sig")
    rows = csv.reader(StringIO(table, newline=""), delimiter=";")
    siege.wrong += [("csv", one) for row in rows for one in cell_faults(row)]


def test_every_place_took_something(siege: Siege) -> None:
    """Else the rounds before would have proved nothing of it."""
    if siege.taken:
        never = {name for name in PLACES if not siege.taken[name]} - REFUSED
        assert not never, never


def test_what_a_member_writes_runs_no_shortcode_and_no_template(siege: Siege) -> None:
    said = f"[bouton vers={PRESSED}] {{{{ 9091*9091 }}}} [display-if role=admin]et[/display-if]"
    client = siege.client("member")
    values = {"livraison": siege.world.values["later_id"], "informations": said}
    assert send(client, "/paniers/ceder", siege.tokens["member"], listed(values)).status_code == 303

    for role, page in (("intermittent", "reserver"), ("member", "mes-paniers-echanges")):
        answer = siege.look(role, f"{SPACE}/{page}")
        assert said in plain(BeautifulSoup(answer.data, "html.parser").get_text(" "))
    assert not siege.wrong
    parts = [part for _number, mail in siege.mails() for part in mail.walk()]
    texts = [part.get_content() for part in parts if part.get_content_type() == "text/plain"]
    assert any(said in plain(str(text)) for text in texts)


FRONT = '+++\ntitle = "Essai"\nmenu = true\n+++\n'


@pytest.mark.parametrize("kind", ["zip", "html", "wxr"])
def test_what_is_imported_is_as_harmless(siege: Siege, kind: str) -> None:
    """All inputs at once, as pages of an archive and of an export of WordPress."""
    client = siege.client("admin")
    name, content = imported(kind)
    data = {"csrf_token": siege.tokens["admin"], "file": (BytesIO(content), name)}
    sent = client.post("/admin/pages/echange/importer", data=data)
    assert sent.status_code == 303, sent.text
    report = client.get(sent.location)
    siege.check("report", report)
    form = BeautifulSoup(report.data, "html.parser").select_one("form:has([name=rapport])")
    assert form is not None
    answer = send(
        client, sent.location.partition("?")[0], siege.tokens["admin"], listed(shown(form))
    )
    assert answer.status_code == 303
    siege.look("admin", "/admin/pages/?q=Essai", of_editors=True)
    paths = re.findall(r'href="(/essai[^"?#]*)"', client.get("/admin/pages/?q=essai").text)
    assert paths
    for path in dict.fromkeys(paths):
        siege.look("admin", path, of_editors=True)
    assert not siege.wrong


def test_files_may_have_any_name(siege: Siege) -> None:
    """Of an image only a harmless rest is kept; a page of such a name is refused, or shown so."""
    client = siege.client("admin")
    drawing = BytesIO()
    Image.new("RGB", (9, 9)).save(drawing, "PNG")
    for text in (*HOSTILE["path"], *HOSTILE["break"], *HOSTILE["header"], *HOSTILE["handler"]):
        name = re.sub(r"[\r\n\x00]", "", text) + ".html"
        page = {"csrf_token": siege.tokens["admin"], "file": (BytesIO(FRONT.encode()), name)}
        sent = client.post("/admin/pages/echange/importer", data=page, follow_redirects=True)
        siege.check(("import", name), sent)
        image = (BytesIO(drawing.getvalue()), f"{name}.png")
        values = {"csrf_token": siege.tokens["admin"], "file": image, "alt": cut(text, 200)}
        siege.check(("image", name), client.post("/admin/images/", data=values))
    kept = siege.look("admin", "/admin/images/").text
    names = re.findall(r'/media/\w{32}/(?:vignette/)?([^"]*)"', kept)
    assert names
    assert all(re.fullmatch(r"[a-z0-9-]+\.(png|jpg)", name) for name in names)
    assert not siege.wrong


def imported(kind: str) -> tuple[str, bytes]:
    """Return a file with inputs for texts, titles and names."""
    whole = [text.encode("utf-8", "ignore").decode() for text in INPUTS]
    if kind == "html":
        return "essai.html", (FRONT + "\n".join(whole)).encode()
    target = BytesIO()
    if kind == "zip":
        with ZipFile(target, "w") as archive:
            for number, text in enumerate(whole[::6]):
                title = re.sub(r'[\\"\x00-\x1f\x7f]', "", text)[:150]
                front = FRONT.replace("Essai", f"Essai {title}")
                archive.writestr(f"pages/essai-{number}.html", front + text)
        return "pages.zip", target.getvalue()
    items = "".join(
        f"<item><title><![CDATA[Essai {bare(text)[:150]}]]></title><link>http://x/essai-{number}</link>"
        f"<content:encoded><![CDATA[{bare(text)}]]></content:encoded>"
        f"<wp:post_id>{number + 1}</wp:post_id><wp:post_type>page</wp:post_type>"
        f"<wp:status>publish</wp:status><wp:post_name>essai-{number}</wp:post_name></item>"
        for number, text in enumerate(whole[::6])
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>x</title>'
        "<link>http://x</link><wp:wxr_version>1.2</wp:wxr_version>"
    )
    return "essai.xml", f"{head}{items}</channel></rss>".encode()


def bare(text: str) -> str:
    """Return a text as XML can hold it."""
    kept = re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
    return kept.replace("]]>", "]]]]><![CDATA[>")
