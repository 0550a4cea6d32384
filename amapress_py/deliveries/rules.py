"""Which hours and which changes make sense."""

import datetime as dt

from amapress_py.errors import DomainError
from amapress_py.i18n import _l

FIRST_YEAR, LAST_YEAR = 2000, 2100


class ClosesBeforeOpening(DomainError):
    """A distribution ends after it starts, the same day."""

    status = 422
    message = _l("L’heure de fin doit être après l’heure de début.")


class SamePlace(DomainError):
    """A place doesn't stand in for itself."""

    status = 422
    message = _l("Le lieu de remplacement doit être un autre lieu.")


class HalfAPin(DomainError):
    """A point on a map needs both numbers."""

    status = 422
    message = _l("Donnez la latitude et la longitude, ou aucune des deux.")


class NameTaken(DomainError):
    """Two places with one name can't be told apart."""

    message = _l("Un autre lieu porte déjà ce nom ou ce nom court.")


class PlaceInUse(DomainError):
    """Contracts or distributions refer to the place."""

    message = _l(
        "Ce lieu sert à des contrats ou à des distributions : il ne peut pas être supprimé."
    )


class DeliveryInUse(DomainError):
    """Something hangs on the delivery: it stays though no contract points to it."""


def is_of_our_time(day: dt.date) -> bool:
    """Tell a day on which an AMAP may deliver from a slip of the keyboard."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def check_hours(opens: dt.time, closes: dt.time) -> None:
    """Raise ClosesBeforeOpening unless `opens` is before `closes`."""
    if closes <= opens:
        raise ClosesBeforeOpening


def check_pin(latitude: float | None, longitude: float | None) -> None:
    """Raise HalfAPin if one of the two is there without the other."""
    if (latitude is None) != (longitude is None):
        raise HalfAPin
