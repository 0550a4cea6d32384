"""A real nginx before a served site, with the directives of docs/deploy/nginx.conf."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.site.served import ROOT, free_port, is_open, wait_for

EXAMPLE = ROOT / "docs" / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
FRAME = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    add_header X-Cache $upstream_cache_status always;
    {site}
}}
"""


def configuration(folder: Path, port: int, upstream: int) -> str:
    """Return the example as this machine can run it: plain HTTP, our ports, our folder."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"server \{\s*listen 80;.*?\n\}\n", "", text, flags=re.DOTALL)
    for pattern, here in (
        (r"/var/cache/nginx/amapress", f"{folder}/cache"),
        (r"server unix:[^;]+;", f"server 127.0.0.1:{upstream};"),
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};"),
        (r"listen \[::\]:443 ssl http2;", ""),
        (r"ssl_certificate\w* [^;]+;", ""),
        (r"add_header Strict[^;]+;", ""),  # one here would hide X-Cache
        (r"Host \$host;", "Host $http_host;"),  # the port of a test is part of the name
    ):
        text, found = re.subn(pattern, here, text)
        assert found, pattern
    user = "user root;" if os.geteuid() == 0 else ""  # else it could not enter the test's folder
    return FRAME.format(user=user, folder=folder, site=text)


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[str]:
    """Serve what listens on the port `upstream`; give the address."""
    assert NGINX is not None
    folder.mkdir(parents=True)
    port = free_port()
    written = folder / "nginx.conf"
    written.write_text(configuration(folder, port, upstream), encoding="utf-8")
    with (folder / "said.log").open("wb") as log:
        running = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", str(written)], stdout=log, stderr=log
        )
        try:
            wait_for(lambda: is_open(port) or running.poll() is not None, "nginx")
            assert running.poll() is None, (folder / "said.log").read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(30)
