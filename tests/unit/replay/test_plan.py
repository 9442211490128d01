"""What is drawn, and by which seed, follows from the plan alone; and where the prompts come from."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.replay import Item, Plan, Spec, items_of_file

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
ITEMS = st.lists(
    st.builds(Item, prompt=TEXT, session_id=TEXT, target_id=TEXT, attempt=st.integers(1, 5)), unique=True, max_size=6
)


def plan(items: list[Item], *, models: tuple[str, ...] = ("a", "b"), draws: int = 2, seed: int = 1) -> Plan:
    specs = {name: Spec(name="scenes", options={"size": 32 + k}) for k, name in enumerate(models)}
    return Plan(study="s", source="s", items=items, generators=specs, draws=draws, seed=seed)


@given(ITEMS, st.integers(0, 9))
def test_every_task_has_a_name_of_its_own_and_the_same_one_again(items: list[Item], seed: int) -> None:
    tasks = list(plan(items, seed=seed).tasks())
    assert len(tasks) == len(plan(items)) == len(items) * 4
    assert len({task.replay_id for task in tasks}) == len(tasks)
    assert list(plan(items, seed=seed).tasks()) == tasks
    assert all(0 <= task.seed < 2**31 for task in tasks)


@given(ITEMS)
def test_more_draws_prompts_or_generators_change_none_that_are_there(items: list[Item]) -> None:
    before = {task.replay_id: task.seed for task in plan(items).tasks()}
    wider = plan([*items, Item(prompt="another", session_id="one more")], models=("a", "b", "c"), draws=3)
    after = {task.replay_id: task.seed for task in wider.tasks()}
    assert before.items() <= after.items()


def test_seeds_differ_between_draws_generators_prompts_and_studies() -> None:
    items = [Item(prompt=f"prompt {k}", session_id="x", attempt=k) for k in range(1, 40)]
    plans = [plan(items), plan(items, seed=2), replace(plan(items), study="t")]
    seeds = [task.seed for one in plans for task in one.tasks()]
    assert len(set(seeds)) == len(seeds)


def test_a_label_alone_gives_another_task_with_the_same_seed() -> None:
    items = [Item(prompt="a bear", session_id="x")]
    (one,) = plan(items, models=("a",), draws=1).tasks()
    (other,) = plan(items, models=("z",), draws=1).tasks()
    assert (one.seed, one.replay_id != other.replay_id) == (other.seed, True)


def test_all_of_a_generator_comes_before_the_next() -> None:
    items = [Item(prompt=str(k), session_id=str(k)) for k in range(3)]
    assert [task.model for task in plan(items).tasks()] == ["a"] * 6 + ["b"] * 6


ROWS: list[dict[str, Any]] = [
    {"words": "a bear", "who": "ana", "goal": "bear", "n": 1},
    {"words": "a brown bear", "who": "ana", "goal": "bear", "n": 2},
    {"words": "a fox, red", "who": "bo", "goal": "fox", "n": 1},
]
MAP = {"prompt": "words", "worker": "who", "target": "goal", "attempt": "n"}


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_prompts_of_a_file_with_a_map(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"prompts.{kind}"
    if kind == "json":
        file.write_text(json.dumps(ROWS))
    else:
        getattr(pd.DataFrame(ROWS), f"to_{kind}")(file, index=False)

    items = items_of_file(file, MAP)

    assert [(i.prompt, i.worker_id, i.target_id, i.attempt) for i in items] == [
        ("a bear", "ana", "bear", 1),
        ("a brown bear", "ana", "bear", 2),
        ("a fox, red", "bo", "fox", 1),
    ]
    assert items[0].session_id == items[1].session_id != items[2].session_id
    assert "ana" not in items[0].session_id  # it is shared with pseudonyms
    assert [i.attempt for i in items_of_file(file, MAP, first=True)] == [1, 1]


def test_a_file_of_bare_prompts_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text("prompt\na bear\na bear\n")
    items = items_of_file(file)
    assert [(i.prompt, i.session_id, i.attempt) for i in items] == [("a bear", "row-2", 1), ("a bear", "row-3", 1)]


def test_attempts_without_numbers_are_numbered_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text("prompt,session_id\na,s1\nb,s2\nc,s1\n")
    assert [(i.session_id, i.attempt) for i in items_of_file(file)] == [("s1", 1), ("s2", 1), ("s1", 2)]


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("words\na\n", {}, r"no column is called prompt; add --map prompt=… \(its columns: words\)"),
        ("prompt\na\n", {"prompt": "text"}, "has no such column; it has prompt"),
        ("prompt\na\n", {"promt": "prompt"}, "'promt' is none of worker, target, session, prompt"),
        ("prompt,attempt\na,one\n,2\n", {}, r"row 2, column 'attempt': must be a number from 1; not 'one'\n.*row 3"),
        ("prompt,attempt\na,0\n", {}, "must be a number from 1; not '0'"),
    ],
)
def test_a_file_that_is_not_right_says_where(text: str, columns: dict[str, str], said: str, tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text(text)
    with pytest.raises(ImgloopError, match=said):
        items_of_file(file, columns)
