"""Any value becomes JSON that every database and browser takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.plain import plain

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(anything)
def test_anything_becomes_json_that_can_be_stored_and_sent(value: Any) -> None:
    text = json.dumps(plain(value), allow_nan=False, ensure_ascii=False)
    assert json.loads(text.encode()) == plain(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_json_stays_as_it_is(value: Any) -> None:
    assert plain(value) == value


class Strange:
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("half \ud83d a smile", "half \ufffd a smile"),
        ("a whole \ud83d\ude00", "a whole 😀"),
        (float("nan"), "nan"),
        (-float("inf"), "-inf"),
        (10**5000, "int"),
        (Path("a/b"), "a/b"),
        (Strange(), "Strange"),
        ({1: {2}}, {"1": [2]}),
        (True, True),
    ],
    ids=range(9),
)
def test_what_is_no_json_becomes_text(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_what_is_nested_for_ever_ends() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert "..." in json.dumps(plain(circle))


def test_numbers_of_other_libraries_stay_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert plain({"seed": numpy.int64(7), "scale": numpy.float32(0.5)}) == {"seed": 7, "scale": 0.5}
