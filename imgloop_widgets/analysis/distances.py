"""How far prompts are apart, within a worker and across workers: whether people have a style of their own.

    texts → embed (TF-IDF, or a model's) → unit vectors → cosine distance: 0 the same direction, 1 nothing in common

As in ArtWhisperer (Vodrahalli and Zou, ICML 2024) the distances are of prompts for the same target, and are compared
with those after the workers' names are permuted among a target's prompts. Every target that has both kinds of pairs
weighs the same.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags_array, issparse

from imgloop_widgets.analysis.bootstrap import DRAWS, bounds, ratio, worker_draws
from imgloop_widgets.analysis.tidy import Codes, Floats, known

PERMUTATIONS = 500
"""Times the workers' names are permuted."""

KINDS: tuple[str, ...] = ("within", "across", "across_minus_within")
"""The rows of `prompt_distances`."""

Embed = Callable[[Sequence[str]], Any]
"""Texts → a vector for each, (texts, any size), as an array or one of scipy's sparse matrices; each text is
given once, whatever the number of prompts that it is."""


@dataclass(frozen=True, slots=True)
class _Target:
    """gram: cosines of a target's prompts, (n, n). owner: of each prompt, 0 … workers - 1. worker: their codes."""

    gram: Floats
    owner: Codes
    worker: Codes


def tf_idf(texts: Sequence[str]) -> csr_matrix:
    """Return how often each text has each word, times ln((1 + texts) / (1 + texts with the word)) + 1: (texts, words).

    Words are runs of letters, digits and _, without regard to capitals. The weights are those of scikit-learn's
    TfidfVectorizer, before it makes the vectors' length 1.
    """
    words = [re.findall(r"\w+", text.lower()) for text in texts]
    lengths = [len(each) for each in words]
    codes, vocabulary = pd.factorize(np.array([word for each in words for word in each], dtype=object))
    rows = np.repeat(np.arange(len(texts)), lengths)
    counts = csr_matrix((np.ones(len(codes)), (rows, codes)), shape=(len(texts), len(vocabulary)))
    spread = np.asarray((counts > 0).sum(axis=0)).ravel()
    return csr_matrix(counts @ diags_array(np.log((1 + len(texts)) / (1 + spread)) + 1))


def steps(attempts: pd.DataFrame, *, prompt: str = "prompt", embed: Embed = tf_idf) -> pd.DataFrame:
    """Return how far each prompt is from the one before it in its session.

    In: session_id, worker_id, attempt (1-based), prompt; rows without a prompt are left out. Out: session_id,
    worker_id, attempt, distance (cosine, 0 to 2; NaN for the first, and where a prompt has no direction, as one without
    a word).

    Raises: ValueError: a column is missing, or `embed` gives another number of vectors than of texts.
    """
    rows = known(attempts, "attempt", keep=["session_id", "worker_id", prompt])
    rows = rows.sort_values(["session", "attempt"], kind="stable").reset_index(drop=True)
    vectors, code = _unit(rows[prompt], embed)
    follows = np.flatnonzero(rows["session"].eq(rows["session"].shift()))
    distance = np.full(len(rows), np.nan)
    left, right = vectors[code[follows - 1]], vectors[code[follows]]
    distance[follows] = 1 - np.asarray(left.multiply(right).sum(axis=1)).ravel()
    distance[follows[code[follows] == code[follows - 1]]] = 0  # and not the last digit of a product
    blank = ~_has_direction(vectors)[code]
    distance[follows[blank[follows] | blank[follows - 1]]] = np.nan
    table = rows[["session_id", "worker_id"]].assign(attempt=rows["attempt"].astype("int64"))
    return table.assign(distance=np.maximum(distance, 0))


def prompt_distances(
    attempts: pd.DataFrame,
    *,
    prompt: str = "prompt",
    embed: Embed = tf_idf,
    seed: int,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
) -> pd.DataFrame:
    """Return how far prompts for the same target are apart, within a worker, across workers, and the difference.

    In: session_id, worker_id, target_id, attempt, prompt; prompts without a direction are left out. Out: kind (each of
    `KINDS`), mean (cosine distance, 0 to 2), low, high (95 %, bootstrap over workers: a worker who is drawn twice is no
    pair with themselves), permuted (mean after permutation), p (one-sided for more difference than the permuted have,
    at least 1 / (permutations + 1); of the last row only), pairs, workers, targets (with both kinds of pairs).

    Raises: ValueError: a column is missing, or `embed` gives another number of vectors than of texts.
    """
    targets, workers = _targets(attempts, prompt, embed)
    table = pd.DataFrame({"kind": pd.Series(KINDS, dtype="str")})
    means, pairs = _means(targets)
    low, high = bounds(_again(targets, workers, seed, draws), workers=workers)
    permuted = _permuted(targets, seed, permutations)
    p = (1 + (permuted[:, 2] >= means[2] - 1e-12).sum()) / (1 + len(permuted)) if len(permuted) else np.nan
    named = {"mean": means, "low": low, "high": high, "permuted": permuted.mean(axis=0) if len(permuted) else np.nan}
    used = {worker for target in targets for worker in target.worker.tolist()}
    table = table.assign(**named, p=[np.nan, np.nan, p], pairs=pairs)
    return table.assign(workers=len(used), targets=len(targets))


def _unit(prompts: pd.Series, embed: Embed) -> tuple[csr_matrix, Codes]:
    """Return the unit vectors of the different texts, and which of them each prompt is."""
    code, texts = pd.factorize(prompts.astype(str), sort=True)
    given = embed(list(texts)) if len(texts) else csr_matrix((0, 1))
    vectors = csr_matrix(given if issparse(given) else np.asarray(given, dtype="float64"))
    if vectors.shape[0] != len(texts):
        raise ValueError(f"embed must give a vector for each of {len(texts)} texts; not {vectors.shape[0]}.")
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    return csr_matrix(diags_array(np.where(length > 0, 1 / np.where(length > 0, length, 1), 0)) @ vectors), code


def _has_direction(vectors: csr_matrix) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel() > 0.5


def _targets(attempts: pd.DataFrame, prompt: str, embed: Embed) -> tuple[list[_Target], int]:
    """Return the targets that have pairs within and across workers, and the number of all workers."""
    rows = known(attempts, "attempt", keep=["target_id", prompt])
    vectors, code = _unit(rows[prompt], embed)
    shown = _has_direction(vectors)[code]
    rows, code = rows.loc[shown], code[shown]
    targets = []
    for places in rows.groupby("target_id").indices.values():
        worker, owner = np.unique(rows["worker"].to_numpy()[places], return_inverse=True)
        if 1 < len(worker) < len(places):
            own = vectors[code[places]]
            targets.append(_Target((own @ own.T).toarray(), owner, worker))
    return targets, int(rows["worker"].max()) + 1 if len(rows) else 0


def _means(targets: list[_Target]) -> tuple[Floats, list[int]]:
    """Return the mean distance of each kind, and how many pairs there are."""
    if not targets:
        return np.full(3, np.nan), [0, 0, 0]
    rows, counts = [], np.zeros(2, dtype="int64")
    for target in targets:
        inside = target.owner[:, None] == target.owner[None]
        upper = np.triu(np.ones_like(inside), 1).astype(bool)
        within, across = 1 - target.gram[inside & upper], 1 - target.gram[~inside & upper]
        rows.append((within.mean(), across.mean()))
        counts += len(within), len(across)
    means = np.mean(rows, axis=0)
    return np.append(means, means[1] - means[0]), [int(counts[0]), int(counts[1]), int(counts.sum())]


def _again(targets: list[_Target], workers: int, seed: int, draws: int) -> Floats:
    """Return the means with workers drawn anew, (draws, 3), of the targets that still have both kinds of pairs."""
    drawn = []
    for times in worker_draws(workers if targets else 0, seed=seed, draws=draws):
        kinds = [_of_draw(target, times[:, target.worker]) for target in targets]
        both = np.array(kinds)  # (targets, 2, draws)
        both = np.where(np.isnan(both).any(axis=1, keepdims=True), np.nan, both)
        known_ones = ~np.isnan(both[:, 0])
        means = ratio(np.nansum(both, axis=0), known_ones.sum(axis=0)[None].astype("float64"))
        drawn.append(np.vstack([means, means[1] - means[0]]).T)
    return np.concatenate(drawn) if drawn else np.zeros((0, 3))


def _of_draw(target: _Target, times: Floats) -> Floats:
    """Return the two means of a target for each draw: (2, draws). times: (draws, workers of the target)."""
    own = np.eye(len(target.worker))[target.owner]
    distance = own.T @ (1 - target.gram) @ own
    sizes = own.sum(axis=0)
    pairs = np.outer(sizes, sizes)
    self_distance, self_pairs = np.diag(distance), sizes * (sizes - 1)
    np.fill_diagonal(pairs, 0)
    between = distance - np.diag(self_distance)
    within = ratio(times @ self_distance, times @ self_pairs)
    across = ratio(((times @ between) * times).sum(axis=1), ((times @ pairs) * times).sum(axis=1))
    return np.vstack([within, across])


def _permuted(targets: list[_Target], seed: int, permutations: int) -> Floats:
    """Return the means with the workers' names permuted among each target's prompts: (permutations, 3)."""
    if not targets:
        return np.zeros((0, 3))
    chance = np.random.default_rng(seed)
    kinds = np.mean([list(_shuffled(target, chance, permutations)) for target in targets], axis=0)
    return np.column_stack([kinds, kinds[:, 1] - kinds[:, 0]])


def _shuffled(target: _Target, chance: np.random.Generator, permutations: int) -> Iterator[tuple[float, float]]:
    one, other = np.nonzero(np.triu(target.owner[:, None] == target.owner[None], 1))
    n = len(target.owner)
    everything, pairs = float(np.triu(1 - target.gram, 1).sum()), n * (n - 1) / 2
    for _ in range(permutations):
        place = chance.permutation(n)
        within = float((1 - target.gram[place[one], place[other]]).sum())
        yield within / len(one), (everything - within) / (pairs - len(one))
