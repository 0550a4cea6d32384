"""The producer agrees to a contract: by a signed link of a mail, or as the référent notes."""

import datetime as dt
from collections.abc import Collection
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings, web
from amapress_py.accounts import queries as accounts
from amapress_py.accounts.models import Grant, Person, Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import rules, states
from amapress_py.contracts.models import Contract, ContractState
from amapress_py.contracts.services import locked_contract
from amapress_py.errors import NotFound
from amapress_py.i18n import _, long_date
from amapress_py.mail import outbox

PATH = "/contrat-a-valider"
VALID = timedelta(days=30)
MOST_LENGTH = 500


def submit(session: Session, viewer: Viewer, contract_id: int) -> int:
    """Ask the producer to agree; return how many addresses were written to. May be repeated.

    Raise WrongState for a contract that is open or archived, Refused for one that is not ready.
    """
    contract = locked_contract(session, viewer, contract_id)
    if contract.state is not ContractState.SUBMITTED:
        states.check_move(contract, ContractState.SUBMITTED)
    states.check_ready(session, contract)
    contract.state = ContractState.SUBMITTED
    contract.validated_on, contract.validated_by = None, ""
    people = accounts.recipients(session, _producers(session, contract))
    known = select(Person.id, Person.stamp).where(Person.id.in_(list(people)))
    stamps = {row.id: row.stamp for row in session.execute(known)}
    return sum(
        outbox.post(
            session,
            "contracts/validate",
            addresses,
            reply_to=settings.current().contact_email,
            first_name=addresses[0].name,
            contract=contract.name,
            validate_url=web.absolute(f"{PATH}/{token(contract.id, person_id, stamps[person_id])}"),
            days=VALID.days,
        )
        for person_id, addresses in people.items()
    )


def note(session: Session, viewer: Viewer, contract_id: int, day: dt.date, by: str) -> None:
    """Keep that the producer agreed, on a day that is not to come; raise Refused, WrongState."""
    contract = locked_contract(session, viewer, contract_id)
    if contract.state is ContractState.ARCHIVED:
        raise rules.WrongState
    if day > clock.today():
        raise rules.Refused(_("Ce jour est à venir : notez la validation quand elle est faite."))
    contract.validated_on, contract.validated_by = day, by


def agree(session: Session, signed: str, version: int) -> None:
    """Keep that the person of a link agrees to what the page showed; tell the référents.

    Raise NotFound for a link that is no longer good, Stale if the contract changed meanwhile.
    """
    found = read(session, signed)
    if found is None:
        raise dead()
    contract, person = found
    contract = db.locked(session, Contract, contract.id) or contract
    if contract.validated_on is not None:
        return  # pressed twice
    if contract.version != version:
        raise rules.Stale
    contract.validated_on, contract.validated_by = clock.today(), person.name
    people = accounts.recipients(session, _referents(session, contract))
    outbox.post(
        session,
        "contracts/validated",
        [one for addresses in people.values() for one in addresses],
        contract=contract.name,
        agreed_by=person.name,
        agreed_on=long_date(clock.today()),
        contract_url=web.absolute(f"/admin/contrats/{contract.id}"),
    )


def dead() -> NotFound:
    """Return the refusal of a link that leads nowhere."""
    return NotFound(
        _("Ce lien n’est plus valable : le contrat n’attend plus votre validation. Demandez un "
          "nouveau lien au référent.")
    )  # fmt: skip


def token(contract_id: int, person_id: int, stamp: str) -> str:
    """Return what a person's link holds; a new password ends it."""
    expires = int((clock.now() + VALID).timestamp())
    return str(_serializer().dumps([contract_id, person_id, stamp, expires]))


def read(session: Session, signed: str) -> tuple[Contract, Person] | None:
    """Return the contract and who agrees, or None: forged, expired, no longer submitted."""
    try:
        contract_id, person_id, stamp, expires = _serializer().loads(signed[:MOST_LENGTH])
    except (BadSignature, ValueError, TypeError):
        return None
    person = session.get(Person, person_id)
    contract = session.get(Contract, contract_id)
    if person is None or not person.is_active or person.stamp != stamp:
        return None
    if contract is None or contract.state is not ContractState.SUBMITTED:
        return None
    return (contract, person) if clock.now().timestamp() < expires else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="contracts.validation")


def _producers(session: Session, contract: Contract) -> Collection[int]:
    named = {contract.producer.person_id} if contract.producer.person_id else set()
    return named | set(_granted(session, Role.PRODUCER, contract))


def _referents(session: Session, contract: Contract) -> Collection[int]:
    return _granted(session, Role.REFERENT, contract)


def _granted(session: Session, role: Role, contract: Contract) -> Collection[int]:
    return session.scalars(
        select(Grant.person_id).where(
            Grant.role == role,
            Grant.scope == Scope.PRODUCER,
            Grant.scope_id == contract.producer_id,
        )
    ).all()
