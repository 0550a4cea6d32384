"""Whether the mails of a season say what is true, once, and nobody's name or contacts too early."""

import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from amapress_py import clock, web
from amapress_py.exchange import tokens
from amapress_py.exchange.rules import OfferState, Pace, RequestState
from amapress_py.i18n import search_key
from amapress_py.mail.models import MailState
from tests.exchange.season.amap import Amap, Somebody
from tests.exchange.season.books import Books
from tests.exchange.season.journal import MAILS, Due, Journal, Told

OF_STEPS = {f"exchange/{one}" for pair in MAILS.values() for one in pair if one} | {
    f"exchange/{one}"
    for one in ("still_waiting", "next_in_line", "cancelled_candidate", "updated_candidate")
}
ABOUT_FREE = ("exchange/alert", "exchange/still_free", "exchange/your_turn", "exchange/digest")
REMINDERS = ("exchange/still_free", "exchange/reminder_owner", "exchange/reminder_taker")
WITHOUT_LINK = ("exchange/confirm_enrolment", "exchange/unenrolled")
NAMES_WHO = ("exchange/welcome", "exchange/confirm_enrolment", "accounts/invitation")
OFFER = re.compile(r"(?:offre[-=]|panier-|/paniers/)(\d+)\b")
LEAVE = re.compile(r"/desinscription/([\w-]+)")
BOOK = re.compile(r"/paniers/interesse/([\w.-]+)")
ANSWER = re.compile(r"/paniers/reponse/([\w.-]+)")
FIELD = re.compile(r"^(METHOD|UID|SEQUENCE|DTSTART|DTEND)[^:\n]*:(\S+)", re.MULTILINE)
FREE = (OfferState.OPEN, OfferState.REQUESTED)


def everything(mail: Row[Any]) -> str:
    """Return all that a reader or his mail program sees, long lines of the calendar mended."""
    calendar = mail.calendar.replace("\r\n ", "").replace("\n ", "")
    return "\n".join(
        (mail.to_name, mail.subject, mail.text, mail.html, json.dumps(mail.headers), calendar)
    )


def offers_of(mail: Row[Any]) -> set[int]:
    """Return the offers that a mail leads to."""
    return set(map(int, OFFER.findall(everything(mail))))


def moment(instant: datetime) -> str:
    """Return an instant as calendars write it."""
    return f"{instant:%Y%m%dT%H%M%SZ}"


class Post:
    """Remembers what each person was told."""

    def __init__(self, amap: Amap, journal: Journal) -> None:
        self.amap, self.journal = amap, journal
        self.announced: dict[tuple[int, str], datetime] = {}
        self.reminded: Counter[tuple[int, str, date]] = Counter()
        self.digested: Counter[tuple[str, date]] = Counter()
        self.calendars: dict[tuple[str, str], dict[str, str]] = {}
        self.ever_taken: defaultdict[int, set[int]] = defaultdict(set)

    def read(
        self, session: Session, before: Books, after: Books, mails: list[Row[Any]], due: Due
    ) -> None:
        """Check what was written since `before`; `due` is what the journal causes."""
        self.session, self.before, self.after = session, before, after
        self.now = clock.now()
        readers = {address: one for one in self.amap.people for address in one.addresses}
        got = Counter((one.event, one.to_address) for one in mails if one.event in OF_STEPS)
        assert got == due, (got - due, due - got)
        self._check_enrolments(mails)
        self._check_alerts(mails)
        self._check_sent()
        for mail in mails:
            reader = readers[mail.to_address]
            assert mail.person_id == reader.id
            self._check_private(mail, reader)
            self._check_links(mail, reader)
            self._check_told(mail, reader)
            if mail.calendar:
                self._keep_calendar(mail)
        self._check_calendars()

    # ----- Who hears of what is free

    def _check_enrolments(self, mails: list[Row[Any]]) -> None:
        was, now = self.before.enrolled(), self.after.enrolled()
        due: Due = Counter()
        for event, people in (
            ("welcome", set(now) - set(was)),
            ("unenrolled", set(was) - set(now)),
        ):
            for person_id in people:
                addresses = self.amap.by_id[person_id].addresses
                due.update((f"exchange/{event}", one) for one in addresses)
        events = ("exchange/welcome", "exchange/unenrolled")
        assert Counter((one.event, one.to_address) for one in mails if one.event in events) == due

    def _check_sent(self) -> None:
        """No announcement leaves to who has left, or wants none for now."""
        were = {row.id: row.state for row in self.before.mails}
        chosen = {row.person_id: row for row in self.after.rows["alert_preference"]}
        for mail in self.after.mails:
            if mail.event not in ABOUT_FREE or mail.state is not MailState.SENT:
                continue
            if were.get(mail.id) is not MailState.SENT:
                assert mail.person_id in self.after.enrolled()
                one = chosen.get(mail.person_id)
                assert one is None or one.pace is not Pace.NONE
                assert one is None or not one.paused_until or clock.today() >= one.paused_until

    def _check_alerts(self, mails: list[Row[Any]]) -> None:
        """Each alert that was done now told exactly those who want to hear at once."""
        pending = {row.id for row in self.before.rows["alert"] if row.done_at is None}
        told: defaultdict[str, set[str]] = defaultdict(set)
        for mail in mails:
            if mail.event == "exchange/alert":
                told[mail.topic].add(mail.to_address)
        for alert in self.after.rows["alert"]:
            if alert.id not in pending or alert.done_at is None:
                continue
            offer = self.journal.offers[alert.offer_id]
            wanted: set[str] = set()
            if offer.state in FREE and self.now < self._delivery(offer).starts_at:
                wanted = self._addresses(offer, (Pace.AT_ONCE,))
            if self.setting("fair_turn") and any(one.is_live for one in offer.asked):
                wanted = set()
            assert told.pop(f"alert:{alert.id}", set()) == wanted
            for address in wanted:
                last = self.announced.get((offer.id, address))
                assert last is None or self.now >= clock.hours_before(last, -6)
                self.announced[offer.id, address] = self.now
        assert not told

    def _addresses(self, offer: Told, paces: tuple[Pace, ...]) -> set[str]:
        enrolled = self.after.enrolled()
        return {
            address
            for one in self.amap.people
            if one.id in enrolled and self.wants(one, offer, paces)
            for address in one.addresses
        }

    def wants(self, person: Somebody, offer: Told, paces: tuple[Pace, ...]) -> bool:
        """Tell whether a person may be told of a free basket, by what he chose and did."""
        if person.household_id == offer.household_id:
            return False
        if any(one.person_id == person.id for one in offer.asked):
            return False
        chosen = {row.person_id: row for row in self.after.rows["alert_preference"]}.get(person.id)
        if chosen is None:
            if Pace.AT_ONCE not in paces:
                return False
        elif (
            chosen.pace not in paces
            or (chosen.paused_until is not None and clock.today() < chosen.paused_until)
            or not chosen.weekdays >> self._delivery(offer).date.weekday() & 1
        ):
            return False
        wishes = [row for row in self.after.rows["alert_wish"] if row.person_id == person.id]
        labels = {search_key(one.contract_label) for one in self.after.items()[offer.id]}
        places = {row.value for row in wishes if row.kind == "place"}
        contracts = {row.value for row in wishes if row.kind == "contract"}
        if places and str(self._delivery(offer).place_id) not in places:
            return False
        return not contracts or bool(contracts & labels)

    def _delivery(self, offer: Told) -> Row[Any]:
        row = self.after.by_id("basket_offer")[offer.id]
        return self.after.by_id("delivery")[row.delivery_id]

    def setting(self, key: str) -> Any:
        """Return what is set, None for the default."""
        found = {row.key: row.value for row in self.after.rows["setting"]}.get(key)
        return None if found is None else json.loads(found)

    def _check_told(self, mail: Row[Any], reader: Somebody) -> None:
        """Check reminders, turns and digests: true now, wanted, not too often."""
        said = everything(mail)
        books = {tokens.read_booking_token(self.session, one) for one in BOOK.findall(said)}
        offers = {one[0] for one in books if one} | offers_of(mail)
        if mail.event in ABOUT_FREE:
            paces = {
                "exchange/alert": (Pace.AT_ONCE,),
                "exchange/still_free": (Pace.AT_ONCE,),
                "exchange/digest": (Pace.DIGEST,),
            }.get(mail.event, (Pace.AT_ONCE, Pace.DIGEST))
            assert offers
            assert reader.id in self.after.enrolled()
            for key in offers:
                offer = self.journal.offers[key]
                assert offer.state in FREE
                assert self.now < self._delivery(offer).starts_at
                assert self.wants(reader, offer, paces)
        if mail.event == "exchange/your_turn":
            assert self.setting("fair_turn")
        if mail.event == "exchange/digest":
            self.digested[mail.to_address, clock.today()] += 1
            assert self.digested[mail.to_address, clock.today()] == 1
        if mail.event in REMINDERS:
            self._check_reminder(mail, reader, offers)

    def _check_reminder(self, mail: Row[Any], reader: Somebody, offers: set[int]) -> None:
        (key,) = offers
        offer = self.journal.offers[key]
        self.reminded[key, mail.to_address, clock.today()] += 1
        assert self.reminded[key, mail.to_address, clock.today()] == 1
        if mail.event == "exchange/reminder_owner":
            assert mail.to_address in self.journal.owners(offer)
            assert offer.state is OfferState.REQUESTED
            assert any(not one.is_designated for one in offer.pending())
        if mail.event == "exchange/reminder_taker":
            assert offer.taker is not None
            assert offer.taker.person_id == reader.id

    # ----- What may not be told

    def _check_private(self, mail: Row[Any], reader: Somebody) -> None:
        offers = [self.journal.offers[one] for one in offers_of(mail) if one in self.journal.offers]
        said = everything(mail)
        for other in self.amap.people:
            if other.household_id == reader.household_id or _are_partners(offers, reader, other):
                continue
            if mail.event not in NAMES_WHO:
                assert not other.last_name or other.last_name not in said, (mail.event, other)
            assert other.phone == "" or other.phone not in said, (mail.event, other)
            assert not any(one in said for one in other.addresses), (mail.event, other)
            if mail.event != "exchange/requested_owner":
                assert not any(one in mail.reply_to for one in other.addresses), mail.event

    def _check_links(self, mail: Row[Any], reader: Somebody) -> None:
        """Check that personal links are the reader's own, and that he can leave by each mail."""
        said = everything(mail)
        token = self.after.enrolled().get(reader.id)
        assert set(LEAVE.findall(said)) <= {token}
        is_owners = mail.event.endswith("_owner") or not mail.event.startswith("exchange/")
        if token and not is_owners and mail.event not in WITHOUT_LINK:
            url = f"{web.config().base_url}/desinscription/{token}"
            assert f"Se désinscrire\N{NO-BREAK SPACE}: {url}\n" in mail.text
            assert f'href="{url}"' in mail.html
            assert mail.headers["List-Unsubscribe"].startswith(f"<{url}>, <mailto:")
            assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for one in BOOK.findall(said):
            read = tokens.read_booking_token(self.session, one)
            assert read is not None
            assert read[1].id == reader.id
        for one in ANSWER.findall(said):
            request = tokens.read_designation_token(self.session, one)
            assert request is not None
            assert request.person_id == reader.id

    # ----- Appointments

    def _keep_calendar(self, mail: Row[Any]) -> None:
        lines = mail.calendar.replace("\r\n ", "").replace("\r", "")
        fields = dict(FIELD.findall(lines))
        key = (fields["UID"], mail.to_address)
        last = self.calendars.get(key)
        if last is None:
            assert fields["METHOD"] == "REQUEST"
        else:
            assert int(fields["SEQUENCE"]) > int(last["SEQUENCE"])
            assert (fields["METHOD"], last["METHOD"]) != ("CANCEL", "CANCEL")
        self.calendars[key] = fields

    def _check_calendars(self) -> None:
        """Check that each side's calendar has the basket exactly while it is exchanged."""
        for offer in self.journal.offers.values():
            holder = offer.taker.person_id if offer.taker else 0
            self.ever_taken[offer.id] |= {holder} - {0}
            has_it = set(self._entries(offer, [holder] if holder else []))
            had_it = set(self._entries(offer, self.ever_taken[offer.id]))
            delivery = self._delivery(offer)
            for key in had_it:
                fields = self.calendars[key]
                assert fields["METHOD"] == ("REQUEST" if key in has_it else "CANCEL"), key
                is_coming = self.now < delivery.starts_at
                if offer.state is OfferState.EXCHANGED and key in has_it and is_coming:
                    assert fields["DTSTART"] == moment(delivery.starts_at)
                    assert fields["DTEND"] == moment(delivery.ends_at)

    def _entries(self, offer: Told, takers: Any) -> list[tuple[str, str]]:
        owners = self.journal.owners(offer) if takers else []
        by_address = {address: one.id for one in self.amap.people for address in one.addresses}
        addresses = [*owners, *(a for one in takers for a in self.amap.by_id[one].addresses)]
        host = web.config().base_url.partition("//")[2]
        return [(f"panier-{offer.id}-{by_address[one]}@{host}", one) for one in addresses]


def _are_partners(offers: list[Told], reader: Somebody, other: Somebody) -> bool:
    """Tell whether a mail's offer was given by the household of one to the other."""
    return any(
        (reader.id in one.partners and other.household_id == one.household_id)
        or (reader.household_id == one.household_id and other.id in one.partners)
        for one in offers
    )


def is_waited_for(offer: Told) -> bool:
    """Tell whether somebody waits for the household's answer."""
    return any(one.state is RequestState.PENDING and not one.is_designated for one in offer.asked)
