"""What is asked about offered baskets: lists select columns, never whole entities."""

from amapress_py.exchange.queries.bookable import (
    BookableFilter,
    BookableRow,
    bookable_count,
    bookable_offers,
)
from amapress_py.exchange.queries.booked import BookedRow, booked_offers
from amapress_py.exchange.queries.cedable import (
    AbsentMember,
    CedableRow,
    absent_member,
    cedable_basket,
    cedable_baskets,
)
from amapress_py.exchange.queries.elsewhere import PublicOffer, public_offers
from amapress_py.exchange.queries.facts import (
    ceded_quantities,
    is_enrolled,
    viewer_flags,
    wants_alert,
)
from amapress_py.exchange.queries.own import Candidate, OwnRow, own_count, own_offers
from amapress_py.exchange.queries.rows import SORTS, Period, Row
from amapress_py.exchange.queries.wishes import contract_choices, wishes_of

__all__ = [
    "SORTS",
    "AbsentMember",
    "BookableFilter",
    "BookableRow",
    "BookedRow",
    "Candidate",
    "CedableRow",
    "OwnRow",
    "Period",
    "PublicOffer",
    "Row",
    "absent_member",
    "bookable_count",
    "bookable_offers",
    "booked_offers",
    "cedable_basket",
    "cedable_baskets",
    "ceded_quantities",
    "contract_choices",
    "is_enrolled",
    "own_count",
    "own_offers",
    "public_offers",
    "viewer_flags",
    "wants_alert",
    "wishes_of",
]
