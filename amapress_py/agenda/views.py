"""Calendars that a telephone or a computer asks for by itself: no log-in, no cookie."""

import datetime as dt
from collections.abc import Iterable

from flask import Blueprint, Response, flash, url_for
from flask.typing import ResponseReturnValue

from amapress_py import clock, db, settings, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.agenda import feed, queries, services
from amapress_py.agenda.feed import Event
from amapress_py.duty import queries as duty_queries
from amapress_py.errors import NotFound
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


@bp.get("/agenda.ics")
@public
def distributions() -> ResponseReturnValue:
    """Serve the distributions, for everybody."""
    days = queries.distributions(db.session(), _first())
    return _answer(settings.current().site_name, map(feed.distribution, days), PUBLIC)


@bp.get("/agenda/<token>.ics")
@public
def personal(token: str) -> ResponseReturnValue:
    """Serve a household's baskets to who knows the address."""
    session = db.session()
    household_id = queries.household_of(session, token)
    if household_id is None:
        raise NotFound(_("Cette adresse d’agenda n’existe pas, ou n’existe plus."))
    manage_url = web.absolute(web.page_of_tag(MINE))
    events = [
        feed.basket(household_id, day, given, manage_url)
        for day, given in queries.baskets(session, household_id, _first())
    ]
    events += map(feed.fetched, queries.taken(session, household_id, _first()))
    events += [
        feed.duty(day, seat)
        for day in duty_queries.days_of_household(session, household_id, _first())
        for seat in day.seats
    ]
    name = _("Mes paniers – %(site)s", site=settings.current().site_name)
    return _answer(name, events, PERSONAL)


@bp.post("/agenda/adresse")
def renew() -> ResponseReturnValue:
    """« Créer mon adresse » or « Changer d’adresse »: whoever has the old one gets nothing more."""
    with db.transaction() as session:
        services.renew(session, viewer().person_id)
    flash(_("Votre adresse d’agenda est prête ; une ancienne ne fonctionne plus."), "success")
    return web.back_to_page(url_for("accounts.profile"))
