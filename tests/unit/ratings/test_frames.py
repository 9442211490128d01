"""Ratings as tables: what a rater said, as numbers that can be counted on, and what is left of a known truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import cut
from judged import CLOSER, RANKING, SCALE, T0

from imgloop_widgets.analysis.codebook import RATINGS
from imgloop_widgets.analysis.columns import read_pages
from imgloop_widgets.analysis.figures import closer_shares as closer_figure
from imgloop_widgets.analysis.judgements import (
    checks_by_rater,
    closer_shares,
    judged,
    mean_ratings,
    rated_attempts,
    with_workers,
)
from imgloop_widgets.analysis.raters import agreement_by_question
from imgloop_widgets.analysis.schema import schema
from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.ratings import SAME, TARGET, Rate, Shown
from imgloop_widgets.simulate import Eyes, simulate_raters

Open = Callable[..., OpenRatings]


def play(opened: OpenRatings, answer: Callable[[Shown], dict[str, Any]], raters: int = 3) -> pd.DataFrame:
    """Let raters judge everything, and return the ratings of the first study."""
    for n in range(raters):
        rater = opened.enter(Identity(worker_id=f"rater{n}", unit=1), clock=lambda: T0)
        while (place := rater.state.place) is not None:
            rater.dispatch(Rate(seq=rater.state.seq, place=place, answers=answer(rater.state.shown[place - 1])))
    return store_tables(opened.store, "first")["ratings"]


def last(shown: Shown) -> int:
    return max(picture.attempt for picture in shown.pictures)


def test_a_pair_is_1_where_the_later_attempt_is_closer_in_whatever_order_it_was_shown(opened: Open) -> None:
    frame = play(opened(sessions=6), lambda shown: {"closer": last(shown)})
    schema("ratings").validate(frame)
    own = judged(frame)
    assert list(own["value"].unique()) == [1.0] and set(own["attempts"]) == {"1+3"}
    assert set(own["shown"]) == {"1+3", "3+1"}
    assert own["item"].value_counts().tolist() == [3] * 6
    checks = frame[frame["is_check"]]
    assert len(checks) == 6 and checks["passed"].tolist() == [0] * 6  # the target was there, and not chosen
    assert own["passed"].isna().all() and set(own["arm"]) == {"a", "b"}


def test_neither_is_half(opened: Open) -> None:
    question = CLOSER + 'tie = "They are the same"\n'
    frame = play(opened(sessions=2, question=question), lambda shown: {"closer": SAME})
    assert set(judged(frame)["value"]) == {0.5}


def test_a_scale_and_a_ranking_speak_of_single_attempts(opened: Open) -> None:
    frame = play(opened(sessions=3, item="single"), lambda shown: {"alike": 10 if last(shown) == TARGET else 4})
    means = mean_ratings(frame)
    assert means.groupby("attempt")["value"].agg(["size", "mean"]).to_numpy().tolist() == [[3, 4], [3, 4], [3, 4]]
    assert set(means["metric"]) == {"rating.alike"}
    assert frame.loc[frame["is_check"], "passed"].tolist() == [1] * 6


def test_of_a_ranking_each_image_has_a_row_and_the_best_the_highest_value(opened: Open) -> None:
    best = lambda shown: sorted((p.attempt for p in shown.pictures), reverse=True)  # noqa: E731
    frame = play(opened(sessions=3, item="ranking"), lambda shown: {"order": best(shown)})
    own = judged(frame)
    assert own.groupby("attempt")["value"].mean().to_dict() == {1: 0.0, 2: 1.0, 3: 2.0}
    assert set(frame.loc[frame["is_check"], "passed"]) == {0}
    agreement = agreement_by_question(own, seed=1, draws=50).set_index("coefficient")["value"]
    assert agreement["alpha, ordinal"] == pytest.approx(1)


def test_an_answer_that_was_changed_counts_as_it_is_now(opened: Open) -> None:
    study = opened(sessions=2)
    rater = study.enter(Identity(worker_id="ana", unit=1), clock=lambda: T0)
    for place, answer in ((1, 1), (2, 1), (2, 3)):
        rater.dispatch(Rate(seq=rater.state.seq, place=place, answers={"closer": answer}))
    frame = store_tables(study.store, "first")["ratings"]
    assert frame["place"].tolist() == [1, 2] and frame["value"].iloc[1] == 1.0 and frame["seq"].iloc[1] == 4


def test_ratings_of_programs_are_there_only_where_nobody_else_rated(opened: Open) -> None:
    study = opened(sessions=4)
    simulate_raters(study, 2, 1, now=T0)
    assert store_tables(study.store, "first")["ratings"]["simulated"].all()
    frame = play(study, lambda shown: {"closer": 1}, raters=1)
    assert not frame["simulated"].any() and len(frame)


def test_the_sessions_of_raters_are_none_of_the_first_study(opened: Open) -> None:
    study = opened(sessions=4)
    play(study, lambda shown: {"closer": 1})
    assert len(read_pages(study.store.pages("first")).sessions) == 4
    tables = store_tables(study.store, "first")
    assert len(tables["sessions"]) == 4 and set(tables["ratings"]["rater_id"]) == {"rater0", "rater1", "rater2"}


def test_raters_who_fail_too_many_checks_can_be_left_out(opened: Open) -> None:
    study = opened(sessions=4)
    frame = play(study, lambda shown: {"closer": TARGET if shown.is_check else 1}, raters=2)
    careless = play(study, lambda shown: {"closer": last(shown)}, raters=3)
    table = checks_by_rater(careless)
    assert table[["rater", "checks", "failed", "ratings"]].to_numpy().tolist() == [
        [1, 2, 2, 4],
        [2, 2, 0, 4],
        [3, 2, 0, 4],
    ]
    assert len(judged(careless)) == 12 and judged(careless, most_failed=1)["rater_id"].nunique() == 2
    assert len(judged(frame)) == 8


def made(chance: np.random.Generator, *, workers: int, raters: int, share: float) -> pd.DataFrame:
    """Ratings of a pair of each worker by all raters; how often the later one is closer differs between workers."""
    own = np.clip(chance.normal(share, 0.15, workers), 0, 1)
    w, r = np.indices((workers, raters)).reshape(2, -1)
    return pd.DataFrame(
        {
            "rater_id": [f"r{k}" for k in r],
            "worker_id": [f"w{k}" for k in w],
            "item": [f"s{k}:1+5" for k in w],
            "question": "closer",
            "kind": "closer",
            "arm": "a",
            "value": (chance.random(len(w)) < own[w]).astype(float),
        }
    )


def test_the_share_of_later_is_inside_its_interval_about_as_often_as_it_should_be() -> None:
    hits = 0
    for seed in range(60):
        frame = made(np.random.default_rng(seed), workers=25, raters=4, share=0.6)
        row = closer_shares(frame, seed=1, draws=300).iloc[0]
        hits += row["share_low"] <= 0.6 <= row["share_high"]
    assert hits >= 54  # never too narrow by much; it may be too wide


def test_the_majority_of_an_item_counts_it_once() -> None:
    frame = made(np.random.default_rng(1), workers=3, raters=3, share=0.5)
    frame["value"] = [1, 1, 0, 0, 0, 1, 1, 1, 1]
    row = closer_shares(frame, seed=1, draws=20).iloc[0]
    assert row["share"] == pytest.approx(6 / 9) and row["majority"] == pytest.approx(2 / 3)
    assert (row["items"], row["workers"], row["raters"], row["ratings"]) == (3, 3, 3, 9)


def test_an_imported_rating_without_a_session_has_its_item_for_a_worker() -> None:
    ratings = pd.DataFrame({"session_id": ["s", None], "item": ["a", "b"]})
    sessions = pd.DataFrame({"session_id": ["s"], "worker_id": ["w"]})
    assert with_workers(ratings, sessions)["worker_id"].tolist() == ["w", "b"]


@pytest.mark.parametrize(
    ("eyes", "low", "high"),
    [(Eyes(noise=0, bias=0, careless=0, leaving=0), 1, 1), (Eyes(careless=1, leaving=0), -0.3, 0.3)],
    ids=["see well", "guess"],
)
def test_raters_who_see_well_agree_and_those_who_guess_do_not(
    opened: Open, eyes: Eyes, low: float, high: float
) -> None:
    study = opened(sessions=20, item="single", question=SCALE)
    simulate_raters(study, 40, 1, now=T0, eyes=eyes)
    own = judged(store_tables(study.store, "first")["ratings"])
    assert own["item"].value_counts().unique().tolist() == [3]
    table = agreement_by_question(own, seed=1, draws=20).set_index("coefficient")["value"]
    assert low - 1e-9 <= table["alpha, interval"] <= high + 1e-9


def test_every_column_is_in_the_codebook(opened: Open) -> None:
    frame = play(
        opened(sessions=2, item="ranking", question=RANKING), lambda s: {"order": [p.attempt for p in s.pictures]}
    )
    assert list(frame.columns) == list(RATINGS)


def test_the_mean_rating_of_an_attempt_is_a_value_that_a_report_can_take(opened: Open) -> None:
    study = opened(sessions=6, item="single")
    frame = play(study, lambda shown: {"alike": 1 + 2 * last(shown)})
    attempts = store_tables(study.store, "first")["attempts"]
    rated = rated_attempts(attempts, frame)
    assert rated.groupby("attempt")["rating"].mean().to_dict() == {1: 3.0, 2: 5.0, 3: 7.0}
    with pytest.raises(ValueError, match="question must be 'alike'; not 'other'"):
        rated_attempts(attempts, frame, "other")
    assert rated_attempts(attempts, frame.iloc[:0], "other").empty


@pytest.mark.parametrize("narrow", [False, True])
def test_the_figure_of_pairs_is_whole_and_says_what_it_shows(narrow: bool) -> None:
    frame = made(np.random.default_rng(1), workers=12, raters=3, share=0.7)
    frame["arm"] = np.where(frame["worker_id"].str[-1].astype(int) % 2 == 0, "an arm with a rather long name", "b")
    figure = closer_figure(closer_shares(frame, seed=1, draws=50), narrow=narrow)
    figure.draw_without_rendering()
    assert cut(figure) == []
    assert "later of two attempts is closer" in str(figure.get_label())
    assert "nobody was asked" in str(closer_figure(closer_shares(frame.iloc[:0], seed=1)).get_label())
