"""What “État du site” asks about the machine: worker, queue, tables, address, demonstration."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from amapress_py import clock, jobs, migrate, web
from amapress_py.checks import Check, Fact, Finding, Level
from amapress_py.config import Config
from amapress_py.health.jobs import BEAT
from amapress_py.i18n import _, _l, instant
from amapress_py.settings.models import Beat

SILENCE = timedelta(minutes=5)
LAST_BEAT = Fact(lambda: select(Beat.at).where(Beat.name == BEAT))
TABLES = Fact(lambda: select(column("version_num")).select_from(table("alembic_version")).limit(1))
OWN_MACHINE = {"localhost", "127.0.0.1", "::1", ""}


def worker(session: Session) -> Iterator[Finding]:
    """Find a worker that does not run, and a queue that cannot be reached."""
    at = LAST_BEAT.of(session)
    start = _(
        "Sur un serveur : « systemctl start amapress-worker », puis"
        " « journalctl -u amapress-worker » dit ce qui ne va pas. Sans systemd :"
        " « amapress worker », ou « amapress run », qui sert aussi les pages."
    )
    if at is None:
        text = _(
            "Le programme qui envoie les courriels (le worker) n’a encore jamais travaillé :"
            " aucun courriel ne part."
        )
        yield Finding(text, help=start)
    elif clock.now() - at > SILENCE:
        text = _(
            "Le programme qui envoie les courriels (le worker) ne travaille plus depuis le"
            " %(when)s : aucun courriel ne part.",
            when=instant(at),
        )
        yield Finding(text, help=start)
    if not jobs.is_reachable():
        text = _(
            "La file des tâches n’est pas joignable : les courriels partent avec une minute de"
            " retard."
        )
        help = _(
            "Vérifiez AMAPRESS_QUEUE_URL et le serveur Redis ; sans Redis, que le dossier de"
            " AMAPRESS_DATA_FOLDER appartient au compte qui fait tourner le site."
        )
        yield Finding(text, help=help)


@cache
def _newest() -> str:
    return migrate.newest()


def tables(session: Session) -> Iterator[Finding]:
    """Find a database that is older (or newer) than the program."""
    if TABLES.of(session) != _newest():
        yield Finding(
            _("Les tables de la base de données ne sont pas celles de cette version du site."),
            help=_(
                "Lancez « amapress db upgrade », puis redémarrez le site et le worker."
                " « amapress db current » dit où en est la base."
            ),
        )


def address(_session: Session) -> Iterator[Finding]:
    """Find an address that links in mails cannot have."""
    config = web.config()
    parts = urlsplit(config.base_url)
    if config.demo:
        return
    if config.base_url == Config.base_url or (parts.hostname or "") in OWN_MACHINE:
        yield Finding(
            _(
                "L’adresse du site est encore « %(url)s » : les liens des courriels ne mènent"
                " nulle part.",
                url=config.base_url,
            ),
            help=_(
                "Sur le serveur, écrivez la vraie adresse dans AMAPRESS_BASE_URL, par exemple"
                " https://amap.example.org, puis redémarrez le site et le worker."
            ),
        )
    elif parts.scheme != "https":
        yield Finding(
            _(
                "L’adresse du site, « %(url)s », ne commence pas par https : les mots de passe"
                " passent en clair sur le réseau.",
                url=config.base_url,
            ),
            help=_(
                "Demandez un certificat (certbot en donne un gratuitement), puis écrivez l’adresse"
                " en https dans AMAPRESS_BASE_URL et redémarrez le site et le worker."
            ),
        )


def demonstration(_session: Session) -> Iterator[Finding]:
    """Find a site that shows its mails to everybody."""
    if web.config().demo:
        yield Finding(
            _(
                "Ce site est une démonstration : tout le monde peut y lire les courriels. Une vraie"
                " AMAP ne doit pas s’en servir ainsi."
            ),
            help=_("Sur un vrai site, retirez AMAPRESS_DEMO et redémarrez le site et le worker."),
        )


CHECKS = (
    Check(
        "worker",
        _l("Le programme qui envoie les courriels travaille"),
        Level.REQUIRED,
        worker,
        (LAST_BEAT,),
    ),
    Check("tables", _l("Les tables de la base sont à jour"), Level.REQUIRED, tables, (TABLES,)),
    Check("address", _l("L’adresse du site est la bonne, en https"), Level.REQUIRED, address),
    Check("demo", _l("Ce site n’est pas une démonstration"), Level.ADVISED, demonstration),
)
