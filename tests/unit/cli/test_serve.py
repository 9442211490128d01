"""`imgloop serve`, the server itself left out."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.cli import serve
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.opening import OpenStudy

Run = Callable[..., Any]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens at."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_serve_prints_links_and_serves_the_workers_notebook(
    study: Path, run: Run, tmp_path: Path, served: list[dict[str, Any]]
) -> None:
    ran = run("serve", study, "--port", 0, "--workers", 7, "--results", tmp_path / "r")

    (call,) = served
    assert ran.code == 0
    assert call["notebook"] == study / "worker.ipynb"
    assert call["results"] == tmp_path / "r"
    assert call["port"] == 0
    assert set(call["desks"]) == {"monitor", "review"}
    assert re.findall(r"^  http://127\.0\.0\.1:0/(\w+)\?t=\S+$", ran.out, re.M) == ["monitor", "review"]
    assert len(re.findall(r"^  http://127\.0\.0\.1:0/\?worker_id=w00\d$", ran.out, re.M)) == 7
    assert "Stopped." in ran.out


def test_serve_forks_kernels_unless_plain_ones_are_asked_for(
    study: Path, run: Run, served: list[dict[str, Any]]
) -> None:
    """From a parent that has imported what this study needs."""
    run("serve", study, "--port", 0)
    run("serve", study, "--port", 0, "--kernels", "plain")

    assert [call["forked"] for call in served] == [True, False]
    (home,) = {type(arm.generator).__module__ for arm in OpenStudy.load(study).arms.values()}
    assert home in served[0]["preload"]
    assert "sqlalchemy.dialects.sqlite" in served[0]["preload"]


def test_serve_has_a_door_and_its_links_are_signed_for_it(
    study: Path, run: Run, tmp_path: Path, served: list[dict[str, Any]]
) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', ""))
    ran = run("serve", study, "--port", 0, "--workers", 2)

    (call,) = served
    queries = re.findall(r"^  http://127\.0\.0\.1:0/\?(t=\S+)$", ran.out, re.M)
    assert [call["admit"](query).identity for query in queries] == [
        Identity(worker_id="w001"),
        Identity(worker_id="w002"),
    ]
    with pytest.raises(Refused):
        call["admit"]("worker_id=w001&id=1")
    assert call["frame_ancestors"] == call["form_targets"] == ()


def test_serve_lets_a_panel_show_the_page_and_says_which_address_it_is_given(
    study: Path, run: Run, served: list[dict[str, Any]]
) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', 'access = "mturk"'))
    ran = run("serve", study, "--port", 0)

    (call,) = served
    assert "Mechanical Turk is given this address, where people can reach it:\n  http://127.0.0.1:0/\n" in ran.out
    assert "https://worker.mturk.com" in call["frame_ancestors"]
    assert "https://www.mturk.com" in call["form_targets"]
    assert call["admit"]("assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=h").identity is None
    assert isinstance(call["instruction"], str)


def test_serve_submits_what_is_overdue(study: Path, run: Run, served: list[dict[str, Any]]) -> None:
    opened = OpenStudy.load(study)
    opened.enter(Identity(worker_id="bo", unit=2), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    run("serve", study, "--port", 0)

    (seconds, sweep), _ = served[0]["every"]
    sweep()

    assert 1 <= seconds <= 10
    assert "1 (expired 1)" in run("status", study).out


def test_serve_takes_the_next_free_port_where_none_was_asked_for_and_says_so(
    taken: int, study: Path, run: Run, served: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "PORT", taken)

    ran = run("serve", study)

    assert ran.code == 0
    assert served[0]["port"] > taken
    assert f"Port {taken} is in use by another program; taking {served[0]['port']}" in ran.out


def test_serve_does_not_serve_a_study_with_mistakes(study: Path, run: Run, served: list[dict[str, Any]]) -> None:
    (study / "worker.ipynb").unlink()

    ran = run("serve", study, "--port", 0)

    assert ran.code == 1
    assert "worker.ipynb" in ran.err
    assert not served


def test_a_port_in_use_is_said_before_anything_else(taken: int, run: Run, tmp_path: Path) -> None:
    ran = run("serve", tmp_path / "nowhere", "--port", taken)

    assert (ran.code, ran.out) == (1, "")
    assert f"port {taken} at 127.0.0.1: is in use by another program; stop it, or choose another with --port" in ran.err


def test_an_address_of_another_machine_is_named(run: Run, study: Path) -> None:
    ran = run("serve", study, "--host", "192.0.2.1", "--port", 8999)

    assert ran.code == 1
    assert "not one of this machine's" in ran.err
