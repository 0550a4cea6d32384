"""The task queue: a clock and a bell.  The truth is in the database; only importer of huey."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flask import Flask, current_app

from amapress_py import db
from amapress_py.config import Config

if TYPE_CHECKING:  # huey takes a while to import: it waits until the queue is opened
    from huey import Huey

EXTENSION = "amapress_queue"
QUEUE_FILE = "queue.db"
HINT_EXPIRES = timedelta(minutes=5)  # the sweep has long done what an older hint asks for
NIGHT = {"hour": "2", "minute": "17"}  # UTC
LONGEST_POLL_SECONDS = 1.0
STOP_SECONDS = 60.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """Something the worker does every minute or every day; running it twice does no harm."""

    name: str
    run: Callable[[Flask], None]
    every: Literal["minute", "day"]


@dataclass
class Queue:
    """The jobs of an application and the huey queue that carries hints to the worker."""

    app: Flask
    jobs: dict[str, Job]
    rung: list[str] | None = None  # while run_once goes on: what it is asked to do besides
    consumer: Any = None
    tasks: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def huey(self) -> "Huey":
        """Open the queue, once it is needed."""
        huey = _open(self.app.extensions["amapress_config"])
        for job in self.jobs.values():
            self._register(huey, job)
        return huey

    def _register(self, huey: "Huey", job: Job) -> None:
        from huey import crontab

        def work() -> None:
            self.run(job)

        when = crontab() if job.every == "minute" else crontab(**NIGHT)
        self.tasks[job.name] = huey.task(name=job.name, expires=HINT_EXPIRES)(work)
        huey.periodic_task(when, name=f"{job.name}.sweep", expires=HINT_EXPIRES)(work)

    def run(self, job: Job) -> None:
        """Do a job in an application context of its own; again if the database is busy."""
        with self.app.app_context():
            db.retried(lambda: job.run(self.app))

    def is_reachable(self) -> bool:
        """Tell whether hints get through; nothing is written."""
        config: Config = self.app.extensions["amapress_config"]
        try:
            if config.queue_url:
                self.huey.pending_count()
                return True
            file = config.data_folder / QUEUE_FILE
            return os.access(file if file.exists() else _existing(file.parent), os.W_OK)
        except Exception:
            logger.warning("The queue cannot be reached", exc_info=True)
            return False

    def ring(self, name: str) -> None:
        """Put a hint on the queue."""
        if self.rung is not None:
            self.rung.append(name)
        else:
            self.huey.enqueue(self.tasks[name].s())


def _open(config: Config) -> "Huey":
    """Open the queue: a file beside the data, or a Redis server for several machines.

    Hints are signed: nobody else who writes there makes the worker do anything.
    """
    from huey import RedisHuey, SqliteHuey
    from huey.serializer import SignedSerializer

    serializer = SignedSerializer(secret=config.secret_key)
    if config.queue_url:
        from redis import ConnectionPool

        pool = ConnectionPool.from_url(config.queue_url, socket_connect_timeout=2)
        return RedisHuey("amapress", results=False, serializer=serializer, connection_pool=pool)
    config.data_folder.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(
        "amapress",
        results=False,
        serializer=serializer,
        filename=str(config.data_folder / QUEUE_FILE),
        timeout=2,
        fsync=False,
    )


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _queue(app: Flask) -> Queue:
    found: Queue = app.extensions[EXTENSION]
    return found


def init_app(app: Flask, jobs: Iterable[Job]) -> None:
    """Tell the application its jobs; the queue is opened when it is first used."""
    app.extensions[EXTENSION] = Queue(app, {job.name: job for job in jobs})


def ring(name: str) -> None:
    """Hint to the worker that a job has something to do; never raises, for the sweep comes."""
    try:
        _queue(current_app).ring(name)
    except Exception:
        logger.warning("No hint for %s: the queue cannot be reached", name, exc_info=True)


def is_reachable() -> bool:
    """Tell whether hints to the worker get through."""
    return _queue(current_app).is_reachable()


def run_once(app: Flask) -> None:
    """Do every job of the minute, and what these ring for, in this process."""
    queue = _queue(app)
    queue.rung = [job.name for job in queue.jobs.values() if job.every == "minute"]
    try:
        while queue.rung:
            queue.run(queue.jobs[queue.rung.pop(0)])
    finally:
        queue.rung = None


def is_stopping(app: Flask) -> bool:
    """Tell a long job that the worker was asked to stop."""
    consumer = _queue(app).consumer
    return consumer is not None and bool(consumer.stop_flag.is_set())


def run_worker(app: Flask) -> None:
    """Work until SIGTERM (the running job is finished first) or SIGINT.

    Daily jobs run at the start too: a machine that sleeps at night misses none.
    """
    queue = _queue(app)
    queue.consumer = queue.huey.create_consumer(
        workers=1,
        initial_delay=0.1,
        max_delay=LONGEST_POLL_SECONDS,
        graceful_signal="TERM",
        shutdown_timeout=STOP_SECONDS,
    )
    for job in queue.jobs.values():
        if job.every == "day":
            queue.ring(job.name)
    queue.consumer.run()


def start_worker_process(
    environ: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `amapress worker` beside this process, with the same environment by default.

    It has a session of its own, so that Ctrl-C reaches it only as the SIGTERM of who started it.
    """
    program = "import sys; from amapress_py.cli import main; sys.exit(main())"
    return subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-c", program, "worker"], env=environ, start_new_session=True
    )
