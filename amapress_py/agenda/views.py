"""Calendars that a telephone or a computer asks for by itself: no log-in, no cookie."""

import datetime as dt
from collections.abc import Iterable

from flask import Blueprint, Response, flash, g, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.agenda import feed, queries, services
from amapress_py.agenda.feed import Event
from amapress_py.duty import queries as duty_queries
from amapress_py.errors import NotFound
from amapress_py.events import queries as events_queries
from amapress_py.i18n import _

PAST = dt.timedelta(days=60)
PUBLIC = "public, max-age=900"
PERSONAL = "private, max-age=900"
MINE = "echanger-paniers-list"

bp = Blueprint("agenda", __name__)


def _answer(name: str, events: Iterable[Event], kept: str) -> Response:
    response = Response(feed.calendar(name, events), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="amap.ics"'
    response.headers["Cache-Control"] = kept
    return response


def _first() -> dt.date:
    return clock.today() - PAST


def _occasions(session: Session, *, public_only: bool) -> list[Event]:
    """Return the AMAP's events; the cancelled ones are told, so that telephones strike them."""
    found = events_queries.between(session, _first(), public_only=public_only, with_cancelled=True)
    return [feed.occasion(one) for one in found]


@bp.get("/agenda.ics")
@public
def distributions() -> ResponseReturnValue:
    """Serve the distributions and the public events, for everybody."""
    session = db.session()
    found = [feed.distribution(day) for day in queries.distributions(session, _first())]
    found += _occasions(session, public_only=True)
    return _answer(settings.current().site_name, found, PUBLIC)


@bp.get("/agenda/<token>.ics")
@public
def personal(token: str) -> ResponseReturnValue:
    """Serve a household's baskets, duty and the AMAP's events to who knows the address."""
    session = db.session()
    reader = queries.reader_of(session, token)
    if reader is None:
        raise NotFound(_("Cette adresse d’agenda n’existe pas, ou n’existe plus."))
    g.site_version = reader.site_version  # read with the reader, as with a viewer
    household_id = reader.household_id
    manage_url = web.absolute(web.page_of_tag(MINE))
    events = [
        feed.basket(household_id, day, given, manage_url)
        for day, given in queries.baskets(session, household_id, _first())
    ]
    events += map(feed.fetched, queries.taken(session, household_id, _first()))
    events += [
        feed.duty(day, seat, reader.duty_steps)
        for day in duty_queries.days_of_household(session, household_id, _first())
        for seat in day.seats
    ]
    events += _occasions(session, public_only=False)
    name = _("Mes paniers – %(site)s", site=settings.current().site_name)
    return _answer(name, events, PERSONAL)


@bp.post("/agenda/adresse")
def renew() -> ResponseReturnValue:
    """« Créer mon adresse » or « Changer d’adresse »: whoever has the old one gets nothing more."""
    with db.transaction() as session:
        services.renew(session, viewer().person_id)
    flash(_("Votre adresse d’agenda est prête ; une ancienne ne fonctionne plus."), "success")
    return web.back_to_page(url_for("accounts.profile"))
