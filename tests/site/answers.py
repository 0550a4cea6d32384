"""What each route answers to each role; a route that is not here fails the tests.

A GET is answered as asked, a POST with an empty form (and a good token).
"""

from dataclasses import dataclass

LOG_IN = "log in"  # sent to the log-in page
Status = int | str

VISITOR = {"visitor"}
INTERMITTENT = {"intermittent"}
ADMIN = {"admin"}
MANAGER = {"manager", "admin"}
TREASURER = {"treasurer", "admin"}
REFERENT = {"referent", "admin"}  # of the producer in question
ANY_REFERENT = {"referent", "foreign_referent", "admin"}
OFFICE = ANY_REFERENT | MANAGER | TREASURER | {"producer", "coordinator"}
HOLDERS = ANY_REFERENT | TREASURER | {"coordinator"}  # of events, each of his own
SESSION = REFERENT | {"coordinator"}  # who holds the signing session in question
PRODUCER = REFERENT | TREASURER | {"producer"}  # who reads what that producer delivers
COORDINATOR = {"coordinator"}  # of the contract in question
READERS = ANY_REFERENT | TREASURER | {"producer"}
DOCUMENT = "<any(synthese, dates, quantites, vierge, adherents):document>"
ENDING = "<any(xlsx, pdf):ending>"


@dataclass(frozen=True)
class Answer:
    """A status for some roles, another for the rest, and one for visitors if it differs."""

    status: Status
    roles: set[str]
    otherwise: Status
    visitor: Status = 0

    def to(self, role: str) -> Status:
        """Return what a role gets."""
        if role == "visitor" and self.visitor:
            return self.visitor
        return self.status if role in self.roles else self.otherwise


def everybody(status: Status) -> Answer:
    """Open to all."""
    return Answer(status, set(), status)


def connected(status: Status) -> Answer:
    """Open to all who are connected."""
    return Answer(status, set(), status, LOG_IN)


def only(roles: set[str], status: Status) -> Answer:
    """Refuse all others."""
    return Answer(status, roles, 403, LOG_IN)


ANSWERS = {
    "GET /": everybody(200),
    "GET /<path:path>": everybody(200),
    "GET /a-ma-place/<int:delivery_id>": connected(200),
    "POST /a-ma-place/<int:delivery_id>": connected(422),
    "POST /a-ma-place/<int:delivery_id>/annuler/<int:pass_id>": connected(404),
    "GET /admin/": only(OFFICE, 200),
    "GET /admin/adhesions": only(TREASURER, 200),
    "GET /admin/adhesions/<int:period_id>": only(TREASURER, 200),
    "GET /admin/adhesions/<int:period_id>/foyer/<int:household_id>": only(TREASURER, 200),
    "POST /admin/adhesions/<int:period_id>/foyer/<int:household_id>": only(TREASURER, 422),
    "POST /admin/adhesions/<int:period_id>/foyer/<int:household_id>/annuler": only(TREASURER, 303),
    "GET /admin/adhesions/<int:period_id>/modifier": only(TREASURER, 200),
    "POST /admin/adhesions/<int:period_id>/modifier": only(TREASURER, 422),
    "POST /admin/adhesions/<int:period_id>/supprimer": only(TREASURER, 303),
    "GET /admin/adhesions/nouvelle": only(TREASURER, 200),
    "POST /admin/adhesions/nouvelle": only(TREASURER, 422),
    "GET /admin/adhesions/recus/<int:receipt_id>": only(TREASURER, 200),
    "GET /adhesions/recus/<int:receipt_id>": connected(404),
    "GET /admin/apparence": only(ADMIN, 200),
    "POST /admin/apparence": only(ADMIN, 422),
    "GET /admin/apparence/apercu": only(ADMIN, 200),
    "GET /admin/contrats": only(ANY_REFERENT | TREASURER, 200),
    "GET /admin/contrats-signes": only(ANY_REFERENT | TREASURER | COORDINATOR, 200),
    "GET /admin/contrats-signes/<int:subscription_id>": only(REFERENT | TREASURER, 200),
    "POST /admin/contrats-signes/<int:subscription_id>": only(REFERENT | TREASURER, 422),
    "POST /admin/contrats-signes/<int:subscription_id>/supprimer": only(REFERENT | TREASURER, 303),
    "GET /admin/contrats/<int:contract_id>": only(REFERENT | TREASURER, 200),
    "GET /admin/contrats/<int:contract_id>/documents": only(PRODUCER, 200),
    f"GET /admin/contrats/<int:contract_id>/documents/{DOCUMENT}": only(PRODUCER, 200),
    f"GET /admin/contrats/<int:contract_id>/documents/{DOCUMENT}.{ENDING}": only(PRODUCER, 200),
    "GET /admin/contrats/<int:contract_id>/documents/engagements.pdf": only(
        REFERENT | TREASURER, 200
    ),
    "GET /contrats/<int:contract_id>/engagement.pdf": Answer(200, {"member"}, 404, LOG_IN),
    "GET /admin/contrats-signes/<int:subscription_id>/document": only(REFERENT | TREASURER, 200),
    "GET /admin/contrats-signes/<int:subscription_id>/engagement": only(REFERENT | TREASURER, 200),
    "GET /admin/contrats-signes/<int:subscription_id>/engagement.pdf": only(
        REFERENT | TREASURER, 200
    ),
    f"GET /admin/contrats-signes/<int:subscription_id>/document.{ENDING}": only(
        REFERENT | TREASURER, 200
    ),
    "GET /admin/distributions/<int:delivery_id>/producteurs": only(READERS, 200),
    "GET /admin/distributions/<int:delivery_id>/producteurs/<int:producer_id>": only(PRODUCER, 200),
    f"GET /admin/distributions/<int:delivery_id>/producteurs/<int:producer_id>.{ENDING}": only(
        PRODUCER, 200
    ),
    "POST /admin/distributions/<int:delivery_id>/producteurs/<int:producer_id>/courriel": only(
        REFERENT, 303
    ),
    "GET /admin/livraisons": only(READERS, 200),
    "GET /livraison/<token>": everybody(404),
    f"GET /livraison/<token>/feuille.{ENDING}": everybody(404),
    "GET /admin/contrats/<int:contract_id>/creer-a-partir": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/creer-a-partir": only(REFERENT, 422),
    "GET /admin/contrats/<int:contract_id>/dates": only(REFERENT, 200),
    "GET /admin/contrats/<int:contract_id>/dates-barrees": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/dates-barrees": only(REFERENT, 422),
    "POST /admin/contrats/<int:contract_id>/dates/<int:date_id>/retirer": only(REFERENT, 303),
    "POST /admin/contrats/<int:contract_id>/dates/<int:date_id>/conge": only(REFERENT, 303),
    "POST /admin/contrats/<int:contract_id>/dates/liste": only(REFERENT, 422),
    "POST /admin/contrats/<int:contract_id>/dates/mois": only(REFERENT, 422),
    "POST /admin/contrats/<int:contract_id>/dates/serie": only(REFERENT, 422),
    "GET /admin/contrats/<int:contract_id>/en-masse": only(REFERENT, 200),
    "GET /admin/contrats/<int:contract_id>/en-masse/<operation>": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/en-masse/<operation>": only(REFERENT, 422),
    "POST /admin/contrats/<int:contract_id>/en-masse/annuler/<int:operation_id>": only(
        REFERENT, 303
    ),
    "POST /admin/contrats/<int:contract_id>/etat": only(REFERENT, 303),
    "GET /admin/contrats/<int:contract_id>/modifier": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/modifier": only(REFERENT, 422),
    "GET /admin/contrats/<int:contract_id>/produits": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/produits": only(REFERENT, 422),
    "POST /admin/contrats/<int:contract_id>/produits/<int:contract_product_id>/retirer": only(
        REFERENT, 303
    ),
    "GET /admin/contrats/<int:contract_id>/effacer": only(REFERENT, 409),
    "POST /admin/contrats/<int:contract_id>/effacer": only(REFERENT, 409),
    "POST /admin/contrats/<int:contract_id>/envoyer-au-producteur": only(REFERENT, 303),
    "GET /admin/contrats/<int:contract_id>/inscription": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/inscription": only(REFERENT, 422),
    "GET /admin/contrats/<int:contract_id>/paiements": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/paiements": only(REFERENT, 422),
    "GET /admin/contrats/<int:contract_id>/tester": only(REFERENT, 200),
    "POST /admin/contrats/<int:contract_id>/tester": only(REFERENT, 422),
    "POST /admin/contrats/<int:contract_id>/valide": only(REFERENT, 303),
    "GET /admin/contrats-archives": only(ANY_REFERENT | TREASURER, 200),
    "GET /contrat-a-valider/<token>": everybody(404),
    "POST /contrat-a-valider/<token>": everybody(404),
    "GET /admin/contrats/<int:contract_id>/signes": only(REFERENT | TREASURER | COORDINATOR, 200),
    "GET /admin/contrats/<int:contract_id>/liste-d-attente": only(REFERENT | TREASURER, 200),
    "POST /admin/liste-d-attente/<int:entry_id>/retirer": only(REFERENT | TREASURER, 303),
    "GET /contrats/<int:contract_id>": connected(200),
    "POST /contrats/<int:contract_id>/attendre": connected(303),
    "GET /contrats/<int:contract_id>/imprimer": Answer(200, {"member"}, 404, LOG_IN),
    "POST /contrats/<int:contract_id>/ne-plus-attendre": connected(303),
    "GET /contrats/<int:contract_id>/signer": connected(200),
    "POST /contrats/<int:contract_id>/signer": Answer(303, {"member"}, 409, LOG_IN),
    "GET /contrats/<int:contract_id>/supprimer": Answer(200, {"member"}, 303, LOG_IN),
    "POST /contrats/<int:contract_id>/supprimer": Answer(303, {"member"}, 404, LOG_IN),
    "GET /admin/contrats/<int:contract_id>/signes/nouveau": only(REFERENT | TREASURER, 200),
    "GET /admin/contrats/<int:contract_id>/signes/nouveau/<int:household_id>": only(
        REFERENT | TREASURER, 200
    ),
    "POST /admin/contrats/<int:contract_id>/signes/nouveau/<int:household_id>": only(
        REFERENT | TREASURER, 422
    ),
    "POST /admin/contrats/<int:contract_id>/supprimer": only(REFERENT, 303),
    "GET /admin/contrats/nouveau": only(ANY_REFERENT, 200),
    "POST /admin/contrats/nouveau": only(ANY_REFERENT, 422),
    "GET /admin/courriels": only(MANAGER, 200),
    "GET /admin/courriels/<int:mail_id>": only(MANAGER, 200),
    "GET /admin/courriels/<int:mail_id>/html": only(MANAGER, 200),
    "POST /admin/courriels/<int:mail_id>/renvoyer": only(MANAGER, 303),
    "POST /admin/courriels/essai": only(ADMIN, 303),
    "POST /admin/courriels/renvoyer-les-echecs": only(ADMIN, 303),
    "GET /admin/distributions": only(ANY_REFERENT | MANAGER, 200),
    "GET /admin/distributions/<int:delivery_id>": only(ANY_REFERENT | MANAGER, 200),
    "POST /admin/distributions/<int:delivery_id>": only(ADMIN, 422),
    "GET /admin/distributions/<int:delivery_id>/emargement": only(ANY_REFERENT | MANAGER, 200),
    "GET /admin/evenements": only(HOLDERS, 200),
    "GET /admin/evenements/nouveau": only(HOLDERS, 200),
    "POST /admin/evenements/nouveau": only(HOLDERS, 422),
    "GET /admin/evenements/<int:event_id>/modifier": only(SESSION, 200),
    "POST /admin/evenements/<int:event_id>/modifier": only(SESSION, 422),
    "GET /admin/evenements/<int:event_id>/annoncer": only(SESSION, 200),
    "POST /admin/evenements/<int:event_id>/annoncer": only(SESSION, 303),
    "POST /admin/evenements/<int:event_id>/annuler": only(SESSION, 303),
    "GET /admin/evenements/<int:event_id>/tenir": only(SESSION, 200),
    "GET /evenement/<int:event_id>": connected(200),
    "GET /evenement/<int:event_id>.ics": connected(200),
    "GET /admin/messages": only(ANY_REFERENT | {"coordinator"}, 200),
    "GET /admin/messages/<int:contract_id>": only(SESSION, 200),
    "POST /admin/messages/<int:contract_id>": only(SESSION, 422),
    "GET /admin/familles": only(ANY_REFERENT | TREASURER, 200),
    f"GET /admin/familles/liste.{ENDING}": only(ANY_REFERENT | TREASURER, 200),
    "GET /admin/adresses": only(HOLDERS | MANAGER, 200),
    "GET /admin/images/": only(ADMIN, 200),
    "POST /admin/images/": only(ADMIN, 422),
    "GET /admin/images/<int:media_id>": only(ADMIN, 200),
    "POST /admin/images/<int:media_id>": only(ADMIN, 422),
    "GET /admin/images/<int:media_id>/supprimer": only(ADMIN, 200),
    "POST /admin/images/<int:media_id>/supprimer": only(ADMIN, 303),
    "GET /admin/images/choisir": only(ADMIN, 200),
    "GET /admin/etat": only(ADMIN, 200),
    "GET /admin/distributions/<int:delivery_id>/emargement.xlsx": only(ANY_REFERENT | MANAGER, 200),
    "GET /admin/distributions/<int:delivery_id>/emargement/<int:number>": only(
        ANY_REFERENT | MANAGER, 404
    ),
    "GET /admin/distributions/<int:delivery_id>/emargement/<int:number>.pdf": only(
        ANY_REFERENT | MANAGER, 404
    ),
    "POST /admin/distributions/<int:delivery_id>/emargement/imprimer": only(
        ANY_REFERENT | MANAGER, 303
    ),
    "POST /admin/distributions/<int:delivery_id>/emargement/pris": only(
        ANY_REFERENT | MANAGER, 404
    ),
    "GET /admin/intermittents": only(MANAGER, 200),
    "POST /admin/intermittents": only(MANAGER, 422),
    "POST /admin/intermittents/<int:person_id>/desinscrire": only(MANAGER, 303),
    "GET /admin/intermittents/desinscrire": only(MANAGER, 200),
    "POST /admin/intermittents/desinscrire": only(MANAGER, 303),
    "GET /admin/intermittents/export.<any(xlsx, csv):kind>": only(MANAGER, 200),
    "GET /admin/intermittents/import": only(MANAGER, 200),
    "POST /admin/intermittents/import": only(MANAGER, 422),
    "POST /admin/intermittents/import/confirmer": only(MANAGER, 400),
    "GET /admin/inscription-publique": only(MANAGER, 200),
    "POST /admin/inscription-publique": only(MANAGER, 303),
    "GET /admin/inscription-publique/affiche": only(MANAGER, 404),
    "POST /admin/inscription-publique/fermer": only(MANAGER, 303),
    "GET /admin/lieux": only(ADMIN, 200),
    "GET /admin/lieux/<int:place_id>": only(ADMIN, 200),
    "POST /admin/lieux/<int:place_id>": only(ADMIN, 422),
    "POST /admin/lieux/<int:place_id>/supprimer": only(ADMIN, 303),
    "GET /admin/lieux/nouveau": only(ADMIN, 200),
    "POST /admin/lieux/nouveau": only(ADMIN, 422),
    "GET /admin/menu": only(ADMIN, 200),
    "POST /admin/menu/<int:page_id>/deplacer": only(ADMIN, 303),
    "POST /admin/menu/<int:page_id>/nom": only(ADMIN, 303),
    "POST /admin/menu/<int:page_id>/retirer": only(ADMIN, 303),
    "POST /admin/menu/ajouter": only(ADMIN, 303),
    "GET /admin/pages/": only(ADMIN, 200),
    "GET /admin/pages/<int:page_id>": only(ADMIN, 200),
    "POST /admin/pages/<int:page_id>": only(ADMIN, 422),
    "POST /admin/pages/<int:page_id>/brouillon": only(ADMIN, 303),
    "POST /admin/pages/<int:page_id>/brouillon/jeter": only(ADMIN, 303),
    "GET /admin/pages/<int:page_id>/effacer": only(ADMIN, 404),
    "POST /admin/pages/<int:page_id>/effacer": only(ADMIN, 404),
    "GET /admin/pages/<int:page_id>/historique": only(ADMIN, 200),
    "GET /admin/pages/<int:page_id>/historique/<int:revision_id>/<int:other_revision_id>": only(
        ADMIN, 200
    ),
    "GET /admin/pages/<int:page_id>/historique/<int:revision_id>/page": only(ADMIN, 200),
    "GET /admin/pages/<int:page_id>/historique/comparer": only(ADMIN, 303),
    "POST /admin/pages/<int:page_id>/remettre": only(ADMIN, 303),
    "GET /admin/pages/corbeille": only(ADMIN, 200),
    "GET /admin/pages/<int:page_id>/historique/<int:revision_id>": only(ADMIN, 200),
    "POST /admin/pages/<int:page_id>/historique/<int:revision_id>/restaurer": only(ADMIN, 303),
    "GET /admin/pages/<int:page_id>/supprimer": only(ADMIN, 200),
    "POST /admin/pages/<int:page_id>/supprimer": only(ADMIN, 303),
    "POST /admin/pages/apercu": only(ADMIN, 200),
    "GET /admin/pages/echange/": only(ADMIN, 200),
    "GET /admin/pages/echange/exporter": only(ADMIN, 200),
    "POST /admin/pages/echange/importer": only(ADMIN, 422),
    "GET /admin/pages/echange/importer/<token>": only(ADMIN, 404),
    "POST /admin/pages/echange/importer/<token>": only(ADMIN, 404),
    "POST /admin/pages/echange/importer/<token>/oublier": only(ADMIN, 404),
    "GET /admin/pages/nouvelle": only(ADMIN, 200),
    "POST /admin/pages/nouvelle": only(ADMIN, 422),
    "GET /admin/pages/shortcode/<tag>": only(ADMIN, 200),
    "POST /admin/pages/<int:page_id>/reparer": only(ADMIN, 303),
    "POST /admin/pages/recreer": only(ADMIN, 404),
    "GET /admin/paniers": only(MANAGER, 200),
    "GET /admin/paniers/<int:offer_id>": only(MANAGER, 200),
    "GET /admin/paniers/statistiques": only(MANAGER, 200),
    "GET /admin/paniers/statistiques/tableur": only(MANAGER, 200),
    "GET /admin/permanences": only(TREASURER, 200),
    "GET /admin/permanences/<int:duty_id>": only(TREASURER, 200),
    "GET /admin/permanences/<int:duty_id>/automatique": only(TREASURER, 200),
    "POST /admin/permanences/<int:duty_id>/automatique": only(TREASURER, 303),
    "GET /admin/permanences/<int:duty_id>/bilan": only(TREASURER, 200),
    "POST /admin/permanences/<int:duty_id>/bilan/<int:household_id>": only(TREASURER, 303),
    "GET /admin/permanences/<int:duty_id>/dates/<int:delivery_id>": only(TREASURER, 200),
    "POST /admin/permanences/<int:duty_id>/dates/<int:delivery_id>/places": only(TREASURER, 422),
    "POST /admin/permanences/<int:duty_id>/dates/<int:delivery_id>/supprimer": only(TREASURER, 303),
    "GET /admin/permanences/<int:duty_id>/imprimer": only(TREASURER, 200),
    "GET /admin/journal-des-acces": only(ADMIN, 200),
    "GET /admin/permanences/<int:duty_id>/journal": only(TREASURER, 200),
    "GET /admin/permanences/<int:duty_id>/modifier": only(TREASURER, 200),
    "POST /admin/permanences/<int:duty_id>/modifier": only(TREASURER, 422),
    "POST /admin/permanences/<int:duty_id>/places/<int:seat_id>/liberer": only(TREASURER, 303),
    "POST /admin/permanences/<int:duty_id>/places/<int:seat_id>/placer": only(TREASURER, 303),
    "POST /admin/permanences/<int:duty_id>/places/<int:seat_id>/supprimer": only(TREASURER, 303),
    "GET /admin/permanences/<int:duty_id>/planning.pdf": only(TREASURER, 200),
    "GET /admin/permanences/<int:duty_id>/planning.xlsx": only(TREASURER, 200),
    "POST /admin/permanences/<int:duty_id>/remplir": only(TREASURER, 303),
    "POST /admin/permanences/<int:duty_id>/supprimer": only(TREASURER, 303),
    "GET /admin/permanences/nouvelle": only(TREASURER, 200),
    "POST /admin/permanences/nouvelle": only(TREASURER, 422),
    "GET /admin/personnes/": only(ADMIN, 200),
    "GET /admin/personnes/<int:person_id>": only(ADMIN, 200),
    "POST /admin/personnes/<int:person_id>": only(ADMIN, 422),
    "POST /admin/personnes/<int:person_id>/effacer": only(ADMIN, 303),
    "GET /mon-profil/mes-donnees": connected(200),
    "GET /mon-profil/mes-donnees.<any(xlsx, pdf):ending>": connected(200),
    "POST /mon-profil/effacer": connected(422),
    "POST /admin/personnes/<int:person_id>/desactiver": only(ADMIN, 303),
    "GET /admin/personnes/<int:person_id>/foyer": only(ADMIN, 200),
    "POST /admin/personnes/<int:person_id>/foyer/<int:other_id>": only(ADMIN, 303),
    "POST /admin/personnes/<int:person_id>/foyer/quitter": only(ADMIN, 303),
    "POST /admin/personnes/<int:person_id>/inviter": only(ADMIN, 303),
    "POST /admin/personnes/<int:person_id>/reactiver": only(ADMIN, 303),
    "POST /admin/personnes/<int:person_id>/roles": only(ADMIN, 303),
    "POST /admin/personnes/<int:person_id>/roles/<int:grant_id>/retirer": only(ADMIN, 303),
    "GET /admin/personnes/nouvelle": only(ADMIN, 200),
    "POST /admin/personnes/nouvelle": only(ADMIN, 422),
    "GET /admin/producteurs": only(ANY_REFERENT, 200),
    "GET /admin/producteurs/<int:producer_id>": only(REFERENT, 200),
    "POST /admin/producteurs/<int:producer_id>": only(REFERENT, 422),
    "POST /admin/producteurs/<int:producer_id>/produits": only(REFERENT, 422),
    "GET /admin/producteurs/nouveau": only(ADMIN, 200),
    "POST /admin/producteurs/nouveau": only(ADMIN, 422),
    "GET /admin/produits/<int:product_id>": only(REFERENT, 200),
    "POST /admin/produits/<int:product_id>": only(REFERENT, 422),
    "POST /admin/produits/<int:product_id>/supprimer": only(REFERENT, 303),
    "GET /admin/reglages/": only(ADMIN, 200),
    "POST /admin/reglages/": only(ADMIN, 422),
    "GET /admin/widgets": only(ADMIN, 200),
    "POST /agenda/adresse": connected(303),
    "GET /agenda/<token>.ics": everybody(404),
    "GET /agenda.ics": everybody(200),
    "GET /admin/shortcodes": only(ADMIN, 200),
    "GET /admin/shortcodes/<tag>/apercu": only(ADMIN, 200),
    "POST /admin/sauvegarde": only(ADMIN, 303),
    "GET /admin/textes-des-courriels": only(ADMIN, 200),
    "GET /admin/textes-des-courriels/<path:event>": only(ADMIN, 404),
    "POST /admin/textes-des-courriels/<path:event>": only(ADMIN, 404),
    "GET /compte/mot-de-passe/<token>": everybody(410),
    "POST /compte/mot-de-passe/<token>": everybody(410),
    "GET /connexion": Answer(200, VISITOR, otherwise=303),
    "POST /connexion": everybody(422),
    "POST /deconnexion": connected(LOG_IN),
    "GET /demo/courriels": everybody(404),
    "GET /demo/courriels/<int:mail_id>": everybody(404),
    "GET /demo/courriels/<int:mail_id>/html": everybody(404),
    "GET /demo/courriels/<int:mail_id>/panier.ics": everybody(404),
    "GET /desinscription/<token>": everybody(404),
    "GET /distributions/<int:delivery_id>": connected(200),
    "POST /desinscription/<token>": everybody(404),
    "POST /desinscription/<token>/annuler": everybody(404),
    "GET /ecrire-a-l-amap": everybody(200),
    "POST /ecrire-a-l-amap": everybody(422),
    "GET /ecrire-a-l-amap/merci": everybody(200),
    "GET /embed.js": everybody(200),
    "GET /embed/<tag>": everybody(200),
    "GET /oembed": everybody(404),
    "GET /feuille/<token>": everybody(404),
    "GET /intermittents/alertes/<token>": everybody(404),
    "POST /intermittents/alertes/<token>": everybody(404),
    "GET /intermittents/confirmer/<token>": everybody(404),
    "POST /intermittents/confirmer/<token>": everybody(404),
    "GET /intermittents/desinscription": Answer(200, INTERMITTENT, otherwise=303, visitor=LOG_IN),
    "POST /intermittents/desinscription": connected(303),
    "GET /intermittents/desinscrit": Answer(303, INTERMITTENT, otherwise=200, visitor=LOG_IN),
    "POST /intermittents/inscription": connected(303),
    "POST /intermittents/inscrire": connected(422),
    "GET /intermittents/inscrit": everybody(200),
    "GET /intermittents/mes-alertes": Answer(200, INTERMITTENT, otherwise=303, visitor=LOG_IN),
    "POST /intermittents/mes-alertes": Answer(422, INTERMITTENT, otherwise=303, visitor=LOG_IN),
    "GET /intermittents/rejoindre/<key>": everybody(404),
    "POST /intermittents/rejoindre/<key>": everybody(404),
    "GET /intermittents/rejoindre/confirmer/<token>": everybody(404),
    "POST /intermittents/rejoindre/confirmer/<token>": everybody(404),
    "GET /intermittents/rejoindre/verifier-ses-courriels": everybody(200),
    "GET /media/<string(length=32):key>/<name>": Answer(200, ADMIN, otherwise=404),
    "GET /media/<string(length=32):key>/vignette/<name>": Answer(200, ADMIN, otherwise=404),
    "GET /mon-profil": connected(200),
    "POST /mon-profil": connected(422),
    "POST /mon-profil/adresse-mail": connected(422),
    "GET /mon-profil/adresse/<token>": everybody(410),
    "POST /mon-profil/adresse/<token>": everybody(410),
    "POST /mon-profil/adresses": connected(422),
    "POST /mon-profil/adresses/<int:address_id>/enlever": connected(404),
    "POST /mon-profil/mot-de-passe": connected(422),
    "GET /mot-de-passe-oublie": everybody(200),
    "POST /mot-de-passe-oublie": everybody(422),
    "GET /paniers/<int:offer_id>/gerer": connected(303),
    "GET /paniers/<int:offer_id>/voir": connected(303),
    "POST /paniers/<int:offer_id>/annuler": only(MANAGER, 303),
    "POST /paniers/<int:offer_id>/attendre": connected(303),
    "POST /paniers/<int:offer_id>/demander": connected(303),
    "POST /paniers/<int:offer_id>/regle": only(MANAGER, 303),
    "POST /paniers/absence": connected(422),
    "POST /paniers/ceder": connected(422),
    "GET /paniers/ceder/<int:delivery_id>": Answer(200, {"member"}, otherwise=409, visitor=LOG_IN),
    "POST /paniers/ceder/<int:delivery_id>": Answer(422, {"member"}, otherwise=409, visitor=LOG_IN),
    "GET /paniers/interesse/<token>": everybody(404),
    "POST /paniers/interesse/<token>": everybody(404),
    "GET /paniers/reponse/<token>": everybody(404),
    "POST /paniers/reponse/<token>/non": everybody(404),
    "POST /paniers/reponse/<token>/oui": everybody(404),
    "POST /paniers/demandes/<int:request_id>/confirmer": connected(403),
    "POST /paniers/demandes/<int:request_id>/decliner": connected(403),
    "POST /paniers/demandes/<int:request_id>/refuser": only(MANAGER, 303),
    "POST /paniers/demandes/<int:request_id>/retirer": only(MANAGER, 303),
    "POST /paniers/demandes/<int:request_id>/valider": only(MANAGER, 303),
    "GET /flux.xml": everybody(200),
    "GET /recherche": everybody(200),
    "GET /robots.txt": everybody(200),
    "GET /sitemap.xml": everybody(200),
    "GET /contrats-signes/<int:subscription_id>/livraisons": only(REFERENT | TREASURER, 200),
    "POST /contrats-signes/<int:subscription_id>/livraisons/<int:date_id>/joker": only(
        REFERENT | TREASURER, 303
    ),
    "POST /contrats-signes/<int:subscription_id>/livraisons/<int:date_id>/joker/retirer": only(
        REFERENT | TREASURER, 303
    ),
    "GET /contrats-signes/<int:subscription_id>/livraisons/<int:date_id>/decaler": only(
        REFERENT | TREASURER, 200
    ),
    "POST /contrats-signes/<int:subscription_id>/livraisons/<int:date_id>/decaler": only(
        REFERENT | TREASURER, 422
    ),
    "POST /contrats-signes/<int:subscription_id>/livraisons/decalages/<int:decalage_id>/annuler": (
        connected(404)
    ),
    "GET /admin/contrats/<int:contract_id>/rapports": only(REFERENT | TREASURER, 200),
    "GET /passe/<token>": everybody(404),
    "GET /theme/<name>/<version>/<path:path>": everybody(404),
    "GET /theme/<name>/couleurs-<version>.css": everybody(404),
    "POST /permanences/demandes/<int:swap_id>/accepter": connected(403),
    "POST /permanences/demandes/<int:swap_id>/refuser": connected(403),
    "POST /permanences/demandes/<int:swap_id>/retirer": connected(403),
    "POST /permanences/distributions/<int:delivery_id>/absence": connected(303),
    "POST /permanences/places/<int:seat_id>/echanger": connected(303),
    "POST /permanences/places/<int:seat_id>/passer": connected(303),
    "POST /permanences/places/<int:seat_id>/prendre": connected(303),
    "GET /permanences/places/<int:seat_id>/remplacer": connected(403),
    "POST /permanences/places/<int:seat_id>/rendre": connected(303),
    "GET /permanences/nouvelle-date/<token>": everybody(404),
    "POST /permanences/nouvelle-date/<token>": everybody(404),
    "GET /permanences/reponse/<token>": everybody(404),
    "POST /permanences/reponse/<token>/non": everybody(404),
    "POST /permanences/reponse/<token>/oui": everybody(404),
}

FORMS = {  # what an empty form would not even bring to the question of who may
    "POST /admin/personnes/<int:person_id>/roles": {"role": "treasurer::0"},
    "POST /admin/contrats/<int:contract_id>/etat": {"etat": "archived"},
    "POST /admin/pages/<int:page_id>/reparer": {"quoi": "proteger"},
}
