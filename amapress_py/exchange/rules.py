"""The life of a basket offer as one table, and its limits in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from amapress_py import clock
from amapress_py.errors import DomainError
from amapress_py.i18n import _l


class OfferState(StrEnum):
    """Where an offer stands."""

    OPEN = "open"  # À réserver
    REQUESTED = "requested"  # En attente de validation
    EXCHANGED = "exchanged"  # Réservé
    CLOSED = "closed"  # Terminé
    CANCELLED = "cancelled"  # Annulé


OFFER_LABELS = {
    OfferState.OPEN: _l("À réserver"),
    OfferState.REQUESTED: _l("En attente de validation"),
    OfferState.EXCHANGED: _l("Réservé"),
    OfferState.CLOSED: _l("Terminé"),
    OfferState.CANCELLED: _l("Annulé"),
}
LIVE_STATES = (OfferState.OPEN, OfferState.REQUESTED, OfferState.EXCHANGED)
STILL_FREE = (OfferState.OPEN, OfferState.REQUESTED)


class RequestState(StrEnum):
    """Where a request stands; pending on an exchanged offer is the waiting list."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"  # by the household
    WITHDRAWN = "withdrawn"  # by the candidate
    EXPIRED = "expired"  # never answered
    FREED = "freed"  # the offer was cancelled or is over


REQUEST_LABELS = {
    RequestState.PENDING: _l("En attente"),
    RequestState.ACCEPTED: _l("Acceptée"),
    RequestState.DECLINED: _l("Refusée"),
    RequestState.WITHDRAWN: _l("Retirée"),
    RequestState.EXPIRED: _l("Restée sans réponse"),
    RequestState.FREED: _l("Sans suite"),
}
LIVE_REQUESTS = (RequestState.PENDING, RequestState.ACCEPTED)


class Pace(StrEnum):
    """When an intermittent is told of free baskets."""

    AT_ONCE = "at_once"
    DIGEST = "digest"  # one mail a day
    NONE = "none"


PACE_LABELS = {
    Pace.AT_ONCE: _l("tout de suite, un courriel par panier"),
    Pace.DIGEST: _l("une fois par jour, tous les paniers dans un courriel"),
    Pace.NONE: _l("jamais : je regarde sur le site"),
}
ALL_WEEKDAYS = 0b1111111  # bit 0: Monday … 6: Sunday


@dataclass(frozen=True)
class Wishes:
    """Which free baskets an intermittent wants to hear of; no contract or place named: of all."""

    pace: Pace = Pace.AT_ONCE
    weekdays: int = ALL_WEEKDAYS
    contracts: frozenset[str] = frozenset()  # labels without accents and case
    places: frozenset[int] = frozenset()
    paused_until: date | None = None  # that day they are told again

    def listens(self, today: date) -> bool:
        """Tell whether anything is to be told at all."""
        return self.pace is not Pace.NONE and (
            self.paused_until is None or today >= self.paused_until
        )

    def fit(self, day: date, place_id: int, contracts: Iterable[str]) -> bool:
        """Tell whether a basket with such contracts, that day and there, is wanted."""
        return (
            bool(self.weekdays >> day.weekday() & 1)
            and (not self.places or place_id in self.places)
            and (not self.contracts or not self.contracts.isdisjoint(contracts))
        )


ALL_WISHES = Wishes()

# How long a freed basket is one person's before it is the next one's: hours left -> hours.
TURN_HOURS = ((7 * 24, 24), (3 * 24, 12), (36, 4), (12, 1))
# Reminders to an owner who has not answered, and to the taker: wall-clock hours before the start.
UNANSWERED_HOURS = (48, 24)
EVE_HOURS = 24


def turn_ends(now: datetime, starts_at: datetime) -> datetime | None:
    """Return until when a turn that opens now lasts; None when it is too near for turns."""
    for least, hours in TURN_HOURS:
        if clock.hours_before(starts_at, least) >= now:
            return now + timedelta(hours=hours)
    return None


def last_threshold(now: datetime, starts_at: datetime, hours: Iterable[int]) -> datetime | None:
    """Return the latest instant, of those so many hours before the start, that has come."""
    passed = [clock.hours_before(starts_at, one) for one in hours if one > 0]
    return max((one for one in passed if one <= now), default=None) if now < starts_at else None


class Who(StrEnum):
    """Who may take a step."""

    HOUSEHOLD = "household"  # anyone of the owner's household
    MANAGER = "manager"  # intermittent_manager or admin, on behalf
    OTHERS = "others"  # anyone but the household (settings may ask for an enrolment)
    CANDIDATE = "candidate"  # the person of the request
    JOB = "job"


class Until(StrEnum):
    """Until when a step may be taken; limits are excluded."""

    CEDE_DEADLINE = "cede_deadline"  # some hours before the start; a manager: the start
    START = "start"
    AFTER_END = "after_end"  # not until, but once the delivery is over


class Step(StrEnum):
    """What can happen to an offer."""

    OFFER = "offer"
    DESIGNATE = "designate"  # offered to a chosen person, who must confirm
    ASSIGN = "assign"  # offered and given at once, by a manager
    REQUEST = "request"
    JOIN_WAITING_LIST = "join_waiting_list"
    CONFIRM = "confirm"  # the designated person takes it
    DECLINE_DESIGNATION = "decline_designation"
    RECALL = "recall"  # the household no longer keeps it for the designated person
    LAPSE = "lapse"  # the designated person never answered
    ACCEPT = "accept"
    REFUSE = "refuse"  # one of several candidates
    REFUSE_LAST = "refuse_last"
    WITHDRAW = "withdraw"  # one of several candidates leaves
    WITHDRAW_LAST = "withdraw_last"
    LEAVE_WAITING_LIST = "leave_waiting_list"
    GIVE_BACK = "give_back"  # the taker leaves, somebody waits
    GIVE_BACK_LAST = "give_back_last"
    CANCEL = "cancel"
    EXPIRE = "expire"  # one of several requests that nobody answered
    EXPIRE_LAST = "expire_last"
    UPDATE = "update"  # the delivery was moved, or its hours or place changed
    CLOSE = "close"


STEP_LABELS = {
    Step.OFFER: _l("Panier proposé"),
    Step.DESIGNATE: _l("Panier proposé à une personne choisie"),
    Step.ASSIGN: _l("Panier attribué"),
    Step.REQUEST: _l("Demande"),
    Step.JOIN_WAITING_LIST: _l("Inscription sur la liste d’attente"),
    Step.CONFIRM: _l("Confirmation par le repreneur"),
    Step.DECLINE_DESIGNATION: _l("La personne choisie ne prend pas le panier"),
    Step.RECALL: _l("Le panier n’est plus gardé pour la personne choisie"),
    Step.LAPSE: _l("La personne choisie n’a pas répondu"),
    Step.ACCEPT: _l("Demande validée"),
    Step.REFUSE: _l("Demande refusée"),
    Step.REFUSE_LAST: _l("Demande refusée, panier de nouveau libre"),
    Step.WITHDRAW: _l("Demande retirée"),
    Step.WITHDRAW_LAST: _l("Demande retirée, panier de nouveau libre"),
    Step.LEAVE_WAITING_LIST: _l("Liste d’attente quittée"),
    Step.GIVE_BACK: _l("Le repreneur renonce, la suite attend"),
    Step.GIVE_BACK_LAST: _l("Le repreneur renonce, panier de nouveau libre"),
    Step.CANCEL: _l("Échange annulé"),
    Step.EXPIRE: _l("Demande restée sans réponse"),
    Step.EXPIRE_LAST: _l("Demande restée sans réponse, panier de nouveau libre"),
    Step.UPDATE: _l("Distribution modifiée"),
    Step.CLOSE: _l("Échange terminé"),
}


@dataclass(frozen=True)
class Transition:
    """One line of the table: where it leads, who, until when, which mails, announced or not."""

    to: OfferState
    who: frozenset[Who]
    until: Until
    mails: tuple[str, ...] = ()
    announces: bool = False


def _line(
    to: OfferState, who: str, until: Until, mails: str = "", announces: bool = False
) -> Transition:
    names = tuple(f"exchange/{name}" for name in mails.split())
    return Transition(to, frozenset(map(Who, who.split())), until, names, announces)


OPEN, REQUESTED, EXCHANGED, CLOSED, CANCELLED = OfferState
START, CEDE, AFTER_END = Until.START, Until.CEDE_DEADLINE, Until.AFTER_END

# (from, step): to, who, until when, mails ("…_owner" to the household, the others to candidates).
TRANSITIONS: dict[tuple[OfferState | None, Step], Transition] = {
    (None, Step.OFFER): _line(OPEN, "household manager", CEDE, "offered_owner", announces=True),
    (None, Step.DESIGNATE): _line(
        REQUESTED, "household", CEDE, "designated_owner designated_taker"
    ),
    (None, Step.ASSIGN): _line(EXCHANGED, "manager", START, "accepted_owner accepted_taker"),
    (OPEN, Step.REQUEST): _line(REQUESTED, "others", START, "requested_owner requested_candidate"),
    (REQUESTED, Step.REQUEST): _line(
        REQUESTED, "others", START, "requested_owner requested_candidate"
    ),
    (EXCHANGED, Step.JOIN_WAITING_LIST): _line(EXCHANGED, "others", START, "waiting_candidate"),
    (REQUESTED, Step.CONFIRM): _line(
        EXCHANGED, "candidate", START, "accepted_owner accepted_taker"
    ),
    (REQUESTED, Step.DECLINE_DESIGNATION): _line(
        OPEN, "candidate manager", START, "not_confirmed_owner not_confirmed_taker", announces=True
    ),
    (REQUESTED, Step.RECALL): _line(
        OPEN, "household manager", START, "recalled_taker", announces=True
    ),
    (REQUESTED, Step.LAPSE): _line(OPEN, "job", START, "lapsed_owner lapsed_taker", announces=True),
    (REQUESTED, Step.ACCEPT): _line(
        EXCHANGED, "household manager", START, "accepted_owner accepted_taker still_waiting"
    ),
    (REQUESTED, Step.REFUSE): _line(REQUESTED, "household manager", START, "refused_candidate"),
    (REQUESTED, Step.REFUSE_LAST): _line(
        OPEN, "household manager", START, "refused_candidate", announces=True
    ),
    (REQUESTED, Step.WITHDRAW): _line(
        REQUESTED, "candidate manager", START, "withdrawn_owner withdrawn_candidate"
    ),
    (REQUESTED, Step.WITHDRAW_LAST): _line(
        OPEN, "candidate manager", START, "withdrawn_owner withdrawn_candidate", announces=True
    ),
    (EXCHANGED, Step.LEAVE_WAITING_LIST): _line(
        EXCHANGED, "candidate manager", START, "left_waiting_list"
    ),
    (EXCHANGED, Step.GIVE_BACK): _line(
        REQUESTED, "candidate manager", START, "given_back_owner given_back_taker next_in_line"
    ),
    (EXCHANGED, Step.GIVE_BACK_LAST): _line(
        OPEN, "candidate manager", START, "given_back_owner given_back_taker", announces=True
    ),
    **{
        (state, Step.CANCEL): _line(
            CANCELLED, "household manager job", START, "cancelled_owner cancelled_candidate"
        )
        for state in LIVE_STATES
    },
    (REQUESTED, Step.EXPIRE): _line(REQUESTED, "job", START, "expired_owner expired_candidate"),
    (REQUESTED, Step.EXPIRE_LAST): _line(
        OPEN, "job", START, "expired_owner expired_candidate", announces=True
    ),
    **{
        (state, Step.UPDATE): _line(state, "job", START, "updated_owner updated_candidate")
        for state in LIVE_STATES
    },
    **{(state, Step.CLOSE): _line(CLOSED, "job", AFTER_END) for state in LIVE_STATES},
}


class StepRefused(DomainError):
    """The offer has moved on since the page was shown."""

    message = _l("Ce panier n’est plus disponible pour cette action.")


class TooLate(DomainError):
    """The limit has passed."""

    message = _l("Trop tard : la distribution a commencé.")


def transition(state: OfferState | None, step: Step) -> Transition:
    """Return the line of the table; raise StepRefused where there is none."""
    if (state, step) not in TRANSITIONS:
        raise StepRefused
    return TRANSITIONS[state, step]


def limit(until: Until, starts_at: datetime, cede_hours: int, on_behalf: bool) -> datetime:
    """Return the instant (UTC) from which the step is refused; hours are counted on the wall."""
    if until is Until.CEDE_DEADLINE and not on_behalf:
        return clock.hours_before(starts_at, cede_hours)
    return starts_at


def next_announcement(now: datetime, last: datetime | None, interval_hours: int) -> datetime:
    """Return when a freed basket may be announced again: at most once in `interval_hours`."""
    if last is None:
        return now
    return max(now, clock.hours_before(last, -interval_hours))


WITHOUT_TAKER = _l("Sans repreneur")
ON_WAITING_LIST = _l("Sur liste d’attente")
MEMBER = _l("Amapien")
INTERMITTENT = _l("Intermittent")
