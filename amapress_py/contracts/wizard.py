"""The steps by which a contract is made, which are also the screens that change it later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py.contracts import readiness
from amapress_py.contracts.models import Contract
from amapress_py.i18n import _l

SUMMARY, PAYMENTS = "summary", "payments"
GO_ON = "continuer"  # the name of the button
STEPS = {
    readiness.HEADER: (_l("Le contrat"), "contracts_admin.edit_contract"),
    readiness.DATES: (_l("Les dates"), "contracts_admin.dates.dates"),
    readiness.LIMITS: (_l("Inscription et jokers"), "contracts_admin.terms.limits"),
    readiness.PRODUCTS: (
        _l("Les produits disponibles et les prix"),
        "contracts_admin.products.products",
    ),
    readiness.BARS: (_l("Dates barrées"), "contracts_admin.bars.bars"),
    PAYMENTS: (_l("Paiements"), "contracts_admin.terms.payments"),
    SUMMARY: (_l("Résumé"), "contracts_admin.contract"),
}


@dataclass(frozen=True)
class Step:
    """One screen: its label, its address, and whether it is the present one."""

    label: Any
    url: str
    is_here: bool


@dataclass(frozen=True)
class Trail:
    """Every step in order, and the ways back and on."""

    steps: Sequence[Step]
    before: str = ""
    after: str = ""


def trail(contract: Contract | None, here: str) -> Trail:
    """Return the steps of a contract; of one that is not begun: labels alone."""
    keys = list(STEPS)
    urls = [url_of(contract, key) for key in keys]
    steps = [Step(STEPS[key][0], url, key == here) for key, url in zip(keys, urls, strict=True)]
    at = keys.index(here)
    return Trail(steps, urls[at - 1] if at else "", urls[at + 1] if at + 1 < len(keys) else "")


def url_of(contract: Contract | None, key: str) -> str:
    """Return the address of a step; "" for a contract that is not begun."""
    return "" if contract is None else url_for(STEPS[key][1], contract_id=contract.id)


def onward(contract_id: int, here: str) -> ResponseReturnValue:
    """Go (303) to the next step after « Continuer », else back to the present one."""
    if GO_ON in request.form:
        return redirect(next_url(contract_id, here), 303)
    return redirect(url_for(STEPS[here][1], contract_id=contract_id), 303)


def next_url(contract_id: int, here: str) -> str:
    """Return the address of the step after one."""
    keys = list(STEPS)
    return url_for(STEPS[keys[keys.index(here) + 1]][1], contract_id=contract_id)
