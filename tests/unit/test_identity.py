"""Who a link names, and what is said to a worker whose link is not complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity, answer_in, identify

worker_ids = st.text(min_size=1, max_size=100).filter(
    lambda text: not any(c.isspace() or ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in text)
)


@given(worker_ids, st.none() | st.integers(1, 999_999_999))
def test_a_link_names_the_worker_and_unit_it_was_made_for(worker_id: str, unit: int | None) -> None:
    who = Identity(worker_id=worker_id, unit=unit)
    assert identify(who.query) == who


PIECES = ["worker_id", "id", "=", "&", ";", "%", "%00", "%ff", "+", "1", "é", "[]"]


@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_query_string_gives_an_identity_or_a_sentence(query: str) -> None:
    try:
        who = identify(query)
    except Refused as refused:
        assert "link you were given" in str(refused)
    else:
        assert 1 <= len(who.worker_id) <= 100
        assert who.unit is None or who.unit >= 1


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("", "worker_id is missing"),
        ("id=1", "worker_id is missing"),
        ("worker_id=&id=1", "worker_id must be"),
        ("worker_id=ana&id=", "id must be a number from 1"),
        ("worker_id=ana&worker_id=ben&id=1", "worker_id is there more than once"),
        ("worker_id=ana&id=1&id=2", "id is there more than once"),
        ("worker_id=an%20a&id=1", "without spaces"),
        ("worker_id=an+a&id=1", "without spaces"),
        ("worker_id=an%C2%A0a&id=1", "without spaces"),
        ("worker_id=an%00a&id=1", "worker_id must be"),
        ("worker_id=an%0Aa&id=1", "worker_id must be"),
        ("worker_id=" + "x" * 101 + "&id=1", "1 to 100 characters"),
        ("worker_id=ana&id=0", "from 1"),
        ("worker_id=ana&id=-1", "from 1"),
        ("worker_id=ana&id=1.5", "from 1"),
        ("worker_id=ana&id=%D9%A1", "from 1"),
        ("worker_id=ana&id=1e3", "from 1"),
        ("worker_id=ana&id=1234567890", "from 1"),
        ("&".join(f"x{i}=1" for i in range(200)) + "&worker_id=ana&id=1", "link you were given"),
    ],
)
def test_a_link_that_is_not_complete_is_refused_with_what_is_wrong(query: str, what: str) -> None:
    with pytest.raises(Refused, match=what):
        identify(query)


def test_parameters_of_others_are_let_through() -> None:
    assert identify("utm=x&worker_id=ana&id=7&z").unit == 7


def test_a_link_without_a_unit_is_for_whichever_is_due() -> None:
    assert identify("worker_id=ana") == Identity(worker_id="ana", unit=None)


def test_an_answer_in_a_link_is_found_if_it_is_one() -> None:
    query = "worker_id=ana&hand=left&eye=left&eye=right"
    assert [answer_in(query, name) for name in ("hand", "eye", "ear", "")] == ["left", "", "", ""]


def test_leading_zeros_name_the_same_unit() -> None:
    assert identify("worker_id=ana&id=007") == Identity(worker_id="ana", unit=7)


def test_a_damaged_worker_id_is_nobody() -> None:
    """Two names that are damaged in the same place must not be one worker."""
    with pytest.raises(Refused, match="damaged"):
        identify("worker_id=Ren%E9&id=1")
