"""An installed site: its database, gunicorn, the worker and a mail server, each on its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from amapress_py import clock, db
from amapress_py.exchange.models import Alert
from amapress_py.mail.models import MailState, OutboxMail
from tests.smtp import Received, SmtpServer

ROOT = Path(__file__).parent.parent.parent
WAIT_SECONDS = 60.0
FIRST_ANSWER_SECONDS = 90.0
QUIET_SECONDS = 0.3  # between a commit and the last mail that follows from it


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Look until something is so; fail after a while."""
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@dataclass
class Installation:
    """A folder, a database and what was sent; servers are started on it at will."""

    folder: Path
    database_url: str
    smtp: SmtpServer
    engine: Engine
    is_demo: bool = True
    port: int = field(default_factory=free_port)
    read: int = 0  # how many mails a test has looked at
    later: timedelta = timedelta()  # how far the worker's clock is ahead of ours

    @property
    def address(self) -> str:
        """Address of the site, as links in mails have it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """All settings of the machine."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("AMAPRESS_")}
        return {
            **kept,
            "AMAPRESS_DATA_FOLDER": str(self.folder),
            "AMAPRESS_DATABASE_URL": self.database_url,
            "AMAPRESS_SECRET_KEY": "a secret for tests",
            "AMAPRESS_BASE_URL": self.address,
            "AMAPRESS_SMTP_URL": self.smtp.url,
            "AMAPRESS_MAIL_FROM": "amap@demo.test",
            "AMAPRESS_DEMO": "1" if self.is_demo else "",
            "AMAPRESS_TESTING": "1",
        }

    def run(self, *words: str) -> str:
        """Run a command of `amapress` to its end; return what it said."""
        command = [sys.executable, "-m", "amapress_py.cli", *words]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def process(self, *words: str, later: timedelta = timedelta()) -> Iterator[None]:
        """Keep a command of `amapress` running; its clock may be `later` than ours."""
        offset = {"AMAPRESS_CLOCK_OFFSET": str(later.total_seconds())}
        if words[0] == "worker":
            self.later = later
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            running = subprocess.Popen(
                [sys.executable, "-m", "amapress_py.cli", *words],
                env={**self.environment, **offset},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield
                assert running.poll() is None, f"{words} ended by itself: {self.log(words[0])}"
            finally:
                running.send_signal(signal.SIGTERM)
                running.wait(60)

    @contextmanager
    def web(self, port: int = 0, later: timedelta = timedelta()) -> Iterator[str]:
        """Serve as `amapress run` does; give the address."""
        port = port or self.port
        with self.process("run", "--no-worker", "--port", str(port), later=later):
            wait_for(lambda: is_open(port), "the server")
            address = f"http://127.0.0.1:{port}"
            # It listens before its workers are ready, which takes long on a busy machine.
            urlopen(f"{address}/robots.txt", timeout=FIRST_ANSWER_SECONDS).close()
            yield address

    def log(self, name: str) -> str:
        """Return what a process said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Look into the database."""
        with Session(self.engine) as session:
            yield session

    def is_settled(self) -> bool:
        """Tell whether every mail that is due has left."""
        queued = select(func.count()).where(OutboxMail.state == MailState.QUEUED)
        now = clock.now() + self.later
        alerts = select(func.count()).where(Alert.done_at.is_(None), Alert.due_at <= now)
        with self.session() as session:
            return not session.scalar(alerts) and not session.scalar(queued)

    def new_mails(self) -> list[Received]:
        """Wait for all that is due; return what came since the last look."""
        wait_for(self.is_settled, "the mails")
        time.sleep(QUIET_SECONDS)
        wait_for(self.is_settled, "the mails")
        new = self.smtp.messages[self.read :]
        self.read += len(new)
        return new


def is_open(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def installed(folder: Path, database_url: str = "", *demo: str) -> Iterator[Installation]:
    """Install the demo in an empty folder (and database), with its mail server."""
    with prepared(folder, database_url) as made:
        made.run("demo", *demo)
        yield made


@contextmanager
def prepared(folder: Path, database_url: str = "", is_demo: bool = True) -> Iterator[Installation]:
    """Give an empty folder (and database) with a mail server; nothing is installed yet."""
    folder.mkdir(parents=True, exist_ok=True)
    database_url = database_url or f"sqlite:///{folder / 'amapress.db'}"
    engine = db.make_engine(database_url)
    with SmtpServer() as smtp:
        try:
            yield Installation(folder, database_url, smtp, engine, is_demo)
        finally:
            engine.dispose()
