"""The engagement between a household and its farmer: the AMAP's own text, and what was signed."""

from dataclasses import replace

from amapress_py import clock, settings
from amapress_py.i18n import _, long_date, ngettext, short_date
from amapress_py.money import euros
from amapress_py.settings.engagement import TEXT, paragraphs
from amapress_py.sheets.contract_documents import filled
from amapress_py.sheets.contract_queries import Season
from amapress_py.sheets.papers import Paper, joined


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
    return replace(
        filled(season),
        title=_("Engagement – %(name)s", name=contract.name),
        facts=(),
        opening=tuple(paragraphs(now.engagement_text or str(TEXT), values)),
        notes=(
            _("Fait le ……………………………………"),
            _("Signature de l’amapien : ……………………………………"),
            _("Signature du producteur : ……………………………………"),
        ),
    )
