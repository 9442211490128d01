"""Which links `imgloop simulate --over-http` plays, and which it does not; the crowd itself left out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from imgloop_widgets import crowd
from imgloop_widgets.access.tokens import worker_in
from imgloop_widgets.crowd import Measured

Run = Callable[..., Any]


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The links that were played."""
    calls: list[Sequence[str]] = []

    async def play(links: Sequence[str], *details: Any, **more: Any) -> Measured:
        calls.append(links)
        return Measured(workers=len(links), sessions=len(links))

    monkeypatch.setattr(crowd, "play", play)
    return calls


def test_open_links_are_made_of_simulated_workers_new_ones_each_time(
    study: Path, run: Run, came: list[Sequence[str]]
) -> None:
    for _ in range(2):
        assert run("simulate", study, "--over-http", "http://127.0.0.1:1/base", "--workers", 3).code == 0
    names = [parse_qs(urlsplit(link).query)["worker_id"][0] for links in came for link in links]
    assert len(set(names)) == 6
    assert all(name.startswith("sim-") for name in names)
    assert came[0][0].startswith("http://127.0.0.1:1/base/?")


def test_links_are_signed_where_the_study_wants_it(study: Path, run: Run, came: list[Sequence[str]]) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', ""))
    assert run("simulate", study, "--over-http", "http://127.0.0.1:1/", "--workers", 2).code == 0
    names = [worker_in(parse_qs(urlsplit(link).query)["t"][0]) or "" for link in came[0]]
    assert len(set(names)) == 2
    assert all(name.startswith("sim-") for name in names)


def test_a_panels_study_is_entered_with_the_panels_parameters(study: Path, run: Run, came: list[Sequence[str]]) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', 'access = "prolific"'))
    assert run("simulate", study, "--over-http", "http://127.0.0.1:1/", "--workers", 1).code == 0
    values = parse_qs(urlsplit(came[0][0]).query)
    assert values["PROLIFIC_PID"][0].startswith("sim-")
    assert values.keys() == {"PROLIFIC_PID", "STUDY_ID", "SESSION_ID"}


def test_links_of_a_file_are_played_where_all_are_of_simulated_workers(
    study: Path, run: Run, came: list[Sequence[str]], tmp_path: Path
) -> None:
    file = tmp_path / "links.csv"
    assert run("links", study, "--workers", 3, "--prefix", "sim-", "--csv", file).code == 0
    assert run("simulate", "--over-http", file).code == 0
    assert len(came[0]) == 3


def test_a_real_workers_link_is_not_played(study: Path, run: Run, came: list[Sequence[str]], tmp_path: Path) -> None:
    """Not even under another name: a signed link says whose it is."""
    file, path = tmp_path / "links.csv", study / "study.toml"
    path.write_text(path.read_text().replace('access = "open"', ""))
    assert run("links", study, "--workers", 1, "--csv", file).code == 0
    for text in (file.read_text(), file.read_text().replace("\nw001", "\nsim-1")):
        file.write_text(text)
        ran = run("simulate", "--over-http", file)
        assert ran.code == 1
        assert "line 2: is not of a simulated worker" in ran.err
    assert not came


def test_a_file_without_links_is_said_to_have_none(run: Run, came: list[Sequence[str]], tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_text("name\nana\n")
    assert "must have the columns worker_id and url" in run("simulate", "--over-http", file).err
    assert not came
