"""The AMAP's own text of an engagement: paragraphs with %%placeholders%%."""

import re
from collections.abc import Mapping

from amapress_py.i18n import _l

MARK = re.compile(r"%%([a-z_]+)%%")
WORDS = {
    "amap": _l("le nom de l’AMAP"),
    "amapien": _l("les noms du foyer"),
    "producteur": _l("le producteur"),
    "contrat": _l("le contrat"),
    "lieu": _l("le lieu de livraison"),
    "debut": _l("le premier jour"),
    "fin": _l("le dernier jour"),
    "livraisons": _l("combien de livraisons"),
    "montant": _l("le prix de toutes"),
    "jokers": _l("les dates des jokers"),
    "ordre": _l("l’ordre des chèques"),
    "reglement": _l("les conditions de paiement du contrat"),
    "jour": _l("le jour où le papier est fait"),
}
TEXT = _l(
    "Entre %%amapien%%, de %%amap%%, et %%producteur%%, pour le contrat « %%contrat%% ».\n"
    "\n"
    "L’amapien prend ses paniers à chaque livraison, du %%debut%% au %%fin%% (%%livraisons%%), au "
    "lieu « %%lieu%% », ou les fait prendre par quelqu’un. Il paie %%montant%% à l’avance, et "
    "partage avec le producteur les bonnes récoltes et les mauvaises.\n"
    "\n"
    "Le producteur livre les produits ci-dessous, de sa ferme, et dit au plus tôt ce qui "
    "l’empêcherait de le faire.\n"
    "\n"
    "Pas de panier, par joker, à ces dates : %%jokers%%.\n"
    "\n"
    "Chèques à l’ordre de %%ordre%%.\n"
    "\n"
    "%%reglement%%"
)

PROVISION = _l(
    "Entre %%amapien%%, de %%amap%%, et %%producteur%%, pour le contrat « %%contrat%% ».\n"
    "\n"
    "L’amapien verse une provision, commande à chaque ouverture des commandes, du %%debut%% au "
    "%%fin%%, et prend ce qu’il a commandé au lieu « %%lieu%% », ou le fait prendre par quelqu’un. "
    "Ce qui est livré est pris sur sa provision ; ce qui en reste à la fin lui est rendu.\n"
    "\n"
    "Le producteur livre ce qui est commandé, de sa ferme, et dit au plus tôt ce qui l’empêcherait "
    "de le faire.\n"
    "\n"
    "Chèques à l’ordre de %%ordre%%.\n"
    "\n"
    "%%reglement%%"
)


def unknown(text: str) -> list[str]:
    """Return the placeholders that there are not, as they were written."""
    return [f"%%{name}%%" for name in dict.fromkeys(MARK.findall(text)) if name not in WORDS]


def paragraphs(text: str, values: Mapping[str, str]) -> list[str]:
    """Return the paragraphs, filled in; one whose placeholders all are empty goes."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        names = MARK.findall(paragraph)
        if paragraph.strip() and (not names or any(values.get(name) for name in names)):
            said = MARK.sub(lambda mark: values.get(mark[1], ""), paragraph)
            found.append(" ".join(said.split()))
    return found
