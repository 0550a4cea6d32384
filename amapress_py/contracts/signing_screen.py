"""The member's screens of signing: choose, read what it comes to, sign; also as a trial."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock
from amapress_py.contracts import joker_rules, own_queries, queries, rules, signing_rules
from amapress_py.contracts.models import Contract, Subscription
from amapress_py.contracts.own_signing import grid_of, period
from amapress_py.contracts.queries import GridCell
from amapress_py.contracts.signing_forms import OwnForm, Quantities
from amapress_py.contracts.signing_rules import Full, Order, Window
from amapress_py.contracts.summary import Summary, summarised
from amapress_py.errors import DomainError, NotFound
from amapress_py.i18n import long_date

FILL, SUM_UP, CORRECT, SUMMARISE, SIGN = "remplir", "calculer", "corriger", "resumer", "signer"
KEEPS_TYPING = (FILL, SUM_UP, CORRECT)


@dataclass
class Screen:
    """What a household sees of a contract that it signs or changes; `is_trial`: nothing is kept."""

    contract: Contract
    signed: Subscription | None
    cells: Sequence[GridCell]
    window: Window
    quantities: Quantities
    form: OwnForm
    skipped: set[int]  # contract dates with a joker that stays as it is
    is_trial: bool = False
    full: Full | None = None
    days: list[tuple[int, str]] = field(default_factory=list)  # that may get a joker

    @classmethod
    def of(
        cls,
        session: Session,
        contract: Contract,
        signed: Subscription | None = None,
        *,
        household_id: int = 0,
        skipped: set[int] | None = None,
        is_trial: bool = False,
    ) -> "Screen":
        """Read what is there, and what was sent; a household's usual place is proposed.

        `skipped` are the jokers of what is signed, where they are known already.
        """
        cells = queries.grid_cells(session, contract.id, signed.id if signed else None)
        window = own_queries.window(contract, cells)
        today = clock.today()
        own_cells = [
            one for one in cells if not signed or signed.starts_on <= one.date <= signed.ends_on
        ]
        quantities = Quantities(
            contract.kind,
            own_cells,
            lambda day: not is_trial and window.is_locked(day, today),
            own_queries.usual(session, contract, signed, cells),
        )
        jokers = skipped
        if jokers is None:
            jokers = own_queries.jokers(session, signed.id if signed else None)
        is_sent = request.method == "POST"
        if is_sent:
            form = OwnForm()
        else:
            place_id = signed.place_id if signed else own_queries.usual_place(session, household_id)
            form = OwnForm(
                version=signed.version if signed else 0, place_id=place_id, jokers=sorted(jokers)
            )
            form.digest.data = own_queries.digest(contract, cells)
        form.choose(contract)
        locked = {one.date_id for one in cells if window.is_locked(one.date, today)}
        made = cls(
            contract, signed, cells, window, quantities, form,
            set() if is_trial else jokers & locked, is_trial,
        )  # fmt: skip
        made._offer_jokers(set() if is_trial else locked, jokers)
        if is_sent:
            quantities.read(request.form)
        return made

    def _offer_jokers(self, locked: set[int], there: set[int]) -> None:
        """List the deliveries that may be skipped, where that is decided with the contract."""
        terms, covered = joker_rules.rules_of(self.contract), self.quantities.dates
        if signing_rules.chooses_jokers(terms):
            open_days = {
                one.date_id: one.date
                for one in self.cells
                if not one.is_barred and one.date_id in covered and one.date_id not in locked
            }
            delay = terms.delay_days if terms.is_free and not self.is_trial else 0
            self.days = [
                (key, long_date(day))
                for key, day in open_days.items()
                if key in there or not delay or joker_rules.is_in_time(day, delay, clock.today())
            ]
        self.form.jokers.choices = self.days

    @property
    def step(self) -> str:
        """Which button was pressed."""
        return request.form.get("etape", "")

    @property
    def order(self) -> Order:
        """What was typed."""
        return self.form.order(self.quantities)

    @property
    def total(self) -> int:
        """What it comes to, in cents."""
        chosen = {int(one) for one in self.form.jokers.data or ()} | self.skipped
        return self.quantities.total(sorted(chosen))

    def is_right(self) -> bool:
        """Check what was typed, without any rule of the contract."""
        is_right = self.form.validate()
        self.form.form_errors.extend(self.quantities.errors)
        return bool(is_right) and not self.quantities.errors

    def refuse(self, refusal: DomainError) -> None:
        """Say on the form why it was refused; what changed meanwhile is shown now."""
        self.form.form_errors.append(str(refusal))
        if isinstance(refusal, Full):
            self.full = refusal
        if isinstance(refusal, signing_rules.Changed):
            self.form.digest.data = own_queries.digest(self.contract, self.cells)

    def summary(self) -> Summary:
        """Return what would be signed; raise Refused."""
        grid = grid_of(self.cells)
        today = clock.today()
        locked = (
            set()
            if self.is_trial
            else {key for key, day in grid.dates.items() if self.window.is_locked(day, today)}
        )
        before = {(one.date_id, one.product_id): one.quantity for one in self.cells if one.quantity}
        terms = self.order.terms(*period(self.window, grid, locked, self.signed))
        lines = signing_rules.own_lines(self.contract.kind, grid, terms, before, locked)
        place = dict(self.form.place_id.choices).get(self.form.place_id.data, "")
        jokers = set(self.order.jokers) | self.skipped
        return summarised(self.window, self.cells, lines, jokers, place)

    def page(self, status: int = 200, **values: Any) -> ResponseReturnValue:
        """Show the form."""
        page = render_template(
            "contracts/sign.html",
            screen=self,
            contract=self.contract,
            form=self.form,
            quantities=self.quantities,
            total=self.total,
            **_words(self.contract),
            **values,
        )
        return page, status

    def summary_page(self, said: Summary, **values: Any) -> ResponseReturnValue:
        """Show what it comes to, with the button that signs."""
        return render_template(
            "contracts/sign_summary.html",
            screen=self,
            contract=self.contract,
            form=self.form,
            summary=said,
            **_words(self.contract),
            **values,
        )


def _words(contract: Contract) -> dict[str, Any]:
    return {
        "kind_label": rules.KINDS[contract.kind],
        "joker_rules": joker_rules.rules_of(contract),
    }


def trial(session: Session, contract_id: int, **values: Any) -> ResponseReturnValue:
    """Show what members will see of a contract, whatever its state; nothing is ever kept.

    The caller has checked who looks, and answers GET and POST with it; `back` is an address.
    """
    contract = own_queries.contract(session, contract_id)
    if contract is None:
        raise NotFound
    screen = Screen.of(session, contract, is_trial=True)
    if request.method != "POST":
        return screen.page(**values)
    if screen.step == FILL:
        screen.quantities.fill_all(request.form)
    if screen.step in KEEPS_TYPING:
        return screen.page(**values)
    if not screen.is_right():
        return screen.page(422, **values)
    try:
        said = screen.summary()
    except DomainError as refusal:
        screen.refuse(refusal)
        return screen.page(422, **values)
    return screen.summary_page(said, **values)
