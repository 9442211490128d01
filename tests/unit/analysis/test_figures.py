"""Figures: drawn for any data, at a paper's size, with a text that says the same."""

import io
from types import ModuleType

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from imgloop_widgets.analysis import figures, measures
from imgloop_widgets.analysis.frames import read_frames
from imgloop_widgets.analysis.learning import learning_curve
from imgloop_widgets.analysis.style import COLUMN, FULL

DATA = ["none", "one", "open", "many", "long"]


def logs(made: ModuleType, which: str) -> list[object]:
    match which:
        case "none":
            return []
        case "one":
            return [made.session(1, scores=[4])]
        case "open":
            return [made.session(1, reason=None), made.session(2, scores=[None], reason=None)]
        case "long":
            return [made.session(n, scores=[1 + (n + k) % 9 for k in range(40)]) for n in range(1, 6)]
    return list(made.crowd(400))


def drawn(made: ModuleType, which: str, *, narrow: bool = False) -> dict[str, Figure]:
    frames = read_frames(logs(made, which))  # type: ignore[arg-type]  # of a module loaded by path
    means = learning_curve(frames.attempts, seed=1, draws=100)
    return {
        "flow": figures.flow(measures.flow(frames.sessions), narrow=narrow),
        "score": figures.learning_curve(means, frames.attempts, scale=(1, 10), narrow=narrow),
        "time": figures.time_by_attempt(measures.times_by_attempt(frames.attempts), narrow=narrow),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("which", DATA)
def test_every_figure_is_drawn_for_any_data_and_has_a_text(made: ModuleType, which: str, narrow: bool) -> None:
    for figure in drawn(made, which, narrow=narrow).values():
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=50)
        assert Image.open(file).width > 50
        assert len(str(figure.get_label())) > 20
        assert figure.get_figwidth() <= (COLUMN if narrow else FULL)


@pytest.mark.parametrize("narrow", [False, True])
def test_no_title_is_cut_at_the_edge(made: ModuleType, narrow: bool) -> None:
    for figure in drawn(made, "many", narrow=narrow).values():
        figure.savefig(io.BytesIO(), dpi=100)
        for axes in figure.axes:
            words = axes.get_title(loc="left")
            (title,) = axes.findobj(lambda artist, words=words: isinstance(artist, Text) and artist.get_text() == words)
            box = title.get_window_extent()
            assert box.x0 >= 0 and box.x1 <= figure.bbox.x1


def test_the_text_says_the_numbers(made: ModuleType) -> None:
    data = [made.session(1, scores=[2, 4]), made.session(2, scores=[4, 8], reason="exited")]
    frames = read_frames(data)
    flow = str(figures.flow(measures.flow(frames.sessions)).get_label())
    assert "came 2" in flow and "pressed Exit 1" in flow
    means = learning_curve(frames.attempts, seed=1)
    text = str(figures.learning_curve(means, frames.attempts, scale=(1, 10)).get_label())
    assert "attempt 1: 3.00 (2.00 to 4.00); attempt 2: 6.00 (4.00 to 8.00)" in text
    times = str(figures.time_by_attempt(measures.times_by_attempt(frames.attempts)).get_label())
    assert "waiting for the picture: 2.0 s in attempt 1" in times


def test_each_attempt_says_how_many_sessions_are_in_it(made: ModuleType) -> None:
    data = [made.session(1, scores=[2, 4]), made.session(2, scores=[4], reason="exited")]
    frames = read_frames(data)
    means = learning_curve(frames.attempts, seed=1)
    axes, _ = figures.learning_curve(means, frames.attempts, scale=(1, 10)).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1\nn = 2", "2\nn = 1"]
    assert "2 workers" in axes.get_xlabel()


def test_of_very_many_sessions_a_choice_is_drawn_and_the_figure_says_so(made: ModuleType) -> None:
    axes, _ = drawn(made, "many")["score"].axes
    frames = read_frames(made.crowd(400))
    scored = frames.attempts.dropna(subset=["score"])["session_id"].nunique()
    assert scored > figures.MOST_LINES
    assert axes.get_title(loc="left").endswith(f"{figures.MOST_LINES} of {scored} sessions")
    assert len(axes.collections[0].get_paths()) == figures.MOST_LINES
