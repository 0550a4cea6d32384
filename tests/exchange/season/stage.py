"""The stage of a season: what each act changes is read, and held against what may be."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from amapress_py import clock, db, settings
from amapress_py.accounts.models import Person
from amapress_py.errors import DomainError
from amapress_py.exchange.jobs import JOBS as EXCHANGE_JOBS
from amapress_py.exchange.rules import LIVE_STATES
from amapress_py.jobs import Job
from amapress_py.mail.jobs import JOBS as MAIL_JOBS
from amapress_py.passes.jobs import JOBS as PASS_JOBS
from amapress_py.passes.rules import KEPT
from tests.exchange.season.amap import Amap, build, wipe
from tests.exchange.season.books import Books, new_mails
from tests.exchange.season.hands import check_lines, check_sheet
from tests.exchange.season.journal import Journal
from tests.exchange.season.post import Post

JOBS: tuple[Job, ...] = (*EXCHANGE_JOBS, *PASS_JOBS, *MAIL_JOBS)
SECOND = dt.timedelta(seconds=1)
MOST_TOUCHED = 3  # deliveries; then their sheets are looked at


class Stage:
    """One AMAP, its clock, and all that was learnt by watching."""

    def __init__(
        self, app: Flask, seed: int, chosen: dict[str, Any], first_day: dt.date | None = None
    ) -> None:
        self.app = app
        with app.app_context(), db.transaction() as session:
            wipe(session)
            self.amap: Amap = build(session, seed, first_day)
        with app.app_context(), db.transaction() as session:
            settings.save(session, chosen)
        self.now = clock.at(self.amap.first_day, dt.time(9))
        self.journal = Journal(self.amap)
        self.post = Post(self.amap, self.journal)
        self.acts = self.refused = 0
        with app.app_context():
            self.books = Books.read(db.session())
        self.touched = {row.id for row in self.books.rows["delivery"]}

    def act(self, do: Callable[[Session], object]) -> bool:
        """Do one thing in one transaction; a refusal leaves all as it was."""
        with self.app.app_context(), clock.imagined(self.now):
            try:
                with db.transaction() as session:
                    do(session)
            except DomainError:
                self.refused += 1
                assert self.books.same(Books.read(db.session()))
                return False
            finally:
                self.acts += 1
                self.now += SECOND
            self._learn()
        return True

    def work(self, name: str) -> None:
        """Let the worker do a job."""
        job = next(one for one in JOBS if one.name == name)
        with self.app.app_context(), clock.imagined(self.now):
            job.run(self.app)
        with self.app.app_context(), clock.imagined(self.now):
            self._learn()
            self._check_done(job.name)
        self.acts += 1
        self.now += SECOND

    def _check_done(self, name: str) -> None:
        """Check that a job left nothing to do; the second time it changes nothing."""
        deliveries = self.books.by_id("delivery")
        if name == "close-offers":
            for row in self.books.live_offers():
                assert deliveries[row.delivery_id].ends_at > self.now
        if name == "passes.forget":
            for row in self.books.rows["basket_pass"]:
                assert deliveries[row.delivery_id].ends_at + KEPT > self.now
        if name == "mail.send":
            return
        job = next(one for one in JOBS if one.name == name)
        with self.app.app_context():
            job.run(self.app)
            again = Books.read(db.session())
        assert again.same(self.books), name

    def _learn(self) -> None:
        session = db.session()
        session.rollback()
        before, after = self.books, Books.read(session)
        for row in after.since(before, "person"):
            self.amap.know(session.get_one(Person, row.id))
        self.books = after
        mails = new_mails(session, before)
        due = self.journal.read(before, after)
        self.post.read(session, before, after, mails, due)
        check_lines(after)
        self._check_kept(before, after)
        self._note_touched(before, after)
        if len(self.touched) > MOST_TOUCHED:
            self.check_sheets(session)

    def _check_kept(self, before: Books, after: Books) -> None:
        """Check what never changes, and what there is only one of."""
        assert (
            after.rows["offer_item"][: len(before.rows["offer_item"])] == before.rows["offer_item"]
        )
        count = len(before.rows["offer_event"])
        assert after.rows["offer_event"][:count] == before.rows["offer_event"]
        live = [
            (row.household_id, row.delivery_id)
            for row in after.rows["basket_pass"]
            if row.revoked_at is None
        ]
        assert len(live) == len(set(live))
        enrolled = after.enrolled()
        turns = [
            row
            for row in after.rows["turn"]
            if row.ended_at is None
            and row.until > clock.now()
            and after.by_id("basket_offer")[row.offer_id].state in LIVE_STATES
        ]
        assert len(turns) == len({row.offer_id for row in turns})
        assert all(row.person_id in enrolled for row in turns), "a turn of somebody who left"

    def check_sheets(self, session: Session) -> None:
        """Check the sheet of each delivery that changed and is not over."""
        for row in self.books.rows["delivery"]:
            if row.ends_at > self.now and row.id in self.touched:
                check_sheet(session, self.amap, self.journal, self.books, row.id)
        self.touched.clear()

    def _note_touched(self, before: Books, after: Books) -> None:
        """Remember the deliveries whose sheet may be another one now."""
        rows = after.by_id("basket_offer")
        self.touched |= {
            rows[one.offer_id].delivery_id for one in after.since(before, "offer_event")
        }
        self.touched |= {one.delivery_id for one in after.since(before, "basket_pass")}
        self.touched |= {one.delivery_id for one in set(after.lines) ^ set(before.lines)}

    def end(self) -> None:
        """Let all deliveries pass, the worker do its work, and look once more."""
        self.now = max(row.ends_at for row in self.books.rows["delivery"])
        with self.app.app_context(), clock.imagined(self.now - SECOND):
            self.check_sheets(db.session())
        for job in JOBS:
            self.work(job.name)
        assert not self.books.live_offers()

    def told(self) -> dict[str, int]:
        """Return how much happened: acts, refusals, steps of offers, mails."""
        steps = Counter(row.step for row in self.books.rows["offer_event"])
        mails = Counter(row.event for row in self.books.mails)
        return {"acts": self.acts, "refused": self.refused, **steps, **mails}
