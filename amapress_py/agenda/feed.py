"""From distributions and baskets to iCalendar text (RFC 5545); instants are written as UTC."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from amapress_py import clock, web
from amapress_py.agenda.queries import Day, Given, Taken
from amapress_py.duty import letters
from amapress_py.duty import queries as duty_queries
from amapress_py.events import letters as event_letters
from amapress_py.events.queries import Occasion
from amapress_py.exchange.instructions import content, what_to_say
from amapress_py.i18n import _

if TYPE_CHECKING:
    from icalendar import Component

REFRESH = dt.timedelta(hours=6)
MOST = 2000  # characters of a text


@dataclass(frozen=True)
class Event:
    """An appointment; `uid` stays the same as long as it is the same thing."""

    uid: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    summary: str
    place: str
    description: str = ""
    is_cancelled: bool = False
    is_free: bool = False  # takes no time of the person
    sequence: int = 0  # as in the mail about the same thing; its text is newer by its stamp


def distribution(day: Day) -> Event:
    """Return what everybody may know of a distribution."""
    said = [day.meeting.when + "."]
    if day.usual_place:
        said.append(_("Attention : pas à %(place)s, comme d’habitude.", place=day.usual_place))
    summary = _("Distribution AMAP – %(place)s", place=day.meeting.place)
    return Event(
        uid=f"distribution-{day.id}@{_host()}",
        starts_at=day.starts_at,
        ends_at=day.ends_at,
        summary=_("Annulée : %(what)s", what=summary) if day.is_cancelled else summary,
        place=day.meeting.where,
        description=_("Cette distribution n’a pas lieu.") if day.is_cancelled else "\n".join(said),
        is_cancelled=day.is_cancelled,
    )


def basket(household_id: int, day: Day, given: list[Given], manage_url: str) -> Event:
    """Return a household's basket: to fetch, offered to others or ceded."""
    said = [_("À prendre : %(what)s.", what=content(line)) for line in day.kept]
    said += [
        _("Cédé à %(taker)s.", taker=one.taker)
        if one.taker
        else _("Proposé aux intermittents : pas encore réservé.")
        for one in given
    ]
    if day.friend:
        said.append(_("%(name)s vient à votre place.", name=day.friend))
    if day.usual_place:
        said.append(_("Attention : pas à %(place)s, comme d’habitude.", place=day.usual_place))
    said.append(_("Mes paniers : %(url)s", url=manage_url))
    said.append(_("Cette distribution : %(url)s", url=_page(day)))
    return Event(
        uid=f"panier-{day.id}-foyer-{household_id}@{_host()}",
        starts_at=day.starts_at,
        ends_at=day.ends_at,
        summary=_basket_summary(day, given),
        place=day.meeting.where,
        description="\n".join(said),
        is_free=day.is_given or bool(day.friend),
    )


def _basket_summary(day: Day, given: list[Given]) -> str:
    if not day.is_given:
        labels = dict.fromkeys(line.contract_label for line in day.kept)
        return _("Panier AMAP : %(what)s", what=", ".join(labels))
    if all(one.taker for one in given):
        takers = ", ".join(dict.fromkeys(one.taker for one in given))
        return _("Panier AMAP cédé à %(taker)s", taker=takers)
    return _("Panier AMAP proposé à d’autres")


def fetched(one: Taken) -> Event:
    """Return a basket that is fetched for somebody else; its mail has the same uid."""
    return Event(
        uid=f"panier-{one.offer_id}-{one.person_id}@{_host()}",
        starts_at=one.day.starts_at,
        ends_at=one.day.ends_at,
        summary=_("Panier de %(owner)s à prendre", owner=one.owner),
        place=one.day.meeting.where,
        description="\n".join(what_to_say(one.day.meeting, one.day.lines, one.owner_name)),
        sequence=one.steps,
    )


def duty(day: duty_queries.Day, seat: duty_queries.Seat, steps: int) -> Event:
    """Return a turn of duty; its mail has the same uid, and counts the same steps."""
    return Event(
        uid=letters.uid(day.delivery_id, seat.person_id or 0),
        starts_at=day.starts_at,
        ends_at=day.ends_at,
        summary=letters.summary(seat.role),
        place=day.where,
        description="" if day.is_held else _("Aucun panier n’est distribué ce jour-là."),
        is_cancelled=not day.is_held,
        sequence=steps,
    )


def occasion(one: Occasion) -> Event:
    """Return an event of the AMAP; its mail has the same uid."""
    said = [one.kind_label, one.contract, one.note]
    return Event(
        uid=event_letters.uid(one.id),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        summary=_("Annulé : %(what)s", what=one.title) if one.is_cancelled else one.title,
        place=one.place,
        description="\n".join(filter(None, said)),
        is_cancelled=one.is_cancelled,
        sequence=one.version,
    )


def calendar(name: str, events: Iterable[Event]) -> bytes:
    """Return the text of a calendar that programs ask for again every few hours."""
    # Late: it takes a tenth of a second, and most processes never serve a calendar.
    from icalendar import Calendar
    from icalendar.prop import vDuration

    made = Calendar()
    made.add("prodid", "-//amapress_py//agenda//FR")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _text(name))
    made.add("x-wr-timezone", str(clock.PARIS))
    refresh = vDuration(REFRESH)
    refresh.params["VALUE"] = "DURATION"
    made["refresh-interval"] = refresh
    made["x-published-ttl"] = vDuration(REFRESH)
    for one in _components(events):
        made.add_component(one)
    return bytes(made.to_ical())


def _components(events: Iterable[Event]) -> Iterator["Component"]:
    from icalendar import Event as Appointment

    now = clock.now().replace(microsecond=0)
    for one in events:
        made = Appointment()
        made.add("uid", one.uid)
        made.add("dtstamp", now)
        made.add("sequence", one.sequence)
        made.add("dtstart", one.starts_at)
        made.add("dtend", one.ends_at)
        made.add("summary", _text(one.summary))
        made.add("location", _text(one.place))
        if one.description:
            made.add("description", _text(one.description))
        made.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
        made.add("transp", "TRANSPARENT" if one.is_free or one.is_cancelled else "OPAQUE")
        yield made


def _text(text: str) -> str:
    return web.clean_text(text.replace("\r", ""), MOST)


def _page(day: Day) -> str:
    return web.absolute(url_for("days.day", delivery_id=day.id))


def _host() -> str:
    return web.config().base_url.partition("//")[2]
