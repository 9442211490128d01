"""Replays: files as they come, the contrast that is meant, means by hand, and luck by the own model only."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imgloop_widgets.analysis.codebook import empty
from imgloop_widgets.analysis.replays import contrast, erased, luck, quality, read_replays, split
from imgloop_widgets.analysis.tables import session_ids
from imgloop_widgets.errors import ImgloopError

ROWS = [  # worker, attempt, arm, model, value
    ("ann", 1, "old", "m1", 1.0), ("ann", 1, "old", "m1", 3.0), ("ann", 1, "old", "m2", 5.0),
    ("ann", 2, "old", "m1", 8.0),
    ("bob", 1, "new", "m1", 4.0), ("bob", 1, "new", "m2", 9.0), ("bob", 1, "new", "m2", 7.0),
]  # fmt: skip


def frame() -> pd.DataFrame:
    rows = pd.DataFrame(ROWS, columns=["worker_id", "attempt", "arm", "model", "value"])
    return rows.assign(session_id=rows["worker_id"] + "-1")


def write(folder: Path, table: pd.DataFrame, name: str = "replays.csv") -> Path:
    table.to_csv(folder / name, index=False)
    return folder / name


def test_a_file_is_read_and_without_one_there_is_no_row(tmp_path: Path) -> None:
    rows = read_replays(write(tmp_path, frame()))
    assert rows["value"].tolist() == frame()["value"].tolist()
    assert rows["attempt"].dtype == "int64"
    nothing = {name: empty(name) for name in ("replays", "replay_metrics")}
    assert read_replays("").empty and read_replays(tables=nothing).empty


def test_a_column_for_each_metric_will_do_as_well(tmp_path: Path) -> None:
    wide = frame().rename(columns={"value": "ssim"}).assign(phash=0.5, prompt="a cat", draw=1)
    file = write(tmp_path, wide)
    assert read_replays(file)["value"].tolist() == frame()["value"].tolist()
    assert read_replays(file, metric="phash")["value"].unique().tolist() == [0.5]
    with pytest.raises(ImgloopError, match=r"metric must be one of 'ssim' or 'phash'; not 'prompt'"):
        read_replays(file, metric="prompt")


def test_those_of_a_study_have_the_value_of_one_metric_and_a_failed_one_has_none() -> None:
    ids = [str(number) for number in range(len(ROWS))]
    replays = frame().drop(columns="value").assign(replay_id=ids)
    metrics = pd.DataFrame({"replay_id": ids[:-1], "metric": "ssim", "value": frame()["value"].tolist()[:-1]})
    both = pd.concat([metrics, metrics.assign(metric="phash", value=0.0)])
    rows = read_replays(tables={"replays": replays, "replay_metrics": both})
    assert rows["value"].tolist() == frame()["value"].tolist()[:-1]
    assert rows["metric"].unique().tolist() == ["ssim"]


def test_a_generator_is_the_model_where_no_column_says_model(tmp_path: Path) -> None:
    rows = read_replays(write(tmp_path, frame().rename(columns={"model": "generator"})))
    assert rows["model"].tolist() == frame()["model"].tolist()
    both = read_replays(write(tmp_path, frame().assign(generator="http")))
    assert both["model"].tolist() == frame()["model"].tolist()


def test_worker_and_target_make_the_session_as_an_import_does(tmp_path: Path) -> None:
    rows = read_replays(write(tmp_path, frame().drop(columns="session_id").assign(target_id="t1")))
    expected = session_ids(pd.Series(["ann"], dtype="str"), pd.Series(["t1"], dtype="str"))
    assert rows.loc[rows["worker_id"] == "ann", "session_id"].unique().tolist() == expected.tolist()


def test_of_several_metrics_one_is_the_value(tmp_path: Path) -> None:
    two = pd.concat([frame().assign(metric="likeness"), frame().assign(metric="distance", value=0.0)])
    file = write(tmp_path, two)
    assert read_replays(file, metric="likeness")["value"].tolist() == frame()["value"].tolist()
    assert read_replays(file)["metric"].unique().tolist() == ["likeness"]
    with pytest.raises(ImgloopError, match=r"metric must be one of 'likeness' or 'distance'; not 'beauty'"):
        read_replays(file, metric="beauty")


def test_what_is_wrong_with_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImgloopError, match=r"has no column session_id, arm; replays need"):
        read_replays(write(tmp_path, frame().drop(columns=["session_id", "arm"])))
    with pytest.raises(ImgloopError, match=r"value must hold numbers; one is 'good'"):
        read_replays(write(tmp_path, frame().astype({"value": object}).replace(9.0, "good")))
    with pytest.raises(ImgloopError, match="can't be read"):
        read_replays(tmp_path / "lost.csv")


def test_a_replay_that_failed_has_no_value_and_is_passed_over(tmp_path: Path) -> None:
    rows = read_replays(write(tmp_path, frame().replace(9.0, np.nan)))
    table = quality(rows, contrast(rows, arms=["old", "new"]), seed=1, draws=2).set_index(["arm", "model"])
    assert table.loc[("new", "m2"), "mean"] == 7


def test_the_contrast_is_what_was_named_or_the_two_there_are() -> None:
    pair = contrast(frame(), arms=["old", "new"])
    assert (pair.arms, pair.models, pair.why) == (("old", "new"), ("m1", "m2"), "")
    with pytest.raises(ImgloopError, match=r"arms must be two of new, old, first the older; not \['old', 'newer'\]"):
        contrast(frame(), arms=["old", "newer"])
    assert contrast(frame().assign(arm="old")).why == "the replays have 1 arm: old; two are needed"
    three = pd.concat([frame(), frame().assign(model="m3")])
    assert contrast(three).why == "the replays have 3 models: m1, m2, m3; name two of them"


def test_quality_is_the_mean_over_prompts_each_the_mean_of_its_pictures() -> None:
    pair = contrast(frame(), arms=["old", "new"])
    table = quality(frame(), pair, seed=1, draws=2)
    assert table[["arm", "model", "mean", "prompts"]].to_numpy().tolist() == [
        ["old", "m1", (2 + 8) / 2, 2], ["old", "m2", 5, 1], ["new", "m1", 4, 1], ["new", "m2", 8, 1],
    ]  # fmt: skip
    effects = split(frame(), pair, seed=1, draws=2).set_index(["order", "effect"])["estimate"]
    assert effects["model first"].to_dict() == {"total": 3, "model": 0, "prompting": 3}


@pytest.mark.filterwarnings("error")
def test_without_a_contrast_there_are_tables_without_rows(tmp_path: Path) -> None:
    for rows in (read_replays(""), frame().assign(model="m1")):
        pair = contrast(rows)
        assert pair.why
        assert quality(rows, pair, seed=1).empty and split(rows, pair, seed=1).empty
        played = frame().assign(score=1.0)
        assert erased(played, pair, revised="", value="score", seed=1).empty


def test_what_is_erased_is_of_the_attempts_as_they_were_played() -> None:
    played = pd.DataFrame({"worker_id": list("abc"), "arm": ["old", "new", "rev"], "score": [1.0, 9.0, 7.0]})
    played["session_id"] = played["worker_id"]
    pair = contrast(frame(), arms=["old", "new"])
    row = erased(played, pair, revised="rev", value="score", seed=1, draws=2).iloc[0]
    assert (row["gain"], row["erased"]) == (8, 0.25)
    with pytest.raises(ImgloopError, match=r"revised must be one of new, old, rev; not 'x'"):
        erased(played, pair, revised="x", value="score", seed=1)


def test_luck_is_of_the_model_that_a_prompt_was_written_on() -> None:
    played = pd.DataFrame({"worker_id": "ann", "session_id": "ann-1", "attempt": [1, 2], "score": [2.0, 8.0]})
    found = luck(played, frame(), contrast(frame(), arms=["old", "new"]), value="score", seed=1, draws=2)
    table = found.set_index("of")["mean"]
    # the first picture 2 and its replays 1 and 3 on m1, of which the best of two: (2 + 3 + 3) / 3; the 5 is m2's
    assert table.to_dict() == pytest.approx({"best": 8, "luck": 8 / 3, "beyond_luck": 16 / 3})
