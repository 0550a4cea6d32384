"""Which contract a screen of the back office is about, if it is the viewer's business."""

from amapress_py import db
from amapress_py.accounts.login import viewer
from amapress_py.contracts import office_queries, rules
from amapress_py.contracts.models import Contract
from amapress_py.errors import NotAllowed


def editable_contract(contract_id: int) -> Contract:
    """Return a contract that the viewer may change; raise NotFound, or NotAllowed out of scope."""
    found = office_queries.contract(db.session(), viewer(), contract_id)
    if not rules.may_edit(viewer(), found.producer_id):
        raise NotAllowed
    return found
