"""Who has what, who is let in, and who is not, from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import TurnedAway
from imgloop_widgets.identity import Identity
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.store import open_store

Run = Callable[..., Any]
ANA = Identity(worker_id="ana", unit=1)


@pytest.fixture
def asking(study: Path) -> Path:
    """The small study, for those alone who are trained."""
    file = study / "study.toml"
    file.write_text(f'{file.read_text()}\n[[require]]\nname = "trained"\nat_least = 3\nsay = "Please train first."\n')
    return study


def test_who_is_turned_away_is_listed_with_their_code_and_a_grant_lets_them_in(asking: Path, run: Run) -> None:
    opened = OpenStudy.load(asking)
    with pytest.raises(TurnedAway, match="Please train first") as turned:
        opened.enter(ANA)
    listed = run("qualifications", "list", "--study", asking)
    assert turned.value.code in listed.out and "trained must be at least 3" in listed.out

    assert run("qualifications", "grant", "ana", "trained", "--value", "3", "--study", asking).code == 0
    assert opened.enter(ANA).state.opened is not None
    assert "ana  3" in run("qualifications", "list", "--study", asking).out


def test_what_is_taken_away_is_gone_and_stays_on_record(study: Path, run: Run) -> None:
    run("qualifications", "grant", "ana", "langs", "--value", "de", "--study", study)
    assert run("qualifications", "revoke", "ana", "langs", "--why", "left", "--study", study).code == 0

    assert "langs" not in run("qualifications", "list", "--study", study).out
    assert "taken away" in run("qualifications", "list", "--revoked", "--study", study).out
    again = run("qualifications", "revoke", "ana", "langs", "--study", study)
    assert again.code == 1 and "has no qualification 'langs'" in again.err


def test_a_block_list_is_a_file(study: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "blocked.csv"
    file.write_text("worker,name\nana,blocked\nben,blocked.small\n")
    assert "2 qualifications of 2 workers given" in run("qualifications", "import", file, "--study", study).out

    opened = OpenStudy.load(study)
    for name in ("ana", "ben"):
        with pytest.raises(TurnedAway):
            opened.enter(Identity(worker_id=name, unit=1))
    assert opened.enter(Identity(worker_id="cy", unit=1)).state.opened is not None


def test_a_file_with_a_mistake_gives_nothing_and_names_every_row(study: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("worker,name,value\nana,trained,1\nb b,trained,1\ncy,no good,1\n")
    ran = run("qualifications", "import", file, "--study", study)

    assert ran.code == 1
    assert "row 3: the worker's id" in ran.err and "row 4: the name" in ran.err
    with open_store(OpenStudy.load(study).study.results) as store:
        assert store.all_qualifications() == []


def test_a_file_without_the_columns_says_which(study: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,qualification\nana,trained\n")
    ran = run("qualifications", "import", file, "--study", study)
    assert ran.code == 1 and "has no column worker and none name" in ran.err
