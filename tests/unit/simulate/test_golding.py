"""Simulated workers meet golds: most of them do well, some do not, and the reports leave the golds out."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.analysis.data import read_data
from imgloop_widgets.analysis.exclusions import exclusion_flow
from imgloop_widgets.analysis.selection import GOLD
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.loop import Known, fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.ratings.items import items_of
from imgloop_widgets.ratings.tables import Ratings
from imgloop_widgets.replay.items import items_of_store
from imgloop_widgets.simulate import simulate
from imgloop_widgets.simulate.golding import named, within
from imgloop_widgets.store import Store, open_results

STUDY = Path(__file__).parents[3] / "notebooks" / "gold"
KNOWN = Known(says=(("boat", "ship"), ("sea",)), scores={"first_score": (2, 6), "best_score": (4, 9)})


def plain(prompt: str, context: Context) -> Image.Image:
    """A generator that is done at once."""
    return Image.new("RGB", (8, 8), tuple(prompt.encode()[-3:]))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where twelve workers have played the study with golds."""
    folder = tmp_path_factory.mktemp("gold")
    with open_results(folder) as store:
        simulate(OpenStudy.load(STUDY, store=store), 12, 5, generator=plain, failure_rate=0.0)
    return folder


@pytest.fixture
def store(results: Path) -> Iterator[Store]:
    with open_results(results) as opened:
        yield opened


def test_everybody_begins_with_a_gold_most_pass_it_and_two_wrong_ones_end_it(store: Store) -> None:
    sessions = store_tables(store, "gold")["sessions"].sort_values("position")
    assert sessions.loc[sessions["position"] == 1, "gold"].all()
    judged = sessions["gold_passed"].dropna()
    assert judged.any() and not judged.all() and judged.mean() > 0.5
    for _, own in sessions.groupby("worker_id"):
        assert (~own["gold"]).sum() <= 3
        wrong = own["gold_passed"].eq(False).fillna(False).cumsum()
        assert (wrong.iloc[:-1] < 2).all(), "nothing follows the second wrong one"
    kept = defaultdict[str, int](int)
    for grant in store.all_qualifications():
        kept[grant.name.split(".")[0]] += int(grant.value or 0)
    assert kept == {"gold_passed": judged.sum(), "gold_failed": (~judged).sum()}


def test_reports_leave_golds_out_by_a_rule_that_the_flow_shows(results: Path) -> None:
    data = read_data(STUDY, results=results)
    golds = int((data.came["gold"] & data.came["started"]).sum())
    assert data.left_out[GOLD] == golds > 0
    assert not data.sessions["gold"].any() and not set(data.attempts["target_id"]) & {"boats-01", "lighthouses-01"}
    flow = exclusion_flow(data.came, data.rules)
    assert flow.loc[flow["step"] == GOLD, "sessions"].tolist() == [golds]


@pytest.mark.parametrize(
    ("more", "golds", "others"),
    [
        ({"where": "gold or not gold"}, True, True),
        ({"where": "gold"}, True, False),
        ({"exclude": {"failed": "gold_passed == False"}}, True, True),
        ({"where": "attempts > 0"}, False, True),
    ],
)
def test_a_condition_that_speaks_of_golds_decides_itself(
    results: Path, more: dict[str, Any], golds: bool, others: bool
) -> None:
    data = read_data(STUDY, results=results, **more)
    assert (bool(data.sessions["gold"].any()), bool((~data.sessions["gold"]).any())) == (golds, others)
    assert (GOLD in data.rules) is (not golds)


def test_neither_raters_nor_a_replay_have_anything_of_golds(store: Store) -> None:
    states = [fold(events) for _, events in store.logs("gold")]
    golds = {state.opened.session_id for state in states if state.opened and state.opened.gold}
    assert golds
    assert not golds & {item.session_id for item in items_of(Ratings(source="x", item="single"), states)}
    assert not golds & {item.session_id for item in items_of_store(store, "gold")}


def test_who_pays_attention_names_what_must_be_named_and_scores_within_what_is_known() -> None:
    assert named(KNOWN, "a big ship at night", 60) == "sea, a big ship at night"
    assert named(KNOWN, "a red house", 12) == "boat, sea, a"
    assert named(KNOWN, "a ship on the sea", 60) == "a ship on the sea"
    assert [within(KNOWN, score) for score in (1, 5, 10)] == [4, 5, 6]
