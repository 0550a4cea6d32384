"""The producer's sheet of a day as a document: as a grid, as a list, as labels to stick on."""

from enum import StrEnum

from amapress_py.i18n import _, _l, hours, long_date, short_date, times
from amapress_py.sheets.papers import (
    FIRST,
    Cell,
    Column,
    Kind,
    Paper,
    Table,
    Worked,
    joined,
    pdf,
    printed,
    reference,
    xlsx,
)
from amapress_py.sheets.producer_queries import Order, ProducerSheet
from amapress_py.workbooks import file_name, letters


class Layout(StrEnum):
    """How the sheet is laid out."""

    GRID = "grille"
    LIST = "liste"
    LABELS = "etiquettes"


LAYOUTS = {
    Layout.GRID: _l("Grille"),
    Layout.LIST: _l("Liste"),
    Layout.LABELS: _l("Étiquettes"),
}


def title(sheet: ProducerSheet) -> str:
    """Return what stands on top."""
    return _(
        "%(producer)s – livraison du %(day)s",
        producer=sheet.producer.name,
        day=long_date(sheet.delivery.date),
    )


def paper(sheet: ProducerSheet, layout: Layout) -> Paper:
    """Return the sheet as a document."""
    where = f"{sheet.delivery.real_place.name}, " + hours(
        sheet.delivery.real_opens, sheet.delivery.real_closes
    )
    facts = (where, *filter(None, [joined(sheet.contracts)]), *filter(None, [sheet.delivery.note]))
    notes = (_("Jokers : %(names)s", names=joined(sheet.jokers)),) if sheet.jokers else ()
    tables = {
        Layout.GRID: _grid,
        Layout.LIST: _list,
        Layout.LABELS: _labels,
    }[layout](sheet)
    return Paper(title(sheet), facts, tables, notes)


def _names(width: int = 30) -> Column:
    return Column(_("Noms"), Kind.TEXT, width)


def _grid(sheet: ProducerSheet) -> tuple[Table, ...]:
    columns = [_names(), *(Column(one.label, width=12, is_summed=True) for one in sheet.goods)]
    rows: list[list[Cell]] = [
        [order.names, *(order.quantities.get(one.id) for one in sheet.goods)]
        for order in sheet.orders
    ]
    return (Table(_("Livraison"), columns, rows),)


def _list(sheet: ProducerSheet) -> tuple[Table, ...]:
    """Return the totals, worked out from the lines of the second table, and these."""
    lines: list[list[Cell]] = [
        [order.names, good.label, order.quantities[good.id]]
        for order in sheet.orders
        for good in sheet.goods
        if good.id in order.quantities
    ]
    there = reference(_("Liste"))
    product, quantity = letters(1), letters(2)
    last = FIRST + max(len(lines), 1) - 1
    summed = (
        f"SUMPRODUCT(--({there}{product}${FIRST}:{product}${last}=A{{row}}),"
        f"{there}{quantity}${FIRST}:{quantity}${last})"
    )
    totals: list[list[Cell]] = [
        [good.label, Worked(summed, sheet.total(good.id))] for good in sheet.goods
    ]
    amount = Column(_("Quantité"), width=10)
    return (
        Table(_("À livrer"), [Column(_("Produit"), Kind.TEXT, 40), amount], totals),
        Table(_("Liste"), [_names(), Column(_("Produit"), Kind.TEXT, 40), amount], lines),
    )


def _labels(sheet: ProducerSheet) -> tuple[Table, ...]:
    columns = [_names(), Column(_("Contenu"), Kind.TEXT, 60)]
    rows = [[order.names, joined(contents(sheet, order))] for order in sheet.orders]
    return (Table(_("Étiquettes"), columns, rows),)


def contents(sheet: ProducerSheet, order: Order) -> list[str]:
    """Return "2 × Panier" and the like."""
    return [
        times(order.quantities[one.id], one.label)
        for one in sheet.goods
        if one.id in order.quantities
    ]


def as_file(sheet: ProducerSheet, layout: Layout, ending: str) -> bytes:
    """Return the sheet as "xlsx" or "pdf"."""
    if ending == "xlsx":
        return xlsx(paper(sheet, layout))
    return labels_pdf(sheet) if layout is Layout.LABELS else pdf(paper(sheet, layout))


def labels_pdf(sheet: ProducerSheet) -> bytes:
    """Return labels for sheets of 24 (70 × 37 mm)."""
    foot = f"{sheet.producer.name}, {short_date(sheet.delivery.date)}"
    return printed(
        "labels.typ",
        {
            "title": title(sheet),
            "labels": [
                {"name": one.names, "lines": contents(sheet, one), "foot": foot}
                for one in sheet.orders
            ],
        },
    )


def name_of_file(sheet: ProducerSheet, layout: Layout, ending: str) -> str:
    """Return what the file is called."""
    return file_name(
        "livraison", sheet.producer.name, sheet.delivery.date, layout.value, ending=ending
    )
