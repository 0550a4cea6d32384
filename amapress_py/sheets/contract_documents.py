"""The other documents of a contract: all dates, per member, blank, filled, list of members."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from amapress_py.contracts.models import Contract, ContractKind
from amapress_py.contracts.rules import KINDS
from amapress_py.i18n import _, _l, ngettext, short_date
from amapress_py.sheets.contract_queries import Member, Season
from amapress_py.sheets.papers import Cell, Column, Kind, Paper, Table, Worked, joined
from amapress_py.sheets.synthesis import SPACE, remark, swaps

CROSSED = "×"


class Document(StrEnum):
    """What one may download of a contract."""

    SYNTHESIS = "synthese"
    DATES = "dates"
    MEMBERS = "quantites"
    BLANK = "vierge"
    LIST = "adherents"


DOCUMENTS = {
    Document.SYNTHESIS: _l("La synthèse des distributions en une page"),
    Document.DATES: _l("Toutes les dates : ce qu’il faut livrer"),
    Document.MEMBERS: _l("Par adhérent : quantités et montants"),
    Document.BLANK: _l("Le contrat vierge, à remplir à la main"),
    Document.LIST: _l("La liste des adhérents, avec leurs adresses"),
}


def _text(head: str, width: int) -> Column:
    return Column(head, Kind.TEXT, width)


def _money(head: str, *, is_summed: bool = False) -> Column:
    return Column(head, Kind.MONEY, 13, is_summed)


def dates(season: Season) -> Paper:
    """Return what to deliver on each date, place by place, and what it is worth."""
    places = dict.fromkeys(one.place for one in season.members)
    tables = [
        _dates(
            season, place or _("Toutes les dates"), [m for m in season.members if m.place == place]
        )
        for place in places
    ]
    return Paper(
        _("Livraisons – %(name)s", name=season.contract.name),
        (season.contract.producer.name,),
        (*(tables or [_dates(season, _("Toutes les dates"), [])]), _worth(season)),
    )


def _dates(season: Season, title: str, members: Sequence[Member]) -> Table:
    columns = [
        _text(_("Date"), 12),
        Column(_("Paniers"), width=8, is_summed=True),
        *(Column(name, width=11, is_summed=True) for name in season.products.values()),
    ]
    brought = dict.fromkeys(season.prices, 0)
    baskets = dict.fromkeys(season.dates, 0)
    for member in members:
        got = season.of(member)
        for cell, quantity in got.items():
            brought[cell] += quantity
        for date_id in {date_id for date_id, _product in got}:
            baskets[date_id] += 1
    rows = [
        [
            short_date(day),
            baskets[date_id],
            *(brought.get((date_id, product), CROSSED) for product in season.products),
        ]
        for date_id, day in season.dates.items()
    ]
    return Table(title, columns, rows)


def _worth(season: Season) -> Table:
    """Return what everything is worth: a row for each product and price."""
    sold: dict[tuple[int, int], int] = {}
    for product in season.products:
        sold |= {(p, cents): 0 for (_d, p), cents in season.prices.items() if p == product}
    for member in season.members:
        for cell, quantity in season.of(member).items():
            sold[cell[1], season.prices[cell]] += quantity
    return Table(
        _("Montants"),
        [
            _text(_("Produit"), 30),
            _money(_("Prix")),
            Column(_("Quantité"), is_summed=True),
            _money(_("Montant"), is_summed=True),
        ],
        [
            [season.products[product], cents, quantity, Worked("B{row}*C{row}", cents * quantity)]
            for (product, cents), quantity in sold.items()
        ],
    )


def per_member(season: Season) -> Paper:
    """Return what each member gets over the season, and what it costs."""
    columns = [
        _text(_("Noms"), 28),
        _text(_("Remarque"), 16),
        Column(_("Livraisons"), width=9),
        Column(_("Jokers"), width=7, is_summed=True),
        *(Column(name, width=11, is_summed=True) for name in season.products.values()),
        _money(_("Montant"), is_summed=True),
    ]
    rows: list[list[Cell]] = []
    for member in season.members:
        got = season.of(member)
        counts = dict.fromkeys(season.products, 0)
        for (_date, product), quantity in got.items():
            counts[product] += quantity
        rows.append(
            [
                member.names,
                remark(season, member),
                season.deliveries(member),
                len(season.jokers(member)),
                *(counts[product] or None for product in season.products),
                season.cents(member),
            ]
        )
    return Paper(
        _("Par adhérent – %(name)s", name=season.contract.name),
        (season.contract.producer.name,),
        (Table(_("Par adhérent"), columns, rows),),
    )


def filled(season: Season) -> Paper:
    """Return what one member signed: what, when, how much, and the total."""
    (member,) = season.members
    got = season.of(member)
    rows: list[list[Cell]] = [
        [
            short_date(season.dates[cell[0]]),
            season.products[cell[1]],
            got[cell],
            season.prices[cell],
            Worked("C{row}*D{row}", got[cell] * season.prices[cell]),
        ]
        for cell in season.prices
        if cell in got
    ]
    columns = [
        _text(_("Date"), 12),
        _text(_("Produit"), 32),
        Column(_("Quantité")),
        _money(_("Prix")),
        _money(_("Montant"), is_summed=True),
    ]
    jokers = joined(short_date(season.dates[one]) for one in season.jokers(member))
    period = _(
        "du %(first)s au %(last)s",
        first=short_date(member.starts_on),
        last=short_date(member.ends_on),
    )
    deliveries, moved = season.deliveries(member), swaps(season, member)
    return Paper(
        _("%(name)s – %(member)s", name=season.contract.name, member=member.names),
        (
            f"{season.contract.producer.name} – {member.place}, {period}",
            ngettext("%(n)s livraison", "%(n)s livraisons", deliveries),
            *([_("Jokers : %(days)s", days=jokers)] if jokers else []),
            *([joined(moved)] if moved else []),
        ),
        (Table(_("Contrat signé"), columns, rows),),
    )


def blank(season: Season) -> Paper:
    """Return the contract to fill in by hand: prices, crossed-out dates, a place to sign."""
    contract = season.contract
    by_date = contract.kind is ContractKind.PER_DATE
    return Paper(
        contract.name,
        tuple(_terms(contract)),
        (_to_choose(season), _calendar(season, is_filled_in=by_date)),
        (
            *filter(None, [contract.presentation]),
            _("Noms : ………………………………………………………………………………………………"),
            _("Téléphone et adresse : ……………………………………………………………………………"),
            _("Fait le ……………………………………  Signature :"),
        ),
    )


def _terms(contract: Contract) -> list[str]:
    places = joined(place.name for place in contract.places)
    said = [f"{contract.producer.name} – {KINDS[contract.kind]}", places]
    if contract.deadline:
        said.append(_("À rendre au plus tard le %(day)s.", day=short_date(contract.deadline)))
    if contract.joker_max:
        said.append(
            _(
                "Jokers : de %(least)s à %(most)s.",
                least=contract.joker_min,
                most=contract.joker_max,
            )
        )
    return said


def _to_choose(season: Season) -> Table:
    """Return the products with what they cost and how often they come; the total is worked out."""
    prices: dict[int, list[int]] = {product: [] for product in season.products}
    for (_date, product), cents in season.prices.items():
        prices[product].append(cents)
    return Table(
        _("Choix"),
        [
            _text(_("Produit"), 30),
            _money(_("Prix")),
            Column(_("Livraisons")),
            _money(_("Pour la saison")),
            Column(_("Quantité")),
            _money(_("Montant")),
        ],
        [
            [
                season.products[product],
                max(found) if len(set(found)) == 1 else _different(found),
                len(found),
                sum(found),
                "",
                Worked("D{row}*E{row}", None),
            ]
            for product, found in prices.items()
        ],
    )


def _different(cents: Sequence[int]) -> str:
    return _("selon la date") if cents else ""


def _calendar(season: Season, *, is_filled_in: bool) -> Table:
    columns = [_text(_("Date"), 12)]
    columns += [Column(name, Kind.TEXT, 11) for name in season.products.values()]
    rows = [
        [
            short_date(day),
            *(
                ("" if is_filled_in else "•") if (date_id, product) in season.prices else CROSSED
                for product in season.products
            ),
        ]
        for date_id, day in season.dates.items()
    ]
    return Table(_("Dates de livraison"), columns, rows)


def list_of_members(
    contract: Contract, members: Sequence[Member], mails: Mapping[int, Sequence[str]]
) -> Paper:
    """Return who signed, how to reach them, and all addresses to copy."""
    columns = [
        _text(_("Noms"), 28),
        _text(_("Téléphone"), 16),
        _text(_("Adresses"), 34),
        _text(_("Lieu"), 18),
        _text(_("Période"), 24),
    ]
    rows = [
        [
            one.names,
            "\n".join(phone.replace(" ", SPACE) for p in one.persons for phone in p.phones),
            "\n".join(mails.get(one.household_id, ())),
            one.place,
            f"{short_date(one.starts_on)} – {short_date(one.ends_on)}",
        ]
        for one in members
    ]
    every = dict.fromkeys(mail for one in members for mail in mails.get(one.household_id, ()))
    return Paper(
        _("Adhérents – %(name)s", name=contract.name),
        (
            contract.producer.name,
            ngettext("%(n)s contrat signé", "%(n)s contrats signés", len(members)),
        ),
        (Table(_("Adhérents"), columns, rows),),
        addresses=tuple(every),
    )
