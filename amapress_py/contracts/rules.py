"""Who may do what with a contract, its dates, and what a signed one must hold."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from amapress_py.accounts.models import Role, Scope
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts.claims import Cell
from amapress_py.contracts.models import ContractKind, ContractState
from amapress_py.deliveries.rules import is_of_our_time
from amapress_py.errors import DomainError
from amapress_py.i18n import _, _l, short_date

KINDS = {
    ContractKind.SUBSCRIPTION: _l("Abonnement"),
    ContractKind.PER_DATE: _l("Choix pour chaque date"),
    ContractKind.PREPAID: _l("Carte prépayée"),
    ContractKind.PROVISION: _l("Compte de provision"),
}
KIND_HELPS = {
    ContractKind.SUBSCRIPTION: _l(
        "La même quantité à chaque livraison. Pour les légumes ou les œufs : constant pour le "
        "paysan. Les jokers sont possibles."
    ),
    ContractKind.PER_DATE: _l(
        "Une quantité pour chaque date, choisie à l’inscription. Le plus souple : pain, fromages, "
        "viande, une livraison unique."
    ),
    ContractKind.PREPAID: _l(
        "L’amapien change ses quantités au fil de la saison, jusqu’à quelques jours avant chaque "
        "livraison. Plus rare : à choisir en dernier."
    ),
    ContractKind.PROVISION: _l(
        "L’amapien verse une provision, puis commande à chaque ouverture ; son compte est tenu ici."
    ),
}
STATES = {
    ContractState.DRAFT: _l("En création"),
    ContractState.SUBMITTED: _l("À valider par le producteur"),
    ContractState.OPEN: _l("Actif"),
    ContractState.ARCHIVED: _l("Archivé"),
}
IN_THE_MAKING = frozenset({ContractState.DRAFT, ContractState.SUBMITTED})
CURRENT = tuple(state for state in STATES if state is not ContractState.ARCHIVED)
TRANSITIONS = {
    (ContractState.DRAFT, ContractState.SUBMITTED),
    (ContractState.DRAFT, ContractState.OPEN),
    (ContractState.SUBMITTED, ContractState.OPEN),
    (ContractState.SUBMITTED, ContractState.DRAFT),
    (ContractState.OPEN, ContractState.DRAFT),
    (ContractState.OPEN, ContractState.ARCHIVED),
    (ContractState.ARCHIVED, ContractState.OPEN),
}
HAS_JOKERS = frozenset({ContractKind.SUBSCRIPTION})
BY_DATE = {ContractKind.PER_DATE, ContractKind.PREPAID}  # a quantity for each cell
WITH_CHEQUES = frozenset({ContractKind.SUBSCRIPTION, ContractKind.PER_DATE})  # by instalments
MOST_DATES = 400
MOST_PRODUCTS = 100
MOST_QUANTITY = 99
WEEK = dt.timedelta(days=7)

SEES_CONTRACTS = (Role.REFERENT, Role.TREASURER)
SEES_SIGNED = (*SEES_CONTRACTS, Role.COORDINATOR)


class Refused(DomainError):
    """What was typed can't be kept."""

    status = 422


class Stale(DomainError):
    """Somebody changed it since the page was shown."""

    message = _l(
        "Rien n’est enregistré : quelqu’un a fait une modification depuis que cette page est "
        "affichée. Ouvrez-la de nouveau, vérifiez, puis recommencez."
    )


class NameTaken(DomainError):
    """Two things with one name can't be told apart."""

    message = _l("Ce nom est déjà pris : choisissez-en un autre.")


class AlreadySigned(DomainError):
    """One household signs a contract once."""

    message = _l("Ce foyer a déjà signé ce contrat : modifiez le contrat signé.")


class NotOpen(DomainError):
    """Only an active contract is signed."""

    message = _l("Ce contrat n’est pas actif : on ne peut pas le signer.")


class EmptySubscription(Refused):
    """All quantities are zero."""

    message = _l("Indiquez au moins une quantité : un contrat signé vide n’est pas enregistré.")


class InUse(DomainError):
    """Something hangs on what should go or change."""


class WrongState(DomainError):
    """The contract can't go from the state where it stands to that one."""

    message = _l("Ce contrat n’est pas dans l’état qu’il faut pour cela.")


class HasSigned(InUse):
    """Households signed: what they signed changes by mass operations alone."""

    message = _l(
        "Des contrats sont signés : passez par « Modifier en masse… », qui montre d’abord qui est "
        "touché."
    )


class Ceded(DomainError):
    """A part of the basket is offered, or already given, to somebody."""


def may_edit(viewer: Viewer, producer_id: int) -> bool:
    """Tell whether the viewer is an admin, or a référent of the producer."""
    return viewer.is_admin or viewer.is_in_scope(Role.REFERENT, Scope.PRODUCER, producer_id)


def may_read(viewer: Viewer, producer_id: int) -> bool:
    """Tell whether the viewer sees contracts, and adds signed ones: the trésorier does too."""
    return may_edit(viewer, producer_id) or viewer.has_role(Role.TREASURER)


def may_look(viewer: Viewer, producer_id: int, contract_id: int) -> bool:
    """Tell whether the viewer reads who signed a contract: its coordinateur does too."""
    return may_read(viewer, producer_id) or viewer.is_in_scope(
        Role.COORDINATOR, Scope.CONTRACT, contract_id
    )


def coordinated(viewer: Viewer) -> Collection[int] | None:
    """Return the contracts that the viewer coordinates; None: all of them."""
    if (Role.COORDINATOR, "", 0) in viewer.grants:
        return None
    return {
        key
        for role, scope, key in viewer.grants
        if (role, scope) == (Role.COORDINATOR, Scope.CONTRACT)
    }


def producers_in_scope(viewer: Viewer) -> Collection[int] | None:
    """Return the producers whose contracts the viewer sees; None: all of them."""
    if viewer.has_role(Role.ADMIN, Role.TREASURER) or (Role.REFERENT, "", 0) in viewer.grants:
        return None
    return {
        key
        for role, scope, key in viewer.grants
        if (role, scope) == (Role.REFERENT, Scope.PRODUCER)
    }


def repeated_dates(
    first: dt.date, last: dt.date, weekdays: Collection[int], every_weeks: int = 1
) -> list[dt.date]:
    """Return the days from `first` to `last` on some weekdays (Monday is 0), every n weeks.

    Weeks are counted from Monday of the week of `first`.
    """
    monday = first - dt.timedelta(days=first.weekday())
    found: list[dt.date] = []
    while monday <= last and len(found) <= MOST_DATES:
        days = (monday + dt.timedelta(days=weekday) for weekday in sorted(weekdays))
        found += [day for day in days if first <= day <= last]
        monday += WEEK * every_weeks
    return found


def parse_dates(text: str) -> list[dt.date]:
    """Read dates like 04/10/2026, one a line or separated by spaces; raise Refused."""
    found = set()
    for word in text.replace(",", " ").replace(";", " ").split():
        day = _parse_date(word)
        if day is None or not is_of_our_time(day):
            raise Refused(_("« %(word)s » n’est pas une date comme 04/10/2026.", word=word[:40]))
        found.add(day)
    return sorted(found)


def _parse_date(word: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(word, "%d/%m/%Y").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        return None


@dataclass(frozen=True)
class Terms:
    """What a household signs; quantities by product (abonnement) or by cell (per date)."""

    place_id: int
    starts_on: dt.date
    ends_on: dt.date
    by_product: Mapping[int, int] = field(default_factory=dict)
    by_cell: Mapping[Cell, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """What a contract delivers: its dates, its products, and the crossed-out cells."""

    dates: Mapping[int, dt.date]
    products: Collection[int]
    bars: Collection[Cell]

    def open_cells(self, starts_on: dt.date, ends_on: dt.date) -> Iterable[Cell]:
        """Yield the cells that are not crossed out, from one day to another."""
        for date_id, day in self.dates.items():
            for product_id in self.products:
                if starts_on <= day <= ends_on and (date_id, product_id) not in self.bars:
                    yield date_id, product_id


def lines(kind: ContractKind, grid: Grid, terms: Terms) -> dict[Cell, int]:
    """Return the quantity of every line that the terms make; raise Refused, also for nothing.

    A provision account has none: what is ordered comes later.
    """
    found = chosen(kind, grid, terms)
    if not found and kind is not ContractKind.PROVISION:
        raise EmptySubscription
    return found


def chosen(kind: ContractKind, grid: Grid, terms: Terms) -> dict[Cell, int]:
    """Return the quantity of every line that the terms make, perhaps none; raise Refused."""
    if terms.ends_on < terms.starts_on:
        raise Refused(_("La date de fin doit être après la date de début."))
    typed = (*terms.by_product.values(), *terms.by_cell.values())
    if not all(0 <= quantity <= MOST_QUANTITY for quantity in typed):
        raise Refused(_("Une quantité est un nombre de 0 à %(most)s.", most=MOST_QUANTITY))
    cells = set(grid.open_cells(terms.starts_on, terms.ends_on))
    if kind in BY_DATE:
        wanted = {cell: quantity for cell, quantity in terms.by_cell.items() if quantity}
        _check_open(wanted, cells, grid, terms)
    else:
        wanted = {cell: terms.by_product.get(cell[1], 0) for cell in cells}
    return {cell: quantity for cell, quantity in wanted.items() if quantity}


def _check_open(wanted: Iterable[Cell], cells: Collection[Cell], grid: Grid, terms: Terms) -> None:
    for cell in wanted:
        if cell in cells:
            continue
        day = grid.dates.get(cell[0])
        if day is None or cell[1] not in grid.products:
            raise Stale
        if not terms.starts_on <= day <= terms.ends_on:
            message = _("Le %(day)s n’est pas entre le début et la fin de ce contrat signé.")
        else:
            message = _("Le %(day)s est une date barrée pour un produit choisi.")
        raise Refused(message % {"day": short_date(day)})


def check_ceded(new: Mapping[Cell, int], ceded: Mapping[Cell, int], grid: Grid) -> None:
    """Raise Ceded if a new quantity is lower than what is offered to somebody."""
    short = sorted(grid.dates[cell[0]] for cell, n in ceded.items() if new.get(cell, 0) < n)
    if short:
        raise Ceded(
            _(
                "Le panier du %(day)s est proposé dans l’espace intermittents : sa quantité ne "
                "peut pas descendre au-dessous de ce qui est cédé. Annulez d’abord l’échange.",
                day=short_date(short[0]),
            )
        )
