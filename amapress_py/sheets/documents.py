"""The sign-in sheet as rows, and these as XLSX and PDF."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst
from flask import current_app

from amapress_py.deliveries.models import Delivery
from amapress_py.exchange.rules import OFFER_LABELS
from amapress_py.i18n import _, hours, long_date, short_date
from amapress_py.sheets.queries import OnDuty, Sheet, SheetLine, Waiting
from amapress_py.workbooks import Book

TEMPLATE = "templates/documents/sign_in_sheet.typ"
LINE_POINTS = 15  # the height of a line of text in a workbook
ROOM_TO_SIGN = 2  # lines


@dataclass(frozen=True)
class Row:
    """One basket to fetch, or a joker: who, what, and in whose hands it goes."""

    household_id: int
    offer_id: int  # 0: the household's own
    names: str
    phones: tuple[str, ...]
    contents: tuple[str, ...]
    note: str  # "cédé à Bruno Leroy", "récupéré par Jeanne pour Anna", "joker (Légumes)"
    signs: str  # who signs instead of the household
    is_fetched: bool = False
    absence: str = ""  # why there is no basket

    @property
    def key(self) -> str:
        """What tells a row from the others of its day."""
        return f"{self.household_id}-{self.offer_id}"

    @property
    def is_basket(self) -> bool:
        """Tell a basket from a mere joker."""
        return bool(self.contents)


def rows(sheet: Sheet) -> list[Row]:
    """Return the rows of a sheet, in its order."""
    return [row for line in sheet.lines for row in _rows(line)]


def _rows(line: SheetLine) -> list[Row]:
    phones = tuple(line.phones)
    found = []
    if line.kept or line.jokers or line.went:
        notes = [_("joker (%(label)s)", label=label) for label in line.jokers]
        notes += [
            _("%(label)s : panier pris le %(day)s", label=label, day=short_date(day))
            for label, day in line.went
        ]
        notes += [
            _("%(label)s : panier du %(day)s", label=label, day=short_date(day))
            for label, day in line.came
        ]
        signs = ""
        if line.friend and line.kept:
            signs = line.friend.name
            notes.append(
                _(
                    "récupéré par %(friend)s pour %(owner)s, code %(code)s",
                    friend=line.friend.name,
                    owner=line.names,
                    code=line.friend.code,
                )
            )
            phones = (*phones, *filter(None, [line.friend.phone]))
        found.append(
            Row(
                line.household_id,
                0,
                line.names,
                phones,
                tuple(item.label for item in line.kept),
                ", ".join(notes),
                signs,
                0 in line.fetched,
                _("joker") if line.jokers else _("décalé"),
            )
        )
    for one in line.handed:
        found.append(
            Row(
                line.household_id,
                one.offer_id,
                line.names,
                tuple(filter(None, [one.phone])),
                tuple(item.label for item in one.items),
                _("cédé à %(name)s", name=one.taker),
                one.taker,
                one.offer_id in line.fetched,
            )
        )
    return found


def stored(lines: Sequence[Row]) -> list[dict[str, object]]:
    """Return rows as a print keeps them."""
    return [asdict(one) for one in lines]


def restored(lines: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the rows that a print kept."""
    return [
        Row(**{**one, "phones": tuple(one["phones"]), "contents": tuple(one["contents"])})
        for one in lines
    ]


@dataclass(frozen=True)
class Change:
    """A row that is not as it was printed; one side is missing where it came or went."""

    before: Row | None
    now: Row | None


def changes(printed: Sequence[Row], now: Sequence[Row]) -> list[Change]:
    """Return what changed since a print; ticks don't count."""
    old = {one.key: one for one in printed}
    new = {one.key: one for one in now}
    found = []
    for key in dict.fromkeys([*old, *new]):
        before, after = old.get(key), new.get(key)
        if _said(before) != _said(after):
            found.append(Change(before, after))
    return found


def _said(row: Row | None) -> tuple[object, ...] | None:
    return None if row is None else (row.names, row.contents, row.note, row.signs)


def title(delivery: Delivery) -> str:
    """Return what stands on top of the sheet."""
    return _(
        "Feuille d’émargement – %(day)s, %(place)s",
        day=long_date(delivery.date),
        place=delivery.real_place.name,
    )


def duty(people: Sequence[OnDuty]) -> str:
    """Return "De permanence : Anna Delorme (Aide, 06 00 00 00 01)", or nothing."""
    said = [f"{one.name} ({', '.join(filter(None, (one.role, one.phone)))})" for one in people]
    return _("De permanence : %(people)s", people=", ".join(said)) if said else ""


def waiting(offers: Sequence[Waiting]) -> list[str]:
    """Return "Anna Delorme – Légumes : 1/2 Panier – À réserver" for each unsettled offer."""
    return [
        " – ".join(
            filter(
                None,
                [
                    one.names,
                    ", ".join(item.label for item in one.items),
                    str(OFFER_LABELS[one.state]),
                    ", ".join(one.candidates),
                ],
            )
        )
        for one in offers
    ]


def waiting_title() -> str:
    """Return what stands above the unsettled offers."""
    return _("Proposés, pas encore réservés : leur foyer émarge comme d’habitude")


def qr_svg(address: str) -> str:
    """Return an address as the SVG of a QR."""
    buffer = BytesIO()
    segno.make(address, error="m").save(buffer, kind="svg", xmldecl=False, border=1)
    return buffer.getvalue().decode()


def qr_image(address: str) -> str:
    """Return an address as a QR for an image that needs no request."""
    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=1))


def pdf(
    delivery: Delivery,
    lines: Sequence[Row],
    number: int,
    address: str,
    printed: str,
    *,
    on_duty: str = "",
    pending: Sequence[str] = (),
) -> bytes:
    """Return the sheet as a PDF; `address` is behind its QR, `pending` the unsettled offers."""
    data = {
        "title": title(delivery),
        "hours": hours(delivery.real_opens, delivery.real_closes),
        "note": delivery.note,
        "duty": on_duty,
        "number": _("Feuille n° %(number)s, imprimée le %(when)s", number=number, when=printed),
        "hint": _("Ce qui a changé depuis :"),
        "qr": qr_svg(address),
        "heads": [_("Noms"), _("Téléphone"), _("Panier"), _("Signature")],
        "rows": [
            [
                one.names,
                "\n".join(one.phones),
                "\n".join([*one.contents, *filter(None, [one.note])]),
                one.signs if one.is_basket else one.absence,
            ]
            for one in lines
        ],
        "count": sum(one.is_basket for one in lines),
        "counted": _("Paniers à distribuer"),
        "pending_title": waiting_title(),
        "pending": list(pending),
    }
    source = (Path(current_app.root_path) / TEMPLATE).read_bytes()
    made: bytes = typst.compile(source, sys_inputs={"data": json.dumps(data)})
    return made


def xlsx(
    delivery: Delivery, lines: Sequence[Row], *, on_duty: str = "", pending: Sequence[str] = ()
) -> bytes:
    """Return the sheet as a workbook; what people typed is text, never a formula."""
    book = Book()
    bold, head_look = book.format(bold=True), book.format(bold=True, bottom=1)
    wrap = book.format(text_wrap=True, valign="top", bottom=4)
    page = book.page(_("Émargement"), landscape=True)
    page.write_string(0, 0, title(delivery), bold)
    if on_duty:
        page.write_string(1, 0, on_duty)
    heads = (_("Noms"), _("Téléphone"), _("Panier"), _("Remarque"), _("Pris"), _("Signature"))
    for column, (head, width) in enumerate(zip(heads, (28, 16, 34, 34, 6, 24), strict=True)):
        page.set_column(column, column, width)
        page.write_string(2, column, head, head_look)
    first = 3
    for number, one in enumerate(lines):
        row = first + number
        cells = (one.names, "\n".join(one.phones), "\n".join(one.contents), one.note)
        for column, text in enumerate(cells):
            page.write_string(row, column, text, wrap)
        if one.is_basket:
            page.write_number(row, 4, int(one.is_fetched), wrap)
        else:
            page.write_blank(row, 4, None, wrap)
        page.write_string(row, 5, one.signs, wrap)
        lines_high = max(ROOM_TO_SIGN, len(one.phones), len(one.contents))
        page.set_row(row, LINE_POINTS * lines_high)  # LibreOffice keeps to what it is told
    last = first + max(len(lines), 1)
    page.write_string(last + 1, 0, _("Paniers à distribuer"), bold)
    page.write_formula(
        last + 1, 4, f"=COUNT(E{first + 1}:E{last})", bold, sum(one.is_basket for one in lines)
    )
    page.write_string(last + 2, 0, _("Paniers pris"), bold)
    page.write_formula(
        last + 2, 4, f"=SUM(E{first + 1}:E{last})", bold, sum(one.is_fetched for one in lines)
    )
    if pending:
        page.write_string(last + 4, 0, waiting_title(), bold)
    for number, text in enumerate(pending):
        page.write_string(last + 5 + number, 0, text)
    page.freeze_panes(first, 1)
    page.repeat_rows(2)
    return book.content()
