"""A scorer within the loop: its value is stored, shown or hidden, and never costs a worker anything."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Score, SubmitPrompt
from imgloop_widgets.opening import OpenStudy, load_files
from imgloop_widgets.runner import Runner
from imgloop_widgets.scorers import as_scorer, build
from imgloop_widgets.widgets.view import view_json

ANSWERS = {"age": "34", "hand": "r", "tools": {"pen": True, "brush": False}, "note": ""}
ARM = 'generator = "scenes"\noptions = { size = 32 }\n'
Opened = Callable[..., OpenStudy]


@pytest.fixture
def opened(study_files: Callable[..., Path]) -> Opened:
    """Open the small study with more in its arm, and a scorer of the notebook's own."""
    return lambda more, scorer=None: OpenStudy.load(study_files(arm=ARM + more), scorer=scorer)


def played(study: OpenStudy, attempts: int = 2) -> Runner:
    runner = study.enter(Identity(worker_id="ana", unit=1))
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    for number in range(1, attempts):
        prompt = f"a brown bear beside {number} red foxes"
        runner.dispatch(Score(seq=runner.state.seq, score=4, prompt=prompt))
        runner.perform_now()
    return runner


def view(runner: Runner) -> list[dict[str, Any]]:
    shown = view_json(runner.part, runner.state, runner.now(), metrics=runner.scores.percents())
    return list(shown["attempts"])


@pytest.mark.parametrize("between", [(0.25, 0.75), (0.75, 0.25)])
def test_a_worker_sees_a_straight_line_between_two_values_cut_off_at_its_ends(
    between: tuple[float, float], opened: Opened
) -> None:
    study = opened(f'scorer = "mse"\nshow_metric = true\nmetric_range = {list(between)}')
    scorer = study.arms["default"].scorer
    assert scorer is not None
    seen = [scorer.percent(value) for value in (0.0, 0.25, 0.4, 0.75, 1e9)]
    assert seen == ([0, 0, 30, 100, 100] if between[0] < between[1] else [100, 100, 70, 0, 0])


@pytest.mark.parametrize("shown", [True, False])
def test_every_image_is_measured_and_seen_by_the_worker_only_where_the_study_says_so(
    shown: bool, opened: Opened
) -> None:
    study = opened(f'scorer = "colours"\nshow_metric = {str(shown).lower()}')
    runner = played(study)

    scorer, target = build("colours"), study.library.target("bear").file
    values = [scorer(study.store.get_image(a.image.image_sha256), target) for a in runner.state.attempts]
    kept = study.store.session_metrics(runner.session_id)
    assert [(m.attempt, m.metric, m.value, m.version) for m in kept] == [
        (1, "colours", values[0], "1"),
        (2, "colours", values[1], "1"),
    ]
    assert [attempt["metric"] for attempt in view(runner)] == (
        [round(100 * value) for value in values] if shown else [None, None]
    )


@pytest.mark.parametrize(("more", "places"), [("pick = true", (2,)), ("", (1, 2, 3))])
def test_of_several_images_the_one_that_was_picked_is_measured_else_the_mean_of_all(
    more: str, places: tuple[int, ...], opened: Opened
) -> None:
    study = opened(f'scorer = "colours"\nshow_metric = true\nimages_per_prompt = 3\n{more}')
    runner = study.enter(Identity(worker_id="ana", unit=1))
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    pick = 2 if more else None
    runner.dispatch(Score(seq=runner.state.seq, score=4, pick=pick, prompt="a brown bear beside a fox"))

    scorer, target = build("colours"), study.library.target("bear").file
    images = [image for image in runner.state.attempts[0].images if image.place in places]
    values = [scorer(study.store.get_image(image.image_sha256), target) for image in images]
    (kept,) = study.store.session_metrics(runner.session_id)
    assert kept.value == pytest.approx(sum(values) / len(values))
    assert view(runner)[0]["metric"] == round(100 * kept.value)


def test_after_a_reload_the_worker_sees_the_same(opened: Opened) -> None:
    study = opened('scorer = "colours"\nshow_metric = true')
    before = view(played(study))
    assert view(study.enter(Identity(worker_id="ana", unit=1))) == before


def test_a_measure_of_which_less_is_better_is_shown_the_right_way_round(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = opened('scorer = "mse"\nshow_metric = true')
    target = study.library.target("bear").file
    shade = Image.open(target).convert("RGB").getpixel((3, 3))
    monkeypatch.setattr("imgloop_widgets.generators.scenes.Scenes.draw", lambda *_: Image.new("RGB", (40, 30), shade))
    assert view(played(study, 1))[0]["metric"] >= 99


def test_a_scorer_that_fails_is_an_incident_and_costs_no_image(opened: Opened) -> None:
    study = opened('scorer = "clip"\nshow_metric = true\nscorer_options = { path = "/nowhere/x.pt" }')
    runner = played(study)
    assert len(runner.state.attempts) == 2
    assert [attempt["metric"] for attempt in view(runner)] == [None, None]
    incidents = study.store.incidents()
    assert len(incidents) == 2
    assert "there is nothing at /nowhere/x.pt" in incidents[0].text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("scorer_options = { size = 3 }", "arm[0]: scorer_options need a scorer"),
        ('scorer = "sism"', "arm[0].scorer: the scorer 'sism' is not known; did you mean 'ssim'?"),
        ('scorer = "ciede2000"\nshow_metric = true', "arm[0].scorer: the scorer 'ciede2000' has no range"),
        ('scorer = "clip"', "arm[0].scorer: the scorer 'clip' needs path ="),
        ('scorre = "ssim"', "did you mean 'scorer'?"),
    ],
)
def test_check_finds_what_is_wrong_with_a_scorer(more: str, said: str, study_files: Callable[..., Path]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_files(study_files(arm=ARM + more), verify=True)
    assert said in str(raised.value)


def test_a_study_without_a_scorer_measures_nothing(opened: Opened) -> None:
    study = opened("")
    runner = played(study, 1)
    assert (view(runner)[0]["metric"], study.store.metrics()) == (None, [])


def brightness(image: Image.Image, target: Image.Image) -> float:
    """A function of a notebook's own, from 0 to 255."""
    assert image.mode == target.mode == "RGB"
    return sum(image.resize((1, 1)).getpixel((0, 0))[:3]) / 3  # type: ignore[index, arg-type, misc]


def ranged(low: float = 0, high: float = 255, **more: Any) -> Any:
    """The same, with what it says of itself."""

    def measured(image: Image.Image, target: Image.Image) -> float:
        return brightness(image, target)

    for name, value in {"range": (low, high), **more}.items():
        setattr(measured, name, value)
    return measured


@pytest.mark.parametrize("named", ["", 'scorer = "colours"\n'])
def test_the_notebook_s_own_function_goes_before_the_arm_s_and_is_hidden_unless_the_study_shows_it(
    named: str, opened: Opened
) -> None:
    study = opened(named, brightness)
    runner = played(study)
    target = study.library.target("bear").file
    values = [as_scorer(brightness)(study.store.get_image(a.image.image_sha256), target) for a in runner.state.attempts]
    kept = study.store.session_metrics(runner.session_id)
    assert [(m.attempt, m.metric, m.value, m.version) for m in kept] == [
        (1, "brightness", values[0], ""),
        (2, "brightness", values[1], ""),
    ]
    assert [attempt["metric"] for attempt in view(runner)] == [None, None]


@pytest.mark.parametrize("better", [True, False])
def test_one_with_a_range_is_shown_from_its_worst_to_its_best(better: bool, opened: Opened) -> None:
    study = opened("show_metric = true", ranged(higher_is_better=better, name="light", version="2"))
    runner = played(study)
    kept = study.store.session_metrics(runner.session_id)
    assert {(m.metric, m.version) for m in kept} == {("light", "2")}
    shares = [(m.value or 0) / 255 for m in kept]
    assert [attempt["metric"] for attempt in view(runner)] == [round(100 * (s if better else 1 - s)) for s in shares]


def test_one_without_a_range_can_not_be_shown_and_it_says_what_to_do(opened: Opened) -> None:
    with pytest.raises(ConfigurationError) as raised:
        opened('scorer = "colours"\nshow_metric = true', brightness)
    assert "scorer: the scorer 'brightness' has no range, so" in str(raised.value)
    assert "set show_metric = false" in str(raised.value)


@pytest.mark.parametrize(
    ("scorer", "says"),
    [
        (7, "a scorer must be a function of (image, target)"),
        ("ssim", "a scorer must be a function of (image, target)"),
        (ranged(1, 0), "the range of the scorer 'measured' must be (lowest, highest), two numbers; not (1, 0)"),
        (ranged(1, 1), "must be (lowest, highest)"),
        (ranged(range=3), "must be (lowest, highest)"),
        (ranged(range=(0, 1, 2)), "must be (lowest, highest)"),
        (ranged(range=("a", "b")), "must be (lowest, highest)"),
    ],
)
def test_what_is_no_scorer_is_told(scorer: Any, says: str, opened: Opened) -> None:
    with pytest.raises(ConfigurationError) as raised:
        opened("", scorer)
    assert says in str(raised.value)


def test_a_metric_that_is_to_be_shown_needs_a_scorer_before_anybody_enters(opened: Opened) -> None:
    study = opened("show_metric = true")
    with pytest.raises(ConfigurationError, match=r"arm\[0\].show_metric: is true, but no scorer is named; .*scorer=my"):
        study.enter(Identity(worker_id="ana", unit=1))
    assert study.store.sessions() == []


def test_one_that_fails_is_an_incident_and_costs_no_image(opened: Opened) -> None:
    def broken(image: Image.Image, target: Image.Image) -> float:
        raise RuntimeError("the model is not loaded")

    study = opened("", broken)
    runner = played(study)
    assert len(runner.state.attempts) == 2
    assert ["the model is not loaded" in incident.text for incident in study.store.incidents()] == [True, True]


@pytest.mark.parametrize(("shown", "images_before"), [("true", 0), ("false", 1)])
def test_it_is_asked_before_the_image_is_there_where_it_is_shown_and_after_it_where_not(
    shown: str, images_before: int, opened: Opened
) -> None:
    seen: list[int] = []

    def counting(image: Image.Image, target: Image.Image) -> float:
        seen.append(len(runner.state.attempts))
        return 1.0

    counting.range = (0, 1)  # type: ignore[attr-defined]
    runner = opened(f"show_metric = {shown}", counting).enter(Identity(worker_id="ana", unit=1))
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers=ANSWERS))
    runner.perform_now()
    assert seen == [images_before]
