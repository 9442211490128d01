"""What a report is made from: a store or files, all tables, the sessions that are asked for, and who is left out."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from imgloop_widgets.analysis import about
from imgloop_widgets.analysis.codebook import TABLES
from imgloop_widgets.analysis.data import EXAMPLE, Data, read_data
from imgloop_widgets.analysis.exclusions import exclusion_flow, flow_by
from imgloop_widgets.analysis.export import Wanted, export
from imgloop_widgets.analysis.imports import read_files, save
from imgloop_widgets.analysis.outputs import Report
from imgloop_widgets.errors import ConfigurationError, ImgloopError, StoreError
from imgloop_widgets.store import open_store
from imgloop_widgets.study import load_study

Study = Callable[[int], Data]

PUBLISHED = Path(__file__).parents[2] / "data" / "choosing_seed.csv"
MAP = {"worker": "steering_user_id", "target": "goal_image", "arm": "model", "metric.dreamsim": "dreamsim"}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """The published sessions, imported."""
    save(read_files([PUBLISHED], MAP, study="seeds"), tmp_path / "seeds")
    return tmp_path / "seeds"


def test_a_study_gives_every_table_of_the_codebook(study: Study) -> None:
    data = study(12)
    assert set(data.tables) == set(TABLES)
    for name, frame in data.tables.items():
        assert list(frame.columns) == list(TABLES[name].columns), name
    assert len(data.generations) >= len(data.attempts) == data.sessions["attempts"].sum()
    assert data.tables["participants"]["worker_id"].is_unique
    assert data.metrics.empty and data.ratings.empty


def test_a_table_that_there_is_not_is_answered_with_those_that_there_are(study: Study) -> None:
    with pytest.raises(KeyError, match="must be one of participants, sessions, "):
        study(0).tables["session"]


def test_the_other_tables_follow_the_sessions_that_are_asked_for(study: Study, tmp_path: Path) -> None:
    whole = study(12)
    some = read_data(tmp_path, where="status == 'attempts_used' and attempts > 1")
    ids = set(whole.sessions.query("status == 'attempts_used' and attempts > 1")["session_id"])
    assert 0 < len(ids) < 12
    for name in ("sessions", "attempts", "generations", "events"):
        assert set(some.tables[name]["session_id"]) == ids, name
        assert list(some.tables[name].index) == list(range(len(some.tables[name])))
    assert set(some.tables["participants"]["worker_id"]) == set(some.sessions["worker_id"])
    assert some.left_out == {"simulated": 0, "where": 12 - len(ids)}
    assert f"({12 - len(ids)} are left out)" in about.sentence(some)
    assert some.data_hash == whole.data_hash  # of what was read; where is stated beside it


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("atempts > 1", "there is no column atempts; did you mean attempts?"),
        ("@pd > 1", "there is no column pd"),
        ("attempts", "must be true or false for each session"),
        ("attempts >", "can't be understood"),
        ("1", "must be true or false for each session"),
    ],
)
def test_a_condition_that_is_none_is_one_message_with_the_columns(
    study: Study, tmp_path: Path, where: str, said: str
) -> None:
    study(2)
    with pytest.raises(ImgloopError) as caught:
        read_data(tmp_path, where=where)
    assert str(caught.value).startswith("where: ") and said in str(caught.value)


def test_a_condition_on_what_is_missing_picks_nothing_and_leaves_out_nothing(study: Study, tmp_path: Path) -> None:
    unscored = study(12).sessions["first_score"].isna()
    assert 0 < unscored.sum() < 12
    low, high = (read_data(tmp_path, where=f"first_score {side} 4").sessions for side in ("<", ">="))
    assert len(low) + len(high) == 12 - unscored.sum()
    kept = read_data(tmp_path, exclude={"any score": "first_score >= 0"}).sessions
    assert len(kept) == unscored.sum()


def test_rules_of_exclusion_leave_out_each_session_once_by_the_first_that_says_so(study: Study, tmp_path: Path) -> None:
    whole = study(12)
    exclude = {"one attempt": "attempts == 1", "at most two": "attempts <= 2"}
    data = read_data(tmp_path, exclude=exclude)
    flow = exclusion_flow(data.came, data.rules, invited=20).set_index("step")["sessions"]
    assert flow["came"] == len(data.came) == 12
    assert {name: flow[name] for name in exclude} == {name: data.left_out[name] for name in exclude}
    assert flow["started"] == flow["one attempt"] + flow["at most two"] + flow["analysed"]
    assert set(data.attempts["session_id"]) == set(whole.sessions.query("attempts > 2")["session_id"])
    rows = flow_by(data.came, data.rules, by="arm")
    assert list(rows.iloc[0])[:5] == [
        "default",
        12,
        flow["started"],
        flow["started"] - flow["analysed"],
        flow["analysed"],
    ]


def test_a_rule_needs_a_name_of_its_own_and_text(study: Study, tmp_path: Path) -> None:
    study(1)
    with pytest.raises(ImgloopError, match="can't be called 'simulated'"):
        read_data(tmp_path, exclude={"simulated": "attempts > 1"})
    with pytest.raises(ImgloopError, match="rule 'x' must be text"):
        read_data(tmp_path, exclude={"x": 3})  # type: ignore[dict-item]
    with pytest.raises(ImgloopError, match=r"exclude, rule 'x': .*no column atempts"):
        read_data(tmp_path, exclude={"x": "atempts > 1"})


def test_files_need_no_study_and_say_where_they_come_from(published: Path) -> None:
    data = read_data(files=published)
    assert data.study is None and data.title == data.name == "seeds"
    assert (len(data.sessions), len(data.attempts), len(data.metrics)) == (58, 290, 290)
    origin = Report(data, seed=1).about
    assert list(origin["files"]) == ["choosing_seed.csv"] and len(origin["files"]["choosing_seed.csv"]) == 64
    assert about.sentence(data).startswith("Files “seeds”: 58 sessions, 29 workers, 58 targets, 290 pictures.")
    assert "Files' hashes" in Report(data, seed=1).facts and "Study hash" not in Report(data, seed=1).facts
    with pytest.raises(ConfigurationError, match="name the study too"):
        data.target("any")
    with pytest.raises(StoreError, match="tables have no images"):
        data.image("0" * 64)


def test_files_can_be_a_folder_of_an_export_or_one_table(study: Study, tmp_path: Path) -> None:
    whole = study(12)
    assert whole.study is not None and whole.store is not None
    export(whole.study, whole.store, tmp_path / "out", Wanted(formats=("csv",)), now=datetime(2026, 3, 1, tzinfo=UTC))
    data = read_data(files=tmp_path / "out")
    assert data.sessions["status"].tolist() == whole.sessions["status"].tolist()
    assert data.attempts["score"].tolist() == whole.attempts["score"].tolist()
    assert len(data.generations) == len(whole.generations)
    one = read_data(files=tmp_path / "out/attempts.csv")
    assert one.attempts["score"].tolist() == whole.attempts["score"].tolist()
    assert set(one.sessions["status"]) == {"unknown"}


def test_of_files_too_simulated_workers_are_left_out_where_there_are_others(made: ModuleType, tmp_path: Path) -> None:
    made.study_folder(tmp_path)
    with open_store(tmp_path / "results") as store:
        made.fill(store, [made.session(n, worker=w, scores=[4]) for n, w in enumerate(["sim-1", "ana", "sim-2"], 1)])
        now = datetime(2026, 3, 1, tzinfo=UTC)
        export(load_study(tmp_path), store, tmp_path / "out", Wanted(formats=("parquet",), simulated=True), now=now)
    data = read_data(files=tmp_path / "out")
    assert (len(data.sessions), len(data.attempts), data.left_out["simulated"]) == (1, 1, 2)
    assert len(read_data(files=tmp_path / "out", simulated=True).sessions) == 3
    assert read_data(files=tmp_path / "out", where="simulated").sessions.empty
    with pytest.raises(ValueError, match="simulated must be"):
        read_data(files=tmp_path / "out", simulated="no")  # type: ignore[arg-type]


def test_files_that_there_are_not_are_one_message(tmp_path: Path) -> None:
    with pytest.raises(ImgloopError, match="does not exist"):
        read_data(files=tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImgloopError, match="no file that is named after a table"):
        read_data(files=tmp_path / "empty")


def test_with_files_and_a_study_the_studys_scale_and_title_count(study: Study, published: Path, tmp_path: Path) -> None:
    study(0)
    data = read_data(tmp_path, files=published)
    assert (data.title, data.scale, len(data.sessions)) == ("Made up", (1, 10), 58)


def test_without_a_study_and_files_it_is_the_study_of_the_folder_or_the_example(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study(3)
    monkeypatch.chdir(tmp_path)
    assert len(read_data().sessions) == 3
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    data = read_data(results=tmp_path / "empty")
    assert data.study is not None and data.study.path == EXAMPLE / "study.toml"


def test_what_is_analysed_is_the_score_or_a_metric(study: Study, published: Path, tmp_path: Path) -> None:
    scores, metrics = study(12).value(), read_data(files=published).value()
    assert (scores.name, scores.scale, scores.given) == ("score", (1, 10), True)
    assert metrics.name == "dreamsim" and not metrics.given
    assert metrics.scale == (metrics.attempts["dreamsim"].min(), metrics.attempts["dreamsim"].max())
    means = metrics.attempts.groupby("attempt")["dreamsim"].mean().round(3)
    assert list(means) == [0.663, 0.671, 0.665, 0.682, 0.690]  # as published
    assert read_data(files=published, scale=[0, 1]).value("dreamsim").scale == (0, 1)
    with pytest.raises(ImgloopError, match="value must be one of dreamsim, score; not 'lpips'"):
        read_data(files=published).value("lpips")


@pytest.mark.parametrize("scale", [[1], [10, 1], ["a", "b"], [1, 2, 3], [True, 3]])
def test_a_scale_is_its_two_ends(study: Study, tmp_path: Path, scale: list[object]) -> None:
    study(1)
    with pytest.raises(ImgloopError, match="scale must be its lowest and its highest value"):
        read_data(tmp_path, scale=scale)  # type: ignore[arg-type]


def test_the_scale_of_scores_that_nobody_named_is_said(tmp_path: Path) -> None:
    rows = pd.DataFrame({"worker_id": ["a", "a", "b"], "target_id": "t", "score": [2, 7, 4]})
    rows.to_csv(tmp_path / "attempts.csv", index=False)
    data = read_data(files=tmp_path / "attempts.csv")
    assert data.scale == (2, 7)
    assert "it is taken to run from 2 to 7" in about.sentence(data)
    assert "taken to run" not in about.sentence(read_data(files=tmp_path / "attempts.csv", scale=[1, 10]))


def test_a_threshold_is_on_the_scale_and_by_default_the_perfect_score(study: Study, tmp_path: Path) -> None:
    data = study(3)
    assert (data.threshold(), data.threshold(7)) == (10, 7)
    with pytest.raises(ImgloopError, match="threshold must be from 1 to 10, the scale of the score; not 14"):
        data.threshold(14)
    text = (tmp_path / "study.toml").read_text()
    (tmp_path / "study.toml").write_text(text + "\n[loop]\nperfect_score = 9\n")
    assert read_data(tmp_path).threshold() == 9


def test_what_is_missing_is_said_once_and_not_where_it_is_there(study: Study, published: Path, tmp_path: Path) -> None:
    report = Report(study(3), seed=1, out=tmp_path / "out")
    said = report.missing("ratings", "Import them.")
    assert said is not None and said.text.startswith("This data has no ratings") and "Import them." in said.text
    assert said.text in (tmp_path / "out/report.json").read_text()
    assert Report(read_data(files=published), seed=1).missing("metrics", "Import them.") is None
