"""What “État du site” asks about the espace intermittents."""

from collections.abc import Iterator

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts.models import Grant, Person, Role
from amapress_py.checks import Check, Fact, Finding, Level, Mend
from amapress_py.exchange.models import IntermittentEnrolment
from amapress_py.i18n import _, _l

MANAGERS = Fact(
    lambda: (
        select(func.count())
        .select_from(Grant)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role == Role.INTERMITTENT_MANAGER, Person.is_active)
    )
)
ENROLLED = Fact(
    lambda: (
        select(func.count())
        .select_from(IntermittentEnrolment)
        .where(IntermittentEnrolment.ended_at.is_(None))
    )
)


def manager(session: Session) -> Iterator[Finding]:
    """Find that nobody answers the intermittents, neither a person nor an address."""
    if settings.current().exchange_email or MANAGERS.of(session):
        return
    text = _(
        "Personne n’est responsable des intermittents, et l’espace n’a pas d’adresse mail à lui :"
        " les intermittents ne savent à qui écrire."
    )
    persons = Mend(_("Donner le rôle à quelqu’un"), url_for("accounts_admin.persons"))
    yield Finding(text, (persons, _settings(_("Indiquer une adresse"))))


def enrolled(session: Session) -> Iterator[Finding]:
    """Find that nobody would be told of a free basket."""
    if not ENROLLED.of(session):
        text = _("Aucun intermittent n’est inscrit : personne ne sera prévenu d’un panier libre.")
        mend = Mend(_("Inscrire un intermittent"), url_for("exchange_admin.intermittents"))
        yield Finding(text, (mend,))


def consistent(session: Session) -> Iterator[Finding]:
    """Find settings that contradict each other."""
    now = settings.current()
    if not now.allow_amapiens and not ENROLLED.of(session):
        text = _(
            "Seuls les intermittents inscrits peuvent demander un panier, et il n’y en a aucun :"
            " un panier cédé ne trouvera personne."
        )
        yield Finding(text, (_settings(_("Modifier les réglages")),))
    if now.cede_deadline_hours and now.request_expiry_hours >= now.cede_deadline_hours:
        text = _(
            "Une demande sans réponse est libérée %(expiry)s h avant la distribution, mais on peut"
            " encore céder un panier jusqu’à %(deadline)s h avant : une demande faite entre les"
            " deux est retirée aussitôt.",
            expiry=now.request_expiry_hours,
            deadline=now.cede_deadline_hours,
        )
        yield Finding(text, (_settings(_("Modifier les réglages")),))


CHECKS = (
    Check("manager", _l("Les intermittents ont à qui écrire"), Level.ADVISED, manager, (MANAGERS,)),
    Check("enrolled", _l("Des intermittents sont inscrits"), Level.ADVISED, enrolled, (ENROLLED,)),
    Check(
        "exchange-settings",
        _l("Les réglages de l’espace intermittents vont ensemble"),
        Level.ADVISED,
        consistent,
        (ENROLLED,),
    ),
)


def _settings(label: str) -> Mend:
    return Mend(label, f"{url_for('settings_admin.edit')}#exchange_email")
