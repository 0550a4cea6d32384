"""French words of the demo: names, streets, farms, messages (contents of an AMAP, not screens)."""


def _each(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = _each(
    "Adèle Agathe Aïcha Alix Amélie Anaïs Antoine Arthur Assia Aurélien Bastien Béatrice Benoît "
    "Camille Capucine Cécile Célestin Charlotte Claire Clément Clotilde Constance Corentin Cyril "
    "Damien Delphine Édouard Élise Élodie Émile Emmanuelle Estelle Étienne Fabien Fanny Fatou "
    "Faustine Félix Florian Gaël Geneviève Gilles Guillaume Gwenaëlle Héloïse Henri Hugo Inès "
    "Ismaël Jeanne Joachim Judith Jules Karim Laure Léa Léon Lila Loïc Louise Lucas Lucie Maël "
    "Maëlle Manon Marc Margaux Mathilde Matthieu Maude Mehdi Mélanie Mireille Nadia Naël Nicolas "
    "Noémie Océane Olivier Oscar Paul Pauline Philippe Quentin Raphaël Romane Rose Salomé Samuel "
    "Sarah Sébastien Simon Solène Sophie Stéphane Suzanne Sylvain Théo Tiphaine Tristan Valentine "
    "Vincent Violette Xavier Yann Yasmine Yves Zoé"
)

LAST_NAMES = _each(
    "Abgrall Aubry Bailly Barbier Baudouin Beaumont Benali Bertin Besson Blanchard Bonnet Bouvier "
    "Breton Brunet Cailleau Carpentier Chauvin Chevalier Clément Colin Cordier Cousin Da-Costa "
    "Daniel Delmas Deschamps Diallo Drouet Dubreuil Dumas Dupuis Évrard Faure Ferrand Fleury "
    "Fontaine Forestier Fournier Gaillard Garnier Gauthier Gérard Girard Grangier Guérin Guillou "
    "Hamel Hébert Henry Hervé Huet Humbert Jacquet Joly Jourdan Kerguelen Lacombe Lambert Laurent "
    "Lebrun Leclerc Lefèvre Legrand Lemaire Lenoir Leroux Lévêque Lucas Maillard Mallet Marchand "
    "Marty Masson Mercier Meunier Michaud Monnier Morvan Navarro Nguyen Noël Ollivier Pasquier "
    "Pelletier Péron Perrot Picard Poirier Pons Prévost Quéré Rémy Renaud Rivière Robin Rossi "
    "Rousseau Roy Salaün Sanchez Schneider Tanguy Tessier Traoré Vallet Vasseur Vidal Weber Zidane"
)

STREETS = (
    "rue des Lilas",
    "rue du Lavoir",
    "allée des Tilleuls",
    "chemin de la Source",
    "rue de la Gare",
    "impasse du Verger",
    "avenue Jean-Jaurès",
    "place du Marché",
    "rue Louise-Michel",
    "quai des Bateliers",
    "rue des Écoles",
    "chemin des Vignes",
    "boulevard de la Liberté",
    "rue du Moulin-à-Vent",
)
TOWN = "37999 Fontaine-sur-Loire"

OFFER_MESSAGES = (
    "",
    "",
    "Nous partons quelques jours chez mes parents.",
    "En déplacement ce jeudi, dommage, c’est la saison des bonnes choses !",
    "Je laisse mes cabas consignés au stand, merci de les y remettre.",
    "Réunion de parents d’élèves ce soir-là…",
    "Le panier peut aussi être récupéré chez ma voisine, appelez-moi.",
    "Frigo plein, autant que cela profite à quelqu’un.",
    "Grippe à la maison, on reste au chaud. Bon appétit !",
    "Règlement sur place ou par virement, comme vous préférez.",
)
ABSENCE_MESSAGE = "Nous sommes en voyage trois semaines : régalez-vous !"
PART_MESSAGE = "Je garde le reste de mon panier, ceci est de trop cette semaine."
CANCEL_REASONS = (
    "Finalement nous serons là, merci à tous.",
    "Mon voyage est reporté.",
    "Ma sœur prend le panier, désolé pour le dérangement.",
)
REFUSAL_REASONS = (
    "Je l’avais déjà promis à une collègue, désolée.",
    "Quelqu’un d’autre passe déjà devant chez moi.",
)

MESSAGE = (
    "Visite et brouettes",
    "Les choux sont superbes cette année : ils seront dans les paniers à partir de jeudi.\n\n"
    "Il manque deux brouettes à la ferme. Si la vôtre dort au garage, Pierre vous l’emprunte "
    "volontiers jusqu’au printemps.",
)
FRIEND = ("Jeanne Petit", "06 39 98 17 42")

SITE_NAME = "AMAP de la Fontaine"
TAGLINE = "Des paniers de saison, chaque jeudi, avec nos paysans"
EXCHANGE_EMAIL = "intermittents@demo.test"
CONTACT_EMAIL = "contact@demo.test"

GARDEN = (
    "Les Jardins du Moulin",
    "Sur 3 hectares au bord de la rivière, des légumes de saison en agriculture biologique,"
    " et 200 poules qui courent dans les anciens vergers.",
)
DAIRY = (
    "La Chèvrerie du Coteau",
    "Quarante chèvres alpines au pré, et tout le lait transformé à la ferme.",
)
ORCHARD = (
    "Le Verger des Trois Chênes",
    "Pommes de douze variétés, cueillies à la main, et leur jus pressé au village.",
)
BAKERY = (
    "Le Fournil des Deux Rives",
    "Pains au levain naturel, farines de blés anciens moulues à la ferme, cuits au feu de bois.",
)
