"""How gunicorn serves us.

gunicorn -c python:amapress_py.gunicorn_settings "amapress_py:create_app()"
"""

import gc
from importlib import import_module
from pathlib import Path

worker_class = "sync"
workers = 2
timeout = 60
graceful_timeout = 10
loglevel = "warning"
control_socket_disable = True  # gunicorn takes no orders but signals
# The heartbeat files: memory where there is some, so that a slow disk stops no worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def post_worker_init(_worker: object) -> None:
    """Import what the application leaves for later: the first click need not wait for it.

    What was loaded by then stays: the garbage collector need not look through it at each page.
    """
    for name in ("huey", "icalendar"):
        import_module(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
