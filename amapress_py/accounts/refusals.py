"""What may not be done to persons, told in French."""

from amapress_py.errors import DomainError
from amapress_py.i18n import _l


class EmailTaken(DomainError):
    message = _l("Une autre personne se connecte déjà avec cette adresse.")


class ChangedMeanwhile(DomainError):
    message = _l(
        "Rien n’est enregistré : cette fiche a changé entre-temps. Vérifiez-la ; si vous"
        " enregistrez à nouveau, ce qui est écrit ici l’emporte."
    )


class NoAddress(DomainError):
    message = _l("Cette personne n’a pas d’adresse : prévenez-la par téléphone.")


class Inactive(DomainError):
    message = _l("Ce compte est désactivé : réactivez-le d’abord.")


class TooOften(DomainError):
    message = _l(
        "Trop d’essais en peu de temps : attendez un moment (une heure au plus), puis recommencez."
    )
    status = 429


class WrongPassword(DomainError):
    message = _l("Ce n’est pas votre mot de passe actuel.")


class StaleLink(DomainError):
    message = _l("Ce lien n’est plus valable : il a déjà servi, ou il a expiré.")
    status = 410


class LastAdmin(DomainError):
    message = _l(
        "C’est le seul administrateur actif : nommez-en un autre d’abord,"
        " sinon plus personne ne pourrait régler le site."
    )


class OwnAccess(DomainError):
    message = _l("On ne se retire pas ses propres droits : demandez à un autre administrateur.")


class TooManyAddresses(DomainError):
    message = _l("Trois adresses de plus au maximum : enlevez-en une d’abord.")


class UnknownRole(DomainError):
    message = _l("Ce rôle ne peut pas être donné ainsi.")


class ContractsLeftBehind(DomainError):
    message = _l(
        "Cette personne est seule dans son foyer, qui a des contrats en cours :"
        " faites plutôt venir l’autre personne dans ce foyer."
    )
