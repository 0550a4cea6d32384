"""Back office: the list of families at a date, on screen and as files."""

import datetime as dt
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField
from wtforms.validators import Optional

from amapress_py import clock, db, web
from amapress_py.accounts import accesses
from amapress_py.accounts.access import requires
from amapress_py.accounts.backoffice import Entry
from amapress_py.accounts.forms import Form
from amapress_py.accounts.login import viewer
from amapress_py.contracts import rules
from amapress_py.deliveries.forms import Day
from amapress_py.i18n import _, _l, short_date
from amapress_py.sheets import families, papers
from amapress_py.sheets.admin import KINDS
from amapress_py.sheets.families import Family
from amapress_py.workbooks import download, file_name

MENU = (
    Entry(_l("Trésorier"), _l("Liste des familles"), "families.families_list",
          frozenset(rules.SEES_CONTRACTS)),
)  # fmt: skip

bp = Blueprint("families", __name__, url_prefix="/admin/familles")
office = requires(*rules.SEES_CONTRACTS)


class FilterForm(Form):
    """Which families; in the address, so without a token."""

    class Meta:
        """Reading needs no proof."""

        csrf = False

    le = Day(_l("Au"), [Optional()])
    contrat = SelectField(_l("Contrat"), coerce=int)


@bp.get("")
@office
def families_list() -> ResponseReturnValue:
    """Show the families of a day."""
    form, day, contract_id = _asked()
    _note(form, day, contract_id)
    found = _found(day, contract_id)
    listing = web.Listing.asked("familles", ("noms",))
    shown = families.matching(found, listing.words)
    if listing.descending:
        shown.reverse()
    paging = web.Paging(listing.page, len(shown))
    return render_template(
        "admin/sheets/families.html",
        form=form,
        day=day,
        contract_id=contract_id,
        count=len(found),
        persons=families.persons(found),
        rows=shown[paging.offset : paging.offset + paging.size],
        listing=listing,
        paging=paging,
        files=[
            (
                ending.upper(),
                url_for(".as_file", ending=ending, le=day.isoformat(), contrat=contract_id),
            )
            for ending in KINDS
        ],
    )


@bp.get("/liste.<any(xlsx, pdf):ending>")
@office
def as_file(ending: str) -> ResponseReturnValue:
    """Give the list as a file."""
    form, day, contract_id = _asked()
    _note(form, day, contract_id, ending)
    made = families.paper(_found(day, contract_id), day, _named(form, contract_id))
    content = papers.xlsx(made) if ending == "xlsx" else papers.pdf(made)
    return download(content, file_name("familles", day, ending=ending), KINDS[ending])


def _named(form: FilterForm, contract_id: int) -> str:
    """Return the name of the chosen contract."""
    choices: dict[int, Any] = dict(form.contrat.choices)
    return str(choices[contract_id]) if contract_id else ""


def _note(form: FilterForm, day: dt.date, contract_id: int, ending: str = "") -> None:
    """Tell the journal of accesses."""
    about = (short_date(day), _named(form, contract_id), ending.upper())
    accesses.note(viewer().person_id, _("Liste des familles"), *about)


def _asked() -> tuple[FilterForm, dt.date, int]:
    """Return the filter, its day (today) and its contract (0: all); nonsense is left out."""
    form = FilterForm(request.args)
    choices = families.contract_choices(db.session(), rules.producers_in_scope(viewer()))
    form.contrat.choices = [(0, str(_l("Tous"))), *choices]
    if "contrat" not in request.args:
        form.contrat.data = 0
    form.validate()
    day = form.le.data if form.le.data and not form.le.errors else clock.today()
    if not form.le.errors:
        form.le.data = day
    known = {key for key, _name in form.contrat.choices}
    contract_id = form.contrat.data if form.contrat.data in known else 0
    return form, day, contract_id


def _found(day: dt.date, contract_id: int) -> list[Family]:
    scope = rules.producers_in_scope(viewer())
    return families.families(db.session(), day, scope, contract_id)
