"""The persons of the demo: those one logs in as, the families, the intermittents."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy.orm import Session

from amapress_py.accounts.models import Household, HouseholdStay, Person, Role
from amapress_py.demo.plan import LEAST_INTERMITTENTS, THURSDAY, Plan
from amapress_py.demo.words import FIRST_NAMES, LAST_NAMES, STREETS, TOWN
from amapress_py.exchange.models import AlertPreference, AlertWish, IntermittentEnrolment
from amapress_py.exchange.queries.wishes import CONTRACT
from amapress_py.exchange.rules import Pace
from amapress_py.i18n import search_key

REASONS = ("waiting_list", "discovery", "not_sedentary", "")


@dataclass(frozen=True)
class Login:
    """A person one may log in as: products signed for, role held."""

    name: str  # of the address: anna@demo.test
    first_name: str
    last_name: str
    who: str  # told in the table of log-ins
    signs: tuple[str, ...] = ()
    role: Role | None = None
    is_enrolled: bool = False

    @property
    def email(self) -> str:
        """The address one logs in with."""
        return f"{self.name}@demo.test"


LOGINS = (
    Login("admin", "Alice", "Moreau", "administratrice", role=Role.ADMIN),
    Login(
        "intermittents",
        "Irène",
        "Caron",
        "responsable des intermittents",
        ("Panier", "Pain de campagne"),
        Role.INTERMITTENT_MANAGER,
    ),
    Login("anna", "Anna", "Delorme", "amapienne, demi-panier de légumes", ("1/2 Panier",)),
    Login("bruno", "Bruno", "Lefort", "amapien et intermittent", ("Pain de campagne",), None, True),
    Login("chloe", "Chloé", "Marin", "amapienne et intermittente", ("Pain de seigle",), None, True),
    Login("david", "David", "Roussel", "intermittent, sans contrat", is_enrolled=True),
    Login(
        "referent",
        "Rémi",
        "Gautier",
        "référent des légumes et des œufs",
        ("Panier", "Boîte de 6 œufs"),
        Role.REFERENT,
    ),
    Login(
        "tresorier",
        "Thérèse",
        "Lemoine",
        "trésorière",
        ("1/2 Panier", "Pain de campagne"),
        Role.TREASURER,
    ),
    Login("producteur", "Pierre", "Vasseur", "producteur de légumes", role=Role.PRODUCER),
)


@dataclass
class People:
    """Who exists: named persons by name, the first adult of each other family, outsiders."""

    named: dict[str, Person]
    members: list[Person]
    outsiders: list[Person]
    enrolments: list[IntermittentEnrolment]


class Population:
    """Draws persons, no two with one address."""

    def __init__(self, plan: Plan, password_hash: str) -> None:
        self.plan = plan
        self.dice = plan.random("people")
        self.password_hash = password_hash
        self.emails: set[str] = set()
        self.persons: list[Person] = []

    def household(self) -> Household:
        """Return a new household, a year or more old."""
        return Household(created_at=self.plan.before(self.dice, 400, 1500))

    def person(
        self, household: Household, first: str, last: str, email: str | None, address: str
    ) -> Person:
        """Return a person of a household."""
        person = Person(
            household=household,
            email=email,
            first_name=first,
            last_name=last,
            phone=phone(self.dice),
            address=address,
            password_hash=self.password_hash if email else None,
            stamp=token(self.dice, 16),
            created_at=household.created_at,
        )
        self.persons.append(person)
        return person

    def newcomer(self, last: str | None = None, household: Household | None = None) -> Person:
        """Return somebody of chance; a second adult of a household may have no address."""
        first = self.dice.choice(FIRST_NAMES)
        last = last or self.dice.choice(LAST_NAMES)
        email = None if household and self.dice.random() < 0.25 else self.address_of(first, last)
        where = street(self.dice)
        if household is not None and household.persons:
            where = household.persons[0].address
        return self.person(household or self.household(), first, last, email, where)

    def address_of(self, first: str, last: str) -> str:
        """Return an address that nobody has yet."""
        stem = search_key(f"{first}.{last}").replace(" ", "")
        email, number = f"{stem}@demo.test", 1
        while email in self.emails:
            number += 1
            email = f"{stem}{number}@demo.test"
        self.emails.add(email)
        return email

    def family(self) -> Person:
        """Return the first of one or two adults."""
        first = self.newcomer()
        if self.dice.random() < 0.4:
            same_name = first.last_name if self.dice.random() < 0.6 else None
            self.newcomer(same_name, first.household)
        return first


def phone(dice: Random) -> str:
    """Return a number of the range that is kept for fiction."""
    return f"06 39 98 {dice.randrange(100):02d} {dice.randrange(100):02d}"


def street(dice: Random) -> str:
    """Return an address in the village."""
    return f"{dice.randint(1, 80)} {dice.choice(STREETS)}, {TOWN}"


def token(dice: Random, length: int) -> str:
    """Return a token that is the same at each making (the demo keeps no secret)."""
    return f"{dice.getrandbits(4 * length):0{length}x}"


def settle(session: Session, plan: Plan, password_hash: str) -> People:
    """Write persons, households and enrolments."""
    crowd = Population(plan, password_hash)
    named = {
        one.name: crowd.person(
            crowd.household(), one.first_name, one.last_name, one.email, street(crowd.dice)
        )
        for one in LOGINS
    }
    families = plan.members - sum(bool(one.signs) for one in LOGINS)
    members = [crowd.family() for _number in range(families)]
    further = plan.intermittents - sum(one.is_enrolled for one in LOGINS)
    inside = members[: min(further // 2, families // 2)]
    outsiders = [crowd.newcomer() for _number in range(further - len(inside))]
    session.add_all(crowd.persons)
    session.flush()
    session.add_all(
        HouseholdStay(
            person_id=person.id,
            household_id=person.household_id,
            since=person.created_at.date(),
        )
        for person in crowd.persons
    )
    wanted = [named[one.name] for one in LOGINS if one.is_enrolled] + inside + outsiders
    enrolments = [_enrolment(plan, crowd.dice, person) for person in wanted]
    for enrolment in enrolments[3::4]:  # some were enrolled by the person in charge
        enrolment.enrolled_by_id = named["intermittents"].id
    session.add_all(enrolments)
    _prefer(session, plan, wanted[LEAST_INTERMITTENTS:])
    session.flush()
    return People(named, members, outsiders, enrolments)


def _enrolment(plan: Plan, dice: Random, person: Person) -> IntermittentEnrolment:
    return IntermittentEnrolment(
        person_id=person.id,
        enrolled_by_id=person.id,
        enrolled_at=plan.before(dice, 30, 380),
        because=dice.choice(REASONS),
        token=token(dice, 48),
    )


def _prefer(session: Session, plan: Plan, people: list[Person]) -> None:
    """Let some want to hear less; who has a log-in hears of everything at once."""
    wishes: tuple[dict[str, object], ...] = (
        {"pace": Pace.DIGEST},
        {"weekdays": 1 << THURSDAY},
        {"paused_until": plan.today + timedelta(weeks=3)},
        {"pace": Pace.DIGEST},
        {"pace": Pace.NONE},
    )
    for person, wish in zip(people, wishes, strict=False):
        session.add(AlertPreference(person_id=person.id, **wish))
    for person in people[3:4]:
        session.add(AlertWish(person_id=person.id, kind=CONTRACT, value=search_key("Légumes")))
