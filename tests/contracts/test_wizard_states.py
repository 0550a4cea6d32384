"""The life of a contract: the producer's word, opening, archives, and gone for good."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.models import Grant, Person, Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules, services, states, validation
from amapress_py.contracts.models import (
    Bar,
    Contract,
    ContractState,
    Producer,
    Subscription,
    SubscriptionLine,
)
from amapress_py.deliveries.models import Delivery
from amapress_py.errors import NotAllowed
from amapress_py.events.models import Event, EventKind
from amapress_py.mail.models import OutboxMail
from tests.back_office import submit
from tests.conftest import Browser, BrowserFactory
from tests.factories import Make

DRAFT, SUBMITTED, OPEN, ARCHIVED = ContractState
LAST_YEAR = dt.date(2025, 10, 2)


@pytest.fixture
def contract(session: Session, make: Make, farm: Producer) -> Contract:
    """Make a contract that is ready, with its producer and his référent."""
    made = make.contract(producer=farm)
    made.state = DRAFT
    farm.person_id = make.person("Paul").id
    make.grant(make.person("Jeanne"), Role.REFERENT, Scope.PRODUCER, farm.id)
    session.commit()
    return made


@pytest.fixture
def visitor(browse: BrowserFactory) -> Browser:
    return browse()


@pytest.fixture
def asks(session: Session) -> None:
    """Let the AMAP want the producer's word."""
    with db.transaction() as own:
        settings.save(own, {"producer_validates": True})


def move(viewer: Viewer, contract: Contract, state: ContractState, reason: str = "") -> None:
    with db.transaction() as own:
        states.set_state(own, viewer, contract.id, state, reason)


def link(session: Session) -> str:
    """Return the path of the link in the newest mail."""
    mail = session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    return next(f"{validation.PATH}/{word.rpartition('/')[2]}" for word in mail.text.split()
                if validation.PATH in word)  # fmt: skip


def press(browser: Browser, path: str) -> int:
    """Press the button of the page behind a link."""
    version = browser.visit(path).find("input", {"name": "version"})
    assert version is not None
    answer = submit(browser, path, version=str(version["value"]))
    return answer.status_code


@pytest.mark.parametrize("before", ContractState)
@pytest.mark.parametrize("after", [DRAFT, OPEN, ARCHIVED])
def test_the_table_of_states(
    session: Session, admin: Viewer, contract: Contract, before: ContractState, after: ContractState
) -> None:
    contract.state = before
    session.commit()

    if (before, after) in rules.TRANSITIONS:
        move(admin, contract, after)
        assert contract.state is after
    else:
        with pytest.raises(rules.WrongState):
            move(admin, contract, after)
        session.expire_all()
        assert contract.state is before


def test_by_default_nobody_asks_the_producer(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    boss = browse(make.person(roles=[Role.ADMIN]))

    page = boss.visit(f"/admin/contrats/{contract.id}")

    assert page.find("button", string="Activer le contrat")
    assert not page.select("#producteur")


@pytest.mark.usefixtures("asks")
def test_the_producer_agrees_by_his_link(
    session: Session, make: Make, browse: BrowserFactory, visitor: Browser, contract: Contract
) -> None:
    boss = browse(make.person(roles=[Role.ADMIN]))
    at = f"/admin/contrats/{contract.id}"
    assert boss.visit(at).select("#producteur")

    submit(boss, f"{at}/envoyer-au-producteur")
    assert contract.state is SUBMITTED
    path = link(session)
    page = visitor.visit(path)
    assert "1/2 Panier" in page.text
    session.refresh(contract)
    assert contract.validated_on is None  # reading changes nothing
    assert press(visitor, path) == 200

    session.refresh(contract)
    assert contract.validated_on == clock.today()
    assert contract.validated_by.startswith("Paul")
    told = session.scalars(
        select(OutboxMail.to_name).where(OutboxMail.event == "contracts/validated")
    ).all()
    assert [name.split()[0] for name in told] == ["Jeanne"]
    assert "Contrat validé le" in visitor.visit(path).text
    assert "validé le" in boss.visit(at).text
    submit(boss, f"{at}/etat", etat="open")
    assert contract.state is OPEN
    visitor.visit(path, status=404)  # good for that one thing


def test_a_link_dies_and_what_changed_is_shown_again(
    session: Session, make: Make, admin: Viewer, visitor: Browser, contract: Contract
) -> None:
    with db.transaction() as own:
        assert validation.submit(own, admin, contract.id) == 1
    path = link(session)
    old = contract.version
    contract.label = "Autre"
    session.commit()

    assert submit(visitor, path, version=old).status_code == 409
    assert submit(visitor, path, version="x").status_code == 409
    assert contract.validated_on is None
    visitor.visit(path[:-3] + "abc", status=404)
    with time_machine.travel(clock.now() + validation.VALID):
        visitor.visit(path, status=404)
    person = session.get_one(Person, contract.producer.person_id)
    person.stamp = "another"
    session.commit()
    visitor.visit(path, status=404)


def test_what_changes_after_his_word_needs_it_again(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    with db.transaction() as own:
        validation.note(own, admin, contract.id, clock.today(), "Paul")
    assert contract.validated_by == "Paul"

    with db.transaction() as own:
        services.add_dates(own, admin, contract.id, [make.thursday(4)])

    session.refresh(contract)
    assert (contract.validated_on, contract.validated_by) == (None, "")


def test_a_producer_without_address_is_called(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    session.get_one(Person, contract.producer.person_id).email = None
    session.commit()
    boss = browse(make.person(roles=[Role.ADMIN]))
    at = f"/admin/contrats/{contract.id}"

    submit(boss, f"{at}/envoyer-au-producteur")

    assert "appelez-le" in boss.visit(at).text
    assert contract.state is SUBMITTED


@pytest.mark.usefixtures("asks")
def test_the_referent_notes_or_says_why_not(
    session: Session, make: Make, admin: Viewer, browse: BrowserFactory, contract: Contract
) -> None:
    boss = browse(make.person(roles=[Role.ADMIN]))
    at = f"/admin/contrats/{contract.id}"

    submit(boss, f"{at}/etat", etat="open")
    assert contract.state is DRAFT
    assert "dites pourquoi" in boss.visit(at).text
    submit(boss, f"{at}/etat", etat="open", motif="Il est en vacances")
    assert contract.state is OPEN
    assert "activé sans sa validation : Il est en vacances" in boss.visit(at).text
    move(admin, contract, DRAFT)
    assert contract.unvalidated_reason == ""
    submit(boss, f"{at}/valide", day="2999-01-01", by="Paul")
    submit(boss, f"{at}/valide", day="", by="")
    assert contract.validated_on is None
    submit(boss, f"{at}/valide", day=clock.today(), by="Paul, au marché")
    submit(boss, f"{at}/etat", etat="open")

    assert contract.state is OPEN
    assert (contract.validated_by, contract.unvalidated_reason) == ("Paul, au marché", "")


def test_a_contract_is_archived_after_its_last_basket(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    contract.state = OPEN
    make.subscription(make.person().household, contract)

    with pytest.raises(rules.InUse):
        move(admin, contract, ARCHIVED)
    with time_machine.travel(clock.now() + dt.timedelta(days=60)):
        move(admin, contract, ARCHIVED)
    assert contract.state is ARCHIVED

    contract.state = OPEN
    cells = [(one.id, item.id) for one in contract.dates for item in contract.products]
    session.add_all(Bar(contract_date_id=date, contract_product_id=item) for date, item in cells)
    session.commit()
    move(admin, contract, ARCHIVED)  # what was cancelled is not waited for
    assert contract.state is ARCHIVED


def test_the_last_of_its_series_is_told(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract, farm: Producer
) -> None:
    contract.state = OPEN
    session.commit()
    boss = browse(make.person(roles=[Role.ADMIN]))
    warning = "C’est le dernier contrat"

    assert warning in str(boss.visit(f"/admin/contrats/{contract.id}"))
    make.contract(contract.label, producer=farm, products={"Autre": 100})
    assert warning not in str(boss.visit(f"/admin/contrats/{contract.id}"))


def test_archives_have_a_list_of_their_own(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    contract.state = ARCHIVED
    session.commit()
    boss = browse(make.person(roles=[Role.ADMIN]))

    assert contract.name not in boss.visit("/admin/contrats").text
    assert contract.name in boss.visit("/admin/contrats-archives").text


def archived(session: Session, make: Make, contract: Contract) -> Contract:
    """Archive a signed contract whose deliveries are over."""
    make.subscription(make.person().household, contract)
    make.grant(make.person(), Role.COORDINATOR, Scope.CONTRACT, contract.id)
    contract.state = ARCHIVED
    session.commit()
    return contract


def test_an_archived_contract_goes_for_good_once_its_name_is_typed(
    session: Session, make: Make, browse: BrowserFactory, contract: Contract
) -> None:
    archived(session, make, contract)
    session.add(
        Event(
            kind=EventKind.SIGNING,
            title="Signatures",
            contract_id=contract.id,
            date=LAST_YEAR,
            opens=dt.time(18),
            closes=dt.time(19),
            place="École",
        )
    )
    session.commit()
    boss = browse(make.person(roles=[Role.ADMIN]))
    path = f"/admin/contrats/{contract.id}/effacer"
    name = contract.name

    assert name in boss.visit(path).text
    assert submit(boss, path, name="Autre chose").status_code == 422
    assert session.scalar(select(func.count(Subscription.id))) == 1
    assert submit(boss, path, name=name.upper()).location == "/admin/contrats-archives"

    for model in (Contract.id, Subscription.id, SubscriptionLine.quantity, Delivery.id):
        assert session.scalars(select(model)).all() == []
    assert Scope.CONTRACT not in session.scalars(select(Grant.scope)).all()


def test_what_was_exchanged_stays(
    session: Session, make: Make, admin: Viewer, contract: Contract
) -> None:
    contract.state = OPEN
    session.commit()
    make.offer(make.member(contract=contract))
    contract.state = ARCHIVED
    session.commit()

    with pytest.raises(rules.InUse, match="échangés"), db.transaction() as own:
        states.erase_contract(own, admin, contract.id, contract.name)

    session.expire_all()
    assert session.scalar(select(func.count(Subscription.id))) == 1


def test_a_contract_in_use_is_not_erased_and_only_by_who_may(
    session: Session,
    make: Make,
    admin: Viewer,
    referent: Viewer,
    contract: Contract,
    browse: BrowserFactory,
) -> None:
    with pytest.raises(rules.WrongState), db.transaction() as own:
        states.erase_contract(own, admin, contract.id, contract.name)
    other = archived(session, make, make.contract("Pain"))
    for act in (
        lambda own: states.erase_contract(own, referent, other.id, other.name),
        lambda own: validation.submit(own, referent, other.id),
        lambda own: validation.note(own, referent, other.id, clock.today(), "x"),
        lambda own: states.set_state(own, referent, other.id, OPEN),
    ):
        with pytest.raises(NotAllowed), db.transaction() as own:
            act(own)
    his = browse(session.get_one(Person, referent.person_id))
    assert submit(his, f"/admin/contrats/{other.id}/etat", etat="?").status_code == 403
