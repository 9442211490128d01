"""Figures of agreement, metrics, replays, workers and power: they draw what the tables say, for any data."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import truth
from drawn import cut
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from imgloop_widgets.analysis import figures, metrics, planning, raters, replays, telemetry, workers
from imgloop_widgets.analysis.codebook import empty
from imgloop_widgets.analysis.learning import variance_components
from imgloop_widgets.analysis.style import COLUMN, FULL
from imgloop_widgets.signals import SIGNALS

HOW = {"seed": 1, "draws": 20}
PAIR = replays.Contrast(arms=("a", "b"), models=("m1", "m2"))
LONG = "a metric with a very long name, as researchers like to give them, version 2"


def attempts(people: int = 24) -> pd.DataFrame:
    frame = truth.sessions(np.random.default_rng(1), workers=people, slope=0.4)
    chance = np.random.default_rng(2)
    frame["score"] = frame["score"].round().clip(1, 10).astype("Int64")
    frame["prompt"] = "a bear " + (frame["attempt"] // 2).astype(str)
    return frame.assign(**{name: chance.lognormal(3, 0.7, len(frame)) for name in workers.TIMES})


FRAMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "full": lambda f: f,
    "no row": lambda f: f.iloc[:0],
    "one attempt": lambda f: f.iloc[:1],
    "one worker": lambda f: f.loc[f["worker_id"] == "w0000"],
    "two sessions": lambda f: f.loc[f["worker_id"].isin(["w0000", "w0001"]) & (f["target_id"] == "t0")],
    "no score": lambda f: f.assign(score=pd.Series(pd.NA, index=f.index, dtype="Int64")),
    "always the same": lambda f: f.assign(score=pd.array([5] * len(f), dtype="Int64"), prompt="a bear", write_s=0.0),
}


def sessions_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop_duplicates("session_id")[["session_id", "worker_id"]].assign(reason="attempts_used")


def ratings_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Each attempt is rated by three others."""
    if frame.empty:
        return empty("ratings")
    items = frame["session_id"] + "/" + frame["attempt"].astype(str)
    parts = [
        pd.DataFrame(
            {"rater_id": f"r{n}", "item": items, "question": question, "value": frame["score"].astype("float64")}
        )
        for n in range(3)
        for question in ("alike?", "Which of the two pictures is more like the target, the first one or the last one?")
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(value=rows["value"] + np.arange(len(rows)) % 2)


def metrics_of(frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame[["session_id", "attempt"]]
    value = 0.5 + 0.05 * frame["score"].astype("float64").fillna(5) + 0.01 * frame["attempt"]
    return pd.concat([rows.assign(metric="likeness", value=value), rows.assign(metric=LONG, value=-100 * value)])


def replays_of(frame: pd.DataFrame) -> pd.DataFrame:
    value = frame["score"].astype("float64")
    parts = [frame.assign(model=m, value=value + 0.3 * n + d) for n, m in enumerate(("m1", "m2")) for d in range(6)]
    return pd.concat(parts, ignore_index=True)


def telemetry_of(frame: pd.DataFrame) -> pd.DataFrame:
    """What a page noted of each prompt."""
    rows = frame[["session_id", "attempt"]].assign(phase="writing", page="p", at=pd.NaT)
    number = np.arange(len(frame)) % 7
    noted = {"open_s": 30.0 + number, "hidden_s": 5.0 * (number > 4), "pasted_characters": 2 * number, "keys": 20}
    return rows.assign(**{name: noted.get(name, 0) for name in SIGNALS})


Drawn = Callable[[bool], Figure]


def all_of(frame: pd.DataFrame) -> dict[str, Drawn]:
    """Return every figure of the frame, each to be drawn narrow or not."""
    rated, rows, drawn = ratings_of(frame), metrics.measured(frame, metrics_of(frame)), replays_of(frame)
    counts, agreed = raters.rating_counts(rated), raters.agreement_by_question(rated, **HOW)
    by_score, by_attempt = metrics.means_by_score(rows, **HOW), metrics.means_by_attempt(rows, **HOW)
    together = metrics.associations(rows, **HOW)
    there = replays.contrast(drawn)
    q, parts = replays.quality(drawn, there, **HOW), replays.split(drawn, there, **HOW)
    lucky = replays.luck(frame, drawn, there, value="score", **HOW)
    signals = workers.compared(workers.worker_signals(sessions_of(frame), frame), of=workers.SIGNALS)
    people = sessions_of(frame)
    noted = telemetry.page_signals(people, frame, telemetry_of(frame))
    pages = workers.compared(noted)
    beside = telemetry.with_gains(workers.worker_signals(people, frame), noted, people, frame)
    found = telemetry.gain_associations(beside, **HOW)
    known = planning.scenarios(variance_components(frame, seed=1, draws=5))
    plan = planning.plan_study(known, frame)
    number = planning.needed(known, plan, seed=1, runs=50)
    curve = planning.curves(known, plan, number, seed=1, runs=50)
    return {
        "rating_counts": lambda narrow: figures.rating_counts(counts, narrow=narrow),
        "rater_agreement": lambda narrow: figures.rater_agreement(agreed, narrow=narrow),
        "score_and_metric": lambda narrow: figures.score_and_metric(rows, by_score, narrow=narrow),
        "metric_associations": lambda narrow: figures.metric_associations(together, narrow=narrow),
        "metric_by_attempt": lambda narrow: figures.metric_by_attempt(by_attempt, narrow=narrow),
        "replay_quality": lambda narrow: figures.replay_quality(q, narrow=narrow),
        "replay_split": lambda narrow: figures.replay_split(parts, narrow=narrow),
        "replay_luck": lambda narrow: figures.replay_luck(lucky, narrow=narrow),
        "worker_signals": lambda narrow: figures.worker_signals(signals, narrow=narrow),
        "page_signals": lambda narrow: figures.worker_signals(pages, narrow=narrow),
        "signals_and_gains": lambda narrow: figures.signals_and_gains(beside, found, narrow=narrow),
        "power_curve": lambda narrow: figures.power_curve(curve, number, plan, narrow=narrow),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("which", FRAMES)
def test_every_figure_is_drawn_for_any_data_has_a_text_and_cuts_no_word(which: str) -> None:
    for name, draw in all_of(FRAMES[which](attempts())).items():
        for narrow in (False, True):
            figure = draw(narrow)
            figure.draw_without_rendering()
            assert figure.get_figwidth() <= (COLUMN if narrow else FULL), name
            assert len(str(figure.get_label())) > 20, name
            assert cut(figure) == [], (name, narrow)


def errors(figure: Figure) -> list[ErrorbarContainer]:
    return [c for axes in figure.axes for c in axes.containers if isinstance(c, ErrorbarContainer)]


def test_agreement_is_drawn_where_it_is_with_its_interval_and_numbers() -> None:
    rows = [("alpha, nominal", 0.5, 0.3, 0.7), ("alpha, ordinal", 0.6, 0.4, 0.8), ("alpha, interval", 0.7, 0.5, 0.9),
            ("ICC(1,1)", 0.65, 0.6, 0.7), ("ICC(1,k)", 0.85, np.nan, np.nan)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["coefficient", "value", "low", "high"])
    figure = figures.rater_agreement(table.assign(question="alike?", items=60, raters=25, ratings=180, per_item=3.0))
    alphas, iccs = errors(figure)
    assert alphas[0].get_xdata().tolist() == [0.5, 0.6, 0.7] and iccs[0].get_xdata().tolist() == [0.65, 0.85]
    ends = [segment[:, 0].tolist() for segment in alphas[2][0].get_segments()]
    assert np.allclose(ends, [[0.3, 0.7], [0.4, 0.8], [0.5, 0.9]])
    assert figure.axes[0].get_title(loc="left") == "alike?\n(60 items, 25 raters)"
    assert "nominal 0.50 (0.30 to 0.70)" in str(figure.get_label())
    assert str(figure.get_label()).endswith("ICC(1,k) 0.85.")  # no interval is known


def test_answers_are_bars_with_their_numbers_and_many_different_ones_are_put_in_ranges() -> None:
    counts = pd.DataFrame({"question": "q", "value": [1.0, 2.0, 4.0], "ratings": [3, 5, 2], "share": [0.3, 0.5, 0.2]})
    (axes,) = figures.rating_counts(counts).axes
    assert [bar.get_height() for bar in axes.patches] == [3, 5, 2]
    assert "q, 10 ratings: 1: 30 %, 2: 50 %, 4: 20 %" in str(figures.rating_counts(counts).get_label())
    many = pd.DataFrame({"question": "q", "value": np.arange(101.0), "ratings": 2, "share": 1 / 101})
    (axes,) = figures.rating_counts(many).axes
    assert len(axes.patches) == 10 and sum(bar.get_height() for bar in axes.patches) == 202


def test_a_metric_is_drawn_at_its_scores_with_every_attempt_and_says_how_many() -> None:
    frame = attempts()
    rows = metrics.measured(frame, metrics_of(frame))
    rows = rows[rows["metric"] == "likeness"]
    means = metrics.means_by_score(rows, **HOW)
    figure = figures.score_and_metric(rows, means)
    (line,) = errors(figure)
    assert line[0].get_ydata().tolist() == means["mean"].tolist()
    (points, *_) = figure.axes[0].collections
    assert len(points.get_offsets()) == len(frame)
    assert "240 attempts, 24 workers" in figure.axes[0].get_xlabel()
    assert f"score {means['score'][0]:g}: {means['mean'][0]:.2f}" in str(figure.get_label())


def test_of_very_many_attempts_a_choice_is_drawn_and_the_figure_says_so() -> None:
    frame = attempts(people=210)
    rows = metrics.measured(frame, metrics_of(frame))
    rows = rows[rows["metric"] == "likeness"]
    figure = figures.score_and_metric(rows, metrics.means_by_score(rows, **HOW))
    assert len(figure.axes[0].collections[0].get_offsets()) == 2000
    assert "2,100 attempts (2,000 drawn)" in figure.axes[0].get_xlabel()


def test_correlations_are_drawn_by_level_both_of_them() -> None:
    frame = attempts()
    rows = metrics.measured(frame, metrics_of(frame))
    table = metrics.associations(rows[rows["metric"] == "likeness"], **HOW)
    pearson, spearman = errors(figures.metric_associations(table))
    assert pearson[0].get_xdata().tolist() == table[table["method"] == "pearson"]["r"].tolist()
    assert spearman[0].get_xdata().tolist() == table[table["method"] == "spearman"]["r"].tolist()
    row = table.iloc[1]
    said = f"likeness, within workers, Pearson: {row['r']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    assert said in str(figures.metric_associations(table).get_label())


def test_the_parts_of_a_gain_are_drawn_in_both_orders_with_their_shares() -> None:
    drawn = replays_of(attempts())
    table = replays.split(drawn, PAIR, **HOW)
    figure = figures.replay_split(table)
    assert [c[0].get_xdata()[0] for c in errors(figure)] == table["estimate"].tolist()
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert len(texts) == 6 and texts[1].endswith(f"{100 * table['share'][1]:.0f} %")
    assert "24 workers, 240 prompts" in figure.axes[1].get_xlabel()
    assert "Model first: whole gain" in str(figure.get_label())


def test_quality_has_a_line_for_each_arm_over_the_models() -> None:
    table = replays.quality(replays_of(attempts()), PAIR, **HOW)
    figure = figures.replay_quality(table)
    assert [c[0].get_ydata().tolist() for c in errors(figure)] == [
        table["mean"][:2].tolist(),
        table["mean"][2:].tolist(),
    ]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["m1", "m2"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "a (120 prompts, 12 workers)", "b (120 prompts, 12 workers)",
    ]  # fmt: skip


def test_every_worker_is_a_point_and_those_outside_have_their_number() -> None:
    values = [*np.linspace(20.0, 40.0, 20), 1.0, 900.0, 905.0]
    table = workers.compared(pd.DataFrame({"worker": range(1, 24), "write_s": values}))
    figure = figures.worker_signals(table)
    (axes,) = figure.axes
    shown = sum(len(c.get_offsets()) for c in axes.collections if len(c.get_offsets()) and hasattr(c, "get_sizes"))
    assert shown >= 23
    numbers = {text.get_text() for text in axes.texts}
    assert numbers == {"21", "22", "23", "n = 23"}
    assert "time to write a prompt (median): median 31 s of 23 workers, 3 outside" in str(figure.get_label())


def test_numbers_of_workers_do_not_hide_each_other() -> None:
    values = [*np.linspace(20.0, 40.0, 60), *([5000.0] * 9)]
    table = workers.compared(pd.DataFrame({"worker": range(1, 70), "write_s": values}))
    (axes,) = figures.worker_signals(table).axes
    places = [text.xy for text in axes.texts if text.get_text().isdigit()]
    assert len(places) == len(set(places)) == 5  # as many as there are lanes; the table has all nine


def test_the_power_is_drawn_with_the_number_at_which_it_is_enough() -> None:
    known = planning.scenarios(pd.DataFrame(), given={"worker": 1.0, "session": 0.0, "residual": 1.0})
    plan = planning.Plan(effect=1.0)
    number = planning.needed(known, plan, effects=[1.0], seed=1, runs=300)
    curve = planning.curves(known, plan, number, seed=1, runs=300)
    figure = figures.power_curve(curve, number, plan)
    line = next(line for line in figure.axes[0].lines if line.get_label() == "variances as estimated")
    assert line.get_xdata().tolist() == curve["total"].tolist() and line.get_ydata().tolist() == curve["power"].tolist()
    total = number["total"][0]
    assert f"{total}" in [text.get_text() for text in figure.axes[0].texts]
    assert f"80 % takes {total} workers" in str(figure.get_label())


def test_where_no_number_is_enough_the_figure_says_so() -> None:
    known = planning.scenarios(pd.DataFrame(), given={"worker": 1.0, "session": 0.0, "residual": 1.0})
    plan = planning.Plan(effect=1.0)
    number = planning.needed(known, plan, effects=[1.0], seed=1, runs=50).assign(total=pd.array([pd.NA], dtype="Int64"))
    curve = planning.curves(known, plan, number, seed=1, runs=50)
    assert "80 % is not reached" in str(figures.power_curve(curve, number, plan).get_label())
