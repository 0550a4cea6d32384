"""Fifty at once, against gunicorn and a worker of its own: one story, no error, no mail twice."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select

from amapress_py.accounts.models import Person
from amapress_py.accounts.viewer import session_id
from amapress_py.app import create_app
from amapress_py.config import Config
from amapress_py.exchange.models import BasketOffer, OfferEvent, OfferRequest
from amapress_py.exchange.rules import OfferState, RequestState
from amapress_py.mail.models import OutboxMail
from tests.crowd import all_at_once
from tests.site.reader import Form, Reader
from tests.site.served import Installation

PARALLEL = 50
CANDIDATES = 10
ABSENCE = "/espace-intermittents/absence"
MINE = "/espace-intermittents/mes-paniers-echanges"
BOOK = "/espace-intermittents/reserver"


class Crowd:
    """Browsers of many persons; their sessions are made here, for fifty log-ins take a while."""

    def __init__(self, site: Installation, address: str) -> None:
        self.site = site
        self.address = address
        self.app = create_app(
            Config("a secret for tests", site.database_url, data_folder=site.folder)
        )
        with site.session() as session:
            persons = session.scalars(
                select(Person).where(Person.email.is_not(None)).order_by(Person.id)
            ).all()
            self.persons = {str(one.email).partition("@")[0]: one for one in persons}

    def reader(self, name: str) -> Reader:
        """Return a browser in which somebody is connected."""
        reader = Reader(self.address)
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        person = self.persons[name]
        session = {"_user_id": session_id(person.id, person.stamp), "_fresh": True}
        reader.remember("amapress", signer.dumps(session))
        return reader

    def others(self, number: int) -> list[str]:
        """Return names that the story does not need otherwise."""
        return [name for name in self.persons if name not in ("anna", "admin")][:number]

    def close(self) -> None:
        self.app.extensions["amapress_engine"].dispose()


def pressing(reader: Reader, form: Form) -> Callable[[], int]:
    return lambda: reader.status_of(form)


def like(form: Form, action: str) -> Form:
    """Return the same form, sent elsewhere."""
    return Form(action, form.page, {"csrf_token": form.fields["csrf_token"]})


def test_fifty_at_once_end_in_one_story(site: Installation) -> None:
    with site.web() as address, site.process("worker"):
        crowd = Crowd(site, address)
        anna = crowd.reader("anna")
        form = anna.open(ABSENCE).form("Céder mon panier")

        assert all_at_once([pressing(anna, form)] * PARALLEL) == {303: PARALLEL}

        offer = only_offer(site, crowd.persons["anna"].household_id)
        names = crowd.others(CANDIDATES)
        readers = {name: crowd.reader(name) for name in names}
        forms = {
            name: reader.open(BOOK).form("Je suis intéressé", f"#offre-{offer}")
            for name, reader in readers.items()
        }
        asking = [pressing(readers[name], forms[name]) for name in names for _again in range(5)]

        assert all_at_once(asking) == {303: PARALLEL}

        requests = live_requests(site, offer)
        assert sorted(requests) == sorted(crowd.persons[name].id for name in names)
        valid = anna.open(MINE).form("Valider", f"#offre-{offer}")
        fight = [fighting(address, crowd, readers, forms, anna, valid, requests, n)
                 for n in range(PARALLEL)]  # fmt: skip

        assert all_at_once(fight) == {303: PARALLEL}

        site.new_mails()
        check_story(site, offer)
        crowd.close()


def fighting(
    address: str,
    crowd: Crowd,
    readers: dict[str, Reader],
    forms: dict[str, Form],
    anna: Reader,
    valid: Form,
    requests: dict[int, int],
    number: int,
) -> Callable[[], int]:
    """Return one of: accept, refuse, withdraw, ask again; the last one cancels the offer."""
    name = list(readers)[number % CANDIDATES]
    request = f"{address}/paniers/demandes/{requests[crowd.persons[name].id]}"
    if number == PARALLEL - 1:
        offer = forms[name].action.rpartition("/")[0]
        return pressing(anna, like(valid, f"{offer}/annuler"))
    return (
        pressing(anna, like(valid, f"{request}/valider")),
        pressing(readers[name], like(forms[name], f"{request}/retirer")),
        pressing(anna, like(valid, f"{request}/refuser")),
        pressing(readers[name], forms[name]),
    )[number // CANDIDATES % 4]


def only_offer(site: Installation, household_id: int) -> int:
    """Return the one offer that fifty clicks made."""
    with site.session() as session:
        found = session.scalars(
            select(BasketOffer.id).where(BasketOffer.household_id == household_id)
        )
        return found.one()


def live_requests(site: Installation, offer: int) -> dict[int, int]:
    """Return the requests that wait, by person; each person has one."""
    with site.session() as session:
        rows = session.execute(
            select(OfferRequest.person_id, OfferRequest.id).where(OfferRequest.offer_id == offer)
        ).all()
        assert len(rows) == len({row.person_id for row in rows})
        return {row.person_id: row.id for row in rows}


def check_story(site: Installation, key: int) -> None:
    """Compare state, journal, requests and mails; what was written was sent, once each."""
    with site.session() as session:
        offer = session.get_one(BasketOffer, key)
        events = session.scalars(
            select(OfferEvent).where(OfferEvent.offer_id == key).order_by(OfferEvent.id)
        ).all()
        assert [one.from_state for one in events[1:]] == [one.to_state for one in events[:-1]]
        assert events[-1].to_state == offer.state
        states = Counter(one.state for one in offer.requests)
        assert states[RequestState.ACCEPTED] == (offer.state is OfferState.EXCHANGED)
        if offer.state is OfferState.CANCELLED:
            assert not states[RequestState.PENDING]
            assert [one.step for one in events].count("cancel") == 1
        steps = Counter(one.step for one in events)
        written = Counter(session.scalars(select(OutboxMail.event)))
        assert written["exchange/offered_owner"] == steps["offer"] == 1
        assert written["exchange/requested_owner"] == steps["request"]
        assert written["exchange/accepted_taker"] == steps["accept"]
        assert written["exchange/accepted_owner"] == steps["accept"]
        assert written["exchange/given_back_taker"] == steps["give_back"] + steps["give_back_last"]
        ids = session.scalars(select(OutboxMail.message_id)).all()
        assert session.scalar(select(func.count(OutboxMail.id))) == len(site.smtp.messages)
        assert sorted(ids) == sorted(one.id for one in site.smtp.messages)
