"""What “État du site” asks about persons, and whom readers write to."""

from collections.abc import Iterator

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts.models import Grant, Person, Role
from amapress_py.checks import Check, Fact, Finding, Level, Mend
from amapress_py.i18n import _, _l

ADMINS = Fact(
    lambda: (
        select(func.count(Grant.person_id.distinct()))
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role == Role.ADMIN, Person.is_active, Person.email.is_not(None))
    )
)


def second_admin(session: Session) -> Iterator[Finding]:
    """Find that one person alone can mend the site."""
    if ADMINS.of(session) < 2:
        text = _(
            "Il n’y a qu’un administrateur : s’il part ou oublie son mot de passe, plus personne ne"
            " peut s’occuper du site."
        )
        mend = Mend(_("Donner le rôle à quelqu’un"), url_for("accounts_admin.persons"))
        yield Finding(text, (mend,))


def contact(_session: Session) -> Iterator[Finding]:
    """Find that readers have no address to write to."""
    if not settings.current().contact_email:
        text = _("L’adresse de contact manque : la page Contact ne dit pas où écrire.")
        url = f"{url_for('settings_admin.edit')}#contact_email"
        yield Finding(text, (Mend(_("Indiquer une adresse"), url),))


CHECKS = (
    Check(
        "admins", _l("L’AMAP a plusieurs administrateurs"), Level.ADVISED, second_admin, (ADMINS,)
    ),
    Check("contact", _l("L’adresse de contact est indiquée"), Level.ADVISED, contact),
)
