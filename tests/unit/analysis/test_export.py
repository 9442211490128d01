"""What leaves the results folder: pseudonyms that lead nowhere, and sessions in the reference's shape."""

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from imgloop_widgets.analysis.data import Data
from imgloop_widgets.analysis.export import ABOUT, Wanted, export
from imgloop_widgets.analysis.pseudonyms import KEY, Pseudonyms, known_pseudonyms, pseudonyms
from imgloop_widgets.analysis.units import unit
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.forms.parts import LoopParts, Start, Template
from imgloop_widgets.loop import Rules, fold

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PARTS = LoopParts(
    section=0,
    start=Start(fieldset=0, prompt="first", button="go"),
    templates={
        "low": Template(fieldset=1, score="stars", prompt="again", button="b"),
        "high": Template(fieldset=2, score="stars_high", prompt="again_high", button="b"),
    },
)


def test_a_pseudonym_is_the_same_every_time_and_another_for_every_worker(tmp_path: Path) -> None:
    names = pseudonyms(tmp_path)
    made = {names.of(f"w{n}") for n in range(1000)}
    assert len(made) == 1000
    assert pseudonyms(tmp_path).of("w7") == names.of("w7")
    assert all(len(name) == 22 and name.startswith("p-") for name in made)


def test_a_pseudonym_is_what_the_standard_says() -> None:
    """RFC 4231, test case 2, with the key that it gives."""
    assert Pseudonyms(b"Jefe").of("what do ya want for nothing?") == "p-5bdcc146bf60754e6a04"


def test_without_the_key_all_names_tried_give_no_pseudonym(tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "other").mkdir()
    made = pseudonyms(tmp_path).of("ana")
    assert pseudonyms(tmp_path / "other").of("ana") != made
    assert made[2:] not in hashlib.sha256(b"ana").hexdigest()


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert known_pseudonyms(tmp_path) is None
    old = os.umask(0)
    try:
        key = pseudonyms(tmp_path)
    finally:
        os.umask(old)
    file = tmp_path / KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.key.hex() not in repr(key)
    file.chmod(0o640)
    with pytest.raises(ImgloopError, match="others on this machine can read it; run: chmod 600"):
        pseudonyms(tmp_path)


@pytest.mark.parametrize("text", ["", "abcd", "x" * 64])
def test_a_damaged_key_is_one_clear_error(text: str, tmp_path: Path) -> None:
    (tmp_path / KEY).write_text(text)
    (tmp_path / KEY).chmod(0o600)
    with pytest.raises(ImgloopError, match="is no key"):
        pseudonyms(tmp_path)


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() + file.name.encode() for file in sorted(folder.rglob("*")) if file.is_file())


def answered(study: Callable[[int], Data], made: ModuleType) -> Data:
    """A study with a session of a worker who wrote about themselves."""
    from dataclasses import replace

    from imgloop_widgets.events import FormSubmitted

    data = study(6)
    _, log = made.session(99, worker="zoe@example.org", scores=[4, 9], reason="exited")
    opened, *rest = log
    shifted = [replace(event, seq=event.seq + 1) for event in rest]
    shifted[-1] = replace(shifted[-1], draft={"prompt": "unsent secret"})
    form = FormSubmitted(seq=1, at=rest[0].at, answers={"name": "Zoe Secret"})
    data.store.add_sessions([[opened, form, *shifted]])
    return data


ALL = ("csv", "parquet", "json", "units")


def test_an_export_names_nobody_and_holds_no_key(
    study: Callable[[int], Data], made: ModuleType, tmp_path: Path
) -> None:
    data = answered(study, made)

    done = export(data.study, data.store, tmp_path / "out", Wanted(formats=ALL), now=NOW)

    names = pseudonyms(data.study.results)
    written = everything(tmp_path / "out")
    for private in ("zoe@example.org", "Zoe Secret", "unsent secret", names.key.hex()):
        assert private.encode() not in written
    sessions = pd.read_csv(tmp_path / "out" / "sessions.csv")
    assert names.of("zoe@example.org") in set(sessions["worker_id"])
    assert done.rows["sessions"] == len(sessions) == done.units == 7
    assert set(sessions["worker_id"]) == set(pd.read_csv(tmp_path / "out" / "participants.csv")["worker_id"])
    about = json.loads((tmp_path / "out" / ABOUT).read_text())
    assert (about["with_ids"], about["rows"]["sessions"], about["study"]) == (False, 7, "made_up")
    assert {"pandas", "python"} <= set(about["versions"])


def test_ids_and_answers_are_there_where_they_are_asked_for(
    study: Callable[[int], Data], made: ModuleType, tmp_path: Path
) -> None:
    data = answered(study, made)

    export(data.study, data.store, tmp_path / "out", Wanted(formats=ALL, with_ids=True, with_answers=True), now=NOW)

    for file in ("sessions.csv", "sessions.json", "events.csv", f"units/{99:032x}.json"):
        text = (tmp_path / "out" / file).read_text()
        assert "zoe@example.org" in text, file
        assert "Zoe Secret" in text, file
    assert not (data.study.results / KEY).exists()


def test_an_export_replaces_an_earlier_one_and_nothing_else(study: Callable[[int], Data], tmp_path: Path) -> None:
    data = study(2)
    export(data.study, data.store, tmp_path / "out", Wanted(formats=("csv", "units")), now=NOW)
    export(data.study, data.store, tmp_path / "out", Wanted(formats=("json",)), now=NOW)
    assert not list((tmp_path / "out").glob("*/*.json"))
    assert (tmp_path / "out" / "sessions.json").is_file()

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(ImgloopError, match="holds something else"):
        export(data.study, data.store, tmp_path / "mine", Wanted(), now=NOW)
    for folder in (data.study.results, data.study.results.parent):
        with pytest.raises(ImgloopError, match="holds the results themselves"):
            export(data.study, data.store, folder, Wanted(), now=NOW, force=True)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_session_in_the_references_shape(made: ModuleType) -> None:
    _, log = made.session(3, worker="ana", scores=[4, 7, None], prompts=["a", "b", "c"], reason="expired")
    rules = Rules(bands=((1, "low"), (5, "high")))

    record = unit(fold(log), "p-1", parts=PARTS, rules=rules, answers=True)

    assert list(record) == ["worker_id", "unit_id", "assignment_id", "status", "task_start", "task_end", "data"]
    assert (record["worker_id"], record["unit_id"], record["status"]) == ("p-1", "3", "completed")
    assert list(record["data"]) == ["inputs", "outputs", "times", "attempts"]
    assert record["data"]["outputs"] == {
        "first": "a",
        "stars__1__": 4,
        "again__1__": "b",
        "stars__2__": 7,
        "again__2__": "c",
    }
    assert record["data"]["times"] == {"task_start": record["task_start"], "task_end": record["task_end"]}
    assert record["task_start"] == log[0].at.timestamp()
    assert [(a["attempt"], a["prompt"], a["score"]) for a in record["data"]["attempts"]] == [
        (1, "a", 4), (2, "b", 7), (3, "c", None),
    ]  # fmt: skip


def test_the_field_of_a_score_follows_from_the_score_before_it(made: ModuleType) -> None:
    _, log = made.session(3, scores=[9, 2, 5], reason="attempts_used")
    rules = Rules(bands=((1, "low"), (5, "high")))

    outputs = unit(fold(log), "p", parts=PARTS, rules=rules, answers=True)["data"]["outputs"]

    assert [name for name in outputs if "stars" in name] == ["stars__1__", "stars_high__2__", "stars__3__"]


@pytest.mark.parametrize(("reason", "status"), [(None, "in task"), ("withdrawn", "returned"), ("perfect", "completed")])
def test_a_status_is_one_of_the_references(reason: str | None, status: str, made: ModuleType) -> None:
    _, log = made.session(3, scores=[4], reason=reason)
    record = unit(fold(log), "p", parts=None, rules=Rules(), answers=True)
    assert record["status"] == status
    assert (record["task_end"] is None) == (reason is None)
    assert record["data"]["outputs"] == {"prompt": "prompt 1 of session 3", "score__1__": 4}
