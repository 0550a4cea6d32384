"""The engagement between a household and its farmer: the AMAP's own text, and what was signed."""

from collections import Counter
from dataclasses import replace

from amapress_py import clock, settings
from amapress_py.contracts.models import ContractKind
from amapress_py.i18n import _, long_date, ngettext, short_date
from amapress_py.money import euros
from amapress_py.settings.engagement import PROVISION, TEXT, paragraphs
from amapress_py.sheets.contract_documents import filled
from amapress_py.sheets.contract_queries import Season
from amapress_py.sheets.papers import Column, Kind, Paper, Table, Worked, joined


def engagements(season: Season) -> list[Paper]:
    """Return the engagement of each who signed, in order of names."""
    return [engagement(replace(season, members=[one])) for one in season.members]


def engagement(season: Season) -> Paper:
    """Return the engagement of one signed contract, to be signed by both."""
    (member,) = season.members
    contract, now = season.contract, settings.current()
    deliveries = season.deliveries(member)
    values = {
        "amap": now.site_name,
        "amapien": member.names,
        "producteur": contract.producer.name,
        "contrat": contract.name,
        "lieu": member.place,
        "debut": long_date(member.starts_on),
        "fin": long_date(member.ends_on),
        "livraisons": ngettext("%(n)s livraison", "%(n)s livraisons", deliveries),
        "montant": euros(season.cents(member)),
        "jokers": joined(short_date(season.dates[one]) for one in season.jokers(member)),
        "ordre": contract.payee if contract.has_payments else "",
        "reglement": contract.payment_terms,
        "jour": long_date(clock.today()),
    }
    whole = filled(season)
    tables: tuple[Table, ...] = whole.tables
    dates: tuple[str, ...] = ()
    if contract.kind is ContractKind.SUBSCRIPTION:
        tables, dates = (_by_product(season),), (_dates(season),)
    usual = TEXT
    if contract.kind is ContractKind.PROVISION:  # what is delivered is ordered later
        tables, usual = (), PROVISION
    return replace(
        whole,
        title=_("Engagement – %(name)s", name=contract.name),
        facts=(),
        opening=tuple(paragraphs(now.engagement_text or str(usual), values)),
        tables=tables,
        notes=(
            *dates,
            _("Fait le ……………………………………"),
            _("Signature de l’amapien : ……………………………………"),
            _("Signature du producteur : ……………………………………"),
        ),
    )


def _by_product(season: Season) -> Table:
    """Return what an abonnement comes to: a line for each product, as long as nothing changes."""
    (member,) = season.members
    found = Counter(
        (product, quantity, season.prices[date, product])
        for (date, product), quantity in season.of(member).items()
    )
    order = list(season.products)
    return Table(
        _("Contrat signé"),
        [
            Column(_("Produit"), Kind.TEXT, 32),
            Column(_("Quantité")),
            Column(_("Livraisons")),
            Column(_("Prix"), Kind.MONEY, 13),
            Column(_("Montant"), Kind.MONEY, 13, is_summed=True),
        ],
        [
            [
                season.products[product],
                quantity,
                times,
                cents,
                Worked("B{row}*C{row}*D{row}", quantity * times * cents),
            ]
            for (product, quantity, cents), times in sorted(
                found.items(), key=lambda one: (order.index(one[0][0]), one[0][1:])
            )
        ],
    )


def _dates(season: Season) -> str:
    (member,) = season.members
    got = {date for date, _product in season.of(member)}
    days = [short_date(day) for date, day in season.dates.items() if date in got]
    return _("Dates de livraison : %(days)s", days=joined(days))
