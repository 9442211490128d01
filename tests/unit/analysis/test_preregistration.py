"""What was frozen, and what differs from it by now."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from imgloop_widgets.analysis.frames import sessions_frame
from imgloop_widgets.analysis.preregistration import FILE, check, freeze, load, read_parameters, stated
from imgloop_widgets.analysis.provenance import PACKAGES, provenance
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.study import load_study

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ANALYSIS = {"threshold": 0.7, "seed": 3, "exclude": ["too_fast", "no_prompt"], "bootstrap": {"draws": 2000}}


@pytest.fixture
def folder(study_files: Callable[..., Path]) -> Path:
    """A small study."""
    return study_files(study="seed = 1", arm='generator = "scenes"')


def frozen(folder: Path, sessions: int = 0) -> dict[str, Any]:
    record = freeze(load_study(folder), ANALYSIS, now=NOW, sessions=sessions)
    return dict(json.loads(json.dumps(record)))  # as the file keeps it


def test_what_was_not_changed_matches(folder: Path) -> None:
    found = check(frozen(folder), load_study(folder), ANALYSIS)

    assert (found.matches, found.differences) == (True, ())
    assert found.sentence() == (
        f"Preregistered on 2026-03-01, before any session (record {found.sha256[:12]}). "
        "The study and the analysis are as they were frozen."
    )


def test_the_hash_of_the_study_is_the_one_that_sessions_record(folder: Path) -> None:
    assert frozen(folder)["study_hash"] == OpenStudy.load(folder).study_hash


CHANGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("a setting", lambda f: _edit(f / "study.toml", "seed = 1", "seed = 2"), "study file: study.seed was 1, is 2"),
    ("a new setting", lambda f: _edit(f / "study.toml", "[loop]", "[loop]\nmax_answer_loops = 5"),
     "study file: loop.max_answer_loops was added (5)"),
    ("one that is gone", lambda f: _edit(f / "study.toml", "seed = 1", ""), "study file: study.seed was removed"),
    ("a list", lambda f: _edit(f / "study.toml", 'generator = "scenes"', 'generator = "local_images"'),
     "study file: arm[0].generator was 'scenes', is 'local_images'"),
    ("a comment", lambda f: _edit(f / "study.toml", "seed = 1", "seed = 1  # yes"),
     "study file: comments or spaces were changed, no setting"),
    ("the form", lambda f: _edit(f / "form.json", '"title":', '"title" :'), "form: form.json was changed"),
    ("a target", lambda f: _edit(f.parent / "images" / "targets.toml", 'id = "cub"', 'id = "kit"'),
     "target cub was removed"),
]  # fmt: skip


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(("change", "said"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_what_was_changed_is_named(change: Callable[[Path], object], said: str, folder: Path) -> None:
    record = frozen(folder)
    change(folder)

    found = check(record, load_study(folder), ANALYSIS)

    assert said in found.differences
    assert not found.matches
    assert said in found.sentence()


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ({**ANALYSIS, "threshold": 0.6}, "analysis: threshold was 0.7, is 0.6"),
        ({**ANALYSIS, "bootstrap": {"draws": 99}}, "analysis: bootstrap.draws was 2000, is 99"),
        ({**ANALYSIS, "exclude": ["too_fast"]}, "analysis: exclude was ['too_fast', 'no_prompt'], is ['too_fast']"),
        ({k: v for k, v in ANALYSIS.items() if k != "seed"}, "analysis: seed was removed"),
        ({**ANALYSIS, "new": True}, "analysis: new was added (True)"),
        ({**ANALYSIS, "seed": 3.0}, "analysis: seed was 3, is 3.0"),
    ],
)
def test_other_parameters_are_named(analysis: dict[str, Any], said: str, folder: Path) -> None:
    assert check(frozen(folder), load_study(folder), analysis).differences == (said,)


def test_a_record_that_was_edited_says_so(folder: Path) -> None:
    record = frozen(folder, sessions=12) | {"sessions_before": 0}
    found = check(record, load_study(folder))
    assert found.differences == ("the record itself was edited (its hash is another)",)


def test_a_record_that_came_late_says_so(folder: Path) -> None:
    assert "when 12 sessions had come in" in check(frozen(folder, 12), load_study(folder)).sentence()


def test_files_that_cannot_be_read_any_more_are_a_difference_and_stop_nothing(folder: Path) -> None:
    record = frozen(folder)
    (folder / "form.json").unlink()
    (said,) = check(record, load_study(folder)).differences
    assert said.startswith("the form or the targets can't be read any more")


def test_a_record_is_read_from_beside_the_study(folder: Path) -> None:
    study = load_study(folder)
    assert load(study) is None
    (folder / FILE).write_text(json.dumps(frozen(folder)))
    assert load(study) == frozen(folder)
    for wrong in ("{", "[]", "{}"):
        (folder / FILE).write_text(wrong)
        with pytest.raises(ImgloopError, match="can't be read"):
            load(study)
    (folder / FILE).write_text('{"format": 99}')
    with pytest.raises(ImgloopError, match="another version"):
        load(study)


def test_parameters_are_toml_that_json_can_hold(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "params.toml"
    file.write_text("threshold = 0.7\nfrom = 2026-01-01\n")
    with pytest.raises(ImgloopError, match="must be text, numbers, lists and tables"):
        freeze(load_study(folder), read_parameters(file), now=NOW, sessions=0)
    file.write_text("threshold = ")
    with pytest.raises(ImgloopError, match="is no TOML"):
        read_parameters(file)
    with pytest.raises(ImgloopError, match="can't be read"):
        read_parameters(tmp_path / "nowhere.toml")


def test_a_result_says_where_it_comes_from(folder: Path, made: Any) -> None:
    sessions = sessions_frame([made.session(n, scores=[4]) for n in range(3)])
    found = check(frozen(folder), load_study(folder))

    origin = provenance(
        sessions, study="small", data_hash="d" * 64, seed=7, exclusions={"too_fast": 2}, preregistration=stated(found)
    )

    assert json.loads(json.dumps(origin)) == origin
    assert (origin["study_hashes"], origin["sessions"], origin["seed"]) == ({"ab" * 32: 3}, 3, 7)
    assert (origin["exclusions"], origin["preregistration"]["matches"]) == ({"too_fast": 2}, True)
    assert list(origin["versions"]) == ["python", *PACKAGES]
    assert origin["versions"]["pandas"]
    assert stated(None) is None
    assert pd.__name__ in origin["versions"]
