"""The mails about signed contracts that an admin may reword, and their placeholders."""

from amapress_py.i18n import _l
from amapress_py.mail.wording import LINK, Word, Wordings

EVENTS = {
    "contracts/signed": _l("Un contrat est signé (au foyer)"),
    "contracts/signed_changed": _l("Un contrat signé est modifié (au foyer)"),
    "contracts/signed_deleted": _l("Un contrat signé est supprimé (au foyer)"),
    "contracts/joker_set": _l("Un joker est posé par quelqu’un d’autre (au foyer)"),
    "contracts/joker_removed": _l("Un joker est retiré par quelqu’un d’autre (au foyer)"),
    "contracts/joker_returned": _l("Un joker est rendu : la livraison est déplacée (au foyer)"),
    "contracts/delivery_swapped": _l("Une livraison est décalée (au foyer)"),
    "contracts/delivery_swapped_back": _l("Une livraison n’est plus décalée (au foyer)"),
    "contracts/place_free": _l("Une place se libère dans un contrat (à qui l’attend)"),
    "contracts/validate": _l("Un contrat est à valider (au producteur)"),
    "contracts/validated": _l("Le producteur a validé un contrat (aux référents)"),
}

WORDS = (
    Word("prenom", "first_name", _l("prénom de qui reçoit le courriel"), "Bruno"),
    Word("contrat", "contract", _l("nom du contrat"), "Légumes 2026"),
    Word("producteur", "producer", _l("nom du producteur"), "Les Jardins du Moulin"),
    Word("lieu", "where", _l("lieu et adresse"), "Salle des Tilleuls, 1 rue du Marché"),
    Word("premiere", "first", _l("première livraison"), "jeudi 1er octobre 2026"),
    Word("derniere", "last", _l("dernière livraison"), "jeudi 17 décembre 2026"),
    Word("livraisons", "deliveries", _l("nombre de livraisons"), 12),
    Word(
        "panier",
        "contents",
        _l("contenu du panier"),
        ("Légumes : 1/2 Panier", "Pain : 1"),
    ),
    Word("jokers", "jokers", _l("jours avec un joker"), "22/10/2026"),
    Word("prix", "price", _l("prix du panier"), "10,00 €"),
    Word(
        "modifiable",
        "changes_until",
        _l("jusqu’à quand le contrat se modifie"),
        "jeudi 24 septembre 2026",
    ),
    Word("acteur", "by_name", _l("qui l’a fait à votre place"), "Rémi Gautier"),
    Word("produit", "product", _l("produit attendu"), "Petit panier"),
    Word("valide_par", "agreed_by", _l("qui a validé le contrat"), "Paul Martin"),
    Word("jour", "day", _l("jour dont parle le courriel"), "jeudi 1er octobre 2026"),
    Word("valide_le", "agreed_on", _l("jour de la validation"), "jeudi 1er octobre 2026"),
    Word("lien_valider", "validate_url", _l("lien vers le contrat, sans mot de passe"), LINK),
    Word("jours", "days", _l("jours pour confirmer"), 7),
    Word("nouveau_jour", "new_day", _l("nouveau jour de la livraison"), "samedi 3 octobre 2026"),
    Word("lien_livraisons", "deliveries_url", _l("lien vers ses livraisons et jokers"), LINK),
    Word("lien_contrat", "contract_url", _l("lien vers le contrat"), LINK),
)

WORDINGS = Wordings(EVENTS, WORDS)
