"""What a stranger can reach over HTTP, and what they can't."""

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

LAUNCH = Path(__file__).parent / "data" / "launch.py"
PACKAGE = Path(__file__).parent.parent.parent
STRANGER = "00000000-0000-0000-0000-000000000000"

CLOSED = [
    "worker.ipynb",
    "study.toml",
    "images/target.png",
    "secret.svg",
    "results/imgloop.db",
    ".hidden",
    "files/study.toml",
    "files/images/target.png",
    "voila/files/secret.svg",
    "voila/files/images/target.png",
    "voila/files/study.toml",
    "voila/render/worker.ipynb",
    "voila/tree",
    "voila/static/voila.js",
    "voila/templates/lab/static/voila.js",
    "voila/labextensions/anywidget/package.json",
    "voila/api/contents/",
    "voila/execution/x",
    "api",
    "api/kernels",
    "api/kernels/",
    f"api/kernels/{STRANGER}",
    f"api/kernels/{STRANGER}/interrupt",
    f"api/kernels/{STRANGER}/restart",
    f"api/kernels/{STRANGER}/channels",
    "api/contents",
    "api/sessions",
    "api/kernelspecs",
    "api/terminals",
    "api/status",
    "api/me",
    "login",
    "logout",
    "metrics",
    "../study.toml",
    "static/../study.toml",
    "static/{version}/../head.html.j2",
    "static/{version}/..%2f..%2f..%2fapp.py",
    "static/{version}/%2e%2e/page.css",
    "static/{version}//etc/passwd",
    "static/{version}/",
    "voila/files/..%2fstudy.toml",
    "%2e%2e/study.toml",
    "/etc/passwd",
]


def raw(url: str, path: str, method: str = "GET", **headers: str) -> SimpleNamespace:
    """Ask for exactly this path: no client tidies it up."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=30)
    connection.request(method, f"/{path}", headers=headers)
    answer = connection.getresponse()
    return SimpleNamespace(status=answer.status, text=answer.read().decode(), headers=answer.headers)


@pytest.fixture(scope="module")
def version(server: Any) -> str:
    """The hash in the paths of static files."""
    page = server.open_page()
    server.close_page(page.kernel)
    found = re.search(r"/static/(\w+)/", page.text)
    assert found
    return found[1]


@pytest.mark.parametrize("path", CLOSED)
def test_there_is_nothing_else(server: Any, version: str, path: str) -> None:
    """No file of the project, no list of kernels, no endpoint of Jupyter's."""
    answer = raw(server.url, path.format(version=version))
    assert answer.status in (400, 403, 404)
    assert "a-secret-of-the-project" not in answer.text
    assert "Traceback" not in answer.text
    assert len(answer.text) < 100


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "healthz", "api/kernels", "study.toml"])
def test_nothing_can_be_written(server: Any, method: str, path: str) -> None:
    """A page is read; the one POST there is frees a kernel."""
    before = len(server.kernels())
    assert raw(server.url, path, method).status in (404, 405)
    assert len(server.kernels()) == before


def test_a_kernel_cannot_be_deleted_by_the_api(server: Any, page: SimpleNamespace) -> None:
    """The page's own way of going is the only one."""
    assert raw(server.url, f"api/kernels/{page.kernel}", "DELETE").status == 405
    assert server.get(f"api/kernels/{page.kernel}").json() == {"id": page.kernel}


def test_healthz_is_quick_and_starts_no_kernel(server: Any) -> None:
    """It is asked by every page that lost its connection."""
    before = len(server.kernels())
    start = time.monotonic()
    answers = [server.get("healthz") for _ in range(20)]
    assert (time.monotonic() - start) / 20 < 1
    assert {answer.status_code for answer in answers} == {200}
    assert len(server.kernels()) == before


def test_a_page_shows_no_source_no_prose_and_no_print(server: Any, page: SimpleNamespace) -> None:
    """Only what the notebook's cells display."""
    assert page.widget
    for private in ("import anywidget", "a-word-to-researchers", "a-print-for-the-terminal", str(server.folder)):
        assert private not in page.text
    assert "a-print-for-the-terminal" in server.read_log()


def test_the_title_is_the_studys_name_as_text(page: SimpleNamespace) -> None:
    """A name is no markup."""
    assert "<title>The &lt;study&gt; &amp; co</title>" in page.text
    assert '<html lang="en" data-imgloop-health="/healthz">' in page.text
    assert "<noscript>" in page.text


def test_a_link_cannot_choose_the_template(server: Any, page: SimpleNamespace) -> None:
    """`?template=` and `?theme=` are parameters like any other."""
    other = server.open_page("?template=lab&theme=dark")
    server.close_page(other.kernel)
    assert "jp-" not in other.text
    assert len(other.text) == len(page.text)


def test_every_answer_carries_the_security_headers(server: Any, version: str) -> None:
    """Errors and files too."""
    for path in ("healthz", "nowhere", f"static/{version}/page.js", f"static/{version}/nowhere.js"):
        headers = server.get(path).headers
        policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["script-src"] == "'self' blob:"
        assert policy["frame-ancestors"] == "'self'"
        assert not re.search(r"https?:|\*", headers["Content-Security-Policy"])
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert not {"Server", "Set-Cookie", "Access-Control-Allow-Origin"} & set(headers)


def test_a_strange_host_does_not_widen_the_policy(server: Any) -> None:
    """What a client calls us is put into the policy only if it is a name."""
    policy = raw(server.url, "healthz", Host="evil; script-src *").headers["Content-Security-Policy"]
    assert "evil" not in (policy or "")


def test_static_files_are_compressed_and_kept_for_ever(server: Any, version: str) -> None:
    """Another version has another path."""
    answer = server.get(f"static/{version}/page.js")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" not in server.get(f"static/{version}/nowhere.js").headers.get("Cache-Control", "")


def test_a_browser_that_guesses_starts_no_kernel(server: Any) -> None:
    """Prefetching a link must not open a worker's session; asking for the headers alone neither."""
    before = len(server.kernels())
    assert server.get("?worker_id=ana", headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert raw(server.url, "?worker_id=ana", "HEAD").status == 200
    assert len(server.kernels()) == before


def test_an_error_in_the_notebook_is_one_sentence_and_a_number(start_server: Callable[..., Any]) -> None:
    """The traceback is in the log, under that number; no kernel is left."""
    server = start_server("broken")
    text = server.get("?worker_id=a-worker").text
    number = re.search(r"the number <strong>(\w+)</strong>", text)
    assert number
    assert "Try again" in text
    for private in ("Traceback", "ValueError", "a-secret-of-the-notebook"):
        assert private not in text
    log = server.read_log()
    assert f"incident {number[1]}" in log
    assert "a-secret-of-the-notebook" in log
    assert "a-worker" not in log
    assert not server.kernels()


@pytest.mark.parametrize(("notebook", "constants"), [("deadly", {}), ("counter", {"START_LIMIT_S": 0.01})])
def test_a_kernel_that_never_comes_is_said_at_once(
    start_server: Callable[..., Any], notebook: str, constants: dict[str, float]
) -> None:
    """It died, or took too long: the page ends with the sentence, it does not hang."""
    server = start_server(notebook, constants=constants)
    start = time.monotonic()
    assert "the number <strong>" in server.get().text
    assert time.monotonic() - start < 15
    assert not server.kernels()


def test_below_another_path(start_server: Callable[..., Any]) -> None:
    """Behind a proxy all is below the study's path, and nothing beside it."""
    server = start_server("counter", base_url="/study/one")
    assert server.url.endswith("/study/one/")
    page = server.open_page()
    assert 'data-imgloop-health="/study/one/healthz"' in page.text
    assert '"base": "/study/one/"' in page.text
    assert server.get("healthz").status_code == 200
    assert raw(server.url, "healthz").status == 404
    with server.channel(page.kernel) as channel:
        assert page.widget in channel.states()


def test_a_panel_may_show_the_page_in_a_frame(start_server: Callable[..., Any]) -> None:
    """If the study says so."""
    server = start_server("counter", frame_ancestors=["https://panel.example"])
    assert "frame-ancestors 'self' https://panel.example" in server.get("healthz").headers["Content-Security-Policy"]


def test_chores_are_called_again_and_again(
    start_server: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    """One that fails is logged, and does not stop the others."""
    touched = tmp_path / "touched"
    server = start_server("counter", touch=str(touched))
    first = until(lambda: touched.exists() and touched.read_text())
    until(lambda: touched.read_text() not in ("", first))
    assert "ZeroDivisionError" in server.read_log()


def launch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, LAUNCH, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(PACKAGE), "PATH": "", "HOME": "/nonexistent"},
    )


def test_a_port_in_use_is_one_message(tmp_path: Path) -> None:
    """What is wrong and what to do, without a traceback."""
    notebook = LAUNCH.parent / "counter.ipynb"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = launch(str(notebook), f'{{"port": {port}}}')
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"error: port {port} of 127.0.0.1 is in use by another program; stop it, or choose another port"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "can't be read (No such file or directory)"), ("{", "is not a notebook"), ("[]", "is not a notebook")],
)
def test_a_notebook_that_is_none_is_one_message(tmp_path: Path, content: str | None, message: str) -> None:
    """Said before the server starts."""
    notebook = tmp_path / "worker.ipynb"
    if content is not None:
        notebook.write_text(content)
    result = launch(str(notebook), '{"port": 0}')
    assert result.returncode == 1
    assert message in result.stderr
    assert str(notebook) in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_secret_stands_in_the_process_list(server: Any, page: SimpleNamespace) -> None:
    """Any user of the machine can read it; the key is in a file, in a folder of our own."""
    kernel = server.kernel_of(page.kernel)
    assert "ana" not in " ".join(kernel.cmdline())
    connection_file = server.private() / f"kernel-{page.kernel}.json"
    assert connection_file.stat().st_mode & 0o077 == 0
    assert connection_file.parent.stat().st_mode & 0o077 == 0
    assert not [c for c in psutil.Process(kernel.pid).net_connections() if c.status == psutil.CONN_LISTEN]
