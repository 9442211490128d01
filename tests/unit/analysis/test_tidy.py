"""What measures ask of a frame."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis.tidy import among, each, known, numbers, one_of, require, whole

FRAME = pd.DataFrame(
    {
        "session_id": ["s1", "s1", "s2", "s1"],
        "worker_id": ["bob", "bob", "ana", "ana"],
        "score": pd.Series([3, None, 5, 7], dtype="Int64"),
        "arm": ["x", "x", "y", None],
    }
)


def test_what_is_none_of_the_choices_is_told_with_the_choices() -> None:
    one_of("scale", "a", ("a", "b", "c"))
    with pytest.raises(ValueError, match=r"^scale must be one of 'a', 'b' or 'c'; not 'x'\.$"):
        one_of("scale", "x", ("a", "b", "c"))
    with pytest.raises(ValueError, match=r"^scale must be 'a'; not 'x'\.$"):
        one_of("scale", "x", ("a",))
    with pytest.raises(ValueError, match=r"^scale must be absent; not 'x'\.$"):
        one_of("scale", "x", ())


def test_a_missing_column_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"column must be one of .*'score' or 'arm'; not 'dreamsim'\."):
        require(FRAME, "score", "dreamsim")


@pytest.mark.parametrize("value", [0, 1.5, True, "3"])
def test_a_number_that_is_not_whole_or_too_small_is_told(value: object) -> None:
    with pytest.raises(ValueError, match=r"workers must be a whole number, 1 or more; not "):
        whole("workers", value, 1)  # type: ignore[arg-type]  # that is the mistake


def test_words_are_no_numbers() -> None:
    with pytest.raises(ValueError, match="column 'arm' must hold numbers"):
        numbers(FRAME["arm"])


def test_rows_without_a_value_are_left_out_and_a_session_is_a_workers() -> None:
    rows = known(FRAME, "score")
    assert list(rows["score"]) == [3.0, 5.0, 7.0]
    assert list(rows["worker"]) == [1, 0, 0]  # by the order of the names
    assert rows["session"].nunique() == 3  # bob's s1, ana's s2, ana's s1
    assert list(known(FRAME, "score", keep=["arm"])["arm"]) == ["x", "y"]


def test_of_no_rows_come_no_rows_with_the_same_columns() -> None:
    assert list(known(FRAME.iloc[:0], "score").columns) == list(known(FRAME, "score").columns)


def test_each_group_is_measured_apart_and_none_gives_no_rows() -> None:
    def size(rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"rows": [len(rows)]})

    assert each(FRAME, "arm", size).to_dict("list") == {"arm": ["x", "y"], "rows": [2, 1]}
    nothing = each(FRAME.iloc[:0], "arm", size)
    assert nothing.empty and list(nothing.columns) == ["arm", "rows"]
    with pytest.raises(ValueError, match="column must be"):
        each(FRAME, "condition", size)
    assert np.isnan(numbers(FRAME["score"])[1])


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_among_is_what_isin_gives(dtype: str) -> None:
    ids = pd.Series(["b", "a", "c", "a"], index=[4, 2, 9, 7], name="session_id").astype(dtype)  # type: ignore[call-overload]  # the types of pandas know no variable here
    for others in (["a", "x"], [], ["a", "b", "c"]):
        pd.testing.assert_series_equal(among(ids, pd.Series(others, dtype="str")), ids.isin(others))


def test_ids_of_files_may_be_numbers_too() -> None:
    assert list(among(pd.Series([1, 2, 3]), pd.Series([3, 1]))) == [True, False, True]


@settings(max_examples=50, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=12),
    order=st.permutations("abcd"),
    one_worker=st.booleans(),
)
def test_the_numbers_of_workers_and_sessions_are_those_of_their_sorted_pairs(
    pairs: list[tuple[str, str]], order: list[str], one_worker: bool
) -> None:
    if one_worker:
        pairs = [(session, "xyzx"["abcd".index(session)]) for session, _ in pairs]
    plain = pd.DataFrame(pairs, columns=["session_id", "worker_id"]).assign(score=1.0)
    frame = plain.astype({"session_id": pd.CategoricalDtype(list(order), ordered=True), "worker_id": "category"})

    rows = known(frame, "score")

    keys = sorted({(worker, order.index(session)) for session, worker in pairs})
    assert list(rows["session"]) == [keys.index((worker, order.index(session))) for session, worker in pairs]
    workers = sorted({worker for _, worker in pairs})
    assert list(rows["worker"]) == [workers.index(worker) for _, worker in pairs]
