"""Results that Mephisto has exported, as tables."""

import json
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.analysis.imports import load, save
from imgloop_widgets.analysis.mephisto import read_mephisto
from imgloop_widgets.errors import ConfigurationError, ImgloopError

RECORD: dict[str, Any] = {
    "worker_id": "3",
    "unit_id": "13",
    "assignment_id": "7",
    "status": "approved",
    "data": {
        "inputs": {"form": {"title": "Interactive Generation of a Look-Alike Image"}},
        "outputs": {
            "age": "34",
            "gender": "other",
            "prompt_0": "a brown bear on a rock",
            "score_1__1__": "4",
            "prompt_1__1__": "a brown bear on a rock, side view",
            "score_2__2__": "8",
            "prompt_2__2__": "",
        },
        "times": {"task_start": 1610743360.25, "task_end": 1610743960.75},
    },
    "task_start": 1610743360.25,
    "task_end": 1610743960.75,
}


def changed(unit: str, **changes: Any) -> dict[str, Any]:
    """Another unit."""
    return {**RECORD, "unit_id": unit, **changes}


@pytest.mark.parametrize("form", ["task", "list", "lines", "folder"])
def test_a_unit_becomes_a_session_with_its_attempts(form: str, tmp_path: Path) -> None:
    records = [RECORD, changed("14", worker_id="4")]
    path = tmp_path / "task_7_results.json"
    if form == "task":
        path.write_text(json.dumps({**{one["unit_id"]: one for one in records}, "15": {}}))
    elif form == "list":
        path.write_text(json.dumps(records))
    elif form == "lines":
        path.write_text("\n".join(map(json.dumps, records)))
    else:
        path = tmp_path / "units"
        path.mkdir()
        for one in records:
            (path / f"{one['unit_id']}.json").write_text(json.dumps(one))

    tables = read_mephisto([path], {}, study="from_mephisto").tables

    attempts = tables["attempts"]
    assert list(zip(attempts["worker_id"], attempts["attempt"], attempts["score"], strict=True)) == [
        ("3", 1, 4), ("3", 2, 8), ("4", 1, 4), ("4", 2, 8),
    ]  # fmt: skip
    assert list(attempts["prompt"][:2]) == ["a brown bear on a rock", "a brown bear on a rock, side view"]
    assert list(attempts["best"]) == [False, True] * 2
    session = tables["sessions"].iloc[0]
    assert (session["target_id"], session["duration_s"], session["best_score"]) == ("7", 600.5, 8)
    assert session["answers"] == {"age": "34", "gender": "other"}
    assert len(tables["participants"]) == 2


def test_an_image_that_was_shown_and_not_scored_is_an_attempt_and_a_prompt_without_one_is_none(tmp_path: Path) -> None:
    outputs = {"prompt_0": "first", "score_1__1__": "3", "prompt_1__1__": "second", "score_1__2__": ""}
    one = changed("1", data={"outputs": outputs}, status="returned", task_start=0.0, task_end=0.0)
    none = changed("2", data={"outputs": {"final_submission": {"prompt_0": "first"}}}, status="in task")
    (tmp_path / "a.json").write_text(json.dumps([one, none]))

    tables = read_mephisto([tmp_path / "a.json"], {}, study="x").tables
    assert list(tables["attempts"]["attempt"]) == [1, 2]
    assert list(tables["attempts"]["score"].fillna(0)) == [3, 0]
    assert list(tables["sessions"]["status"]) == ["withdrawn", "open"]
    assert list(tables["sessions"]["started"]) == [True, True]
    assert list(tables["sessions"]["opened_at"].isna()) == [True, False]


def test_other_names_of_the_fields_are_said_by_a_map(tmp_path: Path) -> None:
    outputs = {"wording": "a bear", "likeness__1__": 7, "wording__1__": ""}
    (tmp_path / "a.json").write_text(json.dumps([changed("1", data={"outputs": outputs})]))
    with pytest.raises(ImgloopError, match="say how they begin: --map prompt=NAME"):
        read_mephisto([tmp_path / "a.json"], {}, study="x")
    tables = read_mephisto([tmp_path / "a.json"], {"prompt": "wording", "score": "likeness"}, study="x").tables
    assert list(tables["attempts"]["score"]) == [7]


def test_what_is_no_unit_is_listed_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"1": RECORD, "2": {"worker_id": "1"}, "3": [1]}))
    with pytest.raises(ConfigurationError, match=r"a\.json: unit 2: is no record of a unit: it lacks unit_id") as all_:
        read_mephisto([tmp_path / "a.json"], {}, study="x")
    assert len(all_.value.problems) == 2
    (tmp_path / "b.json").write_text("no")
    with pytest.raises(ImgloopError, match="is no JSON"):
        read_mephisto([tmp_path / "b.json"], {}, study="x")


def test_what_was_imported_is_saved_and_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([RECORD]))
    imported = read_mephisto([tmp_path / "a.json"], {}, study="x")
    save(imported, tmp_path / "imported")
    assert load(tmp_path / "imported").data_hash == imported.data_hash
    assert list(imported.files) == ["a.json"]


def test_our_own_export_of_units_comes_back_with_its_attempts(tmp_path: Path) -> None:
    attempts = [{"attempt": 1, "prompt": "p", "score": 5, "image_sha256": "a" * 64, "generator": "scenes", "seed": 7}]
    one = changed("1", data={**RECORD["data"], "inputs": {"target_id": "bear", "arm": "b"}, "attempts": attempts})
    (tmp_path / "a.json").write_text(json.dumps(one))
    tables = read_mephisto([tmp_path / "a.json"], {}, study="x").tables
    row = tables["attempts"].iloc[0]
    assert (row["image_sha256"], row["seed"], row["target_id"], row["arm"]) == ("a" * 64, 7, "bear", "b")
