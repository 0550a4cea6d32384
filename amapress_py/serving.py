"""Serves the site: gunicorn on a socket of ours, the worker beside it, stopped together."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from types import FrameType

APPLICATION = "amapress_py:create_app()"
LAST_PORT = 65535
BACKLOG = 2048
START_SECONDS = 60.0
STOP_SECONDS = 70.0  # the worker finishes the mail at hand
LOOK_EVERY_SECONDS = 0.3

Process = subprocess.Popen[bytes]


class NotServed(Exception):
    """The port is taken, or a process of ours ended by itself."""


def listen(host: str, port: int, find_port: bool = False) -> socket.socket:
    """Return a listening socket; port 0 is any free one, `find_port` tries the next ones too."""
    last = LAST_PORT if find_port and port else port
    for candidate in range(port, last + 1):
        found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, candidate))
            found.listen(BACKLOG)  # who comes before gunicorn is ready waits
        except OSError:
            found.close()
            continue
        return found
    raise NotServed(f"Le port {port} de {host} est pris ou interdit : essayez --port.")


def address_of(listener: socket.socket) -> str:
    """Return the address to type in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  only shown
    return f"http://{shown}:{port}"


def start_web(listener: socket.socket, workers: int) -> Process:
    """Start gunicorn on a listening socket, with this process's environment."""
    command = [
        *(sys.executable, "-m", "gunicorn", "-c", "python:amapress_py.gunicorn_settings"),
        *("--workers", str(workers), "--bind", f"fd://{listener.fileno()}", APPLICATION),
    ]
    return subprocess.Popen(  # noqa: S603  our own command
        command, pass_fds=[listener.fileno()], start_new_session=True
    )


class StopSignal:
    """Notes that a signal asked to stop; it may interrupt anything, so it takes no lock."""

    def __init__(self) -> None:
        self.is_given = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_given = True


def answers(listener: socket.socket, web: Process, stop_signal: StopSignal) -> bool:
    """Wait until a page comes; False if gunicorn ends, is told to stop or never answers."""
    host, port = address_of(listener).removeprefix("http://").rsplit(":", 1)
    answered = threading.Event()

    def ask() -> None:
        with closing(http.client.HTTPConnection(host.strip("[]"), int(port), START_SECONDS)) as one:
            try:
                one.request("GET", "/")
                one.getresponse().read()
            except (OSError, http.client.HTTPException):
                return
            answered.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while asking.is_alive() and web.poll() is None and not stop_signal.is_given:
        asking.join(LOOK_EVERY_SECONDS)
    return answered.is_set()


def stop(processes: Iterable[Process]) -> None:
    """End processes in an orderly way, at last by force."""
    running = [one for one in processes if one.poll() is None]
    for one in running:
        one.terminate()
    for one in running:
        try:
            one.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


def serve(
    listener: socket.socket,
    workers: int,
    start_worker: Callable[[], Process] | None,
    tell: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT; raise NotServed when a process ends by itself."""
    stop_signal = StopSignal()
    processes = [start_web(listener, workers)]
    if start_worker is not None:
        processes.append(start_worker())
    try:
        if answers(listener, processes[0], stop_signal):
            tell(address_of(listener))
        elif not stop_signal.is_given:
            raise NotServed("Le serveur ne répond pas : voyez le message ci-dessus.")
        while not stop_signal.is_given:
            time.sleep(LOOK_EVERY_SECONDS)
            if not stop_signal.is_given and any(one.poll() is not None for one in processes):
                raise NotServed("Un des processus s’est arrêté : voyez le message ci-dessus.")
    finally:
        stop(processes)
        listener.close()
