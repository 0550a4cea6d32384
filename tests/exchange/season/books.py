"""What the database holds at one moment, as plain rows that can be compared."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, Table, select
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.contracts.queries import BasketLine, basket_statement
from amapress_py.exchange.rules import LIVE_STATES, OfferState

TABLES = (
    "person", "delivery", "basket_offer", "offer_item", "offer_request", "offer_event",
    "intermittent_enrolment", "alert", "alert_preference", "alert_wish", "reminder", "turn",
    "basket_pass", "fetched", "setting", "subscription", "subscription_line", "joker", "bar",
    "contract", "contract_date",
)  # fmt: skip
MAIL = ("id", "event", "topic", "person_id", "to_address", "state")
WHOLE_MAIL = (*MAIL, "to_name", "reply_to", "subject", "text", "html", "headers", "calendar")
Rows = dict[int, Row[Any]]


def table(name: str) -> Table:
    """Return a table by its name."""
    return db.Base.metadata.tables[name]


@cache
def _selects() -> dict[str, Select[Any]]:
    """Return the statements once made: they are asked for after each act."""
    return {name: select(table(name)).order_by(*table(name).primary_key) for name in TABLES}


@cache
def _outbox(columns: tuple[str, ...]) -> Select[Any]:
    outbox = table("outbox_mail")
    return select(*(outbox.c[one] for one in columns)).order_by(outbox.c.id)


@cache
def _baskets() -> Select[Any]:
    return basket_statement()


@dataclass(frozen=True)
class Books:
    """Every row that the space writes; `mails` without their texts."""

    rows: dict[str, list[Row[Any]]]
    mails: list[Row[Any]]
    lines: list[BasketLine]

    @classmethod
    def read(cls, session: Session) -> "Books":
        """Read all of it, in one reading transaction."""
        connection = session.connection()
        rows = {name: list(connection.execute(one)) for name, one in _selects().items()}
        mails = connection.execute(_outbox(MAIL))
        lines = [BasketLine(*row) for row in connection.execute(_baskets())]
        return cls(rows, list(mails), lines)

    def same(self, other: "Books") -> bool:
        """Tell whether nothing was changed meanwhile."""
        return self.rows == other.rows and self.mails == other.mails

    def by_id(self, name: str) -> Rows:
        """Return the rows of a table by their id."""
        return {row.id: row for row in self.rows[name]}

    def since(self, earlier: "Books", name: str) -> list[Row[Any]]:
        """Return the rows that are new."""
        known = {row.id for row in earlier.rows[name]}
        return [row for row in self.rows[name] if row.id not in known]

    def items(self) -> dict[int, list[Row[Any]]]:
        """Return the ceded lines of each offer."""
        found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
        for row in self.rows["offer_item"]:
            found[row.offer_id].append(row)
        return found

    def live_offers(self) -> list[Row[Any]]:
        """Return the offers that are not over."""
        return [row for row in self.rows["basket_offer"] if row.state in LIVE_STATES]

    def enrolled(self) -> dict[int, str]:
        """Return the token of each person's live enrolment."""
        rows = self.rows["intermittent_enrolment"]
        return {row.person_id: row.token for row in rows if row.ended_at is None}

    def free_offers(self) -> list[Row[Any]]:
        """Return the offers that can be asked for."""
        free = (OfferState.OPEN, OfferState.REQUESTED)
        return [row for row in self.rows["basket_offer"] if row.state in free]


def new_mails(session: Session, earlier: Books) -> list[Row[Any]]:
    """Return the mails that were written since, whole."""
    last = max((row.id for row in earlier.mails), default=0)
    wanted = _outbox(WHOLE_MAIL).where(table("outbox_mail").c.id > last)
    return list(session.execute(wanted))
