"""Replays and metrics as frames, and that they lead where they are meant to: to the decomposition, and to luck."""

from types import ModuleType

import pandas as pd
import pytest

from imgloop_widgets.analysis.codebook import METRICS, REPLAY_METRICS, REPLAYS
from imgloop_widgets.analysis.decomposition import decomposition
from imgloop_widgets.analysis.gains import replay_luck
from imgloop_widgets.analysis.replay_frames import OF_REPLAYS, replays_frame, with_metrics
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.store import Metric, Replay, ReplayMetric, Store, open_store


def replayed(store: Store, study: str) -> None:
    """Measure every attempt, and draw each prompt twice by two models; the value tells what it is of."""
    from imgloop_widgets.loop import fold

    for number, (session_id, events) in enumerate(store.logs(study)):
        state = fold(events)
        assert state.opened is not None
        for attempt in state.attempts:
            about = {"session_id": session_id, "attempt": attempt.number}
            store.put_metrics([Metric(**about, metric="ssim", value=attempt.number / 100, version="1")])  # type: ignore[arg-type]
            for model, worth in (("old", 0.0), ("new", 1.0)):
                for draw in (1, 2):
                    replay_id = f"{number:030x}{attempt.number:030x}{draw:02x}{model[:1].encode().hex()}"
                    one = Replay(
                        replay_id=replay_id, study=study, source=study, session_id=session_id,
                        worker_id=state.opened.worker_id, arm=state.opened.arm, target_id=state.opened.target_id,
                        attempt=attempt.number, prompt=attempt.prompt.prompt, model=model, generator=model, version="1",
                        draw=draw, seed=draw, outcome="made", image_sha256="a" * 64, width=8, height=8, duration_s=0.1,
                        at=state.opened.at,
                    )  # fmt: skip
                    value = worth + attempt.number / 100 + draw / 1000
                    store.finish_replays([one])
                    store.put_replay_metrics(
                        [ReplayMetric(replay_id=replay_id, metric="ssim", value=value, version="1")]
                    )


@pytest.fixture
def tables(made: ModuleType) -> dict[str, pd.DataFrame]:
    """All tables of a study that thirty people played, every prompt replayed."""
    with open_store(":memory:") as store:
        made.fill(store, made.crowd(30))
        replayed(store, "made_up")
        return store_tables(store, "made_up")


def test_the_tables_have_what_was_measured_and_drawn_with_the_codebooks_columns(
    tables: dict[str, pd.DataFrame],
) -> None:
    attempts = len(tables["attempts"])
    for name, columns, rows in (
        ("metrics", METRICS, attempts),
        ("replays", REPLAYS, 4 * attempts),
        ("replay_metrics", REPLAY_METRICS, 4 * attempts),
    ):
        assert {c: str(t) for c, t in tables[name].dtypes.items()} == {c: about.dtype for c, about in columns.items()}
        assert len(tables[name]) == rows


def test_the_metrics_of_sessions_that_are_left_out_are_left_out_too(made: ModuleType) -> None:
    with open_store(":memory:") as store:
        made.fill(store, made.crowd(30))
        replayed(store, "made_up")
        found = store_tables(store, "made_up", simulated=False)
    known = set(found["sessions"]["session_id"])
    assert set(found["metrics"]["session_id"]) <= known
    assert set(found["replays"]["session_id"]) <= known
    assert set(found["replay_metrics"]["replay_id"]) == set(found["replays"]["replay_id"])


def test_a_study_without_any_has_empty_tables(made: ModuleType) -> None:
    with open_store(":memory:") as store:
        made.fill(store, made.crowd(3))
        assert replays_frame(store, "made_up").empty
        assert store_tables(store, "made_up")["replay_metrics"].empty


def test_the_difference_between_the_models_is_found_by_the_decomposition(tables: dict[str, pd.DataFrame]) -> None:
    rows = with_metrics(tables["replays"], tables["replay_metrics"], on=OF_REPLAYS)
    rows["arm"] = ["ab"[sum(worker.encode()) % 2] for worker in rows["worker_id"]]
    split = decomposition(rows, arms=("a", "b"), models=("old", "new"), value="ssim", seed=1, draws=50)
    model = split.loc[split["effect"] == "model", "estimate"].to_numpy()
    assert model == pytest.approx([1.0, 1.0])


def test_the_luck_of_drawing_the_first_prompt_again_is_found(tables: dict[str, pd.DataFrame]) -> None:
    attempts = with_metrics(tables["attempts"], tables["metrics"])
    again = with_metrics(tables["replays"], tables["replay_metrics"], on=OF_REPLAYS).query("model == 'old'")
    found = replay_luck(attempts, again, value="ssim", seed=1, draws=50).set_index("measure")["mean"]
    assert found["beyond_luck"] == pytest.approx(found["best"] - found["luck"])
    assert 0.01 <= found["luck"] <= 0.012  # of 0.01, 0.011 and 0.012


def test_rows_without_a_value_are_kept_and_a_metric_that_is_called_like_a_column_is_refused() -> None:
    rows = pd.DataFrame({"session_id": ["a", "a"], "attempt": [1, 2], "score": [3, 4]})
    metrics = pd.DataFrame({"session_id": ["a"], "attempt": [1], "metric": ["ssim"], "value": [0.5]})
    wide = with_metrics(rows, metrics)
    assert wide["ssim"].tolist()[0] == 0.5 and pd.isna(wide["ssim"].tolist()[1])
    with pytest.raises(ValueError, match="the metric 'score' is called as a column"):
        with_metrics(rows, metrics.assign(metric="score"))
