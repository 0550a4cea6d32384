"""The search of visitors and members."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from amapress_py import db, web
from amapress_py.accounts.access import public
from amapress_py.accounts.login import viewer
from amapress_py.cms import search as searches

LONGEST_SEARCH = 100
bp = Blueprint("cms_search", __name__)


@bp.get("/recherche")
@public
def search() -> ResponseReturnValue:
    """Show the pages that hold every word; nobody else's answer: it is never kept."""
    who = viewer()  # first: its one statement brings the version of the site along
    wanted = web.clean_text(request.args.get("q", ""), LONGEST_SEARCH)
    found = searches.find(db.session(), who, wanted)
    paging = web.Paging(web.asked_page(), len(found.rows))
    return render_template(
        "cms/search.html",
        wanted=wanted,
        words=found.words,
        hits=found.hits(db.session(), paging.offset, paging.size),
        paging=paging,
    )
