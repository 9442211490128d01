"""The files in deploy/ are right: each is read by its own tool where there is one, and names what there is."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import proxy
import pytest
import typer
import yaml

from imgloop_widgets.cli.app import app

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "imgloop@.service"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KUBERNETES = {
    (one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
}
SERVER = KUBERNETES["StatefulSet", "imgloop"]["spec"]["template"]["spec"]["containers"][0]
UPSTREAM = re.compile(r"^upstream imgloop_([0-9a-f]{2}) \{\n\s+server \S+:(\d+) .*\n\s+server \S+ backup;\n\}", re.M)


def commands() -> Iterator[Any]:
    """Every command line that starts a server."""
    (line,) = re.findall(r"^ExecStart=\S+ (.*)$", UNIT.read_text(), re.M)
    yield pytest.param(shlex.split(line.replace("%i", "1")), id="systemd")
    for name in ("server-0", "server-1"):
        yield pytest.param(["serve", *COMPOSE["services"][name]["command"]], id=f"compose {name}")
    text = SERVER["args"][0].removeprefix("exec imgloop ").replace("${HOSTNAME##*-}", "1")
    yield pytest.param(shlex.split(text), id="kubernetes")
    docker = (DEPLOY / "Dockerfile").read_text()
    yield pytest.param(["serve", *re.findall(r'"([^"]+)"', docker.partition("\nCMD ")[2])], id="docker")


@pytest.mark.parametrize("command", list(commands()))
def test_a_command_that_starts_a_server_is_one(command: list[str]) -> None:
    """Each option exists, and its value is of the right kind."""
    group: Any = typer.main.get_command(app)
    assert command[0] == "serve"
    with group.commands["serve"].make_context("serve", list(command[1:])) as context:
        assert context.params["study"] and context.params["results"]
        assert context.params["port"] and context.params["workers"] == 0


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is missing; on Debian: apt install systemd")
    text = UNIT.read_text().replace("/opt/imgloop/.venv/bin/imgloop", "/bin/true")  # it looks whether it is there
    (tmp_path / UNIT.name).write_text(text)
    done = subprocess.run(
        [tool, "verify", "--man=no", "--recursive-errors=no", tmp_path / "imgloop@0.service"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    (tmp_path / "imgloop@0.service").unlink(missing_ok=True)
    ours = [line for line in done.stderr.splitlines() if "imgloop" in line]
    assert done.returncode == 0 and not ours, done.stderr


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    """With a certificate of the moment."""
    nginx, openssl = proxy.found(), shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is missing; on Debian: apt install openssl")
    live = tmp_path / "live"
    live.mkdir()
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=study.example.org", "-days", "2"]
    made += ["-keyout", str(live / "privkey.pem"), "-out", str(live / "fullchain.pem")]
    subprocess.run(made, check=True, capture_output=True)
    site = proxy.SITE.read_text().replace("/etc/letsencrypt/live/study.example.org", str(live))
    done = subprocess.run([nginx, "-t", "-c", proxy.written(tmp_path, site)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_the_ports_and_numbers_are_the_same_everywhere() -> None:
    """The site's servers are those of the unit, and each has an upstream by its number."""
    site = proxy.SITE.read_text()
    (port,) = re.findall(r"--port (\d+)%i --number %i", UNIT.read_text())
    found = UPSTREAM.findall(site)
    assert [(int(number, 16), int(served)) for number, served in found] == [(0, int(f"{port}0")), (1, int(f"{port}1"))]
    assert tuple(served for _, served in found) == proxy.PORTS
    for number, _ in found:
        assert re.search(rf"kernels\|voila/api/shutdown\)/{number}\s+imgloop_{number};", site)
    servers = [one for name, one in COMPOSE["services"].items() if name.startswith("server-")]
    assert [one["command"][one["command"].index("--number") + 1] for one in servers] == ["0", "1"]
    assert KUBERNETES["StatefulSet", "imgloop"]["spec"]["replicas"] == len(found)


def test_what_a_container_is_told_fits_together() -> None:
    """Ports that are listened at are those that are asked; each volume that is mounted is there; there is no secret."""
    listened = {port["name"]: port["containerPort"] for port in SERVER["ports"]}
    assert f"--port {listened['http']}" in SERVER["args"][0] and f":{listened['metrics']}" in SERVER["args"][0]
    assert KUBERNETES["Service", "imgloop"]["spec"]["ports"][0]["port"] == listened["http"]
    assert SERVER["readinessProbe"]["httpGet"]["path"] == "/healthz"
    for kind, name in (("StatefulSet", "imgloop"), ("Deployment", "imgloop-proxy")):
        spec = KUBERNETES[kind, name]["spec"]["template"]["spec"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    for name in ("server-0", "server-1"):
        service = COMPOSE["services"][name]
        assert service["env_file"] == "secrets.env" and "environment" not in service
    for file in DEPLOY.iterdir():
        assert not re.search(r"(PASSWORD|KEY|TOKEN)[\"']?[:=]\s*[A-Za-z0-9]", file.read_text()), file


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("docker", ["docker", "compose", "-f", "compose.yaml", "config", "-q"]),
        ("kubeconform", ["kubeconform", "-strict", "kubernetes.yaml"]),
    ],
)
def test_its_own_tool_takes_the_file(tmp_path: Path, tool: str, command: list[str]) -> None:
    """Where it is: neither needs a service that runs."""
    if shutil.which(tool) is None or (
        tool == "docker" and subprocess.run([tool, "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip(f"{' '.join(command[:2])} is missing")
    for file in DEPLOY.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "secrets.env").write_text("POSTGRES_PASSWORD=x\n")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
