"""What an admin sets on a screen: typed, with defaults, read once per version of the site."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from flask import current_app, g
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.errors import DomainError
from amapress_py.i18n import _l
from amapress_py.settings.engagement import WORDS
from amapress_py.settings.models import Setting, SiteVersion

CACHE = "amapress_settings"


def _set(
    default: Any, section: str, label: Any, help: Any = "", least: int = 0, most: int = 0
) -> Any:
    """Declare a setting: `least` and `most` bound a number."""
    about = {"section": section, "label": label, "help": help, "least": least, "most": most}
    return field(default=default, metadata=about)


SECTIONS = {
    "site": _l("Le site"),
    "exchange": _l("Espace intermittents"),
    "duty": _l("Permanences"),
    "contracts": _l("Contrats"),
    "mail": _l("Courriels"),
}
ELSEWHERE = {"appearance", "joining"}  # sections that have a screen of their own


@dataclass(frozen=True)
class Settings:
    """Every setting; the default is what an AMAP that changes nothing gets."""

    site_name: str = _set("Mon AMAP", "appearance", _l("Nom de l’AMAP"))
    tagline: str = _set("", "appearance", _l("Sous-titre"))
    theme: str = _set("default", "appearance", _l("Thème"))
    logo_key: str = _set("", "appearance", _l("Logo"))  # Media.key
    theme_colours: str = _set(  # JSON: {"theme": {"brand": "#2d6440"}}
        "", "appearance", _l("Couleurs")
    )
    contact_email: str = _set(
        "", "site", _l("Adresse de contact"), _l("Montrée sur la page Contact.")
    )
    embed_sites: str = _set(
        "",
        "site",
        _l("Sites qui peuvent montrer nos widgets"),
        _l("Un site par ligne, par exemple https://www.mairie.fr ; sans rien, aucun."),
    )
    backup_days: int = _set(
        7,
        "site",
        _l("Signaler une sauvegarde plus ancienne que (jours)"),
        _l("Le site est sauvegardé chaque jour ; l’écran « État du site » prévient."),
        least=1,
        most=365,
    )
    cede_deadline_hours: int = _set(
        24,
        "exchange",
        _l("Céder un panier jusqu’à (heures avant le début de la distribution)"),
        _l("Un responsable peut céder pour quelqu’un jusqu’au début."),
        most=720,
    )
    allow_amapiens: bool = _set(
        True,
        "exchange",
        _l("Toute personne connectée peut demander un panier"),
        _l("Sinon, seulement les intermittents inscrits."),
    )
    members_may_enrol_others: bool = _set(
        True,
        "exchange",
        _l("Les amapiens peuvent inscrire un intermittent"),
        _l("Sinon, seulement les responsables."),
    )
    announce_interval_hours: int = _set(
        6,
        "exchange",
        _l("Annoncer de nouveau un panier redevenu libre au plus une fois toutes les (heures)"),
        most=168,
    )
    request_expiry_hours: int = _set(
        0,
        "exchange",
        _l("Libérer une demande restée sans réponse (heures avant le début)"),
        _l("0 : jamais."),
        most=720,
    )
    digest_hour: int = _set(
        18,
        "exchange",
        _l("Heure du courriel quotidien"),
        _l("Pour les intermittents qui préfèrent un seul courriel par jour."),
        most=23,
    )
    remind_available_1: int = _set(
        48,
        "exchange",
        _l("Rappeler les paniers encore libres (heures avant le début)"),
        _l("0 : pas de rappel. Jusqu’à quatre rappels."),
        most=720,
    )
    remind_available_2: int = _set(0, "exchange", _l("Deuxième rappel (heures)"), most=720)
    remind_available_3: int = _set(0, "exchange", _l("Troisième rappel (heures)"), most=720)
    remind_available_4: int = _set(0, "exchange", _l("Quatrième rappel (heures)"), most=720)
    remind_people: bool = _set(
        True,
        "exchange",
        _l("Rappeler au propriétaire qu’une demande attend, au repreneur que c’est demain"),
        _l("48 h et 24 h avant le début pour l’un, la veille pour l’autre."),
    )
    fair_turn: bool = _set(
        False,
        "exchange",
        _l("Chacun son tour"),
        _l(
            "Un panier libre est d’abord proposé à l’intermittent servi il y a le plus longtemps,"
            " puis au suivant, puis à tous."
        ),
    )
    membership_to_ask: bool = _set(
        False,
        "exchange",
        _l("Adhésion nécessaire pour demander un panier"),
        _l("L’adhésion du foyer, reçue pour la période en cours ; voir « Adhésions »."),
    )
    membership_to_join: bool = _set(
        False,
        "exchange",
        _l("Adhésion nécessaire pour devenir intermittent"),
        _l("Un responsable peut toujours inscrire quelqu’un."),
    )
    joining_key: str = _set("", "joining", _l("Clé de la page d’inscription publique"))
    exchange_email: str = _set(
        "",
        "exchange",
        _l("Adresse de l’espace intermittents"),
        _l("De la forme intermittents@amap.org ; on y écrit pour être inscrit."),
    )
    duty_reminder_days: int = _set(
        3,
        "duty",
        _l("Rappeler une permanence (jours avant)"),
        _l("0 : pas de rappel."),
        most=30,
    )
    producer_validates: bool = _set(
        False,
        "contracts",
        _l("Le producteur valide chaque contrat avant qu’il soit activé"),
        _l("Par un lien reçu par courriel, ou une note du référent ; sinon, rien n’est demandé."),
    )
    school_holidays: str = _set(
        "",
        "contracts",
        _l("Vacances scolaires"),
        _l(
            "Une période par ligne, comme « Toussaint : 17/10/2026 – 01/11/2026 » ; montrées à "
            "côté des dates de livraison."
        ),
    )
    engagement_text: str = _set(
        "",
        "contracts",
        _l("Texte de l’engagement entre l’amapien et le producteur"),
        _l(
            "Vide : le nôtre. Une ligne vide sépare deux paragraphes. Ces mots sont "
            "remplacés : %(words)s",
            words=", ".join(f"%%{word}%%" for word in WORDS),
        ),
    )
    membership_to_sign: bool = _set(
        False,
        "contracts",
        _l("Adhésion nécessaire pour signer un contrat"),
        _l("Référent, trésorier et administrateur peuvent toujours ajouter un contrat signé."),
    )
    producer_mail_days: int = _set(
        2,
        "contracts",
        _l("Envoyer sa feuille au producteur (jours avant chaque livraison)"),
        _l("0 : jamais. Une seule fois, et de nouveau si la date change."),
        most=30,
    )
    announce_days: int = _set(
        2,
        "contracts",
        _l("Annoncer la distribution à ceux qui y prennent un panier (jours avant)"),
        _l("0 : jamais. Une seule fois, et de nouveau si la date, l’heure ou le lieu change."),
        most=14,
    )
    mail_sender_name: str = _set(
        "", "mail", _l("Nom de l’expéditeur"), _l("Par défaut, le nom de l’AMAP.")
    )
    mails_per_minute: int = _set(
        0, "mail", _l("Courriels par minute au plus"), _l("0 : sans limite."), most=6000
    )


DEFAULTS = Settings()


def read(session: Session) -> Settings:
    """Read the rows; a value that no longer fits its type gives the default."""
    types = {one.name: type(one.default) for one in fields(Settings)}
    stored = {
        key: json.loads(value)
        for key, value in session.execute(select(Setting.key, Setting.value))
        if key in types
    }
    fitting: dict[str, Any] = {k: v for k, v in stored.items() if type(v) is types[k]}
    return replace(DEFAULTS, **fitting)


def version(session: Session) -> int:
    """Return the version of the site, read once per request (a viewer's statement may set it)."""
    if "site_version" not in g:
        g.site_version = session.scalar(select(SiteVersion.number)) or 0
    found: int = g.site_version
    return found


def current() -> Settings:
    """Return the settings, cached in this process by the version of the site."""
    session = db.session()
    now = version(session)
    cached: tuple[int, Settings] | None = current_app.extensions.get(CACHE)
    if cached is None or cached[0] != now:
        cached = current_app.extensions[CACHE] = (now, read(session))
    return cached[1]


def touch(session: Session) -> None:
    """Tell every process that the site changed; call it in the transaction of the change."""
    changed = session.execute(update(SiteVersion).values(number=SiteVersion.number + 1))
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(SiteVersion(id=1, number=2))
    g.pop("site_version", None)


class SetMeanwhile(DomainError):
    """Two admins set the same settings otherwise at once; `disputed` names them."""

    message = _l(
        "Rien n’est enregistré : pendant que vous écriviez, quelqu’un d’autre a changé les mêmes"
        " réglages que vous. Vérifiez-les ; si vous enregistrez à nouveau, les vôtres l’emportent."
    )

    def __init__(self, disputed: list[str]) -> None:
        super().__init__()
        self.disputed = disputed


def mark(value: Any) -> str:
    """Return what a form carries along for a value that it showed."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:12]


def save(session: Session, values: dict[str, Any], seen: Mapping[str, Any] | None = None) -> None:
    """Store what differs from the defaults, forget what does not.

    `seen` are marks of what the screen showed: what was left so stays as it is by now, whatever
    somebody else made of it. Raise SetMeanwhile.
    """
    touch(session)  # first: its lock makes a second admin wait
    if seen:
        values = _changed(read(session), values, seen)
    for key, value in values.items():
        row = session.get(Setting, key)
        if value == getattr(DEFAULTS, key):
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(Setting(key=key, value=json.dumps(value)))
        else:
            row.value = json.dumps(value)


def _changed(now: Settings, values: dict[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an admin changed."""
    changed = {key: value for key, value in values.items() if seen.get(key) != mark(value)}
    disputed = [
        key
        for key, value in changed.items()
        if key in seen and seen[key] != mark(getattr(now, key)) and getattr(now, key) != value
    ]
    if disputed:
        raise SetMeanwhile(disputed)
    return changed
