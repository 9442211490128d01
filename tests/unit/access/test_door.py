"""The door: who enters by which link, and that a link which is changed in one letter opens nothing."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.access.admitted import Admitted, admitted_by
from imgloop_widgets.access.door import DAMAGED, EXPIRED, NO_LINK, REVOKED, Rules, admit, worker_digest
from imgloop_widgets.access.tokens import Token, digest, read, sign
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity
from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.panels import panel_of

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
SIGNED = Rules(study="s", access="signed", secrets=[OLD, NEW])
ANA = Token(study="s", worker_id="ana", unit=2, expires=NOW + timedelta(hours=1))

names = st.text(string.ascii_letters + string.digits + "äß日🐻_.-", min_size=1, max_size=30)
tokens = st.builds(
    Token,
    study=names,
    worker_id=names,
    unit=st.none() | st.integers(1, 999_999_999),
    expires=st.none() | st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    number=st.integers(0, 50),
)
LETTERS = string.ascii_letters + string.digits + "-_.=+/%& ~!\n\0é"


def link(token: Token, *secrets: bytes) -> str:
    return f"t={sign(token, secrets or (OLD, NEW))}"


def refused(rules: Rules, query: str, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as error:
        admit(rules, query, now)
    return str(error.value)


@given(tokens)
def test_a_token_says_what_it_was_made_for(token: Token) -> None:
    assert read(sign(token, [OLD]), token.study, [OLD]) == token


@given(tokens, st.data())
def test_a_token_that_is_changed_in_one_letter_anywhere_is_no_token(token: Token, data: st.DataObject) -> None:
    text = sign(token, [OLD, NEW])
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda letter: letter != text[at]))
    changed = data.draw(
        st.sampled_from(
            [text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + letter + text[at:]]
        )
    )
    assert read(changed, token.study, [OLD, NEW]) is None or changed == text


def test_every_letter_of_a_token_counts_to_its_last_bit() -> None:
    """Base64 whose last letter has bits to spare would have several spellings."""
    text = sign(ANA, [NEW])
    spellings = [
        text[:at] + letter + text[at + 1 :] for at in range(len(text)) for letter in LETTERS if letter != text[at]
    ]
    assert len(spellings) > 5000
    assert not [other for other in spellings if read(other, "s", [OLD, NEW])]
    assert not [
        other for other in (f"{text}=", f"{text}\n", f" {text}", f"{text}.", f"=.{text}") if read(other, "s", [NEW])
    ]


@given(st.text(max_size=300) | st.text("tabc.=&%_-", max_size=100))
def test_any_other_query_is_refused_in_words(query: str) -> None:
    assert "link" in refused(SIGNED, query)


@given(st.data())
def test_a_link_that_is_changed_in_one_letter_opens_nothing(data: st.DataObject) -> None:
    query = link(ANA)
    at = data.draw(st.integers(0, len(query) - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda letter: letter != query[at]))
    refused(SIGNED, query[:at] + letter + query[at + 1 :])


def test_a_link_that_is_changed_in_one_letter_at_any_place_opens_nothing_in_its_time_or_after_it() -> None:
    """Each place of the whole query: another letter, none, one more, its neighbour; and whatever was begun before."""
    query, begun = link(ANA), replace(SIGNED, begun=lambda worker_id, unit, before: 2)
    spellings = set()
    for at in range(len(query) + 1):
        before, rest = query[:at], query[at:]
        spellings |= {f"{before}{letter}{rest[1:]}" for letter in LETTERS} | {
            f"{before}{letter}{rest}" for letter in LETTERS
        }
        spellings |= {before + rest[1:], before + rest[1:2] + rest[:1] + rest[2:], before, rest}
    spellings.discard(query)
    same = {text for text in spellings if parse_qs(text).get("t") == [query.removeprefix("t=")]}
    assert len(spellings) > 15_000 and len(same) < 10, "another parameter in front or behind changes no link"
    for text in spellings - same:
        for now in (NOW, NOW + timedelta(days=1)):
            refused(begun, text, now)


def test_a_link_whose_time_is_over_leads_back_to_what_was_begun_and_to_nothing_new() -> None:
    asked: list[Any] = []

    def begun(worker_id: str, unit: int | None, before: datetime) -> int | None:
        asked.append((worker_id, unit, before))
        return 7

    later, rules = NOW + timedelta(hours=2), replace(SIGNED, begun=begun)
    token = replace(ANA, unit=None)
    assert admit(rules, link(token), NOW) == Admitted(identity=Identity(worker_id="ana"))
    assert not asked, "nobody is asked while it is valid"
    assert admit(rules, link(token), later) == Admitted(identity=Identity(worker_id="ana", unit=7), begins=False)
    assert asked == [("ana", None, token.expires)]
    assert refused(SIGNED, link(token), later) == EXPIRED, "nothing was begun"


def test_what_was_revoked_is_refused_at_once_though_a_session_was_begun() -> None:
    rules = replace(SIGNED, begun=lambda worker_id, unit, before: 2)
    for now in (NOW, NOW + timedelta(hours=2)):
        for mark in (digest(link(ANA).removeprefix("t=")), worker_digest("s", "ana")):
            assert refused(replace(rules, revoked={mark}), link(ANA), now) == REVOKED


def test_a_signed_link_lets_its_worker_in() -> None:
    assert admit(SIGNED, link(ANA), NOW).identity == Identity(worker_id="ana", unit=2)
    assert admit(SIGNED, link(replace(ANA, unit=None, expires=None)) + "&utm=x", NOW).identity == Identity(
        worker_id="ana"
    )


def test_a_link_of_another_study_opens_nothing_though_the_keys_are_the_same() -> None:
    assert refused(SIGNED, link(replace(ANA, study="other"))) == DAMAGED
    assert refused(replace(SIGNED, study="other"), link(ANA)) == DAMAGED


def test_a_link_opens_nothing_from_the_moment_at_which_it_expires() -> None:
    assert admit(SIGNED, link(ANA), NOW + timedelta(minutes=59, seconds=59)).identity
    assert refused(SIGNED, link(ANA), NOW + timedelta(hours=1)) == EXPIRED


def test_a_link_that_was_revoked_opens_nothing_and_another_of_the_worker_does() -> None:
    rules = replace(SIGNED, revoked={digest(link(ANA).removeprefix("t="))})
    assert refused(rules, link(ANA)) == REVOKED
    assert admit(rules, link(replace(ANA, number=1)), NOW).identity == Identity(worker_id="ana", unit=2)


@pytest.mark.parametrize(
    ("access", "query"),
    [("signed", link(ANA)), ("open", "worker_id=ana&id=1"), ("prolific", "PROLIFIC_PID=ana&STUDY_ID=1&SESSION_ID=2")],
)
def test_a_worker_who_was_revoked_comes_in_by_no_way(access: str, query: str) -> None:
    rules = replace(SIGNED, access=access, panel=panel_of(access, PanelTable()))
    assert admit(rules, query, NOW).identity
    assert refused(replace(rules, revoked={worker_digest("s", "ana")}), query) == REVOKED
    assert admit(replace(rules, revoked={worker_digest("other", "ana"), worker_digest("s", "ben")}), query, NOW)


def test_links_of_an_older_key_go_on_until_it_is_retired() -> None:
    before = link(ANA, OLD)
    assert admit(SIGNED, before, NOW).identity
    assert refused(replace(SIGNED, secrets=[NEW]), before) == DAMAGED
    assert admit(replace(SIGNED, secrets=[NEW]), link(ANA), NOW).identity, "the newest signs"


def test_without_a_key_no_link_opens_anything() -> None:
    assert refused(replace(SIGNED, secrets=[]), link(ANA)) == DAMAGED


@pytest.mark.parametrize("query", ["", "worker_id=ana&id=1"])
def test_an_open_link_opens_no_signed_study(query: str) -> None:
    assert refused(SIGNED, query) == NO_LINK


def test_a_token_that_is_there_twice_is_none() -> None:
    assert "more than once" in refused(SIGNED, f"{link(ANA)}&{link(ANA)}")


@pytest.mark.parametrize(
    "admitted",
    [
        Admitted(identity=Identity(worker_id="ana", unit=3)),
        Admitted(identity=Identity(worker_id="Zoë&=🐻"), values={"SESSION_ID": "x y"}),
        Admitted(identity=None),
        Admitted(identity=Identity(worker_id="ana", unit=3), begins=False),
    ],
)
def test_a_kernel_reads_whom_the_server_has_let_in(admitted: Admitted) -> None:
    assert admitted_by(admitted.environment()) == admitted


def test_a_kernel_is_told_no_token_and_a_query_of_its_worker() -> None:
    told: Any = admit(SIGNED, link(ANA), NOW).environment()
    assert told["QUERY_STRING"] == "worker_id=ana&id=2"
    assert link(ANA).removeprefix("t=") not in str(told)


def test_secrets_are_in_no_text_of_the_rules() -> None:
    assert "oooo" not in repr(SIGNED)
