"""A demo AMAP of any size, served as in production."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from flask import Flask

from amapress_py import clock, db, demo, migrate, serving
from amapress_py.app import create_app
from amapress_py.config import Config

WORKERS = 2


@dataclass(frozen=True)
class Site:
    """A running site: its port, gunicorn's process, the same application in this process."""

    port: int
    gunicorn: int
    app: Flask
    plan: demo.Plan
    made_in_seconds: float

    def peak_memory(self) -> list[float]:
        """Return the most memory (MB, resident) that each worker process ever had."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                status = dict(
                    line.split(":\t", 1)
                    for line in (folder / "status").read_text().splitlines()
                    if ":\t" in line
                )
            except OSError:  # it ended meanwhile
                continue
            if int(status["PPid"]) == self.gunicorn:
                found.append(int(status["VmHWM"].split()[0]) / 1024)
        return found


@contextmanager
def served(members: int, intermittents: int, weeks: int, offers: int) -> Iterator[Site]:
    """Make an AMAP in a folder of its own and serve it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ.update(
            AMAPRESS_SECRET_KEY=secrets.token_urlsafe(32),
            AMAPRESS_DATA_FOLDER=folder,
            AMAPRESS_BENCH="1",
        )
        for name in ("AMAPRESS_DATABASE_URL", "AMAPRESS_DEMO"):
            os.environ.pop(name, None)
        plan = demo.Plan(clock.today(), members, intermittents, weeks, offers)
        listener = serving.listen("127.0.0.1", 0)
        os.environ["AMAPRESS_BASE_URL"] = serving.address_of(listener)
        app = create_app(Config.from_env(os.environ))
        start = perf_counter()
        migrate.upgrade(app.extensions["amapress_engine"])
        with app.app_context(), db.transaction() as session:
            demo.fill(session, plan)
        took = perf_counter() - start
        gunicorn = serving.start_web(listener, WORKERS)
        try:
            yield Site(listener.getsockname()[1], gunicorn.pid, app, plan, took)
        finally:
            serving.stop([gunicorn])
            listener.close()
            app.extensions["amapress_engine"].dispose()
