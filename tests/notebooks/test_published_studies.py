"""The published studies of notebooks/: checked, played to their ends by simulated workers, and reported."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from live import ROOT

from imgloop_widgets.analysis.data import read_data
from imgloop_widgets.analysis.reports import run_reports
from imgloop_widgets.assignment import HELD
from imgloop_widgets.cli.check import check_files
from imgloop_widgets.engines import engine
from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.loop import fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.replay import Plan, Spec, items_of_store, replay
from imgloop_widgets.scorers.named import build
from imgloop_widgets.scoring import Asked, score_replays
from imgloop_widgets.simulate import Machines, first_prompts, play_machines, simulate, simulate_raters
from imgloop_widgets.study import load_study

STUDIES = ROOT / "notebooks"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
METRIC = "colours"
SIZE = 24


Tables = dict[str, pd.DataFrame]


def reported(study: OpenStudy, names: list[str], out: Path, **parameters: Any) -> Tables:
    """Run reports and return their tables by `report.table`."""
    made = run_reports(names, study.study.path.parent, out / study.study.name, parameters=parameters)
    assert made.stopped == {}
    found = {}
    for name in names:
        tables = json.loads((made.pages[name].parent / "tables.json").read_text())["tables"]
        found |= {f"{name}.{key}": pd.DataFrame(t["rows"], columns=t["columns"]) for key, t in tables.items()}
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGLOOP_RESULTS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def steerability(results: Path) -> OpenStudy:
    folder = STUDIES / "steerability"
    study = OpenStudy.load(folder)
    simulate(study, 18, 1, now=NOW, size=SIZE)
    for stage in ("similarity", "improvement"):
        simulate_raters(OpenRatings.load(folder / stage), 60, 1, now=NOW)
    firsts = first_prompts(study)[:4]
    play_machines(study, Machines(policy="blind", firsts=firsts, scorer=build(METRIC)), 4, 1)
    return study


@pytest.fixture(scope="module")
def steerability_tables(steerability: OpenStudy, results: Path) -> Tables:
    names = ["learning", "arms", "agreement", "blind"]
    return reported(steerability, names, results / "reports", value=METRIC)


@pytest.fixture(scope="module")
def artwhisperer(results: Path) -> OpenStudy:
    study = OpenStudy.load(STUDIES / "artwhisperer")
    simulate(study, 15, 1, now=NOW, size=SIZE)
    return study


@pytest.fixture(scope="module")
def artwhisperer_tables(artwhisperer: OpenStudy, results: Path) -> Tables:
    names = ["learning", "prompts", "steerability", "scores_and_metrics"]
    return reported(artwhisperer, names, results / "reports", value=METRIC)


@pytest.fixture(scope="module")
def prompt_adaptation(results: Path) -> OpenStudy:
    study = OpenStudy.load(STUDIES / "prompt_adaptation")
    simulate(study, 18, 1, now=NOW, size=SIZE)
    return study


@pytest.fixture(scope="module")
def prompt_adaptation_tables(prompt_adaptation: OpenStudy, results: Path) -> Tables:
    study, arms = prompt_adaptation, ["older", "newer"]
    name, store, library = study.study.name, study.store, study.library
    specs = {
        "older": Spec(name="scenes", options={"quality": "basic", "size": SIZE}),
        "newer": Spec(name="scenes", options={"size": SIZE}),
    }
    items = items_of_store(store, name)
    plan = Plan(study=name, source=name, items=items, generators=specs, draws=1, seed=1)
    replay(plan, store, engine("threads", 2), library=library, folder=study.study.path.parent)
    score_replays(store, name, {METRIC: Asked(name=METRIC)}, engine("threads", 2), library=library)
    asked = {"value": METRIC, "arms": arms, "models": arms, "revised": "newer-revised"}
    return reported(study, ["replay", "arms"], results / "reports", **asked)


@pytest.mark.parametrize("name", ["steerability", "artwhisperer", "prompt_adaptation"])
def test_its_files_have_no_mistake(name: str) -> None:
    assert check_files(load_study(STUDIES / name), verify=True).targets


def assert_blocked(study: OpenStudy, blocks: int) -> None:
    """Each block that is full has every arm as often as its weight says; and so many are."""
    weights = Counter({arm.name: arm.weight for arm in study.plan.arms})
    units = study.store.units(study.plan, NOW, simulated=True)
    places = {unit.place: unit.arm for unit in units if unit.state in HELD and unit.place is not None}
    size, full = weights.total(), 0
    for block in range(max(places) // size + 1):
        here = [places.get(block * size + k) for k in range(size)]
        if None not in here:
            assert Counter(here) == weights
            full += 1
    assert full >= blocks


def test_workers_are_spread_over_the_models_in_blocks_and_each_has_goals_of_their_own_model(
    steerability: OpenStudy,
) -> None:
    study = steerability
    assert_blocked(study, 2)
    data = read_data(study.study.path)
    older = data.sessions["arm"] == "older"
    assert data.sessions["target_id"].str.startswith("older-").eq(older).all()
    assert data.sessions.groupby("worker_id")["arm"].nunique().max() == 1
    assert data.sessions.groupby("worker_id")["target_id"].nunique().max() == 2
    assert data.sessions["attempts"].max() == 5
    seeds = data.attempts.groupby("arm")["seed"].agg(set)
    assert seeds["seed-of-three"] <= {1, 2, 3} and len(seeds["seed-of-three"]) == 3
    arms = data.sessions.set_index("session_id")["arm"]
    set_ = data.generations.loc[data.generations["session_id"].map(arms) == "guidance", "controls"].map(json.loads)
    guidance = {given["guidance"] for given in set_}
    assert len(guidance) > 1 and min(guidance) >= 1 and max(guidance) <= 20


def test_similarity_is_reported_by_arm_and_attempt_with_the_share_that_improves(steerability_tables: Tables) -> None:
    curves = steerability_tables["arms.arm_curves"]
    assert set(curves["arm"]) == {"newer", "older", "seed-chosen", "seed-of-three", "guidance", "picking"}
    assert set(curves["attempt"]) == {1, 2, 3, 4, 5} and curves["mean"].between(0, 1).all()
    shares = steerability_tables["learning.gain_shares"].set_index("measure")["mean"]
    assert 0 < shares["last_above_first"] <= 1 and 0 < shares["edits_that_improve"] < 1


def test_the_second_stage_says_how_alike_how_satisfied_and_which_is_closer_and_whether_raters_agree(
    steerability_tables: Tables,
) -> None:
    tables = steerability_tables
    asked = {f"steerability_similarity/{name}" for name in ("similarity", "satisfied", "describes")}
    asked.add("steerability_improvement/closer")
    assert set(tables["agreement.rating_counts"]["question"]) == asked
    assert set(tables["agreement.agreement"]["question"]) == asked
    assert tables["agreement.closer"]["share"].between(0, 1).all()
    items = tables["agreement.raters_per_item"]
    assert items.loc[items["raters"] == 3, "items"].sum() > 0
    assert len(tables["agreement.checks"]) > 1


def test_blind_machines_gain_a_share_of_what_people_gain(steerability_tables: Tables) -> None:
    gains = steerability_tables["blind.blind_gains"].set_index(["who", "measure"])["mean"]
    share = steerability_tables["blind.blind_share"].set_index("measure")
    for end in ("last_minus_first", "best_minus_first"):
        assert share.loc[end, "share"] == pytest.approx(gains["blind", end] / gains["people", end])
    assert share["machines"].tolist() == [4, 4]


def test_a_game_goes_on_until_the_player_has_had_enough_and_shows_a_score_of_one_seed(artwhisperer: OpenStudy) -> None:
    study = artwhisperer
    data = read_data(study.study.path)
    assert set(data.sessions["reason"]) <= {"stopped", "exited", "expired"}
    assert data.sessions["attempts"].max() > 5
    assert data.attempts.groupby("target_id")["seed"].nunique().eq(1).all()
    scorer = study.arms["default"].scorer
    assert scorer is not None and (scorer.percent(0.0), scorer.percent(0.5), scorer.percent(1.0)) == (0, 50, 100)


def test_the_games_own_quantities_are_reported(artwhisperer_tables: Tables) -> None:
    tables = artwhisperer_tables
    gains = tables["learning.gains"].set_index("measure")["mean"]
    assert gains["best"] >= gains["first"]
    assert 0 < tables["learning.gain_shares"].set_index("measure")["mean"]["edits_that_improve"] < 1
    both = tables["scores_and_metrics.associations"].set_index(["metric", "method", "level"])["r"]
    assert 0 < both[METRIC, "pearson", "all"] < 1
    distances = tables["prompts.prompt_distances"]
    assert set(distances["kind"]) == {"within", "across", "across_minus_within"}
    steps = tables["steerability.steerability"]
    assert set(steps["reading"]) == {"chain", "maximum"} and steps["attempts"].notna().all()
    assert set(steps["target_id"]) == {"foxes-01", "lighthouses-03", "boats-01"}


def test_a_worker_has_one_target_of_one_blind_arm_and_a_better_model_gives_better_images(
    prompt_adaptation: OpenStudy,
) -> None:
    study = prompt_adaptation
    assert_blocked(study, 4)
    data = read_data(study.study.path)
    assert data.sessions["worker_id"].is_unique
    arms = data.sessions.set_index("session_id")["arm"]
    for session_id in arms[arms == "newer-revised"].index:
        for attempt in fold(study.store.read(session_id)).attempts:
            assert attempt.image.sent_prompt == f"A picture of {attempt.prompt.prompt}, with clouds, flowers and birds"
    assert data.sessions.loc[data.sessions["reason"] == "stopped", "attempts"].min() >= 10
    values = data.value(METRIC).attempts
    last = values.loc[values["attempt"] >= 5].groupby("arm")[METRIC].mean()
    assert last["newer"] > last["older"] and last["newer"] > last["newer-revised"]


def test_the_gain_is_split_in_both_orders_and_the_revision_erases_a_share_of_it(
    prompt_adaptation_tables: Tables,
) -> None:
    split = prompt_adaptation_tables["replay.split"].set_index(["order", "effect"])["estimate"]
    for order in ("model first", "prompting first"):
        assert split[order, "model"] + split[order, "prompting"] == pytest.approx(split[order, "total"])
    quality = prompt_adaptation_tables["replay.quality"]
    assert len(quality) == 4
    assert len(prompt_adaptation_tables["replay.erased"]) == 1
