"""What each producer delivers: lists of days to come, and the sheet of one day."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from amapress_py import db, settings, web
from amapress_py.accounts.access import public, requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.contracts import rules as contract_rules
from amapress_py.deliveries.queries import delivery as find_delivery
from amapress_py.errors import NotAllowed, NotFound
from amapress_py.i18n import _, _l
from amapress_py.sheets import letters, links, producer_queries, rules
from amapress_py.sheets.admin import KINDS
from amapress_py.sheets.producer_queries import ProducerSheet
from amapress_py.sheets.producer_sheet import (
    LAYOUTS,
    Layout,
    as_file,
    contents,
    name_of_file,
    paper,
)
from amapress_py.workbooks import download

MENU = (
    Entry(_l("Producteur"), _l("Ce que je livre"), "producer_sheets.rounds",
          frozenset(rules.READERS)),
)  # fmt: skip

bp = Blueprint("producer_sheets", __name__, url_prefix="/admin")
link_bp = Blueprint("producer_links", __name__, url_prefix=links.PATH)
readers = requires(*rules.READERS)

DAY = "/distributions/<int:delivery_id>/producteurs"
ENDINGS = "<any(xlsx, pdf):ending>"


@bp.get("/livraisons")
@readers
def rounds() -> ResponseReturnValue:
    """List what the producers of the viewer deliver from today on."""
    listing = web.Listing.asked("livraisons", ("date",))
    scope = rules.producers_in_scope(viewer())
    own = rules.own_producers(viewer())
    found, total = producer_queries.coming_rounds(db.session(), scope, listing)
    return render_template(
        "admin/sheets/rounds.html",
        listing=listing,
        paging=web.Paging(listing.page, total),
        rounds=found,
        contracts=producer_queries.own_contracts(db.session(), own) if own else [],
    )


@bp.get(DAY)
@readers
def day(delivery_id: int) -> ResponseReturnValue:
    """List who delivers what on a day."""
    session = db.session()
    delivery = find_delivery(session, delivery_id)
    if delivery is None:
        raise NotFound
    scope = rules.producers_in_scope(viewer())
    return render_template(
        "admin/sheets/producers_of_day.html",
        delivery=delivery,
        rounds=producer_queries.loads(session, [delivery_id], scope),
        days=settings.current().producer_mail_days,
        unmailed=letters.unmailed(session),
        may_edit=lambda producer_id: contract_rules.may_edit(viewer(), producer_id),
    )


@bp.post(f"{DAY}/<int:producer_id>/courriel")
@requires(Role.REFERENT)
def set_mail(delivery_id: int, producer_id: int) -> ResponseReturnValue:
    """Send a producer his sheets by mail, or no longer."""
    if not contract_rules.may_edit(viewer(), producer_id):
        raise NotAllowed
    wanted = request.form.get("envoyer") == "1"
    with db.transaction() as session:
        letters.set_mailed(session, delivery_id, producer_id, is_mailed=wanted)
    flash(
        _("Les feuilles partent par courriel à ce producteur.")
        if wanted
        else _("Les feuilles ne partent plus par courriel à ce producteur."),
        "success",
    )
    return redirect(url_for(".day", delivery_id=delivery_id), 303)


@bp.get(f"{DAY}/<int:producer_id>")
@readers
def sheet(delivery_id: int, producer_id: int) -> ResponseReturnValue:
    """Show the producer's sheet of a day, ready to print."""
    return _screen(
        _sheet(delivery_id, producer_id),
        back=url_for(".rounds"),
        layout_url=lambda layout: url_for(
            ".sheet", delivery_id=delivery_id, producer_id=producer_id, forme=layout
        ),
        file_url=lambda ending, layout: url_for(
            ".sheet_file",
            delivery_id=delivery_id,
            producer_id=producer_id,
            ending=ending,
            forme=layout,
        ),
    )


@bp.get(f"{DAY}/<int:producer_id>.{ENDINGS}")
@readers
def sheet_file(delivery_id: int, producer_id: int, ending: str) -> ResponseReturnValue:
    """Give the producer's sheet of a day as a file."""
    return _file(_sheet(delivery_id, producer_id), ending)


@link_bp.get("/<token>")
@public
def by_link(token: str) -> ResponseReturnValue:
    """Show the sheet to who has the link of its mail."""
    return _screen(
        _linked(token),
        back="",
        layout_url=lambda layout: url_for(".by_link", token=token, forme=layout),
        file_url=lambda ending, layout: url_for(
            ".file_by_link", token=token, ending=ending, forme=layout
        ),
    )


@link_bp.get(f"/<token>/feuille.{ENDINGS}")
@public
def file_by_link(token: str, ending: str) -> ResponseReturnValue:
    """Give the same as a file."""
    return _file(_linked(token), ending)


def _sheet(delivery_id: int, producer_id: int) -> ProducerSheet:
    if not rules.may_read(viewer(), producer_id):
        raise NotAllowed
    return producer_queries.producer_sheet(db.session(), delivery_id, producer_id)


def _linked(token: str) -> ProducerSheet:
    named = links.read(token)
    if named is None:
        raise NotFound(_("Ce lien n’est plus valable."))
    return producer_queries.producer_sheet(db.session(), *named)


def _layout() -> Layout:
    asked = request.args.get("forme", "")
    return Layout(asked) if asked in list(Layout) else Layout.GRID


def _screen(
    found: ProducerSheet,
    back: str,
    layout_url: Callable[[str], str],
    file_url: Callable[[str, str], str],
) -> str:
    layout = _layout()
    made = paper(found, layout)
    return render_template(
        "admin/sheets/producer_sheet.html",
        paper=made,
        labels=[(one.names, contents(found, one)) for one in found.orders],
        layout=layout,
        back=back,
        layouts=[(name, layout_url(one.value), one is layout) for one, name in LAYOUTS.items()],
        files=[(ending.upper(), file_url(ending, layout.value)) for ending in KINDS],
    )


def _file(found: ProducerSheet, ending: str) -> ResponseReturnValue:
    layout = _layout()
    name = name_of_file(found, layout, ending)
    return download(as_file(found, layout, ending), name, KINDS[ending])
