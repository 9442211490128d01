"""The researcher's way in: a link of its own kind, which opens no worker's page, nor a worker's link this one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.access.test_door import LETTERS, NEW, NOW, OLD, SIGNED, names

from imgloop_widgets.access.door import DAMAGED, EXPIRED, NO_LINK, REVOKED, admit
from imgloop_widgets.access.researchers import Researcher, check, researcher_in
from imgloop_widgets.access.tokens import RESEARCHER, WORKER, Token, digest, read, sign
from imgloop_widgets.errors import Refused

GRACE = Token(study="s", worker_id="dr. grace", expires=NOW + timedelta(hours=1))


def link(token: Token = GRACE, secret: bytes = NEW) -> str:
    return f"t={sign(token, [secret], RESEARCHER)}"


def refused(query: str, *, secrets: Any = (OLD, NEW), revoked: Any = (), now: datetime = NOW, study: str = "s") -> str:
    with pytest.raises(Refused) as error:
        check(study, secrets, revoked, query, now)
    return str(error.value)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_whoever_has_such_a_link_enters_under_the_name_in_it(secret: bytes) -> None:
    assert check("s", [OLD, NEW], (), link(secret=secret), NOW) == "dr. grace"


@given(names, st.sampled_from([None, NOW + timedelta(hours=1)]))
def test_no_link_of_the_one_kind_is_one_of_the_other(name: str, expires: datetime | None) -> None:
    token = Token(study="s", worker_id=name, expires=expires)
    for made, other in ((WORKER, RESEARCHER), (RESEARCHER, WORKER)):
        assert read(sign(token, [NEW], made), "s", [NEW], other) is None
    with pytest.raises(Refused, match="not right"):
        admit(SIGNED, f"t={sign(token, [NEW], RESEARCHER)}", NOW)
    assert refused(f"t={sign(token, [NEW])}") == DAMAGED


@given(st.data())
def test_a_link_that_is_changed_in_one_letter_opens_nothing(data: st.DataObject) -> None:
    text = sign(GRACE, [NEW], RESEARCHER)
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda letter: letter != text[at]))
    assert read(text[:at] + letter + text[at + 1 :], "s", [NEW], RESEARCHER) is None


def test_a_link_that_is_over_revoked_of_another_study_or_of_a_retired_key_opens_nothing() -> None:
    assert refused(link(), now=NOW + timedelta(hours=1)) == EXPIRED
    assert refused(link(), revoked={digest(link().removeprefix("t="))}) == REVOKED
    assert refused(link(), study="other") == DAMAGED
    assert refused(link(), secrets=[OLD]) == DAMAGED
    assert refused("worker_id=ana") == NO_LINK


def test_a_link_without_an_end_is_none_for_researchers() -> None:
    assert refused(link(Token(study="s", worker_id="grace"))) == EXPIRED


def test_a_kernel_is_told_who_it_is_and_nobody_else_is_a_researcher() -> None:
    grace = Researcher(study=Path("/studies/s/study.toml"), who="dr. grace 🐻", query=link())
    assert researcher_in(grace.environment()) == grace
    assert researcher_in({"QUERY_STRING": link()}) is None
    assert grace.environment()["QUERY_STRING"] == ""
