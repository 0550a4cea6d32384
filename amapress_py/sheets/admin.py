"""The sheet of a day: ticked on a phone, printed with a number, taken away as PDF or XLSX."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from amapress_py import clock, db, web
from amapress_py.accounts.access import public, requires
from amapress_py.accounts.login import viewer
from amapress_py.accounts.models import Role
from amapress_py.deliveries.admin import READERS
from amapress_py.deliveries.models import Delivery
from amapress_py.deliveries.queries import delivery as find_delivery
from amapress_py.errors import NotFound
from amapress_py.exchange.rules import OFFER_LABELS
from amapress_py.i18n import _, instant
from amapress_py.sheets import documents, queries, services
from amapress_py.sheets.models import SheetPrint
from amapress_py.workbooks import KIND as XLSX
from amapress_py.workbooks import download

bp = Blueprint("sheets_admin", __name__, url_prefix="/admin")
living_bp = Blueprint("sheets", __name__)
readers = requires(Role.ADMIN, *READERS)

SHEET = "/distributions/<int:delivery_id>/emargement"
SHOWN = timedelta(days=2)  # after the delivery, what stands behind a QR is nobody's business
KINDS = {"xlsx": XLSX, "pdf": "application/pdf"}


def _delivery(delivery_id: int) -> Delivery:
    delivery = find_delivery(db.session(), delivery_id)
    if delivery is None:
        raise NotFound
    return delivery


@bp.get(SHEET)
@readers
def sign_in_sheet(delivery_id: int) -> ResponseReturnValue:
    """Show the sign-in sheet (feuille d’émargement): who fetches what, ticked or not."""
    delivery = _delivery(delivery_id)
    sheet = queries.sign_in_sheet(db.session(), delivery)
    rows = documents.rows(sheet)
    return render_template(
        "admin/sheets/sign_in_sheet.html",
        delivery=delivery,
        sheet=sheet,
        rows=rows,
        duty=documents.duty(sheet.on_duty),
        fetched=sum(one.is_fetched for one in rows),
        labels=OFFER_LABELS,
    )


@bp.post(f"{SHEET}/pris")
@readers
def tick(delivery_id: int) -> ResponseReturnValue:
    """« Pris », or not after all."""
    keys = [request.form.get(name, "") for name in ("foyer", "offre")]
    if not all(key.isdecimal() and len(key) < 10 for key in keys):
        raise NotFound
    with db.transaction() as session:
        row = services.tick(
            session,
            viewer().person_id,
            delivery_id,
            (int(keys[0]), int(keys[1])),
            fetched=request.form.get("pris") == "1",
        )
    return redirect(
        url_for(".sign_in_sheet", delivery_id=delivery_id, _anchor=f"ligne-{row.key}"), 303
    )


@bp.post(f"{SHEET}/imprimer")
@readers
def print_sheet(delivery_id: int) -> ResponseReturnValue:
    """Give a sheet its number, then show it ready to print."""
    with db.transaction() as session:
        made = services.print_sheet(session, viewer().person_id, delivery_id)
    return redirect(url_for(".printed_sheet", delivery_id=delivery_id, number=made.number), 303)


def _print(delivery_id: int, number: int) -> SheetPrint:
    found = db.session().scalar(
        select(SheetPrint).where(SheetPrint.delivery_id == delivery_id, SheetPrint.number == number)
    )
    if found is None:
        raise NotFound
    return found


def _living_address(printed: SheetPrint) -> str:
    return web.absolute(url_for("sheets.changes", token=printed.token))


@bp.get(f"{SHEET}/<int:number>")
@readers
def printed_sheet(delivery_id: int, number: int) -> ResponseReturnValue:
    """Show a numbered sheet as it was printed."""
    delivery, printed = _delivery(delivery_id), _print(delivery_id, number)
    return render_template(
        "admin/sheets/printed.html",
        delivery=delivery,
        title=documents.title(delivery),
        printed=printed,
        rows=documents.restored(printed.lines),
        duty=documents.duty(queries.on_duty(db.session(), delivery_id)),
        pending=documents.waiting(queries.waiting(db.session(), delivery_id)),
        pending_title=documents.waiting_title(),
        qr=documents.qr_image(_living_address(printed)),
        address=_living_address(printed),
    )


@bp.get(f"{SHEET}/<int:number>.pdf")
@readers
def sheet_pdf(delivery_id: int, number: int) -> ResponseReturnValue:
    """Give a numbered sheet as a PDF."""
    delivery, printed = _delivery(delivery_id), _print(delivery_id, number)
    made = documents.pdf(
        delivery,
        documents.restored(printed.lines),
        printed.number,
        _living_address(printed),
        instant(printed.printed_at),
        on_duty=documents.duty(queries.on_duty(db.session(), delivery_id)),
        pending=documents.waiting(queries.waiting(db.session(), delivery_id)),
    )
    return download(made, f"emargement-{delivery.date}-{number}.pdf", KINDS["pdf"])


@bp.get(f"{SHEET}.xlsx")
@readers
def sheet_xlsx(delivery_id: int) -> ResponseReturnValue:
    """Give the sheet of now as a workbook."""
    delivery = _delivery(delivery_id)
    sheet = queries.sign_in_sheet(db.session(), delivery)
    duty = documents.duty(sheet.on_duty)
    pending = documents.waiting(sheet.waiting)
    made = documents.xlsx(delivery, documents.rows(sheet), on_duty=duty, pending=pending)
    return download(made, f"emargement-{delivery.date}.xlsx")


@living_bp.get("/feuille/<token>")
@public
def changes(token: str) -> ResponseReturnValue:
    """Show what changed since a sheet was printed: the page behind its QR."""
    session = db.session()
    printed = session.scalar(select(SheetPrint).where(SheetPrint.token == token))
    delivery = printed and find_delivery(session, printed.delivery_id)
    if not printed or not delivery or clock.now() >= delivery.ends_at + SHOWN:
        raise NotFound(_("Cette feuille n’est plus suivie."))
    now = documents.rows(queries.sign_in_sheet(session, delivery))
    return render_template(
        "sheets/changes.html",
        delivery=delivery,
        title=documents.title(delivery),
        printed=printed,
        changes=documents.changes(documents.restored(printed.lines), now),
    )
