"""A small AMAP with somebody of every role, and something behind every address."""

from dataclasses import dataclass, field
from datetime import time
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, delete, event, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from amapress_py import clock, db
from amapress_py.accounts.models import Grant, PersonAddress, Role, Scope
from amapress_py.accounts.viewer import session_id
from amapress_py.cms import seed
from amapress_py.cms.models import Page, PageRevision
from amapress_py.contracts import mass
from amapress_py.contracts.models import Contract, DateKind, Subscription, WaitingEntry
from amapress_py.contracts.operations import AddDates
from amapress_py.duty import roster
from amapress_py.duty import services as duty
from amapress_py.duty.models import DutySeat, DutySwap
from amapress_py.events.models import Event, EventKind
from amapress_py.exchange import services
from amapress_py.exchange.steps import Actor
from amapress_py.mail.models import OutboxMail
from amapress_py.media import services as media
from amapress_py.membership import services as membership
from amapress_py.membership.rules import MembershipState
from amapress_py.membership.services import Note, PeriodValues
from amapress_py.settings.models import SiteVersion
from tests.back_office import viewer_of
from tests.factories import Make

ROLES = (
    "visitor",
    "plain",  # a person without contract, enrolment or role
    "member",
    "intermittent",
    "manager",  # responsable des intermittents
    "treasurer",
    "referent",  # of the producer behind the addresses
    "foreign_referent",  # of another producer
    "producer",
    "coordinator",
    "admin",
)
EVERYTHING = {
    table.name: f'SELECT * FROM "{table.name}"'  # noqa: S608  our own names
    for table in db.Base.metadata.sorted_tables
}
READING = ("SELECT", "PRAGMA", "BEGIN")
NOBODYS = 999_998  # the answers are those to what does not exist
Dump = dict[str, list[str]]


@dataclass
class World:
    """The AMAP: who has which role, and the ids that addresses are filled in with."""

    app: Flask
    engine: Engine
    sessions: dict[str, str] = field(default_factory=dict)  # by role; visitors have none
    values: dict[str, str] = field(default_factory=dict)
    delivery: int = 0  # of the member's basket
    designated_request: int = 0
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    before: Dump = field(default_factory=dict)
    was_written: bool = False  # since the last look

    def __post_init__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        self.was_written |= not statement.lstrip().upper().startswith(READING)

    def client(self, role: str) -> FlaskClient:
        """Return a browser in which somebody of a role is connected."""
        client = self.app.test_client()
        if role != "visitor":
            with client.session_transaction() as cookie:
                cookie["_user_id"] = self.sessions[role]
                cookie["_fresh"] = True
        return client

    def address(self, rule: Rule, **other: str) -> str:
        """Return an address of a route, about what is in the database."""
        values = {**{name: self.values[name] for name in rule.arguments}, **other}
        with self.app.test_request_context():
            made: str = rule.build(values, append_unknown=False)[1]  # type: ignore[index]
        return made

    def dump(self, *tables: str) -> Dump:
        """Return every row of some tables (none named: all), as the database holds them."""
        with self.engine.connect() as connection:
            return {
                name: sorted(map(repr, connection.exec_driver_sql(EVERYTHING[name])))
                for name in tables or EVERYTHING
            }

    def remember(self) -> None:
        """Take what is in the database now for the world as it should be."""
        with self.engine.connect() as connection:
            self.rows = {
                table.name: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in db.Base.metadata.sorted_tables
            }
        self.before = self.dump()

    def changes(self) -> set[str]:
        """Return the tables that differ from the world as it should be."""
        if not self.was_written:
            return set()
        now = self.dump()
        self.was_written = now != self.before
        of_reading = {"access_record"}  # the journal of who read which list
        names = EVERYTHING.keys() - of_reading
        return {name for name in names if now[name] != self.before[name]}

    def is_changed(self) -> bool:
        """Tell whether anything differs."""
        return bool(self.changes())

    def restore(self) -> None:
        """Undo whatever was done."""
        with self.engine.begin() as connection:
            version = connection.scalar(select(SiteVersion.number)) or 0
            for table in reversed(db.Base.metadata.sorted_tables):
                connection.execute(delete(table))
            for table in db.Base.metadata.sorted_tables:
                if self.rows[table.name]:
                    connection.execute(table.insert(), self.rows[table.name])
            connection.execute(update(SiteVersion).values(number=version + 1))  # caches go
        self.before |= self.dump(SiteVersion.__tablename__)
        self.was_written = False


def build(app: Flask, make: Make) -> World:
    """Write the AMAP in an empty database."""
    world = World(app, app.extensions["amapress_engine"])
    with db.transaction() as session:
        seed.seed(session)
    contract = make.contract("Légumes", dates=[make.thursday(), make.thursday(1)])
    other = make.contract("Pain")
    persons = {
        "plain": make.person("Paula"),
        "member": make.member("Marc", contract),
        "intermittent": make.intermittent("Inès"),
        "manager": make.person("Irène", roles=[Role.INTERMITTENT_MANAGER]),
        "treasurer": make.person("Thérèse", roles=[Role.TREASURER]),
        **{
            name: make.person(name.capitalize())
            for name in ("referent", "foreign_referent", "producer", "coordinator")
        },
        "admin": make.person("Alice", roles=[Role.ADMIN]),
    }
    for name, role, scope, key in (
        ("referent", Role.REFERENT, Scope.PRODUCER, contract.producer_id),
        ("foreign_referent", Role.REFERENT, Scope.PRODUCER, other.producer_id),
        ("producer", Role.PRODUCER, Scope.PRODUCER, contract.producer_id),
        ("coordinator", Role.COORDINATOR, Scope.CONTRACT, contract.id),
    ):
        make.grant(persons[name], role, scope, key)
    world.sessions = {name: session_id(one.id, one.stamp) for name, one in persons.items()}
    _fill(world, make, make.session, contract.id)
    make.session.rollback()
    world.remember()
    return world


def _fill(world: World, make: Make, session: Session, contract_id: int) -> None:
    """Put something behind every address: another household's offer, its request, a mail."""
    contract = session.get_one(Contract, contract_id)
    owner = make.member("Olga", contract)
    designator = make.member("Désirée", contract)
    bruno = make.intermittent("Bruno")
    offer = make.offer(owner)
    request = make.request(offer, bruno)
    promised = services.offer_basket(
        session,
        Actor.of(designator),
        make.coming_delivery(designator).id,
        taker_id=bruno.id,
    )
    session.commit()
    grant = make.grant(bruno, Role.TREASURER)
    address = PersonAddress(person_id=bruno.id, email="bruno.bis@test.example")
    session.add(address)
    session.commit()
    page = session.scalars(select(Page).where(Page.path == "glossaire")).one()
    revision = session.scalars(select(PageRevision).where(PageRevision.page_id == page.id)).first()
    mail = session.scalars(select(OutboxMail).order_by(OutboxMail.id)).first()
    product = contract.products[0]
    signed = select(Subscription.id).where(Subscription.household_id == owner.household_id)
    drawing = BytesIO()
    Image.new("RGB", (9, 9)).save(drawing, "PNG")
    image = media.store(session, bruno.id, drawing.getvalue(), "dessin.png", "Un dessin")
    session.commit()
    treasurer = session.scalars(select(Grant.person_id).where(Grant.role == Role.TREASURER)).first()
    assert treasurer is not None
    today = clock.today()
    reserved = AddDates([make.thursday(5)], DateKind.HOLIDAY)
    office = viewer_of(session, make.person("Odile", roles=[Role.ADMIN]))
    digest = mass.preview(session, contract, reserved).digest
    operation = mass.apply(session, office, contract_id, "ajouter", reserved, digest)
    session.commit()
    period = membership.save_period(session, treasurer, None, PeriodValues("Saison", today, today))
    paid = Note(MembershipState.RECEIVED, 1000, "Chèque", today)
    receipt = membership.note(session, treasurer, period, bruno.household_id, paid)
    season = roster.PeriodValues("Hiver", today, make.thursday(9), "Aide\nAide", 2, 0, True)
    rota = roster.save_period(session, treasurer, None, season)
    roster.fill(session, treasurer, rota)
    session.commit()
    seats = session.scalars(select(DutySeat).order_by(DutySeat.id)).all()
    duty.take(session, owner.id, seats[0].id)
    duty.ask_to_take(session, owner.id, seats[0].id, designator.id)
    session.commit()
    swap = session.scalars(select(DutySwap)).one()
    session.commit()
    meeting = Event(kind=EventKind.SIGNING, title="Signature", contract_id=contract_id, place="Ici",
                    date=make.thursday(), opens=time(18), closes=time(20))  # fmt: skip
    session.add(meeting)
    session.commit()
    assert revision is not None
    assert mail is not None
    delivery = make.coming_delivery(owner)
    world.delivery = delivery.id
    world.designated_request = promised.requests[0].id
    waiting = WaitingEntry(contract_id=contract_id, household_id=bruno.household_id)
    session.add(waiting)
    session.commit()
    numbers = {
        "entry_id": waiting.id,
        "offer_id": offer.id,
        "request_id": request.id,
        "person_id": bruno.id,
        "other_id": owner.id,
        "household_id": bruno.household_id,
        "grant_id": grant.id,
        "address_id": address.id,
        "contract_id": contract_id,
        "date_id": contract.dates[0].id,
        "contract_product_id": product.id,
        "product_id": product.product_id,
        "producer_id": contract.producer_id,
        "subscription_id": session.scalars(signed).one(),
        "place_id": contract.places[0].id,
        "delivery_id": delivery.id,
        "page_id": page.id,
        "revision_id": revision.id,
        "other_revision_id": revision.id,
        "mail_id": mail.id,
        "media_id": image.id,
        "pass_id": NOBODYS,
        "number": NOBODYS,  # of a printed sheet
        "operation_id": operation.id,
        "period_id": period,
        "receipt_id": receipt,
        "duty_id": rota,
        "seat_id": seats[0].id,
        "swap_id": swap.id,
        "decalage_id": NOBODYS,  # of a delivery taken on another day
        "event_id": meeting.id,
    }
    world.values = {name: str(number) for name, number in numbers.items()}
    world.values |= {"token": "x" * 43, "path": "glossaire", "version": "1"}
    world.values |= {"key": image.key, "name": image.name}
    world.values |= {"kind": "csv", "event": "of/nothing"}
    world.values |= {"tag": "les-paniers-intermittents", "operation": "deplacer"}
    world.values |= {"document": "synthese", "ending": "pdf"}
