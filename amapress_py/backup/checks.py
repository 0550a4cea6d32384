"""What “État du site” asks about backups."""

from collections.abc import Iterator
from datetime import timedelta

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import clock, settings
from amapress_py.backup import services
from amapress_py.checks import Check, Fact, Finding, Level, Mend
from amapress_py.i18n import _, _l, instant, ngettext
from amapress_py.settings.models import Beat

LAST_BACKUP = Fact(lambda: select(Beat.at).where(Beat.name == services.BEAT))


def recent(session: Session) -> Iterator[Finding]:
    """Find that the last backup is too old, or that there never was one."""
    last, days = LAST_BACKUP.of(session), settings.current().backup_days
    if last is not None and clock.now() - last <= timedelta(days=days):
        return
    text = _("Le site n’a encore jamais été sauvegardé : une panne ferait tout perdre.")
    if last is not None:
        text = ngettext(
            "La dernière sauvegarde a plus d’un jour : elle est du %(when)s.",
            "La dernière sauvegarde a plus de %(n)s jours : elle est du %(when)s.",
            days,
            when=instant(last),
        )
    help = _(
        "Le worker sauvegarde le site chaque jour. Si la sauvegarde manque, c’est qu’il ne"
        " travaille pas, ou que le disque est plein. Sur le serveur : « amapress backup »."
    )
    yield Finding(
        text, (Mend(_("Sauvegarder maintenant"), url_for("backup_admin.save"), True),), help
    )


CHECKS = (Check("backup", _l("Le site est sauvegardé"), Level.REQUIRED, recent, (LAST_BACKUP,)),)
