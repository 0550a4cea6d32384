"""The contracts of the demo that nobody signed yet: open to sign today."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from amapress_py.contracts.models import (
    Contract,
    ContractDate,
    ContractKind,
    ContractPrice,
    ContractProduct,
    ContractState,
    Producer,
    Product,
)
from amapress_py.demo.plan import Plan
from amapress_py.demo.season import Season
from amapress_py.demo.words import DAIRY, ORCHARD
from amapress_py.money import Cents

WEEKS_TO_SIGN = 2
MOST_DATES = 8

CHEESES = {"Fromage frais": 320, "Fromage affiné": 380, "Yaourts (par 4)": 360, "Tomme": 590}
APPLES = {"Pommes (2 kg)": 620, "Jus de pomme": 350}


def open_contracts(session: Session, plan: Plan, season: Season) -> None:
    """Write a contract to choose date by date, and a prepaid card."""
    signed_until = plan.today + timedelta(weeks=WEEKS_TO_SIGN)
    later = [day for day in plan.thursdays if day > signed_until]
    cheeses = _contract(season, DAIRY, "Fromages", later[::2][:MOST_DATES], CHEESES)
    cheeses.kind, cheeses.deadline = ContractKind.PER_DATE, signed_until
    cheeses.products[3].most_a_date = 12
    coming = [day for day in plan.thursdays if day > plan.today + timedelta(days=5)]
    apples = _contract(season, ORCHARD, "Pommes", coming[:MOST_DATES], APPLES)
    apples.kind, apples.lock_days = ContractKind.PREPAID, 2
    for one in (cheeses, apples):
        one.created_at = plan.before(plan.random("opening"), 3, 9)
    session.add_all([cheeses, apples])
    session.flush()


def _contract(
    season: Season,
    farm: tuple[str, str],
    label: str,
    days: list[date],
    products: dict[str, Cents],
) -> Contract:
    name, presentation = farm
    producer = Producer(name=name, presentation=presentation)
    years = sorted({days[0].year, days[-1].year})
    return Contract(
        producer=producer,
        name=f"{label} {'-'.join(map(str, years))}",
        label=label,
        state=ContractState.OPEN,
        presentation=presentation,
        payee=name,
        most_cheques=2,
        places=list(season.contracts[0].places),
        dates=[ContractDate(date=day) for day in days],
        products=[
            ContractProduct(
                product=Product(producer=producer, name=product),
                position=position,
                prices=[ContractPrice(from_date=days[0], cents=cents)],
            )
            for position, (product, cents) in enumerate(products.items())
        ],
    )
