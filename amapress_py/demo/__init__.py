"""A believable AMAP to look at and to measure, always the same for a seed and a day."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from amapress_py import settings
from amapress_py.accounts import passwords
from amapress_py.accounts.models import Person
from amapress_py.cms import seed
from amapress_py.demo import days, gatherings, opening, people, season, stories, words
from amapress_py.demo.people import LOGINS
from amapress_py.demo.plan import ImpossibleDemo, Plan
from amapress_py.errors import DomainError
from amapress_py.i18n import _l

PASSWORD = "demo-panier"  # noqa: S105  shown to everybody, good for the demo alone

__all__ = ["LOGINS", "PASSWORD", "ImpossibleDemo", "NotEmpty", "Plan", "fill"]


class NotEmpty(DomainError):
    """A demo is for an empty database: nobody wants it among real people."""

    message = _l("Cette base contient déjà des personnes : la démonstration n’y touche pas.")


def fill(session: Session, plan: Plan) -> None:
    """Write the whole AMAP in the running transaction; raise NotEmpty or ImpossibleDemo."""
    if session.scalar(select(Person.id).limit(1)) is not None:
        raise NotEmpty
    settings.save(
        session,
        {
            "site_name": words.SITE_NAME,
            "tagline": words.TAGLINE,
            "contact_email": words.CONTACT_EMAIL,
            "exchange_email": words.EXCHANGE_EMAIL,
        },
    )
    seed.seed(session)
    everybody = people.settle(session, plan, passwords.hashed(PASSWORD))
    year = season.grow(session, plan, everybody)
    stories.tell(session, plan, everybody, year)
    opening.open_contracts(session, plan, year)
    days.happen(session, plan, everybody, year)
    gatherings.gather(session, plan, everybody, year)
