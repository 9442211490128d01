"""Distances between prompts: against scikit-learn, every pair one by one, and workers who have no style."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import truth

from imgloop_widgets.analysis.distances import prompt_distances, steps, tf_idf
from imgloop_widgets.analysis.tidy import Floats

TEXTS = ["A bear, a brown bear", "a bear by the sea", "", "ein Bär am See", "a bear by the sea"]


def attempts(prompts: dict[tuple[str, str], list[str]]) -> pd.DataFrame:
    rows = [(f"{w}{t}", w, t, k, p) for (w, t), texts in prompts.items() for k, p in enumerate(texts, 1)]
    return pd.DataFrame(rows, columns=["session_id", "worker_id", "target_id", "attempt", "prompt"])


def points(texts: Sequence[str]) -> Floats:
    """Prompts that are vectors written out."""
    return np.array([[float(number) for number in text.split()] for text in texts])


def test_the_weights_are_those_of_scikit_learn() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    model = text.TfidfVectorizer(norm=None, token_pattern=r"\w+")
    theirs = model.fit_transform(TEXTS).toarray()
    ours = tf_idf(TEXTS).toarray()
    assert ours.shape == theirs.shape
    assert ours @ ours.T == pytest.approx(theirs @ theirs.T)  # whatever the order of the words


def test_a_step_is_one_less_the_cosine() -> None:
    table = steps(attempts({("w", "t"): ["1 0", "1 1", "2 2", "0 1", "0 0", "1 0"]}), embed=points)
    half = 1 - 0.5**0.5
    assert list(table["distance"][1:4]) == pytest.approx([half, 0, half]) and table["distance"][2] < 1e-12
    assert list(table["distance"].isna()) == [True, False, False, False, True, True]
    assert steps(attempts({("w", "t"): ["a bear", "a bear"]}))["distance"][1] == 0


def test_on_the_published_prompts_steps_are_those_of_scikit_learn() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    frame = truth.steerability().sort_values(["worker_id", "session_id", "attempt"]).reset_index(drop=True)
    model = text.TfidfVectorizer(token_pattern=r"\w+").fit(sorted(set(frame["prompt"])))
    vectors = model.transform(frame["prompt"]).toarray()
    expected = 1 - (vectors[1:] * vectors[:-1]).sum(axis=1)
    table = steps(frame)
    later = np.flatnonzero(frame["attempt"] > 1)
    assert table["distance"].to_numpy()[later] == pytest.approx(expected[later - 1], abs=1e-9)


def random_prompts(seed: int, style: float, workers: int = 12) -> pd.DataFrame:
    """Prompts around each target; `style`: how far a worker's own direction is from the others'."""
    chance = np.random.default_rng(seed)
    own = chance.normal(0, style, (workers, 4))
    rows = {
        (f"w{w:02}", f"t{t}"): [" ".join(map(str, own[w] + chance.normal(0, 1, 4) + 1)) for _ in range(3)]
        for w, t in itertools.product(range(workers), range(3))
    }
    return attempts(rows)


def by_pairs(frame: pd.DataFrame) -> tuple[float, float]:
    within, across = [], []
    for _, rows in frame.groupby("target_id"):
        vectors = points(rows["prompt"].tolist())
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        who = rows["worker_id"].tolist()
        pairs = list(itertools.combinations(range(len(who)), 2))
        within.append(np.mean([1 - vectors[i] @ vectors[j] for i, j in pairs if who[i] == who[j]]))
        across.append(np.mean([1 - vectors[i] @ vectors[j] for i, j in pairs if who[i] != who[j]]))
    return float(np.mean(within)), float(np.mean(across))


def test_the_means_are_those_of_every_pair_one_by_one() -> None:
    frame = random_prompts(1, 0.7)
    table = prompt_distances(frame, embed=points, seed=1, draws=10, permutations=10).set_index("kind")
    within, across = by_pairs(frame)
    assert list(table["mean"]) == pytest.approx([within, across, across - within])
    assert list(table["pairs"]) == [3 * 12 * 3, 3 * (36 * 35 // 2 - 36), 3 * 630]
    assert set(table["workers"]) == {12} and set(table["targets"]) == {3}


def test_the_interval_is_that_of_workers_drawn_one_by_one() -> None:
    frame = random_prompts(2, 0.7, workers=6)
    table = prompt_distances(frame, embed=points, seed=1, draws=2000, permutations=1)
    chance, drawn = np.random.default_rng(0), []
    names = sorted(frame["worker_id"].unique())
    prompts = {name: rows for name, rows in frame.groupby("worker_id")}
    unit = {i: v / np.linalg.norm(v) for i, v in zip(frame.index, points(frame["prompt"].tolist()), strict=True)}
    for _ in range(150):
        chosen = [names[i] for i in chance.integers(6, size=6)]
        kinds = []
        for target in ("t0", "t1", "t2"):
            rows = [(place, name, unit[i]) for place, name in enumerate(chosen)
                    for i in prompts[name].index[prompts[name]["target_id"] == target]]  # fmt: skip
            pairs = list(itertools.combinations(rows, 2))
            kinds.append((np.mean([1 - a[2] @ b[2] for a, b in pairs if a[0] == b[0]]),
                          np.mean([1 - a[2] @ b[2] for a, b in pairs if a[1] != b[1]])))  # fmt: skip
        within, across = np.mean(kinds, axis=0)
        drawn.append((within, across, across - within))
    assert pytest.approx(np.quantile(drawn, [0.025, 0.975], axis=0), abs=0.06) == table[["low", "high"]].to_numpy().T


def test_after_permutation_within_is_as_far_as_across() -> None:
    frame = random_prompts(3, 1.0)
    table = prompt_distances(frame, embed=points, seed=1, draws=10, permutations=300).set_index("kind")
    assert table.loc["across_minus_within", "permuted"] == pytest.approx(0, abs=0.02)
    assert table.loc["across_minus_within", "p"] == pytest.approx(1 / 301)


def test_workers_without_a_style_are_found_to_have_one_five_times_in_a_hundred() -> None:
    found = 0
    for seed in range(100):
        table = prompt_distances(random_prompts(seed, 0.0), embed=points, seed=seed, draws=0, permutations=39)
        found += table["p"][2] <= 0.05
    assert truth.covers(100 - found, 100), found


def test_the_published_workers_have_a_style_of_their_own() -> None:
    """Each target was shown to one worker; as if all had had the same, a worker's two sessions go together."""
    frame = truth.steerability().assign(target_id="any")
    table = prompt_distances(frame, seed=1, draws=50, permutations=50).set_index("kind")
    assert table.loc["within", "high"] < table.loc["across", "low"]
    alone = prompt_distances(truth.steerability(), seed=1, draws=5, permutations=5)
    assert alone["mean"].isna().all() and set(alone["targets"]) == {0}


def test_a_vector_is_needed_for_each_text() -> None:
    with pytest.raises(ValueError, match="embed must give a vector for each of 2 texts; not 1"):
        steps(attempts({("w", "t"): ["a", "b"]}), embed=lambda texts: np.ones((1, 2)))
