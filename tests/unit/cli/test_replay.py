"""Images are drawn anew, scored, and made into targets: `imgloop replay`, `score`, `targets`, `simulate --policy`."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from imgloop_widgets.analysis.decomposition import decomposition
from imgloop_widgets.cli.specs import named
from imgloop_widgets.generators.scenes import Scenes
from imgloop_widgets.identity import Identity
from imgloop_widgets.library import load_library
from imgloop_widgets.loop import SubmitPrompt
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.store import open_store

Run = Callable[..., Any]
ANSWERS = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": ""}
HERE = ("--engine", "threads", "--workers", "1")  # no process is started; the engines have their own tests
TWO = ("--generator", "a=scenes:size=32", "--generator", "b=scenes:size=32,quality=basic")


@pytest.fixture
def played(study: Path) -> Path:
    """The study, in which ana and bo have seen an image each."""
    opened = OpenStudy.load(study)
    for unit, worker in enumerate(["ana", "bo"], 1):
        runner = opened.enter(Identity(worker_id=worker, unit=unit))
        runner.dispatch(SubmitPrompt(seq=1, prompt=f"a bear as {worker} sees it", answers=ANSWERS))
        runner.perform_now()
    opened.store.close()
    return study


def test_replay_draws_scores_and_writes_what_the_decomposition_takes(played: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "replays.csv"

    ran = run("replay", played, *TWO, "--draws", 2, "--scorer", "mse", "--out", out, *HERE)

    assert (ran.code, ran.err) == (0, "")
    assert "replays  8 (2 prompts x 2 generators x 2)" in ran.out
    assert "8 images" in ran.out
    frame = pd.read_csv(out)
    assert frame.groupby(["worker_id", "model"]).size().tolist() == [2, 2, 2, 2]
    assert frame["mse"].between(0, 1).all()
    assert not frame["worker_id"].isin(["ana", "bo"]).any()
    frame["arm"] = frame["worker_id"].map(dict(zip(sorted(frame["worker_id"].unique()), "xy", strict=True)))
    split = decomposition(frame, arms=("x", "y"), models=("a", "b"), value="mse", seed=1, draws=20)
    assert split["prompts"].tolist() == [2] * 6


def test_replay_again_does_nothing_and_more_draws_add_to_it(played: Path, run: Run) -> None:
    run("replay", played, "--generator", "scenes:size=32", *HERE)
    again = run("replay", played, "--generator", "scenes:size=32", *HERE)
    more = run("replay", played, "--generator", "scenes:size=32", "--draws", 3, *HERE)
    assert "before   2 were there already" in again.out
    assert "made     0 images" in again.out
    assert "made     4 images" in more.out
    with open_store(played.parent / "results") as store:
        assert len(store.replays("small")) == 6


def test_replay_takes_the_prompts_of_a_file(study: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text("words,goal\na bear,bear\na red fox,cub\n")
    maps = ("--map", "prompt=words", "--map", "target=goal")

    ran = run("replay", file, "--study", study, *maps, "--generator", "scenes:size=32", "--scorer", "mse", *HERE)

    assert (ran.code, ran.err) == (0, "")
    with open_store(study.parent / "results") as store:
        assert [(r.prompt, r.target_id, r.source) for r in store.replays("small")] == [
            ("a bear", "bear", "prompts.csv"),
            ("a red fox", "cub", "prompts.csv"),
        ]
        assert len(store.replay_metrics("small")) == 2


def test_a_replay_that_is_not_whole_says_what_was_wrong_and_ends_with_1(played: Path, run: Run) -> None:
    ran = run("replay", played, "--generator", "local_images:delay_s=0", *HERE)  # it has pictures of bears alone
    assert ran.code == 0
    (played.parent / "images" / "library" / "bears" / "0.webp").write_bytes(b"no image")
    (played.parent / "images" / "library" / "bears" / "1.webp").write_bytes(b"no image")
    broken = run("replay", played, "--generator", "broken=local_images:delay_s=0", *HERE)
    assert "failed   bad_output 2" in broken.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--generator", "scnes"], "generator 'scnes': generator 'scnes' is not known; did you mean 'scenes'?"),
        (["--generator", "scenes:qualty=basic"], "qualty; did you mean 'quality'?"),
        (["--generator", "scenes", "--generator", "scenes"], "'scenes' is there more than once; give one of them a"),
        (["--generator", "scenes:size"], "must be written NAME or NAME:OPTION=VALUE"),
        (["--generator", "scenes", "--scorer", "sism"], "'sism' is not known; did you mean 'ssim'?"),
        (["--generator", "scenes", "--engine", "dask"], "the engine 'dask' is not known"),
        (["--generator", "scenes", "--out", "x.xlsx"], "must end with .csv, .parquet, .json; not 'x.xlsx'"),
        (["--generator", "scenes", "--map", "prompt=x"], "is for a file of prompts"),
        (["--draws", "2"], "Missing option '--generator'"),
    ],
)
def test_replay_says_what_is_wrong_with_an_option(options: list[str], said: str, played: Path, run: Run) -> None:
    ran = run("replay", played, *options)
    assert ran.code == 1
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_there_is_nothing_to_replay_or_to_score_before_somebody_has_played(study: Path, run: Run) -> None:
    for words in (("replay", study, "--generator", "scenes"), ("score", study, "--scorer", "mse")):
        ran = run(*words)
        assert ran.code == 1
        assert "nobody has played small yet" in ran.err
    assert not (study.parent / "results").exists()


def test_prompts_for_targets_that_there_are_not_cannot_be_scored(study: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text("prompt,target_id\na bear,panda\n")
    words = ("replay", file, "--study", study, "--generator", "scenes:size=32", *HERE)
    ran = run(*words, "--scorer", "mse")
    assert ran.code == 1
    assert "there is no target panda in" in ran.err
    assert run(*words).code == 0


def test_score_fills_the_table_of_metrics_of_attempts_and_replays(played: Path, run: Run) -> None:
    run("replay", played, "--generator", "scenes:size=32", *HERE)

    ran = run("score", played, "--scorer", "mse", "--scorer", "hues=colours", *HERE)
    again = run("score", played, "--scorer", "mse", *HERE)

    assert (ran.code, ran.err) == (0, "")
    assert "attempts  4 values of 2 images" in ran.out
    assert "replays   4 values of 2 images" in ran.out
    assert "0 values of 0 images; 2 there already" in again.out
    run("export", played)
    out = played.parent / "results" / "export"
    assert sorted(pd.read_csv(out / "metrics.csv")["metric"]) == ["hues", "hues", "mse", "mse"]
    assert len(pd.read_csv(out / "replays.csv")) == 2
    assert len(pd.read_csv(out / "replay_metrics.csv")) == 4
    book = pd.read_csv(out / "codebook.csv")
    assert {"replays", "replay_metrics"} <= set(book["table"])


def test_export_gives_replays_the_same_pseudonyms(played: Path, run: Run) -> None:
    run("replay", played, "--generator", "scenes:size=32", *HERE)
    run("export", played)
    out = played.parent / "results" / "export"
    sessions, replays = pd.read_csv(out / "sessions.csv"), pd.read_csv(out / "replays.csv")
    assert set(replays["worker_id"]) == set(sessions["worker_id"])
    assert not set(replays["worker_id"]) & {"ana", "bo"}


def test_targets_are_added_made_and_calibrated(study: Path, run: Run, tmp_path: Path) -> None:
    images = study.parent / "images"
    Scenes(size=80).draw("a red fox", 1).save(tmp_path / "fox.png")
    said = ("--category", "foxes", "--licence", "CC0-1.0", "--study", study)

    added = run("targets", "add", tmp_path / "fox.png", "--id", "fox-1", "--source", "own", "--alt", "A fox.", *said)
    made = run(
        "targets", "make", "--generator", "scenes:size=64", "--prompt", "two red foxes in snow", "--seed", 3,
        "--id", "fox-2", "--alt", "Foxes on a white field.", *said,
    )  # fmt: skip
    calibrated = run(
        "targets", "calibrate", "--generator", "scenes:size=64", "--scorer", "mse", "--seeds", 3, *HERE,
        "--study", study,
    )  # fmt: skip

    assert [ran.code for ran in (added, made, calibrated)] == [0, 0, 0], (added.err, made.err, calibrated.err)
    assert [t.id for t in load_library(images, verify=True).targets] == ["bear", "cub", "fox-1", "fox-2"]
    (row,) = tomllib.loads((images / "prompts.toml").read_text())["target"]
    assert (row["id"], row["seed"], row["calibration"][0]["seeds"]) == ("fox-2", 3, 3)
    assert "calibrated 1 target by mse, with 3 seeds each" in calibrated.out
    assert run("check", study).code == 0


def test_what_is_wrong_with_a_target_is_told_at_once(study: Path, run: Run, tmp_path: Path) -> None:
    Image.new("RGB", (20, 20)).save(tmp_path / "small.png")
    words = ("--id", "bear", "--category", "b c", "--source", "x", "--licence", "x", "--alt", "x", "--study", study)
    ran = run("targets", "add", tmp_path / "small.png", *words)
    assert ran.code == 1
    for mistake in ("3 problems", "--category: must be letters", "--id: 'bear' is that of", "has 20 x 20 pixels"):
        assert mistake in ran.err
    assert "it does not exist" in run("targets", "add", tmp_path / "none.png", *words).err


def test_machine_workers_play_and_say_so(played: Path, run: Run, tmp_path: Path) -> None:
    blind = run("simulate", played, "--policy", "blind", "--workers", 2, "--scorer", "ssim")
    script = tmp_path / "script.txt"
    script.write_text("a brown bear\n\na brown bear in snow\n")
    scripted = run("simulate", played, "--policy", "script", "--workers", 1, "--prompts", script)

    assert (blind.code, blind.err, scripted.code) == (0, "", 0)
    assert "by scenes" in blind.out
    with open_store(played.parent / "results") as store:
        workers = [opened.worker_id for opened in store.sessions("small")]
    assert set(workers) == {"ana", "bo", "sim-blind-0001", "sim-blind-0002", "sim-script-0001"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--policy", "blind"], "needs first prompts of people"),
        (["--policy", "blnd"], "must be one of blind, hill-climb, script; not 'blnd'"),
        (["--policy", "script"], "is needed for a script"),
        (["--tries", "3"], "goes together with"),
        (["--policy", "hill-climb", "--scorer", "ciede2000"], "has no range"),
        (["--policy", "blind", "--no-images", "--attempts", "3"], "exclude each other"),
    ],
)
def test_simulate_says_what_a_policy_lacks(options: list[str], said: str, study: Path, run: Run) -> None:
    ran = run("simulate", study, *options)
    assert ran.code == 1
    assert said in ran.err


@pytest.mark.parametrize(
    ("text", "whole", "found"),
    [
        ("scenes", True, ("scenes", "scenes", {})),
        ("scenes:size=32", True, ("scenes:size=32", "scenes", {"size": 32})),
        ("weak=scenes:quality=basic,x=true", True, ("weak", "scenes", {"quality": "basic", "x": True})),
        ("clip:path=/a b.pt,model=ViT-B-32", False, ("clip", "clip", {"path": "/a b.pt", "model": "ViT-B-32"})),
        ("m:guidance=7.5,name=a=b", False, ("m", "m", {"guidance": 7.5, "name": "a=b"})),
    ],
)  # fmt: skip
def test_what_is_named_on_the_command_line(text: str, whole: bool, found: tuple[str, str, dict[str, Any]]) -> None:
    ((label, one),) = named([text], "--x", whole=whole).items()
    assert (label, one.name, one.options) == found
