"""Where deploy/nginx.conf sends a request: a real nginx before two servers that only say who they are."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import proxy
import pytest
import requests
from live import free_port

REST = "111111-2222-4333-8444-555555555555"


class Stub(ThreadingHTTPServer):
    """Says its number, and what nginx has told it."""

    def __init__(self, number: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.number = number
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End it: nobody listens at its port any more."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        said = f"{self.server.number} {self.headers['Host']} {self.headers['Connection']} {self.headers['Upgrade']}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """ask(path): what the server that was asked has said. servers: both. log: of nginx."""
    servers = [Stub(0), Stub(1)]
    port = free_port()

    def ask(path: str, **headers: str) -> list[str]:
        return requests.get(f"http://127.0.0.1:{port}/{path}", headers=headers, timeout=30).text.split()

    with proxy.running(tmp_path, port, [server.server_address[1] for server in servers]):
        yield SimpleNamespace(ask=ask, servers=servers, log=tmp_path / "imgloop.log", port=port)
    for server in servers:
        server.stop()


def test_a_page_goes_to_the_server_whose_number_is_in_its_id(site: SimpleNamespace) -> None:
    for number in (0, 1):
        page = f"{number:02x}{REST}"
        for path in (f"api/kernels/{page}", f"api/kernels/{page}/channels?session_id=1", f"voila/api/shutdown/{page}"):
            assert {site.ask(path)[0] for _ in range(4)} == {f"{number}"}


def test_links_are_spread_and_each_stays_with_its_server(site: SimpleNamespace) -> None:
    asked = {f"?t={n}": {site.ask(f"?t={n}")[0] for _ in range(3)} for n in range(40)}
    assert all(len(found) == 1 for found in asked.values())
    spread = Counter(found.pop() for found in asked.values())
    assert min(spread["0"], spread["1"]) >= 8


def test_where_a_server_is_dead_the_other_is_asked_at_once(site: SimpleNamespace) -> None:
    """It knows nothing of the other's pages, and says so; then a page comes back by itself."""
    site.servers[0].stop()
    assert {site.ask(f"?t={n}")[0] for n in range(40)} == {"1"}
    assert site.ask(f"api/kernels/00{REST}")[0] == "1"
    assert site.ask("healthz")[0] == "1"


def test_the_host_and_the_upgrade_go_on_as_they_came_and_no_link_is_logged(site: SimpleNamespace) -> None:
    """A websocket is taken from the origin of its own host alone."""
    number, host, connection, upgrade = site.ask(f"api/kernels/01{REST}/channels?t=a-secret", Upgrade="websocket")
    assert (number, host, connection, upgrade) == ("1", f"127.0.0.1:{site.port}", "upgrade", "websocket")
    site.ask("?t=a-secret")
    for _ in range(100):  # it is written after the answer
        logged = site.log.read_text()
        if '"GET /"' in logged:
            break
        time.sleep(0.05)
    assert re.search(r'"GET /" 200', logged)
    assert "a-secret" not in logged
