"""Figures of success, prompts, steerability and arms: they draw what the tables say, for any data, and cut no word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
import truth
from drawn import cut
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from imgloop_widgets.analysis import figures
from imgloop_widgets.analysis.arms import arm_by_attempt, baseline_of, end_differences
from imgloop_widgets.analysis.distances import prompt_distances
from imgloop_widgets.analysis.figures.series import short
from imgloop_widgets.analysis.learning import learning_curve
from imgloop_widgets.analysis.prompts import dynamics_by_attempt, edits_by_band
from imgloop_widgets.analysis.steerability import EDGES, chain, in_percent, steerability
from imgloop_widgets.analysis.style import COLUMN, FULL
from imgloop_widgets.analysis.success import kaplan_meier, success_within
from imgloop_widgets.analysis.tidy import each

Draw = Callable[..., Figure]
GOAL = "a score of 7 or more"
HOW = {"seed": 1, "draws": 20}
LONG = "a very long name of a target with a lighthouse on a rock, number "


def full(workers: int = 24) -> pd.DataFrame:
    """Sessions of two arms; some stop early, and some prompts are sent again."""
    frame = truth.sessions(np.random.default_rng(1), workers=workers, slope=0.4)
    frame["score"] = frame["score"].round().clip(1, 10)
    number = pd.factorize(frame["session_id"])[0]
    frame["prompt"] = "a bear " + (frame["attempt"] // 2).astype(str) + " by " + frame["worker_id"]
    return frame.loc[frame["attempt"] <= 2 + number % 4]


def many_arms(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(arm="model-with-a-long-name-" + (pd.factorize(frame["worker_id"])[0] % 9).astype(str))


def many_targets(frame: pd.DataFrame) -> pd.DataFrame:
    copies = [frame.assign(target_id=LONG + f"{n:02}", session_id=frame["session_id"] + f"-{n}") for n in range(60)]
    return pd.concat(copies, ignore_index=True)


FRAMES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "full": lambda f: f,
    "no row": lambda f: f.iloc[:0],
    "one attempt": lambda f: f.iloc[:1],
    "one worker": lambda f: f.loc[f["worker_id"] == "w0000"],
    "first attempts": lambda f: f.loc[f["attempt"] == 1],
    "no score": lambda f: f.assign(score=pd.Series(pd.NA, index=f.index, dtype="Int64")),
    "always the same": lambda f: f.assign(score=5, prompt="a bear"),
    "nine arms": many_arms,
    "sixty targets": many_targets,
    "forty attempts": lambda f: pd.concat([f.assign(attempt=f["attempt"] + 5 * k) for k in range(8)]),
}


def drawings(frame: pd.DataFrame) -> dict[str, Draw]:
    """Every figure of these reports, still to be called with or without narrow=True."""
    base, parts = baseline_of(frame), in_percent(frame, scale=(1, 10))
    meier = partial(kaplan_meier, threshold=7, **HOW)
    arms = {"baseline": base}
    return {
        "success_within": partial(figures.success_within, success_within(frame, threshold=7, **HOW), goal=GOAL),
        "kaplan_meier": partial(figures.kaplan_meier, meier(frame), goal=GOAL),
        "by_arm": partial(figures.kaplan_meier, each(frame, "arm", meier), goal=GOAL, compare=True),
        "dynamics": partial(figures.prompt_dynamics, dynamics_by_attempt(frame, **HOW)),
        "distances": partial(figures.prompt_distances, prompt_distances(frame, permutations=5, **HOW)),
        "edits": partial(figures.edits_by_band, edits_by_band(frame, **HOW)),
        "chain": partial(figures.chain, chain(parts), edges=EDGES),
        "steerability": partial(figures.expected_attempts, steerability(parts, **HOW)),
        "curves": partial(figures.arm_curves, each(frame, "arm", partial(learning_curve, **HOW)), **arms),
        "differences": partial(figures.arm_differences, end_differences(frame, baseline=base, **HOW), **arms),
        "slopes": partial(figures.arm_slopes, arm_by_attempt(frame, baseline=base), **arms),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("which", FRAMES)
def test_every_figure_is_drawn_for_any_data_says_what_it_shows_and_cuts_no_word(which: str) -> None:
    for name, draw in drawings(FRAMES[which](full())).items():
        for narrow in (False, True):
            figure = draw(narrow=narrow)
            figure.draw_without_rendering()
            assert len(str(figure.get_label())) > 20, name
            assert figure.get_figwidth() <= (COLUMN if narrow else FULL), name
            assert figure.get_figheight() < 14, name
            assert cut(figure) == [], (name, narrow)


def line(axes: Axes, place: int = 0) -> list[float]:
    return [float(y) for y in axes.get_lines()[place].get_ydata()]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def test_success_within_draws_the_shares_and_says_who_is_in_them() -> None:
    table = success_within(full(), threshold=7, **HOW)
    figure = figures.success_within(table, goal=GOAL)
    (axes,) = figure.axes
    assert line(axes) == pytest.approx(list(table["share"]))
    (bars,) = axes.collections
    ends = np.array([path.vertices[:, 1] for path in bars.get_paths()])
    assert ends == pytest.approx(table[["share_low", "share_high"]].to_numpy())
    assert axes.get_title(loc="left") == f"Sessions with {GOAL}"
    assert "24 workers, 48 sessions" in axes.get_xlabel()
    assert f"by attempt 5: {100 * table['share'].iloc[-1]:.0f} %" in str(figure.get_label())


def test_the_steps_of_kaplan_and_meier_rise_at_their_attempts_above_the_sessions_at_risk() -> None:
    table = kaplan_meier(full(), threshold=7, **HOW)
    (axes,) = figures.kaplan_meier(table, goal=GOAL).axes
    steps, crosses = axes.get_lines()
    assert steps.get_drawstyle() == "steps-post"
    assert list(steps.get_xdata()[:-1]) == [0, 1, 2, 3, 4, 5]
    assert list(steps.get_ydata()[1:-1]) == pytest.approx(list(table["share"]))
    stopped = table[table["censored"] > 0]
    assert list(crosses.get_xdata()) == list(stopped["attempt"]) and 0 < len(stopped) < 5
    below = [(text.xy[0], text.get_text()) for text in axes.texts if text.get_text().isdigit()]
    assert below == [(k, str(n)) for k, n in zip(table["attempt"], table["at_risk"], strict=True)]


def test_where_all_have_reached_it_the_steps_stay_at_the_top() -> None:
    frame = full()
    frame["score"] = np.where(frame["attempt"] >= 2, 10, 1)
    late = kaplan_meier(frame, threshold=7, **HOW)
    padded = pd.concat([late, late.iloc[[-1]].assign(attempt=5, share=np.nan, share_low=np.nan, share_high=np.nan)])
    (axes,) = figures.kaplan_meier(padded, goal=GOAL).axes
    steps = axes.get_lines()[0]
    assert steps.get_ydata()[-1] == 1 and steps.get_xdata()[-1] > 5


def test_arms_are_told_apart_by_colour_line_and_name_and_more_than_four_have_a_panel_each() -> None:
    meier = partial(kaplan_meier, threshold=7, **HOW)
    two = figures.kaplan_meier(each(full(), "arm", meier), goal=GOAL, compare=True)
    (axes,) = two.axes
    steps = [drawn for drawn in axes.get_lines() if drawn.get_drawstyle() == "steps-post"]
    assert len({drawn.get_color() for drawn in steps}) == len({drawn.get_linestyle() for drawn in steps}) == 2
    assert {f"{arm} (12 workers, 24 sessions)" for arm in "ab"} <= set(words(two))
    nine = figures.kaplan_meier(each(many_arms(full()), "arm", meier), goal=GOAL, compare=True)
    titles = [axes.get_title(loc="left").splitlines()[0] for axes in nine.axes]
    assert titles == [short(f"model-with-a-long-name-{n}", 20) for n in range(9)]


def test_with_one_arm_the_comparisons_say_so() -> None:
    drawn = drawings(full().assign(arm="a"))
    for name in ("by_arm", "differences", "slopes"):
        assert "one arm only" in str(drawn[name]().get_label())
    assert "one arm only" not in str(drawn["curves"]().get_label())


def test_the_dynamics_of_prompts_are_drawn_in_their_units() -> None:
    table = dynamics_by_attempt(full(), **HOW).set_index("measure")
    figure = figures.prompt_dynamics(table.reset_index())
    for axes, measure, times in zip(figure.axes, ("words", "characters", "similarity"), (1, 1, 100), strict=False):
        assert line(axes) == pytest.approx(list(times * table.loc[measure, "mean"]))
        assert f"n = {table.loc[measure, 'sessions'].iloc[0]}" in axes.get_xticklabels()[0].get_text()
    assert "Words: 5.0 in attempt 1, 5.0 in attempt 5" in str(figure.get_label())


def test_distances_are_beside_those_of_permuted_workers() -> None:
    table = prompt_distances(full(), permutations=20, **HOW)
    figure = figures.prompt_distances(table)
    (axes,) = figure.axes
    drawn = [list(handle.get_xdata()) for handle in axes.get_lines()]
    assert list(table["mean"]) in drawn and list(table["permuted"]) in drawn
    assert [text.get_text() for text in axes.get_yticklabels()] == ["same worker", "different workers", "difference"]
    assert f"{table['pairs'].iloc[-1]:,} pairs" in axes.get_xlabel() and "24 workers" in axes.get_xlabel()


def test_each_band_of_edits_says_how_many_there_are() -> None:
    table = edits_by_band(full(), **HOW)
    (axes,) = figures.edits_by_band(table).axes
    labels = [text.get_text().replace("\n", " ").replace("\u00a0", " ") for text in axes.get_xticklabels()]
    assert labels == [f"{kept} n = {n}" for kept, n in zip(table["kept"], table["edits"], strict=True)]
    assert line(axes, 1) == pytest.approx(list(table["mean"]))


def test_the_heat_map_has_every_chance_and_every_count() -> None:
    table = chain(in_percent(full(), scale=(1, 10)))
    (axes,) = figures.chain(table, edges=EDGES).axes
    (image,) = axes.get_images()
    assert np.asarray(image.get_array()).ravel() == pytest.approx(table["chance"].to_numpy())
    cells = [text.get_text() for text in axes.texts]
    assert cells == [f"{100 * c:.0f} %\n{n}" for c, n in zip(table["chance"], table["moves"], strict=True)]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["< 21", "21 to 41", "41 to 61", "61 to 81", "≥ 81"]
    assert f"{len(full())} attempts" in axes.get_title(loc="left")


def test_targets_are_sorted_by_the_running_maximum_and_those_with_few_sessions_are_counted() -> None:
    frame = in_percent(full(60), scale=(1, 10)).copy()
    frame.loc[frame["worker_id"] < "w0004", "target_id"] = "rare"
    table = steerability(frame, **HOW)
    figure = figures.expected_attempts(table)
    (axes,) = figure.axes
    best = table[table["reading"] == "maximum"].dropna().sort_values("attempts")
    sizes = table.drop_duplicates("target_id").set_index("target_id")["sessions"]
    assert [text.get_text() for text in axes.get_yticklabels()] == [f"{t} ({sizes[t]})" for t in best["target_id"]]
    assert list(best["attempts"]) in [list(handle.get_xdata()) for handle in axes.get_lines()]
    assert axes.get_xscale() == "log"
    assert "1 with fewer than 10 left out" in words(figure)


def test_of_very_many_targets_an_even_choice_is_drawn_and_the_figure_says_so() -> None:
    one = steerability(in_percent(full(), scale=(1, 10)), **HOW).query("target_id == 't0'")
    table = pd.concat([one.assign(target_id=f"t{n:03}", attempts=one["attempts"] + n) for n in range(150)])
    figure = figures.expected_attempts(table)
    (axes,) = figure.axes
    names = [text.get_text().split()[0] for text in axes.get_yticklabels()]
    assert len(names) == 60 and names[0] == "t000" and names[-1] == "t149"
    assert "60 of 150 targets drawn" in words(figure)


def test_the_baseline_comes_first_and_every_arm_says_who_is_in_it() -> None:
    table = each(full(), "arm", partial(learning_curve, **HOW))
    figure = figures.arm_curves(table, baseline="b")
    (axes,) = figure.axes
    names = axes.get_legend_handles_labels()[1]
    assert names == ["b (12 workers, 24 sessions)", "a (12 workers, 24 sessions)"]
    assert line(axes) == pytest.approx(list(table.query("arm == 'b'")["mean"]))
    nine = figures.arm_curves(
        each(many_arms(full()), "arm", partial(learning_curve, **HOW)), baseline="model-with-a-long-name-3"
    )
    assert nine.axes[0].get_title(loc="left").startswith(short("model-with-a-long-name-3", 20))


def test_differences_are_drawn_above_the_baseline_the_largest_at_the_top() -> None:
    frame = many_arms(full(36))
    base = "model-with-a-long-name-0"
    table = end_differences(frame, baseline=base, **HOW)
    figure = figures.arm_differences(table, baseline=base)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["First score", "Last score", "Best score"]
    best = table.query("end == 'best'").sort_values("difference", ascending=False)
    assert [float(x) for x in figure.axes[2].get_lines()[1].get_xdata()] == pytest.approx(list(best["difference"]))
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == [f"{short(name, 24)} (n = {n})" for name, n in zip(best["arm"], best["sessions"], strict=True)]
    assert f"{best['arm'].iloc[0]} {best['difference'].iloc[0]:+.2f}" in str(figure.get_label())


def test_slopes_are_those_of_the_other_arms() -> None:
    table = arm_by_attempt(full(), baseline="a")
    (axes,) = figures.arm_slopes(table, baseline="a").axes
    assert list(axes.get_lines()[1].get_xdata()) == pytest.approx([table.set_index("arm").loc["b", "slope"]])


def test_a_long_name_keeps_both_ends() -> None:
    assert short("abcdefghij", 10) == "abcdefghij"
    assert short("abcdefghijk", 10) == "abcde…hijk"
