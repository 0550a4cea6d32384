"""Runs the checks of all domains; one that breaks is told and stops no other."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import current_app, g, url_for
from sqlalchemy.orm import Session

from amapress_py import db
from amapress_py.accounts.backoffice import Alarm
from amapress_py.checks import FACTS, Check, Finding, Level, gather
from amapress_py.i18n import _, ngettext

CHECKS = "amapress_checks"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What a check found; `is_unknown`: it broke."""

    check: Check
    findings: Sequence[Finding] = ()
    is_unknown: bool = False


@dataclass(frozen=True)
class Report:
    """What all checks found."""

    results: Sequence[Result]

    def wrong(self, level: Level) -> list[Result]:
        """Return what is wrong and matters that much."""
        return [one for one in self.results if one.findings and one.check.level is level]

    def count(self, level: Level) -> int:
        """Return how many things are wrong and matter that much."""
        return sum(len(one.findings) for one in self.wrong(level))

    @property
    def well(self) -> list[Result]:
        """What is as it should be."""
        return [one for one in self.results if not one.findings and not one.is_unknown]

    @property
    def unknown(self) -> list[Result]:
        """What could not be looked at."""
        return [one for one in self.results if one.is_unknown]

    @property
    def is_urgent(self) -> bool:
        """Tell whether something that must be is not, or could not be looked at."""
        needed = [one for one in self.results if one.check.level is Level.REQUIRED]
        return any(one.findings or one.is_unknown for one in needed)

    @property
    def is_all_well(self) -> bool:
        """Tell that there is nothing to do."""
        return len(self.well) == len(self.results)


def report(session: Session, *levels: Level) -> Report:
    """Run the checks, those of some levels if asked; nothing is written."""
    known: tuple[Check, ...] = current_app.extensions[CHECKS]
    checks = [one for one in known if not levels or one.level in levels]
    _gather(session, checks)
    try:
        return Report([_result(session, one) for one in checks])
    finally:
        g.pop(FACTS, None)


def alarm() -> Alarm | None:
    """Return what the index of the back office tells administrators."""
    count = report(db.session(), Level.REQUIRED).count(Level.REQUIRED)
    if not count:
        return None
    text = ngettext(
        "Une chose obligatoire ne va pas.", "%(n)s choses obligatoires ne vont pas.", count
    )
    return Alarm(text, url_for("health_admin.report"))


def lines(report: Report) -> Iterator[str]:
    """Yield the report as plain text."""
    for level, title in ((Level.REQUIRED, _("Obligatoire")), (Level.ADVISED, _("Conseillé"))):
        for result in report.wrong(level):
            for finding in result.findings:
                yield _("%(level)s : %(what)s", level=title, what=finding.text)
    for result in report.unknown:
        yield _("N’a pas pu être vérifié : %(what)s", what=result.check.title)
    if report.is_all_well:
        yield _("Tout va bien.")


def _gather(session: Session, checks: Sequence[Check]) -> None:
    """Ask what the checks count; if that breaks, each asks for itself and says so."""
    try:
        gather(session, (fact for check in checks for fact in check.facts))
    except Exception:
        logger.exception("The facts cannot be asked together")
        session.rollback()


def _result(session: Session, check: Check) -> Result:
    try:
        return Result(check, tuple(check.run(session)))
    except Exception:
        logger.exception("The check %s broke", check.key)
        session.rollback()
        return Result(check, is_unknown=True)
