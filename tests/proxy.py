"""A real nginx for the tests, with the site of deploy/nginx.conf, at ports and in a folder of the tests' own."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

SITE = Path(__file__).parents[1] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PORTS = ("8860", "8861")
"""Of the servers in the site as it is shipped."""


def found() -> str:
    """Return nginx. Skips the test where the machine has none and can't have one."""
    if NGINX is None:
        why = "nginx is missing; on Debian: apt install nginx-light (`make test` does)"
        if os.getuid() == 0 and shutil.which("apt-get"):
            pytest.fail(why)
        pytest.skip(why)
    return NGINX


def written(folder: Path, site: str) -> Path:
    """Write a whole configuration with this site in it, which touches nothing outside of the folder."""
    site = site.replace("/var/log/nginx/", f"{folder}/")
    user = "user root;" if os.getuid() == 0 else ""
    kept = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"{user} daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/errors.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ {kept}\n{site}\n}}\n"
    )
    return file


def plain_site(port: int, servers: Sequence[int]) -> str:
    """Return the site with ports of the tests' own, without TLS; a header names the server that answered."""
    site = SITE.read_text()
    site = site[: site.rindex("server {")]  # the one that sends browsers to https
    site = re.sub(r"^ +ssl_.*\n", "", site, flags=re.M).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    site = site.replace("server_tokens off;", "server_tokens off;\n    add_header X-Server $upstream_addr always;")
    for shipped, own in zip(PORTS, servers, strict=True):
        site = site.replace(f"127.0.0.1:{shipped}", f"127.0.0.1:{own}")
    return site


@contextmanager
def running(folder: Path, port: int, servers: Sequence[int]) -> Iterator[None]:
    """nginx before these servers, for the length of a block."""
    file = written(folder, plain_site(port, servers))
    with (folder / "said.log").open("w") as said:
        process = subprocess.Popen([found(), "-c", file, "-p", folder], stdout=said, stderr=said)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "said.log").read_text()
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)
