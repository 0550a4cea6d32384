"""The producer's page behind the link of a mail: what he agrees to, and a button."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import public
from amapress_py.contracts import office_queries, queries, rules, validation
from amapress_py.contracts.models import Contract
from amapress_py.errors import DomainError, NotFound

bp = Blueprint("contracts_validation", __name__)
LONGEST_VERSION = 9  # digits


@bp.get(f"{validation.PATH}/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Show the contract to who has the link; scanners follow links, so a button acts."""
    found = validation.read(db.session(), token)
    if found is None:
        raise validation.dead()
    return _page(token, *found)


@bp.post(f"{validation.PATH}/<token>")
@public
@web.without_token
def agree(token: str) -> ResponseReturnValue:
    """« Je valide ce contrat », by the person of the link."""
    typed = request.form.get("version", "")
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST_VERSION
    told, status = "", 200
    try:
        with db.transaction() as session:
            validation.agree(session, token, int(typed) if is_number else 0)
    except NotFound:
        raise
    except DomainError as refusal:
        told, status = str(refusal), refusal.status
    found = validation.read(db.session(), token)
    if found is None:
        raise validation.dead()
    return _page(token, *found, told=told), status


def _page(token: str, contract: Contract, person: object, told: str = "") -> str:
    session = db.session()
    cells = queries.grid_cells(session, contract.id)
    return render_template(
        "contracts/validate.html",
        token=token,
        contract=contract,
        person=person,
        told=told,
        kinds=rules.KINDS,
        rows=queries.by_date(cells),
        products=office_queries.contract_products(session, contract.id),
    )
