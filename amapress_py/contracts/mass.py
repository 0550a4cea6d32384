"""Mass operations on a contract with signed ones: previewed, applied whole or not at all, undone.

Locks are taken in the order contract, places, deliveries, signed contracts, offers.
"""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from amapress_py import clock, db
from amapress_py.accounts.viewer import Viewer
from amapress_py.contracts import jokers, letters, office_queries, rules, shelf
from amapress_py.contracts.book import Book
from amapress_py.contracts.changes import Changes, loaded, renumbered, rows, stored, undone
from amapress_py.contracts.claims import Promise, claims
from amapress_py.contracts.models import Contract, Operation, Subscription
from amapress_py.contracts.operations import Act
from amapress_py.contracts.preview import Fate, Preview
from amapress_py.contracts.services import locked_contract, sync_deliveries
from amapress_py.deliveries import services as deliveries
from amapress_py.deliveries.models import Delivery, Place
from amapress_py.deliveries.watcher import watcher
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, _l, long_date


class Outdated(rules.Stale):
    """What was shown before is not what would happen now."""

    message = _l(
        "Rien n’est enregistré : la situation a changé depuis cet aperçu. Voici le nouveau : "
        "vérifiez, puis recommencez."
    )


class Depends(rules.InUse):
    """Something newer stands on the operation."""

    message = _l(
        "Cette opération ne peut plus être annulée : ce qu’elle avait changé a changé depuis. "
        "Annulez d’abord les opérations plus récentes, ou corrigez à la main."
    )


class Exchanged(rules.InUse):
    """A date or a product that an exchange of the past, or a waiting list, names."""

    message = _l(
        "Rien n’est fait : un échange de paniers ou une liste d’attente se rapporte à cette date "
        "ou à ce produit, et l’historique doit rester. Barrez plutôt les dates concernées."
    )


class OthersToo(NotAllowed):
    """A delivery at which producers of others deliver as well."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__(
            _(
                "À cette distribution sont aussi livrés : %(names)s. Vous n’en êtes pas référent : "
                "demandez à un administrateur de changer ses heures ou son lieu.",
                names=", ".join(names),
            )
        )


def preview(session: Session, contract: Contract, act: Act, book: Book | None = None) -> Preview:
    """Return what an operation would change; nothing is written.  Raise Refused.

    `book` is the contract's, if it was read already.
    """
    book = book or shelf.load(session, contract)
    return Preview(book, act.on(book), tuple(claims().promises(session, contract.id)))


def apply(
    session: Session, viewer: Viewer, contract_id: int, kind: str, act: Act, digest: str
) -> Operation:
    """Apply what was previewed, with its deliveries, offers, mails; raise Outdated, Refused."""
    contract = _all_locked(session, viewer, contract_id)
    seen = preview(session, contract, act)
    if seen.digest != digest:
        raise Outdated
    operation = Operation(
        contract_id=contract.id,
        kind=kind,
        said=act.said(seen.before),
        changes=[],
        applied_by_id=viewer.person_id,
        applied_at=clock.now(),
    )
    _check_others(session, viewer, contract, seen.changes)
    with db.unless_keys_forbid(session, Exchanged()):
        changes = _write(session, viewer, contract, seen.before, seen.changes, operation.said)
    operation.changes = stored(changes)
    session.add(operation)
    _tell_jokers(session, contract, seen)
    session.flush()
    return operation


def undo(session: Session, viewer: Viewer, contract_id: int, operation_id: int) -> Operation:
    """Take an operation back, exactly; raise Depends when something newer stands on it."""
    contract = _all_locked(session, viewer, contract_id)
    operation = db.locked(session, Operation, operation_id)
    if operation is None or operation.contract_id != contract_id:
        raise NotFound
    if operation.undone_at is not None:
        raise rules.Stale
    before = shelf.load(session, contract)
    changes, there = undone(loaded(operation.changes)), rows(before)
    _check_others(session, viewer, contract, changes)
    if any(there.get(key) != now for key, now, _then in changes):
        raise Depends
    promises = tuple(claims().promises(session, contract_id))
    reason = _("Opération annulée : %(said)s", said=operation.said)
    with db.unless_keys_forbid(session, Depends()):
        written = _write(session, viewer, contract, before, changes, reason)
    dates, items = (
        {
            old[0][1]: new[0][1]
            for old, new in zip(changes, written, strict=True)
            if old[0] != new[0] and old[0][0] == kind
        }
        for kind in ("date", "item")
    )
    _check_nothing_stands_on(session, contract, operation, before, promises)
    operation.undone_at, operation.undone_by_id = clock.now(), viewer.person_id
    _renumber(session, contract_id, dates, items)
    return operation


def _all_locked(session: Session, viewer: Viewer, contract_id: int) -> Contract:
    """Lock a contract with all that hangs on it: nobody signs, cedes or moves meanwhile."""
    contract = locked_contract(session, viewer, contract_id)
    for place_id in session.scalars(select(Place.id).order_by(Place.id)).all():
        deliveries.locked_place(session, place_id)  # a delivery may be held at any of them
    place_ids = sorted(place.id for place in contract.places)
    days = [one.date for one in contract.dates]
    here = (Delivery.date.in_(days), Delivery.place_id.in_(place_ids))
    session.scalars(select(Delivery.id).where(*here).order_by(Delivery.id).with_for_update()).all()
    mine = select(Subscription.id).where(Subscription.contract_id == contract_id)
    session.scalars(mine.order_by(Subscription.id).with_for_update()).all()
    return contract


def _write(
    session: Session,
    viewer: Viewer,
    contract: Contract,
    before: Book,
    changes: Changes,
    reason: str,
) -> Changes:
    """Write changes; deliveries come before the offers that follow, and go after them."""
    flag_modified(contract, "name")  # a new version: what hangs on it changed
    session.flush()
    place_ids = [place.id for place in contract.places]
    written = shelf.write(session, contract, changes)
    dates = {key[1] for key, _old, _new in written if key[0] == "date"}
    after = shelf.load(session, contract)
    old, new = _days(before, dates), _days(after, dates)
    for day in sorted(new):
        for place_id in sorted(place_ids):
            deliveries.ensure(session, day, place_id)
    touched = dates | {line[1] for line in _differing(before, after)}
    claims().contract_changed(session, sorted(touched), reason, viewer.person_id)
    watcher().deliveries_moved(session, _moves(before, after), place_ids, viewer.person_id)
    sync_deliveries(session, old | new, place_ids)
    return written


def _check_others(session: Session, viewer: Viewer, contract: Contract, changes: Changes) -> None:
    """Raise OthersToo when hours or place change for producers out of the viewer's scope."""
    for key, _old, _new in changes:
        if key[0] == "hours":
            day = dt.date.fromisoformat(key[1])
            others, _people = office_queries.people_at(session, contract.id, day, key[2])
            names = [one.name for one in others if not rules.may_edit(viewer, one.producer_id)]
            if names:
                raise OthersToo(names)


def _moves(before: Book, after: Book) -> dict[dt.date, dt.date | None]:
    """Return the new day of each delivery that moved, None where it is given up.

    A date whose cells are all crossed out is no delivery.
    """
    old, new = ({key: one.deliveries[key] for key in one.open_dates} for one in (before, after))
    return {day: new.get(key) for key, day in old.items() if new.get(key) != day}


def _days(book: Book, date_ids: Collection[int]) -> set[dt.date]:
    return {book.deliveries[key] for key in date_ids if key in book.deliveries}


def _differing(before: Book, after: Book) -> set[tuple[int, int, int]]:
    old, new = before.quantities, after.quantities
    return {line for line in {**old, **new} if old.get(line) != new.get(line)}


def _check_nothing_stands_on(
    session: Session,
    contract: Contract,
    operation: Operation,
    before: Book,
    promises: tuple[Promise, ...],
) -> None:
    """Refuse when who signed since, or who offered a basket since, would lose something."""
    after = shelf.load(session, contract)
    seen = Preview(before, after, promises)
    since = set(
        session.scalars(
            select(Subscription.id).where(
                Subscription.contract_id == contract.id,
                Subscription.signed_at > operation.applied_at,
            )
        )
    )
    if any(one.fate is not Fate.FOLLOWS for one in seen.offers) or any(
        one.subscription_id in since for one in seen.touched
    ):
        raise Depends


def _renumber(
    session: Session, contract_id: int, dates: dict[int, int], items: dict[int, int]
) -> None:
    """Give the journal the new keys of dates and products that came back under another one."""
    if not dates and not items:
        return
    for one in session.scalars(select(Operation).where(Operation.contract_id == contract_id)):
        one.changes = stored(renumbered(loaded(one.changes), dates, items))


def _tell_jokers(session: Session, contract: Contract, seen: Preview) -> None:
    """Write to those whose joker is gone: they get the basket, and may set another."""
    for joker in seen.jokers:
        if joker.is_kept:
            continue
        letters.post(
            session,
            "joker_returned",
            contract,
            seen.before.signed[joker.subscription_id].household_id,
            day=long_date(joker.before),
            new_day=long_date(joker.after) if joker.after else "",
            deliveries_url=jokers.deliveries_url(joker.subscription_id),
        )
